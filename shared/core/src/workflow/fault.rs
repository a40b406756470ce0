//! Faults of a workflow file, all of them at once. Owns their form and how they are shown: position, line, caret, hint.
//! Does not find any.

use std::fmt;

use serde::Serialize;

use super::limits::FAULTS_MAX;

/// One thing that is wrong, and where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// Name of the source, as the caller gave it.
    pub file: String,
    /// From 1.
    pub line: u32,
    /// In characters, from 1.
    pub column: u32,
    /// Where in the document, such as `jobs[3].needs[0]`; empty for the document itself.
    pub path: String,
    /// What is wrong: a lowercase fragment.
    pub message: String,
    /// What would be right.
    pub hint: Option<String>,
    /// The faulty line, or the part of a long one around the fault.
    pub excerpt: String,
    /// The part of the excerpt that is pointed at: first character (from 0) and number of characters.
    pub marked: (usize, usize),
}

/// The faults of one file in the order of their positions; at most [`FAULTS_MAX`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Faults {
    /// The faults; never empty.
    pub list: Vec<Fault>,
    /// How many more there were.
    pub left_out: usize,
}

impl fmt::Display for Fault {
    /// As compilers show it: `file:line:column: error: …`, the line with a caret below, the hint.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}:{}:{}: error: {}", self.file, self.line, self.column, self.message)?;
        let number = self.line.to_string();
        let (start, length) = self.marked;
        // Tabs are kept, so that the caret stands below its character whatever the width of a tab.
        let pad: String =
            self.excerpt.chars().take(start).map(|c| if c == '\t' { '\t' } else { ' ' }).collect();
        let gutter = " ".repeat(number.len());
        writeln!(f, "{}", format!(" {number} | {}", self.excerpt).trim_end())?;
        write!(f, " {gutter} | {pad}{}", "^".repeat(length.max(1)))?;
        match &self.hint {
            Some(hint) => write!(f, "\nhint: {hint}"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, fault) in self.list.iter().enumerate() {
            if index > 0 {
                f.write_str("\n\n")?;
            }
            write!(f, "{fault}")?;
        }
        if self.left_out > 0 {
            write!(f, "\n\nand {} more", self.left_out)?;
        }
        Ok(())
    }
}

impl std::error::Error for Faults {}

/// A position in the source with the length of what stands there, in characters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    pub(super) line: u32,
    pub(super) column: u32,
    pub(super) length: u32,
}

/// What is wrong, before it is known where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Problem {
    pub(super) message: String,
    pub(super) hint: Option<String>,
}

impl Problem {
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), hint: None }
    }

    pub(super) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// With this hint where it has none yet.
    pub(super) fn or_hint(self, hint: impl Into<String>) -> Self {
        if self.hint.is_some() { self } else { self.hint(hint) }
    }

    /// With `did you mean …?` when something known is near enough.
    pub(super) fn nearest<'k>(self, name: &str, known: impl IntoIterator<Item = &'k str>) -> Self {
        match super::nearest::nearest(name, known) {
            Some(near) => self.hint(format!("did you mean `{near}`?")),
            None => self,
        }
    }
}

/// Collects faults and cuts their lines out of the source.
pub(super) struct Collector<'s> {
    file: &'s str,
    lines: Vec<&'s str>,
    found: Vec<Fault>,
    left_out: usize,
}

/// Characters of a line that are shown; JSON often stands on one line of megabytes.
const EXCERPT_CHARS: usize = 120;
/// Characters shown before the fault when the line is cut.
const EXCERPT_BEFORE: usize = 40;

impl<'s> Collector<'s> {
    pub(super) fn new(file: &'s str, text: &'s str) -> Self {
        Self { file, lines: text.split('\n').collect(), found: Vec::new(), left_out: 0 }
    }

    pub(super) fn add(&mut self, place: Place, path: impl fmt::Display, problem: Problem) {
        if self.found.len() == FAULTS_MAX {
            self.left_out += 1;
            return;
        }
        let line = self.lines.get(place.line.saturating_sub(1) as usize).copied().unwrap_or_default();
        let (excerpt, marked) = excerpt(line.trim_end(), place);
        self.found.push(Fault {
            file: self.file.to_owned(),
            line: place.line,
            column: place.column,
            path: path.to_string(),
            message: problem.message,
            hint: problem.hint,
            excerpt,
            marked,
        });
    }

    /// As [`Self::add`], for faults whose place or hint is costly to find: past [`FAULTS_MAX`] they are only counted.
    pub(super) fn add_with(&mut self, fault: impl FnOnce() -> (Place, String, Problem)) {
        if self.found.len() == FAULTS_MAX {
            self.left_out += 1;
            return;
        }
        let (place, path, problem) = fault();
        self.add(place, path, problem);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// The faults by position; those of one position as they were found.
    pub(super) fn finish(mut self) -> Faults {
        self.found.sort_by_key(|fault| (fault.line, fault.column));
        Faults { list: self.found, left_out: self.left_out }
    }
}

fn excerpt(line: &str, place: Place) -> (String, (usize, usize)) {
    let at = place.column.saturating_sub(1) as usize;
    let length = place.length as usize;
    // Long lines are cut by bytes first: counting the characters of a file on one line for each fault would be quadratic.
    if line.len() <= EXCERPT_CHARS {
        let shown = line.chars().count().saturating_sub(at).max(1);
        return (line.to_owned(), (at, length.min(shown)));
    }
    let from = at.saturating_sub(EXCERPT_BEFORE);
    let start = if line.is_ascii() {
        from
    } else {
        line.char_indices().nth(from).map_or(line.len(), |(byte, _)| byte)
    };
    let mut rest = line.get(start..).unwrap_or_default().chars();
    let mut text: String = rest.by_ref().take(EXCERPT_CHARS).collect();
    if rest.next().is_some() {
        text.push('…');
    }
    let mut at = at - from;
    if from > 0 {
        text.insert(0, '…');
        at += 1;
    }
    let shown = text.chars().count().saturating_sub(at).max(1);
    (text, (at, length.min(shown)))
}
