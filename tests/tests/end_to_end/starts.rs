//! Starting: an id names one execution for ever, however often and by however many the start is given.

use crate::support::{Project, Setup};

const WORKFLOW: &str = r#"workflow: night
params: { day: "{{ scheduled_date }}" }
jobs:
  - { id: load, script: load.rsql, vars: { day: "{{ day }}" } }
"#;

fn project() -> Project {
    Setup::new().noting("load.rsql", "insert into loaded values (:'day');").workflow(WORKFLOW).deployed()
}

#[test]
fn a_start_given_twice_is_one_execution() {
    let project = project();
    // Before anybody serves, so that two start events lie in the queue.
    let mut both: Vec<_> = (0..2).map(|_| project.spawn(&["start", "night", "--id", "run-1"])).collect();
    for process in &mut both {
        assert_eq!(process.wait().code(), Some(0), "{}", process.said());
    }
    let _fleet = project.serve(&[]);
    project.wait_for("run-1", "succeeded");
    // And once more, now that it has ended.
    let done = project.expect(&["start", "night", "--id", "run-1", "--wait", "-P", "day=other"], 0);
    assert!(
        done.stderr.contains("execution run-1 is there already (succeeded); nothing was started"),
        "{}",
        done.stderr
    );
    assert_eq!(done.stdout.lines().last(), Some("run-1 succeeded"));

    let list = project.expect(&["list", "-o", "json"], 0).json();
    assert_eq!(list["executions"].as_array().map(Vec::len), Some(1), "{list:#}");
    assert_eq!(project.psql("select job, attempt from run_log"), "load|1");
    assert_eq!(project.audit("run-1").whole(), ["started", "ended"]);
}

#[test]
fn two_waits_share_one_run() {
    let project = project();
    let start = ["start", "night", "--id", "run-1", "--wait"];
    let mut both: Vec<_> = (0..2).map(|_| project.spawn(&start)).collect();
    for process in &mut both {
        assert_eq!(process.wait().code(), Some(0), "{}", process.said());
    }
    assert_eq!(project.psql("select job, attempt from run_log"), "load|1");
}

#[test]
fn params_reach_the_script_as_values() {
    let project = project();
    let day = "2026-11-22'; drop table loaded; --";
    project.expect(&["start", "night", "--id", "run-1", "--wait", "--param", &format!("day={day}")], 0);
    assert_eq!(project.psql("select job from loaded"), day);
}

#[test]
fn what_cannot_start_says_so() {
    let project = project();
    let check = |args: &[&str], code: i32, expect: &str| {
        let done = project.expect(args, code);
        assert!(done.stderr.contains(expect), "{args:?}: {}", done.stderr);
        assert_eq!(done.stdout, "");
    };
    check(&["start", "nightly"], 5, "workflow `nightly` is not deployed: deployed are night");
    check(&["start", "night", "-P", "dya=1"], 6, "dya");
    check(&["start", "night", "--id", "run/1"], 2, "run/1");
    check(&["status", "run-1"], 5, "there is no execution `run-1`");
    let list = project.expect(&["list", "-o", "json"], 0).json();
    assert_eq!(list["executions"].as_array().map(Vec::len), Some(0));
}
