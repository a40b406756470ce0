//! Draining the jobs queue's dead letters. Owns giving a job whose message died a new one, or, when no worker could ever
//! claim it, turning it into a failed job and an alert, so that its execution ends.

use fleet_core::alert::{Alert, AlertKind};
use fleet_core::audit::AuditKind;
use fleet_core::ports::{BATCH_MAX, DELAY_MAX, Delivery, Outgoing, PortError, Queue, Recorded};
use fleet_core::state::JobRow;
use fleet_core::state::claim::{self, Burial, POISONED};
use fleet_core::time::{Millis, Timestamp};
use fleet_core::wire::JobMessage;
use fleet_core::workflow::JobIx;
use tracing::Instrument as _;

use crate::fault::Fault;
use crate::open::{Open, WRITE_TRIES_MAX};
use crate::{Ports, spans};

/// How far clocks may disagree when a lease is taken for run out.
const MARGIN: Millis = Millis::from_secs(5);
/// How long a dead letter that cannot be read, or dealt with just now, is left alone.
const PATIENCE: Millis = Millis::from_mins(5);
/// The least that a dead letter is left alone whose job is at work.
const PATIENCE_FIRST: Millis = Millis::from_secs(1);

/// What became of a dead letter.
enum Buried {
    /// It is dealt with: delete it.
    Done,
    /// Its job is at work: look again after this span.
    Later(Millis),
}

/// Takes up to a batch of dead letters and deals with them. Unreadable ones stay for an operator. Returns how many were dealt
/// with.
///
/// # Errors
/// [`PortError`] when the queue itself cannot be read or written; single letters that fail come again.
pub async fn drain_dead_letters(ports: &Ports, dead: &dyn Queue, now: Timestamp) -> Result<usize, PortError> {
    let letters = dead.receive(BATCH_MAX, Millis(0)).await?;
    let mut settled = 0;
    for letter in &letters {
        match bury(ports, letter, now).instrument(spans::of_dead_letter(letter)).await {
            Ok(Buried::Done) => {
                dead.delete(std::slice::from_ref(&letter.receipt)).await?;
                settled += 1;
            }
            Ok(Buried::Later(span)) => dead.hide(&letter.receipt, span).await?,
            Err(fault) => {
                tracing::error!(message_id = %letter.id.0, %fault, "drain a dead letter");
                dead.hide(&letter.receipt, PATIENCE).await?;
            }
        }
    }
    Ok(settled)
}

/// Deals with one dead letter.
async fn bury(ports: &Ports, letter: &Delivery, now: Timestamp) -> Result<Buried, Fault> {
    let message = JobMessage::from_text(&letter.body).map_err(|error| Fault::Rejected(error.to_string()))?;
    let Some(open) = Open::read(ports, &message.workflow_execution_id, now).await? else {
        return Ok(Buried::Done);
    };
    if open.row.generation > message.generation {
        return Ok(Buried::Done);
    }
    let Some(job) = open.definition.find(&message.job_id) else { return Ok(Buried::Done) };
    for _ in 0..WRITE_TRIES_MAX {
        let found = open.rows(&[job]).await?.pop().flatten();
        let (seen, row) = (found.as_ref().map(|found| found.rev), found.map(|found| found.row));
        match claim::bury(row.as_ref(), &message, now, MARGIN)? {
            Burial::Later(span) => return Ok(Buried::Later(span.max(PATIENCE_FIRST))),
            Burial::Drop => return Ok(Buried::Done),
            Burial::Settled => {
                // Whoever settled it may have died before it said so, or before the alert.
                open.send_settled([message.job_id.clone()]).await?;
                if let Some(row) = row {
                    open.alert_again(&message, job, &row).await?;
                }
                return Ok(Buried::Done);
            }
            Burial::Resend { turn, delay } => {
                let again = JobMessage { turn, ready_at: now + delay, ..message };
                let outgoing = Outgoing::after(delay.min(DELAY_MAX), again.to_text())
                    .in_trace(fleet_telemetry::current_traceparent());
                open.queue_of(job).send(&[outgoing]).await?;
                return Ok(Buried::Done);
            }
            Burial::Fail(failed) => {
                let audit =
                    open.audit(Some(&message.job_id), failed.turn, AuditKind::Failed, POISONED.to_owned());
                if let Recorded::Done(_) = open.record(&message.job_id, seen, &failed, &[audit]).await? {
                    open.alert_poisoned(&message).await?;
                    open.send_settled([message.job_id.clone()]).await?;
                    return Ok(Buried::Done);
                }
            }
        }
    }
    Err(Fault::Contended(format!("job {} of execution {}", message.job_id, open.id())))
}

impl Open<'_> {
    /// The alert of a job that failed before its message died.
    async fn alert_again(&self, message: &JobMessage, job: JobIx, row: &JobRow) -> Result<(), Fault> {
        if row.result.as_ref().is_some_and(|result| result.message == POISONED) {
            return self.alert_poisoned(message).await;
        }
        let failed = self.definition.job(job);
        let alert = failed.and_then(|job| Alert::of_failed_job(&self.row, &self.definition, job, row));
        if let Some(alert) = alert {
            self.ports.alert(&alert).await?;
        }
        Ok(())
    }

    async fn alert_poisoned(&self, message: &JobMessage) -> Result<(), Fault> {
        let mut alert = self.alert(AlertKind::Poisoned, POISONED.to_owned());
        alert.job_id = Some(message.job_id.clone());
        alert.turn = message.turn;
        Ok(self.ports.alert(&alert).await?)
    }
}
