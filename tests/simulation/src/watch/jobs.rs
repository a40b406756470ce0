//! What may become of a JOB row, and who may write it.

use fleet_core::audit::{AuditKind, AuditRecord};
use fleet_core::ids::{ExecutionId, JobId};
use fleet_core::state::{ExecutionStatus, JobRow, JobStatus};
use fleet_core::workflow::Definition;

use super::{Holder, Watch, is_met, span};
use crate::link::Caller;
use crate::memory::Entry;
use crate::warehouse::Warehouse;

/// A write that took effect.
pub(crate) struct JobChanged<'a> {
    pub(crate) caller: &'a Caller,
    pub(crate) key: (&'a ExecutionId, &'a JobId),
    pub(crate) before: &'a JobRow,
    pub(crate) after: &'a JobRow,
    pub(crate) audit: &'a [AuditRecord],
    /// Whether a record of it is new in the trail.
    pub(crate) is_new: bool,
}

impl JobChanged<'_> {
    /// Holds the write against the rules; `entry` shows it done.
    pub(crate) fn check(
        &self,
        watch: &mut Watch,
        entry: &Entry,
        definition: &Definition,
        warehouse: &Warehouse,
    ) -> Result<(), String> {
        let place = |broken: String| format!("job {} of {}: {broken}", self.key.1, self.key.0);
        self.never_falls(entry).map_err(place)?;
        self.follows().map_err(place)?;
        self.stays_settled().map_err(place)?;
        if self.claims() {
            self.claims_rightly(watch, entry, definition).map_err(place)?;
            self.take_note(watch);
        } else if self.before.status == JobStatus::Running {
            self.is_the_holder(watch, warehouse).map_err(place)?;
        }
        Ok(())
    }

    fn claims(&self) -> bool {
        self.after.fence != self.before.fence
    }

    fn never_falls(&self, entry: &Entry) -> Result<(), String> {
        let (before, after) = (self.before, self.after);
        if after.generation < before.generation || after.generation > entry.row.row.generation {
            let of = entry.row.row.generation;
            return Err(format!("generation {} became {} in {of}", before.generation, after.generation));
        }
        if after.turn < before.turn {
            return Err(format!("turn {:?} became {:?}", before.turn, after.turn));
        }
        let claimed = after.fence == before.fence + 1 && after.status == JobStatus::Running;
        if after.fence != before.fence && !claimed {
            return Err(format!("fence {} became {}", before.fence, after.fence));
        }
        let is_reset = after.reset_in > before.reset_in;
        if !is_reset && after.told < before.told {
            return Err(format!("its cursor fell from {} to {}", before.told, after.told));
        }
        let lost = after.failures < before.failures || after.losses < before.losses;
        if !is_reset && lost {
            let (failures, losses) = ((before.failures, after.failures), (before.losses, after.losses));
            return Err(format!("forgets failures {failures:?} or losses {losses:?}"));
        }
        Ok(())
    }

    /// Which status may follow which, and by what record it is known.
    fn follows(&self) -> Result<(), String> {
        use AuditKind as A;
        use JobStatus as S;
        let kinds: &[AuditKind] = match (self.before.status, self.after.status) {
            (S::Running, S::Running) if self.claims() => &[A::TakenOver],
            (from, to) if from == to => return Ok(()),
            (S::Held, S::Pending) => return Ok(()),
            (S::Pending, S::Held) => &[A::Held],
            (S::Pending | S::Held | S::Waiting, S::Running) => &[A::AttemptStarted],
            (S::Running, S::Waiting) => &[A::WillRetry, A::LookedAt, A::HandedOver],
            (S::Running, S::Succeeded) => &[A::Succeeded],
            (S::Pending | S::Held | S::Waiting | S::Running, S::Failed) => &[A::Failed],
            (S::Pending | S::Held | S::Waiting | S::Running, S::Cancelled) => &[A::Cancelled],
            (S::Pending | S::Held, S::Skipped) => &[A::Skipped, A::Marked],
            (S::Waiting | S::Failed | S::Cancelled, S::Skipped) => &[A::Marked],
            (S::Succeeded | S::Failed | S::Skipped | S::Cancelled, S::Pending) => &[A::Reset],
            (_, S::Succeeded) => &[A::Marked],
            (from, to) => return Err(format!("{from} cannot become {to}")),
        };
        let told = self
            .audit
            .iter()
            .any(|record| kinds.contains(&record.kind) && record.subject.job_id.as_ref() == Some(self.key.1));
        if self.key.1 != &JobId::end() && (!told || !self.is_new) {
            return Err(format!("became {} without an audit record of its own", self.after.status));
        }
        Ok(())
    }

    /// A settled job stays as it is, but for its cursor and slot, until a resume or an operator changes it.
    fn stays_settled(&self) -> Result<(), String> {
        let (before, after) = (self.before, self.after);
        if !before.status.is_settled() || before.status != after.status {
            return Ok(());
        }
        let same = before.result == after.result
            && before.ended_at == after.ended_at
            && before.skip == after.skip
            && before.turn == after.turn;
        if !same {
            return Err("its result changed after it had settled".to_owned());
        }
        Ok(())
    }

    /// Invariants 1 and 2 for a claim.
    fn claims_rightly(&self, watch: &Watch, entry: &Entry, definition: &Definition) -> Result<(), String> {
        if !entry.row.row.status.is_open() {
            return Err(format!("is claimed after the execution has ended ({})", entry.row.row.status));
        }
        // While a resume rewrites rows, the needs are settled as they will be kept.
        let resuming = entry.row.row.status == ExecutionStatus::Resuming;
        if !is_met(entry, definition, self.key.1).map_err(|open| format!("starts {open}"))? && !resuming {
            return Err("starts although its run_if is not met".to_owned());
        }
        self.lease_is_over(watch)
    }

    /// By the holder's own clock, which is the one by which it stops.
    fn lease_is_over(&self, watch: &Watch) -> Result<(), String> {
        let (JobStatus::Running, Some(lease)) = (self.before.status, &self.before.lease) else {
            return Ok(());
        };
        let Some(holder) = watch.holders.get(&self.owned_key()) else { return Ok(()) };
        let now = watch.clock(&holder.process, self.caller.now);
        if now < lease.until {
            let left = span(now, lease.until);
            return Err(format!("is taken from {} whose lease is valid for {left}", lease.worker));
        }
        Ok(())
    }

    fn take_note(&self, watch: &mut Watch) {
        let process = std::sync::Arc::clone(&self.caller.name);
        watch.holders.insert(self.owned_key(), Holder { fence: self.after.fence, process });
    }

    /// Only who holds the highest fence may renew or record a result; others may flag, or end what has lost its lease.
    fn is_the_holder(&self, watch: &Watch, warehouse: &Warehouse) -> Result<(), String> {
        let (before, after) = (self.before, self.after);
        let holder = watch.holders.get(&self.owned_key());
        let is_holder =
            holder.is_some_and(|holder| holder.process == self.caller.name && holder.fence == before.fence);
        if after.status == JobStatus::Running {
            let renewed = before.lease != after.lease;
            return if renewed && !is_holder { Err(self.stranger("renews it")) } else { Ok(()) };
        }
        let may_end = matches!(after.status, JobStatus::Failed | JobStatus::Cancelled);
        // Another slot of the same process may end what this one has lost, like any other process.
        if may_end && self.lease_is_over(watch).is_ok() {
            return Ok(());
        }
        if !is_holder {
            return Err(self.stranger("settles it"));
        }
        let run = (self.key.0, self.key.1, before.fence);
        warehouse.is_flushed(run, before, self.caller.now)?;
        warehouse.agrees(run, after)
    }

    fn stranger(&self, does: &str) -> String {
        format!("{} does not hold it (fence {}) and {does}", self.caller.name, self.before.fence)
    }

    fn owned_key(&self) -> (ExecutionId, JobId) {
        (self.key.0.clone(), self.key.1.clone())
    }
}
