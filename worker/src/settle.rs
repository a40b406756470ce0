//! Recording an attempt's end, and what follows: the next turn's message or the settled event, the alert, the end of the
//! message. Owns their order: the message goes last, when all else is durable. What an end comes to is
//! `fleet_core::state::settle`'s to say.

use fleet_core::audit::{AuditKind, AuditRecord};
use fleet_core::ports::{Delivery, PortError};
use fleet_core::state::settle::{self, SettleError, Settlement};
use fleet_core::state::{JobRow, Versioned};
use fleet_core::time::Timestamp;

use crate::agent::{Outcome, Shared};
use crate::record::{Happened, Wrote};
use crate::runner::Ran;
use crate::task::Task;

/// Rounds of recording. Each lost round means that somebody has set a flag on the row meanwhile.
const ROUNDS_MAX: usize = 8;

/// The attempt that has ended.
pub(crate) struct Attempt<'a> {
    pub(crate) shared: &'a Shared,
    pub(crate) task: &'a Task,
    pub(crate) delivery: &'a Delivery,
}

impl Attempt<'_> {
    /// Records how it ended, and sees to what follows.
    pub(crate) async fn settle(&self, held: Versioned<JobRow>, ran: Ran) -> Result<Outcome, PortError> {
        let task = self.task;
        let mut held = held;
        for _ in 0..ROUNDS_MAX {
            let now = self.shared.ports.clock.now();
            let ending = (ran.end, ran.result.clone());
            let decided =
                settle::decide(&held.row, task.holder(), ending, task.job(), task.execution_id(), now);
            let Settlement { row, kind, successor } = match decided {
                Ok(settlement) => settlement,
                Err(SettleError::Fenced { .. }) => return self.fenced(&ran).await,
                Err(SettleError::Illegal(error)) => return Err(refused(&error)),
            };
            let mut detail = ran.result.summary();
            if let Some(next) = successor.filter(|_| kind == AuditKind::WillRetry) {
                detail = format!("{detail}; attempt {} in {}", next.turn.attempt, next.delay);
            }
            let of = (task.execution_id(), task.job_id());
            let audit = self.happened(kind, now, detail);
            match self.shared.record_end(of, held.rev, row, audit).await? {
                Wrote::Done(recorded) => {
                    self.follow(&recorded.row, successor).await?;
                    return Ok(outcome(kind));
                }
                Wrote::Stale(Some(found)) => held = found,
                Wrote::Stale(None) => return self.fenced(&ran).await,
            }
        }
        Err(refused(&"its row changed again and again"))
    }

    /// Notes a result that came too late. The message is not ours to delete: whoever holds the job deals with it.
    pub(crate) async fn fenced(&self, ran: &Ran) -> Result<Outcome, PortError> {
        let detail = format!("its lease was lost; it had ended with: {}", ran.result.summary());
        self.shared.note(self.happened(AuditKind::Fenced, self.shared.ports.clock.now(), detail)).await?;
        Ok(Outcome::Fenced)
    }

    async fn follow(&self, row: &JobRow, successor: Option<settle::Successor>) -> Result<(), PortError> {
        let (shared, task) = (self.shared, self.task);
        match successor {
            Some(next) => shared.send_turn(&task.message, next).await?,
            None => shared.send_settled(task.message.settled()).await?,
        }
        shared.alert_failure(&task.execution, &task.definition, task.job(), row).await?;
        shared.delete(&self.delivery.receipt).await
    }

    fn happened(&self, kind: AuditKind, at: Timestamp, detail: String) -> AuditRecord {
        Happened { kind, turn: self.task.turn, at, by: &self.task.worker, detail }.record(&self.task.message)
    }
}

fn refused(cause: &dyn std::fmt::Display) -> PortError {
    PortError::Refused { what: "settle the attempt".to_owned(), cause: cause.to_string() }
}

fn outcome(kind: AuditKind) -> Outcome {
    match kind {
        AuditKind::Succeeded => Outcome::Succeeded,
        AuditKind::Cancelled => Outcome::Cancelled,
        AuditKind::WillRetry => Outcome::Retried,
        AuditKind::LookedAt => Outcome::Looked,
        AuditKind::HandedOver => Outcome::HandedOver,
        // `decide` gives these five and `Failed`.
        _ => Outcome::Failed,
    }
}
