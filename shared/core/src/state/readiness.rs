//! When a job may start. Owns what a settled job counts for its dependents, and the reading of `run_if` and `on_failure`.
//! Does not count: the store adds up tallies.

use super::rows::{CancelCause, ExecutionRow, JobRow, SkipCause, Tally};
use super::transition::{ExecutionChange, JobStatus};
use crate::workflow::{OnFailure, RunIf};

/// Whether and why an execution starts nothing new.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stopping {
    /// It goes on.
    No,
    /// `on_failure: stop`, and a job that counts has failed.
    AfterFailure,
    /// It was cancelled, or ran out of time.
    Cancelled,
}

/// What is to become of a job whose needs are being settled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Readiness {
    /// Some needs are open.
    NotYet,
    /// Send it.
    Ready,
    /// It will not run.
    Skip(SkipCause),
}

/// Whether an execution starts nothing new.
#[must_use]
pub fn stopping(execution: &ExecutionRow, on_failure: OnFailure) -> Stopping {
    if execution.cancel.is_some() {
        return Stopping::Cancelled;
    }
    match on_failure {
        OnFailure::Stop if execution.failed.is_some() => Stopping::AfterFailure,
        OnFailure::Stop | OnFailure::Continue => Stopping::No,
    }
}

/// What a settled job counts for each dependent; zero while it is not settled.
///
/// An excused failure (`allow_failure`) is both good and bad: it lets `all_succeeded` pass and sets `any_failed` off. A
/// job skipped although nothing failed is neither.
#[must_use]
pub fn counts(row: &JobRow, allow_failure: bool) -> Tally {
    let tally = |good, bad| Tally { settled: 1, good, bad };
    match (row.status, row.skip) {
        (JobStatus::Succeeded, _) => tally(1, 0),
        (JobStatus::Failed, _) => tally(u32::from(allow_failure), 1),
        (JobStatus::Cancelled, _) => tally(0, 1),
        (JobStatus::Skipped, Some(SkipCause::RunIf | SkipCause::Marked)) => tally(0, 0),
        (JobStatus::Skipped, _) => tally(0, 1),
        (JobStatus::Pending | JobStatus::Held | JobStatus::Running | JobStatus::Waiting, _) => {
            Tally::default()
        }
    }
}

/// Decides on a job with `needs` needs of which `tally` are settled.
///
/// After a failure with `on_failure: stop` the jobs that carry the work on are skipped; those that exist for the sake of a
/// failure (`all_settled`, `any_failed`: clean-up and handlers) still run. After a cancel everything is skipped.
#[must_use]
pub fn decide(run_if: RunIf, needs: u32, tally: Tally, stopping: Stopping) -> Readiness {
    if tally.settled < needs {
        return Readiness::NotYet;
    }
    if stopping == Stopping::Cancelled {
        return Readiness::Skip(SkipCause::Cancelled);
    }
    let met = match run_if {
        RunIf::AllSucceeded => tally.good >= needs,
        RunIf::AllSettled => true,
        RunIf::AnyFailed => tally.bad > 0,
        RunIf::AnySucceeded => tally.good > 0,
    };
    if !met {
        let carries_on = matches!(run_if, RunIf::AllSucceeded | RunIf::AnySucceeded);
        let cause = if carries_on && tally.bad > 0 { SkipCause::NeedFailed } else { SkipCause::RunIf };
        return Readiness::Skip(cause);
    }
    starts(run_if, stopping).map_or(Readiness::Ready, Readiness::Skip)
}

/// Why a job that is ready does not start after all, if so: it may have been held for want of a slot while the execution
/// began to stop.
#[must_use]
pub fn starts(run_if: RunIf, stopping: Stopping) -> Option<SkipCause> {
    let carries_on = matches!(run_if, RunIf::AllSucceeded | RunIf::AnySucceeded);
    match stopping {
        Stopping::Cancelled => Some(SkipCause::Cancelled),
        Stopping::AfterFailure if carries_on => Some(SkipCause::Stopped),
        Stopping::AfterFailure | Stopping::No => None,
    }
}

