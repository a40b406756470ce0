//! Compiled definitions: edges, stored form, version, differences.

use super::compiled;
use super::compiled::FULL;
use crate::ids::JobId;
use crate::workflow::{Definition, JobIx, diff};

const DIAMOND: &str = "workflow: w
jobs:
  - { id: d, script: a.sql, needs: [c, b] }
  - { id: a, script: a.sql }
  - { id: b, script: a.sql, needs: [a] }
  - { id: c, script: a.sql, needs: [a] }
  - { id: alone, script: a.sql }
";

fn ids(definition: &Definition, list: &[JobIx]) -> String {
    let name = |ix: &JobIx| definition.job(*ix).map_or("END".to_owned(), |job| job.id.to_string());
    list.iter().map(name).collect::<Vec<_>>().join(" ")
}

#[test]
fn edges_go_both_ways_and_end_at_end() {
    let definition = compiled(DIAMOND);
    let check = |id: &str, needs: &str, dependents: &str| {
        let ix = definition.find(&JobId::parse(id).unwrap()).unwrap();
        assert_eq!(definition.job(ix).unwrap().id.as_str(), id);
        assert_eq!(ids(&definition, definition.needs(ix)), needs, "needs of {id}");
        assert_eq!(definition.needs_count(ix) as usize, definition.needs(ix).len());
        assert_eq!(ids(&definition, definition.dependents(ix)), dependents, "dependents of {id}");
    };
    check("a", "", "b c");
    check("b", "a", "d");
    check("c", "a", "d");
    check("d", "c b", "END");
    check("alone", "", "END");
    let end = definition.end();
    assert_eq!(end, JobIx(5));
    assert!(definition.job(end).is_none());
    assert_eq!(ids(&definition, definition.needs(end)), "d alone");
    assert_eq!(definition.needs_count(end), 2);
    assert_eq!(definition.dependents(end), []);
    assert_eq!(definition.dependents(JobIx(99)), []);
    assert_eq!(ids(&definition, &definition.roots().collect::<Vec<_>>()), "a alone");
    assert_eq!(ids(&definition, definition.topological()), "a alone b c d");
    assert_eq!(definition.find(&JobId::parse("nobody").unwrap()), None);
}

#[test]
fn the_stored_form_comes_back_as_it_was() {
    let definition = compiled(FULL);
    let stored = definition.canonical_json();
    let back: Definition = serde_json::from_slice(&stored).unwrap();
    assert_eq!(back.canonical_json(), stored);
    assert_eq!(back.version(), definition.version());
    assert_eq!(ids(&back, back.topological()), ids(&definition, definition.topological()));
}

/// A changed version of unchanged files would deploy every workflow anew: a release that changes the stored form on purpose
/// changes this value and `FORMAT`.
#[test]
fn the_version_of_a_workflow_is_kept_by_releases() {
    let version = compiled(DIAMOND).version();
    assert_eq!(version.as_str(), "e358f415908e3bd1");
    let reordered = DIAMOND.replace("script: a.sql, needs: [a]", "needs: [a], script: a.sql");
    assert_eq!(compiled(&reordered).version(), version, "the order of keys is no content");
    let json = r#"{"workflow": "w", "jobs": [{"id": "a", "script": "a.sql"}]}"#;
    assert_eq!(
        compiled(json).version(),
        compiled("workflow: w\njobs: [{ id: a, script: ./a.sql }] # same").version()
    );
}

#[test]
fn stored_parts_that_are_no_workflow_are_refused() {
    let good = String::from_utf8(compiled("workflow: w\njobs: [{ id: a, script: a.sql }]").canonical_json())
        .unwrap();
    let check = |from: &str, to: &str, expect: &str| {
        let bad = good.replace(from, to);
        assert_ne!(bad, good, "{from}");
        let error = serde_json::from_str::<Definition>(&bad).unwrap_err().to_string();
        assert!(error.starts_with(expect), "{error}");
    };
    let job = r#"{"id":"a","work":{"script":{"path":"a.sql","kind":"sql"}}}"#;
    let with = |text: &str| job.replace("}}}", &format!("}}}},{text}}}"));
    check(
        "\"format\":1",
        "\"format\":2",
        "format 2 of the stored workflow is unknown; this release reads up to 1",
    );
    check(job, "", "the stored workflow has 0 jobs; 1 to 100000 are allowed");
    check(job, &format!("{job},{job}"), "the stored workflow has job `a` twice");
    check(job, &with(r#""needs":[1]"#), "job `a` of the stored workflow needs a job that is not there");
    check(job, &with(r#""needs":[0]"#), "jobs of the stored workflow need each other: a -> a");
    check(job, &with(r#""colour":"red""#), "unknown field `colour`");
    check("\"id\":\"a\"", "\"id\":\"../a\"", "job id `../a` has `.` at position 1");
}

#[test]
fn differences() {
    let check = |from: &str, to: &str, expect: &[&str]| {
        let text = DIAMOND.replace(from, to);
        assert!(from == to || text != DIAMOND, "{from}");
        assert_eq!(diff(&compiled(DIAMOND), &compiled(&text)), expect, "{from} -> {to}");
    };
    check("", "", &[]);
    check("workflow: w\n", "workflow: w\ntimeout: 4h\n", &["~ timeout: (none) -> 4h"]);
    check(
        "workflow: w\n",
        "workflow: w\nparams: { a: x }\nschedule: [{ cron: \"0 2 * * ? *\" }]\n",
        &["~ params.a: (none) -> x", "~ schedule: (none) -> cron 0 2 * * ? * timezone UTC catch_up latest"],
    );
    check("id: alone", "id: other", &["- job alone (script a.sql)", "+ job other (script a.sql)"]);
    check(
        "jobs:\n",
        "jobs:\n  - { id: w, precondition: { file: /in/*.csv }, needs: [a] }\n",
        &["+ job w (waits for file /in/*.csv every 1m, needs a)"],
    );
    check("needs: [c, b]", "needs: [b]", &["~ job d: needs: c, b -> b"]);
    check(
        "id: a, script: a.sql",
        "id: a, script: b.sql, timeout: 1h, env: { X: y }",
        &["~ job a: env.X: (none) -> y; timeout: (none) -> 1h; work: script a.sql -> script b.sql"],
    );
    check("  - { id: alone, script: a.sql }\n", "", &["- job alone (script a.sql)"]);
    let moved = DIAMOND.replace("  - { id: alone, script: a.sql }\n", "");
    let moved = moved.replace("jobs:\n", "jobs:\n  - { id: alone, script: a.sql }\n");
    assert_eq!(diff(&compiled(DIAMOND), &compiled(&moved)), ["~ the jobs are in another order"]);
}
