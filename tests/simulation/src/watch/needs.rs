//! What a settled job counts, and when a job may start: the rules of docs/workflow-file.md, told once more.

use fleet_core::ids::JobId;
use fleet_core::state::{JobRow, JobStatus, SkipCause, Tally};
use fleet_core::workflow::{Definition, RunIf};

use crate::memory::Entry;

/// What a job counts for its dependents.
pub(crate) fn counts(row: &JobRow, excused: bool) -> Tally {
    let quietly = matches!(row.skip, Some(SkipCause::RunIf | SkipCause::Marked));
    match row.status {
        JobStatus::Succeeded => Tally { settled: 1, good: 1, bad: 0 },
        JobStatus::Failed if excused => Tally { settled: 1, good: 1, bad: 1 },
        JobStatus::Skipped if quietly => Tally { settled: 1, good: 0, bad: 0 },
        JobStatus::Failed | JobStatus::Skipped | JobStatus::Cancelled => {
            Tally { settled: 1, good: 0, bad: 1 }
        }
        _ => Tally::default(),
    }
}

/// Whether a job's `run_if` is met by its needs as they stand; an error names a need that is not settled.
pub(crate) fn is_met(entry: &Entry, definition: &Definition, job: &JobId) -> Result<bool, String> {
    let Some(ix) = definition.find(job) else { return Ok(true) };
    let Some(node) = definition.job(ix) else { return Ok(true) };
    let (mut good, mut bad) = (0, 0);
    for need in definition.needs(ix) {
        let Some(need) = definition.job(*need) else { continue };
        let row = entry.job(&need.id);
        if !row.status.is_settled() {
            return Err(format!("{job} while its need {} is {}", need.id, row.status));
        }
        let count = counts(&row, need.allow_failure);
        good += count.good as usize;
        bad += count.bad as usize;
    }
    Ok(match node.run_if {
        RunIf::AllSucceeded => good == definition.needs(ix).len(),
        RunIf::AllSettled => true,
        RunIf::AnyFailed => bad > 0,
        RunIf::AnySucceeded => good > 0,
    })
}
