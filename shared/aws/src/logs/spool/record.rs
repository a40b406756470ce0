//! The disk form of the spool. A segment is a file: [`MAGIC`], then frames of length, checksum and a record as JSON. Owns both
//! directions, and the rule that a segment ends with its first frame that is not whole.

use fleet_core::ports::{LogLine, LogStream};
use fleet_core::time::Timestamp;
use serde::{Deserialize, Serialize};

/// First bytes of a segment. The digit is the version: a reader takes no other, and leaves such a file alone.
pub(super) const MAGIC: &[u8; 8] = b"rsqlspl1";
/// Length and checksum, four bytes each, little end first.
const HEAD_BYTES: usize = 8;

/// One record.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Record {
    /// Lines of an attempt.
    Lines(Lines),
    /// Lines of this log stream up to this number have been sent.
    Sent {
        /// Name of the log stream.
        stream: String,
        /// The first number that has not.
        up_to: u64,
    },
}

/// Lines of one attempt, numbered through the spool.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Lines {
    /// Name of the log stream.
    pub(super) stream: String,
    /// Number of the first.
    pub(super) first: u64,
    lines: Vec<(i64, Source, String)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Source {
    Out,
    Err,
    Worker,
}

impl Lines {
    /// These lines.
    pub(super) fn new(stream: &str, first: u64, lines: Vec<LogLine>) -> Self {
        let line = |line: LogLine| (line.at.as_millis(), source(line.stream), line.text);
        Self { stream: stream.to_owned(), first, lines: lines.into_iter().map(line).collect() }
    }

    /// The number after the last.
    pub(super) fn end(&self) -> u64 {
        self.first + self.lines.len() as u64
    }

    /// The lines with their numbers.
    pub(super) fn into_numbered(self) -> impl Iterator<Item = (u64, LogLine)> {
        let line =
            |(at, source, text)| LogLine { at: Timestamp::from_millis(at), stream: stream(source), text };
        (self.first..).zip(self.lines.into_iter().map(line))
    }
}

fn source(stream: LogStream) -> Source {
    match stream {
        LogStream::Out => Source::Out,
        LogStream::Err => Source::Err,
        LogStream::Worker => Source::Worker,
    }
}

fn stream(source: Source) -> LogStream {
    match source {
        Source::Out => LogStream::Out,
        Source::Err => LogStream::Err,
        Source::Worker => LogStream::Worker,
    }
}

/// Adds the frame of a record to `bytes`.
pub(super) fn encode(record: &Record, bytes: &mut Vec<u8>) {
    let head = bytes.len();
    bytes.extend([0; HEAD_BYTES]);
    serde_json::to_writer(&mut *bytes, record).expect("a record has only text keys, and a Vec takes all");
    let body = &bytes[head + HEAD_BYTES..];
    let length = u32::try_from(body.len()).expect("lines are cut to records of a few MiB");
    let sum = checksum(body);
    bytes[head..head + 4].copy_from_slice(&length.to_le_bytes());
    bytes[head + 4..head + HEAD_BYTES].copy_from_slice(&sum.to_le_bytes());
}

/// Reads the frame at the start of `bytes`: the record, and the frame's length. Nothing where it is not whole.
pub(super) fn decode(bytes: &[u8]) -> Option<(Record, usize)> {
    let (head, rest) = bytes.split_at_checked(HEAD_BYTES)?;
    let (length, sum) = head.split_at(4);
    let length = u32::from_le_bytes(length.try_into().ok()?) as usize;
    let sum = u32::from_le_bytes(sum.try_into().ok()?);
    let body = rest.get(..length)?;
    if checksum(body) != sum {
        return None;
    }
    Some((serde_json::from_slice(body).ok()?, HEAD_BYTES + length))
}

fn checksum(body: &[u8]) -> u32 {
    let mut crc = flate2::Crc::new();
    crc.update(body);
    crc.sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_read_back_and_torn_ones_do_not() {
        let at = Timestamp::from_millis(7);
        let line = LogLine { at, stream: LogStream::Err, text: "ERROR: \u{0} näh".to_owned() };
        let lines = Record::Lines(Lines::new("e/j/1", 40, vec![line.clone()]));
        let mut bytes = Vec::new();
        encode(&lines, &mut bytes);
        let first = bytes.len();
        encode(&Record::Sent { stream: "e/j/1".to_owned(), up_to: 41 }, &mut bytes);
        let (record, length) = decode(&bytes).expect("it is whole");
        assert_eq!((&record, length), (&lines, first));
        let Record::Lines(read) = record else { unreachable!("it equals the other") };
        assert_eq!(read.end(), 41);
        assert_eq!(read.into_numbered().collect::<Vec<_>>(), [(40, line)]);
        for cut in 0..first {
            assert_eq!(decode(&bytes[..cut]), None, "{cut}");
        }
        bytes[first - 1] ^= 1;
        assert_eq!(decode(&bytes), None);
    }
}
