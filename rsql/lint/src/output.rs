//! The forms in which findings are written: text for people, JSON and SARIF for programs.

mod json;
mod sarif;

use serde_json::Value;

use crate::Checked;
use crate::finding::{Finding, Severity};

/// A form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Form {
    /// For people.
    #[default]
    Text,
    /// One JSON document, see docs/lint.md.
    Json,
    /// SARIF 2.1.0, which code hosts and editors read.
    Sarif,
}

impl Form {
    /// By its name.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        match name {
            "text" => Some(Self::Text),
            "json" => Some(Self::Json),
            "sarif" => Some(Self::Sarif),
            _ => None,
        }
    }
}

/// From which severity on a check has failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Fails {
    /// Errors only.
    #[default]
    AtErrors,
    /// Warnings, too.
    AtWarnings,
}

/// The findings of many scripts.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// By file, line and column, once [`Report::finish`] was called.
    pub findings: Vec<Finding>,
    /// Scripts that were checked, without those that they include.
    pub scripts: usize,
    /// Findings that are not told.
    pub left_out: usize,
}

impl Report {
    /// Adds what a script came to, as a job runs it.
    pub fn add(&mut self, checked: Checked, job: Option<&str>) {
        self.scripts += 1;
        self.left_out += checked.left_out;
        self.findings.extend(checked.findings.into_iter().map(|mut finding| {
            finding.jobs.extend(job.map(str::to_owned));
            finding
        }));
    }

    /// Puts findings in order, and those of a script that is used more than once together.
    pub fn finish(&mut self) {
        let place = |finding: &Finding| (finding.file.clone(), finding.line, finding.column, finding.rule);
        self.findings.sort_by_cached_key(|finding| (place(finding), finding.message.clone()));
        self.findings.dedup_by(|later, first| {
            let is_same = place(later) == place(first) && later.message == first.message;
            if is_same {
                first.jobs.append(&mut later.jobs);
                first.jobs.sort();
                first.jobs.dedup();
            }
            is_same
        });
    }

    /// Whether the check has failed.
    #[must_use]
    pub fn is_failed(&self, fails: Fails) -> bool {
        let least = match fails {
            Fails::AtErrors => Severity::Error,
            Fails::AtWarnings => Severity::Warning,
        };
        self.findings.iter().any(|finding| finding.severity() <= least)
    }

    /// All findings with an empty line behind each, and a line that counts them.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text: String = self.findings.iter().map(|finding| format!("{finding}\n\n")).collect();
        if self.left_out > 0 {
            text.push_str(&format!("and {} more\n\n", self.left_out));
        }
        text.push_str(&self.summary());
        text.push('\n');
        text
    }

    /// `3 scripts: 1 error, 2 warnings`.
    #[must_use]
    pub fn summary(&self) -> String {
        let counted: Vec<String> = [Severity::Error, Severity::Warning, Severity::Note]
            .into_iter()
            .map(|severity| (self.count(severity), severity.word()))
            .filter(|(count, _)| *count > 0)
            .map(|(count, word)| plural(count, word))
            .collect();
        let found = if counted.is_empty() { "nothing found".to_owned() } else { counted.join(", ") };
        format!("{}: {found}", plural(self.scripts, "script"))
    }

    /// As JSON; docs/lint.md describes the document.
    #[must_use]
    pub fn json(&self) -> Value {
        json::document(self)
    }

    /// As SARIF. `tool` is the program's name.
    #[must_use]
    pub fn sarif(&self, tool: &str) -> Value {
        sarif::document(&self.findings, tool)
    }

    fn count(&self, severity: Severity) -> usize {
        self.findings.iter().filter(|finding| finding.severity() == severity).count()
    }
}

fn plural(count: usize, word: &str) -> String {
    format!("{count} {word}{}", if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests;
