//! The local scheduler: what fires when, once, and after downtime.

use std::sync::Arc;

use crate::common::{Bench, patient};
use fleet_core::ids::WorkflowId;
use fleet_core::ports::{BATCH_MAX, Current, Definitions as _, Queue as _};
use fleet_core::time::{Millis, Timestamp};
use fleet_core::wire::{Event, Start};
use fleet_core::workflow::Definition;
use fleet_embedded::{Queue, Scheduler};
use tokio_util::sync::CancellationToken;

const EVENTS: &str = "events";

fn definition(workflow: &str, schedules: &serde_json::Value) -> Definition {
    let text = serde_json::json!({
        "format": Definition::FORMAT,
        "workflow_id": workflow,
        "schedules": schedules,
        "on_failure": "stop",
        "alerts": { "on": ["failure"] },
        "jobs": [{ "id": "load", "work": { "script": { "path": "load.sql", "kind": "sql" } } }],
    });
    serde_json::from_value(text).expect("it is a legal definition")
}

fn daily(catch_up: &str) -> serde_json::Value {
    serde_json::json!([{ "cron": "0 2 * * ? *", "timezone": "UTC", "catch_up": catch_up }])
}

async fn deploy(bench: &Bench, workflow: &str, schedules: &serde_json::Value) {
    let definition = definition(workflow, schedules);
    let current = Current {
        workflow_id: definition.workflow_id.clone(),
        text: String::new(),
        source: String::new(),
        version: Some(definition.version()),
        by: String::new(),
        at: Timestamp::default(),
    };
    bench.store.deploy(&current, &definition, &[]).await.expect("it can be deployed");
}

fn events(bench: &Bench) -> Queue {
    bench.store.queue(EVENTS, patient())
}

fn scheduler(bench: &Bench) -> Scheduler {
    Scheduler::new(bench.store.clone(), Arc::new(events(bench)), bench.hand.clock())
}

/// Takes all events off the queue; ticks are only counted.
async fn taken(bench: &Bench) -> (Vec<Start>, usize) {
    let (queue, mut starts, mut ticks) = (events(bench), Vec::new(), 0);
    loop {
        let page = queue.receive(BATCH_MAX, Millis(0)).await.expect("it can be received");
        if page.is_empty() {
            return (starts, ticks);
        }
        for delivery in page {
            match Event::from_text(&delivery.body).expect("it is an event") {
                Event::Start(start) => starts.push(start),
                other => {
                    assert_eq!(other, Event::Tick, "a scheduler sends starts and ticks");
                    ticks += 1;
                }
            }
            queue.delete(&[delivery.receipt]).await.expect("it can be deleted");
        }
    }
}

/// Goes to this time, has one turn, and gives the ids that were started.
async fn turn_at(bench: &Bench, scheduler: &mut Scheduler, time: &str) -> Vec<String> {
    let time = Timestamp::parse(time).expect("it is a time");
    bench.hand.turn(time.since(bench.hand.now()));
    let turned = scheduler.turn(bench.hand.now()).await.expect("it can turn");
    let (starts, _) = taken(bench).await;
    let sent: Vec<_> = starts.into_iter().filter_map(|start| start.workflow_execution_id).collect();
    assert_eq!(sent, turned.started, "what it says it sent");
    sent.iter().map(ToString::to_string).collect()
}

#[tokio::test]
async fn a_start_says_what_it_is() {
    let bench = Bench::new();
    let schedule = serde_json::json!([{
        "cron": "30 1 * * ? *",
        "timezone": "Europe/London",
        "params": { "region": "north" },
    }]);
    deploy(&bench, "nightly", &schedule).await;
    let mut scheduler = scheduler(&bench);
    scheduler.turn(bench.hand.now()).await.unwrap();
    taken(&bench).await;
    bench.hand.turn(Timestamp::parse("2027-06-01T00:30:10Z").unwrap().since(bench.hand.now()));
    scheduler.turn(bench.hand.now()).await.unwrap();
    let (starts, _) = taken(&bench).await;
    let start = starts.last().unwrap();
    let expect = Start {
        workflow_id: WorkflowId::parse("nightly").unwrap(),
        workflow_execution_id: Some("nightly-20270601T003000Z".parse().unwrap()),
        params: [("region".to_owned(), "north".to_owned())].into(),
        scheduled_at: Some(Timestamp::parse("2027-06-01T00:30:00Z").unwrap()),
        timezone: Some("Europe/London".to_owned()),
        by: "schedule".to_owned(),
        reason: "30 1 * * ? * Europe/London".to_owned(),
    };
    assert_eq!(start, &expect);
}

#[tokio::test]
async fn what_is_due_fires_once() {
    let bench = Bench::new();
    deploy(&bench, "nightly", &daily("latest")).await;
    let mut first = scheduler(&bench);
    let nothing: [&str; 0] = [];
    assert_eq!(
        turn_at(&bench, &mut first, "2026-11-22T02:00:00Z").await,
        nothing,
        "the past of a new deployment"
    );
    assert_eq!(turn_at(&bench, &mut first, "2026-11-23T01:59:59Z").await, nothing);
    assert_eq!(turn_at(&bench, &mut first, "2026-11-23T02:00:00Z").await, ["nightly-20261123T020000Z"]);
    assert_eq!(turn_at(&bench, &mut first, "2026-11-23T02:00:01Z").await, nothing);
    let mut second = scheduler(&bench);
    assert_eq!(turn_at(&bench, &mut second, "2026-11-23T02:00:02Z").await, nothing, "another process");
    assert_eq!(turn_at(&bench, &mut second, "2026-11-24T02:00:00Z").await, ["nightly-20261124T020000Z"]);
    assert_eq!(turn_at(&bench, &mut first, "2026-11-24T02:00:30Z").await, nothing);
}

