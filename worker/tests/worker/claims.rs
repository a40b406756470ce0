//! Every way in which a job message can find its job.

use fleet_core::alert::AlertKind;
use fleet_core::state::{ExecutionStatus, JobRow, JobStatus, Lease, SkipCause, Tally, Turn};
use fleet_core::time::Millis;
use fleet_core::wire::Event;

use worker::AgentReport;

use crate::support::{Act, Bench, Slip, WORKER, cancel, execution_id, job_id, workflow};

fn running(bench: &Bench, message: &str, lease: Millis) -> impl Fn(&mut JobRow) + use<> {
    let until = bench.clock.now() + lease;
    let (now, message) = (bench.clock.now(), message.to_owned());
    move |row| {
        row.format = 1;
        row.status = JobStatus::Running;
        row.turn = Turn { attempt: 1, look: 0 };
        row.fence = 1;
        row.lease = Some(Lease { worker: "lost/1".to_owned(), message: message.clone(), until });
        row.first_started_at = Some(now);
        row.started_at = Some(now);
    }
}

#[tokio::test(start_paused = true)]
async fn a_job_without_a_row_is_taken_run_and_settled() {
    let mut bench = Bench::new(&workflow(""));
    bench.send(1, 0);
    bench.start();
    bench.until_done().await;
    let row = bench.row();
    assert_eq!((row.status, row.fence, row.turn.attempt), (JobStatus::Succeeded, 1, 1));
    assert_eq!(row.result.unwrap().rows, 7);
    assert_eq!(bench.audit(), ["AttemptStarted 1.0", "Succeeded 1.0"]);
    let records = bench.store.records();
    assert!(records.iter().all(|record| record.by == format!("{WORKER}/1")), "{records:?}");
    assert_eq!(records[0].detail, "script load.rsql sha256:00");
    assert_eq!(records[1].detail, "exit code 0, 7 rows");
    let events = bench.events.bodies();
    let [Event::JobSettled(settled)] =
        &events.iter().map(|body| Event::from_text(body).unwrap()).collect::<Vec<_>>()[..]
    else {
        panic!("not one settled event: {events:?}")
    };
    assert_eq!((&settled.workflow_execution_id, settled.job_id.as_str()), (&execution_id(), "load"));
    // Two writes with their audit, one read of the execution, and no heartbeat.
    assert_eq!((bench.store.count("record_job"), bench.store.count("execution")), (2, 1));
    assert!(bench.alerts().is_empty());
    assert_eq!(bench.end().await.succeeded, 1);
}

#[tokio::test(start_paused = true)]
async fn a_row_made_by_counting_is_claimed_with_its_counts() {
    let mut bench = Bench::new(&workflow(""));
    let tally = Tally { settled: 2, good: 2, bad: 0 };
    bench.store.write("load", |row| row.tally = tally);
    bench.send(1, 0);
    bench.start();
    bench.until_done().await;
    assert_eq!((bench.row().status, bench.row().tally), (JobStatus::Succeeded, tally));
    assert_eq!(bench.store.count("run load 1.0"), 1);
}

#[tokio::test(start_paused = true)]
async fn a_claim_whose_answer_was_lost_is_a_claim() {
    let mut bench = Bench::new(&workflow(""));
    bench.store.slips("record_job", &[Slip::After, Slip::None, Slip::After]);
    bench.send(1, 0);
    bench.start();
    bench.until_done().await;
    assert_eq!((bench.row().status, bench.row().fence), (JobStatus::Succeeded, 1));
    assert_eq!(bench.store.count("run load 1.0"), 1);
    assert_eq!(bench.audit(), ["AttemptStarted 1.0", "Succeeded 1.0"]);
}

#[tokio::test(start_paused = true)]
async fn a_second_message_for_the_same_turn_is_a_copy() {
    let mut bench = Bench::new(&workflow(""));
    bench.runner.acts([Act::Hang]);
    bench.send(1, 0);
    bench.start();
    bench.until("it runs", |bench| bench.store.count("run load 1.0") == 1).await;
    bench.send(1, 0);
    bench.until("the copy is gone", |bench| bench.jobs.bodies().len() == 1).await;
    assert_eq!(bench.store.count("run load 1.0"), 1);
    assert_eq!(bench.row().status, JobStatus::Running);
}

