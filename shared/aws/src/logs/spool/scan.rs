//! Reading what a dead process has left in its segments. Owns what of it still waits: lines behind the last note that says how
//! far their stream was sent. Blocks.

use std::collections::{HashMap, VecDeque};
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::backlog::RecordRef;
use super::record::{self, MAGIC, Record};
use super::segments::{SUFFIX, Segment};

/// What a dead process has left of one log stream.
#[derive(Debug, Default)]
pub(super) struct Left {
    pub(super) records: VecDeque<RecordRef>,
    pub(super) sent: u64,
}

/// What lies in a directory.
pub(super) struct Found {
    pub(super) files: VecDeque<Segment>,
    /// A number above those of all files.
    pub(super) next_file: u64,
    /// What waits, by the names of log streams.
    pub(super) left: HashMap<String, Left>,
}

/// Reads all segments of a directory.
pub(super) fn read(dir: &Path) -> io::Result<Found> {
    let mut found = Found { files: VecDeque::new(), next_file: 0, left: HashMap::new() };
    for (number, path) in files(dir)? {
        found.next_file = number + 1;
        found.files.extend(scan(number, &path, &mut found.left)?);
    }
    found.left.retain(|_, Left { records, sent }| {
        records.retain(|record| record.end > *sent);
        !records.is_empty()
    });
    for record in found.left.values().flat_map(|left| &left.records) {
        if let Some(segment) = found.files.iter_mut().find(|file| file.number == record.segment) {
            segment.waiting += 1;
        }
    }
    Ok(found)
}

/// The segments of a directory in their order.
fn files(dir: &Path) -> io::Result<Vec<(u64, PathBuf)>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        let number = path.file_stem().and_then(|stem| stem.to_str()?.parse().ok());
        if path.extension().is_some_and(|suffix| suffix == SUFFIX) {
            found.extend(number.map(|number| (number, path)));
        }
    }
    found.sort();
    Ok(found)
}

/// Reads one segment up to its first torn frame, and adds what it says to `left`.
fn scan(number: u64, path: &Path, left: &mut HashMap<String, Left>) -> io::Result<Option<Segment>> {
    let file = Arc::new(File::open(path)?);
    let bytes = fs::read(path)?;
    let Some(mut rest) = bytes.strip_prefix(MAGIC) else {
        let is_torn = bytes.len() < MAGIC.len() || bytes.iter().all(|byte| *byte == 0);
        // What another release has left is another release's to send.
        let cause = format!("{} has another form than this release's", path.display());
        return if is_torn { Ok(None) } else { Err(io::Error::new(io::ErrorKind::InvalidData, cause)) };
    };
    let mut offset = MAGIC.len() as u64;
    while let Some((record, length)) = record::decode(rest) {
        let bytes = length as u64;
        match record {
            Record::Sent { stream, up_to } => {
                let left = left.entry(stream).or_default();
                left.sent = left.sent.max(up_to);
            }
            Record::Lines(lines) => {
                let record = RecordRef { segment: number, offset, bytes, end: lines.end() };
                left.entry(lines.stream).or_default().records.push_back(record);
            }
        }
        offset += bytes;
        rest = &rest[length..];
    }
    if !rest.is_empty() {
        tracing::info!(path = %path.display(), bytes = rest.len(), "a log spool ends with what its process did not finish");
    }
    Ok(Some(Segment { number, file, bytes: offset, waiting: 0 }))
}
