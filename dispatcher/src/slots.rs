//! The slots of `max_parallel`. Owns admission, holding, and the offer of freed slots to the job held longest. Is only used
//! for workflows that have a limit.

use fleet_core::audit::AuditKind;
use fleet_core::ports::{Admission, Admitted, JobWrite, Recorded};
use fleet_core::state::readiness;
use fleet_core::state::{JobChange, JobRow, JobStatus, ROW_FORMAT, Rev, Versioned};
use fleet_core::time::Timestamp;

use crate::fault::Fault;
use crate::open::{Open, WRITE_TRIES_MAX};
use crate::send::Runnable;

/// Slots offered in one pass. Each pass frees about as many slots as jobs settled in its batch, so more are not needed;
/// what is left over is offered by the next one.
const OFFERS_MAX: usize = 64;

enum Slot {
    /// It has one, by this row.
    Has(Versioned<JobRow>),
    /// None is free; this is its row.
    Full(Option<Versioned<JobRow>>),
    /// Something else has become of it.
    Gone,
}

impl Open<'_> {
    /// Sends a ready job if it gets a slot, and marks it held otherwise. Then tries once more, since a slot may have come
    /// free in between, and its offer may have found no held job.
    pub(crate) async fn admit_or_hold(
        &self,
        first: Runnable,
        row: Option<Versioned<JobRow>>,
        limit: u32,
    ) -> Result<(), Fault> {
        let row = match self.admit(first, row, limit).await? {
            Slot::Has(_) => return Ok(self.send(&[first]).await?),
            Slot::Gone => return Ok(()),
            Slot::Full(row) => row,
        };
        let Some(held) = self.hold(first, row).await? else { return Ok(()) };
        match self.admit(first, Some(held), limit).await? {
            Slot::Has(row) => self.send_released(first, row).await,
            Slot::Full(_) | Slot::Gone => Ok(()),
        }
    }

    /// Gives free slots to held jobs, the longest held first, or skips them when the execution has begun to stop.
    pub(crate) async fn offer_slots(&mut self) -> Result<(), Fault> {
        let Some(limit) = self.definition.max_parallel else { return Ok(()) };
        for _ in 0..OFFERS_MAX {
            let Some((id, row)) = self.ports.executions.longest_held(self.id()).await? else { break };
            if self.is_superseded(&row.row) {
                return Err(Fault::Superseded);
            }
            let Some(job) = self.definition.find(&id) else { break };
            let first = Runnable::first(job, Some(&row.row));
            let run_if = self.definition.job(job).map(|job| job.run_if).unwrap_or_default();
            if readiness::starts(run_if, self.stopping()).is_some() {
                // It is skipped by a walk of its own: were it skipped here, and this dispatcher died before its dependents
                // are told, nobody would find it again. That walk offers to the next one.
                self.send_settled([id]).await?;
                break;
            }
            match self.admit(first, Some(row), limit).await? {
                Slot::Has(row) => self.send_released(first, row).await?,
                Slot::Full(_) => break,
                Slot::Gone => {}
            }
        }
        Ok(())
    }

    async fn admit(
        &self,
        first: Runnable,
        row: Option<Versioned<JobRow>>,
        limit: u32,
    ) -> Result<Slot, Fault> {
        let key = self.key(first.job);
        let mut row = row;
        for _ in 0..WRITE_TRIES_MAX {
            let present = row.as_ref().map(|found| found.row.clone()).unwrap_or_default();
            if !matches!(present.status, JobStatus::Pending | JobStatus::Held) {
                return Ok(Slot::Gone);
            }
            // A slot was taken for it before, and whoever did so died before the send.
            if let (true, Some(has)) = (present.slot, row.clone()) {
                return Ok(Slot::Has(has));
            }
            // First in line from here on: whoever dies before it is released leaves it where the next offer looks.
            let held_since = present.held_since.map(|_| Timestamp::default());
            let generation = self.row.generation;
            let wanted = JobRow { slot: true, held_since, format: ROW_FORMAT, generation, ..present };
            let audit = self.audit(Some(&key), first.turn, AuditKind::Admitted, String::new());
            let seen: Option<Rev> = row.as_ref().map(|found| found.rev);
            let job = JobWrite { execution: self.id(), job: &key, seen, row: &wanted, audit: &[audit] };
            match self
                .ports
                .executions
                .admit(Admission { job, limit, generation: self.row.generation })
                .await?
            {
                Admitted::Done(rev) => return Ok(Slot::Has(Versioned { rev, row: wanted })),
                Admitted::Full => return Ok(Slot::Full(row)),
                Admitted::Stale(None) => return Err(Fault::Superseded),
                Admitted::Stale(Some(found)) if self.is_superseded(&found.row) => {
                    return Err(Fault::Superseded);
                }
                Admitted::Stale(Some(found)) => row = Some(*found),
            }
        }
        Err(Fault::Contended(format!("job {key} of execution {}", self.id())))
    }

    async fn hold(
        &self,
        first: Runnable,
        row: Option<Versioned<JobRow>>,
    ) -> Result<Option<Versioned<JobRow>>, Fault> {
        let key = self.key(first.job);
        let present = row.as_ref().map(|found| found.row.clone()).unwrap_or_default();
        if present.status == JobStatus::Held {
            return Ok(row);
        }
        let mut held = present.clone();
        held.status = present.status.after(JobChange::Hold)?;
        held.format = ROW_FORMAT;
        held.generation = self.row.generation;
        held.held_since = Some(self.now);
        let audit = self.audit(Some(&key), first.turn, AuditKind::Held, "max_parallel is reached".to_owned());
        Ok(match self.record(&key, row.map(|found| found.rev), &held, &[audit]).await? {
            Recorded::Done(rev) => Some(Versioned { rev, row: held }),
            Recorded::Stale(Some(found)) if self.is_superseded(&found.row) => return Err(Fault::Superseded),
            // Another dispatcher decides on the same job at the same time, and goes on with it.
            Recorded::Stale(_) => None,
        })
    }

    /// Sends a held job that has its slot now, and only then takes it off the list of held jobs: a crash in between leaves
    /// it there, and the next offer sends it again.
    async fn send_released(&self, first: Runnable, row: Versioned<JobRow>) -> Result<(), Fault> {
        self.send(&[first]).await?;
        if row.row.status != JobStatus::Held {
            return Ok(());
        }
        let mut released = row.row.clone();
        released.status = row.row.status.after(JobChange::Release)?;
        released.held_since = None;
        // Stale means that a worker has claimed it already, which takes it off the list as well.
        self.record(&self.key(first.job), Some(row.rev), &released, &[]).await?;
        Ok(())
    }
}
