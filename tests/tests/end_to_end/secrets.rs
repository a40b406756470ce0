//! Passwords are in no log, no alert, no state and no output, however a script gets at them.

use std::path::Path;

use crate::support::Setup;

const SHELL: &str = r#"echo "it is $PGPASSWORD"
echo "or $RSPASSWORD" >&2
printf 'no newline %s' "$PGPASSWORD"
"#;

const STATEMENTS: &str = r#"\set ON_ERROR_STOP on
\! echo "shell $PGPASSWORD"
\set pw `echo $PGPASSWORD`
\echo :pw
select :'pw' as pw;
select :'pw'::int;
"#;

#[test]
fn a_password_is_in_no_file_and_no_output() {
    let project = Setup::new()
        .script("tells.sh", SHELL)
        .script("tells.rsql", STATEMENTS)
        .workflow(
            "workflow: night
on_failure: continue
jobs:
  - { id: shell, script: tells.sh }
  - { id: statement, script: tells.rsql }
",
        )
        .alerts("{ print: true }")
        .deployed();
    let done = project.rsqlctl(&["-vv", "start", "night", "--id", "run-1", "--wait"]);
    assert_eq!(done.code, Some(3), "{}", done.stderr);
    let execution = project.execution("run-1").expect("it ran");
    assert_eq!(execution.summary(), "shell succeeded 1, statement failed 1");
    // The failing statement is shown, without its secret.
    let error = execution.job("statement")["error"].clone();
    assert_eq!(error["message"], "invalid input syntax for type integer: \"[redacted]\"");
    assert_eq!(error["statement"], "select '[redacted]'::int;");
    let logs = ["shell", "statement"].map(|job| project.ok(&["logs", "run-1", job])).concat();
    for line in ["it is [redacted]", "or [redacted]", "no newline [redacted]", "shell [redacted]"] {
        assert!(logs.contains(line), "`{line}` is not in:\n{logs}");
    }

    let password = project.database().password();
    for (what, text) in [("stdout", &done.stdout), ("stderr", &done.stderr), ("the logs", &logs)] {
        assert!(!text.contains(password), "the password is in {what}:\n{text}");
    }
    let seen = search(&project.folder().join(".fleet"), password.as_bytes());
    assert!(seen.files > 4, "only {} files were searched", seen.files);
    assert!(seen.hits.is_empty(), "the password is in {:?}", seen.hits);
}

#[derive(Default)]
struct Seen {
    files: usize,
    hits: Vec<String>,
}

/// Every file under a directory, and those that hold these bytes.
fn search(directory: &Path, bytes: &[u8]) -> Seen {
    let mut seen = Seen::default();
    for entry in std::fs::read_dir(directory).expect("the state directory can be read") {
        let path = entry.expect("an entry can be read").path();
        if path.is_dir() {
            let inner = search(&path, bytes);
            seen.files += inner.files;
            seen.hits.extend(inner.hits);
            continue;
        }
        seen.files += 1;
        let text = std::fs::read(&path).expect("a file of the state can be read");
        if text.windows(bytes.len()).any(|window| window == bytes) {
            seen.hits.push(path.display().to_string());
        }
    }
    seen
}
