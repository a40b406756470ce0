//! A fleet whose scripts and input lie in S3: a precondition that waits for an object, scripts by their version, and figures
//! of what ran.

use std::process::Command;

use fleet_tests::binaries;
use serde_json::{Value, json};

use crate::support::{Fleet, Host, SOON, eventually};

const DATE: &str = "2026-11-21";
/// Notes what it is given, and includes a file that lies beside it.
const LOAD: &str = "\\set ON_ERROR_STOP on\n\\ir parts/note.rsql\n";
const NOTE: &str = "insert into run_log values (:'job_id', :attempt, :'workflow_execution_id');\n";
const OLDER: &str = "#!/bin/bash\nsource $1/get_redshift_creds.sh $2\nls $1\n\
                     rsql -h $HOST -U $USER -d $DB -c \"insert into run_log values ('older', 1, '$2')\"\n";

/// Puts an object into the bucket that has the stack's name.
fn put(fleet: &Fleet, key: &str, text: &str) {
    let file = fleet.folder().join("object");
    std::fs::write(&file, text).expect("the test's folder can be written");
    let uri = format!("s3://{}/{key}", fleet.stack);
    fleet.moto.aws(&["s3", "cp", "--quiet", file.to_str().expect("it is text"), &uri]);
}

fn worker(fleet: &Fleet) -> Host {
    let mut command = Command::new(binaries::worker());
    command
        .args(["--stack", &fleet.stack, "--health", "none", "--poll-wait", "1s"])
        .args(["--scripts", &format!("s3://{}/scripts", fleet.stack)])
        .args(["--connection", &format!("warehouse={}/warehouse", fleet.stack)])
        .arg("--spool")
        .arg(fleet.folder().join("spool"))
        .env_clear()
        .envs(fleet.environment());
    Host::start(command, fleet.folder().join("worker.log"))
}

#[test]
fn scripts_and_input_come_from_s3() {
    let fleet = Fleet::new();
    fleet.moto.aws(&["s3", "mb", &format!("s3://{}", fleet.stack)]);
    for (key, text) in
        [("scripts/load.rsql", LOAD), ("scripts/parts/note.rsql", NOTE), ("scripts/older.sh", OLDER)]
    {
        put(&fleet, key, text);
    }
    let landed = format!("s3://{}/in/{{{{ business_date }}}}/*.csv", fleet.stack);
    let jobs = json!([
        {"id": "landed", "precondition": {"s3": landed}, "poll": "1s", "timeout": "5m"},
        {"id": "load", "script": "load.rsql", "needs": ["landed"]},
        {"id": "older", "script": "older.sh", "needs": ["load"], "args": ["{{ code_dir }}", "{{ secret_id }}"]},
    ]);
    fleet.define(&json!({"workflow_id": "night", "jobs": jobs}));
    let (_source, host) = (fleet.dispatch(), worker(&fleet));
    let detail = json!({
        "workflow_id": "night", "workflow_execution_id": "run-1", "params": {"business_date": DATE},
    });
    fleet.aws.put_event(&fleet.stack, "Workflow Start", &detail);
    eventually("a look that finds nothing", SOON, || {
        fleet.seen("run-1")?.kinds(Some("landed")).contains(&"looked_at").then_some(())
    });
    put(&fleet, &format!("in/{DATE}/orders.csv"), "1;2\n");
    let seen = fleet.wait_for("run-1", "succeeded");

    let secret = format!("{}/warehouse", fleet.stack);
    let noted = fleet.database.psql("select job, execution from run_log order by job");
    assert_eq!(noted, format!("load|run-1\nolder|{secret}"));
    let begun = |job: &str| {
        let of = |record: &&Value| record["job_id"] == job && record["kind"] == "attempt_started";
        seen.audit.iter().rfind(of).map(|record| record["detail"].to_string()).unwrap_or_default()
    };
    let script = format!("script load.rsql s3://{}/scripts/load.rsql etag", fleet.stack);
    assert!(begun("load").contains(&script), "{}", begun("load"));
    assert!(host.terminate().success());
    check_figures(&fleet);
}

/// The metrics that the worker has sent at its end.
fn check_figures(fleet: &Fleet) {
    let group = format!("/{}/metrics", fleet.stack);
    let events = fleet.aws.logs("FilterLogEvents", &json!({"logGroupName": group}));
    let records: Vec<Value> = events["events"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|event| serde_json::from_str(event["message"].as_str()?).ok())
        .collect();
    let night = records.iter().find(|record| record["Workflow"] == "night" || record["workflow"] == "night");
    let night = night.unwrap_or_else(|| panic!("no figures of the workflow: {records:#?}"));
    assert_eq!(night["Succeeded"], 3, "{night:#}");
}
