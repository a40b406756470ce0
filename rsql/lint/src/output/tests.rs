//! The forms, by what readers of each rely on.

use serde_json::Value;

use super::{Fails, Report};
use crate::{Refusal, Rule, Script, Settings, check};

fn report(path: &str) -> Report {
    let mut report = Report::default();
    let script = Script {
        path: path.to_owned(),
        shown: path.to_owned(),
        text: b"\\goto X\nselect 'f\xc3\xbcr'; \\exit 1\n".to_vec(),
    };
    report.add(check(script, &Settings::default(), &mut |_| Err(Refusal::Outside)), Some("job"));
    report.finish();
    report
}

#[test]
fn text_ends_with_a_count() {
    let text = report("a.rsql").text();
    assert!(text.ends_with("\n\n1 script: 1 error, 2 warnings\n"), "{text}");
    assert!(
        text.starts_with(
            "a.rsql:1:1: error: there is no label `X`, so the rest of the script is skipped [goto-no-label]\n 1 | \\goto X\n   | \
             ^^^^^^^\nhint: "
        ),
        "{text}"
    );
    let nothing = Report { scripts: 2, left_out: 1, ..Report::default() };
    assert_eq!(nothing.text(), "and 1 more\n\n2 scripts: nothing found\n");
}

#[test]
fn errors_fail_and_warnings_when_asked() {
    let all = report("a.rsql");
    let mut warnings = all.clone();
    warnings.findings.retain(|finding| finding.rule == Rule::Unreachable);
    assert!(all.is_failed(Fails::AtErrors) && !warnings.is_failed(Fails::AtErrors));
    assert!(warnings.is_failed(Fails::AtWarnings) && !Report::default().is_failed(Fails::AtWarnings));
}

#[test]
fn what_several_jobs_run_is_told_once() {
    let mut both = report("a.rsql");
    let mut other = report("a.rsql");
    other.findings.iter_mut().for_each(|finding| finding.jobs = vec!["other".to_owned()]);
    both.findings.append(&mut other.findings);
    both.finish();
    assert_eq!(both.findings.len(), report("a.rsql").findings.len());
    assert_eq!(both.findings[0].jobs, ["job", "other"]);
    assert!(both.findings[0].to_string().ends_with("\njobs: job, other"));
}

#[test]
fn json_has_every_field() {
    let document = report("a.rsql").json();
    let keys = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(keys(&document), ["scripts", "errors", "warnings", "notes", "findings", "findings_left_out"]);
    let fields =
        ["rule", "severity", "message", "hint", "file", "line", "column", "excerpt", "marked", "jobs"];
    assert_eq!(keys(&document["findings"][0]), fields);
}

#[test]
fn sarif_has_what_the_standard_demands() {
    let document = report("dir/a b.rsql").sarif("rsql");
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
    let absolute = report("/x/a.rsql").sarif("rsql");
    let location = &absolute["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"];
    assert_eq!(location["uri"], "file:///x/a.rsql");
}
