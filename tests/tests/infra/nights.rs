//! What a deployed fleet goes through in the test: a night, a failure with its alert and what people do about it, pools and
//! schedules, dead letters, hosts that go. Each right that the templates grant is used by something here; what is left over is
//! found by `rights`.

use std::collections::BTreeSet;

use fleet_tests::host::Host;
use fleet_tests::seen::Seen;
use fleet_tests::tree;
use fleet_tests::wait::{SOON, eventually};
use serde_json::{Value, json};

use crate::machine::Machine;
use crate::scene::{SCHEDULER, Scene};

/// The night that the sample's data are of.
pub(crate) const DATE: &str = "2013-01-14";
/// Jobs of `nightly_flights` that have run when it has succeeded; the failure handler is skipped.
const NIGHT_JOBS: usize = 24;
/// rsqlctl's exit code for an execution that failed.
const EXECUTION_FAILED: i32 = 3;
/// What EventBridge Scheduler puts in for itself.
const SCHEDULED_TIME: &str = "<aws.scheduler.scheduled-time>";

/// Puts scripts, workflows and schedules where they belong; a second time, for what is there already.
pub(crate) fn deploy(scene: &Scene<'_>) {
    let scripts = scene.deployment.output("operators", "Scripts").to_owned();
    scene.rsqlctl(&["deploy", "--scripts", &scripts, "--reason", "test"], 0);
    scene.rsqlctl(&["deploy", "--scripts", &scripts, "--reason", "once more"], 0);
}

/// The sample night, started twice by people who do not know of each other.
pub(crate) fn night(scene: &Scene<'_>) {
    let date = format!("business_date={DATE}");
    for _ in 0..2 {
        scene.rsqlctl(&["start", "nightly_flights", "--id", "night-1", "--param", &date], 0);
    }
    let night = scene.wait_for("night-1", "succeeded");
    let expected = std::fs::read(tree::root().join("rsql-scripts/expected.json")).expect("it is readable");
    let expected: Value = serde_json::from_slice(&expected).expect("it is JSON");
    let flights = scene.database.psql("select count(*) from nyc.fact_flight");
    assert_eq!(flights, expected["fact_flight"].to_string());
    assert_eq!(night.jobs.len(), NIGHT_JOBS, "{}", night.summary());
    night.check(&std::collections::BTreeMap::new());
    assert_eq!(workers_of(&night).len(), 2, "two hosts share the night: {:?}", workers_of(&night));
    for arguments in [&["logs", "night-1", "publish"][..], &["logs", "night-1", "publish", "--follow"]] {
        let logs = scene.rsqlctl(arguments, 0);
        assert!(logs.contains("publish: 12208 flights"), "{logs}");
    }
}

/// A workflow that fails until somebody mends the cause, with the alerts that tell of it.
pub(crate) fn failure_and_resume(scene: &Scene<'_>) {
    let date = format!("business_date={DATE}");
    let start = ["start", "nightly_quality", "--id", "quality-1", "--param", &date, "--wait"];
    scene.rsqlctl(&start, EXECUTION_FAILED);
    scene.wait_for("quality-1", "failed");
    let fault = "null value in column \\\"airline_key\\\"";
    let heard = |texts: Vec<String>| texts.iter().any(|text| text.contains(fault)).then_some(());
    eventually("the alert in the queue", SOON, || heard(scene.alerts.queued()));
    eventually("the alert over HTTP", SOON, || heard(scene.alerts.posted()));
    let mend = "insert into nyc.dim_airline select max(airline_key) + 1, 'G7', 'GoJet' from nyc.dim_airline";
    scene.database.psql(mend);
    let said = scene.rsqlctl(&["resume", "quality-1", "--reason", "added the airline G7", "--wait"], 0);
    assert_eq!(said.trim_end().lines().last(), Some("quality-1 succeeded"));
    eventually("the recovery in the queue", SOON, || {
        scene.alerts.queued().iter().any(|text| text.contains("recovered")).then_some(())
    });
}