#[tokio::test(start_paused = true)]
async fn the_message_of_a_live_lease_sleeps_and_then_takes_over() {
    let mut bench = Bench::new(&workflow(""));
    let message = bench.send(1, 0);
    bench.store.write("load", running(&bench, &message, Millis::from_secs(60)));
    bench.start();
    bench
        .until("it sleeps", |bench| {
            bench.jobs.received() == 1 && bench.jobs.hidden_for() > Millis::from_secs(60)
        })
        .await;
    assert_eq!(bench.row().fence, 1);
    let waited = bench.until_done().await;
    assert!(waited >= Millis::from_secs(64), "{waited}");
    let row = bench.row();
    assert_eq!((row.status, row.fence, row.turn.attempt, row.losses), (JobStatus::Succeeded, 2, 2, 1));
    assert_eq!(bench.audit(), ["TakenOver 2.0", "Succeeded 2.0"]);
    let told = &bench.store.records()[0].detail;
    assert_eq!(told, "lost/1 was lost with attempt 1; script load.rsql sha256:00");
    let trace = bench.store.trace();
    let at = |what: &str| {
        trace.iter().position(|said| said == what).unwrap_or_else(|| panic!("no {what}: {trace:?}"))
    };
    assert!(at("end_lost load 1") < at("run load 2.0"));
}

#[tokio::test(start_paused = true)]
async fn a_lost_attempt_that_cannot_be_ended_keeps_the_next_from_running() {
    let mut bench = Bench::new(&workflow(", retry: { attempts: 2, backoff: 1s }"));
    let message = bench.send(1, 0);
    bench.store.write("load", running(&bench, &message, Millis(0)));
    bench.runner.cannot_end_lost(6);
    bench.start();
    bench.until_done().await;
    // Five tries, then the attempt fails; the next one looks again, and runs.
    assert_eq!(bench.store.count("run load 2.0"), 0);
    assert_eq!((bench.store.count("end_lost load 1"), bench.store.count("end_lost load 2")), (5, 2));
    assert_eq!(bench.audit(), ["TakenOver 2.0", "WillRetry 2.0", "AttemptStarted 3.0", "Succeeded 3.0"]);
}

#[tokio::test(start_paused = true)]
async fn every_attempt_but_the_first_looks_for_what_the_one_before_has_left() {
    async fn check(name: &str, turn: Turn, prepare: impl FnOnce(&mut JobRow), expect: &[&str]) {
        let mut bench = Bench::new(&workflow(""));
        bench.store.write("load", prepare);
        bench.send(turn.attempt, turn.look);
        bench.start();
        bench.until_done().await;
        let trace = bench.store.trace();
        let seen: Vec<&str> =
            trace.iter().map(String::as_str).filter(|said| said.contains(" load ")).collect();
        assert_eq!(seen, expect, "{name}");
    }
    let turn = |attempt, look| Turn { attempt, look };
    check("the first", turn(1, 0), |_| (), &["run load 1.0"]).await;
    let resumed = |row: &mut JobRow| row.turn.attempt = 2;
    check("resumed", turn(3, 0), resumed, &["end_lost load 2", "run load 3.0"]).await;
    let waits = |attempt, look| {
        move |row: &mut JobRow| (row.status, row.turn) = (JobStatus::Waiting, Turn { attempt, look })
    };
    check("a retry", turn(2, 0), waits(2, 0), &["end_lost load 1", "run load 2.0"]).await;
    check("a later look", turn(2, 1), waits(2, 1), &["run load 2.1"]).await;
}

/// A job that was sent before another failed under `on_failure: stop`.
async fn in_a_stopping_execution(more: &str, prepare: impl FnOnce(&mut JobRow)) -> (Bench, AgentReport) {
    let yaml = format!("{}  - {{ id: other, script: other.rsql }}\n", workflow(more));
    let mut bench = Bench::new(&yaml);
    bench.store.change_execution(|row| row.failed = Some(job_id("other")));
    bench.store.write("load", prepare);
    let attempt = bench.row().turn.attempt.max(1);
    bench.send(attempt, 0);
    bench.start();
    bench.until_done().await;
    let report = bench.end().await;
    (bench, report)
}

