//! A schedule that was missed while nothing ran: made up for once, with the date it was meant for.

use std::process::Command;

use crate::support::{SOON, Setup, eventually};

#[test]
fn a_missed_start_is_made_up_for() {
    let project = Setup::new()
        .noting("load.rsql", "insert into loaded values (:'day');")
        .workflow(
            "workflow: night
schedule: [{ cron: \"0 2 * * ? *\", timezone: Europe/London, catch_up: latest }]
params: { day: \"{{ scheduled_date - 1d }}\" }
jobs:
  - { id: load, script: load.rsql, vars: { day: \"{{ day }}\" } }
",
        )
        .deployed();
    // The scheduler notes the new schedule, which does not fire the past; then three days pass.
    let fleet = project.serve(&[]);
    let marked = || {
        Some(marks(&project, "select count(*) from schedule_marks where workflow_id = 'night'"))
            .filter(|n| n == "1")
    };
    eventually("the schedule to be known", SOON, marked);
    fleet.kill();
    marks(
        &project,
        "update schedule_marks set fired_until = fired_until - 3 * 86400000 where workflow_id = 'night'",
    );

    let _fleet = project.serve(&[]);
    let find = || {
        let list = project.expect(&["list", "-w", "night", "-o", "json"], 0).json();
        list["executions"]
            .as_array()
            .and_then(|list| list.first())
            .map(|first| first["workflow_execution_id"].clone())
    };
    let id = eventually("the missed execution", SOON, find);
    let id = id.as_str().expect("an id is a text");
    let execution = project.wait_for(id, "succeeded");
    assert_eq!(execution.0["started_by"], "schedule");
    // One execution for three missed days, whose business date is the day before its scheduled one in London.
    let list = project.expect(&["list", "-o", "json"], 0).json();
    assert_eq!(list["executions"].as_array().map(Vec::len), Some(1), "{list:#}");
    let scheduled = execution.0["scheduled_at"].as_str().expect("it was scheduled");
    let day = format!("select (timestamptz '{scheduled}' at time zone 'Europe/London')::date - 1");
    assert_eq!(project.psql("select job from loaded"), project.psql(&day));
    assert_eq!(
        project.psql(&format!(
            "select extract(hour from timestamptz '{scheduled}' at time zone 'Europe/London')"
        )),
        "2"
    );
}

/// Looks into the scheduler's memory, or turns it back: nothing else can make days pass. Python has SQLite with it.
fn marks(project: &crate::support::Project, sql: &str) -> String {
    let program = "import sqlite3, sys
with sqlite3.connect(sys.argv[1]) as db:
    row = db.execute(sys.argv[2]).fetchone()
    print(row[0] if row else '')";
    let file = project.folder().join(".fleet/fleet.sqlite3");
    let output = Command::new("python3").args(["-c", program]).arg(file).arg(sql).output();
    let output = output.expect("python3 is a prerequisite of the tests; `make test` installs it");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}
