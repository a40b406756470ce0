//! What travels through queues and the bus: events for the dispatcher, messages for workers. Owns their version number
//! and text form (JSON). Unknown fields are ignored, so that an older reader can take newer data; a higher version is refused.

mod envelope;
mod scheduled;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::ids::{ExecutionId, JobId, VersionHash, WorkflowId};
use crate::state::Turn;
use crate::time::Timestamp;

/// Version of everything in this module.
pub const WIRE_VERSION: u32 = 1;

/// A text that is no event or message.
#[derive(Debug, thiserror::Error)]
pub enum WireError {
    /// Not JSON, or fields are missing or of the wrong type.
    #[error("read {what}: {source}")]
    Malformed {
        /// `event` or `job message`.
        what: &'static str,
        /// What serde says.
        source: serde_json::Error,
    },
    /// Written by a newer release.
    #[error("read {what} of version {version}: this release knows versions up to {WIRE_VERSION}; upgrade it")]
    TooNew {
        /// `event` or `job message`.
        what: &'static str,
        /// The version found.
        version: u32,
    },
    /// Our own news, sent back to us.
    #[error("read event: `{detail_type}` is news, and asks for nothing; let the bus's rule pass starts only")]
    News {
        /// Its detail type.
        detail_type: String,
    },
}

/// Everything that can make the dispatcher act.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// Start an execution.
    Start(Start),
    /// A job has reached a final status: tell its dependents.
    JobSettled(JobSettled),
    /// Go on with jobs that have settled: the rest of a walk that was too long for one step.
    Walk(Walk),
    /// End an execution early.
    Cancel(Ask),
    /// Go on with a cancel from a given job: a sweep over a large graph goes in steps.
    Sweep(Sweep),
    /// Restart a finished execution from its failures.
    Resume(Ask),
    /// Declare one job succeeded or skipped.
    Mark(Mark),
    /// A minute has passed: look for deadlines, late executions and lost progress.
    Tick,
}

/// Start one execution of a workflow.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Start {
    /// Which workflow.
    pub workflow_id: WorkflowId,
    /// The id it shall have; the same id again starts nothing. Without one, it is derived from the event's id. A time at its
    /// end, `2026-11-22T02:00:00Z`, is written as in the ids of scheduled executions.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "scheduled::execution_id")]
    pub workflow_execution_id: Option<ExecutionId>,
    /// Values for the workflow's `params`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub params: BTreeMap<String, String>,
    /// The time it was scheduled for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scheduled_at: Option<Timestamp>,
    /// The schedule's zone, by which the business date is told; UTC when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timezone: Option<String>,
    /// Who starts it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub by: String,
    /// Why.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
}

/// A job has reached a final status.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct JobSettled {
    /// The execution.
    pub workflow_execution_id: ExecutionId,
    /// The job.
    pub job_id: JobId,
    /// The generation in which it settled; an older one than the row's is dropped.
    #[serde(default)]
    pub generation: u32,
    /// Whether it may have been said before. Then most of what follows from it has happened, which is worth a look before
    /// any message is sent again: on a queue that doubles messages, copies would beget copies along a chain.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub again: bool,
}

/// The rest of a walk. One message for many jobs, so that a repeated delivery repeats a walk and does not multiply it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Walk {
    /// The execution.
    pub workflow_execution_id: ExecutionId,
    /// The generation in which they settled.
    #[serde(default)]
    pub generation: u32,
    /// The jobs.
    pub jobs: Vec<JobId>,
}

/// A request that concerns a whole execution.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ask {
    /// The execution.
    pub workflow_execution_id: ExecutionId,
    /// Who asks.
    pub by: String,
    /// Why.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// When it was asked, which also tells a repeated delivery from a new wish.
    pub at: Timestamp,
    /// The generation that the asker saw. An execution that has been resumed since is left alone, so that a late or repeated
    /// delivery cannot undo a newer wish. Without one, the present generation is meant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub generation: Option<u32>,
}

/// The next step of a cancel.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sweep {
    /// The execution.
    pub workflow_execution_id: ExecutionId,
    /// The generation being cancelled.
    pub generation: u32,
    /// Position of the next job in the definition.
    pub from: u32,
}

/// Declare one job succeeded or skipped.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Mark {
    /// The execution, who and why.
    #[serde(flatten)]
    pub ask: Ask,
    /// The job.
    pub job_id: JobId,
    /// What it shall count as.
    pub status: MarkedAs,
}

/// What a job can be declared to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MarkedAs {
    /// As if it had run well.
    Succeeded,
    /// As if its `run_if` had not been met.
    Skipped,
}

/// One turn of one job, for a worker.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct JobMessage {
    /// The execution.
    pub workflow_execution_id: ExecutionId,
    /// Its workflow.
    pub workflow_id: WorkflowId,
    /// The version it runs.
    pub version: VersionHash,
    /// The job.
    pub job_id: JobId,
    /// Which try this message asks for.
    pub turn: Turn,
    /// The generation it belongs to; a claim of an older one than the row's is dropped.
    #[serde(default)]
    pub generation: u32,
    /// When the job became ready for this turn.
    pub ready_at: Timestamp,
}

