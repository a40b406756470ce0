//! Driving an execution again whose messages may have been lost (a purged queue, a dead letter, an outage). Owns finding
//! what is ready without a message, settled but not told, waiting past its time, or running past its lease. Sends; it
//! changes no row: whatever it sends is checked by the receiver as always.

use std::collections::BTreeSet;

use fleet_core::ids::JobId;
use fleet_core::state::{ExecutionStatus, JobRow, JobStatus, Versioned};
use fleet_core::time::Millis;
use fleet_core::wire::{Event, Sweep};
use fleet_core::workflow::JobIx;

use crate::fault::Fault;
use crate::open::Open;
use crate::send::{Runnable, send_events};

/// Jobs looked at in one read.
const PAGE_MAX: usize = 500;
/// A message is thought lost when its job could have been claimed for so long.
const PATIENCE: Millis = Millis::from_mins(5);

/// What a look found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Redriven {
    /// Messages sent again.
    pub(crate) sent: usize,
    /// Settled jobs and attempts: when they have grown since the last look, the execution goes on by itself.
    pub(crate) progress: u64,
}

/// What to send again.
#[derive(Default)]
struct Lost {
    tellings: BTreeSet<JobId>,
    turns: Vec<Runnable>,
    roots: Vec<(JobIx, Option<Versioned<JobRow>>)>,
    progress: u64,
}

impl Lost {
    fn tell(&mut self, job: JobId) {
        self.tellings.insert(job);
    }
}

impl Open<'_> {
    /// Sends again what seems lost, unless the execution has made progress since the last look: most of what looks lost
    /// then merely waits its turn in a queue.
    pub(crate) async fn redrive(&mut self) -> Result<Redriven, Fault> {
        let lost = self.look_at_jobs().await?;
        let progress = lost.progress;
        if self.row.status != ExecutionStatus::Running || progress != self.row.progress {
            return Ok(Redriven { sent: 0, progress });
        }
        let sent = lost.tellings.len() + lost.turns.len() + lost.roots.len();
        self.start_ready(lost.roots).await?;
        self.send(&lost.turns).await?;
        self.send_settled(lost.tellings).await?;
        self.offer_slots().await?;
        self.sweep_again().await?;
        Ok(Redriven { sent, progress })
    }

    async fn look_at_jobs(&self) -> Result<Lost, Fault> {
        let mut lost = Lost::default();
        let count = u32::try_from(self.definition.jobs.len()).unwrap_or(u32::MAX);
        let jobs: Vec<JobIx> = (0..count).map(JobIx).collect();
        for page in jobs.chunks(PAGE_MAX) {
            let rows = self.rows(page).await?;
            if rows.iter().flatten().any(|found| self.is_superseded(&found.row)) {
                return Err(Fault::Superseded);
            }
            let lone = self.lone_needs(page).await?;
            for (job, row) in page.iter().zip(rows) {
                let ready = self.is_ready(*job, row.as_ref(), &lone);
                self.look_for_loss(*job, row, ready, &mut lost);
            }
        }
        self.look_at_end(&mut lost).await?;
        Ok(lost)
    }

    fn look_for_loss(&self, job: JobIx, found: Option<Versioned<JobRow>>, ready: bool, lost: &mut Lost) {
        let unstarted = JobRow::default();
        let row = found.as_ref().map_or(&unstarted, |found| &found.row);
        lost.progress += u64::from(row.status.is_settled()) + u64::from(row.turn.attempt);
        let overdue =
            |since: Option<fleet_core::time::Timestamp>| since.is_none_or(|time| self.now >= time + PATIENCE);
        match row.status {
            // Whoever tells a need of it decides on it again; a root has only its message.
            JobStatus::Pending if ready => match self.definition.needs(job).first() {
                Some(need) => lost.tell(self.key(*need)),
                None => lost.roots.push((job, found)),
            },
            JobStatus::Waiting if overdue(row.not_before) => {
                lost.turns.push(Runnable { job, turn: row.turn });
            }
            JobStatus::Running if overdue(row.lease.as_ref().map(|lease| lease.until)) => {
                lost.turns.push(Runnable { job, turn: row.turn });
            }
            status if status.is_settled() && self.is_half_told(job, row) => {
                lost.tell(self.key(job));
            }
            _ => {}
        }
    }

    fn is_half_told(&self, job: JobIx, row: &JobRow) -> bool {
        row.slot || (row.told as usize) < self.counting_dependents(job).len()
    }

    /// END with all needs settled: telling any of them decides on it again.
    async fn look_at_end(&self, lost: &mut Lost) -> Result<(), Fault> {
        let end = self.definition.end();
        let lone = self.lone_needs(&[end]).await?;
        let row = self.rows(&[end]).await?.pop().flatten();
        if self.is_ready(end, row.as_ref(), &lone)
            && let Some(sink) = self.definition.needs(end).first()
        {
            lost.tell(self.key(*sink));
        }
        Ok(())
    }

    /// A cancel whose sweep was lost, or met a job that was just being sent.
    async fn sweep_again(&self) -> Result<(), Fault> {
        if self.row.cancel.is_none() {
            return Ok(());
        }
        let sweep =
            Sweep { workflow_execution_id: self.id().clone(), generation: self.row.generation, from: 0 };
        Ok(send_events(self.ports.events.as_ref(), &[Event::Sweep(sweep)]).await?)
    }
}
