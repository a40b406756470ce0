//! The one place that says which changes of status are legal, for jobs and for executions. Nothing else in the fleet
//! compares statuses to decide what may follow. Does not say when a change is due: see `claim`, `settle`, `readiness`.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Where a job stands. A job without a row stands at [`JobStatus::Pending`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JobStatus {
    /// Not started: some needs are open, or its message is on the way.
    #[default]
    Pending,
    /// Ready, but `max_parallel` leaves it no slot yet.
    Held,
    /// An attempt holds, or held, a lease.
    Running,
    /// Between two attempts, or between two looks of a precondition.
    Waiting,
    /// Settled: ended as its author wished (a warning code included).
    Succeeded,
    /// Settled: its last attempt failed.
    Failed,
    /// Settled: never ran, because of its `run_if`, a stop, or an operator.
    Skipped,
    /// Settled: an operator or a time limit ended it.
    Cancelled,
}

/// What may happen to a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum JobChange {
    /// It is ready and finds no slot.
    Hold,
    /// The slot it waited for was given to it and its message is sent.
    Release,
    /// A worker takes an attempt.
    Claim,
    /// A worker takes the job over from one whose lease has run out.
    TakeOver,
    /// The attempt is given back: a look that was not met, a retry, or a drained worker.
    Wait,
    /// The attempt ended well.
    Succeed,
    /// The last attempt failed, or the job is poison.
    Fail,
    /// It will not run.
    Skip,
    /// An operator or a time limit ends it.
    Cancel,
    /// An operator declares it succeeded.
    MarkSucceeded,
    /// An operator declares it skipped.
    MarkSkipped,
    /// A resume takes it back to the start.
    Reset,
}

/// Where an execution stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExecutionStatus {
    /// Open: jobs are running or will.
    Running,
    /// Open: a resume is resetting rows; job events are put back meanwhile.
    Resuming,
    /// Over, and every job that counts succeeded.
    Succeeded,
    /// Over, and a job that counts failed, or the time limit struck.
    Failed,
    /// Over, because an operator cancelled it.
    Cancelled,
}

/// What may happen to an execution.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ExecutionChange {
    /// END was decided and nothing that counts failed.
    Succeed,
    /// END was decided after a failure.
    Fail,
    /// END was decided after a cancel.
    Cancel,
    /// An operator asks for a restart from the failure.
    BeginResume,
    /// All rows are reset and what is ready is sent.
    EndResume,
}

/// A change that the table does not allow.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what} is {from} and cannot {change}")]
pub struct IllegalTransition {
    /// `job` or `execution`.
    pub what: &'static str,
    /// The present status.
    pub from: String,
    /// The change asked for.
    pub change: String,
}

impl JobStatus {
    /// Whether the job has reached a final status.
    #[must_use]
    pub const fn is_settled(self) -> bool {
        matches!(self, Self::Succeeded | Self::Failed | Self::Skipped | Self::Cancelled)
    }

    /// The status after `change`.
    ///
    /// # Errors
    /// [`IllegalTransition`] for everything that is not listed here.
    pub fn after(self, change: JobChange) -> Result<Self, IllegalTransition> {
        use JobChange as C;
        use JobStatus as S;
        match (self, change) {
            (S::Pending, C::Hold) => Ok(S::Held),
            (S::Held, C::Release) => Ok(S::Pending),
            (S::Pending | S::Held | S::Waiting, C::Claim) | (S::Running, C::TakeOver) => Ok(S::Running),
            (S::Running, C::Wait) => Ok(S::Waiting),
            (S::Running, C::Succeed) => Ok(S::Succeeded),
            (S::Pending | S::Held | S::Waiting | S::Running, C::Fail) => Ok(S::Failed),
            (S::Pending | S::Held, C::Skip) => Ok(S::Skipped),
            (S::Pending | S::Held | S::Waiting | S::Running, C::Cancel) => Ok(S::Cancelled),
            (S::Pending | S::Held | S::Waiting | S::Failed | S::Skipped | S::Cancelled, C::MarkSucceeded) => {
                Ok(S::Succeeded)
            }
            (S::Pending | S::Held | S::Waiting | S::Failed | S::Cancelled, C::MarkSkipped) => Ok(S::Skipped),
            (S::Succeeded | S::Failed | S::Skipped | S::Cancelled, C::Reset) => Ok(S::Pending),
            (from, change) => {
                Err(IllegalTransition { what: "job", from: from.to_string(), change: change.to_string() })
            }
        }
    }
}

