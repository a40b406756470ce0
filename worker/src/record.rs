//! Writing what the worker decides: the conditional write of a job's row with its audit record, and what follows from it,
//! each retried. Owns the recognition of a write whose answer was lost. Does not decide anything.

use fleet_core::alert::Alert;
use fleet_core::audit::{AuditKind, AuditRecord, AuditSubject};
use fleet_core::ids::{ExecutionId, JobId};
use fleet_core::ports::{DELAY_MAX, JobWrite, Outgoing, PortError, Receipt, Recorded};
use fleet_core::state::settle::Successor;
use fleet_core::state::{ExecutionRow, JobRow, Rev, Turn, Versioned};
use fleet_core::time::{Millis, Timestamp};
use fleet_core::wire::{Event, JobMessage, JobSettled};
use fleet_core::workflow::{Definition, Job};

use crate::agent::Shared;
use crate::patience;

/// Longest publishing of an alert, tries included: it holds a slot that jobs wait for.
const ALERT_LIMIT: Millis = Millis::from_secs(15);

/// What came of a conditional write.
pub(crate) enum Wrote {
    /// It took effect; this is the row now.
    Done(Versioned<JobRow>),
    /// The row is not as it had been seen; this is how it is.
    Stale(Option<Versioned<JobRow>>),
}

/// What happened to a job's try, for the audit.
pub(crate) struct Happened<'a> {
    pub(crate) kind: AuditKind,
    pub(crate) turn: Turn,
    pub(crate) at: Timestamp,
    pub(crate) by: &'a str,
    pub(crate) detail: String,
}

impl Happened<'_> {
    /// The record of it. Its key is the same however often it is written.
    pub(crate) fn record(self, message: &JobMessage) -> AuditRecord {
        AuditRecord {
            subject: AuditSubject {
                workflow_id: message.workflow_id.clone(),
                workflow_execution_id: Some(message.workflow_execution_id.clone()),
                job_id: Some(message.job_id.clone()),
                turn: self.turn,
                generation: message.generation,
            },
            kind: self.kind,
            at: self.at,
            by: self.by.to_owned(),
            detail: self.detail,
            distinct: String::new(),
        }
    }
}

impl Shared {
    /// Writes `row` over the revision that was seen, with its audit record.
    pub(crate) async fn record(
        &self,
        (execution, job): (&ExecutionId, &JobId),
        seen: Option<Rev>,
        row: JobRow,
        audit: AuditRecord,
    ) -> Result<Wrote, PortError> {
        let audit = [audit];
        let write = JobWrite { execution, job, seen, row: &row, audit: &audit };
        let recorded =
            patience::insist("record a job", || self.ports.executions.record_job(write.clone())).await?;
        Ok(wrote(row, recorded))
    }

    /// As [`Shared::record`], for the end of an attempt: as long as it is not recorded, the work may be done once more.
    pub(crate) async fn record_end(
        &self,
        (execution, job): (&ExecutionId, &JobId),
        seen: Rev,
        row: JobRow,
        audit: AuditRecord,
    ) -> Result<Wrote, PortError> {
        let audit = [audit];
        let write = JobWrite { execution, job, seen: Some(seen), row: &row, audit: &audit };
        let record = || self.ports.executions.record_job(write.clone());
        let recorded = patience::persist("record an attempt's end", record).await?;
        Ok(wrote(row, recorded))
    }

    /// Adds an audit record that comes with no change of state.
    pub(crate) async fn note(&self, audit: AuditRecord) -> Result<(), PortError> {
        let audit = [audit];
        patience::insist("add an audit record", || self.ports.executions.note(&audit)).await
    }

    /// Sends the message for a later turn of the same job. Delays beyond the queue's longest go in hops: the message comes
    /// early, finds the row waiting, and is sent again for the rest.
    pub(crate) async fn send_turn(&self, message: &JobMessage, next: Successor) -> Result<(), PortError> {
        let ready_at = self.ports.clock.now() + next.delay;
        let body = JobMessage { turn: next.turn, ready_at, ..message.clone() }.to_text();
        let outgoing = Outgoing::after(next.delay.min(DELAY_MAX), body);
        let outgoing = [outgoing.in_trace(fleet_telemetry::current_traceparent())];
        patience::insist("send a job message", || self.ports.jobs.send(&outgoing)).await
    }

    /// Tells the dispatcher that a job is settled.
    pub(crate) async fn send_settled(&self, news: JobSettled) -> Result<(), PortError> {
        let outgoing = Outgoing::now(Event::JobSettled(news).to_text());
        let outgoing = [outgoing.in_trace(fleet_telemetry::current_traceparent())];
        patience::insist("send a settled event", || self.ports.events.send(&outgoing)).await
    }

    /// Publishes the alert of a job that has failed for good, if its workflow wants it. What takes longer than
    /// [`ALERT_LIMIT`] is an error, and the message that comes again tries once more.
    pub(crate) async fn alert_failure(
        &self,
        execution: &ExecutionRow,
        definition: &Definition,
        job: &Job,
        row: &JobRow,
    ) -> Result<(), PortError> {
        let Some(alert) = Alert::of_failed_job(execution, definition, job, row) else { return Ok(()) };
        let published = patience::insist("publish an alert", || self.publish(&alert));
        tokio::time::timeout(ALERT_LIMIT.to_std(), published).await.unwrap_or_else(|_| {
            let cause = format!("it was not published within {ALERT_LIMIT}");
            Err(PortError::Unavailable { what: format!("publish the alert of job {}", job.id), cause })
        })
    }

    /// Publishes an alert, once nothing can take back what it tells.
    async fn publish(&self, alert: &Alert) -> Result<(), PortError> {
        self.ports.executions.secure().await?;
        self.ports.announcer.alert(alert).await
    }

    /// Deletes a message. Nothing depends on it: one that stays comes again and finds all done.
    pub(crate) async fn delete(&self, receipt: &Receipt) -> Result<(), PortError> {
        let receipts = std::slice::from_ref(receipt);
        patience::insist("delete a job message", || self.ports.jobs.delete(receipts)).await
    }
}

fn wrote(row: JobRow, recorded: Recorded<JobRow>) -> Wrote {
    match recorded {
        Recorded::Done(rev) => Wrote::Done(Versioned { rev, row }),
        Recorded::Stale(Some(found)) if took_effect(&row, &found.row) => Wrote::Done(*found),
        Recorded::Stale(found) => Wrote::Stale(found.map(|found| *found)),
    }
}

/// Whether the row found is the one that was to be written, apart from what others may have added since: flags, cursors.
fn took_effect(ours: &JobRow, found: &JobRow) -> bool {
    ours.status == found.status
        && ours.generation == found.generation
        && ours.turn == found.turn
        && ours.fence == found.fence
        && ours.lease == found.lease
        && ours.not_before == found.not_before
        && ours.started_at == found.started_at
        && ours.ended_at == found.ended_at
        && ours.result == found.result
}

#[cfg(test)]
mod tests {
    use super::*;
    use fleet_core::state::JobStatus;

    #[test]
    fn a_write_is_recognised_by_what_it_decided() {
        let ours = JobRow { status: JobStatus::Running, fence: 2, ..JobRow::default() };
        assert!(took_effect(&ours, &JobRow { told: 3, slot: true, ..ours.clone() }));
        assert!(!took_effect(&ours, &JobRow { fence: 3, ..ours.clone() }));
        assert!(!took_effect(&ours, &JobRow { status: JobStatus::Cancelled, ..ours.clone() }));
    }
}
