//! COPY from files: rows of Redshift's formats as PostgreSQL's COPY text, a block at a time.
//!
//! Holds one record and one block in memory, whatever the size of the files.

mod columns;
mod fields;
mod json;
mod records;

use rsql_sql::emulate::Strings;
use rsql_sql::emulate::transfer::{Json, Layout, Load};

pub(super) use self::columns::Column;
use self::columns::{Fault, query};
use self::json::{Objects as JsonObjects, Paths};
use self::records::{Record, Records};
use super::objects::{Object, Objects};
use super::{Emulation, Session};
use crate::error::SessionError;

/// Bytes that are gathered before they are sent.
const BLOCK_BYTES: usize = 64 * 1024;
/// Places that are kept to tell which line a row came from; later rows are told by the last one known.
const MARKS_MAX: usize = 100_000;
/// Rejected rows that are kept; more are only counted by the limit of the COPY itself.
const REJECTED_MAX: usize = 100_000;

/// A COPY under way.
pub(super) struct Loading {
    load: Load,
    columns: Vec<Column>,
    source: Source,
    rejected: Vec<Rejected>,
    /// Rows sent so far.
    rows: u64,
    /// Where runs of consecutive lines begin.
    marks: Vec<Mark>,
}

/// Where rows come from.
enum Source {
    Lines(Records),
    Json(JsonObjects),
}

/// The row after which lines count on from here.
struct Mark {
    row: u64,
    file: String,
    line: u64,
}

/// A row that could not be loaded, as `stl_load_errors` tells it.
#[derive(Clone, Debug, Default)]
pub(super) struct Rejected {
    pub(super) table: String,
    pub(super) file: String,
    pub(super) line: u64,
    pub(super) column: String,
    pub(super) kind: String,
    pub(super) line_text: String,
    pub(super) value: String,
    pub(super) code: u32,
    pub(super) reason: String,
}

impl Rejected {
    /// The same in a sentence.
    pub(super) fn describe(&self) -> String {
        let column = if self.column.is_empty() { String::new() } else { format!(", column {}", self.column) };
        format!("{}, line {}{column}: {}", self.file, self.line, self.reason)
    }
}

impl Emulation {
    /// The columns of a table that is to be loaded; none when there is no such table, which the COPY then says.
    pub(super) async fn columns(
        &mut self,
        session: &mut Session,
        load: &Load,
        strings: Strings,
    ) -> Result<Vec<Column>, SessionError> {
        let rows = self.internal(session, &query(&load.table, strings)).await?;
        Ok(columns::read(&rows, load))
    }
}

impl Loading {
    /// Finds the files. An error is what the COPY fails with.
    pub(super) async fn open(
        load: &Load,
        columns: Vec<Column>,
        objects: &Objects,
    ) -> Result<Loading, String> {
        let files = files(load, objects).await?;
        let records = Records::new(files, load);
        let source = match &load.layout {
            Layout::Json(json) => {
                let paths = match json {
                    Json::Paths(name) => Some(Paths::read(objects, name).await?),
                    Json::Auto | Json::AutoIgnoreCase => None,
                };
                Source::Json(JsonObjects::new(records, paths, *json == Json::AutoIgnoreCase))
            }
            _ => Source::Lines(records),
        };
        Ok(Loading { load: load.clone(), columns, source, rejected: Vec::new(), rows: 0, marks: Vec::new() })
    }

    /// The columns that are sent, when the table is known.
    pub(super) fn column_names(&self) -> Vec<String> {
        if self.columns.is_empty() {
            return self.load.columns.clone();
        }
        self.columns.iter().map(|column| column.name.clone()).collect()
    }

    /// The next rows in PostgreSQL's text format; `None` at the end. An error fails the COPY. May be held up by files.
    pub(super) fn next_block(&mut self) -> Result<Option<Vec<u8>>, String> {
        let mut block = Vec::new();
        while block.len() < BLOCK_BYTES {
            let (record, fields) = match &mut self.source {
                Source::Lines(records) => {
                    let Some(record) = records.next_record()? else { break };
                    let fields = fields::split(&record, &self.load, &self.columns);
                    (record, fields)
                }
                Source::Json(objects) => {
                    let Some((record, fields)) = objects.next_row(&self.columns)? else { break };
                    (record, fields)
                }
            };
            let row = fields.and_then(|fields| columns::finish(fields, &self.load, &self.columns));
            match row {
                Ok(fields) => {
                    self.mark(&record);
                    self.rows += 1;
                    write_row(&mut block, &fields);
                }
                Err(fault) => self.reject(&record, fault)?,
            }
        }
        Ok((!block.is_empty()).then_some(block))
    }

