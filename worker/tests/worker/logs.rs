//! Logs: complete, in order, stamped as lines come, without secrets; and a job that waits for its log.

use std::sync::atomic::Ordering;
use std::time::Duration;

use fleet_core::ports::LogStream;
use fleet_core::state::JobStatus;
use fleet_core::time::Millis;

use crate::support::{Act, Bench, Slip, cancel, workflow};

#[tokio::test(start_paused = true)]
async fn a_log_tells_its_attempt_from_first_to_last() {
    let mut bench = Bench::new(&workflow(""));
    bench.runner.acts([Act::Print(vec!["one", "", "pass hunter2 word"])]);
    bench.send(1, 0);
    bench.start();
    bench.until_done().await;
    assert_eq!(bench.store.lines(1, LogStream::Out), ["one", "", "pass [redacted] word"]);
    let told = bench.store.lines(1, LogStream::Worker);
    assert!(told[0].starts_with("attempt 1 of job load in x-1, workflow w version "), "{told:?}");
    assert!(told[0].ends_with(", on host-1-a/1"), "{told:?}");
    assert_eq!(told[1], "script load.rsql sha256:00");
    assert_eq!(told[2], "ended after 0s: exited (exit code 0, 7 rows)");
}

#[tokio::test(start_paused = true)]
async fn a_log_that_cannot_be_written_holds_the_job_up() {
    let mut bench = Bench::new(&workflow(""));
    bench.runner.acts([Act::Print(vec!["one", "two"])]);
    bench.store.break_down("log.write");
    bench.send(1, 0);
    bench.start();
    // Far beyond a lease: the job is held up, and stays ours.
    bench.until("it tries for ten minutes", |bench| bench.store.count("log.write") > 80).await;
    assert_eq!((bench.row().status, bench.row().fence), (JobStatus::Running, 1));
    bench.store.mend("log.write");
    bench.until_done().await;
    assert_eq!(bench.row().status, JobStatus::Succeeded);
    assert_eq!(bench.store.lines(1, LogStream::Out), ["one", "two"]);
    // Stamped when they came, not when they could be written.
    let log = bench.store.log(1);
    assert!(bench.clock.now().since(log[0].at) > Millis::from_mins(9), "{log:?}");
}

#[tokio::test(start_paused = true)]
async fn a_job_held_up_by_its_log_can_be_cancelled() {
    let mut bench = Bench::new(&workflow(""));
    bench.runner.acts([Act::Exit(0)]);
    bench.store.break_down("log.write");
    bench.send(1, 0);
    bench.start();
    bench.until("it tries", |bench| bench.store.count("log.write") > 3).await;
    let flag = cancel(bench.clock.now());
    bench.store.write("load", |row| row.cancel = Some(flag));
    let waited = bench.until_done().await;
    assert!(waited < Millis::from_secs(31), "{waited}");
    // It had ended by itself before.
    assert_eq!(bench.row().status, JobStatus::Succeeded);
}

#[tokio::test(start_paused = true)]
async fn a_job_does_not_run_before_its_log_is_open() {
    let mut bench = Bench::new(&workflow(""));
    bench.store.slips("log.open", &[Slip::Before; 3]);
    bench.send(1, 0);
    bench.start();
    bench.until_done().await;
    let trace = bench.store.trace();
    let ran = trace.iter().position(|said| said == "run load 1.0").unwrap();
    assert_eq!(trace[..ran].iter().filter(|said| *said == "log.open").count(), 4);
    assert_eq!(bench.row().status, JobStatus::Succeeded);
}

#[tokio::test(start_paused = true)]
async fn a_log_that_is_refused_fails_the_job() {
    let mut bench = Bench::new(&workflow(""));
    bench.store.slips("log.open", &[Slip::Refused]);
    bench.send(1, 0);
    bench.start();
    bench.until_done().await;
    assert_eq!((bench.row().status, bench.store.count("run load 1.0")), (JobStatus::Failed, 0));
    assert_eq!(bench.row().result.unwrap().message, "log.open: on purpose");
}

#[tokio::test(start_paused = true)]
async fn lines_are_stamped_as_they_come() {
    let mut bench = Bench::new(&workflow(""));
    bench.runner.acts([Act::Take(Duration::from_secs(10))]);
    bench.send(1, 0);
    bench.start();
    bench.until_done().await;
    let log = bench.store.log(1);
    let (first, last) = (log.first().unwrap(), log.last().unwrap());
    assert_eq!(last.at.since(first.at), Millis::from_secs(10));
    assert!(last.text.starts_with("ended after 10s: exited"), "{}", last.text);
}

#[tokio::test(start_paused = true)]
async fn an_end_waits_a_little_until_its_log_can_be_read() {
    let mut bench = Bench::new(&workflow(""));
    bench.runner.acts([Act::Print(vec!["one"])]);
    bench.store.logs_are_away.store(true, Ordering::Relaxed);
    bench.send(1, 0);
    let began = tokio::time::Instant::now();
    bench.start();
    bench.until("it flushes", |bench| bench.store.count("log.flush") > 0).await;
    assert_eq!(bench.row().status, JobStatus::Running);
    bench.until_done().await;
    assert_eq!(bench.row().status, JobStatus::Succeeded);
    let took = began.elapsed();
    assert!(took >= Duration::from_secs(5) && took < Duration::from_secs(10), "{took:?}");
}
