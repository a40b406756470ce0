//! Cancelling: a long query is gone from the server within a second, and what follows it never starts.

use std::time::{Duration, Instant};

use crate::support::{Project, SOON, Setup, eventually};

const WORKFLOW: &str = "workflow: night
jobs:
  - { id: long, script: SCRIPT }
  - { id: never, script: never.rsql, needs: [long] }
";

fn project(script: &str) -> Project {
    Setup::new()
        .worker("{ slots: 4, lease: 60s }")
        .noting("long.rsql", "select pg_sleep(60);")
        .script("long.sh", "#!/bin/sh\nrsql -X -q -c 'select pg_sleep(60)'\n")
        .noting("never.rsql", "")
        .workflow(&WORKFLOW.replace("SCRIPT", script))
        .deployed()
}

fn check(script: &str) {
    let project = project(script);
    let _fleet = project.serve(&[]);
    project.start("night", "run-1");
    project.wait_for_sleep("long", 1);
    let cancelled = project.ok(&["cancel", "run-1", "--reason", "wrong date"]);
    assert_eq!(cancelled, "run-1\n");
    let asked = Instant::now();
    eventually("the query to be gone", SOON, || (project.sessions() == "0").then_some(()));
    let took = asked.elapsed();
    assert!(took < Duration::from_secs(1), "the query was gone only after {took:?}");

    let execution = project.wait_for("run-1", "cancelled");
    assert_eq!(execution.summary(), "long cancelled 1, never skipped 0");
    assert_eq!(execution.job("never")["skip"], "cancelled");
    assert_eq!(execution.0["cancel"]["request"]["reason"], "wrong date");
    let audit = project.audit("run-1");
    assert_eq!(audit.kinds("long"), ["attempt_started", "cancelled"]);
    assert!(audit.whole().contains(&"cancel_requested"), "{audit:?}");
}

#[test]
fn a_query_is_gone_within_a_second() {
    check("long.rsql");
}

#[test]
fn the_query_of_a_shell_script_too() {
    check("long.sh");
}

#[test]
fn who_waits_is_told_by_the_exit_code() {
    let project = project("long.rsql");
    let mut waiting = project.spawn(&["start", "night", "--id", "run-1", "--wait"]);
    project.wait_for_sleep("long", 1);
    project.ok(&["cancel", "run-1"]);
    assert_eq!(waiting.wait().code(), Some(4), "{}", waiting.said());
    // It has ended; a second cancel is refused.
    let done = project.expect(&["cancel", "run-1"], 1);
    assert!(done.stderr.contains("has ended already: it was cancelled"), "{}", done.stderr);
}

#[test]
fn what_only_waits_is_cancelled_at_once() {
    let project = Setup::new()
        .script("fails.rsql", "\\exit 9\n")
        .workflow(
            "workflow: night
jobs:
  - { id: landed, precondition: { file: never.csv }, poll: 10m }
  - { id: flaky, script: fails.rsql, retry: { attempts: 2, backoff: 10m, max: 10m } }
  - { id: after, script: fails.rsql, needs: [landed, flaky], run_if: all_settled }
",
        )
        .deployed();
    let _fleet = project.serve(&[]);
    project.start("night", "run-1");
    for job in ["landed", "flaky"] {
        project.wait_for_job("run-1", job, "waiting");
    }
    project.expect(&["cancel", "run-1", "--wait"], 0);
    let execution = project.execution("run-1").expect("it was cancelled");
    let statuses = ["landed", "flaky", "after"].map(|job| execution.job_status(job));
    assert_eq!(statuses, ["cancelled", "cancelled", "skipped"]);
}
