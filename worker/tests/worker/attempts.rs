//! Attempts: endings, retries, heartbeats, cancels, time limits and lost leases.

use std::time::Duration;

use fleet_core::state::JobStatus;
use fleet_core::state::settle::AttemptEnd;
use fleet_core::time::Millis;

use crate::support::{Act, Bench, Slip, cancel, workflow};

#[tokio::test(start_paused = true)]
async fn a_failed_attempt_is_tried_again() {
    let mut bench = Bench::new(&workflow(", retry: { attempts: 2, backoff: 30s }"));
    bench.runner.acts([Act::Exit(9), Act::Exit(0)]);
    bench.send(1, 0);
    bench.start();
    let waited = bench.until_done().await;
    assert!(waited <= Millis::from_secs(31), "{waited}");
    let row = bench.row();
    assert_eq!((row.status, row.turn.attempt, row.failures, row.fence), (JobStatus::Succeeded, 2, 1, 2));
    assert_eq!(bench.audit(), ["AttemptStarted 1.0", "WillRetry 1.0", "AttemptStarted 2.0", "Succeeded 2.0"]);
    assert!(bench.store.records()[1].detail.starts_with("exit code 9, 7 rows; attempt 2 in "));
    assert!(bench.alerts().is_empty());
    assert_eq!(bench.end().await.retried, 1);
}

#[tokio::test(start_paused = true)]
async fn nothing_runs_while_its_claim_may_be_lost() {
    let mut bench = Bench::new(&workflow(""));
    bench.store.break_down("secure");
    bench.send(1, 0);
    bench.start();
    bench.until("the claim is to be secured, again and again", |bench| bench.store.count("secure") > 3).await;
    assert_eq!((bench.row().status, bench.store.count("run load 1.0")), (JobStatus::Running, 0));
    bench.store.mend("secure");
    bench.until_done().await;
    assert_eq!((bench.row().status, bench.store.count("run load 1.0")), (JobStatus::Succeeded, 1));
}

#[tokio::test(start_paused = true)]
async fn the_last_failure_is_alerted_on() {
    async fn check(more: &str, head: &str, alerts: usize) {
        let mut bench = Bench::new(&workflow(more).replace("jobs:", &format!("{head}jobs:")));
        bench.runner.acts([Act::Exit(9)]);
        bench.send(1, 0);
        bench.start();
        bench.until_done().await;
        assert_eq!(bench.row().status, JobStatus::Failed);
        assert_eq!((bench.alerts().len(), bench.events.bodies().len()), (alerts, 1), "{more} {head}");
        if let Some(alert) = bench.alerts().first() {
            assert_eq!(alert.message, "job load failed in attempt 1: exit code 9, 7 rows");
            assert_eq!(alert.result.as_ref().and_then(|result| result.exit_code), Some(9));
            assert_eq!(alert.topic.as_deref(), Some("etl"));
        }
    }
    check("", "alerts: { topic: etl, on: [failure] }\n", 1).await;
    check(", allow_failure: true", "alerts: { topic: etl, on: [failure] }\n", 0).await;
    check("", "alerts: { topic: etl, on: [recovered] }\n", 0).await;
}

#[tokio::test(start_paused = true)]
async fn success_and_warning_codes_count() {
    async fn check(more: &str, code: i32, expect: (JobStatus, bool)) {
        let mut bench = Bench::new(&workflow(more));
        bench.runner.acts([Act::Exit(code)]);
        bench.send(1, 0);
        bench.start();
        bench.until_done().await;
        let row = bench.row();
        assert_eq!((row.status, row.result.unwrap().warning), expect, "{more} {code}");
    }
    check(", success_codes: [4]", 4, (JobStatus::Succeeded, false)).await;
    check(", warning_codes: [4]", 4, (JobStatus::Succeeded, true)).await;
    check(", warning_codes: [4]", 8, (JobStatus::Failed, false)).await;
}

#[tokio::test(start_paused = true)]
async fn a_time_limit_ends_the_attempt() {
    let mut bench = Bench::new(&workflow(", timeout: 10m"));
    bench.runner.acts([Act::Hang]);
    bench.send(1, 0);
    bench.start();
    let waited = bench.until_done().await;
    assert!(waited >= Millis::from_mins(10) && waited < Millis::from_secs(601), "{waited}");
    assert_eq!(bench.row().status, JobStatus::Failed);
    assert_eq!(bench.row().result.unwrap().message, "it took longer than 10m");
    assert_eq!(bench.store.count("told load 1"), 1);
}

