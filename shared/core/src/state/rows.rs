//! The durable state: one EXECUTION row and lazily made JOB rows, in the shape that every store keeps. Owns the row types
//! and their format number. Does not decide anything: see `claim`, `settle`, `readiness`, `resume`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::transition::{ExecutionStatus, JobStatus};
use crate::ids::{ExecutionId, JobId, VersionHash, WorkflowId};
use crate::time::{Millis, Timestamp};

/// Format of the rows below. A reader refuses a higher number; fields added later have defaults.
pub const ROW_FORMAT: u32 = 1;

/// A row together with the number of times it has been written, by which a later write names what it has seen.
#[derive(Debug, Clone, PartialEq)]
pub struct Versioned<T> {
    /// Revision, counted by the store.
    pub rev: Rev,
    /// The row.
    pub row: T,
}

/// How often a row has been written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rev(pub u64);

/// Who asked for a change, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// A person, a schedule or a part of the fleet.
    pub by: String,
    /// In their words; empty when none was given.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// When.
    pub at: Timestamp,
}

/// Why an execution is to end early.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cancel {
    /// Who, why, when.
    pub request: Request,
    /// An operator's wish ends as `cancelled`, a time limit as `failed`.
    pub cause: CancelCause,
}

/// What kind of cancel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CancelCause {
    /// Asked for by hand.
    Operator,
    /// The workflow's `timeout` has passed.
    Timeout,
}

/// One run of one version of a workflow.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ExecutionRow {
    /// [`ROW_FORMAT`] of the writer.
    pub format: u32,
    /// Its id.
    pub workflow_execution_id: ExecutionId,
    /// The workflow.
    pub workflow_id: WorkflowId,
    /// The version it runs, for its whole life.
    pub version: VersionHash,
    /// Where it stands.
    pub status: ExecutionStatus,
    /// 0 at the start, one more with each resume.
    pub generation: u32,
    /// What the templates were filled with, recorded at the start.
    pub bindings: BTreeMap<String, String>,
    /// The time it was scheduled for, when a schedule started it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scheduled_at: Option<Timestamp>,
    /// Who started it, and why.
    pub started: Request,
    /// Start of the present generation.
    pub generation_at: Timestamp,
    /// The request that began the present generation, by which its second delivery is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resumed: Option<Request>,
    /// When it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Timestamp>,
    /// When it is cancelled for taking too long.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deadline: Option<Timestamp>,
    /// When a late alert is due; taken away once it is published.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub late_at: Option<Timestamp>,
    /// Set by a cancel; whatever becomes ready afterwards is skipped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cancel: Option<Cancel>,
    /// The first job whose failure counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failed: Option<JobId>,
    /// Slots of `max_parallel` in use.
    #[serde(default)]
    pub slots_used: u32,
    /// The next time a tick looks at it, while it is open or its end is not announced. The store's sparse index is by this
    /// time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attention_at: Option<Timestamp>,
    /// How often a tick has driven it again in this generation; spaces the next look out.
    #[serde(default)]
    pub redrives: u32,
    /// Settled jobs and attempts, as counted at the last look: when they have grown, it makes progress by itself.
    #[serde(default)]
    pub progress: u64,
    /// Whether its end has been announced and alerted on.
    #[serde(default)]
    pub announced: bool,
}

/// Which try: attempts count failures and losses, looks count the polls of a precondition within an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
pub struct Turn {
    /// 1, 2, 3 …; 0 before the first.
    pub attempt: u32,
    /// 0 for scripts; 0, 1, 2 … for preconditions.
    #[serde(default)]
    pub look: u32,
}

/// A worker's time-limited right to run one attempt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lease {
    /// Name of the worker process and slot.
    pub worker: String,
    /// The queue message it was claimed with.
    pub message: String,
    /// When it runs out, by the worker's clock.
    pub until: Timestamp,
}

/// Settled needs of a job, counted by the dispatcher as they are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Tally {
    /// Needs that are settled.
    pub settled: u32,
    /// Of these, needs that let `all_succeeded` pass.
    pub good: u32,
    /// Of these, needs that failed, were cancelled, or were skipped because of a failure.
    pub bad: u32,
}

/// Why a job was skipped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SkipCause {
    /// A need failed, or was itself skipped because of a failure.
    NeedFailed,
    /// Its `run_if` is not met, and nothing failed.
    RunIf,
    /// `on_failure: stop`, after a failure elsewhere.
    Stopped,
    /// The execution was cancelled.
    Cancelled,
    /// By an operator's `mark`.
    Marked,
}

impl SkipCause {
    /// In words, for the audit.
    #[must_use]
    pub const fn reason(self) -> &'static str {
        match self {
            Self::NeedFailed => "a need failed",
            Self::RunIf => "its run_if is not met",
            Self::Stopped => "on_failure is stop, and a job has failed",
            Self::Cancelled => "the execution was cancelled",
            Self::Marked => "marked by hand",
        }
    }
}

