//! Traces and metrics on their way to a collector. Owns which of them are exported, what is said about the process, and
//! which spans and events count. Sends by threads of its own, in batches, and never holds anybody up.

use std::env;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use opentelemetry::trace::TracerProvider as _;
use opentelemetry::{Key, KeyValue};
use opentelemetry_otlp::{ExporterBuildError, MetricExporter, SpanExporter, WithHttpConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::metrics::SdkMeterProvider;
use opentelemetry_sdk::trace::{SdkTracer, SdkTracerProvider};
use opentelemetry_semantic_conventions::attribute;
use tracing::{Level, Metadata, Subscriber};
use tracing_opentelemetry::{MetricsLayer, OpenTelemetryLayer};
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::{Layer, Registry};

use crate::http::Client;
use crate::{METRICS, SPANS, STATEMENTS};

/// Longest time that the end of an invocation or of the process waits for a collector: its answer is worth less than theirs.
const WAIT_MAX: Duration = Duration::from_secs(2);
/// Names the collector of both.
const ENDPOINT: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";
/// Turns all of it off.
const DISABLED: &str = "OTEL_SDK_DISABLED";
/// How the standard calls a service that nobody has named.
const UNNAMED: &str = "unknown_service";
/// Attributes of the process that Lambda tells, with the variables it tells them by.
const OF_LAMBDA: &[(&str, &str)] = &[
    (attribute::FAAS_NAME, "AWS_LAMBDA_FUNCTION_NAME"),
    (attribute::FAAS_VERSION, "AWS_LAMBDA_FUNCTION_VERSION"),
    (attribute::FAAS_INSTANCE, "AWS_LAMBDA_LOG_STREAM_NAME"),
    (attribute::CLOUD_REGION, "AWS_REGION"),
];

/// One of the two things that are exported.
struct Signal {
    endpoint: &'static str,
    exporter: &'static str,
}

const TRACES: Signal =
    Signal { endpoint: "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", exporter: "OTEL_TRACES_EXPORTER" };
const MEASUREMENTS: Signal =
    Signal { endpoint: "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", exporter: "OTEL_METRICS_EXPORTER" };

impl Signal {
    fn is_wanted(&self) -> bool {
        let is_set = |name: &str| env::var(name).is_ok_and(|value| !value.is_empty());
        let is = |name: &str, text: &str| env::var(name).is_ok_and(|value| value.eq_ignore_ascii_case(text));
        (is_set(ENDPOINT) || is_set(self.endpoint)) && !is(self.exporter, "none") && !is(DISABLED, "true")
    }
}

/// Whether anything is exported.
pub(crate) fn is_wanted() -> bool {
    TRACES.is_wanted() || MEASUREMENTS.is_wanted()
}

/// Both ways out, as far as they are wanted. All clones are the same ones.
#[derive(Debug, Clone)]
pub(crate) struct Export {
    spans: Option<SdkTracerProvider>,
    metrics: Option<SdkMeterProvider>,
    faults: Vec<String>,
    /// Whether somebody waits for the collector, or has given up while it still does not answer.
    awaited: Arc<AtomicBool>,
}

impl Export {
    /// As the environment says. What cannot be is kept until it can be logged.
    pub(crate) fn from_env(service: &'static str) -> Self {
        let mut export = Self { spans: None, metrics: None, faults: Vec::new(), awaited: Arc::default() };
        if TRACES.is_wanted() {
            export.spans = export.usable(spans(service));
        }
        if MEASUREMENTS.is_wanted() {
            export.metrics = export.usable(metrics(service));
        }
        export
    }

    fn usable<T>(&mut self, built: Result<T, ExporterBuildError>) -> Option<T> {
        built.map_err(|error| self.faults.push(error.to_string())).ok()
    }

    pub(crate) fn warn_of_faults(&self) {
        for fault in &self.faults {
            tracing::warn!("telemetry is not exported: {fault}");
        }
    }

    pub(crate) fn span_layer(&self) -> Option<Box<dyn Layer<Registry> + Send + Sync>> {
        let provider = self.spans.as_ref()?;
        Some(spans_of(provider.tracer(env!("CARGO_PKG_NAME"))).boxed())
    }

    pub(crate) fn metric_layer(&self) -> Option<Box<dyn Layer<Registry> + Send + Sync>> {
        let provider = self.metrics.clone()?;
        let is_measurement = filter_fn(|metadata| metadata.target() == METRICS);
        Some(MetricsLayer::new(provider).with_filter(is_measurement).boxed())
    }

    /// Sends what has been recorded, and waits for [`WAIT_MAX`] at most. What cannot be sent has been told by the client.
    pub(crate) fn flush(&self) {
        self.within_limit(|export| {
            let _ = export.spans.as_ref().map(SdkTracerProvider::force_flush);
            let _ = export.metrics.as_ref().map(SdkMeterProvider::force_flush);
        });
    }

    /// The same for the last time.
    pub(crate) fn shut_down(&self) {
        self.within_limit(|export| {
            let _ = export.spans.as_ref().map(SdkTracerProvider::shutdown);
            let _ = export.metrics.as_ref().map(SdkMeterProvider::shutdown);
        });
    }

    /// The exporters wait for a collector that hangs for much longer than whoever waits for them may: so that is done by a
    /// thread, and only once at a time.
    fn within_limit(&self, send: fn(&Self)) {
        if (self.spans.is_none() && self.metrics.is_none()) || self.awaited.swap(true, Ordering::Relaxed) {
            return;
        }
        let (done, is_done) = mpsc::channel();
        let export = self.clone();
        let sender = thread::Builder::new().name("telemetry".to_owned()).spawn(move || {
            send(&export);
            export.awaited.store(false, Ordering::Relaxed);
            let _ = done.send(());
        });
        // Without a thread nothing is sent, which nobody should wait for either.
        if sender.is_ok() {
            let _ = is_done.recv_timeout(WAIT_MAX);
        } else {
            self.awaited.store(false, Ordering::Relaxed);
        }
    }
}

/// The layer that makes spans of OpenTelemetry out of ours, and leaves everybody else's alone.
pub(crate) fn spans_of<S>(tracer: SdkTracer) -> impl Layer<S> + Send + Sync
where
    S: Subscriber + for<'a> LookupSpan<'a> + Send + Sync,
{
    OpenTelemetryLayer::new(tracer)
        .with_location(false)
        .with_threads(false)
        .with_tracked_inactivity(false)
        .with_filter(filter_fn(counts))
}

/// Warnings and errors are shown within the span that they come from.
fn counts(metadata: &Metadata<'_>) -> bool {
    if metadata.is_span() {
        return metadata.target() == SPANS || metadata.target() == STATEMENTS;
    }
    *metadata.level() <= Level::WARN
}

fn spans(service: &'static str) -> Result<SdkTracerProvider, ExporterBuildError> {
    let client = Arc::new(Client::from_env());
    let exporter = SpanExporter::builder().with_http().with_shared_http_client(client).build()?;
    Ok(SdkTracerProvider::builder().with_batch_exporter(exporter).with_resource(resource(service)).build())
}

fn metrics(service: &'static str) -> Result<SdkMeterProvider, ExporterBuildError> {
    let client = Arc::new(Client::from_env());
    let exporter = MetricExporter::builder().with_http().with_shared_http_client(client).build()?;
    Ok(SdkMeterProvider::builder().with_periodic_exporter(exporter).with_resource(resource(service)).build())
}

fn resource(service: &'static str) -> Resource {
    let given = Resource::builder().build().get(&Key::from_static_str(attribute::SERVICE_NAME));
    let is_named = given.is_some_and(|name| !name.as_str().starts_with(UNNAMED));
    let mut resource = Resource::builder()
        .with_attribute(KeyValue::new(attribute::SERVICE_VERSION, env!("CARGO_PKG_VERSION")))
        .with_attribute(KeyValue::new(attribute::PROCESS_PID, i64::from(std::process::id())));
    if !is_named {
        resource = resource.with_service_name(service);
    }
    let told =
        OF_LAMBDA.iter().filter_map(|(name, variable)| Some(KeyValue::new(*name, env::var(variable).ok()?)));
    resource.with_attributes(told).build()
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::time::Instant;

    use opentelemetry::trace::Tracer as _;
    use opentelemetry_otlp::WithExportConfig as _;

    use super::*;

    #[test]
    fn a_collector_that_hangs_holds_nobody_up() {
        let hangs = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}/v1/traces", hangs.local_addr().unwrap());
        let client = Arc::new(Client::from_env());
        let exporter = SpanExporter::builder().with_http().with_shared_http_client(client);
        let exporter = exporter.with_endpoint(address).build().unwrap();
        let spans = SdkTracerProvider::builder().with_batch_exporter(exporter).build();
        spans.tracer("test").start("work");
        let export =
            Export { spans: Some(spans), metrics: None, faults: Vec::new(), awaited: Arc::default() };
        let begun = Instant::now();
        export.flush();
        assert!(begun.elapsed() < WAIT_MAX * 3, "the first: {:?}", begun.elapsed());
        let begun = Instant::now();
        export.flush();
        export.shut_down();
        assert!(begun.elapsed() < WAIT_MAX, "while that one still waits: {:?}", begun.elapsed());
    }
}
