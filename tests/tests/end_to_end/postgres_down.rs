//! The database is away: at the start of a job, for good or for a while, and in the middle of one.

use fleet_tests::postgres::{Postgres, StopMode};

use crate::support::{Project, SOON, Setup, eventually};

const LOAD: &str = "insert into loaded values (:'job_id');
select pg_sleep(case when :attempt = 1 and :slow then 60 else 0 end);
";

const WORKFLOW: &str = r#"workflow: night
params: { slow: "false" }
jobs:
  - { id: load, script: load.rsql, vars: { slow: "{{ slow }}" }, retry: RETRY }
"#;

/// A project on a server of its own, which the test may stop.
fn project(retry: &str) -> Project {
    Setup::on(Postgres::start())
        .noting("load.rsql", LOAD)
        .workflow(&WORKFLOW.replace("RETRY", retry))
        .deployed()
}

fn retried(project: &Project) -> Option<()> {
    project.execution("run-1")?;
    project.audit("run-1").kinds("load").contains(&"will_retry").then_some(())
}

#[test]
fn a_server_that_stays_away_fails_the_job_after_its_tries() {
    let project = project("{ attempts: 3, backoff: 200ms, max: 400ms }");
    project.database().stop(StopMode::Fast);
    let execution = project.run("night", "run-1", 3);
    assert_eq!(execution.summary(), "load failed 3");
    let message = execution.job("load")["message"].as_str().expect("a failed job says why");
    assert!(message.contains("Connection refused"), "{message}");
    let tries =
        ["attempt_started", "will_retry", "attempt_started", "will_retry", "attempt_started", "failed"];
    assert_eq!(project.audit("run-1").kinds("load"), tries);

    let alerts = project.alerts();
    let kinds: Vec<_> =
        alerts.iter().map(|alert| alert["kind"].as_str().expect("an alert has a kind")).collect();
    assert_eq!(kinds, ["job_failed", "execution_failed"]);
    assert!(alerts.iter().all(|alert| alert.to_string().contains("Connection refused")), "{alerts:#?}");
}

#[test]
fn a_server_that_comes_back_finds_its_job() {
    let project = project("{ attempts: 50, backoff: 300ms, max: 600ms }");
    project.database().stop(StopMode::Fast);
    let _fleet = project.serve(&[]);
    project.start("night", "run-1");
    eventually("a failed attempt", SOON, || retried(&project));
    project.database().start_again();
    let execution = project.wait_for("run-1", "succeeded");
    assert!(execution.job("load")["attempts"].as_u64() > Some(1), "{}", execution.summary());
    assert_eq!(project.psql("select count(*) from loaded"), "1");
    assert!(project.alerts().is_empty());
}

#[test]
fn a_server_that_dies_in_mid_job_costs_an_attempt() {
    let project = project("{ attempts: 50, backoff: 300ms, max: 600ms }");
    let _fleet = project.serve(&[]);
    project.ok(&["start", "night", "--id", "run-1", "-P", "slow=true"]);
    project.wait_for_sleep("load", 1);
    project.database().stop(StopMode::Immediate);
    eventually("the attempt to fail", SOON, || retried(&project));
    project.database().start_again();
    project.wait_for("run-1", "succeeded");
    // The first attempt's insert was committed by itself before the crash.
    assert_eq!(project.psql("select count(*) from loaded"), "2");
    let audit = project.audit("run-1");
    let detail = audit.one("load", "will_retry")["detail"].as_str().expect("a retry says why");
    assert!(
        detail.contains("server closed the connection unexpectedly") || detail.contains("terminat"),
        "{detail}"
    );
}
