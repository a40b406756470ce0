//! Spans and measurements of events that are carried out, for whoever collects them: the semantic conventions of messaging.
//! Owns how an event joins the traces that its messages came from. Costs next to nothing where nobody collects.

use std::time::{Duration, Instant};

use fleet_core::ports::Delivery;
use fleet_core::wire::{Event, trace_of};
use fleet_telemetry::{METRICS, SPANS, adopt, link, queues, traceparent_of};
use tracing::field::Empty;
use tracing::{Instrument as _, Level, Span};

use crate::fault::Fault;

/// Other messages' traces that are named: a batch may hold thousands, and a collector takes some hundred.
const LINKS_MAX: usize = 32;

/// Carries out events that came by these messages, under a span of their own.
pub(crate) async fn traced(
    what: &'static str,
    deliveries: &[&Delivery],
    work: impl Future<Output = Result<(), Fault>>,
) -> Result<(), Fault> {
    let span = span(what, deliveries);
    let began = Instant::now();
    let outcome = work.instrument(span.clone()).await;
    told(&span, what, &outcome, began.elapsed());
    outcome
}

/// A dead letter being dealt with, as a part of the trace that it came from.
pub(crate) fn of_dead_letter(letter: &Delivery) -> Span {
    let span = tracing::debug_span!(
        target: SPANS,
        parent: None,
        "bury",
        otel.name = "process dead-jobs",
        otel.kind = "consumer",
        messaging.system = queues(),
        messaging.destination.name = "dead-jobs",
        messaging.operation.name = "process",
        "messaging.operation.type" = "process",
        messaging.message.id = letter.id.0,
    );
    adopt(&span, letter.trace.as_deref());
    span
}

/// What an event is called in traces.
pub(crate) fn name(event: &Event) -> &'static str {
    match event {
        Event::Start(_) => "start",
        Event::JobSettled(_) => "job_settled",
        Event::Walk(_) => "walk",
        Event::Cancel(_) => "cancel",
        Event::Sweep(_) => "sweep",
        Event::Resume(_) => "resume",
        Event::Mark(_) => "mark",
        Event::Tick => "tick",
    }
}

/// A part of the first message's trace, and linked to those of the others and to the invocation that has brought them.
fn span(what: &'static str, deliveries: &[&Delivery]) -> Span {
    let span = tracing::debug_span!(
        target: SPANS,
        parent: None,
        "process",
        otel.name = "process events",
        otel.kind = "consumer",
        otel.status_code = Empty,
        messaging.system = queues(),
        messaging.destination.name = "events",
        messaging.operation.name = "process",
        "messaging.operation.type" = "process",
        messaging.message.id = deliveries.first().map(|delivery| delivery.id.0.as_str()),
        messaging.batch.message_count = deliveries.len(),
        fleet.event = what,
        fleet.outcome = Empty,
    );
    if span.is_disabled() {
        return span;
    }
    let trace = |delivery: &&Delivery| delivery.trace.clone().or_else(|| trace_of(&delivery.body));
    let mut traces = deliveries.iter().filter_map(trace);
    adopt(&span, traces.next().as_deref());
    for trace in traces.take(LINKS_MAX) {
        link(&span, &trace);
    }
    if let Some(invocation) = traceparent_of(&Span::current()) {
        link(&span, &invocation);
    }
    span
}

fn told(span: &Span, what: &'static str, outcome: &Result<(), Fault>, took: Duration) {
    let outcome = match outcome {
        Ok(()) => "done",
        Err(Fault::Superseded) => "superseded",
        Err(Fault::Later) => "later",
        Err(Fault::Rejected(_)) => "rejected",
        Err(_) => "failed",
    };
    span.record("fleet.outcome", outcome);
    if matches!(outcome, "rejected" | "failed") {
        span.record("otel.status_code", "ERROR");
    }
    tracing::event!(
        target: METRICS,
        Level::TRACE,
        histogram.messaging.process.duration = took.as_secs_f64(),
        messaging.system = queues(),
        messaging.destination.name = "events",
        fleet.event = what,
        fleet.outcome = outcome,
    );
}
