//! `rsqlctl lint`: scripts as jobs run them, and the order that their tables ask for.

use serde_json::json;

use crate::support::{Project, Ran};

/// A project of RSQL jobs: each with its needs (as YAML) and its script.
fn project(jobs: &[(&str, &str, &str)]) -> Project {
    let project =
        Project::with(&[("project.yaml", "connections:\n  warehouse: { host: h, database: d, user: u }\n")]);
    let mut text = "workflow: flow\nparams: { layer: stage }\njobs:\n".to_owned();
    for (id, more, script) in jobs {
        text.push_str(&format!("  - {{ id: {id}, script: {id}.rsql{more} }}\n"));
        project.write(&format!("scripts/{id}.rsql"), &format!("\\set ON_ERROR_STOP on\n{script}\n"));
    }
    project.write("workflows/flow.yaml", &text);
    project
}

/// The findings without their excerpts.
fn findings(ran: &Ran) -> Vec<&str> {
    ran.out.lines().filter(|line| line.contains(": warning: ") || line.contains(": error: ")).collect()
}

#[test]
fn findings_name_the_jobs_that_run_a_script() {
    let project = project(&[("a", "", "\\i shared.rsql"), ("b", ", needs: [a]", "\\ir shared.rsql")]);
    project.write("scripts/shared.rsql", "\\nonsense\n");
    let ran = project.run(&["lint"]).ended(6);
    assert_eq!(
        ran.out,
        "\
scripts/shared.rsql:1:1: error: there is no command \\nonsense [unknown-command]
 1 | \\nonsense
   | ^^^^^^^^^
hint: see docs/rsql.md for the commands that there are
jobs: flow/a, flow/b

2 scripts: 1 error
"
    );
    assert_eq!(ran.err, "");
}

#[test]
fn scripts_stay_below_their_root() {
    let project = project(&[("a", "", "\\i ../outside.rsql\n\\i none.rsql")]);
    project.write("outside.rsql", "select 1;\n");
    let ran = project.run(&["lint"]).ended(6);
    assert_eq!(
        findings(&ran),
        [
            "scripts/a.rsql:2:1: error: ../outside.rsql lies outside of the script root [include-outside-root]",
            "scripts/a.rsql:3:1: error: none.rsql cannot be included: No such file or directory [include-missing]",
        ]
    );
}

#[test]
fn a_job_that_reads_what_another_writes_needs_it() {
    let write = "insert into nyc.t select * from raw.u;";
    let read = "create temp table t2 as select * from nyc.t;";
    let check = |needs: &str, expect: &[&str]| {
        let project =
            project(&[("load", "", write), ("other", ", needs: [load]", "select 1;"), ("sum", needs, read)]);
        let ran = project.run(&["lint"]).ok();
        assert_eq!(findings(&ran), expect, "{needs}");
        assert_eq!(project.run(&["lint", "--strict"]).code, if expect.is_empty() { 0 } else { 6 });
    };
    check(", needs: [load]", &[]);
    check(", needs: [other]", &[]);
    check(
        "",
        &[
            "workflows/flow.yaml:6:11: warning: `sum` reads nyc.t, which `load` writes, without any order [missing-dependency]",
        ],
    );
}

#[test]
fn two_writers_of_a_table_have_an_order() {
    let write = "delete from nyc.t;";
    let check = |needs: &str, script: &str, expect: usize| {
        let project = project(&[("a", "", write), ("b", needs, script)]);
        let ran = project.run(&["lint"]).ok();
        assert_eq!(findings(&ran).len(), expect, "{needs} {script}\n{}", ran.out);
    };
    check("", write, 1);
    check("", "delete from nyc.u;", 0);
    check(", needs: [a]", write, 0);
    check("", "create temp table x as select 1; delete from x;", 0);
    check("", "-- lint: allow-file unordered-writes each has rows of its own\ndelete from nyc.t;", 0);
    check("", "delete from :layer.t;", 0);
    check(", vars: { layer: nyc }", "delete from :layer.t;", 1);
    check(", vars: { layer: \"{{ layer }}\" }", "delete from :layer.t;", 0);
    check(", vars: { layer: \"{{ scheduled_date }}\" }", "delete from :layer.t;", 0);
}

#[test]
fn jobs_that_exclude_each_other_need_no_order() {
    let write = "insert into ops.night values (1);";
    let check = |handler: &str, expect: usize| {
        let project = project(&[
            ("work", "", "select 1;"),
            ("done", ", needs: [work]", write),
            ("failed", handler, write),
        ]);
        assert_eq!(findings(&project.run(&["lint"]).ok()).len(), expect, "{handler}");
    };
    check(", needs: [work], run_if: any_failed", 0);
    check(", needs: [work], run_if: all_settled", 1);
    check(", needs: [work]", 1);
}

#[test]
fn tables_of_jobs() {
    let project =
        project(&[("a", ", vars: { layer: \"{{ layer }}\" }", "insert into :layer.t select * from u;")]);
    let document = project.json(&["lint", "flow"]);
    assert_eq!(
        document["workflows"],
        json!([{ "workflow_id": "flow", "jobs": [{
            "job_id": "a", "reads": ["public.u"], "writes": ["stage.t"], "unresolved": [], "is_uncertain": false,
        }] }])
    );
    let text = project.run(&["lint", "--tables", "workflows/flow.yaml"]).ok().out;
    assert!(
        text.starts_with(
            "WORKFLOW  JOB  READS     WRITES\nflow      a    public.u  stage.t\n\n1 script: nothing found\n"
        ),
        "{text}"
    );
}

#[test]
fn scripts_can_be_checked_alone() {
    let project = project(&[("a", "", "\\exit 300")]);
    let ran = project.run(&["lint", "scripts/a.rsql"]).ended(6);
    assert!(ran.out.ends_with("\n1 script: 1 error\n"), "{}", ran.out);
    let sarif = project.run(&["lint", "scripts/a.rsql", "-o", "sarif"]).ended(6).out;
    let sarif: serde_json::Value = serde_json::from_str(&sarif).expect("it is JSON");
    let location =
        &sarif["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"];
    assert_eq!(location, "scripts/a.rsql");
    project.run(&["lint", "nowhere"]).ended(5);
    project.run(&["list", "-o", "sarif"]).ended(2);
}

#[test]
fn the_sample_of_init_is_clean() {
    Project::sample().run(&["lint", "--strict"]).ok();
}

#[test]
fn the_sample_workflows_are_clean() {
    let samples = concat!(env!("CARGO_MANIFEST_DIR"), "/../rsql-scripts");
    let ran = Project::nothing().run(&["--project", samples, "lint", "--strict"]).ok();
    assert!(ran.last_line().starts_with("31 scripts: "), "{}", ran.out);
}
