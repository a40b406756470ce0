//! What goes wrong before anything is done: names that are not there, ids that are none, settings, the state directory. The
//! whole message of each.

use crate::support::Project;

/// `ROOT` in `expect` stands for the project's folder.
fn check(project: &Project, args: &[&str], code: i32, expect: &str) {
    let ran = project.run(args);
    let expect = expect.replace("ROOT", &project.root().display().to_string());
    assert_eq!((ran.code, ran.out.as_str(), ran.err.trim_end()), (code, "", expect.as_str()), "{args:?}");
}

#[test]
fn names_that_are_not_there() {
    let project = Project::with(&[
        (
            "workflows/flow.yaml",
            "workflow: flow\nparams: { region: x }\njobs:\n  - { id: load, script: a.sh }\n",
        ),
        ("scripts/a.sh", "exit 0\n"),
    ]);
    check(
        &project,
        &["start", "flow"],
        5,
        "rsqlctl: workflow `flow` is not deployed: no workflow is; `rsqlctl deploy` registers the project's",
    );
    project.run(&["deploy"]).ok();
    check(&project, &["start", "flo"], 5, "rsqlctl: workflow `flo` is not deployed: deployed are flow");
    check(
        &project,
        &["start", "flow", "--param", "regoin=1"],
        6,
        "rsqlctl: param `regoin` is not one of the workflow's; did you mean `region`?",
    );
    check(
        &project,
        &["start", "flow", "-P", "day=1", "-P", "day=2"],
        2,
        "rsqlctl: --param day is given twice",
    );
    let unknown = "rsqlctl: there is no execution `nine`; `rsqlctl list` shows what there is";
    for command in ["status", "audit", "logs", "watch", "cancel", "resume"] {
        check(&project, &[command, "nine"], 5, unknown);
    }
    check(&project, &["mark", "nine", "load", "skipped"], 5, unknown);
    check(
        &project,
        &["watch"],
        5,
        "rsqlctl: no execution is open; `rsqlctl list` shows those that have ended",
    );
    check(
        &project,
        &["graph", "nine"],
        5,
        "rsqlctl: `nine` is no file, no execution and no workflow; `rsqlctl list` and `rsqlctl list --workflows` show what \
         there is",
    );
    check(&project, &["validate", "nine.yaml"], 5, "rsqlctl: there is no file nine.yaml");
    project.run(&["start", "flow", "--id", "one", "--wait"]).ok();
    check(
        &project,
        &["logs", "one", "laod"],
        5,
        "rsqlctl: workflow `flow` has no job `laod`; did you mean `load`?",
    );
    check(
        &project,
        &["mark", "one", "x", "skipped"],
        5,
        "rsqlctl: workflow `flow` has no job `x`; `rsqlctl graph flow` shows what there is",
    );
}

#[test]
fn ids_are_checked_before_anything_is_sent() {
    let project = Project::with(&[]);
    for id in ["a b", "$(id)", "../x", "a'; drop table executions; --"] {
        let ran = project.run(&["cancel", id]).ended(2);
        assert!(ran.err.contains("workflow execution id "), "{}", ran.err);
    }
    let ran = project.run(&["start", "9lives"]).ended(2);
    assert!(
        ran.err.contains("workflow id `9lives` has `9` at position 1: it must begin with a letter"),
        "{}",
        ran.err
    );
    let ran = project.run(&["start", "flow", "--id", "a/b"]).ended(2);
    assert!(ran.err.contains("use letters, digits, `_`, `.` and `-`"), "{}", ran.err);
    let ran = project.run(&["list", "-o", "dot"]).ended(2);
    assert_eq!(
        ran.err,
        "rsqlctl: -o text, mermaid and dot are for `rsqlctl graph`; other commands write table or json\n"
    );
}