    /// The rows that could not be loaded.
    pub(super) fn into_rejected(self) -> Vec<Rejected> {
        self.rejected
    }

    /// The row that the server has refused, by its message and context.
    pub(super) fn rejected_by_server(&self, message: &str, context: Option<&str>) -> Rejected {
        let context = context.unwrap_or_default();
        let after = |word: &str| context.split_once(word).map(|(_, rest)| rest);
        let digits =
            |rest: &str| rest.split(|c: char| !c.is_ascii_digit()).next().and_then(|n| n.parse().ok());
        let row: u64 = after("line ").and_then(digits).unwrap_or(self.rows);
        let column = after("column ").and_then(|rest| rest.split(':').next()).unwrap_or_default();
        let value = after(&format!("column {column}: ")).unwrap_or_default().trim().trim_matches('"');
        let mark = self.marks.iter().rev().find(|mark| mark.row < row);
        let kind = self.columns.iter().find(|known| known.name == column).map(|known| known.kind.clone());
        Rejected {
            table: self.load.table.clone(),
            file: mark.map(|mark| mark.file.clone()).unwrap_or_default(),
            line: mark.map_or(row, |mark| mark.line + (row - mark.row - 1)),
            column: column.to_owned(),
            kind: kind.unwrap_or_default(),
            line_text: String::new(),
            value: value.to_owned(),
            code: columns::OTHER_FAULT,
            reason: message.to_owned(),
        }
    }

    fn mark(&mut self, record: &Record) {
        let expected = self.marks.last().is_some_and(|mark| {
            mark.file == *record.file && mark.line + (self.rows - mark.row) == record.line
        });
        if !expected && self.marks.len() < MARKS_MAX {
            self.marks.push(Mark { row: self.rows, file: record.file.to_string(), line: record.line });
        }
    }

    /// Keeps a row that cannot be loaded, if that many may be.
    fn reject(&mut self, record: &Record, fault: Fault) -> Result<(), String> {
        let column = fault.column.and_then(|n| self.columns.get(n));
        let rejected = Rejected {
            table: self.load.table.clone(),
            file: record.file.to_string(),
            line: record.line,
            column: column.map(|column| column.name.clone()).unwrap_or_default(),
            kind: column.map(|column| column.kind.clone()).unwrap_or_default(),
            line_text: String::from_utf8_lossy(&record.bytes).into_owned(),
            value: fault.value,
            code: fault.code,
            reason: fault.reason,
        };
        let told = rejected.describe();
        if self.rejected.len() < REJECTED_MAX {
            self.rejected.push(rejected);
        }
        // MAXERROR 3 lets two rows fail.
        let count = u64::try_from(self.rejected.len()).unwrap_or(u64::MAX);
        if count >= self.load.errors_max.max(1) { Err(told) } else { Ok(()) }
    }
}

/// The files that a COPY names.
async fn files(load: &Load, objects: &Objects) -> Result<Vec<Object>, String> {
    if load.manifest {
        return records::manifest(&load.origin, objects).await;
    }
    let files = objects.list(&load.origin).await?;
    if !files.is_empty() {
        return Ok(files);
    }
    let key = load.origin.strip_prefix("s3://").and_then(|rest| rest.split_once('/'));
    Err(match key {
        Some((_, key)) => format!("The specified S3 prefix '{key}' does not exist"),
        None => format!("The specified file '{}' does not exist", load.origin),
    })
}

fn write_row(block: &mut Vec<u8>, fields: &[Option<String>]) {
    for (n, field) in fields.iter().enumerate() {
        if n > 0 {
            block.push(b'\t');
        }
        let Some(text) = field else {
            block.extend_from_slice(b"\\N");
            continue;
        };
        for byte in text.bytes() {
            match byte {
                b'\\' => block.extend_from_slice(b"\\\\"),
                b'\n' => block.extend_from_slice(b"\\n"),
                b'\r' => block.extend_from_slice(b"\\r"),
                b'\t' => block.extend_from_slice(b"\\t"),
                byte => block.push(byte),
            }
        }
    }
    block.push(b'\n');
}
