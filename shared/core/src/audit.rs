//! The audit trail: append-only records with deterministic keys, so that a repeated write is the same record. Owns their
//! shape and keys. Does not store them: a port writes them together with the change of state that they record.

use serde::{Deserialize, Serialize};

use crate::ids::{ExecutionId, JobId, WorkflowId};
use crate::state::Turn;
use crate::time::Timestamp;

/// What an audit record is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditSubject {
    /// The workflow.
    pub workflow_id: WorkflowId,
    /// The execution; none for changes of the workflow itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workflow_execution_id: Option<ExecutionId>,
    /// The job; none for changes of the execution itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub job_id: Option<JobId>,
    /// The try, where one is concerned.
    #[serde(default)]
    pub turn: Turn,
    /// The generation.
    #[serde(default)]
    pub generation: u32,
}

impl AuditSubject {
    /// A workflow itself, whatever runs of it.
    #[must_use]
    pub fn workflow(workflow_id: WorkflowId) -> Self {
        Self { workflow_id, workflow_execution_id: None, job_id: None, turn: Turn::default(), generation: 0 }
    }
}

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AuditKind {
    /// A version was made the current one.
    Deployed,
    /// The current version was taken away: the workflow is no longer started.
    Undeployed,
    /// An execution was accepted.
    Started,
    /// An attempt was claimed by a worker.
    AttemptStarted,
    /// An attempt was claimed after its worker was lost.
    TakenOver,
    /// A precondition was looked at and not met.
    LookedAt,
    /// An attempt failed and will be tried again.
    WillRetry,
    /// A draining worker gave an attempt back.
    HandedOver,
    /// The job settled as succeeded.
    Succeeded,
    /// The job settled as failed.
    Failed,
    /// The job settled as skipped.
    Skipped,
    /// The job settled as cancelled.
    Cancelled,
    /// A worker that had lost its lease brought a result, which changes nothing.
    Fenced,
    /// A ready job found no slot of `max_parallel`.
    Held,
    /// A held job was given a slot.
    Admitted,
    /// An operator or time limit asked for the end.
    CancelRequested,
    /// An operator asked for a restart from the failure.
    ResumeRequested,
    /// A resume reset the job.
    Reset,
    /// A resume is complete.
    Resumed,
    /// An operator declared a job's status.
    Marked,
    /// The execution ended.
    Ended,
    /// An alert that the execution is late.
    Late,
    /// A tick drove the execution again.
    Redriven,
    /// A request made no sense at the time, and was not carried out.
    Refused,
}

/// One line of the audit trail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditRecord {
    /// What it is about.
    #[serde(flatten)]
    pub subject: AuditSubject,
    /// What happened.
    pub kind: AuditKind,
    /// When, by the clock of whoever did it.
    pub at: Timestamp,
    /// Who did it: a person, a worker, the dispatcher, a schedule.
    pub by: String,
    /// Why, in their words; and what came of it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub detail: String,
    /// Tells several records of one kind about one try apart, such as two cancels; empty where there can be one only.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub distinct: String,
}

impl AuditRecord {
    /// The key within the execution (or, without one, within the workflow): the same change has the same key, however
    /// often it is written.
    #[must_use]
    pub fn key(&self) -> String {
        let subject = &self.subject;
        let job = subject.job_id.as_ref().map_or("-", JobId::as_str);
        let kind = serde_json::to_string(&self.kind).unwrap_or_default();
        let kind = kind.trim_matches('"');
        let Turn { attempt, look } = subject.turn;
        let mut key = format!("{:06}#{job}#{attempt:06}#{look:06}#{kind}", subject.generation);
        if !self.distinct.is_empty() {
            key.push('#');
            key.push_str(&self.distinct);
        }
        key
    }
}
