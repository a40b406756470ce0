//! One finding, and how it is shown: as the CLI shows the faults of workflow files.

use std::fmt;

use serde::Serialize;

use crate::rule::Rule;

/// How grave a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// It will fail, lose work, or give something away.
    Error,
    /// It may, or somebody will be misled.
    Warning,
    /// Worth knowing.
    Note,
}

impl Severity {
    /// As it is written.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Note => "note",
        }
    }
}

/// Something that a rule has found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The rule.
    pub rule: Rule,
    /// What is wrong: a lowercase fragment.
    pub message: String,
    /// What would be right.
    pub hint: String,
    /// The script, or another file, as the caller named it.
    pub file: String,
    /// From 1.
    pub line: usize,
    /// In characters, from 1.
    pub column: usize,
    /// The line, or the part of a long one around the place; secrets in it are masked.
    pub excerpt: String,
    /// The part of the excerpt that is pointed at: first character (from 0) and number of characters.
    pub marked: (usize, usize),
    /// The jobs that run it, where that is known.
    pub jobs: Vec<String>,
}

impl Finding {
    /// How grave it is.
    #[must_use]
    pub fn severity(&self) -> Severity {
        self.rule.severity()
    }
}

impl fmt::Display for Finding {
    /// `file:line:column: severity: …  [rule]`, the line with a caret below, the hint, the jobs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (word, id) = (self.severity().word(), self.rule.id());
        writeln!(f, "{}:{}:{}: {word}: {} [{id}]", self.file, self.line, self.column, self.message)?;
        let number = self.line.to_string();
        let (start, length) = self.marked;
        // Tabs are kept, so that the caret stands below its character whatever the width of a tab.
        let pad: String =
            self.excerpt.chars().take(start).map(|c| if c == '\t' { '\t' } else { ' ' }).collect();
        let gutter = " ".repeat(number.len());
        writeln!(f, "{}", format!(" {number} | {}", self.excerpt).trim_end())?;
        write!(f, " {gutter} | {pad}{}", "^".repeat(length.max(1)))?;
        if !self.hint.is_empty() {
            write!(f, "\nhint: {}", self.hint)?;
        }
        match self.jobs.as_slice() {
            [] => Ok(()),
            [job] => write!(f, "\njob: {job}"),
            jobs => write!(f, "\njobs: {}", jobs.join(", ")),
        }
    }
}
