//! The span of a statement on the server, for whoever collects traces: the semantic conventions of databases. Owns when it
//! begins and ends, and that no value of a statement gets into it. Costs next to nothing where nobody collects.

mod sanitized;

use tracing::Span;
use tracing::field::Empty;

use crate::options::ConnectOptions;

/// The statement under way, if there is one and somebody wants to know.
pub(super) struct Statement(Span);

impl Statement {
    /// None is under way.
    pub(super) fn none() -> Self {
        Self(Span::none())
    }

    /// It is about to be sent.
    pub(super) fn begin(sql: &[u8], options: &ConnectOptions, system: impl Fn() -> &'static str) -> Self {
        let span = tracing::debug_span!(
            target: fleet_telemetry::STATEMENTS,
            "statement",
            otel.name = Empty,
            otel.kind = "client",
            otel.status_code = Empty,
            db.system.name = Empty,
            db.namespace = Empty,
            db.operation.name = Empty,
            db.query.text = Empty,
            db.response.status_code = Empty,
            "error.type" = Empty,
            server.address = Empty,
            server.port = Empty,
        );
        if span.is_disabled() {
            return Self(span);
        }
        let text = sanitized::sanitized(sql);
        let operation = operation(&text);
        span.record("otel.name", format!("{operation} {}", options.database));
        span.record("db.operation.name", &operation);
        span.record("db.query.text", &text);
        span.record("db.system.name", system());
        span.record("db.namespace", &options.database);
        span.record("server.address", &options.host);
        span.record("server.port", options.port);
        Self(span)
    }

    /// The server has refused it, for a reason of this SQLSTATE.
    pub(super) fn failed(&self, sqlstate: &str) {
        self.0.record("otel.status_code", "ERROR");
        self.0.record("db.response.status_code", sqlstate);
        self.0.record("error.type", sqlstate);
    }

    /// The session was lost while it ran.
    pub(super) fn lost(&mut self) {
        self.0.record("otel.status_code", "ERROR");
        self.0.record("error.type", "connection_lost");
        self.ended();
    }

    /// The server takes the next.
    pub(super) fn ended(&mut self) {
        self.0 = Span::none();
    }
}

/// Its first word, such as `SELECT`.
fn operation(text: &str) -> String {
    let word: String = text.chars().take_while(char::is_ascii_alphabetic).collect();
    word.to_ascii_uppercase()
}