#[tokio::test(start_paused = true)]
async fn a_job_that_has_not_begun_is_skipped_once_its_execution_stops() {
    for status in [JobStatus::Pending, JobStatus::Held] {
        let tally = Tally { settled: 2, good: 2, bad: 0 };
        let (bench, report) =
            in_a_stopping_execution("", |row| (row.status, row.tally) = (status, tally)).await;
        let row = bench.row();
        assert_eq!((row.status, row.skip, row.tally), (JobStatus::Skipped, Some(SkipCause::Stopped), tally));
        assert_eq!((bench.store.count("run load 1.0"), bench.events.bodies().len()), (0, 1));
        assert_eq!(bench.audit(), ["Skipped 1.0"]);
        assert_eq!(bench.store.records()[0].detail, "on_failure is stop, and a job has failed");
        assert!(bench.alerts().is_empty());
        assert_eq!(report, AgentReport { skipped: 1, ..AgentReport::default() });
    }
}

#[tokio::test(start_paused = true)]
async fn what_has_begun_and_what_is_there_for_the_failure_runs_in_a_stopping_execution() {
    let begun = |row: &mut JobRow| (row.status, row.turn.attempt) = (JobStatus::Waiting, 2);
    let (bench, report) = in_a_stopping_execution("", begun).await;
    assert_eq!((bench.row().status, report.succeeded), (JobStatus::Succeeded, 1));
    let (bench, report) = in_a_stopping_execution(", needs: [other], run_if: all_settled", |_| ()).await;
    assert_eq!((bench.row().status, report.succeeded), (JobStatus::Succeeded, 1));
}

#[tokio::test(start_paused = true)]
async fn a_lost_attempt_is_given_up_where_the_policy_says_so() {
    let mut bench = Bench::new(&workflow(", retry: { attempts: 3, on: [exit_code] }"));
    let message = bench.send(1, 0);
    bench.store.write("load", running(&bench, &message, Millis(0)));
    bench.start();
    bench.until_done().await;
    assert_eq!(bench.row().status, JobStatus::Failed);
    assert_eq!((bench.store.count("end_lost load 1"), bench.events.bodies().len()), (1, 1));
    assert_eq!(bench.audit(), ["Failed 1.0"]);
    assert_eq!(bench.alerts().len(), 1);
    assert_eq!(bench.end().await.failed, 1);
}

#[tokio::test(start_paused = true)]
async fn a_settled_job_is_said_to_be_so_again() {
    let mut bench = Bench::new(&workflow(""));
    bench.store.write("load", |row| row.status = JobStatus::Succeeded);
    bench.send(1, 0);
    bench.start();
    bench.until_done().await;
    assert_eq!((bench.events.bodies().len(), bench.store.count("run load 1.0")), (1, 0));
    assert_eq!(bench.end().await.passed_on, 1);
}

#[tokio::test(start_paused = true)]
async fn a_job_that_waits_for_a_later_turn_gets_its_message_in_hops() {
    let mut bench = Bench::new(&workflow(""));
    let not_before = bench.clock.now() + Millis::from_mins(40);
    bench.store.write("load", |row| {
        row.status = JobStatus::Waiting;
        row.turn = Turn { attempt: 2, look: 0 };
        row.fence = 1;
        row.not_before = Some(not_before);
    });
    bench.send(2, 0);
    bench.start();
    let waited = bench.until_done().await;
    assert!(waited >= Millis::from_mins(40) && waited < Millis::from_mins(41), "{waited}");
    let minutes: Vec<u64> = bench.jobs.delays().iter().map(|delay| delay.0.div_ceil(60_000)).collect();
    assert_eq!(minutes, [15, 15, 10]);
    assert_eq!(bench.audit(), ["AttemptStarted 2.0", "Succeeded 2.0"]);
    // The queue delay counts from when the job was due, not from the last hop.
    assert!(bench.row().queue_delay().unwrap() < Millis::from_secs(1));
}

