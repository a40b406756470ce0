//! How a trace goes on elsewhere: as a W3C `traceparent`, beside a message or in a child's environment. Owns reading and
//! writing it. Where nothing is exported, spans have no context, and all of this does nothing.

use std::collections::HashMap;

use opentelemetry::Context;
use opentelemetry::propagation::TextMapPropagator as _;
use opentelemetry::trace::TraceContextExt as _;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

/// Environment variable in which a child process finds its trace.
pub const TRACEPARENT: &str = "TRACEPARENT";

/// Name of the W3C header, which the propagator knows.
const HEADER: &str = "traceparent";

/// Makes a new span a part of a trace from elsewhere. Before anything else is done with it: later has no effect.
pub fn adopt(span: &Span, traceparent: Option<&str>) {
    let Some(context) = traceparent.and_then(read) else { return };
    // Only fails where nothing is exported, or too late: then the span stays where it is.
    let _ = span.set_parent(context);
}

/// Says that a span also belongs to this trace, besides its own.
pub fn link(span: &Span, traceparent: &str) {
    if let Some(context) = read(traceparent) {
        span.add_link(context.span().span_context().clone());
    }
}

/// How the trace of a span goes on elsewhere.
#[must_use]
pub fn traceparent_of(span: &Span) -> Option<String> {
    write(&span.context())
}

/// How the trace of the code that runs goes on elsewhere.
#[must_use]
pub fn current_traceparent() -> Option<String> {
    traceparent_of(&Span::current())
}

/// What a child process is told in its environment, so that it goes on with the trace of the code that runs: where it stands,
/// and where to send. Not what the collector is shown as a proof of identity: scripts may print what they are given.
#[must_use]
pub fn of_children() -> Vec<(String, String)> {
    let Some(trace) = current_traceparent() else { return Vec::new() };
    let readable = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
    let told = readable.filter(|(name, _)| is_for_children(name));
    told.chain([(TRACEPARENT.to_owned(), trace)]).collect()
}

fn is_for_children(name: &str) -> bool {
    name.starts_with("OTEL_") && !name.ends_with("_HEADERS") && name != "OTEL_SERVICE_NAME"
}

fn read(traceparent: &str) -> Option<Context> {
    let headers = HashMap::from([(HEADER.to_owned(), traceparent.to_owned())]);
    let context = TraceContextPropagator::new().extract_with_context(&Context::new(), &headers);
    context.span().span_context().is_valid().then_some(context)
}

fn write(context: &Context) -> Option<String> {
    let mut headers = HashMap::new();
    TraceContextPropagator::new().inject_context(context, &mut headers);
    headers.remove(HEADER)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{SPANS, STATEMENTS};
    use opentelemetry::trace::TracerProvider as _;
    use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider, SpanData};
    use tracing_subscriber::layer::SubscriberExt as _;

    const ELSEWHERE: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    const OTHER: &str = "00-1bf7651916cd43dd8448eb211c80319c-c8ad6b7169203331-01";

    fn recorded(work: impl FnOnce()) -> Vec<SpanData> {
        let exporter = InMemorySpanExporter::default();
        let provider = SdkTracerProvider::builder().with_simple_exporter(exporter.clone()).build();
        let layer = crate::export::spans_of(provider.tracer("test"));
        tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), work);
        exporter.get_finished_spans().expect("it is open")
    }

    #[test]
    fn a_trace_comes_in_and_goes_out() {
        let mut out = None;
        let spans = recorded(|| {
            let outer = tracing::info_span!(target: SPANS, "outer");
            adopt(&outer, Some(ELSEWHERE));
            link(&outer, OTHER);
            outer.in_scope(|| {
                let inner = tracing::debug_span!(target: STATEMENTS, "inner");
                inner.in_scope(|| out = current_traceparent());
            });
        });
        let [inner, outer] = &spans[..] else { panic!("two spans, and not {spans:?}") };
        assert_eq!(outer.parent_span_id.to_string(), "b7ad6b7169203331");
        assert_eq!(outer.links[0].span_context.trace_id().to_string(), "1bf7651916cd43dd8448eb211c80319c");
        assert_eq!(inner.parent_span_id, outer.span_context.span_id());
        let expect = format!("00-0af7651916cd43dd8448eb211c80319c-{}-01", inner.span_context.span_id());
        assert_eq!(out, Some(expect));
    }

    #[test]
    fn children_are_told_no_secrets() {
        let check = |name: &str, expect: bool| assert_eq!(is_for_children(name), expect, "{name}");
        check("OTEL_EXPORTER_OTLP_ENDPOINT", true);
        check("OTEL_RESOURCE_ATTRIBUTES", true);
        check("OTEL_EXPORTER_OTLP_HEADERS", false);
        check("OTEL_EXPORTER_OTLP_TRACES_HEADERS", false);
        check("OTEL_SERVICE_NAME", false);
        check("RSPASSWORD", false);
    }

    #[test]
    fn what_is_no_trace_is_left_alone() {
        for odd in ["", "night", "00-00000000000000000000000000000000-b7ad6b7169203331-01"] {
            let spans = recorded(|| adopt(&tracing::info_span!(target: SPANS, "alone"), Some(odd)));
            assert_eq!(spans[0].parent_span_id.to_string(), "0000000000000000", "{odd}");
        }
    }

    #[test]
    fn log_events_and_foreign_spans_are_none_of_it() {
        let spans = recorded(|| {
            tracing::info_span!("theirs").in_scope(|| tracing::info!("something"));
        });
        assert!(spans.is_empty(), "{spans:?}");
    }

    #[test]
    fn without_export_nothing_is_done() {
        let span = tracing::info_span!(target: SPANS, "unseen");
        adopt(&span, Some(ELSEWHERE));
        link(&span, OTHER);
        assert_eq!(traceparent_of(&span), None);
    }
}
