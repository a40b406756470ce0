//! Telling dependents: the transactions that move cursors and add to tallies. Owns their packing into at most
//! [`TELLING_ITEMS_MAX`] items. Does not decide what the tallies mean: see `walk`.

use std::collections::BTreeMap;

use fleet_core::ids::JobId;
use fleet_core::ports::{Gain, TELLING_ITEMS_MAX, Teller, Telling, Told};
use fleet_core::state::readiness;
use fleet_core::state::{JobRow, Tally, Versioned};
use fleet_core::workflow::JobIx;

use crate::fault::Fault;
use crate::open::{Open, WRITE_TRIES_MAX};

/// A settled job whose dependents are to be told.
#[derive(Debug, Clone)]
pub(crate) struct Settled {
    pub(crate) job: JobIx,
    pub(crate) row: JobRow,
}

impl Open<'_> {
    /// What a settled job counts for its dependents.
    pub(crate) fn counts(&self, settled: &Settled) -> Tally {
        let excused = self.definition.job(settled.job).is_some_and(|job| job.allow_failure);
        readiness::counts(&settled.row, excused)
    }

    /// Tells all dependents of `front`, and frees the slots of its jobs. What has been told before is left out, by the
    /// cursors; when others tell the same at the same time, the cursors are read again.
    pub(crate) async fn tell(&self, front: &mut [Settled]) -> Result<(), Fault> {
        for _ in 0..WRITE_TRIES_MAX {
            if self.tell_once(front).await? {
                return Ok(());
            }
            let jobs: Vec<JobIx> = front.iter().map(|settled| settled.job).collect();
            for (settled, found) in front.iter_mut().zip(self.rows(&jobs).await?) {
                let Some(Versioned { row, .. }) = found else { return Err(Fault::Superseded) };
                if self.is_superseded(&row) || !row.status.is_settled() {
                    return Err(Fault::Superseded);
                }
                settled.row = row;
            }
        }
        Err(Fault::Contended(format!("tellings of execution {}", self.id())))
    }

    /// One pass; `false` when a condition failed.
    async fn tell_once(&self, front: &mut [Settled]) -> Result<bool, Fault> {
        let mut packer = Packer::default();
        let mut full = Vec::new();
        for settled in front.iter() {
            let counting = self.counting_dependents(settled.job);
            let told = settled.row.told as usize;
            let rest: Vec<JobId> = counting.iter().skip(told).map(|ix| self.key(*ix)).collect();
            if rest.is_empty() && !settled.row.slot {
                continue;
            }
            packer.add(&self.key(settled.job), settled, &rest, self.counts(settled), &mut full);
        }
        full.extend(packer.take());
        for transaction in full {
            let telling = Telling {
                execution: self.id(),
                generation: self.row.generation,
                tellers: &transaction.tellers,
                gains: &transaction.gains.into_values().collect::<Vec<_>>(),
            };
            if self.ports.executions.tell(telling).await? == Told::Stale {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

#[derive(Default)]
struct Transaction {
    tellers: Vec<Teller>,
    gains: BTreeMap<JobId, Gain>,
}

impl Transaction {
    /// Whether a transaction with this teller and this dependent would name a job twice, which none may.
    fn would_name_twice(&self, job: &JobId, dependent: &JobId) -> bool {
        self.gains.contains_key(job) || self.tellers.iter().any(|teller| teller.job == *dependent)
    }

    /// Items if `dependent` gained too, and a new teller were added where there is none yet, with the EXECUTION row.
    fn items_with(&self, job: &JobId, dependent: &JobId) -> usize {
        let teller = usize::from(self.tellers.last().is_none_or(|teller| teller.job != *job));
        let gain = usize::from(!self.gains.contains_key(dependent));
        self.tellers.len() + teller + self.gains.len() + gain + 1
    }
}

#[derive(Default)]
struct Packer {
    open: Transaction,
}

impl Packer {
    fn add(
        &mut self,
        job: &JobId,
        settled: &Settled,
        rest: &[JobId],
        counts: Tally,
        full: &mut Vec<Transaction>,
    ) {
        let mut cursor = settled.row.told;
        for dependent in rest {
            if self.open.items_with(job, dependent) > TELLING_ITEMS_MAX
                || self.open.would_name_twice(job, dependent)
            {
                full.extend(self.take());
            }
            let teller = self.teller(job, cursor);
            teller.to += 1;
            cursor += 1;
            let none = Gain { job: dependent.clone(), settled: 0, good: 0, bad: 0 };
            let gain = self.open.gains.entry(dependent.clone()).or_insert(none);
            gain.settled += counts.settled;
            gain.good += counts.good;
            gain.bad += counts.bad;
        }
        if settled.row.slot {
            if self.open.items_with(job, job) > TELLING_ITEMS_MAX || self.open.gains.contains_key(job) {
                full.extend(self.take());
            }
            self.teller(job, cursor).frees_slot = true;
        }
    }

    fn teller(&mut self, job: &JobId, cursor: u32) -> &mut Teller {
        let tellers = &mut self.open.tellers;
        if tellers.last().is_none_or(|teller| teller.job != *job) {
            tellers.push(Teller { job: job.clone(), from: cursor, to: cursor, frees_slot: false });
        }
        tellers.last_mut().expect("one was pushed if there was none")
    }

    fn take(&mut self) -> Option<Transaction> {
        let taken = std::mem::take(&mut self.open);
        (!taken.tellers.is_empty()).then_some(taken)
    }
}
