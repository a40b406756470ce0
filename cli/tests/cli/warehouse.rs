//! RSQL scripts on a real PostgreSQL, through the real worker.

use fleet_tests::postgres::Postgres;
use serde_json::json;

use crate::support::{Project, job};

#[test]
fn the_sample_warehouse_runs() {
    let database = Postgres::shared().new_database();
    let project = Project::sample().env(database.env());
    project.run(&["deploy"]).ok();
    let ran = project
        .run(&["start", "warehouse", "--id", "one", "--wait", "--param", "business_date=2026-11-21"])
        .ok();
    assert_eq!(ran.last_line(), "one succeeded");
    assert_eq!(database.psql("select batch, count(*) from sample_sales group by batch"), "2026-11-21|3");
    let report = project.run(&["logs", "one", "report", "--plain"]).ok().out;
    assert!(report.contains("2026-11-21 | north |     2 | 132.50"), "{report}");
    let shown = project.json(&["status", "one"]);
    assert!(job(&shown, "load")["rows"].as_u64() >= Some(3), "{shown}");
}

#[test]
fn a_failing_statement_is_shown_where_it_stands() {
    let database = Postgres::shared().new_database();
    let project = Project::with(&[
        ("project.yaml", "connections:\n  w: { host: '${PGHOST}', port: '${PGPORT}', database: '${PGDATABASE}', user: '${PGUSER}', password_env: PGPASSWORD }\n"),
        ("workflows/flow.yaml", "workflow: flow\nconnection: w\njobs:\n  - { id: divide, script: divide.rsql }\n"),
        ("scripts/divide.rsql", "\\set ON_ERROR_STOP on\nselect 1;\n\nselect 1 / 0;\n"),
    ])
    .env(database.env());
    project.run(&["deploy"]).ok();
    let ran = project.run(&["start", "flow", "--id", "one", "--wait"]).ended(3);
    assert!(
        ran.out.contains(
            "\ndivide failed at divide.rsql:4, SQLSTATE 22012, exit code 3\n  division by zero\n  | select 1 / 0;\n  rsqlctl logs one divide\n"
        ),
        "{}",
        ran.out
    );
    let shown = project.json(&["status", "one"]);
    let error = &job(&shown, "divide")["error"];
    assert_eq!(
        (&error["file"], &error["line"], &error["sqlstate"]),
        (&json!("divide.rsql"), &json!(4), &json!("22012"))
    );
    assert!(!ran.err.contains(database.password()), "no password in any output");
}
