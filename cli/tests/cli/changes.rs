//! What operators change: `resume`, `mark`, `cancel`.

use serde_json::json;

use crate::support::{Project, job};

/// `a` fails until the file `mended` is there; `b` needs it.
fn breaking() -> Project {
    let project = Project::with(&[
        (
            "workflows/flow.yaml",
            "workflow: flow\njobs:\n  - { id: a, script: a.sh }\n  - { id: b, script: b.sh, needs: [a] }\n",
        ),
        ("scripts/a.sh", "test -e ../mended\n"),
        ("scripts/b.sh", "exit 0\n"),
    ]);
    project.run(&["deploy"]).ok();
    project.run(&["start", "flow", "--wait", "--id", "one"]).ended(3);
    project
}

#[test]
fn resume_goes_on_once_the_cause_is_mended() {
    let project = breaking();
    let still = project.run(&["resume", "one", "--wait"]).ended(3);
    assert_eq!(still.last_line(), "one failed");
    project.write("mended", "");
    let resumed = project.run(&["resume", "one", "--wait", "--by", "ada", "--reason", "mended"]).ok();
    assert_eq!(resumed.last_line(), "one succeeded");
    let shown = project.json(&["status", "one"]);
    assert_eq!((&job(&shown, "a")["attempts"], &job(&shown, "b")["attempts"]), (&json!(3), &json!(1)));
    assert_eq!((&shown["resumed"]["by"], &shown["resumed"]["reason"]), (&json!("ada"), &json!("mended")));
}

#[test]
fn what_succeeded_is_not_resumed() {
    let project = breaking();
    project.write("mended", "");
    project.run(&["resume", "one", "--wait"]).ok();
    let refused = project.run(&["resume", "one", "--wait"]).ended(1);
    assert_eq!(refused.err, "rsqlctl: execution one succeeded, and nothing is left to do\n");
}

#[test]
fn a_marked_job_counts_as_it_was_marked() {
    let project = breaking();
    let marked = project.run(&["mark", "one", "a", "succeeded", "--by", "ada", "--reason", "by hand"]).ok();
    assert_eq!(marked.out, "a succeeded\n");
    assert_eq!(marked.err, "to go on from there:\n  rsqlctl resume one --reason '…'\n");
    let check = |shown: &serde_json::Value| {
        let a = job(shown, "a");
        assert_eq!((&a["marked"]["by"], &a["marked"]["reason"]), (&json!("ada"), &json!("by hand")));
        assert_eq!(a["marked"]["at"], a["ended_at"]);
        assert_eq!((&a["exit_code"], &a["message"], &a["error"]), (&json!(null), &json!(null), &json!(null)));
        assert_eq!(job(shown, "b")["marked"], json!(null));
    };
    check(&project.json(&["status", "one"]));
    let text = project.run(&["status", "one"]).ok().out;
    assert!(text.contains("  marked by ada: by hand\n"), "{text}");
    check(&project.json(&["resume", "one", "--wait"]));
    check(&project.json(&["status", "one"]));
    let trail = project.json(&["audit", "one", "--job", "a"]);
    let marks: Vec<_> = trail["records"]
        .as_array()
        .expect("a list")
        .iter()
        .filter(|record| record["kind"] == "marked")
        .collect();
    assert_eq!(marks.len(), 1);
    assert_eq!(marks[0]["by"], "ada");

    let refused = project.run(&["mark", "one", "a", "skipped"]).ended(1);
    assert!(refused.err.starts_with("rsqlctl: mark job a of one: "), "{}", refused.err);
}

#[test]
fn who_and_why_are_bounded_and_cannot_write_on_the_terminal() {
    let project = breaking();
    let check = |args: &[&str], expect: &str| {
        let ran = project.run(&[&["mark", "one", "a", "skipped"], args].concat()).ended(2);
        assert!(ran.err.contains(expect), "{}", ran.err);
    };
    check(&["--by", ""], "name somebody, or leave it out");
    check(&["--by", "  "], "name somebody, or leave it out");
    check(&["--by", &"ö".repeat(129)], "it has 129 characters, and 128 are allowed");
    check(&["--reason", &"x".repeat(4_097)], "it has 4097 characters, and 4096 are allowed");

    let (by, reason) = ("\u{1b}[31mada", "two\nlines\u{7}");
    project.run(&["mark", "one", "a", "skipped", "--by", by, "--reason", reason]).ok();
    for command in ["status", "audit"] {
        let text = project.run(&[command, "one"]).ok().out;
        assert!(text.contains("\\u{1b}[31mada") && text.contains("two lines\\u{7}"), "{text}");
        assert!(text.chars().all(|c| c == '\n' || !c.is_control()), "{text:?}");
    }
    assert_eq!(project.json(&["status", "one"])["jobs"][0]["marked"]["by"], by);
}

#[test]
fn cancel_ends_running_scripts() {
    let project = Project::with(&[
        ("workflows/flow.yaml", "workflow: flow\njobs:\n  - { id: a, script: a.sh }\n"),
        ("scripts/a.sh", "echo begun\nexec sleep 600\n"),
    ]);
    project.run(&["deploy"]).ok();
    let server = project.serve(&[]);
    project.run(&["start", "flow", "--id", "one"]).ok();
    project.wait_for("one", |seen| job(seen, "a")["status"] == "running");
    let cancelled = project.run(&["cancel", "one", "--wait", "--by", "ada", "--reason", "enough"]).ok();
    assert_eq!(cancelled.last_line(), "one cancelled");
    let shown = project.json(&["status", "one"]);
    assert_eq!(shown["cancel"]["request"]["reason"], "enough");
    let again = project.run(&["cancel", "one"]).ended(1);
    assert_eq!(again.err, "rsqlctl: execution one has ended already: it was cancelled\n");
    drop(server);
}

#[test]
fn without_a_server_cancel_carries_itself_out() {
    let project = Project::with(&[
        (
            "workflows/flow.yaml",
            "workflow: flow\njobs:\n  - { id: a, precondition: { file: never }, poll: 600s }\n",
        ),
        ("scripts/readme", ""),
    ]);
    project.run(&["deploy"]).ok();
    let server = project.serve(&[]);
    project.run(&["start", "flow", "--id", "one"]).ok();
    project.wait_for("one", |seen| job(seen, "a")["status"] == "waiting");
    server.terminate();
    let (code, _) = server.end();
    assert_eq!(code, Some(0));
    let cancelled = project.run(&["cancel", "one"]).ok();
    assert_eq!(cancelled.last_line(), "one cancelled");
}
