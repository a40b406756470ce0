//! Log events on standard error: text for people, or JSON lines where `FLEET_LOG=json`. Owns their form and the filter.

use tracing::Subscriber;
use tracing_subscriber::fmt::writer::{BoxMakeWriter, MakeWriter};
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::{EnvFilter, Layer, fmt};

/// Names the form of the log events; `json` for lines of JSON.
const FORM: &str = "FLEET_LOG";

/// How log events are shown.
pub struct LogSettings {
    /// What is shown when `RUST_LOG` does not say: a level, or directives of a filter.
    pub filter: String,
    /// Whether text has colours; JSON never has.
    pub has_colours: bool,
    writer: BoxMakeWriter,
}

impl LogSettings {
    /// For a service: its doings and faults, without colours, on standard error.
    #[must_use]
    pub fn of_service() -> Self {
        Self { filter: "info".to_owned(), has_colours: false, writer: BoxMakeWriter::new(std::io::stderr) }
    }

    /// Sends them elsewhere than to standard error.
    #[must_use]
    pub fn to(self, writer: impl for<'a> MakeWriter<'a> + Send + Sync + 'static) -> Self {
        Self { writer: BoxMakeWriter::new(writer), ..self }
    }

    /// For a program that says all it has to say by itself: nothing, unless `RUST_LOG` asks for it.
    #[must_use]
    pub fn silent() -> Self {
        Self { filter: "off".to_owned(), ..Self::of_service() }
    }
}

/// The layer that shows them.
pub(crate) fn layer<S>(settings: LogSettings) -> Box<dyn Layer<S> + Send + Sync>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(settings.filter));
    let shown = fmt::layer().with_writer(settings.writer);
    if std::env::var(FORM).is_ok_and(|form| form == "json") {
        shown.json().flatten_event(true).with_filter(filter).boxed()
    } else {
        shown.with_ansi(settings.has_colours).with_filter(filter).boxed()
    }
}
