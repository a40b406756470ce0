//! A collector of OpenTelemetry: takes traces and metrics by OTLP over HTTP on a loopback port and keeps them in memory. Owns
//! the decoding. What they ought to be is the tests' to say.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::trace::v1::{Span as WireSpan, status::StatusCode};
use prost::Message as _;

use crate::http::{Answer, Reply, Request, Server};

/// A span as it arrived.
#[derive(Debug, Clone)]
pub struct Span {
    /// `service.name` of the process that it came from.
    pub service: String,
    /// Its name.
    pub name: String,
    /// Its trace, in hexadecimal.
    pub trace: String,
    /// Its id, in hexadecimal.
    pub id: String,
    /// The span that it is a part of; empty for the first of a trace.
    pub parent: String,
    /// Traces that it is linked to.
    pub links: BTreeSet<String>,
    /// Attributes as texts.
    pub attributes: BTreeMap<String, String>,
    /// Whether it says that it failed.
    pub has_failed: bool,
}

impl Span {
    /// An attribute; empty when it is not there.
    #[must_use]
    pub fn get(&self, name: &str) -> &str {
        self.attributes.get(name).map_or("", String::as_str)
    }
}

#[derive(Debug, Default)]
struct Received {
    spans: Vec<Span>,
    metrics: BTreeSet<String>,
    bodies: Vec<Vec<u8>>,
}

/// The names on the way from the first span of a trace to this one, which is in it.
#[must_use]
pub fn way(trace: &BTreeMap<String, Span>, span: &Span) -> Vec<String> {
    let earlier = |span: &&Span| trace.get(&span.parent);
    let mut names: Vec<String> =
        std::iter::successors(Some(span), earlier).map(|span| span.name.clone()).collect();
    names.reverse();
    names
}

/// Listens until it is dropped.
#[derive(Debug)]
pub struct Collector {
    server: Server,
    received: Arc<Mutex<Received>>,
}

impl Collector {
    /// On a free port.
    #[must_use]
    pub fn listen() -> Self {
        let received = Arc::new(Mutex::new(Received::default()));
        let inbox = Arc::clone(&received);
        let server = Server::start(move |request, _| {
            inbox.lock().unwrap_or_else(PoisonError::into_inner).take(request);
            Reply::Answer(Answer::new(200, "application/x-protobuf", Vec::new()))
        });
        Self { server, received }
    }

    /// What sends a process's telemetry here, and soon.
    #[must_use]
    pub fn environment(&self) -> Vec<(String, String)> {
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        vec![
            pair("OTEL_EXPORTER_OTLP_ENDPOINT", &format!("http://{}", self.server.address())),
            pair("OTEL_BSP_SCHEDULE_DELAY", "200"),
        ]
    }

    /// The spans so far.
    #[must_use]
    pub fn spans(&self) -> Vec<Span> {
        self.look().spans.clone()
    }

    /// The spans of one trace, by their ids.
    ///
    /// # Panics
    /// When one of them is part of a span that is not there: the trace is not connected.
    #[must_use]
    pub fn trace(&self, id: &str) -> BTreeMap<String, Span> {
        let spans = self.spans().into_iter().filter(|span| span.trace == id);
        let trace: BTreeMap<String, Span> = spans.map(|span| (span.id.clone(), span)).collect();
        let is_lost = |span: &&Span| !span.parent.is_empty() && !trace.contains_key(&span.parent);
        let lost: Vec<&Span> = trace.values().filter(is_lost).collect();
        assert!(lost.is_empty(), "the parents of these are not in their trace: {lost:#?}");
        trace
    }

    /// Names of the metrics so far.
    #[must_use]
    pub fn metrics(&self) -> BTreeSet<String> {
        self.look().metrics.clone()
    }

    /// Whether a text is anywhere in what was sent.
    #[must_use]
    pub fn has_seen(&self, text: &str) -> bool {
        let holds = |body: &Vec<u8>| body.windows(text.len()).any(|piece| piece == text.as_bytes());
        self.look().bodies.iter().any(holds)
    }

    fn look(&self) -> std::sync::MutexGuard<'_, Received> {
        self.received.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Received {
    fn take(&mut self, request: &Request) {
        self.bodies.push(request.body.clone());
        match request.path.as_str() {
            "/v1/traces" => self.take_traces(&request.body),
            "/v1/metrics" => self.take_metrics(&request.body),
            _ => {}
        }
    }

    fn take_traces(&mut self, body: &[u8]) {
        let request = ExportTraceServiceRequest::decode(body).expect("it is what the standard says");
        for group in request.resource_spans {
            let resource = group.resource.map(|resource| texts(resource.attributes)).unwrap_or_default();
            let service = resource.get("service.name").cloned().unwrap_or_default();
            let spans = group.scope_spans.into_iter().flat_map(|scope| scope.spans);
            self.spans.extend(spans.map(|span| read(service.clone(), span)));
        }
    }

    fn take_metrics(&mut self, body: &[u8]) {
        let request = ExportMetricsServiceRequest::decode(body).expect("it is what the standard says");
        let scopes = request.resource_metrics.into_iter().flat_map(|group| group.scope_metrics);
        self.metrics.extend(scopes.flat_map(|scope| scope.metrics).map(|metric| metric.name));
    }
}

fn read(service: String, span: WireSpan) -> Span {
    Span {
        service,
        name: span.name,
        trace: hex(&span.trace_id),
        id: hex(&span.span_id),
        parent: hex(&span.parent_span_id),
        links: span.links.iter().map(|link| hex(&link.trace_id)).collect(),
        attributes: texts(span.attributes),
        has_failed: span.status.is_some_and(|status| status.code() == StatusCode::Error),
    }
}

fn texts(attributes: Vec<KeyValue>) -> BTreeMap<String, String> {
    attributes.into_iter().map(|pair| (pair.key, text(pair.value))).collect()
}

fn text(value: Option<AnyValue>) -> String {
    match value.and_then(|value| value.value) {
        Some(Value::StringValue(text)) => text,
        Some(Value::IntValue(number)) => number.to_string(),
        Some(Value::BoolValue(truth)) => truth.to_string(),
        Some(Value::DoubleValue(number)) => number.to_string(),
        _ => String::new(),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