#[tokio::test(start_paused = true)]
async fn a_runner_that_does_not_listen_is_dropped() {
    let mut bench = Bench::new(&workflow(", timeout: 10m"));
    bench.runner.acts([Act::Deaf]);
    bench.send(1, 0);
    bench.start();
    bench.until_done().await;
    let row = bench.row();
    assert_eq!(row.status, JobStatus::Failed);
    let message = row.result.unwrap().message;
    assert!(message.contains("longer than 10m") && message.contains("was dropped"), "{message}");
}

#[tokio::test(start_paused = true)]
async fn a_cancel_reaches_a_running_job() {
    async fn check(cancel_poll: Option<Millis>, within: Millis) {
        let mut bench = Bench::new(&workflow(""));
        bench.settings.cancel_poll = cancel_poll;
        bench.runner.acts([Act::Hang]);
        bench.send(1, 0);
        bench.start();
        bench.until("it runs", |bench| bench.store.count("run load 1.0") == 1).await;
        let cancel = cancel(bench.clock.now());
        bench.store.write("load", |row| row.cancel = Some(cancel));
        let waited = bench.until_done().await;
        assert!(waited <= within, "{waited}");
        assert_eq!(bench.row().status, JobStatus::Cancelled);
        assert_eq!(bench.audit(), ["AttemptStarted 1.0", "Cancelled 1.0"]);
        assert_eq!(bench.store.records()[1].detail, "cancelled by ann: wrong day");
        assert_eq!(bench.end().await.cancelled, 1);
    }
    check(Some(Millis(250)), Millis(300)).await;
    check(None, Millis::from_secs(21)).await;
}

#[tokio::test(start_paused = true)]
async fn a_flag_set_while_the_end_is_recorded_is_no_obstacle() {
    let mut bench = Bench::new(&workflow(""));
    bench.settings.cancel_poll = None;
    let flag = cancel(bench.clock.now());
    let set = move |store: &crate::support::Store| store.write("load", |row| row.cancel = Some(flag.clone()));
    bench.runner.acts([Act::Do(Box::new(set), 0)]);
    bench.send(1, 0);
    bench.start();
    bench.until_done().await;
    assert_eq!(bench.row().status, JobStatus::Succeeded);
    assert_eq!(bench.audit(), ["AttemptStarted 1.0", "Succeeded 1.0"]);
}

#[tokio::test(start_paused = true)]
async fn a_long_job_keeps_its_lease_and_its_message() {
    let mut bench = Bench::new(&workflow(""));
    bench.runner.acts([Act::Take(Duration::from_secs(600))]);
    // Two renewals in a row may fail, and the answer of one be lost.
    bench.store.slips("record_job", &[Slip::None, Slip::None, Slip::Before, Slip::Before, Slip::After]);
    bench.send(1, 0);
    bench.start();
    bench.until_done().await;
    assert_eq!((bench.row().status, bench.row().fence), (JobStatus::Succeeded, 1));
    assert_eq!((bench.store.count("run load 1.0"), bench.jobs.delays().len()), (1, 0));
    assert_eq!(bench.audit(), ["AttemptStarted 1.0", "Succeeded 1.0"]);
    assert_eq!(bench.end().await, worker::AgentReport { succeeded: 1, ..worker::AgentReport::default() });
}

#[tokio::test(start_paused = true)]
async fn a_short_job_has_no_heartbeat() {
    let mut bench = Bench::new(&workflow(""));
    bench.runner.acts([Act::Take(Duration::from_secs(19))]);
    bench.send(1, 0);
    bench.start();
    bench.until_done().await;
    assert_eq!(bench.store.count("record_job"), 2);
}

