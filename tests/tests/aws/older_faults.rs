//! What the older framework got wrong, each fault reproduced against ours on AWS. Owns one test a fault, in the order of the
//! list; where another file shows it already, its test is named here.
//!
//! 1. A failed job never reported its failure, the workflow hung: [`a_failed_job_fails_its_execution_at_once`].
//! 2. Promised alerts, schedules and preconditions were not there: [`alerts_and_preconditions_are_there`],
//!    [`a_schedule_that_fires_twice_starts_one_execution`].
//! 3. The audit of a failed child stayed "running": [`a_failed_job_fails_its_execution_at_once`].
//! 4. A retried trigger started a script twice: [`a_retried_trigger_starts_nothing_twice`].
//! 5. Ids were pasted into a shell command and into a query: [`values_are_never_pasted`].
//! 6. The same script twice in one run overwrote its own audit, in two time formats: [`one_script_twice_is_two_jobs`].
//! 7. Only the last script of a parallel stage decided: [`any_script_of_a_parallel_stage_decides`].
//! 8. A reboot lost the job, logs came after the exit: [`logs_are_there_while_the_job_runs`], and in `faults`:
//!    `a_worker_killed_in_mid_job_is_followed_by_another`.
//! 9. Some 25 calls and seconds of start-up a job: in `cost`.

use std::collections::BTreeMap;

use fleet_tests::aws_client::AwsClient;
use serde_json::{Value, json};

use crate::support::{Fleet, SOON, Seen, eventually};

const BAD: &str = "select 1/0;\n";

#[test]
fn a_failed_job_fails_its_execution_at_once() {
    let fleet = Fleet::new();
    fleet.noting("good.rsql", "select 1;\n");
    fleet.noting("bad.rsql", BAD);
    let jobs = json!([
        {"id": "bad", "script": "bad.rsql"}, {"id": "good", "script": "good.rsql"},
        {"id": "after", "script": "good.rsql", "needs": ["bad", "good"]},
    ]);
    fleet.define(&json!({"workflow_id": "night", "connection": "warehouse", "jobs": jobs}));
    let (_source, _host) = (fleet.dispatch(), fleet.worker());
    fleet.start("night", "run-1");
    let seen = fleet.wait_for("run-1", "failed");
    assert_eq!(seen.summary(), "after skipped 0, bad failed 1, good succeeded 1");
    assert_eq!(seen.kinds(Some("bad")), ["attempt_started", "failed"]);
    assert_eq!(seen.kinds(None), ["started", "ended"]);
    seen.check(&BTreeMap::new());
}

#[test]
fn alerts_and_preconditions_are_there() {
    let fleet = Fleet::new();
    fleet.noting("bad.rsql", BAD);
    fleet.database.psql("create table gate (open boolean); insert into gate values (false)");
    let jobs = json!([
        {"id": "gate", "precondition": {"sql": "select open from gate"}, "poll": "1s", "timeout": "1m"},
        {"id": "bad", "script": "bad.rsql", "needs": ["gate"]},
    ]);
    fleet.define(&json!({
        "workflow_id": "night", "connection": "warehouse", "alerts": {"on": ["failure"]}, "jobs": jobs,
    }));
    let alerts = fleet.hear_alerts();
    let (_source, _host) = (fleet.dispatch(), fleet.worker());
    fleet.start("night", "run-1");
    eventually("a look at the gate", SOON, || {
        let seen = fleet.seen("run-1")?;
        seen.kinds(Some("gate")).contains(&"looked_at").then_some(())
    });
    assert_eq!(fleet.database.psql("select count(*) from run_log"), "0", "the gate was closed");
    fleet.database.psql("update gate set open = true");
    let seen = fleet.wait_for("run-1", "failed");
    assert_eq!(seen.summary(), "bad failed 1, gate succeeded 1");
    let texts = eventually("both alerts in the queue", SOON, || {
        Some(alerts.queued()).filter(|texts| texts.len() >= 2)
    });
    assert!(texts.iter().any(|text| text.contains("division by zero")), "{texts:#?}");
    let posts =
        eventually("both alerts over HTTP", SOON, || Some(alerts.posted()).filter(|posts| posts.len() >= 2));
    assert!(posts.iter().any(|post| post.contains("division by zero")), "{posts:#?}");
}

