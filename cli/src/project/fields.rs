//! Reading marked YAML field by field. Owns the faults of the project file: each with its place, all of them at once.
//! Does not know which fields there are.

use std::collections::BTreeMap;
use std::path::Path;

use fleet_core::time::Millis;
use fleet_core::workflow::{Fault, Faults};
use saphyr::{MarkedYaml, Scalar};

/// Collects faults while the fields are read.
pub(super) struct Reader<'t> {
    file: String,
    lines: Vec<&'t str>,
    faults: Vec<Fault>,
}

/// The fields of one mapping, each with its value.
pub(super) type Fields<'n> = BTreeMap<&'n str, &'n MarkedYaml<'n>>;

impl<'t> Reader<'t> {
    /// For messages about `file`, which holds `text`.
    pub(super) fn new(file: &Path, text: &'t str) -> Self {
        Self { file: file.display().to_string(), lines: text.lines().collect(), faults: Vec::new() }
    }

    /// `value`, unless something was wrong.
    ///
    /// # Errors
    /// All faults found, in the order of the file.
    pub(super) fn finish<T>(mut self, value: T) -> Result<T, Faults> {
        if self.faults.is_empty() {
            return Ok(value);
        }
        self.faults.sort_by_key(|fault| (fault.line, fault.column));
        Err(Faults { list: self.faults, left_out: 0 })
    }

    /// Notes a fault at a line and column, both from 1.
    pub(super) fn fault_at(
        &mut self,
        (line, column): (usize, usize),
        length: usize,
        message: String,
    ) -> &mut Fault {
        let excerpt =
            self.lines.get(line.saturating_sub(1)).copied().unwrap_or_default().trim_end().to_owned();
        let start = column.saturating_sub(1);
        let shown = excerpt.chars().count().saturating_sub(start).max(1);
        self.faults.push(Fault {
            file: self.file.clone(),
            line: u32::try_from(line).unwrap_or(u32::MAX),
            column: u32::try_from(column).unwrap_or(u32::MAX),
            path: String::new(),
            message,
            hint: None,
            excerpt,
            marked: (start, length.clamp(1, shown)),
        });
        self.faults.last_mut().expect("one was pushed just now")
    }

    /// Notes a fault at `node`.
    pub(super) fn fault(&mut self, node: &MarkedYaml<'_>, message: String) -> &mut Fault {
        let (start, end) = (node.span.start, node.span.end);
        let length =
            if start.line() == end.line() { end.col().saturating_sub(start.col()) } else { usize::MAX };
        self.fault_at((start.line(), start.col() + 1), length, message)
    }

    /// The fields of a mapping. With `known`, every other key is a fault that names the nearest known one.
    pub(super) fn mapping<'n>(
        &mut self,
        node: &'n MarkedYaml<'n>,
        what: &str,
        known: Option<&[&str]>,
    ) -> Fields<'n> {
        let mut fields = Fields::new();
        let Some(mapping) = node.data.as_mapping() else {
            if !is_null(node) {
                self.fault(node, format!("{what} must be a mapping of `key: value` lines"));
            }
            return fields;
        };
        for (key, value) in mapping {
            let Some(name) = key.data.as_str() else {
                self.fault(key, format!("a key of {what} must be a text"));
                continue;
            };
            if let Some(known) = known.filter(|known| !known.contains(&name)) {
                let hint = nearest(name, known);
                self.fault(key, format!("{what} has no key `{name}`")).hint = Some(hint);
                continue;
            }
            fields.insert(name, value);
        }
        fields
    }

    /// A text; numbers are taken as they are written. `null` counts as absent.
    pub(super) fn text(&mut self, fields: &Fields<'_>, key: &str) -> Option<String> {
        let node = fields.get(key)?;
        let text = match scalar(node) {
            Some(Scalar::String(text)) => Some(text.to_string()),
            Some(Scalar::Integer(number)) => Some(number.to_string()),
            Some(Scalar::Null) => return None,
            _ => None,
        };
        if text.is_none() {
            self.fault(node, format!("`{key}` must be a text"));
        }
        text
    }

    /// `true` or `false`.
    pub(super) fn flag(&mut self, fields: &Fields<'_>, key: &str) -> Option<bool> {
        let node = fields.get(key)?;
        let flag = match scalar(node) {
            Some(Scalar::Boolean(flag)) => Some(*flag),
            _ => None,
        };
        if flag.is_none() {
            self.fault(node, format!("`{key}` must be true or false"));
        }
        flag
    }

    /// A whole number from 1 to `max`.
    pub(super) fn number(&mut self, fields: &Fields<'_>, key: &str, max: usize) -> Option<usize> {
        let node = fields.get(key)?;
        let number = match scalar(node) {
            Some(Scalar::Integer(number)) => usize::try_from(*number).ok(),
            _ => None,
        };
        let number = number.filter(|number| (1..=max).contains(number));
        if number.is_none() {
            self.fault(node, format!("`{key}` must be a whole number from 1 to {max}"));
        }
        number
    }

    /// A duration of at least `min`.
    pub(super) fn span(&mut self, fields: &Fields<'_>, key: &str, min: Millis) -> Option<Millis> {
        let node = fields.get(key)?;
        let text = self.text(fields, key)?;
        match Millis::parse(&text) {
            Ok(span) if span >= min => Some(span),
            Ok(span) => {
                self.fault(node, format!("`{key}` is {span}, at least {min} is needed"));
                None
            }
            Err(error) => {
                self.fault(node, format!("`{key}`: {error}"));
                None
            }
        }
    }

    /// One of a few words.
    pub(super) fn word<T: Copy>(&mut self, fields: &Fields<'_>, key: &str, words: &[(&str, T)]) -> Option<T> {
        let node = fields.get(key)?;
        let text = self.text(fields, key)?;
        let found = words.iter().find(|(word, _)| *word == text).map(|(_, value)| *value);
        if found.is_none() {
            let known: Vec<String> = words.iter().map(|(word, _)| format!("`{word}`")).collect();
            self.fault(node, format!("`{key}` is `{text}`, it must be one of {}", known.join(", ")));
        }
        found
    }
}

/// Whether a node holds nothing.
pub(super) fn is_null(node: &MarkedYaml<'_>) -> bool {
    matches!(scalar(node), Some(Scalar::Null))
}

fn scalar<'n>(node: &'n MarkedYaml<'n>) -> Option<&'n Scalar<'n>> {
    match &node.data {
        saphyr::YamlData::Value(scalar) => Some(scalar),
        _ => None,
    }
}

/// The known key most like `name` as a question, or all of them.
fn nearest(name: &str, known: &[&str]) -> String {
    // Written by habit from other tools, and in a file that is committed.
    if name == "password" {
        return "a password is named, not written here: use `password_env` or `password_file`".to_owned();
    }
    let distance = |key: &&&str| strsim::damerau_levenshtein(name, key);
    match known.iter().min_by_key(distance).filter(|key| distance(key) <= name.len().div_ceil(2)) {
        Some(key) => format!("did you mean `{key}`?"),
        None => format!("there are {}", known.join(", ")),
    }
}
