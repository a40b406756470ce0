//! Keeping the lease: renewing it, hiding the message for as long, and watching the row for a cancel flag or another
//! holder. Owns what is known of the row while the attempt runs. Does not stop the attempt: it says why to.

use std::sync::Arc;
use std::time::Duration;

use fleet_core::ports::{JobWrite, PortError, Receipt, Recorded};
use fleet_core::state::{Cancel, JobRow, Versioned, settle};
use fleet_core::time::Millis;
use tokio::time::Instant;

use crate::agent::Shared;
use crate::task::Task;

/// Between two tries at a renewal that failed: many fit into what is left of the lease.
const RENEW_PAUSE: Duration = Duration::from_secs(1);

/// What an attempt has to react to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Beat {
    /// The row carries a cancel flag. Said once.
    Cancelled(Cancel),
    /// The job is not ours any more, or soon cannot be known to be.
    Lost(Lost),
}

/// How a lease was lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lost {
    /// Somebody else holds the job, or it is settled.
    Taken,
    /// It could not be renewed in time: others may soon take the job over.
    NotRenewed,
}

/// Keeps one lease.
pub(crate) struct Keeper {
    shared: Arc<Shared>,
    task: Arc<Task>,
    receipt: Receipt,
    held: Versioned<JobRow>,
    /// By the runtime's clock, which no correction of the wall clock moves.
    renew_at: Instant,
    look_at: Option<Instant>,
    valid_until: Instant,
    cancel_said: bool,
}

impl Keeper {
    /// Keeps the lease of a row that was claimed at `claimed`.
    pub(crate) fn new(
        shared: Arc<Shared>,
        task: Arc<Task>,
        receipt: Receipt,
        held: Versioned<JobRow>,
        claimed: Instant,
    ) -> Self {
        let mut keeper = Self {
            shared,
            task,
            receipt,
            held,
            renew_at: claimed,
            look_at: None,
            valid_until: claimed,
            cancel_said: false,
        };
        keeper.renewed(claimed);
        keeper
    }

    /// The row as last seen.
    pub(crate) fn into_held(self) -> Versioned<JobRow> {
        self.held
    }

    /// Keeps the lease until there is something to react to. May be dropped and called again at any time: a renewal whose
    /// answer was not awaited is found out about at the next.
    pub(crate) async fn watch(&mut self) -> Beat {
        loop {
            if let Some(cancel) = self.held.row.cancel.clone().filter(|_| !self.cancel_said) {
                self.cancel_said = true;
                return Beat::Cancelled(cancel);
            }
            let look_at = self.look_at.filter(|at| *at < self.renew_at && !self.cancel_said);
            tokio::time::sleep_until(look_at.unwrap_or(self.renew_at)).await;
            let kept = if look_at.is_some() { self.look().await } else { self.renew().await };
            if let Err(lost) = kept {
                return Beat::Lost(lost);
            }
        }
    }

    /// Reads the row between heartbeats. A store that does not answer must not keep the heartbeat waiting.
    async fn look(&mut self) -> Result<(), Lost> {
        let job = std::slice::from_ref(self.task.job_id());
        let read = self.shared.ports.executions.jobs(self.task.execution_id(), job);
        let read = tokio::time::timeout_at(self.renew_at, read).await;
        self.look_at = self.next_look(Instant::now());
        match read {
            Ok(Ok(mut rows)) => self.adopt(rows.pop().flatten()),
            Ok(Err(error)) => {
                tracing::debug!(%error, "the next heartbeat looks again");
                Ok(())
            }
            Err(_) => Ok(()),
        }
    }

    async fn renew(&mut self) -> Result<(), Lost> {
        loop {
            let asked = Instant::now();
            if asked >= self.valid_until {
                return Err(Lost::NotRenewed);
            }
            let renewed = tokio::time::timeout_at(self.valid_until, self.renew_once()).await;
            match renewed {
                Err(_) => return Err(Lost::NotRenewed),
                Ok(Ok(Renewal::Done)) => {
                    self.renewed(asked);
                    self.hide().await;
                    return Ok(());
                }
                Ok(Ok(Renewal::Again)) => {}
                Ok(Ok(Renewal::Lost)) => return Err(Lost::Taken),
                Ok(Err(error)) => {
                    tracing::warn!(%error, job = %self.task.job_id(), "the lease was not renewed; trying again");
                    tokio::time::sleep(RENEW_PAUSE).await;
                }
            }
        }
    }

    async fn renew_once(&mut self) -> Result<Renewal, PortError> {
        let until = self.shared.ports.clock.now() + self.shared.settings.lease;
        let Ok(row) = settle::renew(&self.held.row, self.task.holder(), until) else {
            return Ok(Renewal::Lost);
        };
        let write = JobWrite {
            execution: self.task.execution_id(),
            job: self.task.job_id(),
            seen: Some(self.held.rev),
            row: &row,
            // A heartbeat changes no state: a record of each would drown the trail.
            audit: &[],
        };
        match self.shared.ports.executions.record_job(write).await? {
            Recorded::Done(rev) => {
                self.held = Versioned { rev, row };
                Ok(Renewal::Done)
            }
            // A flag was set on the row, or our own renewal took effect and its answer was lost.
            Recorded::Stale(found) => Ok(match self.adopt(found.map(|found| *found)) {
                Ok(()) => Renewal::Again,
                Err(_) => Renewal::Lost,
            }),
        }
    }

    /// Takes over what others wrote to the row, as long as it is ours.
    fn adopt(&mut self, found: Option<Versioned<JobRow>>) -> Result<(), Lost> {
        match found {
            Some(found) if settle::holds(&found.row, self.task.holder()) => {
                self.held = found;
                Ok(())
            }
            _ => Err(Lost::Taken),
        }
    }

    /// A message that comes again finds the live lease, so a failure here costs a delivery and no more. A queue that does not
    /// answer must not keep the next heartbeat waiting.
    async fn hide(&self) {
        // Until others may take the job over, and not only until the lease ends: a look in between would cost a delivery.
        let span = Millis(self.shared.settings.lease.0 + self.shared.settings.margin.0);
        let hidden = tokio::time::timeout_at(self.renew_at, self.shared.ports.jobs.hide(&self.receipt, span));
        if let Ok(Err(error)) = hidden.await {
            tracing::warn!(%error, job = %self.task.job_id(), "the job's message was not hidden for longer");
        }
    }

    fn renewed(&mut self, asked: Instant) {
        let settings = &self.shared.settings;
        let lease = settings.lease.to_std();
        self.task.lease.send_replace(asked + lease);
        self.renew_at = asked + lease / 3;
        self.valid_until = asked + lease.saturating_sub(settings.stop_before_lease_end().to_std());
        self.look_at = self.next_look(asked);
    }

    fn next_look(&self, from: Instant) -> Option<Instant> {
        self.shared.settings.cancel_poll.map(|pause| from + pause.to_std())
    }
}

enum Renewal {
    Done,
    Again,
    Lost,
}