#[tokio::test(start_paused = true)]
async fn a_lease_that_cannot_be_renewed_stops_the_job_before_it_ends() {
    let mut bench = Bench::new(&workflow(""));
    bench.settings.slots = 1;
    bench.runner.acts([Act::Hang]);
    bench.send(1, 0);
    bench.start();
    bench.until("it runs", |bench| bench.store.count("run load 1.0") == 1).await;
    bench.store.break_down("record_job");
    let waited = bench.until("it is told to end", |bench| bench.store.count("told load 1") == 1).await;
    // The margin and the time to kill a script before the lease ends.
    assert!(waited >= Millis::from_secs(49) && waited <= Millis::from_secs(51), "{waited}");
    // Nothing is recorded, and the message stays: whoever receives it next takes over.
    assert_eq!((bench.row().status, bench.jobs.bodies().len()), (JobStatus::Running, 1));
    bench.store.mend("record_job");
    bench.until_done().await;
    assert_eq!(bench.audit(), ["AttemptStarted 1.0", "TakenOver 2.0", "Succeeded 2.0"]);
    let report = bench.end().await;
    assert_eq!((report.abandoned, report.succeeded), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn a_runner_that_does_not_listen_is_gone_when_its_lease_ends() {
    let mut bench = Bench::new(&workflow(""));
    bench.settings.slots = 1;
    bench.runner.acts([Act::Deaf]);
    bench.send(1, 0);
    bench.start();
    bench.until("it runs", |bench| bench.store.count("run load 1.0") == 1).await;
    bench.store.break_down("record_job");
    // It may receive more than once by the next look: the message becomes visible as the lease ends.
    let waited = bench.until("its slot is free", |bench| bench.store.count("jobs.receive") >= 2).await;
    // Half a second is the longest pause between two looks of `until`.
    let latest = Millis(bench.settings.lease.0 + 500);
    assert!(waited > Millis::from_secs(55) && waited <= latest, "{waited}");
}

#[tokio::test(start_paused = true)]
async fn a_finished_job_is_settled_however_long_the_store_is_away() {
    // Within the lease, and long after it.
    for tries in [40, 400] {
        let mut bench = Bench::new(&workflow(""));
        bench.settings.slots = 1;
        bench.runner.acts([Act::Do(Box::new(|store| store.break_down("record_job")), 0)]);
        bench.send(1, 0);
        bench.start();
        bench.until("it is tried often", |bench| bench.store.count("record_job") > tries).await;
        bench.store.mend("record_job");
        bench.until_done().await;
        assert_eq!(bench.audit(), ["AttemptStarted 1.0", "Succeeded 1.0"], "{tries}");
        assert_eq!(bench.end().await, worker::AgentReport { succeeded: 1, ..Default::default() }, "{tries}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_job_that_ends_just_as_its_lease_is_lost_is_settled() {
    let mut bench = Bench::new(&workflow(""));
    bench.settings.slots = 1;
    bench.runner.acts([Act::EndsAsTold]);
    bench.send(1, 0);
    bench.start();
    bench.until("it runs", |bench| bench.store.count("run load 1.0") == 1).await;
    bench.store.break_down("record_job");
    bench.until("it is told to end", |bench| bench.store.count("told load 1") == 1).await;
    bench.store.mend("record_job");
    bench.until_done().await;
    assert_eq!(bench.audit(), ["AttemptStarted 1.0", "Succeeded 1.0"]);
    assert_eq!(bench.end().await.succeeded, 1);
}

#[tokio::test(start_paused = true)]
async fn an_end_that_cannot_be_recorded_does_not_outlast_the_stop_limit() {
    let mut bench = Bench::new(&workflow(""));
    bench.runner.acts([Act::Do(Box::new(|store| store.break_down("record_job")), 0)]);
    bench.send(1, 0);
    bench.start();
    bench.until("it has ended", |bench| bench.store.count("record_job") > 3).await;
    bench.drain.cancel();
    bench.stop.cancel();
    let began = tokio::time::Instant::now();
    bench.ended().await;
    assert!(began.elapsed() <= Duration::from_secs(12), "{:?}", began.elapsed());
    // The next worker does it once more.
    assert_eq!((bench.row().status, bench.jobs.bodies().len()), (JobStatus::Running, 1));
}

#[tokio::test(start_paused = true)]
async fn a_job_taken_by_another_is_stopped_and_its_result_fenced() {
    let mut bench = Bench::new(&workflow(""));
    bench.runner.acts([Act::Hang]);
    bench.send(1, 0);
    bench.start();
    bench.until("it runs", |bench| bench.store.count("run load 1.0") == 1).await;
    bench.store.write("load", |row| {
        row.fence += 1;
        row.turn.attempt = 2;
    });
    bench.until("the result is noted", |bench| bench.store.count("note") == 1).await;
    assert_eq!(bench.audit(), ["AttemptStarted 1.0", "Fenced 1.0"]);
    assert_eq!((bench.row().status, bench.row().turn.attempt), (JobStatus::Running, 2));
    assert_eq!((bench.jobs.bodies().len(), bench.events.bodies().len()), (1, 0));
    assert_eq!(bench.end().await.fenced, 1);
}

#[tokio::test(start_paused = true)]
async fn a_result_that_comes_after_a_takeover_changes_nothing() {
    let mut bench = Bench::new(&workflow(""));
    let take = |store: &crate::support::Store| {
        store.write("load", |row| {
            row.fence += 1;
            row.turn.attempt = 2;
        });
    };
    bench.runner.acts([Act::Do(Box::new(take), 0)]);
    bench.send(1, 0);
    bench.start();
    bench.until("the result is noted", |bench| bench.store.count("note") == 1).await;
    assert_eq!(bench.audit(), ["AttemptStarted 1.0", "Fenced 1.0"]);
    assert_eq!(bench.store.records()[1].detail, "its lease was lost; it had ended with: exit code 0, 7 rows");
    assert_eq!(bench.jobs.bodies().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn the_message_goes_last() {
    let mut bench = Bench::new(&workflow(""));
    bench.store.break_down("events.send");
    bench.send(1, 0);
    bench.start();
    bench.until("the event is given up", |bench| bench.store.count("events.send") == 12).await;
    assert_eq!((bench.row().status, bench.jobs.bodies().len()), (JobStatus::Succeeded, 1));
    bench.store.mend("events.send");
    bench.until_done().await;
    assert_eq!((bench.events.bodies().len(), bench.store.count("run load 1.0")), (1, 1));
    let trace = bench.store.trace();
    let last = |what: &str| trace.iter().rposition(|said| said == what).unwrap();
    assert!(last("record_job") < last("events.send") && last("events.send") < last("jobs.delete"));
}

#[tokio::test(start_paused = true)]
async fn a_successor_that_was_never_sent_is_sent_by_the_message_that_comes_again() {
    let mut bench = Bench::new(&workflow(", retry: { attempts: 2, backoff: 1s }"));
    bench.runner.acts([Act::Exit(9)]);
    bench.store.break_down("jobs.send");
    bench.send(1, 0);
    bench.start();
    bench.until("the message is given up", |bench| bench.store.count("jobs.send") == 12).await;
    assert_eq!(bench.row().status, JobStatus::Waiting);
    bench.store.mend("jobs.send");
    bench.until_done().await;
    assert_eq!(bench.audit(), ["AttemptStarted 1.0", "WillRetry 1.0", "AttemptStarted 2.0", "Succeeded 2.0"]);
}

#[tokio::test(start_paused = true)]
async fn a_breakdown_costs_the_attempt_and_not_the_slot() {
    let mut bench = Bench::new(&workflow(", retry: { attempts: 3 }"));
    bench.settings.slots = 1;
    bench.runner.acts([Act::Panic]);
    bench.send(1, 0);
    bench.start();
    bench.until_done().await;
    assert_eq!(bench.row().status, JobStatus::Failed);
    assert!(bench.row().result.unwrap().message.starts_with("the worker broke down"));
    bench.store.write("load", |row| *row = fleet_core::state::JobRow::default());
    bench.send(1, 0);
    bench.until_done().await;
    assert_eq!(bench.row().status, JobStatus::Succeeded);
}

#[tokio::test(start_paused = true)]
async fn what_cannot_run_is_not_tried_again() {
    let mut bench = Bench::new(&workflow(", retry: { attempts: 3 }"));
    bench.runner.acts([Act::End(AttemptEnd::Refused)]);
    bench.send(1, 0);
    bench.start();
    bench.until_done().await;
    assert_eq!(bench.audit(), ["AttemptStarted 1.0", "Failed 1.0"]);
}
