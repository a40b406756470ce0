//! Alerts: what failed and where, in the file, on the terminal and at a webhook.

use serde_json::{Value, json};

use crate::support::{SOON, Setup, Webhook, eventually};

/// Its failing statement begins on line 5.
const BAD: &str = r"\set ON_ERROR_STOP on
create table target (id int not null);


insert into target
  values (null);
\echo never
";

const WORKFLOW: &str = "workflow: night
alerts: { topic: etl, on: [failure] }
jobs:
  - { id: bad, script: bad.rsql }
";

#[test]
fn an_alert_shows_the_failing_statement_everywhere() {
    let webhook = Webhook::listen();
    let project = Setup::new()
        .alerts(&format!("{{ print: true, webhook: \"{}\" }}", webhook.url()))
        .script("bad.rsql", BAD)
        .workflow(WORKFLOW)
        .deployed();
    let done = project.expect(&["start", "night", "--id", "run-1", "--wait"], 3);
    let error = json!({
        "file": "bad.rsql",
        "line": 5,
        "sqlstate": "23502",
        "message": "null value in column \"id\" of relation \"target\" violates not-null constraint",
        "statement": "insert into target\n  values (null);",
    });
    let alerts = project.alerts();
    assert_eq!(kinds(&alerts), ["job_failed", "execution_failed"]);
    let alert = &alerts[0];
    assert_eq!(alert["result"]["error"], error);
    let named = ["workflow_id", "workflow_execution_id", "job_id", "topic"].map(|key| alert[key].clone());
    assert_eq!(named, ["night", "run-1", "bad", "etl"].map(Value::from));

    for part in
        ["statement  bad.rsql:5", "    | insert into target", "SQLSTATE   23502", "rsqlctl logs run-1 bad"]
    {
        assert!(done.stderr.contains(part), "`{part}` is not in:\n{}", done.stderr);
    }
    assert!(done.stdout.contains("bad failed at bad.rsql:5, SQLSTATE 23502, exit code 3"), "{}", done.stdout);

    let posted = eventually("both posts", SOON, || Some(webhook.bodies()).filter(|bodies| bodies.len() == 2));
    assert_eq!(posted[0]["alert"], *alert);
    assert_eq!(posted[0]["title"], "[error] night: job failed: bad");
    assert!(posted[0]["text"].as_str().is_some_and(|text| text.contains("SQLSTATE   23502")), "{posted:#?}");
}

#[test]
fn changes_of_status_are_kept_for_chaining() {
    let project = Setup::new()
        .noting("ok.rsql", "")
        .workflow("workflow: night\njobs:\n  - { id: ok, script: ok.rsql }\n")
        .deployed();
    project.run("night", "run-1", 0);
    let events = project.state_file("events.jsonl");
    let events: Vec<Value> =
        events.lines().map(|line| serde_json::from_str(line).expect("a line is JSON")).collect();
    let seen: Vec<_> =
        events.iter().map(|event| format!("{} {}", event["detail_type"], event["status"])).collect();
    let execution = |status: &str| format!("\"Workflow Execution Status Change\" \"{status}\"");
    assert_eq!(seen.first(), Some(&execution("running")));
    assert!(seen.contains(&"\"Job Status Change\" \"succeeded\"".to_owned()), "{seen:?}");
    // As on a real bus, their order is nobody's promise.
    assert!(seen.contains(&execution("succeeded")), "{seen:?}");
    assert_eq!(seen.len(), 3, "{seen:?}");
}

fn kinds(alerts: &[Value]) -> Vec<&str> {
    alerts.iter().map(|alert| alert["kind"].as_str().expect("an alert has a kind")).collect()
}