/// A pool's jobs, started by its schedule in a time zone as EventBridge Scheduler would.
pub(crate) fn pool_and_schedule(scene: &Scene<'_>) {
    let group = scene.deployment.stack.as_str();
    let listed = scene.deployment.moto.aws(&["scheduler", "list-schedules", "--group-name", group]);
    let listed: Value = serde_json::from_str(&listed).expect("the AWS CLI prints JSON");
    let names: Vec<_> =
        listed["Schedules"].as_array().into_iter().flatten().map(|one| &one["Name"]).collect();
    let name = names.iter().filter_map(|name| name.as_str()).find(|name| name.contains("month_end"));
    let name = name.unwrap_or_else(|| panic!("month_end has no schedule in a time zone: {listed:#}"));
    let found =
        scene.deployment.moto.aws(&["scheduler", "get-schedule", "--group-name", group, "--name", name]);
    let target = &serde_json::from_str::<Value>(&found).expect("the AWS CLI prints JSON")["Target"];
    assert!(
        target["RoleArn"].as_str().is_some_and(|role| role.ends_with(&format!("role/{group}-scheduler")))
    );
    let event = target["Input"].as_str().unwrap_or_default().replace(SCHEDULED_TIME, "2026-11-30T23:45:00Z");
    let queue = target["Arn"].as_str().unwrap_or_default();
    // It delivers at least once.
    scene.fire(SCHEDULER, queue, &event);
    scene.fire(SCHEDULER, queue, &event);
    let seen = scene.wait_for("month_end-20261130T234500Z", "succeeded");
    assert_eq!(seen.summary(), "close succeeded 2");
}

/// A definition of the older framework, put into the table by hand.
pub(crate) fn by_hand(scene: &Scene<'_>) {
    let stages = json!([{"execution_flag": "y", "execution_type": "sequential", "scripts": ["after.sh"]}]);
    let item = json!({"workflow_id": {"S": "old_night"}, "workflow_stages": {"S": stages.to_string()}});
    let table = format!("{}-workflows", scene.deployment.stack);
    scene.deployment.aws.dynamodb("PutItem", &json!({"TableName": table, "Item": item}));
    let detail = json!({"workflow_id": "old_night", "workflow_execution_id": "old-1"});
    scene.deployment.aws.put_event(&scene.deployment.stack, "Workflow Start", &detail);
    scene.wait_for("old-1", "succeeded");
}

/// Letters of both kinds are shown and put back; what people leave there, the tick's rule brings to the dispatcher.
pub(crate) fn dead_letters(scene: &Scene<'_>) {
    let [common, pool] =
        [letter(scene, "old-1", "after"), letter(scene, "month_end-20261130T234500Z", "close")];
    for letter in [&common, &pool] {
        scene.send("dead-jobs", letter);
    }
    let shown = scene.rsqlctl(&["dead-letters"], 0);
    assert_eq!(shown.matches("proof-dead-jobs").count(), 2, "{shown}");
    assert_eq!(scene.rsqlctl(&["dead-letters", "--redrive"], 0).trim(), "2");
    scene.send("dead-events", scene.tick_event());
    assert_eq!(scene.rsqlctl(&["dead-letters", "--redrive"], 0).trim(), "1");
    for queue in ["jobs", "jobs-finance", "events"] {
        eventually(&format!("{queue} to be empty"), SOON, || (scene.queued(queue) == 0).then_some(()));
    }
    scene.send("dead-jobs", &common);
    scene.tick();
    eventually("the dispatcher to drain dead jobs", SOON, || (scene.queued("dead-jobs") == 0).then_some(()));
}

/// The message of a job's latest turn, as it comes to the dead letters.
fn letter(scene: &Scene<'_>, execution: &str, job: &str) -> Value {
    let seen = scene.seen(execution).expect("it was started");
    json!({
        "v": 1, "workflow_execution_id": execution, "workflow_id": seen.execution["workflow_id"],
        "version": seen.execution["version"], "job_id": job, "turn": seen.jobs[job]["turn"],
        "ready_at": seen.audit[0]["at"],
    })
}

