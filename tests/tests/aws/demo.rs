//! The sample night on AWS: an event on the bus, and everything that follows, seen in every service that has a part in it.
//! What `make demo-aws` shows to people, this holds.

use std::process::Command;

use fleet_tests::tree;
use serde_json::{Value, json};

use crate::support::{Fleet, SOON, eventually};

const DATE: &str = "2013-01-14";
/// Jobs of `nightly_flights` that have run when it has succeeded; the failure handler is skipped.
const NIGHT_JOBS: usize = 24;

fn sample() -> Fleet {
    let fleet = Fleet::new();
    let source = tree::root().join("rsql-scripts");
    for part in ["project.yaml", "workflows", "scripts", "data"] {
        let copied = Command::new("cp").arg("-R").arg(source.join(part)).arg(fleet.folder()).status();
        assert!(copied.expect("cp starts").success(), "{part} was not copied");
    }
    fleet.rsqlctl(&["deploy", "--reason", "test"], 0);
    fleet
}

fn start(fleet: &Fleet, workflow: &str, id: &str) {
    let detail =
        json!({"workflow_id": workflow, "workflow_execution_id": id, "params": {"business_date": DATE}});
    fleet.aws.put_event(&fleet.stack, "Workflow Start", &detail);
}

#[test]
fn a_night_runs_through_all_of_aws_and_a_failing_one_alerts_and_is_resumed() {
    let fleet = sample();
    let alerts = fleet.hear_alerts();
    let (source, first, second) = (fleet.dispatch(), fleet.worker(), fleet.worker());
    start(&fleet, "nightly_flights", "night-1");
    let night = fleet.wait_within("night-1", "succeeded", SOON * 3);

    let expected = std::fs::read(tree::root().join("rsql-scripts/expected.json")).expect("it is readable");
    let expected: Value = serde_json::from_slice(&expected).expect("it is JSON");
    let flights = fleet.database.psql("select count(*) from nyc.fact_flight");
    assert_eq!(flights, expected["fact_flight"].to_string());
    assert_eq!(night.jobs.len(), NIGHT_JOBS, "{}", night.summary());
    night.check(&std::collections::BTreeMap::new());
    // The partner's feed fails once. It may have been held for a slot before.
    let mut kinds = night.kinds(Some("load_weather"));
    kinds.retain(|kind| !["held", "admitted"].contains(kind));
    assert_eq!(kinds, ["attempt_started", "will_retry", "attempt_started", "succeeded"]);
    check_that_both_worked(&night.audit);
    check_logs(&fleet);

    start(&fleet, "nightly_quality", "quality-1");
    fleet.wait_within("quality-1", "failed", SOON * 2);
    let fault = "null value in column \\\"airline_key\\\"";
    let heard = |texts: Vec<String>| texts.iter().any(|text| text.contains(fault)).then_some(());
    eventually("the alert in the queue", SOON, || heard(alerts.queued()));
    eventually("the alert over HTTP", SOON, || heard(alerts.posted()));

    let mend = "insert into nyc.dim_airline select max(airline_key) + 1, 'G7', 'GoJet' from nyc.dim_airline";
    fleet.database.psql(mend);
    let said = fleet.rsqlctl(&["resume", "quality-1", "--reason", "added the airline G7", "--wait"], 0);
    assert_eq!(said.trim_end().lines().last(), Some("quality-1 succeeded"));
    eventually("the recovery in the queue", SOON, || {
        alerts.queued().iter().any(|text| text.contains("recovered")).then_some(())
    });

    let tally = source.tally();
    // Job events that come while an execution is being resumed are put back, which is no failure.
    assert!(tally.errors.is_empty() && tally.crashes == 0, "{tally:?}");
    assert!(first.terminate().success() && second.terminate().success());
    assert_eq!(fleet.queued("dead-events") + fleet.queued("dead-jobs"), 0);
}

/// Two processes share the night: the records of attempts name both.
fn check_that_both_worked(audit: &[Value]) {
    let begun = audit.iter().filter(|record| record["kind"] == "attempt_started");
    // Names of workers are `host-pid-random/slot`.
    let processes: std::collections::BTreeSet<_> =
        begun.filter_map(|record| record["by"].as_str()?.split('/').next()).collect();
    assert_eq!(processes.len(), 2, "{processes:?}");
}

/// The logs are in CloudWatch, a stream an attempt, and `rsqlctl logs` reads them there.
fn check_logs(fleet: &Fleet) {
    let group = format!("/{}/jobs", fleet.stack);
    let input = json!({"logGroupName": group, "logStreamNamePrefix": "night-1/load_weather/"});
    let streams = fleet.aws.logs("DescribeLogStreams", &input);
    let names: Vec<_> = streams["logStreams"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|stream| &stream["logStreamName"])
        .collect();
    assert_eq!(names, ["night-1/load_weather/1", "night-1/load_weather/2"]);
    let logs = fleet.rsqlctl(&["logs", "night-1", "publish"], 0);
    assert!(logs.contains("publish: 12208 flights"), "{logs}");
}
