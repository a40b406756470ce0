//! The workflows that run all the time, and their scripts. Owns their shapes and which scripts fail by design. What a run
//! must come to follows from these by the oracle of the protocol tests.

use std::path::Path;

use fleet_core::workflow::{Job, Work};

/// The tables and functions of the warehouse.
pub(crate) const WAREHOUSE: &str = include_str!("warehouse.sql");

/// Each with how often it is drawn.
pub(crate) const WORKFLOWS: [(&str, &str); 8] = [
    ("chain", CHAIN),
    ("fan", FAN),
    ("diamond", DIAMOND),
    ("failing", FAILING),
    ("stopping", STOPPING),
    ("forgiven", FORGIVEN),
    ("waiting", WAITING),
    ("once", ONCE),
];

/// Whether the job's script fails by design, however often it is tried.
pub(crate) fn fails(job: &Job) -> bool {
    matches!(&job.work, Work::Script { path, .. } if path.starts_with("boom."))
}

/// Faults of the warehouse outlast a pause or two, never all of these tries.
const PATIENT: &str = "retry: { attempts: 100, backoff: 200ms, max: 1s }";
/// The same for a script that may not begin again when its worker is lost.
const PATIENT_ONCE: &str = "retry: { attempts: 100, backoff: 200ms, max: 1s, on: [connection, conflict, resources, server, exit_code] }";

// `slow` outlives a lease, in the middle of its transaction.
const CHAIN: &str = "jobs:
  - { id: a, QUICK }
  - { id: b, SHELL, needs: [a] }
  - { id: c, SLOW, needs: [b] }
  - { id: d, QUICK, needs: [c] }
  - { id: e, QUICK, needs: [d] }
";

const FAN: &str = "max_parallel: 3
jobs:
  - { id: top, QUICK }
  - { id: f1, QUICK, needs: [top] }
  - { id: f2, SLOW, needs: [top] }
  - { id: f3, QUICK, needs: [top] }
  - { id: f4, SHELL, needs: [top] }
  - { id: f5, FLAKY, needs: [top] }
  - { id: f6, QUICK, needs: [top] }
  - { id: bottom, QUICK, needs: [f1, f2, f3, f4, f5, f6] }
";

const DIAMOND: &str = "jobs:
  - { id: a, QUICK }
  - { id: b, SLOW, needs: [a] }
  - { id: c, FLAKY, needs: [a] }
  - { id: d, SLOW_SHELL, needs: [b, c] }
  - { id: e, QUICK, needs: [d] }
  - { id: f, SHELL, needs: [d] }
  - { id: g, QUICK, needs: [e, f] }
";

const FAILING: &str = "on_failure: continue
jobs:
  - { id: a, QUICK }
  - { id: boom, BOOM, needs: [a] }
  - { id: after, QUICK, needs: [boom] }
  - { id: aside, QUICK, needs: [a] }
  - { id: handler, QUICK, needs: [boom], run_if: any_failed }
  - { id: cleanup, SHELL, needs: [after, aside], run_if: all_settled }
";

const STOPPING: &str = "on_failure: stop
jobs:
  - { id: a, QUICK }
  - { id: boom, BOOM_SHELL, needs: [a] }
  - { id: after, QUICK, needs: [boom] }
  - { id: cleanup, QUICK, needs: [after], run_if: all_settled }
";

const FORGIVEN: &str = "jobs:
  - { id: a, QUICK }
  - { id: boom, BOOM, needs: [a], allow_failure: true }
  - { id: after, QUICK, needs: [boom] }
  - { id: never, QUICK, needs: [a], run_if: any_failed }
  - { id: either, QUICK, needs: [after, never], run_if: any_succeeded }
";

// What is waited for comes by itself: a job that is given up must not keep a precondition waiting for ever.
const WAITING: &str = r#"jobs:
  - { id: beside, SHELL }
  - { id: landed, precondition: { file: "../landing/{{ workflow_execution_id }}" }, poll: 1s }
  - { id: rows, precondition: { sql: "select look(:'workflow_execution_id')" }, poll: 1s }
  - { id: load, QUICK, needs: [beside, landed, rows] }