#[tokio::test]
async fn downtime_is_made_up_for_by_policy() {
    async fn check(catch_up: &str, back_at: &str, expect: &[&str]) {
        let bench = Bench::new();
        deploy(&bench, "nightly", &daily(catch_up)).await;
        turn_at(&bench, &mut scheduler(&bench), "2026-11-22T12:00:00Z").await;
        let seen = turn_at(&bench, &mut scheduler(&bench), back_at).await;
        assert_eq!(seen, expect, "{catch_up} at {back_at}");
        let again = turn_at(&bench, &mut scheduler(&bench), back_at).await;
        assert!(again.is_empty(), "{catch_up} at {back_at}: {again:?} once more");
    }
    let missed = ["nightly-20261123T020000Z", "nightly-20261124T020000Z", "nightly-20261125T020000Z"];
    check("skip", "2026-11-25T09:00:00Z", &[]).await;
    check("latest", "2026-11-25T09:00:00Z", &missed[2..]).await;
    check("all", "2026-11-25T09:00:00Z", &missed).await;
    // Back in time for the last one.
    check("skip", "2026-11-25T02:01:00Z", &missed[2..]).await;
    check("latest", "2026-11-25T02:01:00Z", &missed[2..]).await;
    check("all", "2026-11-25T02:01:00Z", &missed).await;
}

#[tokio::test]
async fn a_long_backlog_goes_in_batches() {
    let bench = Bench::new();
    let hourly = serde_json::json!([{ "cron": "0 * * * ? *", "timezone": "UTC", "catch_up": "all" }]);
    deploy(&bench, "hourly", &hourly).await;
    let mut scheduler = scheduler(&bench);
    turn_at(&bench, &mut scheduler, "2026-11-22T12:30:00Z").await;
    let seen = turn_at(&bench, &mut scheduler, "2026-11-24T12:30:00Z").await;
    assert_eq!(seen.len(), 48);
}

#[tokio::test]
async fn deployments_are_seen_by_a_running_scheduler() {
    let bench = Bench::new();
    let mut scheduler = scheduler(&bench);
    let nothing: [&str; 0] = [];
    turn_at(&bench, &mut scheduler, "2026-11-22T12:00:00Z").await;
    deploy(&bench, "nightly", &daily("all")).await;
    turn_at(&bench, &mut scheduler, "2026-11-22T12:00:05Z").await;
    assert_eq!(turn_at(&bench, &mut scheduler, "2026-11-23T02:00:00Z").await, ["nightly-20261123T020000Z"]);
    let later = serde_json::json!([{ "cron": "0 3 * * ? *", "timezone": "UTC", "catch_up": "all" }]);
    deploy(&bench, "nightly", &later).await;
    assert_eq!(turn_at(&bench, &mut scheduler, "2026-11-23T02:30:00Z").await, nothing);
    assert_eq!(turn_at(&bench, &mut scheduler, "2026-11-23T03:00:00Z").await, ["nightly-20261123T030000Z"]);
    deploy(&bench, "nightly", &serde_json::json!([])).await;
    assert_eq!(turn_at(&bench, &mut scheduler, "2026-11-25T03:00:00Z").await, nothing);
    deploy(&bench, "nightly", &daily("all")).await;
    assert_eq!(turn_at(&bench, &mut scheduler, "2026-11-26T12:00:00Z").await, nothing, "put back, it is new");
}

#[tokio::test]
async fn a_tick_comes_every_minute_from_one_scheduler() {
    let bench = Bench::new();
    let (mut one, mut other) = (scheduler(&bench), scheduler(&bench));
    let mut ticks = 0;
    for _ in 0..4 {
        for scheduler in [&mut one, &mut other] {
            let turned = scheduler.turn(bench.hand.now()).await.unwrap();
            assert!(turned.next > bench.hand.now());
        }
        ticks += taken(&bench).await.1;
        bench.hand.turn(Millis::from_secs(30));
    }
    assert_eq!(ticks, 2);
}

#[tokio::test]
async fn a_running_scheduler_fires_and_stops() {
    let bench = Bench::new();
    deploy(&bench, "nightly", &daily("latest")).await;
    let stop = CancellationToken::new();
    let running = tokio::spawn(scheduler(&bench).run(stop.clone()));
    let queue = events(&bench);
    let first = queue.receive(1, Millis::from_secs(30)).await.unwrap();
    assert_eq!(Event::from_text(&first[0].body).unwrap(), Event::Tick);
    // It has looked at its schedules by the time of the next tick.
    bench.hand.turn(Millis::from_mins(1));
    assert_eq!(queue.receive(1, Millis::from_secs(30)).await.unwrap().len(), 1);
    bench.hand.turn(Millis::from_mins(24 * 60));
    let mut bodies = String::new();
    while !bodies.contains("nightly-20261123T020000Z") {
        let found = queue.receive(BATCH_MAX, Millis::from_secs(30)).await.unwrap();
        assert!(!found.is_empty(), "nothing but {bodies}");
        bodies.extend(found.into_iter().map(|delivery| delivery.body));
    }
    stop.cancel();
    running.await.unwrap();
}
