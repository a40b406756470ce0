//! What an operator does about a failure: look, mend, mark, resume; each with who and why in the audit trail.

use crate::support::{Project, Setup};

fn failed() -> Project {
    let project = Setup::new()
        .noting("load.rsql", "insert into loaded values (:'job_id');")
        .noting("needs_table.rsql", "insert into mended select 1;\ninsert into loaded values (:'job_id');")
        .workflow(
            "workflow: night
alerts: { on: [failure, recovered] }
jobs:
  - { id: first, script: load.rsql }
  - { id: broken, script: needs_table.rsql, needs: [first] }
  - { id: last, script: load.rsql, needs: [broken] }
  - { id: on_failure, script: load.rsql, needs: [broken], run_if: any_failed }
",
        )
        .deployed();
    let execution = project.run("night", "run-1", 3);
    assert_eq!(
        execution.summary(),
        "first succeeded 1, broken failed 1, last skipped 0, on_failure succeeded 1"
    );
    assert_eq!(execution.0["failed_job"], "broken");
    project
}

#[test]
fn a_resume_runs_what_failed_and_all_that_follows() {
    let project = failed();
    project.psql("create table mended (x int)");
    let resume = ["resume", "run-1", "--by", "ann", "--reason", "made the table", "--wait"];
    let done = project.expect(&resume, 0);
    assert_eq!(done.stdout.lines().last(), Some("run-1 succeeded"));
    let execution = project.execution("run-1").expect("it is still there");
    assert_eq!(
        execution.summary(),
        "first succeeded 1, broken succeeded 2, last succeeded 1, on_failure skipped 1"
    );
    assert_eq!(project.psql("select job from loaded order by at"), "first\non_failure\nbroken\nlast");

    let audit = project.audit("run-1");
    assert_eq!(audit.whole(), ["started", "ended", "resume_requested", "resumed", "ended"]);
    let asked = audit.0.iter().find(|record| record["kind"] == "resume_requested").expect("it was asked for");
    assert_eq!((&asked["by"], &asked["detail"]), (&"ann".into(), &"made the table".into()));
    assert_eq!(audit.kinds("first"), ["attempt_started", "succeeded"]);
    let kinds: Vec<_> = project.alerts().iter().map(|alert| alert["kind"].to_string()).collect();
    assert_eq!(kinds.join(" "), r#""job_failed" "execution_failed" "recovered""#);
}

#[test]
fn a_job_done_by_hand_is_marked() {
    let project = failed();
    let mark = ["mark", "run-1", "broken", "succeeded", "--by", "ann", "--reason", "loaded by hand"];
    project.expect(&mark, 0);
    project.expect(&["resume", "run-1", "--wait"], 0);
    let execution = project.execution("run-1").expect("it is still there");
    // What had followed from the failure is decided again, now that there is none.
    assert_eq!(
        execution.summary(),
        "first succeeded 1, broken succeeded 1, last succeeded 1, on_failure skipped 1"
    );
    let audit = project.audit("run-1");
    let marked = audit.one("broken", "marked");
    assert_eq!((&marked["by"], &marked["detail"]), (&"ann".into(), &"succeeded: loaded by hand".into()));
    // What has succeeded cannot be resumed or marked again.
    let done = project.expect(&["mark", "run-1", "first", "skipped"], 1);
    assert!(done.stderr.contains("cannot be marked skipped"), "{}", done.stderr);
}