"#;

const ONCE: &str = "on_failure: continue
jobs:
  - { id: a, QUICK }
  - { id: once, SLOW_ONCE, needs: [a] }
  - { id: after, QUICK, needs: [once] }
  - { id: handler, QUICK, needs: [once], run_if: any_failed }
";

/// What the capitals above stand for; longer words first, since each holds the next.
fn jobs() -> [(&'static str, String); 8] {
    let engine = |seconds: &str, retry: &str| {
        format!("script: work.rsql, vars: {{ seconds: \"{seconds}\" }}, {retry}")
    };
    let shell = |seconds: &str| format!("script: work.sh, args: [\"{seconds}\"], {PATIENT}");
    [
        ("BOOM_SHELL", "script: boom.sh, retry: { attempts: 3, backoff: 200ms }".to_owned()),
        ("BOOM", format!("script: boom.rsql, {PATIENT}")),
        ("SLOW_SHELL", shell("4.5")),
        ("SHELL", shell("0.2")),
        ("SLOW_ONCE", engine("1.2", PATIENT_ONCE)),
        ("SLOW", engine("2.8", PATIENT)),
        ("FLAKY", format!("script: flaky.rsql, {PATIENT}")),
        ("QUICK", engine("0.05", PATIENT)),
    ]
}

/// The text of a workflow file.
fn workflow_file(name: &str, shape: &str) -> String {
    let mut text = format!("workflow: {name}\nconnection: warehouse\n{shape}");
    for (word, job) in jobs() {
        text = text.replace(word, &job);
    }
    text
}

const WORK: &str = r"\set ON_ERROR_STOP on
select begin_attempt(:'workflow_execution_id', :'job_id', :attempt);
begin;
select pg_sleep(:seconds);
select finish_attempt(:'workflow_execution_id', :'job_id', :attempt);
commit;
";

/// Fails by itself until it has tried three times.
const FLAKY_SCRIPT: &str = r"\set ON_ERROR_STOP on
select begin_attempt(:'workflow_execution_id', :'job_id', :attempt);
insert into tries values (:'workflow_execution_id', :'job_id', :attempt);
select count(*) < 3 as again from tries where execution = :'workflow_execution_id' and job = :'job_id' \gset
\if :again
\exit 5
\endif
begin;
select finish_attempt(:'workflow_execution_id', :'job_id', :attempt);
commit;
";

const BOOM_SCRIPT: &str = r"\set ON_ERROR_STOP on
select begin_attempt(:'workflow_execution_id', :'job_id', :attempt);
select 1 / 0;
";

/// Two sessions and a pause without any.
const WORK_SHELL: &str = r#"#!/bin/sh
set -e
ask() {
  rsql -X -q -v ON_ERROR_STOP=1 -v e="$FLEET_EXECUTION_ID" -v j="$FLEET_JOB_ID" -v a="$FLEET_ATTEMPT" -f "$1"
}
ask begin.rsql
sleep "$1"
ask finish.rsql
"#;

/// Writes the scripts and workflow files into the folders of a project.
pub(crate) fn write(folder: &Path) {
    let put = |path: &str, text: &str| {
        std::fs::write(folder.join(path), text).expect("the new folder can be written");
    };
    put("scripts/work.rsql", WORK);
    put("scripts/flaky.rsql", FLAKY_SCRIPT);
    put("scripts/boom.rsql", BOOM_SCRIPT);
    put("scripts/work.sh", WORK_SHELL);
    put("scripts/boom.sh", &WORK_SHELL.replace("sleep \"$1\"\nask finish.rsql", "exit 7"));
    put("scripts/begin.rsql", "select begin_attempt(:'e', :'j', :a);\n");
    put("scripts/finish.rsql", "begin;\nselect finish_attempt(:'e', :'j', :a);\ncommit;\n");
    for (name, shape) in WORKFLOWS {
        put(&format!("workflows/{name}.yaml"), &workflow_file(name, shape));
    }
}
