//! `rsqlctl local`, and commands with and without one.

use crate::support::{Project, until};

fn quick() -> Project {
    let project = Project::with(&[
        ("workflows/flow.yaml", "workflow: flow\njobs:\n  - { id: a, script: a.sh }\n"),
        ("scripts/a.sh", "exit 0\n"),
    ]);
    project.run(&["deploy"]).ok();
    project
}

#[test]
fn what_is_queued_runs_once_somebody_serves() {
    let project = quick();
    let queued = project.run(&["start", "flow", "--id", "one"]).ok();
    assert_eq!(queued.out, "one\n");
    assert_eq!(
        queued.err,
        "one is queued, but no dispatcher and no worker runs on this state directory; start one with:\n  rsqlctl local\n"
    );
    let server = project.serve(&["--slots", "2"]);
    project.wait_for("one", |seen| seen["status"] == "succeeded");
    let served = project.run(&["start", "flow", "--id", "two", "--wait"]).ok();
    assert_eq!(served.last_line(), "two succeeded");
    let silent = project.run(&["start", "flow", "--id", "three"]).ok();
    assert_eq!(silent.err, "");
    project.wait_for("three", |seen| seen["status"] == "succeeded");
    server.terminate();
    let (code, rest) = server.end();
    assert_eq!(code, Some(0));
    assert_eq!(
        rest,
        "draining: no new jobs are taken; a second signal hands over those that run\n\
         stopped: 3 jobs succeeded, 0 failed, 0 skipped, 0 handed over\n"
    );
}

#[test]
fn where_somebody_serves_a_start_returns_with_an_execution() {
    let project = quick();
    project.write("workflows/other.yaml", "workflow: other\njobs:\n  - { id: a, script: a.sh }\n");
    project.run(&["deploy"]).ok();
    let _server = project.serve(&[]);
    for id in ["one", "two", "three"] {
        project.run(&["start", "flow", "--id", id]).ok();
        let watched = project.run(&["watch", id]).ok();
        assert_eq!(watched.last_line(), format!("{id} succeeded"));
    }
    let created = |id: &str| project.json(&["start", "flow", "--id", id])["created"].clone();
    assert_eq!((created("one"), created("four")), (false.into(), true.into()));
    let again = project.run(&["start", "flow", "--id", "one"]).ok();
    assert_eq!(again.out, "one\n");
    assert_eq!(again.err, "execution one is there already (succeeded); nothing was started\n");
    for wait in [&[][..], &["--wait"]] {
        let taken = project.run(&[&["start", "other", "--id", "one"], wait].concat()).ended(1);
        assert_eq!(taken.err, "rsqlctl: execution `one` is one of workflow `flow`; choose another id\n");
    }
}

#[test]
fn the_state_directory_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let project = quick();
    let mode = project.path(".fleet").metadata().expect("it is there").permissions().mode();
    assert_eq!(mode & 0o777, 0o700);
}

#[test]
fn parts_can_run_in_processes_of_their_own() {
    let project = quick();
    let dispatcher = project.serve(&["--only", "dispatcher"]);
    let queued = project.run(&["start", "flow", "--id", "one"]).ok();
    assert!(queued.err.starts_with("one is queued, but no worker runs"), "{}", queued.err);
    let worker = project.serve(&["--only", "worker"]);
    project.wait_for("one", |seen| seen["status"] == "succeeded");
    drop((dispatcher, worker));
    // Where only the worker is missing, a wait brings one along.
    let _dispatcher = project.serve(&["--only", "dispatcher"]);
    let ran = project.run(&["start", "flow", "--id", "two", "--wait"]).ok();
    assert_eq!(ran.last_line(), "two succeeded");
}

#[test]
fn a_drain_lets_jobs_end_and_a_second_signal_hands_them_over() {
    let project = Project::with(&[
        ("workflows/flow.yaml", "workflow: flow\njobs:\n  - { id: a, script: a.sh }\n"),
        ("scripts/a.sh", "test -e ../go && exit 0\nexec sleep 600\n"),
    ]);
    project.run(&["deploy"]).ok();
    let mut server = project.serve(&[]);
    project.run(&["start", "flow", "--id", "one"]).ok();
    project.wait_for("one", |seen| seen["jobs"][0]["status"] == "running");
    server.terminate();
    server.until("draining");
    server.terminate();
    let (code, rest) = server.end();
    assert_eq!(code, Some(0));
    assert!(rest.ends_with("stopped: 0 jobs succeeded, 0 failed, 0 skipped, 1 handed over\n"), "{rest}");
    // The next server takes it up at once, as attempt 2.
    project.write("go", "");
    let _server = project.serve(&[]);
    let seen = project.wait_for("one", |seen| seen["status"] == "succeeded");
    assert_eq!(seen["jobs"][0]["attempts"], 2);
}

#[test]
fn a_worker_needs_its_script_root() {
    let project = Project::with(&[("workflows/flow.yaml", "")]);
    let ran = project.run(&["local"]).ended(1);
    let root = project.root().display().to_string();
    assert_eq!(
        ran.err,
        format!(
            "rsqlctl: use the script root of {root}/project.yaml: open script root {root}/scripts: No such file or directory \
             (os error 2)\n"
        )
    );
}

#[test]
fn workers_are_shown_while_they_serve() {
    let project = Project::with(&[
        ("workflows/flow.yaml", "workflow: flow\njobs:\n  - { id: a, script: a.sh }\n"),
        ("scripts/a.sh", "test -e ../go && exit 0\nexec sleep 600\n"),
    ]);
    project.run(&["deploy"]).ok();
    let none = project.run(&["workers"]).ok();
    assert_eq!(none.err, "no worker serves this fleet\n");
    let mut server = project.serve(&["--slots", "3"]);
    let ask = || project.json(&["workers"])["workers"].clone();
    let seen = until(ask, |workers| workers[0]["state"] == "alive");
    assert_eq!((&seen[0]["slots"], &seen[0]["queues"][0]["queue"]), (&3.into(), &"jobs".into()));
    assert_eq!(seen[0]["pid"], server.pid());
    project.run(&["start", "flow", "--id", "one"]).ok();
    let busy = until(ask, |workers| workers[0]["running"][0]["workflow_execution_id"] == "one");
    assert_eq!(
        (&busy[0]["running"][0]["job_id"], &busy[0]["running"][0]["attempt"]),
        (&"a".into(), &1.into())
    );
    let text = project.run(&["workers"]).ok().out;
    assert!(text.contains("  alive  jobs=3   1/3  "), "{text}");
    assert!(text.contains("  one/a#1\n"), "{text}");
    server.terminate();
    server.until("draining");
    until(ask, |workers| workers[0]["state"] == "draining");
    server.terminate();
    assert_eq!(server.end().0, Some(0));
    assert_eq!(ask(), serde_json::json!([]));
}
