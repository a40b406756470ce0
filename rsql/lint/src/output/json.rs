//! Findings as JSON; docs/lint.md describes the document.

use serde_json::{Value, json};

use super::Report;
use crate::finding::{Finding, Severity};

/// The document of a report.
pub(super) fn document(report: &Report) -> Value {
    json!({
        "scripts": report.scripts,
        "errors": report.count(Severity::Error),
        "warnings": report.count(Severity::Warning),
        "notes": report.count(Severity::Note),
        "findings": report.findings.iter().map(finding).collect::<Vec<_>>(),
        "findings_left_out": report.left_out,
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
