//! The one transaction over many rows: cursors moved, tallies added to, slots given back.

use std::collections::BTreeSet;

use fleet_core::ids::ExecutionId;
use fleet_core::ports::{Gain, PortError, TELLING_ITEMS_MAX, Teller, Told};
use fleet_core::state::{ExecutionRow, JobRow, Rev, Versioned};

use super::store::{Jobs, Parts, Store};

impl Store {
    /// See `Executions::tell`.
    ///
    /// # Errors
    /// [`PortError::Refused`] when a job is named twice, or there are too many.
    pub fn tell(
        &mut self,
        id: &ExecutionId,
        generation: u32,
        tellers: &[Teller],
        gains: &[Gain],
    ) -> Result<Told, PortError> {
        let named = tellers.iter().map(|teller| &teller.job).chain(gains.iter().map(|gain| &gain.job));
        let items = tellers.len() + gains.len();
        let execution = usize::from(tellers.iter().any(|teller| teller.frees_slot));
        if named.collect::<BTreeSet<_>>().len() < items || items + execution > TELLING_ITEMS_MAX {
            let cause = "a job is named twice, or there are too many".to_owned();
            return Err(PortError::Refused { what: "tell".to_owned(), cause });
        }
        let parts = self.parts(id);
        if !holds(&parts, generation, tellers, gains) {
            return Ok(Told::Stale);
        }
        for teller in tellers {
            move_cursor(parts.jobs, teller);
        }
        if let Some(execution) = parts.row {
            free_slots(execution, tellers);
        }
        for gain in gains {
            add(parts.jobs, gain, generation);
        }
        self.is_ahead = true;
        Ok(Told::Done)
    }
}

/// The conditions of the whole transaction.
fn holds(parts: &Parts<'_>, generation: u32, tellers: &[Teller], gains: &[Gain]) -> bool {
    let told = |teller: &Teller| {
        parts.jobs.get(&teller.job).is_some_and(|found| {
            let row = &found.row;
            row.status.is_settled()
                && row.told == teller.from
                && (row.slot || !teller.frees_slot)
                && row.generation <= generation
        })
    };
    let gained =
        |gain: &Gain| parts.jobs.get(&gain.job).is_none_or(|found| found.row.generation <= generation);
    let frees = tellers.iter().any(|teller| teller.frees_slot);
    let freed = || parts.row.as_ref().is_some_and(|found| found.row.generation <= generation);
    tellers.iter().all(told) && gains.iter().all(gained) && (!frees || freed())
}

fn move_cursor(jobs: &mut Jobs, teller: &Teller) {
    let Some(found) = jobs.get_mut(&teller.job) else { return };
    found.rev.0 += 1;
    found.row.told = teller.to;
    found.row.slot &= !teller.frees_slot;
}

/// The EXECUTION row is one row of the transaction, however many slots come back.
fn free_slots(execution: &mut Versioned<ExecutionRow>, tellers: &[Teller]) {
    let freed = tellers.iter().filter(|teller| teller.frees_slot);
    let Ok(freed @ 1..) = u32::try_from(freed.count()) else { return };
    execution.rev.0 += 1;
    let left = execution.row.slots_used.checked_sub(freed);
    execution.row.slots_used = left.expect("each slot that a job holds is counted");
}

fn add(jobs: &mut Jobs, gain: &Gain, generation: u32) {
    let made = || Versioned { rev: Rev(0), row: JobRow { generation, ..JobRow::default() } };
    let found = jobs.entry(gain.job.clone()).or_insert_with(made);
    found.rev.0 += 1;
    found.row.tally.settled += gain.settled;
    found.row.tally.good += gain.good;
    found.row.tally.bad += gain.bad;
}