/// Executions that people end, and that they help on.
pub(crate) fn cancel_and_mark(scene: &Scene<'_>) {
    scene.rsqlctl(&["start", "waits", "--id", "waits-1"], 0);
    let begun = || scene.seen("waits-1")?.kinds(Some("wait")).contains(&"attempt_started").then_some(());
    eventually("the job that waits", SOON, begun);
    // A dead letter of a job that is at work: it is put aside until that has ended.
    scene.send("dead-jobs", &letter(scene, "waits-1", "wait"));
    scene.tick();
    eventually("the letter to be hidden", SOON, || (scene.waiting("dead-jobs") == 0).then_some(()));
    scene.rsqlctl(&["cancel", "waits-1", "--reason", "not today"], 0);
    let seen = scene.wait_for("waits-1", "cancelled");
    assert_eq!(seen.jobs["wait"]["status"], "cancelled", "{}", seen.summary());
    eventually("the letter to be buried", SOON, || {
        if scene.waiting("dead-jobs") > 0 {
            scene.tick();
        }
        (scene.queued("dead-jobs") == 0).then_some(())
    });

    scene.rsqlctl(&["start", "refused", "--id", "refused-1"], 0);
    scene.wait_for("refused-1", "failed");
    scene.rsqlctl(&["mark", "refused-1", "refuse", "succeeded", "--reason", "done by hand"], 0);
    let marked = || (scene.seen("refused-1")?.jobs["refuse"]["status"] == "succeeded").then_some(());
    eventually("the mark", SOON, marked);
    scene.rsqlctl(&["resume", "refused-1", "--reason", "the rest", "--wait"], 0);
}

/// What people look at.
pub(crate) fn looked_at(scene: &Scene<'_>) {
    let check = |arguments: &[&str], expect: &str| {
        let data = scene.rsqlctl(arguments, 0);
        assert!(data.contains(expect), "rsqlctl {arguments:?} does not show {expect}:\n{data}");
    };
    check(&["list"], "night-1");
    check(&["list", "--open"], "");
    check(&["list", "--workflow", "nightly_flights"], "night-1");
    check(&["list", "--workflows"], "month_end");
    check(&["status", "night-1"], "succeeded");
    check(&["audit", "night-1"], "load_weather");
    check(&["workers"], "finance");
    check(&["plan", "nightly_flights", "--cost", "--runs-per-day", "1"], "DynamoDB");
}

/// Workflows go, with their schedules.
pub(crate) fn undeploy(scene: &Scene<'_>) {
    scene.rsqlctl(&["undeploy", "month_end", "nightly_flights", "--reason", "test"], 0);
    let left = scene.deployment.look("resources", &scene.deployment.stack);
    let rules: Vec<_> = left["rules"]["default"].as_object().expect("rules by name").keys().collect();
    assert_eq!(rules, ["NAME-tick"], "a schedule's rule is still there");
}

/// Hosts go: one is taken away by its group, the others are shut down. Each leaves in good order.
pub(crate) fn hosts_go(scene: &Scene<'_>, hosts: Vec<(Machine, Host)>) {
    for (number, (machine, host)) in hosts.into_iter().enumerate() {
        if number == 0 {
            machine.take_away();
            assert!(host.ended().success(), "the host that was taken away did not end well");
        } else {
            assert!(host.terminate().success(), "a worker did not drain");
        }
    }
    let tally = scene.source.tally();
    assert!(tally.errors.is_empty() && tally.crashes == 0, "{tally:?}");
    assert_eq!(scene.queued("dead-events") + scene.queued("dead-jobs"), 0);
}

/// Names of the processes that began attempts; a worker's name is `host-pid-random/slot`.
fn workers_of(seen: &Seen) -> BTreeSet<&str> {
    let begun = seen.audit.iter().filter(|record| record["kind"] == "attempt_started");
    begun.filter_map(|record| record["by"].as_str()?.split('/').next()).collect()
}
