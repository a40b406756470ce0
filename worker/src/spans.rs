//! Spans and measurements of job messages and attempts, for whoever collects them: the semantic conventions of messaging and
//! CI/CD. Owns how an attempt joins its workflow's trace. Costs next to nothing where nobody collects.

use fleet_core::ports::Delivery;
use fleet_core::state::settle::AttemptEnd;
use fleet_core::time::{Millis, Timestamp};
use fleet_core::wire::JobMessage;
use fleet_telemetry::{METRICS, SPANS, adopt, queues};
use tracing::field::Empty;
use tracing::{Level, Span};

use crate::task::Task;

/// A job message being dealt with, as a part of the trace that it came from.
pub(crate) fn of_message(delivery: &Delivery, message: &JobMessage) -> Span {
    let span = tracing::debug_span!(
        target: SPANS,
        parent: None,
        "process",
        otel.name = "process jobs",
        otel.kind = "consumer",
        messaging.system = queues(),
        messaging.destination.name = "jobs",
        messaging.operation.name = "process",
        "messaging.operation.type" = "process",
        messaging.message.id = delivery.id.0,
        cicd.pipeline.name = %message.workflow_id,
        cicd.pipeline.run.id = %message.workflow_execution_id,
        cicd.pipeline.task.name = %message.job_id,
    );
    adopt(&span, delivery.trace.as_deref());
    span
}

/// An attempt from its claim to its settlement.
pub(crate) fn of_attempt(task: &Task) -> Span {
    let (execution, job, attempt) = (task.execution_id(), task.job_id(), task.turn.attempt);
    tracing::debug_span!(
        target: SPANS,
        "attempt",
        otel.name = %format_args!("run {job}"),
        otel.status_code = Empty,
        cicd.pipeline.name = %task.execution.workflow_id,
        cicd.pipeline.run.id = %execution,
        cicd.pipeline.task.name = %job,
        cicd.pipeline.task.run.id = %format_args!("{execution}/{job}/{attempt}"),
        cicd.pipeline.task.run.result = Empty,
        cicd.worker.name = task.worker,
        fleet.attempt = attempt,
        fleet.exit_code = Empty,
        fleet.queue_delay_ms = Empty,
    )
}

/// The work of an attempt begins.
pub(crate) fn began(span: &Span, task: &Task, now: Timestamp) {
    let delay = now.since(task.message.ready_at);
    span.record("fleet.queue_delay_ms", delay.0);
    tracing::event!(
        target: METRICS,
        Level::TRACE,
        histogram.fleet.attempt.queue_delay = seconds(delay),
        workflow = %task.execution.workflow_id,
    );
}

/// It has ended, whatever will be made of it.
pub(crate) fn ended(span: &Span, task: &Task, end: AttemptEnd, took: Millis) {
    let result = result(end);
    span.record("cicd.pipeline.task.run.result", result);
    if let AttemptEnd::Exited(code) | AttemptEnd::StoppedByError(code) = end {
        span.record("fleet.exit_code", code);
    }
    if matches!(result, "failure" | "error" | "timeout") {
        span.record("otel.status_code", "ERROR");
    }
    tracing::event!(
        target: METRICS,
        Level::TRACE,
        histogram.fleet.attempt.duration = seconds(took),
        workflow = %task.execution.workflow_id,
        result = result,
    );
}

/// As the conventions name results. A look that finds nothing has done what it was to do.
fn result(end: AttemptEnd) -> &'static str {
    match end {
        AttemptEnd::Exited(0) | AttemptEnd::Met | AttemptEnd::NotYet => "success",
        AttemptEnd::Exited(_) | AttemptEnd::StoppedByError(_) => "failure",
        AttemptEnd::ConnectionFailed | AttemptEnd::Refused => "error",
        AttemptEnd::TimedOut => "timeout",
        AttemptEnd::Cancelled | AttemptEnd::HandedOver => "cancellation",
    }
}

fn seconds(span: Millis) -> f64 {
    span.to_std().as_secs_f64()
}
