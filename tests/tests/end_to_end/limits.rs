//! Time limits and `max_parallel`, as the database sees them.

use fleet_core::ports::{Outgoing, Queue as _};
use fleet_core::time::Millis;
use fleet_core::wire::Event;
use fleet_embedded::QueueSettings;

use crate::support::{Project, SOON, Setup, eventually, open_store};

#[test]
fn a_job_beyond_its_timeout_is_cancelled_on_the_server() {
    let project = Setup::new()
        .noting("slow.rsql", "insert into loaded values (:'job_id');\nselect pg_sleep(60);\n")
        .workflow(
            "workflow: night
jobs:
  - { id: slow, script: slow.rsql, timeout: 1s, retry: { attempts: 2, backoff: 100ms } }
",
        )
        .deployed();
    let execution = project.run("night", "run-1", 3);
    assert_eq!(execution.summary(), "slow failed 2");
    let message = execution.job("slow")["message"].as_str().expect("a failed job says why");
    assert!(message.contains("1s"), "{message}");
    assert_eq!(project.sessions(), "0");
    let kinds = ["attempt_started", "will_retry", "attempt_started", "failed"];
    assert_eq!(project.audit("run-1").kinds("slow"), kinds);
}

#[test]
fn an_execution_beyond_its_timeout_fails() {
    let project = Setup::new()
        .noting("slow.rsql", "select pg_sleep(60);\n")
        .noting("never.rsql", "")
        .workflow(
            "workflow: night
timeout: 1s
jobs:
  - { id: slow, script: slow.rsql }
  - { id: never, script: never.rsql, needs: [slow] }
",
        )
        .deployed();
    let _fleet = project.serve(&[]);
    project.start("night", "run-1");
    project.wait_for_sleep("slow", 1);
    // Time limits are seen at the minute's tick; this is one.
    tick(&project);
    let execution = project.wait_for("run-1", "failed");
    assert_eq!(execution.summary(), "slow cancelled 1, never skipped 0");
    assert_eq!(project.sessions(), "0");
    let told = || project.alerts().into_iter().find(|alert| alert["kind"] == "execution_failed");
    let alert = eventually("the alert", SOON, told);
    assert_eq!(alert["message"], "it ran out of time: the workflow's `timeout` has passed");
}

/// Sends the event that the scheduler sends every minute.
fn tick(project: &Project) {
    let (store, runtime) = open_store(project.folder());
    let settings =
        QueueSettings { visibility: Millis::from_secs(30), max_receives: None, dead_letters: None };
    let events = store.queue("events", settings);
    let message = Outgoing::now(Event::Tick.to_text());
    runtime.block_on(events.send(&[message])).expect("the queue takes an event");
}

#[test]
fn max_parallel_is_reached_and_never_exceeded() {
    let span = "insert into span values (:'job_id', clock_timestamp());
select pg_sleep(0.3);
update span set ended = clock_timestamp() where job = :'job_id';
";
    let mut workflow = "workflow: night\nmax_parallel: 2\njobs:\n".to_owned();
    for number in 1..=6 {
        workflow.push_str(&format!("  - {{ id: job{number}, script: span.rsql }}\n"));
    }
    let project = Setup::new()
        .worker("{ slots: 6, lease: 20s }")
        .noting("span.rsql", span)
        .workflow(&workflow)
        .deployed();
    project.psql("create table span (job text, started timestamptz, ended timestamptz)");
    project.run("night", "run-1", 0);
    let together = "select max(count) from (select count(*) from span a join span b
       on b.started <= a.started and a.started < b.ended group by a.job) as beside";
    assert_eq!(project.psql(together), "2");
    assert_eq!(project.psql("select count(*) from span where ended is not null"), "6");
}
