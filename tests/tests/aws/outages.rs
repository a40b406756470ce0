//! One service of AWS is away for a while, all others answer: what goes on meanwhile, what waits, and that all of it is there
//! once the service is back. docs/operations tells operators the same. A network that breaks calls at random is `faults`'.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use fleet_tests::aws_proxy::{AwsProxy, Call, Fault};
use fleet_tests::moto::Moto;
use serde_json::{Value, json};

use crate::support::{Endpoints, Fleet, SOON, Seen, Setup, eventually};

const TICK: &str = r#"{"v":1,"event":"tick"}"#;
/// Longer than the five deliveries of a job's message would last, 4 s each in these tests.
const LONG: Duration = Duration::from_secs(24);

/// A way to AWS on which one service can be away.
struct Way {
    proxy: AwsProxy,
    away: Arc<Mutex<Option<&'static str>>>,
}

impl Way {
    fn new() -> Way {
        let away: Arc<Mutex<Option<&'static str>>> = Arc::default();
        let aim = Arc::clone(&away);
        let proxy = AwsProxy::start(Moto::shared().endpoint(), move |call: &Call| {
            (*lock(&aim) == Some(call.service.as_str())).then_some(Fault::Broken)
        });
        Way { proxy, away }
    }

    /// A fleet all of whose processes go this way; the test itself does not.
    fn fleet(&self) -> Fleet {
        Fleet::with(Setup { endpoints: Endpoints::all(&self.proxy.endpoint()), ..Setup::default() })
    }

    fn breaks(&self, service: &'static str) {
        *lock(&self.away) = Some(service);
    }

    fn heals(&self) {
        *lock(&self.away) = None;
    }

