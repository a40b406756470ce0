//! The text form of a log line: `2026-11-22T02:00:00.123Z out text`. Owns both directions.

use fleet_core::ports::{LogLine, LogStream};
use fleet_core::time::Timestamp;

const TAGS: [(LogStream, &str); 3] =
    [(LogStream::Out, "out"), (LogStream::Err, "err"), (LogStream::Worker, "fleet")];

fn tag(stream: LogStream) -> &'static str {
    TAGS.iter().find(|(known, _)| *known == stream).map_or("fleet", |(_, tag)| tag)
}

/// The lines for the file. A line break within a text makes several lines of it, all of the same time.
pub(super) fn format(lines: &[LogLine]) -> String {
    let mut text = String::with_capacity(lines.iter().map(|line| line.text.len() + 32).sum());
    for LogLine { at, stream, text: content } in lines {
        let (at, tag) = (at.to_string(), tag(*stream));
        for part in content.split('\n') {
            text.extend([at.as_str(), " ", tag, " ", part, "\n"]);
        }
    }
    text
}

/// Reads one line, given without its end. A line that somebody else has put there is shown as it is.
pub(super) fn parse(text: &str) -> LogLine {
    let known = || {
        let (at, rest) = text.split_once(' ')?;
        let (word, content) = rest.split_once(' ')?;
        let (stream, _) = TAGS.iter().find(|(_, tag)| *tag == word)?;
        Some(LogLine { at: Timestamp::parse(at).ok()?, stream: *stream, text: content.to_owned() })
    };
    known().unwrap_or_else(|| LogLine {
        at: Timestamp::default(),
        stream: LogStream::Out,
        text: text.to_owned(),
    })
}