#[test]
fn a_schedule_that_fires_twice_starts_one_execution() {
    let fleet = Fleet::new();
    fleet.noting("note.rsql", "select 1;\n");
    let workflow = "workflow: night
schedule: [{ cron: \"0 2 * * ? *\" }]
connection: warehouse
jobs:
  - { id: load, script: note.rsql }
";
    std::fs::create_dir(fleet.folder().join("workflows")).expect("the folder can be written");
    std::fs::write(fleet.folder().join("workflows/night.yaml"), workflow).expect("the folder can be written");
    std::fs::write(fleet.folder().join("project.yaml"), "scripts: scripts\n")
        .expect("the folder can be written");
    fleet.rsqlctl(&["deploy", "--reason", "test"], 0);
    let rules = fleet.aws.events("ListRules", &json!({"NamePrefix": format!("{}-night-", fleet.stack)}));
    let rule = &rules["Rules"][0];
    assert_eq!(rule["ScheduleExpression"], "cron(0 2 * * ? *)", "{rules}");
    let target = &fleet.aws.events("ListTargetsByRule", &json!({"Rule": rule["Name"]}))["Targets"][0];
    assert_eq!(target["Arn"], AwsClient::queue_arn(&format!("{}-events", fleet.stack)));
    // The endpoint's clock fires nothing. What the rule would send, at least once:
    let transformer = &target["InputTransformer"];
    assert_eq!(transformer["InputPathsMap"]["time"], "$.time", "{target}");
    let event = transformer["InputTemplate"].as_str().expect("a template is a text");
    let event = event.replace("<time>", "2026-11-22T02:00:00Z");
    let (_source, _host) = (fleet.dispatch(), fleet.worker());
    fleet.send_event(&event);
    fleet.send_event(&event);
    let seen = fleet.wait_for("night-20261122T020000Z", "succeeded");
    fleet.wait_for_empty("events");
    fleet.wait_for_empty("jobs");
    assert_eq!(seen.execution["bindings"]["scheduled_date"], "2026-11-22");
    assert_eq!(fleet.database.psql("select count(*) from run_log"), "1");
}

#[test]
fn a_retried_trigger_starts_nothing_twice() {
    let fleet = Fleet::new();
    fleet.noting("note.rsql", "select 1;\n");
    let jobs = json!([{"id": "load", "script": "note.rsql"}]);
    fleet.define(&json!({"workflow_id": "night", "connection": "warehouse", "jobs": jobs}));
    // As the bus delivers it, twice: no id of an execution, but the event's own. And as a schedule's rule does.
    let by_bus = json!({
        "version": "0", "id": "6f5d3a1e-0000-4000-8000-000000000001", "detail-type": "Workflow Start",
        "source": "me", "account": "123456789012", "time": "2026-11-22T02:00:00Z", "region": "us-east-1",
        "resources": [], "detail": {"workflow_id": "night"},
    });
    let by_rule = json!({
        "v": 1, "event": "start", "workflow_id": "night",
        "workflow_execution_id": "night-2026-11-22T02:00:00Z", "scheduled_at": "2026-11-22T02:00:00Z",
    });
    for event in [&by_bus, &by_rule, &by_rule, &by_bus] {
        fleet.send_event(&event.to_string());
    }
    let (_source, _host) = (fleet.dispatch(), fleet.worker());
    fleet.wait_for("night-20261122T020000Z", "succeeded");
    fleet.wait_for_empty("events");
    fleet.wait_for_empty("jobs");
    eventually("both runs", SOON, || {
        (fleet.database.psql("select count(*) from run_log") == "2").then_some(())
    });
    assert_eq!(fleet.database.psql("select count(distinct execution) from run_log"), "2");
}

#[test]
fn values_are_never_pasted() {
    let fleet = Fleet::new();
    let trap = fleet.folder().join("trapped");
    let evil = format!("x'; touch {0}; $(touch {0}) `touch {0}` \" --", trap.display());
    fleet.script("show.sh", "#!/bin/sh\nprintf '%s' \"$day\" > ../shown\n");
    fleet.noting("note.rsql", "insert into run_log values (:'day', 0, 'value');\n");
    let jobs = json!([
        {"id": "shell", "script": "show.sh", "env": {"day": "{{ day }}"}},
        {"id": "sql", "script": "note.rsql", "vars": {"day": "{{ day }}"}},
    ]);
    fleet.define(&json!({
        "workflow_id": "night", "connection": "warehouse", "params": {"day": "today"}, "jobs": jobs,
    }));
    let (_source, _host) = (fleet.dispatch(), fleet.worker());
    for id in [format!("run;touch {}", trap.display()), "run' OR '1'='1".to_owned()] {
        fleet.start("night", &id);
    }
    let detail = json!({"workflow_id": "night", "workflow_execution_id": "run-1", "params": {"day": evil}});
    fleet.aws.put_event(&fleet.stack, "Workflow Start", &detail);
    fleet.wait_for("run-1", "succeeded");
    let shown = std::fs::read_to_string(fleet.folder().join("shown"));
    assert_eq!(shown.ok().as_deref(), Some(evil.as_str()));
    assert_eq!(fleet.database.psql("select job from run_log where execution = 'value'"), evil);
    assert!(!trap.exists(), "a value was run as a command");
    let all = json!({"TableName": format!("{}-executions", fleet.stack), "FilterExpression": "#item = :execution",
        "ExpressionAttributeNames": {"#item": "item"}, "ExpressionAttributeValues": {":execution": {"S": "EXECUTION"}}});
    assert_eq!(fleet.aws.dynamodb("Scan", &all)["Count"], 1, "an id of such letters was taken");
}

#[test]
fn one_script_twice_is_two_jobs() {
    let fleet = Fleet::new();
    fleet.noting("load.rsql", "\\echo this is :table\n");
    let job = |id: &str| json!({"id": id, "script": "load.rsql", "vars": {"table": id}});
    fleet.define(&json!({
        "workflow_id": "night", "connection": "warehouse", "jobs": [job("airlines"), job("airports")],
    }));
    let (_source, host) = (fleet.dispatch(), fleet.worker());
    fleet.start("night", "run-1");
    let seen = fleet.wait_for("run-1", "succeeded");
    assert!(host.terminate().success());
    for table in ["airlines", "airports"] {
        assert_eq!(seen.kinds(Some(table)), ["attempt_started", "succeeded"]);
        let log = log_of(&fleet, &format!("run-1/{table}/1"));
        assert!(log.iter().any(|(line, _)| line.contains(&format!("this is {table}"))), "{log:?}");
    }
    // One format of times, whose order is that of the text.
    let is_sortable =
        |record: &Value| record["at"].as_str().is_some_and(|at| at.len() == 24 && at.ends_with('Z'));
    assert!(seen.audit.iter().all(is_sortable), "{:#?}", seen.audit);
}

#[test]
fn any_script_of_a_parallel_stage_decides() {
    let fleet = Fleet::new();
    fleet.noting("good.rsql", "select 1;\n");
    fleet.noting("bad.rsql", BAD);
    let stage = |kind: &str, scripts: &[&str]| json!({"execution_flag": "y", "execution_type": kind, "scripts": scripts});
    let scripts = ["bad.rsql", "good.rsql"];
    fleet.define(&json!({
        "workflow_id": "older", "connection": "warehouse",
        "workflow_stages": [stage("parallel", &scripts), stage("sequential", &["good.rsql"])],
    }));
    let (_source, _host) = (fleet.dispatch(), fleet.worker());
    // The older start document.
    fleet.start("older", "run-1");
    let seen = fleet.wait_for("run-1", "failed");
    let count = |status: &str| seen.jobs.values().filter(|row| row["status"] == status).count();
    assert_eq!((count("failed"), count("succeeded"), count("skipped")), (1, 1, 1), "{}", seen.summary());
}

#[test]
fn logs_are_there_while_the_job_runs() {
    let fleet = Fleet::new();
    let script = "#!/bin/sh\necho early\nwhile [ ! -e ../go ]; do sleep 0.1; done\necho late\n";
    fleet.script("slow.sh", script);
    fleet.define(&json!({"workflow_id": "night", "jobs": [{"id": "slow", "script": "slow.sh"}]}));
    let (_source, _host) = (fleet.dispatch(), fleet.worker());
    fleet.start("night", "run-1");
    let early = eventually("the first line", SOON, || {
        log_of(&fleet, "run-1/slow/1").into_iter().find(|(line, _)| line.contains("early"))
    });
    let status = |seen: &Seen| seen.jobs["slow"]["status"].clone();
    assert_eq!(fleet.seen("run-1").map(|seen| status(&seen)), Some(json!("running")));
    std::fs::write(fleet.folder().join("go"), "").expect("the test's folder can be written");
    fleet.wait_for("run-1", "succeeded");
    let log = log_of(&fleet, "run-1/slow/1");
    let late =
        log.iter().find(|(line, _)| line.contains("late")).expect("all is there once the job has settled");
    // The time of a line is when it was written, not when it was sent.
    assert!(early.1 < late.1, "{log:?}");
}

/// Lines of a log stream with their times in milliseconds; none when there is no such stream.
fn log_of(fleet: &Fleet, stream: &str) -> Vec<(String, i64)> {
    let input = json!({"logGroupName": format!("/{}/jobs", fleet.stack), "logStreamName": stream, "startFromHead": true});
    let aws: &AwsClient = &fleet.aws;
    let Ok(Ok(answer)) = aws.try_call("logs", "Logs_20140328.GetLogEvents", &input) else {
        return Vec::new();
    };
    let events = answer["events"].as_array().cloned().unwrap_or_default();
    let line = |event: &Value| {
        (
            event["message"].as_str().unwrap_or_default().to_owned(),
            event["timestamp"].as_i64().unwrap_or_default(),
        )
    };
    events.iter().map(line).collect()
}
