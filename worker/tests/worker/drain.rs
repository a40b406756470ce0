//! Slots, the receive loop, and the ways in which an agent ends.

use std::time::Duration;

use fleet_core::state::JobStatus;
use fleet_core::time::Millis;
use tokio::time::Instant;
use worker::AgentReport;

use crate::support::{Act, Bench, Slip, workflow};

const TWO_JOBS: &str = "workflow: w\njobs:\n  - { id: load, script: a.sh }\n  - { id: more, script: b.sh }\n";

#[tokio::test(start_paused = true)]
async fn a_draining_worker_lets_its_jobs_end_and_takes_no_more() {
    let mut bench = Bench::new(TWO_JOBS);
    bench.runner.acts([Act::Take(Duration::from_secs(100))]);
    bench.send(1, 0);
    bench.start();
    bench.until("it runs", |bench| bench.store.count("run load 1.0") == 1).await;
    bench.drain.cancel();
    bench.jobs.put(bench.message("more", 1, 0).to_text());
    let report = bench.ended().await;
    assert_eq!(report, AgentReport { succeeded: 1, ..AgentReport::default() });
    assert_eq!(bench.row().status, JobStatus::Succeeded);
    assert_eq!((bench.store.count("run more 1.0"), bench.store.row("more").is_none()), (0, true));
    // The long poll that was under way received it, and gave it back at once.
    assert_eq!((bench.jobs.bodies().len(), bench.jobs.received()), (1, 1));
    assert_eq!(bench.jobs.hidden_for(), Millis(0));
}

#[tokio::test(start_paused = true)]
async fn an_idle_worker_ends_at_once() {
    let mut bench = Bench::new(TWO_JOBS);
    bench.start();
    bench.until("it polls", |bench| bench.store.count("jobs.receive") == 1).await;
    let began = Instant::now();
    assert_eq!(bench.end().await, AgentReport::default());
    assert!(began.elapsed() <= Duration::from_secs(1), "{:?}", began.elapsed());
}

#[tokio::test(start_paused = true)]
async fn jobs_that_outlast_the_drain_are_handed_over() {
    let mut bench = Bench::new(&workflow(""));
    bench.runner.acts([Act::Hang]);
    bench.send(1, 0);
    bench.start();
    bench.until("it runs", |bench| bench.store.count("run load 1.0") == 1).await;
    let began = Instant::now();
    assert_eq!(bench.end().await, AgentReport { handed_over: 1, ..AgentReport::default() });
    let took = began.elapsed();
    assert!(took >= Duration::from_secs(300) && took < Duration::from_secs(302), "{took:?}");
    assert_eq!((bench.row().status, bench.row().turn.attempt), (JobStatus::Waiting, 2));
    assert_eq!(bench.audit(), ["AttemptStarted 1.0", "HandedOver 1.0"]);
    // Another worker finds the successor at once.
    assert_eq!((bench.jobs.bodies().len(), bench.jobs.hidden_for()), (1, Millis(0)));
    bench.drain = Default::default();
    bench.start();
    bench.until_done().await;
    assert_eq!((bench.row().status, bench.row().failures), (JobStatus::Succeeded, 0));
}

#[tokio::test(start_paused = true)]
async fn an_order_to_stop_hands_over_at_once() {
    let mut bench = Bench::new(&workflow(""));
    bench.runner.acts([Act::Hang]);
    bench.send(1, 0);
    bench.start();
    bench.until("it runs", |bench| bench.store.count("run load 1.0") == 1).await;
    bench.drain.cancel();
    bench.stop.cancel();
    let began = Instant::now();
    assert_eq!(bench.ended().await.handed_over, 1);
    assert!(began.elapsed() <= Duration::from_secs(2), "{:?}", began.elapsed());
    // The receive under way may have brought the successor; another worker finds it at once.
    assert_eq!((bench.jobs.bodies().len(), bench.jobs.hidden_for()), (1, Millis(0)));
}

#[tokio::test(start_paused = true)]
async fn a_stop_does_not_wait_for_what_does_not_listen() {
    let mut bench = Bench::new(&workflow(""));
    bench.runner.acts([Act::Deaf]);
    bench.send(1, 0);
    bench.start();
    bench.until("it runs", |bench| bench.store.count("run load 1.0") == 1).await;
    bench.stop.cancel();
    let began = Instant::now();
    assert_eq!(bench.ended().await, AgentReport::default());
    assert!(
        began.elapsed() <= bench.settings.stop_limit.to_std() + Duration::from_secs(2),
        "{:?}",
        began.elapsed()
    );
    // Its lease runs out, and its message comes again.
    assert_eq!((bench.row().status, bench.jobs.bodies().len()), (JobStatus::Running, 1));
}

#[tokio::test(start_paused = true)]
async fn no_more_is_received_than_there_are_slots() {
    let mut bench = Bench::new(TWO_JOBS);
    bench.settings.slots = 1;
    bench.runner.acts([Act::Take(Duration::from_secs(10)), Act::Take(Duration::from_secs(10))]);
    bench.send(1, 0);
    bench.jobs.put(bench.message("more", 1, 0).to_text());
    bench.start();
    let waited = bench.until_done().await;
    assert!(waited >= Millis::from_secs(20) && waited < Millis::from_secs(21), "{waited}");
    let records = bench.store.records();
    assert!(records.iter().all(|record| record.by.ends_with("/1")), "{records:?}");
    assert_eq!(bench.end().await.succeeded, 2);
}

#[tokio::test(start_paused = true)]
async fn slots_work_side_by_side() {
    let mut bench = Bench::new(TWO_JOBS);
    bench.runner.acts([Act::Take(Duration::from_secs(10)), Act::Take(Duration::from_secs(10))]);
    bench.send(1, 0);
    bench.jobs.put(bench.message("more", 1, 0).to_text());
    bench.start();
    let waited = bench.until_done().await;
    assert!(waited < Millis::from_secs(11), "{waited}");
    let records = bench.store.records();
    let workers: std::collections::BTreeSet<&str> = records.iter().map(|record| record.by.as_str()).collect();
    assert_eq!(workers.len(), 2, "{workers:?}");
}

#[tokio::test(start_paused = true)]
async fn a_queue_that_is_away_is_asked_again() {
    let mut bench = Bench::new(&workflow(""));
    bench.store.slips("jobs.receive", &[Slip::Before, Slip::Refused, Slip::Before]);
    bench.send(1, 0);
    bench.start();
    bench.until_done().await;
    assert_eq!(bench.end().await.succeeded, 1);
}