#[derive(Serialize)]
struct Outer<'a, T> {
    v: u32,
    #[serde(flatten)]
    inner: &'a T,
    #[serde(skip_serializing_if = "Option::is_none")]
    traceparent: Option<&'a str>,
}

/// What a text tells of its trace. The bus wraps it into a document.
#[derive(Deserialize)]
struct TraceOnly {
    traceparent: Option<String>,
    #[serde(default)]
    detail: Option<Box<TraceOnly>>,
}

#[derive(Deserialize)]
struct VersionOnly {
    #[serde(default = "first_version")]
    v: u32,
}

const fn first_version() -> u32 {
    WIRE_VERSION
}

/// The trace that an event is a part of, as a W3C `traceparent`, where its text says so: only texts that came by the bus do,
/// since queues have a place for it beside the text.
#[must_use]
pub fn trace_of(text: &str) -> Option<String> {
    let told: TraceOnly = serde_json::from_str(text).ok()?;
    told.traceparent.or_else(|| told.detail?.traceparent)
}

fn write<T: Serialize>(inner: &T, traceparent: Option<&str>) -> String {
    serde_json::to_string(&Outer { v: WIRE_VERSION, inner, traceparent })
        .expect("wire types hold only strings, numbers and maps of strings")
}

fn read<'a, T: Deserialize<'a>>(what: &'static str, text: &'a str) -> Result<T, WireError> {
    let malformed = |source| WireError::Malformed { what, source };
    let VersionOnly { v: version } = serde_json::from_str(text).map_err(malformed)?;
    if version > WIRE_VERSION {
        return Err(WireError::TooNew { what, version });
    }
    serde_json::from_str(text).map_err(malformed)
}

impl Event {
    /// The text for the queue.
    #[must_use]
    pub fn to_text(&self) -> String {
        write(self, None)
    }

    /// The text for the bus, which hands on nothing beside it; see [`trace_of`].
    #[must_use]
    pub fn to_text_in_trace(&self, traceparent: Option<&str>) -> String {
        write(self, traceparent)
    }

    /// Reads an event: in its own form, as a bare start, or as either within a document of EventBridge.
    ///
    /// # Errors
    /// [`WireError`] when the text is malformed or of a newer version.
    pub fn from_text(text: &str) -> Result<Self, WireError> {
        envelope::event(text)
    }
}

impl JobMessage {
    /// The text for the queue.
    #[must_use]
    pub fn to_text(&self) -> String {
        write(self, None)
    }

    /// Reads a job message.
    ///
    /// # Errors
    /// [`WireError`] when the text is malformed or of a newer version.
    pub fn from_text(text: &str) -> Result<Self, WireError> {
        read("job message", text)
    }

    /// The news that this job has settled, said for the first time.
    #[must_use]
    pub fn settled(&self) -> JobSettled {
        JobSettled {
            workflow_execution_id: self.workflow_execution_id.clone(),
            job_id: self.job_id.clone(),
            generation: self.generation,
            again: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expect: &str) {
        let seen = Event::from_text(text).map_or_else(|error| error.to_string(), |event| event.to_text());
        assert_eq!(seen, expect);
    }

    #[test]
    fn the_trace_of_an_event_that_came_by_the_bus() {
        let check =
            |text: &str, expect: Option<&str>| assert_eq!(trace_of(text).as_deref(), expect, "{text}");
        let text = Event::Tick.to_text_in_trace(Some("00-a-b-01"));
        assert_eq!(text, r#"{"v":1,"event":"tick","traceparent":"00-a-b-01"}"#);
        assert_eq!(Event::from_text(&text).unwrap(), Event::Tick);
        assert_eq!(Event::Tick.to_text_in_trace(None), Event::Tick.to_text());
        check(&text, Some("00-a-b-01"));
        check(&format!(r#"{{"id":"e-1","detail":{text}}}"#), Some("00-a-b-01"));
        check(&Event::Tick.to_text(), None);
        check(r#"{"detail":"night"}"#, None);
        check("night", None);
    }

    #[test]
    fn events_by_hand_and_from_elsewhere() {
        let start = r#"{"v":1,"event":"start","workflow_id":"night"}"#;
        check(start, start);
        check(r#"{"event":"start","workflow_id":"night","added_later":[1]}"#, start);
        check(r#"{"event":"tick"}"#, r#"{"v":1,"event":"tick"}"#);
        let mark = r#"{"v":1,"event":"mark","workflow_execution_id":"run-1","by":"me","at":"2026-11-22T02:00:00.000Z","job_id":"load","status":"skipped"}"#;
        check(mark, mark);
        check(
            r#"{"v":2,"event":"tick"}"#,
            "read event of version 2: this release knows versions up to 1; upgrade it",
        );
        check("{", "read event: EOF while parsing an object at line 1 column 1");
        check(
            r#"{"event":"start","workflow_id":"$(reboot)"}"#,
            "read event: workflow id `$(reboot)` has `$` at position 1: it must begin with a letter",
        );
    }
}