impl ExecutionStatus {
    /// Whether the execution still has work to do.
    #[must_use]
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Running | Self::Resuming)
    }

    /// The status after `change`.
    ///
    /// # Errors
    /// [`IllegalTransition`] for everything that is not listed here.
    pub fn after(self, change: ExecutionChange) -> Result<Self, IllegalTransition> {
        use ExecutionChange as C;
        use ExecutionStatus as S;
        match (self, change) {
            (S::Running, C::Succeed) => Ok(S::Succeeded),
            (S::Resuming, C::EndResume) => Ok(S::Running),
            (S::Running, C::Fail) => Ok(S::Failed),
            (S::Running, C::Cancel) => Ok(S::Cancelled),
            (S::Succeeded | S::Failed | S::Cancelled | S::Resuming, C::BeginResume) => Ok(S::Resuming),
            (from, change) => Err(IllegalTransition {
                what: "execution",
                from: from.to_string(),
                change: change.to_string(),
            }),
        }
    }
}

impl fmt::Display for JobChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Hold => "be held",
            Self::Release => "be released",
            Self::Claim => "be claimed",
            Self::TakeOver => "be taken over",
            Self::Wait => "be given back",
            Self::Succeed => "succeed",
            Self::Fail => "fail",
            Self::Skip => "be skipped",
            Self::Cancel => "be cancelled",
            Self::MarkSucceeded => "be marked succeeded",
            Self::MarkSkipped => "be marked skipped",
            Self::Reset => "be reset",
        })
    }
}

impl fmt::Display for ExecutionChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Succeed => "succeed",
            Self::Fail => "fail",
            Self::Cancel => "be cancelled",
            Self::BeginResume => "be resumed",
            Self::EndResume => "go on",
        })
    }
}

impl fmt::Display for JobStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Pending => "pending",
            Self::Held => "held",
            Self::Running => "running",
            Self::Waiting => "waiting",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
            Self::Cancelled => "cancelled",
        })
    }
}

impl fmt::Display for ExecutionStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Running => "running",
            Self::Resuming => "resuming",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STATUSES: [JobStatus; 8] = [
        JobStatus::Pending,
        JobStatus::Held,
        JobStatus::Running,
        JobStatus::Waiting,
        JobStatus::Succeeded,
        JobStatus::Failed,
        JobStatus::Skipped,
        JobStatus::Cancelled,
    ];

    #[test]
    fn settled_jobs_change_by_hand_only() {
        let by_themselves = [
            JobChange::Hold,
            JobChange::Release,
            JobChange::Claim,
            JobChange::TakeOver,
            JobChange::Wait,
            JobChange::Succeed,
            JobChange::Fail,
            JobChange::Skip,
            JobChange::Cancel,
        ];
        for status in STATUSES.into_iter().filter(|status| status.is_settled()) {
            for change in by_themselves {
                assert!(status.after(change).is_err(), "{status} after {change:?}");
            }
            assert_eq!(status.after(JobChange::Reset), Ok(JobStatus::Pending));
        }
    }

    #[test]
    fn only_the_running_end_by_themselves() {
        for status in STATUSES {
            let ends = status.after(JobChange::Succeed).is_ok();
            assert_eq!(ends, status == JobStatus::Running, "{status}");
        }
    }

    #[test]
    fn an_execution_ends_once() {
        for change in [ExecutionChange::Succeed, ExecutionChange::Fail, ExecutionChange::Cancel] {
            let ended = ExecutionStatus::Running.after(change).unwrap();
            assert!(!ended.is_open());
            assert!(ended.after(change).is_err());
            assert_eq!(ended.after(ExecutionChange::BeginResume), Ok(ExecutionStatus::Resuming));
        }
        let error = ExecutionStatus::Succeeded.after(ExecutionChange::Fail).unwrap_err();
        assert_eq!(error.to_string(), "execution is succeeded and cannot fail");
    }
}
