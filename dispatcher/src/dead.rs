//! Draining the jobs queue's dead letters. Owns turning a message that no worker ever finished into a failed job and an
//! alert, so that its execution ends.

use fleet_core::alert::AlertKind;
use fleet_core::audit::AuditKind;
use fleet_core::ports::{BATCH_MAX, Delivery, PortError, Queue, Recorded};
use fleet_core::state::claim;
use fleet_core::time::{Millis, Timestamp};
use fleet_core::wire::JobMessage;

use crate::Ports;
use crate::fault::Fault;
use crate::open::{Open, WRITE_TRIES_MAX};

/// How far clocks may disagree when a lease is taken for run out.
const MARGIN: Millis = Millis::from_secs(5);
/// How long a dead letter that cannot be read, or whose job is still at work, is left alone.
const PATIENCE: Millis = Millis::from_mins(5);

/// Takes up to a batch of dead letters and settles their jobs as failed. Unreadable ones stay for an operator. Returns how
/// many were settled.
///
/// # Errors
/// [`PortError`] when the queue itself cannot be read or written; single letters that fail come again.
pub async fn drain_dead_letters(ports: &Ports, dead: &dyn Queue, now: Timestamp) -> Result<usize, PortError> {
    let letters = dead.receive(BATCH_MAX, Millis(0)).await?;
    let mut settled = 0;
    for letter in &letters {
        match bury(ports, letter, now).await {
            Ok(true) => {
                dead.delete(std::slice::from_ref(&letter.receipt)).await?;
                settled += 1;
            }
            Ok(false) => dead.hide(&letter.receipt, PATIENCE).await?,
            Err(fault) => {
                tracing::error!(message = %letter.id.0, %fault, "drain a dead letter");
                dead.hide(&letter.receipt, PATIENCE).await?;
            }
        }
    }
    Ok(settled)
}

/// Settles the job of one dead letter; `false` leaves the letter for later.
async fn bury(ports: &Ports, letter: &Delivery, now: Timestamp) -> Result<bool, Fault> {
    let message = JobMessage::from_text(&letter.body).map_err(|error| Fault::Rejected(error.to_string()))?;
    let Some(open) = Open::read(ports, &message.workflow_execution_id, now).await? else { return Ok(true) };
    if open.row.generation > message.generation {
        return Ok(true);
    }
    let Some(job) = open.definition.find(&message.job_id) else { return Ok(true) };
    for _ in 0..WRITE_TRIES_MAX {
        let found = open.rows(&[job]).await?.pop().flatten();
        let seen = found.as_ref().map(|found| found.rev);
        let row = found.map(|found| found.row);
        let Some(failed) = claim::poison(row.as_ref(), &message, now, MARGIN)? else {
            let settled = row.is_some_and(|row| row.status.is_settled());
            if settled {
                open.send_settled([message.job_id.clone()]).await?;
            }
            return Ok(settled);
        };
        let why = failed.result.as_ref().map(|result| result.message.clone()).unwrap_or_default();
        let audit = open.audit(Some(&message.job_id), failed.turn, AuditKind::Failed, why.clone());
        if let Recorded::Done(_) = open.record(&message.job_id, seen, &failed, &[audit]).await? {
            open.alert_poisoned(&message, why).await?;
            open.send_settled([message.job_id.clone()]).await?;
            return Ok(true);
        }
    }
    Err(Fault::Contended(format!("job {} of execution {}", message.job_id, open.id())))
}

impl Open<'_> {
    async fn alert_poisoned(&self, message: &JobMessage, why: String) -> Result<(), Fault> {
        let mut alert = self.alert(AlertKind::Poisoned, why);
        alert.job_id = Some(message.job_id.clone());
        alert.turn = message.turn;
        Ok(self.ports.announcer.alert(&alert).await?)
    }
}
