//! Metrics as log events: what a worker's figures come to, and what becomes of them in an outage.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use fleet_aws::{Account, AccountSettings, AttemptMetrics, AttemptOutcome, Metrics};
use fleet_core::time::Millis;
use fleet_tests::aws_client::AwsClient;
use fleet_tests::aws_proxy::{AwsProxy, Fault};
use fleet_tests::moto::Moto;
use serde_json::{Value, json};

use crate::common::account;

fn attempt<'a>(workflow: &'a str, outcome: AttemptOutcome) -> AttemptMetrics<'a> {
    let (queue_delay, run_time) = (Millis(120), Millis(3_000));
    AttemptMetrics { workflow, queue: "finance", queue_delay, run_time, outcome }
}

/// The records in the group, without what tells when they were made.
fn records(account: &Account, worker: &str) -> Vec<Value> {
    let group = account.stack().metrics_log_group();
    let client = AwsClient::new(Moto::shared().endpoint());
    let input = json!({"logGroupName": group, "logStreamName": worker, "startFromHead": true});
    let answer = client.logs("GetLogEvents", &input);
    let record = |event: &Value| {
        let mut record: Value = serde_json::from_str(event["message"].as_str().unwrap()).unwrap();
        assert_eq!(record["_aws"]["Timestamp"], event["timestamp"]);
        assert_eq!(record["_aws"]["CloudWatchMetrics"][0]["Namespace"], group);
        let directive = record["_aws"]["CloudWatchMetrics"][0].take();
        record["_aws"] = directive["Dimensions"].clone();
        record
    };
    answer["events"].as_array().unwrap().iter().map(record).collect()
}

#[tokio::test]
async fn figures_become_records() {
    let account = account().await;
    let stack = account.stack().name().to_owned();
    let metrics = Metrics::start(&account, "host-1:7");
    metrics.attempt(&attempt("nightly", AttemptOutcome::Succeeded));
    metrics.attempt(&attempt("nightly", AttemptOutcome::Failed));
    metrics.attempt(&attempt("nightly", AttemptOutcome::Succeeded));
    metrics.slots("finance", 3, Some(4));
    metrics.slots("finance", 4, Some(4));
    metrics.flush().await;
    metrics.flush().await;
    // It drains: it is at work, and offers nothing.
    metrics.slots("finance", 2, Some(4));
    metrics.slots("finance", 1, None);
    metrics.flush().await;
    let times = |mut record: Value| {
        record["QueueDelay"] = json!([120, 120, 120]);
        record["RunTime"] = json!([3000, 3000, 3000]);
        record["Succeeded"] = json!(2);
        record["Failed"] = json!(1);
        record
    };
    let expect = [
        times(
            json!({"_aws": [["Stack", "Workflow"]], "Stack": stack, "Workflow": "nightly", "Worker": "host-1:7"}),
        ),
        times(
            json!({"_aws": [["Stack", "Queue"]], "Stack": stack, "Queue": "finance", "Worker": "host-1:7"}),
        ),
        json!({
            "_aws": [["Stack", "Queue"]], "Stack": stack, "Queue": "finance", "Worker": "host-1:7",
            "SlotsInUse": [3, 4], "SlotsTotal": 4,
        }),
        json!({
            "_aws": [["Stack", "Queue"]], "Stack": stack, "Queue": "finance", "Worker": "host-1:7",
            "SlotsInUse": [2, 1],
        }),
    ];
    assert_eq!(records(&account, "host-1_7"), expect);
}

#[tokio::test]
async fn workflows_beyond_the_bound_are_counted_together() {
    let account = account().await;
    let metrics = Metrics::start(&account, "w");
    for number in 0..60 {
        metrics.attempt(&attempt(&format!("workflow-{number:02}"), AttemptOutcome::Succeeded));
    }
    metrics.attempt(&attempt("workflow-07", AttemptOutcome::Succeeded));
    metrics.flush().await;
    let found = records(&account, "w");
    let count = |workflow: &str| {
        found.iter().find(|record| record["Workflow"] == workflow).unwrap()["Succeeded"].clone()
    };
    assert_eq!(found.iter().filter(|record| record["Workflow"].is_string()).count(), 51);
    assert_eq!(count("workflow-07"), 2);
    assert_eq!(count("(other)"), 10);
    let queue = found.iter().find(|record| record["Queue"] == "finance").unwrap();
    assert_eq!(queue["Succeeded"], 61);
}

#[tokio::test(flavor = "multi_thread")]
async fn figures_outlast_an_outage() {
    let account = account().await;
    let down = Arc::new(AtomicBool::new(true));
    let plan = Arc::clone(&down);
    let fault = move |_: &_| plan.load(Ordering::Relaxed).then_some(Fault::Broken);
    let proxy = AwsProxy::start(Moto::shared().endpoint(), fault);
    let endpoint = Some(proxy.endpoint());
    let stack = account.stack().clone();
    let through = AccountSettings { stack, endpoint, ..AccountSettings::default() };
    let metrics = Metrics::start(&Account::open(through).await.unwrap(), "w");
    metrics.slots("finance", 1, Some(4));
    metrics.flush().await;
    down.store(false, Ordering::Relaxed);
    metrics.slots("finance", 2, Some(4));
    metrics.flush().await;
    let seen: Vec<Value> = records(&account, "w").iter().map(|record| record["SlotsInUse"].clone()).collect();
    assert_eq!(seen, [1, 2]);
}
