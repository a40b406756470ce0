//! Restart from failure, and marks by hand. Owns which jobs a resume resets, how a reset or kept row looks, and what an
//! operator may declare. Does not walk the graph: the dispatcher does, in dependency order.

use super::rows::{JobRow, ROW_FORMAT, SkipCause, Tally};
use super::transition::{JobChange, JobStatus};
use crate::time::Timestamp;
use crate::wire::MarkedAs;

/// Whether a resume of `generation` resets this job: it failed, was skipped because of that, or was cancelled, or a need of it is reset, or
/// this very resume reset it before it was interrupted.
#[must_use]
pub fn is_reset(row: &JobRow, need_is_reset: NeedIsReset, generation: u32) -> bool {
    let bad = match (row.status, row.skip) {
        (JobStatus::Skipped, Some(SkipCause::Marked)) | (JobStatus::Succeeded, _) => false,
        // Skipped by `run_if` alone: it would be decided alike, unless something upstream changes.
        (JobStatus::Skipped, Some(SkipCause::RunIf)) => false,
        _ => true,
    };
    row.reset_in == generation || need_is_reset == NeedIsReset::Yes || (bad && row.generation < generation)
}

/// Whether one of a job's needs is reset by the resume.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NeedIsReset {
    /// At least one.
    Yes,
    /// None.
    No,
}

/// The row of a reset job. `tally` counts its needs that are kept; attempts go on counting.
#[must_use]
pub fn reset(row: &JobRow, tally: Tally, generation: u32) -> JobRow {
    JobRow {
        format: ROW_FORMAT,
        generation,
        reset_in: generation,
        turn: row.turn,
        fence: row.fence,
        tally,
        ..JobRow::default()
    }
}

/// The row of a kept job: its telling counts as complete, since the tallies of reset dependents include it.
#[must_use]
pub fn keep(row: &JobRow, dependents: u32, generation: u32) -> JobRow {
    JobRow { generation, told: dependents, slot: false, ..row.clone() }
}

/// The row of a job that an operator declares succeeded or skipped.
///
/// # Errors
/// A sentence that says why it cannot be, and what to do instead.
pub fn mark(row: &JobRow, status: MarkedAs, execution: OpenExecution, now: Timestamp) -> Result<JobRow, String> {
    if row.status == JobStatus::Running {
        return Err("the job is running: cancel the execution first, or wait for its end".to_owned());
    }
    if row.status.is_settled() && execution == OpenExecution::Yes {
        return Err(format!(
            "the job is {} and its dependents have been told so: wait for the execution to end, mark it then, and resume",
            row.status
        ));
    }
    let change = match status {
        MarkedAs::Succeeded => JobChange::MarkSucceeded,
        MarkedAs::Skipped => JobChange::MarkSkipped,
    };
    let mut marked = row.clone();
    marked.format = ROW_FORMAT;
    marked.status = row.status.after(change).map_err(|illegal| illegal.to_string())?;
    marked.skip = (status == MarkedAs::Skipped).then_some(SkipCause::Marked);
    marked.not_before = None;
    marked.held_since = None;
    marked.ended_at = Some(now);
    Ok(marked)
}

/// Whether the execution of a marked job is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OpenExecution {
    /// It is.
    Yes,
    /// It has ended.
    No,
}
