//! The one transaction over many rows: cursors moved, tallies added to, slots given back.

use std::collections::BTreeSet;

use fleet_core::ids::ExecutionId;
use fleet_core::ports::{Gain, PortError, TELLING_ITEMS_MAX, Teller, Told};
use fleet_core::state::{JobRow, Rev, Versioned};

use super::store::{Entry, Store};

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
        let Some(entry) = self.executions.get_mut(id) else { return Ok(Told::Stale) };
        if !holds(entry, generation, tellers, gains) {
            return Ok(Told::Stale);
        }
        for teller in tellers {
            move_cursor(entry, teller);
        }
        for gain in gains {
            add(entry, gain, generation);
        }
        Ok(Told::Done)
    }
}

/// The conditions of the whole transaction.
fn holds(entry: &Entry, generation: u32, tellers: &[Teller], gains: &[Gain]) -> bool {
    let told = |teller: &Teller| {
        entry.jobs.get(&teller.job).is_some_and(|found| {
            let row = &found.row;
            row.status.is_settled()
                && row.told == teller.from
                && (row.slot || !teller.frees_slot)
                && row.generation <= generation
        })
    };
    let gained =
        |gain: &Gain| entry.jobs.get(&gain.job).is_none_or(|found| found.row.generation <= generation);
    let frees = tellers.iter().any(|teller| teller.frees_slot);
    tellers.iter().all(told) && gains.iter().all(gained) && (!frees || entry.row.row.generation <= generation)
}

fn move_cursor(entry: &mut Entry, teller: &Teller) {
    let Some(found) = entry.jobs.get_mut(&teller.job) else { return };
    found.rev.0 += 1;
    found.row.told = teller.to;
    if teller.frees_slot {
        found.row.slot = false;
        entry.row.rev.0 += 1;
        entry.row.row.slots_used = entry.row.row.slots_used.saturating_sub(1);
    }
}

fn add(entry: &mut Entry, gain: &Gain, generation: u32) {
    let made = || Versioned { rev: Rev(0), row: JobRow { generation, ..JobRow::default() } };
    let found = entry.jobs.entry(gain.job.clone()).or_insert_with(made);
    found.rev.0 += 1;
    found.row.tally.settled += gain.settled;
    found.row.tally.good += gain.good;
    found.row.tally.bad += gain.bad;
}
