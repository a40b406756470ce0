//! Rows of JSON objects: by the names of their members, or by a list of paths.

use std::io::BufRead;

use serde_json::Value;

use super::columns::{Column, Fault, OTHER_FAULT};
use super::records::{Record, Records};
use crate::emulate::objects::Objects as Files;

/// Longest list of paths that is read.
const PATHS_BYTES_MAX: u64 = 1024 * 1024;

type Stream =
    serde_json::StreamDeserializer<'static, serde_json::de::IoRead<Box<dyn BufRead + Send + Sync>>, Value>;

/// The objects of files.
pub(super) struct Objects {
    records: Records,
    stream: Option<Stream>,
    paths: Option<Paths>,
    ignore_case: bool,
}

/// Where each column's value is in an object.
pub(super) struct Paths(Vec<Vec<Step>>);

/// One step of a path.
enum Step {
    Member(String),
    Element(usize),
}

type Row = (Record, Result<Vec<Option<String>>, Fault>);

impl Objects {
    pub(super) fn new(records: Records, paths: Option<Paths>, ignore_case: bool) -> Objects {
        Objects { records, stream: None, paths, ignore_case }
    }

    /// The next object as a row; `None` after the last. Text that is no JSON fails the COPY, as nothing after it can be read.
    pub(super) fn next_row(&mut self, columns: &[Column]) -> Result<Option<Row>, String> {
        loop {
            if self.stream.is_none() {
                let Some(reader) = self.records.next_reader()? else { return Ok(None) };
                self.stream = Some(serde_json::Deserializer::from_reader(reader).into_iter());
            }
            let next = self.stream.as_mut().and_then(Iterator::next);
            let Some(value) = next else {
                self.stream = None;
                continue;
            };
            self.records.line += 1;
            let file = self.records.file.clone();
            let value = value.map_err(|error| format!("{file}: Invalid JSON: {error}"))?;
            let record = Record { file, line: self.records.line, bytes: value.to_string().into_bytes() };
            let row = self.row(&value, columns);
            return Ok(Some((record, row)));
        }
    }

    fn row(&self, value: &Value, columns: &[Column]) -> Result<Vec<Option<String>>, Fault> {
        if let Some(Paths(paths)) = &self.paths {
            return Ok(paths.iter().map(|path| cell(follow(value, path))).collect());
        }
        let Value::Object(members) = value else {
            let reason = "Invalid JSON: not an object".to_owned();
            return Err(Fault { code: OTHER_FAULT, reason, column: None, value: value.to_string() });
        };
        let find = |name: &str| {
            members.get(name).or_else(|| {
                let mut others = members.iter().filter(|_| self.ignore_case);
                others.find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
            })
        };
        Ok(columns.iter().map(|column| cell(find(&column.name))).collect())
    }
}

impl Paths {
    /// Reads `{"jsonpaths": ["$.a", "$['b'][0]"]}`.
    pub(super) async fn read(files: &Files, name: &str) -> Result<Paths, String> {
        let Some(object) = files.find(name).await? else {
            return Err(format!("The specified S3 jsonpaths file '{name}' does not exist"));
        };
        let value: Value = serde_json::from_slice(&object.text(PATHS_BYTES_MAX).await?)
            .map_err(|error| format!("{name} is no JSON: {error}"))?;
        let list = value.get("jsonpaths").and_then(Value::as_array);
        let list = list.ok_or_else(|| format!("{name} has no list \"jsonpaths\""))?;
        let parse =
            |path: &Value| path.as_str().and_then(steps).ok_or_else(|| format!("{name}: bad path {path}"));
        Ok(Paths(list.iter().map(parse).collect::<Result<_, _>>()?))
    }
}

fn steps(path: &str) -> Option<Vec<Step>> {
    let mut rest = path.strip_prefix('$')?;
    let mut steps = Vec::new();
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix('.') {
            let end = after.find(['.', '[']).unwrap_or(after.len());
            steps.push(Step::Member(after[..end].to_owned()));
            rest = &after[end..];
            continue;
        }
        let (inner, after) = rest.strip_prefix('[')?.split_once(']')?;
        let unquoted = inner.trim_matches(['\'', '"']);
        steps.push(match inner.parse() {
            Ok(number) => Step::Element(number),
            Err(_) => Step::Member(unquoted.to_owned()),
        });
        rest = after;
    }
    Some(steps)
}

fn follow<'v>(value: &'v Value, path: &[Step]) -> Option<&'v Value> {
    path.iter().try_fold(value, |value, step| match step {
        Step::Member(name) => value.get(name),
        Step::Element(number) => value.get(number),
    })
}

fn cell(value: Option<&Value>) -> Option<String> {
    match value? {
        Value::Null => None,
        Value::String(text) => Some(text.replace('\0', "")),
        other => Some(other.to_string()),
    }
}
