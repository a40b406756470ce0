//! The forms in which findings are written: text for people, JSON and SARIF for programs.

mod json;
mod sarif;

use crate::finding::{Finding, Severity};

pub use json::document as json;
pub use sarif::document as sarif;

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

impl Fails {
    /// Whether these findings make a check fail.
    #[must_use]
    pub fn is_failed(self, findings: &[Finding]) -> bool {
        let least = match self {
            Self::AtErrors => Severity::Error,
            Self::AtWarnings => Severity::Warning,
        };
        findings.iter().any(|finding| finding.severity() <= least)
    }
}

/// All findings with an empty line behind each, and a line that counts them.
#[must_use]
pub fn text(findings: &[Finding], scripts: usize) -> String {
    let mut text: String = findings.iter().map(|finding| format!("{finding}\n\n")).collect();
    text.push_str(&summary(findings, scripts));
    text.push('\n');
    text
}

/// `3 scripts: 1 error, 2 warnings`.
#[must_use]
pub fn summary(findings: &[Finding], scripts: usize) -> String {
    let count = |severity: Severity| findings.iter().filter(|finding| finding.severity() == severity).count();
    let counted: Vec<String> = [Severity::Error, Severity::Warning, Severity::Note]
        .into_iter()
        .map(|severity| (count(severity), severity.word()))
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| plural(count, word))
        .collect();
    let found = if counted.is_empty() { "nothing found".to_owned() } else { counted.join(", ") };
    format!("{}: {found}", plural(scripts, "script"))
}

fn plural(count: usize, word: &str) -> String {
    format!("{count} {word}{}", if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests;