/// How an execution ends once END is decided.
#[must_use]
pub fn ending(execution: &ExecutionRow) -> ExecutionChange {
    match &execution.cancel {
        Some(cancel) if cancel.cause == CancelCause::Operator => ExecutionChange::Cancel,
        Some(_) => ExecutionChange::Fail,
        None if execution.failed.is_some() => ExecutionChange::Fail,
        None => ExecutionChange::Succeed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(run_if: RunIf, tally: (u32, u32, u32), stopping: Stopping, expect: Readiness) {
        let (settled, good, bad) = tally;
        let seen = decide(run_if, 3, Tally { settled, good, bad }, stopping);
        assert_eq!(seen, expect, "{run_if:?} with {tally:?}, {stopping:?}");
    }

    #[test]
    fn run_if_over_three_needs() {
        use Readiness::{NotYet, Ready, Skip};
        use RunIf::{AllSettled, AllSucceeded, AnyFailed, AnySucceeded};
        for run_if in [AllSettled, AllSucceeded, AnyFailed, AnySucceeded] {
            check(run_if, (2, 1, 1), Stopping::No, NotYet);
            check(run_if, (3, 2, 1), Stopping::Cancelled, Skip(SkipCause::Cancelled));
        }
        check(AllSucceeded, (3, 3, 0), Stopping::No, Ready);
        check(AllSucceeded, (3, 2, 1), Stopping::No, Skip(SkipCause::NeedFailed));
        check(AllSucceeded, (3, 2, 0), Stopping::No, Skip(SkipCause::RunIf));
        // An excused failure is good and bad.
        check(AllSucceeded, (3, 3, 1), Stopping::No, Ready);
        check(AnyFailed, (3, 3, 1), Stopping::No, Ready);
        check(AnyFailed, (3, 3, 0), Stopping::No, Skip(SkipCause::RunIf));
        check(AnySucceeded, (3, 1, 2), Stopping::No, Ready);
        check(AnySucceeded, (3, 0, 2), Stopping::No, Skip(SkipCause::NeedFailed));
        check(AllSettled, (3, 0, 3), Stopping::No, Ready);
    }

    #[test]
    fn after_a_failure_only_what_is_there_for_its_sake_starts() {
        check(RunIf::AllSucceeded, (3, 3, 0), Stopping::AfterFailure, Readiness::Skip(SkipCause::Stopped));
        check(RunIf::AnySucceeded, (3, 3, 0), Stopping::AfterFailure, Readiness::Skip(SkipCause::Stopped));
        check(RunIf::AllSettled, (3, 0, 3), Stopping::AfterFailure, Readiness::Ready);
        check(RunIf::AnyFailed, (3, 0, 3), Stopping::AfterFailure, Readiness::Ready);
    }

    #[test]
    fn what_a_settled_job_counts() {
        fn check(status: JobStatus, skip: Option<SkipCause>, excused: bool, expect: (u32, u32, u32)) {
            let row = JobRow { status, skip, ..JobRow::default() };
            let Tally { settled, good, bad } = counts(&row, excused);
            assert_eq!((settled, good, bad), expect, "{status} {skip:?} {excused}");
        }
        check(JobStatus::Succeeded, None, false, (1, 1, 0));
        check(JobStatus::Failed, None, false, (1, 0, 1));
        check(JobStatus::Failed, None, true, (1, 1, 1));
        check(JobStatus::Cancelled, None, true, (1, 0, 1));
        check(JobStatus::Skipped, Some(SkipCause::RunIf), false, (1, 0, 0));
        check(JobStatus::Skipped, Some(SkipCause::Marked), false, (1, 0, 0));
        check(JobStatus::Skipped, Some(SkipCause::NeedFailed), false, (1, 0, 1));
        check(JobStatus::Skipped, Some(SkipCause::Stopped), false, (1, 0, 1));
        check(JobStatus::Running, None, false, (0, 0, 0));
    }
}
