//! Records of files: lines, and lines that belong together because a quote or an escape goes on.
//!
//! Does not split them into fields.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read};
use std::sync::Arc;

use flate2::read::MultiGzDecoder;
use rsql_sql::emulate::transfer::{Compression, Layout, Load};

use super::super::objects::{Object, Objects};
use crate::error::io_text;

/// Longest record: Redshift's own limit of a row from text is 4 MB.
const RECORD_BYTES_MAX: u64 = 4 * 1024 * 1024;
/// Bytes read from a file at a time.
const READ_BYTES: usize = 64 * 1024;
/// Longest manifest that is read.
const MANIFEST_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// One record, without its line break.
pub(super) struct Record {
    pub(super) file: Arc<str>,
    /// Line on which it begins, from 1.
    pub(super) line: u64,
    pub(super) bytes: Vec<u8>,
}

/// The records of files, one after the other.
pub(super) struct Records {
    files: VecDeque<Object>,
    compression: Compression,
    header_lines: u64,
    ignore_blank: bool,
    whole: Whole,
    reader: Option<Box<dyn BufRead + Send + Sync>>,
    pub(super) file: Arc<str>,
    pub(super) line: u64,
}

/// When a record is whole.
#[derive(Clone, Copy)]
enum Whole {
    /// At the end of the line.
    Line,
    /// When this quote stands in it an even number of times.
    Quotes(u8),
    /// When no backslash stands at its end.
    Escape,
}

impl Records {
    pub(super) fn new(files: Vec<Object>, load: &Load) -> Records {
        let whole = match load.layout {
            Layout::Csv { quote, .. } => Whole::Quotes(u8::try_from(quote).unwrap_or(b'"')),
            Layout::Delimited { escape: true, .. } => Whole::Escape,
            Layout::Delimited { remove_quotes: true, .. } => Whole::Quotes(b'"'),
            _ => Whole::Line,
        };
        Records {
            files: files.into(),
            compression: load.compression,
            header_lines: load.header_lines,
            ignore_blank: load.ignore_blank_lines,
            whole,
            reader: None,
            file: Arc::from(""),
            line: 0,
        }
    }

    /// The next record; `None` after the last file's last.
    pub(super) fn next_record(&mut self) -> Result<Option<Record>, String> {
        loop {
            if self.reader.is_none() && !self.open_next()? {
                return Ok(None);
            }
            let Some(record) = self.record()? else {
                self.reader = None;
                continue;
            };
            let is_header = record.line <= self.header_lines;
            let is_left_out = is_header || self.ignore_blank && record.bytes.is_empty();
            if !is_left_out {
                return Ok(Some(record));
            }
        }
    }

    /// The next file's reader, for those who read no lines.
    pub(super) fn next_reader(&mut self) -> Result<Option<Box<dyn BufRead + Send + Sync>>, String> {
        if self.open_next()? { Ok(self.reader.take()) } else { Ok(None) }
    }

    fn open_next(&mut self) -> Result<bool, String> {
        let Some(object) = self.files.pop_front() else { return Ok(false) };
        self.file = Arc::from(object.name.as_str());
        self.line = 0;
        let file = object.reader()?;
        self.reader = Some(match self.compression {
            Compression::None => Box::new(BufReader::with_capacity(READ_BYTES, file)),
            Compression::Gzip => Box::new(BufReader::with_capacity(READ_BYTES, MultiGzDecoder::new(file))),
        });
        Ok(true)
    }

    fn record(&mut self) -> Result<Option<Record>, String> {
        let mut bytes = Vec::new();
        let line = self.line + 1;
        loop {
            let Some(reader) = &mut self.reader else { return Ok(None) };
            let before = bytes.len();
            let read = reader.take(RECORD_BYTES_MAX).read_until(b'\n', &mut bytes);
            read.map_err(|error| format!("{}, line {line}: {}", self.file, io_text(&error)))?;
            if bytes.len() as u64 >= RECORD_BYTES_MAX {
                return Err(format!("{}, line {line}: longer than {RECORD_BYTES_MAX} bytes", self.file));
            }
            let ended = bytes.len() == before;
            if ended && bytes.is_empty() {
                return Ok(None);
            }
            self.line += u64::from(!ended);
            if ended || bytes.last() != Some(&b'\n') || self.is_whole(&bytes) {
                break;
            }
        }
        if bytes.last() == Some(&b'\n') {
            bytes.pop();
            if bytes.last() == Some(&b'\r') {
                bytes.pop();
            }
        }
        Ok(Some(Record { file: Arc::clone(&self.file), line, bytes }))
    }

    fn is_whole(&self, bytes: &[u8]) -> bool {
        match self.whole {
            Whole::Line => true,
            Whole::Quotes(quote) => memchr_count(quote, bytes).is_multiple_of(2),
            Whole::Escape => {
                let text = bytes.strip_suffix(b"\n").unwrap_or(bytes);
                let slashes = text.iter().rev().take_while(|byte| **byte == b'\\').count();
                slashes.is_multiple_of(2)
            }
        }
    }
}

fn memchr_count(wanted: u8, bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| **byte == wanted).count()
}

/// The files of a manifest: JSON with `entries`, each with a `url`, and `mandatory` where it must be there.
pub(super) async fn manifest(name: &str, objects: &Objects) -> Result<Vec<Object>, String> {
    let Some(object) = objects.find(name).await? else {
        return Err(format!("The specified S3 manifest '{name}' does not exist"));
    };
    let manifest: serde_json::Value = serde_json::from_slice(&object.text(MANIFEST_BYTES_MAX).await?)
        .map_err(|error| format!("manifest {name} is no JSON: {error}"))?;
    let entries = manifest.get("entries").and_then(serde_json::Value::as_array);
    let entries = entries.ok_or_else(|| format!("manifest {name} has no list \"entries\""))?;
    let mut files = Vec::new();
    for entry in entries {
        let url = entry.get("url").and_then(serde_json::Value::as_str);
        let url = url.ok_or_else(|| format!("manifest {name} has an entry without \"url\""))?;
        if let Some(file) = objects.find(url).await? {
            files.push(file);
        } else if entry.get("mandatory").and_then(serde_json::Value::as_bool) == Some(true) {
            return Err(format!("Mandatory url is missing in manifest file: {url}"));
        }
    }
    Ok(files)
}
