//! The function invoked by hand or by another service, with one event. Owns what it answers. Carries out nothing.

use dispatcher::{Report, execution_id};
use fleet_core::ids::ExecutionId;
use fleet_core::ports::{Delivery, MessageId, Receipt};
use fleet_core::time::Timestamp;
use fleet_core::wire::{Event, WireError};
use serde::Serialize;
use serde_json::Value;

/// What the one who invoked it is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Answer {
    /// The execution that the event was about, also if it had been started before; none for a tick.
    workflow_execution_id: Option<ExecutionId>,
}

/// One event, as if it had come by the queue, and the answer that is given once it is carried out.
#[derive(Debug)]
pub(crate) struct Invocation {
    pub(crate) delivery: Delivery,
    pub(crate) answer: Answer,
}

/// Reads an invocation. A start without an id gets one from the request's, which stays the same when Lambda tries again.
///
/// # Errors
/// [`WireError`] when it is no event.
pub(crate) fn read(payload: &Value, request_id: &str, now: Timestamp) -> Result<Invocation, WireError> {
    let body = payload.to_string();
    let event = Event::from_text(&body)?;
    let id = MessageId(request_id.to_owned());
    let answer = Answer { workflow_execution_id: execution_of(event, &id) };
    let receipt = Receipt(request_id.to_owned());
    Ok(Invocation {
        delivery: Delivery { id, receipt, body, received: 1, sent_at: now, trace: None },
        answer,
    })
}

fn execution_of(event: Event, request: &MessageId) -> Option<ExecutionId> {
    match event {
        Event::Start(start) => execution_id(&start, request).ok(),
        Event::JobSettled(settled) => Some(settled.workflow_execution_id),
        Event::Walk(walk) => Some(walk.workflow_execution_id),
        Event::Cancel(ask) | Event::Resume(ask) => Some(ask.workflow_execution_id),
        Event::Sweep(sweep) => Some(sweep.workflow_execution_id),
        Event::Mark(mark) => Some(mark.ask.workflow_execution_id),
        Event::Tick => None,
    }
}

/// The answer, or why the event was not carried out.
pub(crate) fn answer(answer: Answer, report: Report) -> Result<Answer, String> {
    if let Some((_, reason)) = report.rejected.into_iter().chain(report.failed).next() {
        return Err(reason);
    }
    if !report.later.is_empty() {
        return Err("carry it out now: a resume of the execution is under way; invoke again".to_owned());
    }
    Ok(answer)
}

#[cfg(test)]
mod tests {
    use super::*;
    use fleet_core::time::Millis;
    use serde_json::json;

    fn check(payload: &Value, report: Report, expect: &Result<Value, &str>) {
        let seen = read(payload, "req-1", Timestamp::default())
            .map_err(|error| error.to_string())
            .and_then(|invocation| answer(invocation.answer, report))
            .map(|answer| json!(answer));
        assert_eq!(seen.as_ref().map_err(String::as_str), expect.as_ref().map_err(|text| *text), "{payload}");
    }

    #[test]
    fn answers() {
        let execution = |id: &str| Ok(json!({ "workflow_execution_id": id }));
        let named = json!({ "workflow_id": "night", "workflow_execution_id": "run-1" });
        check(&named, Report::default(), &execution("run-1"));
        check(&json!({ "workflow_id": "night" }), Report::default(), &execution("night-req-1"));
        let document =
            json!({ "detail-type": "Workflow Start", "id": "e-1", "detail": { "workflow_id": "night" } });
        check(&document, Report::default(), &execution("night-e-1"));
        let scheduled = json!({ "workflow_id": "night", "scheduled_at": "2026-11-22T02:00:00Z" });
        check(&scheduled, Report::default(), &execution("night-20261122T020000Z"));
        check(&json!({ "event": "tick" }), Report::default(), &Ok(json!({ "workflow_execution_id": null })));
        let cancel = json!({ "event": "cancel", "workflow_execution_id": "run-1", "by": "me", "at": "2026-11-22T02:00:00Z" });
        check(&cancel, Report::default(), &execution("run-1"));
    }

    #[test]
    fn errors() {
        let start = json!({ "workflow_id": "night" });
        let id = || MessageId("req-1".to_owned());
        let rejected = vec![(id(), "workflow `night` is not deployed".to_owned())];
        check(&start, Report { rejected, ..Report::default() }, &Err("workflow `night` is not deployed"));
        let failed = vec![(id(), "read executions: throttled".to_owned())];
        check(&start, Report { failed, ..Report::default() }, &Err("read executions: throttled"));
        let later = vec![(Receipt("req-1".to_owned()), Millis(250))];
        check(
            &start,
            Report { later, ..Report::default() },
            &Err("carry it out now: a resume of the execution is under way; invoke again"),
        );
        check(&json!({}), Report::default(), &Err("read event: missing field `event` at line 1 column 2"));
    }
}