#[tokio::test(start_paused = true)]
async fn messages_of_another_time_are_dropped() {
    async fn check(name: &str, prepare: impl FnOnce(&Bench)) {
        let mut bench = Bench::new(&workflow(""));
        prepare(&bench);
        bench.send(1, 0);
        bench.start();
        bench.until_done().await;
        assert_eq!((bench.store.count("run load 1.0"), bench.events.bodies().len()), (0, 0), "{name}");
        assert_eq!(bench.end().await.passed_on, 1, "{name}");
    }
    check("row of a newer generation", |bench| bench.store.write("load", |row| row.generation = 1)).await;
    check("execution of a newer generation", |bench| bench.store.change_execution(|row| row.generation = 1))
        .await;
    check("ended execution", |bench| {
        bench.store.change_execution(|row| row.status = ExecutionStatus::Failed);
    })
    .await;
    check("no execution", |bench| bench.store.forget_execution()).await;
    check("an attempt that is over", |bench| bench.store.write("load", |row| row.turn.attempt = 1)).await;
}

#[tokio::test(start_paused = true)]
async fn a_job_of_a_cancelled_execution_is_cancelled_and_not_run() {
    let mut bench = Bench::new(&workflow(""));
    let cancel = cancel(bench.clock.now());
    bench.store.change_execution(|row| row.cancel = Some(cancel));
    bench.send(1, 0);
    bench.start();
    bench.until_done().await;
    assert_eq!(bench.row().status, JobStatus::Cancelled);
    assert_eq!((bench.store.count("run load 1.0"), bench.events.bodies().len()), (0, 1));
    assert_eq!(bench.store.records()[0].detail, "cancelled by ann: wrong day");
    assert_eq!(bench.end().await.cancelled, 1);
}

#[tokio::test(start_paused = true)]
async fn a_lost_attempt_of_a_cancelled_execution_is_ended_and_cancelled() {
    let mut bench = Bench::new(&workflow(""));
    let message = bench.send(1, 0);
    bench.store.write("load", running(&bench, &message, Millis(0)));
    let cancel = cancel(bench.clock.now());
    bench.store.change_execution(|row| row.cancel = Some(cancel));
    bench.start();
    bench.until_done().await;
    assert_eq!(bench.audit(), ["Cancelled 1.0"]);
    assert_eq!((bench.store.count("end_lost load 1"), bench.store.count("run load 2.0")), (1, 0));
}

#[tokio::test(start_paused = true)]
async fn what_nobody_can_read_is_left_to_the_dead_letters() {
    let mut bench = Bench::new(&workflow(""));
    bench.jobs.put("not json".to_owned());
    bench.start();
    bench.until("it comes again", |bench| bench.jobs.received() == 3).await;
    assert_eq!(bench.jobs.bodies(), ["not json"]);
    assert_eq!(bench.end().await.unreadable, 3);
}

#[tokio::test(start_paused = true)]
async fn a_message_without_its_version_is_left() {
    let mut bench = Bench::new(&workflow(""));
    bench.store.forget_definition();
    bench.send(1, 0);
    bench.start();
    bench.until("it comes again", |bench| bench.jobs.received() == 2).await;
    assert!(bench.store.row("load").is_none());
    assert_eq!(bench.end().await.abandoned, 2);
}

#[tokio::test(start_paused = true)]
async fn a_failed_jobs_alert_is_made_up_for_when_its_worker_died_before_it() {
    let mut bench = Bench::new(&workflow(""));
    bench.runner.acts([Act::Exit(9)]);
    bench.settings.slots = 1;
    bench.store.break_down("alert");
    bench.send(1, 0);
    bench.start();
    let waited = bench.until("the slot is free", |bench| bench.store.count("jobs.receive") == 2).await;
    // An alert that cannot be published holds the slot up for 15 s, and half a second is a pause of `until`.
    assert!(waited > Millis::from_secs(10) && waited < Millis(15_600), "{waited}");
    bench.store.mend("alert");
    bench.until_done().await;
    let alerts = bench.alerts();
    assert_eq!((alerts.len(), alerts[0].kind), (1, AlertKind::JobFailed));
    assert_eq!(bench.store.count("run load 1.0"), 1);
}
