//! Findings as JSON; docs/lint.md describes the document.

use serde_json::{Value, json};

use crate::finding::{Finding, Severity};

/// The findings as a list, for documents that hold more than them.
#[must_use]
pub fn document(findings: &[Finding], scripts: usize) -> Value {
    let count = |severity: Severity| findings.iter().filter(|finding| finding.severity() == severity).count();
    json!({
        "scripts": scripts,
        "errors": count(Severity::Error),
        "warnings": count(Severity::Warning),
        "notes": count(Severity::Note),
        "findings": findings.iter().map(finding).collect::<Vec<_>>(),
    })
}

fn finding(finding: &Finding) -> Value {
    json!({
        "rule": finding.rule.id(),
        "severity": finding.severity().word(),
        "message": finding.message,
        "hint": finding.hint,
        "file": finding.file,
        "line": finding.line,
        "column": finding.column,
        "excerpt": finding.excerpt,
        "marked": finding.marked,
        "jobs": finding.jobs,
    })
}
