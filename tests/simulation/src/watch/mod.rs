//! The watch over every write: a second opinion on what may follow what. Owns the rules of one step, told without the
//! fleet's own rules, so that a fault there cannot hide itself here. What must hold at the end is `verdict`'s.

mod executions;
mod jobs;
mod messages;
mod needs;

use std::collections::BTreeMap;
use std::collections::HashMap;
use std::sync::Arc;

use fleet_core::ids::{ExecutionId, JobId, VersionHash};
use fleet_core::state::{ExecutionStatus, Tally};
use fleet_core::time::{Millis, Timestamp};
use fleet_core::workflow::{Definition, JobIx};

pub(crate) use executions::ExecutionChanged;
pub(crate) use jobs::JobChanged;
pub(crate) use messages::may_be_deleted;
pub(crate) use needs::{counts, is_met};

use crate::memory::Entry;

/// Who holds a job.
#[derive(Debug, Clone)]
struct Holder {
    fence: u64,
    process: Arc<str>,
}

/// Where each dependent stands in the list that a cursor runs over.
type Cursors = HashMap<(JobIx, JobIx), u32>;

/// What the watch remembers.
#[derive(Default)]
pub(crate) struct Watch {
    skews_ms: BTreeMap<Arc<str>, i64>,
    holders: BTreeMap<(ExecutionId, JobId), Holder>,
    cursors: BTreeMap<VersionHash, Cursors>,
}

impl Watch {
    /// A process and how far its clock is ahead.
    pub(crate) fn knows(&mut self, process: &Arc<str>, skew_ms: i64) {
        self.skews_ms.insert(Arc::clone(process), skew_ms);
    }

    /// The time by a process's own clock.
    fn clock(&self, process: &str, now: Timestamp) -> Timestamp {
        let skew_ms = self.skews_ms.get(process).copied().unwrap_or_default();
        Timestamp::from_millis(now.as_millis() + skew_ms)
    }

    /// Invariant: the tally of a job is the sum over those needs that have told it.
    pub(crate) fn tally(
        &mut self,
        entry: &Entry,
        definition: &Definition,
        job: &JobId,
    ) -> Result<(), String> {
        if entry.row.row.status != ExecutionStatus::Running {
            return Ok(());
        }
        let row = entry.job(job);
        if row.generation > 0 && row.generation != entry.row.row.generation {
            return Ok(());
        }
        let ix = definition.find(job).unwrap_or(definition.end());
        let cursors = self.cursors.entry(definition.version()).or_insert_with(|| cursors(definition));
        let mut expect = Tally::default();
        for need in definition.needs(ix) {
            let Some(need_job) = definition.job(*need) else { continue };
            let need_row = entry.job(&need_job.id);
            let has_told = cursors.get(&(*need, ix)).is_some_and(|place| *place < need_row.told);
            if has_told {
                let count = counts(&need_row, need_job.allow_failure);
                expect.settled += count.settled;
                expect.good += count.good;
                expect.bad += count.bad;
            }
        }
        let seen = row.tally;
        // What a mark by hand changed after it was counted is put right by a resume.
        if seen.settled != expect.settled {
            return Err(format!("{job} counts {seen:?}, but those that told it come to {expect:?}"));
        }
        Ok(())
    }

    /// Invariant: the slots in use are those that jobs hold, and no more than there are.
    pub(crate) fn slots(&self, entry: &Entry, definition: &Definition) -> Result<(), String> {
        let row = &entry.row.row;
        let Some(limit) = definition.max_parallel else { return Ok(()) };
        if row.status == ExecutionStatus::Resuming {
            return Ok(());
        }
        let held = entry.jobs.values().filter(|found| found.row.slot).count();
        let used = row.slots_used as usize;
        if held != used || row.slots_used > limit {
            return Err(format!("{used} of {limit} slots are in use, and {held} jobs hold one"));
        }
        Ok(())
    }
}

fn cursors(definition: &Definition) -> Cursors {
    let mut cursors = Cursors::new();
    for (at, _) in definition.jobs.iter().enumerate() {
        let job = JobIx(u32::try_from(at).unwrap_or(u32::MAX));
        let counting = definition.dependents(job).iter().filter(|ix| definition.needs_count(**ix) > 1);
        for (place, dependent) in (0..).zip(counting) {
            cursors.insert((job, *dependent), place);
        }
    }
    cursors
}

/// A span for messages.
fn span(from: Timestamp, to: Timestamp) -> Millis {
    to.since(from)
}
