//! Log events, OpenTelemetry traces and metrics of the services. Owns how they leave the process, and how a trace goes on
//! across queues and child processes. Decides nothing about what is recorded: that is said by `tracing`, with the targets
//! [`SPANS`], [`STATEMENTS`] and [`METRICS`], which cost next to nothing where nobody listens.

mod context;
mod export;
mod http;
mod logs;

pub use context::{TRACEPARENT, adopt, current_traceparent, link, of_children, traceparent_of};
pub use logs::LogSettings;

use std::sync::OnceLock;

use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{Layer, Registry};

/// Target of spans that become spans of OpenTelemetry.
pub const SPANS: &str = "fleet::span";
/// Target of the spans of SQL statements, of which there may be many.
pub const STATEMENTS: &str = "fleet::sql";
/// Target of events whose fields are measurements, such as `monotonic_counter.jobs` or `histogram.duration`.
pub const METRICS: &str = "fleet::metrics";

/// What the queues are where nobody has said so, as in tests.
const QUEUES_DEFAULT: &str = "memory";
static QUEUES: OnceLock<&'static str> = OnceLock::new();

/// Which process this is.
#[derive(Debug, Clone, Copy)]
pub struct Service {
    /// `service.name`, where `OTEL_SERVICE_NAME` does not say another.
    pub name: &'static str,
    /// What carries its messages: `messaging.system` of the semantic conventions.
    pub queues: &'static str,
}

/// Log events, traces and metrics leave the process until this is dropped.
#[must_use = "what has not left yet is sent when it is dropped"]
#[derive(Debug)]
pub struct Guard {
    export: export::Export,
}

/// Whether the environment asks for traces or metrics.
#[must_use]
pub fn is_wanted() -> bool {
    export::is_wanted()
}

/// Begins to record, once in a process. Traces and metrics are sent by OTLP where `OTEL_EXPORTER_OTLP_ENDPOINT` names a
/// collector; the other variables of that standard hold, too. A collector that cannot be used is a warning and no more.
pub fn start(service: Service, logs: LogSettings) -> Guard {
    let _ = QUEUES.set(service.queues);
    let export = export::Export::from_env(service.name);
    let mut layers: Vec<Box<dyn Layer<Registry> + Send + Sync>> = vec![logs::layer(logs)];
    layers.extend(export.span_layer());
    layers.extend(export.metric_layer());
    tracing_subscriber::registry().with(layers).init();
    export.warn_of_faults();
    Guard { export }
}

/// What carries the messages of this process.
#[must_use]
pub fn queues() -> &'static str {
    QUEUES.get().copied().unwrap_or(QUEUES_DEFAULT)
}

impl Guard {
    /// Sends what has been recorded, and waits for it. Called where the process may be frozen right after, as in Lambda.
    pub fn flush(&self) {
        self.export.flush();
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        self.export.shut_down();
    }
}
