//! What the machine says besides results: messages of its own and of the server, each with its head
//! (`rsql:load.sql:12: error: `), and the record of failures.

use std::sync::Arc;

use crate::effect::{Origin, Stream};
use crate::machine::Machine;
use crate::message::{self, Detail, Kind, ShowContext, Verbosity};
use crate::report::{Failure, STATEMENT_BYTES_MAX};
use crate::server_message::ServerMessage;
use crate::text::lossy;

/// The last error of the server, for `\errverbose`.
#[derive(Debug)]
pub(crate) struct LastError {
    message: Box<ServerMessage>,
    sql: Arc<Vec<u8>>,
}

/// How a message is labelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Level {
    Error,
    Warning,
    /// No label: the server's messages bring their own.
    Plain,
}

impl Machine {
    /// Where results and the output of commands go.
    pub(crate) fn out(&self) -> Stream {
        self.output.map_or(Stream::Stdout, Stream::Output)
    }

    /// Writes a line to standard output.
    pub(crate) fn print_line(&mut self, text: &str) {
        self.io.write(Stream::Stdout, text.as_bytes());
        self.io.write(Stream::Stdout, b"\n");
    }

    /// Writes a line to standard output unless `QUIET`.
    pub(crate) fn confirm(&mut self, text: &str) {
        if !self.special.quiet {
            self.print_line(text);
        }
    }

    /// An error of our own. It does not decide what follows from it.
    pub(crate) fn error(&mut self, text: &str) {
        text.clone_into(&mut self.last_complaint);
        self.complain(Level::Error, text.as_bytes());
    }

    /// A warning of our own.
    pub(crate) fn warning(&mut self, text: &str) {
        self.complain(Level::Warning, text.as_bytes());
    }

    /// A line without label.
    pub(crate) fn info(&mut self, text: &str) {
        self.complain(Level::Plain, text.as_bytes());
    }

    fn complain(&mut self, level: Level, text: &[u8]) {
        let place = self.frames.last().and_then(|frame| Some((frame.file.as_ref()?, frame.line)));
        let label = match level {
            Level::Error => "error: ",
            Level::Warning => "warning: ",
            Level::Plain => "",
        };
        let head = match place {
            Some((file, 0)) => format!("{}:{file}: {label}", self.program),
            Some((file, line)) => format!("{}:{file}:{line}: {label}", self.program),
            None if self.terse => String::new(),
            None => format!("{}: {label}", self.program),
        };
        let text = text.strip_suffix(b"\n").unwrap_or(text);
        self.io.write(Stream::Stderr, &[head.as_bytes(), text, b"\n"].concat());
    }

    /// A notice of the server.
    pub(crate) fn notice(&mut self, notice: &ServerMessage) {
        let sql = self.run.as_ref().map(|run| Arc::clone(&run.sent)).unwrap_or_default();
        let text = message::format(notice, Kind::Notice, (&sql, self.print.charset), self.special.messages);
        self.complain(Level::Plain, &text);
        // The statement may run on for long.
        self.io.flush();
    }

    /// An error of the server: shown, and kept for `\errverbose`.
    pub(crate) fn server_error(&mut self, error: Box<ServerMessage>, sql: Arc<Vec<u8>>) {
        let text = message::format(&error, Kind::Error, (&sql, self.print.charset), self.special.messages);
        self.complain(Level::Plain, &text);
        self.last_error = Some(LastError { message: error, sql });
    }

    /// `\errverbose`.
    pub(crate) fn show_last_error(&mut self) {
        let Some(last) = &self.last_error else { return self.print_line("There is no previous error.") };
        let detail = Detail { verbosity: Verbosity::Verbose, context: ShowContext::Always };
        let text = message::format(&last.message, Kind::Error, (&last.sql, self.print.charset), detail);
        self.last_complaint = lossy(&text).into_owned();
        self.complain(Level::Error, &text);
    }

    /// Records a failed statement.
    pub(crate) fn record_statement(&mut self, error: &ServerMessage, origin: &Origin, sql: &[u8]) {
        self.report.last_failure = Some(Failure {
            file: origin.file.as_deref().map(str::to_owned),
            line: origin.line,
            statement: bounded(sql),
            sqlstate: error.sqlstate.clone(),
            severity: error.severity.clone(),
            message: lossy(&error.message).into_owned(),
            detail: error.detail.as_deref().map(|text| lossy(text).into_owned()),
            hint: error.hint.as_deref().map(|text| lossy(text).into_owned()),
        });
    }

    /// Records a failure that the server did not report: of a meta-command, or of the connection.
    pub(crate) fn record_own(&mut self, statement: &[u8], message: &str) {
        let origin = self.frames.last().map(|frame| Origin { file: frame.file.clone(), line: frame.line });
        let origin = origin.unwrap_or_default();
        self.report.last_failure = Some(Failure {
            file: origin.file.as_deref().map(str::to_owned),
            line: origin.line,
            statement: bounded(statement),
            severity: "ERROR".to_owned(),
            message: message.to_owned(),
            ..Failure::default()
        });
    }
}

/// The statement as text, cut where a report ends.
fn bounded(sql: &[u8]) -> String {
    let mut text = lossy(&sql[..sql.len().min(STATEMENT_BYTES_MAX)]).into_owned();
    text.truncate(text.floor_char_boundary(STATEMENT_BYTES_MAX));
    text
}