    /// How many calls the outage has cost so far: none means that the test tested nothing.
    fn broken(&self) -> u64 {
        self.proxy.faults().values().sum()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Waits for jobs to come to this, as [`Seen::summary`] tells it, whatever the execution says of itself.
fn jobs_to_be(fleet: &Fleet, summary: &str) -> Seen {
    eventually(&format!("jobs to be {summary}"), SOON, || {
        fleet.seen("run-1").filter(|seen| seen.summary() == summary)
    })
}

/// A tick, as there is one every minute, unless the last one is still under way.
fn tick(fleet: &Fleet) {
    if fleet.queued("events") == 0 {
        fleet.send_event(TICK);
    }
}

/// Ticks until the execution has ended and said so.
fn ticked_to_its_end(fleet: &Fleet, status: &str) -> Seen {
    eventually(&format!("run-1 to be {status}"), SOON * 2, || {
        tick(fleet);
        fleet.seen("run-1").filter(|seen| seen.status() == status && seen.execution["announced"] == true)
    })
}

#[test]
fn while_sns_is_away_work_goes_on_and_alerts_come_later() {
    let way = Way::new();
    let fleet = way.fleet();
    fleet.noting("wrong.rsql", "select 1 / 0;\n");
    fleet.noting("note.rsql", "select 1;\n");
    let jobs = json!([
        {"id": "wrong", "script": "wrong.rsql"},
        {"id": "clean", "script": "note.rsql", "needs": ["wrong"], "run_if": "all_settled"},
    ]);
    fleet.define(&json!({"workflow_id": "night", "connection": "warehouse", "jobs": jobs}));
    let alerts = fleet.hear_alerts();
    way.breaks("sns");
    let (_source, _host) = (fleet.dispatch(), fleet.worker());
    fleet.start("night", "run-1");
    jobs_to_be(&fleet, "clean succeeded 1, wrong failed 1");
    let ended = eventually("the end", SOON, || fleet.seen("run-1").filter(|seen| seen.status() == "failed"));
    assert_eq!(ended.execution["announced"], false, "{:#}", ended.execution);
    // The message of the failed job comes again for the sake of its alert, until it is a dead letter.
    eventually("the alert's message to be a dead letter", SOON, || {
        (fleet.queued("dead-jobs") == 1).then_some(())
    });
    assert!(alerts.queued().is_empty());
    way.heals();
    ticked_to_its_end(&fleet, "failed");
    let both = |texts: &Vec<String>| {
        ["job_failed", "execution_failed"].iter().all(|kind| texts.iter().any(|text| text.contains(kind)))
    };
    eventually("both alerts, and the end of the dead letter", SOON, || {
        tick(&fleet);
        (both(&alerts.queued()) && fleet.queued("dead-jobs") == 0).then_some(())
    });
    assert_eq!(fleet.database.psql("select count(*) from run_log"), "2");
}

#[test]
fn while_the_bus_is_away_jobs_go_on() {
    let way = Way::new();
    let fleet = way.fleet();
    fleet.noting("note.rsql", "select 1;\n");
    let jobs = json!([
        {"id": "a", "script": "note.rsql"}, {"id": "b", "script": "note.rsql", "needs": ["a"]},
    ]);
    fleet.define(&json!({"workflow_id": "night", "connection": "warehouse", "jobs": jobs}));
    fleet.start("night", "run-1");
    way.breaks("events");
    let (_source, _host) = (fleet.dispatch(), fleet.worker());
    jobs_to_be(&fleet, "a succeeded 1, b succeeded 1");
    eventually("the end to meet the outage", SOON, || (way.broken() > 0).then_some(()));
    assert_eq!(fleet.seen("run-1").expect("it was started").execution["announced"], false);
    way.heals();
    let seen = fleet.wait_for("run-1", "succeeded");
    fleet.check(&seen, &[("b".to_owned(), vec!["a".to_owned()])].into());
    fleet.wait_for_empty("events");
    assert_eq!(fleet.database.psql("select count(*) from run_log"), "2");
}

/// One job that waits in its queue; nobody works yet.
fn one_queued_job(fleet: &Fleet) {
    fleet.noting("note.rsql", "select 1;\n");
    let jobs = json!([{"id": "a", "script": "note.rsql"}]);
    fleet.define(&json!({"workflow_id": "night", "connection": "warehouse", "jobs": jobs}));
    fleet.start("night", "run-1");
    let _source = fleet.dispatch();
    eventually("the job to be queued", SOON, || (fleet.queued("jobs") == 1).then_some(()));
}

#[test]
fn while_the_store_is_away_everything_waits() {
    let way = Way::new();
    let fleet = way.fleet();
    one_queued_job(&fleet);
    way.breaks("dynamodb");
    let (source, _host) = (fleet.dispatch(), fleet.worker());
    fleet.start("night", "run-2");
    eventually("the start to fail", SOON, || (!source.tally().failed.is_empty()).then_some(()));
    way.heals();
    for id in ["run-1", "run-2"] {
        let seen = fleet.wait_for(id, "succeeded");
        fleet.check(&seen, &[].into());
    }
    assert_eq!(fleet.database.psql("select count(*) from run_log"), "2");
}

#[test]
fn a_store_that_stays_away_costs_a_queued_job_no_delivery() {
    let way = Way::new();
    let fleet = way.fleet();
    one_queued_job(&fleet);
    way.breaks("dynamodb");
    let (began, host) = (Instant::now(), fleet.worker());
    eventually("the job's message to be kept all the time", SOON * 2, || {
        let kept = host.said().matches("a job message is kept until the port is back").count();
        (kept > 1 && began.elapsed() > LONG).then_some(())
    });
    way.heals();
    let _source = fleet.dispatch();
    let seen = fleet.wait_for("run-1", "succeeded");
    assert_eq!(seen.summary(), "a succeeded 1");
    assert_eq!(fleet.queued("dead-jobs"), 0);
    assert!(host.terminate().success());
}

#[test]
fn while_the_queues_are_away_running_jobs_end() {
    let way = Way::new();
    let fleet = way.fleet();
    fleet.script("waits.sh", "#!/bin/sh\nwhile [ ! -e go ]; do sleep 0.05; done\n");
    fleet.noting("note.rsql", "select 1;\n");
    let jobs = json!([
        {"id": "waits", "script": "waits.sh"}, {"id": "after", "script": "note.rsql", "needs": ["waits"]},
    ]);
    fleet.define(&json!({"workflow_id": "night", "connection": "warehouse", "jobs": jobs}));
    let (_source, _host) = (fleet.dispatch(), fleet.worker());
    fleet.start("night", "run-1");
    jobs_to_be(&fleet, "waits running 1");
    way.breaks("sqs");
    fleet.script("go", "");
    jobs_to_be(&fleet, "waits succeeded 1");
    way.heals();
    let seen = fleet.wait_for("run-1", "succeeded");
    assert_eq!(seen.summary(), "after succeeded 1, waits succeeded 1");
    fleet.check(&seen, &[("after".to_owned(), vec!["waits".to_owned()])].into());
    assert!(way.broken() > 0);
}

#[test]
fn while_secrets_are_away_retry_decides() {
    let way = Way::new();
    let fleet = way.fleet();
    fleet.noting("note.rsql", "select 1;\n");
    let retry = json!({"attempts": 20, "backoff": "1s", "max": "1s"});
    let jobs = json!([
        {"id": "patient", "script": "note.rsql", "retry": retry},
        {"id": "hasty", "script": "note.rsql", "allow_failure": true},
    ]);
    fleet.define(&json!({"workflow_id": "night", "connection": "warehouse", "jobs": jobs}));
    way.breaks("secretsmanager");
    let (_source, _host) = (fleet.dispatch(), fleet.worker());
    fleet.start("night", "run-1");
    let why = eventually("both to meet the outage", SOON, || {
        let seen = fleet.seen("run-1").filter(|seen| seen.kinds(Some("patient")).contains(&"will_retry"))?;
        seen.jobs.get("hasty").filter(|row| row["status"] == "failed").map(|row| row["result"].to_string())
    });
    assert!(why.contains("connection `warehouse`"), "{why}");
    way.heals();
    let seen = fleet.wait_for("run-1", "succeeded");
    fleet.check(&seen, &[].into());
    assert_eq!(fleet.database.psql("select job from run_log"), "patient");
}

#[test]
fn while_logs_are_away_jobs_go_on_and_lines_come_later() {
    let way = Way::new();
    let fleet = way.fleet();
    fleet.noting("tell.rsql", "\\echo told in the outage\n");
    let jobs =
        json!([{"id": "a", "script": "tell.rsql"}, {"id": "b", "script": "tell.rsql", "needs": ["a"]}]);
    fleet.define(&json!({"workflow_id": "night", "connection": "warehouse", "jobs": jobs}));
    way.breaks("logs");
    let (_source, _host) = (fleet.dispatch(), fleet.worker());
    fleet.start("night", "run-1");
    fleet.wait_for("run-1", "succeeded");
    assert!(way.broken() > 0);
    way.heals();
    let group = format!("/{}/jobs", fleet.stack);
    for stream in ["run-1/a/1", "run-1/b/1"] {
        eventually(&format!("the lines of {stream}"), SOON, || {
            let events = fleet.aws.logs("FilterLogEvents", &json!({"logGroupName": group}));
            let told = |event: &Value| {
                event["logStreamName"] == *stream
                    && event["message"].to_string().contains("told in the outage")
            };
            events["events"].as_array()?.iter().any(told).then_some(())
        });
    }
}
