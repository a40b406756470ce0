//! Findings as SARIF 2.1.0, which code hosts and editors read. Owns relative URIs.

use serde_json::{Value, json};

use crate::finding::Finding;
use crate::rule::Rule;

/// Of the standard.
const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";
/// What paths are relative to.
const BASE: &str = "SRCROOT";

/// The document of one run. `tool` is the program's name.
pub(super) fn document(findings: &[Finding], tool: &str) -> Value {
    json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": tool,
                "version": env!("CARGO_PKG_VERSION"),
                "rules": Rule::ALL.iter().copied().map(rule).collect::<Vec<_>>(),
            }},
            "columnKind": "unicodeCodePoints",
            "results": findings.iter().map(result).collect::<Vec<_>>(),
        }],
    })
}

fn rule(rule: Rule) -> Value {
    json!({
        "id": rule.id(),
        "shortDescription": { "text": rule.about().trim() },
        "defaultConfiguration": { "level": rule.severity().word() },
    })
}

fn result(finding: &Finding) -> Value {
    let index = Rule::ALL.iter().position(|rule| *rule == finding.rule).unwrap_or_default();
    let mut text = finding.message.clone();
    if !finding.hint.is_empty() {
        text.push_str(". ");
        text.push_str(&finding.hint);
    }
    json!({
        "ruleId": finding.rule.id(),
        "ruleIndex": index,
        "level": finding.severity().word(),
        "message": { "text": text },
        "locations": [{ "physicalLocation": {
            "artifactLocation": location(&finding.file),
            "region": {
                "startLine": finding.line,
                "startColumn": finding.column,
                "endColumn": finding.column + finding.marked.1.max(1),
            },
        }}],
    })
}

/// Relative where the path is; a path from the root has no base.
fn location(file: &str) -> Value {
    let path = file.strip_prefix("./").unwrap_or(file);
    match path.starts_with('/') {
        true => json!({ "uri": format!("file://{}", encoded(path)) }),
        false => json!({ "uri": encoded(path), "uriBaseId": BASE }),
    }
}

/// Percent-encoded, as URIs want all but a few characters.
fn encoded(path: &str) -> String {
    let mut uri = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            uri.push_str(&format!("%{byte:02X}"));
        }
    }
    uri
}
