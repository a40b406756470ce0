//! Events that others wrote: documents of EventBridge, as its rules put them into a queue, and bare starts, as people and the
//! older framework write them. Owns how these are told from our own form. What a start lacks is taken from its envelope, so
//! that a document delivered twice asks for the same execution.

use serde::Deserialize;
use serde_json::Value;

use super::{Event, Start, WireError, read};
use crate::ids::ExecutionId;

/// Detail types of the status changes that the dispatcher itself puts on the bus. They name an execution as a start does, and
/// must not be taken for one.
const NEWS: [&str; 2] = ["Workflow Execution Status Change", "Job Status Change"];

/// What tells the forms apart; all else is read once the form is known.
#[derive(Deserialize)]
struct Shape {
    #[serde(default)]
    event: Value,
    #[serde(default)]
    workflow_id: Value,
    /// Of an envelope: what it holds.
    #[serde(default)]
    detail: Value,
    /// Of an envelope: the same at each delivery of it.
    #[serde(default)]
    id: Value,
    /// Of an envelope: who put it on the bus.
    #[serde(default)]
    source: Value,
    /// Of an envelope: what kind of thing it holds.
    #[serde(default, rename = "detail-type")]
    detail_type: Value,
}

impl Shape {
    fn of(text: &str) -> Result<Self, WireError> {
        serde_json::from_str(text).map_err(|source| WireError::Malformed { what: "event", source })
    }

    fn is_envelope(&self) -> bool {
        self.event.is_null() && self.workflow_id.is_null() && self.detail.is_object()
    }

    fn is_bare_start(&self) -> bool {
        self.event.is_null() && !self.workflow_id.is_null()
    }
}

/// Reads an event in whichever form it is.
///
/// # Errors
/// [`WireError`], of the innermost form.
pub(super) fn event(text: &str) -> Result<Event, WireError> {
    let shape = Shape::of(text)?;
    if !shape.is_envelope() {
        return without_envelope(&shape, text);
    }
    if let Some(detail_type) = shape.detail_type.as_str().filter(|detail_type| NEWS.contains(detail_type)) {
        return Err(WireError::News { detail_type: detail_type.to_owned() });
    }
    let detail = shape.detail.to_string();
    match without_envelope(&Shape::of(&detail)?, &detail)? {
        Event::Start(start) => Ok(Event::Start(completed(start, &shape))),
        other => Ok(other),
    }
}

fn without_envelope(shape: &Shape, text: &str) -> Result<Event, WireError> {
    if shape.is_bare_start() { read("event", text).map(Event::Start) } else { read("event", text) }
}

/// Only what makes a legal id becomes one: any other start is told by its message, as without an envelope.
fn completed(mut start: Start, envelope: &Shape) -> Start {
    if let Some(source) = envelope.source.as_str().filter(|_| start.by.is_empty()) {
        source.clone_into(&mut start.by);
    }
    // A scheduled start is told by its time.
    let lacks_id = start.workflow_execution_id.is_none() && start.scheduled_at.is_none();
    if let Some(id) = envelope.id.as_str().filter(|_| lacks_id) {
        start.workflow_execution_id = ExecutionId::parse(&format!("{}-{id}", start.workflow_id)).ok();
    }
    start
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alert::StatusChange;
    use crate::ids::{JobId, WorkflowId};
    use crate::state::{ExecutionStatus, JobStatus};
    use crate::time::Timestamp;

    fn check(text: &str, expect: &str) {
        let seen = event(text).map_or_else(|error| error.to_string(), |event| event.to_text());
        assert_eq!(seen, expect);
    }

    #[test]
    fn starts_without_an_envelope() {
        check(
            r#"{"workflow_id":"night","workflow_execution_id":"run-1"}"#,
            r#"{"v":1,"event":"start","workflow_id":"night","workflow_execution_id":"run-1"}"#,
        );
        check(
            r#"{"workflow_id":7}"#,
            "read event: invalid type: integer `7`, expected a string at line 1 column 16",
        );
        check(
            r#"{"v":2,"workflow_id":"night"}"#,
            "read event of version 2: this release knows versions up to 1; upgrade it",
        );
        check("{}", "read event: missing field `event` at line 1 column 2");
    }

    #[test]
    fn documents_of_the_bus() {
        let envelope = |detail: &str| {
            format!(
                r#"{{"version":"0","id":"e-1","detail-type":"Workflow Start","source":"shop","detail":{detail}}}"#
            )
        };
        check(
            &envelope(r#"{"workflow_id":"night"}"#),
            r#"{"v":1,"event":"start","workflow_id":"night","workflow_execution_id":"night-e-1","by":"shop"}"#,
        );
        check(
            &envelope(r#"{"workflow_id":"night","workflow_execution_id":"run-1","by":"me"}"#),
            r#"{"v":1,"event":"start","workflow_id":"night","workflow_execution_id":"run-1","by":"me"}"#,
        );
        check(
            &envelope(
                r#"{"v":1,"event":"start","workflow_id":"night","scheduled_at":"2026-11-22T02:00:00Z"}"#,
            ),
            r#"{"v":1,"event":"start","workflow_id":"night","scheduled_at":"2026-11-22T02:00:00.000Z","by":"shop"}"#,
        );
        check(&envelope(r#"{"event":"tick"}"#), r#"{"v":1,"event":"tick"}"#);
        check(&envelope("{}"), "read event: missing field `event` at line 1 column 2");
        check(
            r#"{"version":"0","id":"e-1","detail":"night"}"#,
            "read event: missing field `event` at line 1 column 43",
        );
    }
    #[test]
    fn what_a_rule_makes_of_a_schedule() {
        check(
            r#"{"event":"start","workflow_id":"night","workflow_execution_id":"night-2026-11-22T02:00:00Z","scheduled_at":"2026-11-22T02:00:00Z"}"#,
            r#"{"v":1,"event":"start","workflow_id":"night","workflow_execution_id":"night-20261122T020000Z","scheduled_at":"2026-11-22T02:00:00.000Z"}"#,
        );
    }

    #[test]
    fn our_own_news_start_nothing() {
        let (workflow_id, at) = (WorkflowId::parse("night").unwrap(), Timestamp::from_millis(0));
        let workflow_execution_id = ExecutionId::parse("run-1").unwrap();
        let execution = StatusChange::Execution {
            workflow_id: workflow_id.clone(),
            workflow_execution_id: workflow_execution_id.clone(),
            status: ExecutionStatus::Failed,
            at,
        };
        let job_id = JobId::parse("load").unwrap();
        let status = JobStatus::Succeeded;
        let job = StatusChange::Job { workflow_id, workflow_execution_id, job_id, status, at };
        for (change, name) in [execution, job].into_iter().zip(NEWS) {
            let detail = serde_json::to_value(change).unwrap();
            let envelope = serde_json::json!({
                "id": "e-1", "source": "rsql-fleet", "detail-type": detail["detail_type"], "detail": detail,
            });
            let expect = format!(
                "read event: `{name}` is news, and asks for nothing; let the bus's rule pass starts only"
            );
            check(&envelope.to_string(), &expect);
        }
    }
}
