//! One job of an execution, for people and programs.

use fleet_core::ids::JobId;
use fleet_core::state::{JobRow, JobStatus, SkipCause, StatementFault};
use fleet_core::time::Timestamp;
use serde::Serialize;

/// An operator's word on a job, which counts instead of its last try.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Mark {
    /// Who.
    pub(crate) by: String,
    /// Why, in their words.
    pub(crate) reason: String,
    /// When.
    pub(crate) at: Timestamp,
}

/// A job as it stands. Spans are in milliseconds; what there is none of is `null`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Job {
    /// Its id.
    pub(crate) job_id: JobId,
    /// Where it stands.
    pub(crate) status: JobStatus,
    /// Tries so far, the present one included.
    pub(crate) attempts: u32,
    /// Tries of which the worker was lost, since the last start or resume.
    pub(crate) lost: u32,
    /// From ready to started, of the last try.
    pub(crate) queue_delay_ms: Option<u64>,
    /// From started to ended, of the last try; while it runs, so far.
    pub(crate) run_time_ms: Option<u64>,
    /// Rows affected or returned by the last try.
    pub(crate) rows: Option<u64>,
    /// Exit code of the last try.
    pub(crate) exit_code: Option<i32>,
    /// Whether that is one of its `warning_codes`.
    pub(crate) warning: bool,
    /// One sentence on the last try.
    pub(crate) message: Option<String>,
    /// The statement that failed.
    pub(crate) error: Option<StatementFault>,
    /// Why it was skipped.
    pub(crate) skip: Option<SkipCause>,
    /// Who declared its status by hand. Nothing of the last try is shown then but that there was one.
    pub(crate) marked: Option<Mark>,
    /// Worker and slot that run it.
    pub(crate) worker: Option<String>,
    /// While it waits: not before this time.
    pub(crate) not_before: Option<Timestamp>,
    /// Start of the last try.
    pub(crate) started_at: Option<Timestamp>,
    /// When it settled.
    pub(crate) ended_at: Option<Timestamp>,
}

impl Job {
    /// A job by its row; one without a row has not started.
    pub(crate) fn of(id: &JobId, row: Option<&JobRow>, now: Timestamp) -> Self {
        let unstarted = JobRow::default();
        let row = row.unwrap_or(&unstarted);
        let result = row.result.as_ref();
        let running = row.status == JobStatus::Running;
        let until = if running { Some(now) } else { row.ended_at };
        let run_time = row.run_time().or_else(|| Some(until?.since(row.started_at?)));
        Self {
            job_id: id.clone(),
            status: row.status,
            attempts: attempts(row),
            lost: row.losses,
            queue_delay_ms: row.queue_delay().map(|span| span.0),
            run_time_ms: run_time.map(|span| span.0),
            rows: result.map(|result| result.rows),
            exit_code: result.and_then(|result| result.exit_code),
            warning: result.is_some_and(|result| result.warning),
            message: result.map(|result| result.message.clone()).filter(|message| !message.is_empty()),
            error: result.and_then(|result| result.error.clone()),
            skip: row.skip,
            marked: None,
            worker: row.lease.as_ref().map(|lease| lease.worker.clone()),
            not_before: row.not_before,
            started_at: row.started_at,
            ended_at: row.ended_at,
        }
    }

    /// Whether it may have been marked: a script that came to a good end by itself mostly has
    /// exit code 0.
    pub(crate) fn may_be_marked(&self) -> bool {
        match self.status {
            JobStatus::Succeeded => self.exit_code != Some(0),
            JobStatus::Skipped => self.skip == Some(SkipCause::Marked),
            _ => false,
        }
    }

    /// The same, with the mark that gave it its status.
    pub(crate) fn mark(&mut self, mark: Mark) {
        self.marked = Some(mark);
        (self.run_time_ms, self.rows, self.exit_code) = (None, None, None);
        (self.message, self.error, self.warning) = (None, None, false);
    }
}

/// Tries so far. A waiting job's row names the next one, unless it is between two looks of the same.
fn attempts(row: &JobRow) -> u32 {
    let is_next = row.status == JobStatus::Waiting && row.turn.look == 0;
    if is_next { row.turn.attempt.saturating_sub(1) } else { row.turn.attempt }
}