#[test]
fn projects_that_are_none() {
    let nowhere = Project::nothing();
    check(
        &nowhere,
        &["list"],
        5,
        "rsqlctl: there is no project.yaml in ROOT or above it; name the project with --project DIR, or make one with \
         `rsqlctl init`",
    );
    check(
        &nowhere,
        &["--project", "there", "list"],
        5,
        "rsqlctl: there is no there/project.yaml; `rsqlctl init there` makes a sample project",
    );
    let faulty = Project::with(&[("project.yaml", "workers: { slots: 1 }\n")]);
    check(
        &faulty,
        &["list"],
        6,
        "rsqlctl: ROOT/project.yaml:1:1: error: the project has no key `workers`\n 1 | workers: { slots: 1 }\n   | ^^^^^^^\n\
         hint: did you mean `worker`?",
    );
    let empty = Project::with(&[("workflows/readme.txt", "")]);
    check(
        &empty,
        &["validate"],
        5,
        "rsqlctl: there are no workflow files (*.yaml, *.yml, *.json) in workflows",
    );
}

#[test]
fn state_directories_that_cannot_be_used() {
    let remedy = "set another directory with `state:` in project.yaml";
    let project = Project::with(&[("state", "a file")]);
    project.write("project.yaml", "state: state\n");
    check(
        &project,
        &["list"],
        1,
        &format!("rsqlctl: the state directory state is no directory; move that file away, or {remedy}"),
    );
    project.write("project.yaml", "state: state/below\n");
    check(
        &project,
        &["list"],
        1,
        &format!(
            "rsqlctl: the state directory state/below cannot be used (Not a directory (os error 20)); mend that, or {remedy}"
        ),
    );
    project.write("project.yaml", "state: /proc/fleet\n");
    check(
        &project,
        &["list"],
        1,
        &format!(
            "rsqlctl: the state directory /proc/fleet cannot be made (No such file or directory (os error 2)); {remedy}"
        ),
    );
    project.write("project.yaml", "");
    project.write(
        ".fleet/fleet.sqlite3",
        "this is no database, and long enough to be seen to be none, whatever reads its head",
    );
    let ran = project.run(&["list"]).ended(1);
    assert_eq!(ran.err.lines().count(), 1, "{}", ran.err);
}

#[test]
fn missing_variables_are_named_before_anything_starts() {
    let project = Project::sample();
    project.run(&["deploy"]).ok();
    check(
        &project,
        &["start", "warehouse", "--id", "one", "--wait"],
        1,
        "rsqlctl: connection `warehouse`: set the environment variables PGHOST, PGPORT, PGDATABASE, PGUSER, PGPASSWORD",
    );
    check(
        &project,
        &["status", "one"],
        5,
        "rsqlctl: there is no execution `one`; `rsqlctl list` shows what there is",
    );
}

#[test]
fn a_job_without_its_variables_says_which() {
    let project = Project::with(&[
        ("project.yaml", "connections:\n  w: { host: '${NO_SUCH_HOST}', database: d, user: u }\n"),
        ("workflows/flow.yaml", "workflow: flow\nconnection: w\njobs:\n  - { id: a, script: a.rsql }\n"),
        ("scripts/a.rsql", "select 1;\n"),
    ]);
    project.run(&["deploy"]).ok();
    let mut server = project
        .serve_until(&[], "w`: set the environment variable NO_SUCH_HOST; jobs that need it will fail");
    server.until("stop with Ctrl-C");
    project.run(&["start", "flow", "--id", "one"]).ok();
    let shown = project.wait_for("one", |seen| seen["status"] == "failed");
    assert_eq!(shown["jobs"][0]["message"], "connection `w`: set the environment variable NO_SUCH_HOST");
}

#[cfg(not(feature = "aws"))]
#[test]
fn a_build_without_aws_says_so() {
    let project = Project::with(&[("project.yaml", "aws: { stack: night }\n")]);
    for args in [&["list"][..], &["--stack", "day", "list"]] {
        let ran = project.run(args).ended(2);
        assert!(ran.err.contains("this rsqlctl was built without AWS (cargo feature `aws`)"), "{}", ran.err);
    }
    project.run(&["--stack", "none", "list"]).ok();
}
