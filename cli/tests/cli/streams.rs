//! Data on standard output, remarks on standard error, and readers that go away.

use std::io::Read as _;
use std::process::Stdio;

use crate::support::Project;

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let project = Project::with(&[
        ("workflows/flow.yaml", "workflow: flow\njobs:\n  - { id: a, script: a.sh }\n"),
        ("scripts/a.sh", "yes 'a line that is long enough to fill a pipe' | head -n 20000\n"),
    ]);
    project.run(&["deploy"]).ok();
    project.run(&["start", "flow", "--id", "one", "--wait"]).ok();
    for args in [&["logs", "one"][..], &["logs", "one", "-o", "json"], &["schema"], &["--help"]] {
        let mut command = project.command(args);
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("it runs");
        let mut first = [0];
        let mut stdout = child.stdout.take().expect("it is piped");
        stdout.read_exact(&mut first).expect("there is output");
        drop(stdout);
        let output = child.wait_with_output().expect("it ends");
        assert_eq!(output.status.code(), Some(0), "{args:?}");
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{args:?}");
    }
}

#[test]
fn there_are_no_colours_where_there_is_no_terminal() {
    let project = Project::sample();
    let ran = project.run(&["deploy"]).ok();
    assert!(!ran.out.contains('\x1b') && !ran.err.contains('\x1b'), "{ran:?}");
    let failed = project.run(&["status", "none"]).ended(5);
    assert!(!failed.err.contains('\x1b'), "{failed:?}");
}

#[test]
fn a_full_disk_under_standard_output_is_an_error() {
    let project = Project::nothing();
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").expect("Linux has /dev/full");
    let output = project.command(&["schema"]).stdout(full).stderr(Stdio::piped()).output().expect("it runs");
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(
        String::from_utf8_lossy(&output.stderr),
        "rsqlctl: write to standard output: No space left on device (os error 28)\n"
    );
}

#[test]
fn watch_and_logs_follow_what_happens() {
    let project = Project::with(&[
        (
            "workflows/flow.yaml",
            "workflow: flow\njobs:\n  - { id: a, script: a.sh }\n  - { id: b, script: b.sh, needs: [a] }\n",
        ),
        ("scripts/a.sh", "echo begun\nuntil test -e ../go; do sleep 0.05; done\necho done\n"),
        ("scripts/b.sh", "echo last\n"),
    ]);
    project.run(&["deploy"]).ok();
    let _server = project.serve(&[]);
    project.run(&["start", "flow", "--id", "one"]).ok();
    project.wait_for("one", |seen| seen["jobs"][0]["status"] == "running");
    let mut watch = project.follow(&["watch"]);
    let mut logs = project.follow(&["logs", "one", "-f", "--plain"]);
    watch.until("0/2  a  running");
    logs.until("begun");
    project.write("go", "");
    let (code, rest) = watch.end();
    assert_eq!((code, rest.lines().last()), (Some(0), Some("one succeeded")));
    assert!(rest.contains("\n2/2  b  succeeded  "), "{rest}");
    assert_eq!(logs.end(), (Some(0), "done\nlast\n".to_owned()));
}

#[test]
fn an_interrupted_wait_leaves_the_execution_alone() {
    let project = Project::with(&[
        ("workflows/flow.yaml", "workflow: flow\njobs:\n  - { id: a, script: a.sh }\n"),
        ("scripts/a.sh", "until test -e ../go; do sleep 0.05; done\n"),
    ]);
    project.run(&["deploy"]).ok();
    let _server = project.serve(&[]);
    let wait = project.follow(&["start", "flow", "--id", "one", "--wait"]);
    project.wait_for("one", |seen| seen["jobs"][0]["status"] == "running");
    wait.terminate();
    assert_eq!(wait.end(), (Some(7), String::new()));
    project.write("go", "");
    project.wait_for("one", |seen| seen["status"] == "succeeded");
}