/// How the last attempt ended.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct JobResult {
    /// Exit code of the script, when it came to one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exit_code: Option<i32>,
    /// Rows affected or returned, summed over the script.
    #[serde(default)]
    pub rows: u64,
    /// One sentence for people.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub message: String,
    /// The statement that failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<StatementFault>,
    /// The exit code is one of the job's `warning_codes`.
    #[serde(default)]
    pub warning: bool,
}

impl JobResult {
    /// In a line, for the audit, the log and alerts.
    #[must_use]
    pub fn summary(&self) -> String {
        let mut parts = Vec::new();
        if let Some(code) = self.exit_code {
            parts.push(format!("exit code {code}"));
        }
        if self.rows > 0 {
            parts.push(format!("{} rows", self.rows));
        }
        if let Some(error) = &self.error {
            parts.push(format!(
                "{}:{}: {} (SQLSTATE {})",
                error.file, error.line, error.message, error.sqlstate
            ));
        } else if !self.message.is_empty() {
            parts.push(self.message.clone());
        }
        parts.join(", ")
    }
}

/// A failing statement, as people need to see it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct StatementFault {
    /// Script file, relative to the script root.
    pub file: String,
    /// Line of the statement, from 1.
    pub line: u64,
    /// Five characters, as the server sent them.
    pub sqlstate: String,
    /// The server's primary message.
    pub message: String,
    /// The statement, cut to a bounded length.
    pub statement: String,
}

/// One node of the graph in one execution. Made lazily: a job without a row has not started.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct JobRow {
    /// [`ROW_FORMAT`] of the writer; 0 in a row that was made by counting alone.
    #[serde(default)]
    pub format: u32,
    /// The generation that last touched it.
    #[serde(default)]
    pub generation: u32,
    /// The generation in which a resume last reset it.
    #[serde(default)]
    pub reset_in: u32,
    /// The generation in which an operator marked it after the execution's end: the next resume counts it anew.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub marked_in: Option<u32>,
    /// Where it stands.
    #[serde(default)]
    pub status: JobStatus,
    /// The running, last, or (while waiting) next try.
    #[serde(default)]
    pub turn: Turn,
    /// Tries of this generation that failed by themselves; lost workers do not count.
    #[serde(default)]
    pub failures: u32,
    /// Tries of this generation whose worker was lost.
    #[serde(default)]
    pub losses: u32,
    /// One more with each claim: only the holder of the highest may record a result.
    #[serde(default)]
    pub fence: u64,
    /// While running.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lease: Option<Lease>,
    /// While waiting: not before this time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_before: Option<Timestamp>,
    /// Settled needs; only kept for jobs with several.
    #[serde(default)]
    pub tally: Tally,
    /// How many dependents have been told.
    #[serde(default)]
    pub told: u32,
    /// Whether it holds a slot of `max_parallel`.
    #[serde(default)]
    pub slot: bool,
    /// Since when it is held for want of a slot; the beginning of time once it has its slot and is yet to be released, so
    /// that it stands first in line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held_since: Option<Timestamp>,
    /// Set on a running job by a cancel; its worker sees it at the next heartbeat.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cancel: Option<Cancel>,
    /// When the job of this turn was put on the queue.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ready_at: Option<Timestamp>,
    /// Start of the first attempt of this generation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_started_at: Option<Timestamp>,
    /// Start of the last attempt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_at: Option<Timestamp>,
    /// When it settled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Timestamp>,
    /// How the last attempt ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result: Option<JobResult>,
    /// Why it was skipped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub skip: Option<SkipCause>,
}

impl JobRow {
    /// Time between being ready and starting, of the last attempt.
    #[must_use]
    pub fn queue_delay(&self) -> Option<Millis> {
        Some(self.started_at?.since(self.ready_at?))
    }

    /// Time between start and end of the last attempt.
    #[must_use]
    pub fn run_time(&self) -> Option<Millis> {
        Some(self.ended_at?.since(self.started_at?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_in_a_line() {
        fn check(result: &JobResult, expect: &str) {
            assert_eq!(result.summary(), expect);
        }
        let fault = StatementFault {
            file: "a.rsql".to_owned(),
            line: 7,
            sqlstate: "42P01".to_owned(),
            message: "relation \"x\" does not exist".to_owned(),
            statement: "select * from x".to_owned(),
        };
        check(&JobResult::default(), "");
        check(&JobResult { exit_code: Some(0), rows: 12, ..JobResult::default() }, "exit code 0, 12 rows");
        check(&JobResult { message: "not yet".to_owned(), ..JobResult::default() }, "not yet");
        check(
            &JobResult {
                exit_code: Some(3),
                error: Some(fault),
                message: "ERROR".to_owned(),
                ..JobResult::default()
            },
            "exit code 3, a.rsql:7: relation \"x\" does not exist (SQLSTATE 42P01)",
        );
    }
}
