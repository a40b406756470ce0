//! The form of a log line as events of CloudWatch Logs: text that people read in the console, and that reads back without
//! loss. Owns both directions and the splitting of long lines. Sends nothing.
//!
//! A message is `out text`, `err text` or `worker text`: the line's stream, a space, the text as it came. Two marks may
//! follow the stream's name: `out+` says that the line goes on with the next event, and `out@2026-11-22T02:00:00.123Z` is the
//! line's own time where the event's timestamp had to be another (CloudWatch takes nothing that is older than 14 days, and
//! orders by time even when a host's clock has stepped back).

use fleet_core::ports::{LogLine, LogStream};
use fleet_core::time::Timestamp;

/// Longest text of one event, in bytes. CloudWatch takes 1 MiB an event since April 2025, of which half of the world's
/// subscribers and exporters still cut everything above 256 KiB; with its mark an event stays below that.
const TEXT_BYTES_MAX: usize = 256 * 1024 - 128;
/// Longest stream name with both marks and the space.
const HEAD_BYTES_MAX: usize = 40;
/// Longest line that is put together again, in bytes; what goes on after that is shown as a line of its own. It bounds the
/// memory of a reader who meets a log that somebody else has written.
const JOINED_BYTES_MAX: usize = 16 << 20;

const NAMES: [(LogStream, &str); 3] =
    [(LogStream::Out, "out"), (LogStream::Err, "err"), (LogStream::Worker, "worker")];

/// One event: a line or a part of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Event {
    /// The timestamp that CloudWatch is given.
    pub(super) stamp: Timestamp,
    at: Timestamp,
    stream: LogStream,
    goes_on: bool,
    text: String,
}

impl Event {
    /// The events of a line.
    pub(super) fn of(line: LogLine, stamp: Timestamp) -> Vec<Self> {
        let LogLine { at, stream, text } = line;
        if text.len() <= TEXT_BYTES_MAX {
            return vec![Self { stamp, at, stream, goes_on: false, text }];
        }
        let mut events = Vec::new();
        let mut rest = text.as_str();
        while !rest.is_empty() {
            let (part, left) = rest.split_at(rest.floor_char_boundary(TEXT_BYTES_MAX));
            events.push(Self { stamp, at, stream, goes_on: !left.is_empty(), text: part.to_owned() });
            rest = left;
        }
        events
    }

    /// The same event with another timestamp.
    pub(super) fn stamped(self, stamp: Timestamp) -> Self {
        Self { stamp, ..self }
    }

    /// At most this many bytes of message.
    pub(super) fn bytes(&self) -> usize {
        HEAD_BYTES_MAX + self.text.len()
    }

    /// The message as it is sent.
    pub(super) fn message(&self) -> String {
        let mark = if self.goes_on { "+" } else { "" };
        let own_time = if self.at == self.stamp { String::new() } else { format!("@{}", self.at) };
        format!("{}{mark}{own_time} {}", name(self.stream), self.text)
    }
}

fn name(stream: LogStream) -> &'static str {
    NAMES.iter().find(|(known, _)| *known == stream).map_or("worker", |(_, name)| name)
}

/// Puts events together to lines again.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Joiner {
    open: Option<LogLine>,
}

impl Joiner {
    /// Takes the next event, and adds what it completes to `lines`.
    pub(super) fn push(&mut self, stamp: Timestamp, message: &str, lines: &mut Vec<LogLine>) {
        let Parsed { line, goes_on } = parse(stamp, message);
        let mut whole = match self.open.take() {
            Some(mut open) if open.stream == line.stream => {
                open.text.push_str(&line.text);
                open
            }
            // Its end is missing: somebody else has written in between.
            Some(open) => {
                lines.push(open);
                line
            }
            None => line,
        };
        if goes_on && whole.text.len() < JOINED_BYTES_MAX {
            whole.text.shrink_to_fit();
            self.open = Some(whole);
        } else {
            lines.push(whole);
        }
    }
}

struct Parsed {
    line: LogLine,
    goes_on: bool,
}

/// Reads one message. One that somebody else has put there is shown as it is.
fn parse(stamp: Timestamp, message: &str) -> Parsed {
    let known = || {
        // Whatever trims messages may have taken the space of an empty line.
        let (head, text) = message.split_once(' ').unwrap_or((message, ""));
        let (head, at) = match head.split_once('@') {
            Some((head, at)) => (head, Timestamp::parse(at).ok()?),
            None => (head, stamp),
        };
        let (word, goes_on) = head.strip_suffix('+').map_or((head, false), |word| (word, true));
        let (stream, _) = NAMES.iter().find(|(_, name)| *name == word)?;
        Some(Parsed { line: LogLine { at, stream: *stream, text: text.to_owned() }, goes_on })
    };
    known().unwrap_or_else(|| Parsed {
        line: LogLine { at: stamp, stream: LogStream::Out, text: message.to_owned() },
        goes_on: false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(at: i64, stream: LogStream, text: &str) -> LogLine {
        LogLine { at: Timestamp::from_millis(at), stream, text: text.to_owned() }
    }

    fn messages(line: LogLine, stamp: i64) -> Vec<String> {
        Event::of(line, Timestamp::from_millis(stamp)).iter().map(Event::message).collect()
    }

    #[test]
    fn messages_are_text_first() {
        let check = |line: LogLine, stamp: i64, expect: &str| assert_eq!(messages(line, stamp), [expect]);
        check(line(5, LogStream::Out, "hello"), 5, "out hello");
        check(line(5, LogStream::Err, "ERROR:  no"), 5, "err ERROR:  no");
        check(line(5, LogStream::Worker, ""), 5, "worker ");
        check(line(5, LogStream::Out, "late"), 9, "out@1970-01-01T00:00:00.005Z late");
    }

    #[test]
    fn lines_read_back_whatever_they_hold() {
        let check = |line: LogLine, stamp: i64| {
            let (mut joiner, mut lines) = (Joiner::default(), Vec::new());
            for event in Event::of(line.clone(), Timestamp::from_millis(stamp)) {
                assert!(event.message().len() <= event.bytes() && event.bytes() < 256 * 1024);
                joiner.push(event.stamp, &event.message(), &mut lines);
            }
            assert_eq!(lines, [line]);
        };
        for text in ["", " ", "err no", "out+ more", "a\nb", "@", "\u{1f600}", "worker@x y"] {
            check(line(7, LogStream::Out, text), 7);
            check(line(7, LogStream::Err, text), 8);
        }
        // Characters of several bytes lie across every border.
        check(line(7, LogStream::Out, &"ä\u{1f600}".repeat(200_000)), 8);
    }

    #[test]
    fn what_others_have_written_is_shown_as_it_is() {
        let check = |message: &str, expect: &str| {
            let (mut joiner, mut lines) = (Joiner::default(), Vec::new());
            joiner.push(Timestamp::from_millis(3), message, &mut lines);
            assert_eq!(lines, [line(3, LogStream::Out, expect)]);
        };
        check("START RequestId", "START RequestId");
        check("out@yesterday text", "out@yesterday text");
        check("out", "");
    }

    #[test]
    fn a_line_without_its_end_is_not_mixed_with_another() {
        let (mut joiner, mut lines) = (Joiner::default(), Vec::new());
        joiner.push(Timestamp::from_millis(3), "out+ begun", &mut lines);
        assert!(lines.is_empty());
        joiner.push(Timestamp::from_millis(4), "err other", &mut lines);
        assert_eq!(lines, [line(3, LogStream::Out, "begun"), line(4, LogStream::Err, "other")]);
    }
}
