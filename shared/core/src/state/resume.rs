//! Restart from failure, and marks by hand. Owns which jobs a resume resets, how a reset or kept row looks, and what an
//! operator may declare. Does not walk the graph: the dispatcher does, in dependency order.

use super::rows::{JobRow, ROW_FORMAT, SkipCause, Tally};
use super::transition::{JobChange, JobStatus};
use crate::time::Timestamp;
use crate::wire::MarkedAs;

/// Whether a resume of `generation` resets this job: it failed, was skipped because of that, or was cancelled, or a need of it
/// is reset, or this very resume reset it before it was interrupted.
#[must_use]
pub fn is_reset(row: &JobRow, need_is_reset: NeedIsReset, generation: u32) -> bool {
    let bad = match (row.status, row.skip) {
        (JobStatus::Skipped, Some(SkipCause::Marked)) | (JobStatus::Succeeded, _) => false,
        // Skipped by `run_if` alone: it would be decided alike, unless something upstream changes.
        (JobStatus::Skipped, Some(SkipCause::RunIf)) => false,
        _ => true,
    };
    row.reset_in == generation || need_is_reset == NeedIsReset::Yes || bad
}

/// Whether the dependents of a kept job count it anew, since it was marked after the execution's end.
#[must_use]
pub fn counts_anew(row: &JobRow, generation: u32) -> bool {
    row.marked_in.is_some_and(|marked_in| marked_in + 1 == generation)
}

/// Whether one of a job's needs is reset by the resume, or counts anew.
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
pub fn mark(row: &JobRow, status: MarkedAs, standing: Standing, now: Timestamp) -> Result<JobRow, String> {
    if row.status == JobStatus::Running {
        return Err("the job is running: cancel the execution first, or wait for its end".to_owned());
    }
    if standing == Standing::Unready {
        return Err("its needs are not settled yet: wait for them, or mark them first".to_owned());
    }
    if row.status.is_settled() && standing == Standing::Ready {
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
    marked.marked_in = match standing {
        Standing::Ended(generation) => Some(generation),
        Standing::Ready | Standing::Unready => None,
    };
    marked.status = row.status.after(change).map_err(|illegal| illegal.to_string())?;
    marked.skip = (status == MarkedAs::Skipped).then_some(SkipCause::Marked);
    marked.not_before = None;
    marked.held_since = None;
    marked.ended_at = Some(now);
    Ok(marked)
}

/// Where a job that is to be marked stands in its execution.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// The execution is open, and some needs of the job are not settled: END could be decided before they are.
    Unready,
    /// The execution is open, and all needs of the job are settled.
    Ready,
    /// The execution has ended, in this generation.
    Ended(u32),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::Turn;

    fn row(status: JobStatus, skip: Option<SkipCause>) -> JobRow {
        JobRow { status, skip, turn: Turn { attempt: 2, look: 0 }, fence: 5, told: 3, ..JobRow::default() }
    }

    #[test]
    fn what_is_reset() {
        fn check(status: JobStatus, skip: Option<SkipCause>, expect: bool) {
            assert_eq!(is_reset(&row(status, skip), NeedIsReset::No, 1), expect, "{status} {skip:?}");
            assert!(is_reset(&row(status, skip), NeedIsReset::Yes, 1), "downstream of a reset job: {status}");
        }
        check(JobStatus::Succeeded, None, false);
        check(JobStatus::Failed, None, true);
        check(JobStatus::Cancelled, None, true);
        check(JobStatus::Skipped, Some(SkipCause::NeedFailed), true);
        check(JobStatus::Skipped, Some(SkipCause::Stopped), true);
        check(JobStatus::Skipped, Some(SkipCause::RunIf), false);
        check(JobStatus::Skipped, Some(SkipCause::Marked), false);
    }

    #[test]
    fn a_reset_is_told_from_what_it_led_to() {
        let again = reset(&row(JobStatus::Failed, None), Tally { settled: 1, good: 1, bad: 0 }, 4);
        assert_eq!(
            (again.status, again.turn.attempt, again.fence, again.told),
            (JobStatus::Pending, 2, 5, 0)
        );
        assert!(is_reset(&again, NeedIsReset::No, 4));
        let ended = JobRow { status: JobStatus::Succeeded, ..again };
        assert!(is_reset(&ended, NeedIsReset::No, 4));
        assert!(!is_reset(&ended, NeedIsReset::No, 5));
    }

    #[test]
    fn marks_by_hand() {
        fn check(row: &JobRow, status: MarkedAs, standing: Standing, expect: &str) {
            let seen = mark(row, status, standing, Timestamp::from_millis(1));
            let seen = seen.map_or_else(|reason| reason, |marked| marked.status.to_string());
            assert_eq!(seen, expect, "{}", row.status);
        }
        let failed = row(JobStatus::Failed, None);
        check(&failed, MarkedAs::Succeeded, Standing::Ended(0), "succeeded");
        check(&failed, MarkedAs::Skipped, Standing::Ended(0), "skipped");
        let late = "the job is failed and its dependents have been told so: wait for the execution to end, mark it then, and resume";
        check(&failed, MarkedAs::Succeeded, Standing::Ready, late);
        check(&row(JobStatus::Waiting, None), MarkedAs::Succeeded, Standing::Ready, "succeeded");
        let early = "its needs are not settled yet: wait for them, or mark them first";
        check(&row(JobStatus::Pending, None), MarkedAs::Skipped, Standing::Unready, early);
        let running = "the job is running: cancel the execution first, or wait for its end";
        check(&row(JobStatus::Running, None), MarkedAs::Skipped, Standing::Ready, running);
        let done = "job is succeeded and cannot be marked skipped";
        check(&row(JobStatus::Succeeded, None), MarkedAs::Skipped, Standing::Ended(0), done);
    }
}
