//! END: the execution is over. Owns its final status, the alerts that follow from it, and the proof that they were
//! published. An execution is ended once; its announcement may be repeated, and is never left out.

use fleet_core::alert::{Alert, AlertKind, StatusChange};
use fleet_core::audit::AuditKind;
use fleet_core::ports::{Before, Filter};
use fleet_core::state::readiness;
use fleet_core::state::{CancelCause, ExecutionRow, ExecutionStatus, Turn};
use fleet_core::time::Millis;
use fleet_core::workflow::AlertOn;

use crate::fault::Fault;
use crate::open::Open;

/// How long the announcement of an end may take before a tick tries it again.
const ANNOUNCE_AGAIN: Millis = Millis::from_mins(5);

impl Open<'_> {
    /// Ends the execution under this step's generation, and announces it.
    pub(crate) async fn finish(&mut self) -> Result<(), Fault> {
        let now = self.now;
        let audit = self.audit(None, Turn::default(), AuditKind::Ended, String::new());
        let change = |row: &ExecutionRow| {
            if !row.status.is_open() {
                return Ok(None);
            }
            let mut ended = row.clone();
            ended.status = row.status.after(readiness::ending(row))?;
            ended.ended_at = Some(now);
            // Until the end is announced, a tick sees to it if this dispatcher does not.
            ended.attention_at = Some(now + ANNOUNCE_AGAIN);
            Ok(Some(ended))
        };
        self.amend(change, &[audit]).await?;
        self.announce_end().await
    }

    /// Announces the end, unless that is known to have been done.
    pub(crate) async fn announce_end(&mut self) -> Result<(), Fault> {
        if self.row.status.is_open() || self.row.announced {
            return Ok(());
        }
        if let Some(alert) = self.ending_alert().await? {
            self.ports.alert(&alert).await?;
        }
        self.announce_status().await?;
        let change = |row: &ExecutionRow| {
            let announced = ExecutionRow { announced: true, attention_at: None, ..row.clone() };
            Ok((!row.announced && !row.status.is_open()).then_some(announced))
        };
        self.amend(change, &[]).await?;
        Ok(())
    }

    /// Puts the execution's status on the bus.
    pub(crate) async fn announce_status(&self) -> Result<(), Fault> {
        let change = StatusChange::Execution {
            workflow_id: self.row.workflow_id.clone(),
            workflow_execution_id: self.id().clone(),
            status: self.row.status,
            at: self.row.ended_at.unwrap_or(self.row.generation_at),
        };
        Ok(self.ports.announce(&[change]).await?)
    }

    async fn ending_alert(&self) -> Result<Option<Alert>, Fault> {
        let wanted = |on: AlertOn| self.definition.alerts.on.contains(&on);
        match self.row.status {
            ExecutionStatus::Failed if wanted(AlertOn::Failure) => Ok(Some(self.failure_alert().await?)),
            ExecutionStatus::Succeeded if wanted(AlertOn::Recovered) && self.follows_failure().await? => {
                let message = "it succeeded after a failure".to_owned();
                Ok(Some(self.alert(AlertKind::Recovered, message)))
            }
            _ => Ok(None),
        }
    }

    async fn failure_alert(&self) -> Result<Alert, Fault> {
        let timed_out = self.row.cancel.as_ref().is_some_and(|cancel| cancel.cause == CancelCause::Timeout);
        let Some(job) = self.row.failed.as_ref().filter(|_| !timed_out) else {
            let message = "it ran out of time: the workflow's `timeout` has passed".to_owned();
            return Ok(self.alert(AlertKind::ExecutionFailed, message));
        };
        let row = self.ports.executions.jobs(self.id(), std::slice::from_ref(job)).await?.pop().flatten();
        let mut alert = self.alert(AlertKind::ExecutionFailed, format!("job {job} failed"));
        alert.job_id = Some(job.clone());
        if let Some(found) = row {
            alert.turn = found.row.turn;
            alert.result = found.row.result;
        }
        Ok(alert)
    }

    /// Whether this execution was resumed, or the one before it failed.
    async fn follows_failure(&self) -> Result<bool, Fault> {
        if self.row.generation > 0 {
            return Ok(true);
        }
        let filter = Filter {
            workflow: Some(self.row.workflow_id.clone()),
            open_only: false,
            before: Some(Before::of(&self.row)),
        };
        let before = self.ports.executions.list(&filter, 1).await?;
        Ok(before.first().is_some_and(|row| row.status == ExecutionStatus::Failed))
    }

    pub(crate) fn alert(&self, kind: AlertKind, message: String) -> Alert {
        Alert {
            kind,
            workflow_id: self.row.workflow_id.clone(),
            workflow_execution_id: self.id().clone(),
            job_id: None,
            turn: Turn::default(),
            at: self.now,
            topic: self.definition.alerts.topic.clone(),
            message,
            result: None,
        }
    }
}
