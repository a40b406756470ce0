//! What every `Announcer` adapter must do.

use super::report::{Checked, Report, holds, run_checks, same};
use super::sample::{execution_id, full_job, job, minute, workflow};
use super::together::Later;
use crate::alert::{Alert, AlertKind, StatusChange};
use crate::ports::Announcer;
use crate::state::{ExecutionStatus, JobStatus, Turn};

/// Changes that need several requests in some systems.
const MANY: u32 = 25;

/// Everything that has been published so far, in its order. Copies may be among it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Published {
    /// Alerts.
    pub alerts: Vec<Alert>,
    /// Status changes.
    pub changes: Vec<StatusChange>,
}

struct Bench<'a> {
    announcer: &'a dyn Announcer,
    published: &'a (dyn Fn() -> Later<Published> + Sync),
}

/// Runs the suite. `published` gives what came out at the other end.
pub async fn announcer(
    announcer: &dyn Announcer,
    published: &(dyn Fn() -> Later<Published> + Sync),
) -> Report {
    let mut report = Report::default();
    let bench = &Bench { announcer, published };
    run_checks!(
        report,
        bench,
        an_alert_arrives_whole,
        every_kind_of_alert_is_taken,
        the_same_alert_may_come_again,
        changes_arrive_in_order,
        announcing_nothing_is_no_fault,
    );
    report
}

fn alert(execution: &str, kind: AlertKind) -> Alert {
    Alert {
        kind,
        workflow_id: workflow("nightly"),
        workflow_execution_id: execution_id(execution),
        job_id: Some(job("load")),
        turn: Turn { attempt: 2, look: 0 },
        at: minute(1),
        topic: None,
        message: "it's \"näh\"".to_owned(),
        result: full_job().result,
    }
}

async fn alerts(bench: &Bench<'_>, execution: &str) -> Vec<Alert> {
    let id = execution_id(execution);
    let published = (bench.published)().await;
    published.alerts.into_iter().filter(|alert| alert.workflow_execution_id == id).collect()
}

async fn an_alert_arrives_whole(bench: &Bench<'_>) -> Checked {
    let sent = alert("alert-whole", AlertKind::JobFailed);
    bench.announcer.alert(&sent).await?;
    same("the alerts", &alerts(bench, "alert-whole").await, &vec![sent])
}

async fn every_kind_of_alert_is_taken(bench: &Bench<'_>) -> Checked {
    let kinds = [
        AlertKind::JobFailed,
        AlertKind::ExecutionFailed,
        AlertKind::Late,
        AlertKind::Poisoned,
        AlertKind::Recovered,
        AlertKind::Rejected,
    ];
    let sent = kinds.map(|kind| Alert { job_id: None, result: None, ..alert("alert-kinds", kind) });
    for alert in &sent {
        bench.announcer.alert(alert).await?;
    }
    same("the alerts", &alerts(bench, "alert-kinds").await, &sent.to_vec())
}

async fn the_same_alert_may_come_again(bench: &Bench<'_>) -> Checked {
    let sent = alert("alert-again", AlertKind::Late);
    bench.announcer.alert(&sent).await?;
    bench.announcer.alert(&sent).await?;
    let found = alerts(bench, "alert-again").await;
    holds("it arrived", found.iter().all(|found| *found == sent) && !found.is_empty())
}

async fn changes_arrive_in_order(bench: &Bench<'_>) -> Checked {
    let id = execution_id("changes");
    let job_change = |number: u32| StatusChange::Job {
        workflow_id: workflow("nightly"),
        workflow_execution_id: id.clone(),
        job_id: job(&format!("j{number}")),
        status: JobStatus::Succeeded,
        at: minute(number),
    };
    let mut changes: Vec<StatusChange> = (0..MANY).map(job_change).collect();
    changes.push(StatusChange::Execution {
        workflow_id: workflow("nightly"),
        workflow_execution_id: id.clone(),
        status: ExecutionStatus::Failed,
        at: minute(MANY),
    });
    bench.announcer.announce(&changes).await?;
    same("the changes", &(bench.published)().await.changes, &changes)
}

async fn announcing_nothing_is_no_fault(bench: &Bench<'_>) -> Checked {
    let before = (bench.published)().await;
    bench.announcer.announce(&[]).await?;
    same("what is published", &(bench.published)().await, &before)
}
