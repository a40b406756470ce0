//! What a script is given, and what it is refused: values only as arguments, variables and environment; nothing from
//! outside the script root.

use std::os::unix::fs::symlink;

use crate::support::Setup;

#[test]
fn a_shell_script_gets_arguments_and_environment() {
    let show = "#!/bin/sh
for argument in \"$@\"; do printf '<%s>\\n' \"$argument\"; done
echo \"day=$DAY execution=$FLEET_EXECUTION_ID job=$FLEET_JOB_ID attempt=$FLEET_ATTEMPT\"
echo \"leaked=$OPERATORS_OWN\"
ls
rsql -X -q -t -A -c 'select current_database()'
";
    let project = Setup::new()
        .script("show.sh", show)
        .workflow(
            "workflow: night
params: { day: \"2013-01-14\", odd: \"none\" }
jobs:
  - { id: show, script: show.sh, args: [\"--day={{ day }}\", \"{{ odd }}\"], env: { DAY: \"{{ day }}\" } }
",
        )
        .deployed();
    let odd = "odd=$(touch pwned); `touch pwned` ' \" \\ *";
    let args = ["start", "night", "--id", "run-1", "--wait", "--param", odd];
    project.expect(&args, 0);
    let log = project.ok(&["logs", "run-1", "show"]);
    let database = project.database().database();
    let value = odd.split_once('=').expect("a name and a value").1;
    for expect in [
        "<--day=2013-01-14>",
        &format!("<{value}>"),
        "day=2013-01-14 execution=run-1 job=show attempt=1",
        "leaked=",
        "show.sh",
        database,
    ] {
        assert!(log.lines().any(|line| line.ends_with(expect)), "`{expect}` is not in:\n{log}");
    }
    assert!(!project.folder().join("scripts/pwned").exists());
}

#[test]
fn scripts_cannot_leave_their_root() {
    let project = Setup::new()
        .script("inside.rsql", "\\echo inside\n")
        .script("out.rsql", "")
        .script("out.sh", "")
        .script("includes.rsql", "\\set ON_ERROR_STOP on\n\\i ../secret.rsql\n\\echo still here\n")
        .workflow(
            "workflow: night
on_failure: continue
jobs:
  - { id: inside, script: inside.rsql }
  - { id: rsql, script: out.rsql }
  - { id: sh, script: out.sh }
  - { id: includes, script: includes.rsql }
",
        )
        .deployed();
    // After the deploy, as somebody with a right to write there might do it.
    std::fs::write(project.folder().join("secret.rsql"), "\\echo leaked\n")
        .expect("the folder can be written");
    for name in ["out.rsql", "out.sh"] {
        let inside = project.folder().join("scripts").join(name);
        std::fs::remove_file(&inside).expect("the script was written");
        symlink("../secret.rsql", &inside).expect("the script root can be written");
    }
    let execution = project.run("night", "run-1", 3);
    assert_eq!(execution.summary(), "inside succeeded 1, rsql failed 1, sh failed 1, includes failed 1");
    for job in ["rsql", "sh"] {
        let message = execution.job(job)["message"].as_str().expect("a refused job says why");
        assert!(message.contains("outside the script root"), "{message}");
    }
    let logs: String = ["rsql", "sh", "includes"].map(|job| project.ok(&["logs", "run-1", job])).concat();
    assert!(!logs.contains("leaked") && !logs.contains("still here"), "{logs}");
}

#[test]
fn shell_commands_can_be_forbidden() {
    let project = Setup::new()
        .worker("{ shell: forbidden }")
        .script("shells.rsql", "\\! touch ../pwned\n\\echo `touch ../pwned`\n")
        .workflow("workflow: night\njobs:\n  - { id: shells, script: shells.rsql }\n")
        .deployed();
    let execution = project.rsqlctl(&["start", "night", "--id", "run-1", "--wait"]);
    assert!(matches!(execution.code, Some(0 | 3)), "{}", execution.stderr);
    assert!(!project.folder().join("pwned").exists());
    let log = project.ok(&["logs", "run-1", "shells"]);
    assert!(log.contains("not allowed") || log.contains("switched off") || log.contains("disabled"), "{log}");
}
