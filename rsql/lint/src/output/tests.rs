//! The forms, by what readers of each rely on.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use serde_json::Value;

use super::{Fails, json, sarif, text};
use crate::{Finding, Refusal, Rule, Script, Settings, check};

fn findings(path: &str) -> Vec<Finding> {
    let script = Script {
        path: path.to_owned(),
        shown: path.to_owned(),
        text: b"\\goto X\nselect 'f\xc3\xbcr'; \\exit 1\n".to_vec(),
    };
    check(script, &Settings::default(), &mut |_| Err(Refusal::Outside)).findings
}

#[test]
fn text_ends_with_a_count() {
    let text = text(&findings("a.rsql"), 1);
    assert!(text.ends_with("\n\n1 script: 1 error, 2 warnings\n"), "{text}");
    assert!(
        text.starts_with(
            "a.rsql:1:1: error: there is no label `X`, so the rest of the script is skipped [goto-no-label]\n 1 | \\goto X\n   | \
             ^^^^^^^\nhint: "
        ),
        "{text}"
    );
    assert_eq!(super::text(&[], 2), "2 scripts: nothing found\n");
}

#[test]
fn errors_fail_and_warnings_when_asked() {
    let all = findings("a.rsql");
    let warnings: Vec<Finding> =
        all.iter().filter(|finding| finding.rule == Rule::Unreachable).cloned().collect();
    assert!(Fails::AtErrors.is_failed(&all) && !Fails::AtErrors.is_failed(&warnings));
    assert!(Fails::AtWarnings.is_failed(&warnings) && !Fails::AtWarnings.is_failed(&[]));
}

#[test]
fn json_has_every_field() {
    let document = json(&findings("a.rsql"), 1);
    let keys = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(keys(&document), ["scripts", "errors", "warnings", "notes", "findings"]);
    let fields =
        ["rule", "severity", "message", "hint", "file", "line", "column", "excerpt", "marked", "jobs"];
    assert_eq!(keys(&document["findings"][0]), fields);
}

#[test]
fn sarif_has_what_the_standard_demands() {
    let document = sarif(&findings("dir/a b.rsql"), "rsql");
    assert_eq!(document["version"], "2.1.0");
    let run = &document["runs"][0];
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    assert_eq!(run["tool"]["driver"]["name"], "rsql");
    let results = run["results"].as_array().unwrap();
    assert_eq!(results.len(), 3);
    for result in results {
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(rules[index]["id"], result["ruleId"]);
        assert!(["error", "warning", "note"].contains(&result["level"].as_str().unwrap()));
        assert!(!result["message"]["text"].as_str().unwrap().is_empty());
        let place = &result["locations"][0]["physicalLocation"];
        assert_eq!(place["artifactLocation"]["uri"], "dir/a%20b.rsql");
        assert_eq!(place["artifactLocation"]["uriBaseId"], "SRCROOT");
        let number = |key: &str| place["region"][key].as_u64().unwrap();
        assert!(number("startLine") >= 1 && number("startColumn") >= 1);
        assert!(number("endColumn") > number("startColumn"));
    }
    let absolute = sarif(&findings("/x/a.rsql"), "rsql");
    let location = &absolute["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"];
    assert_eq!(location["uri"], "file:///x/a.rsql");
}
