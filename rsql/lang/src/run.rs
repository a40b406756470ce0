//! A statement on the server: what is sent before and after it, what its events mean, and what the script learns
//! from it. Results and COPY data have their own modules.

mod copy;
mod end;
mod gdesc;
mod gexec;
mod inquiry;
mod portions;
mod result;
mod single_step;
mod status;
mod transaction;
mod watch;

use std::sync::Arc;
use std::time::Duration;

pub(crate) use copy::LocalCopy;
pub(crate) use gdesc::Description;
pub(crate) use gexec::Gexec;
pub(crate) use inquiry::{Inquiry, Interruption};
pub(crate) use result::Collect;
pub(crate) use single_step::Verified;
pub(crate) use watch::{Watch, seconds};

use crate::effect::{ConnectRequest, ConnectTarget, Effect, Origin, OutputId, PasswordHash, Query, Stream};
use crate::exit_code;
use crate::io::Waiting;
use crate::machine::Machine;
use crate::outcome::{
    ConnectFailure, ConnectionInfo, CopyDirection, DescribedColumn, ServerEvent, Transaction,
};
use crate::print::Table;
use crate::server_message::ServerMessage;
use crate::special::Echo;
use crate::text::lossy;
use result::Results;
use status::Status;

/// SQLSTATE of a character that text cannot hold, as PostgreSQL has it for those that it is sent.
const CHARACTER_NOT_IN_REPERTOIRE: &str = "22021";

/// A statement being run.
#[derive(Debug)]
pub(crate) struct Run {
    sql: Arc<Vec<u8>>,
    /// The text on the server now: the statement, or one of ours around it.
    pub(crate) sent: Arc<Vec<u8>>,
    origin: Origin,
    how: How,
    purpose: Purpose,
    phase: Phase,
    /// Whether a savepoint was set before it.
    savepoint: bool,
    /// Whether it has touched savepoints or the transaction itself.
    savepoint_gone: bool,
    failed: bool,
    /// Notifications to be shown after it.
    notifications: Vec<Vec<u8>>,
    results: Results,
    status: Status,
    feed: Option<copy::Feed>,
    /// The file or program of `\g`, once it is open, and its name.
    target: Option<(OutputId, Vec<u8>)>,
    /// Numbers of rows of results that went to the file of `\export`.
    exported: Vec<u64>,
    /// The rows of a question.
    answer: Option<Table>,
    /// The columns of a statement that was described.
    described: Vec<DescribedColumn>,
}

/// What to do with a statement besides running it.
#[derive(Debug, Default)]
pub(crate) struct How {
    /// File or `|program` for its rows.
    pub(crate) target: Option<Vec<u8>>,
    /// Printing options for its rows.
    pub(crate) print: Vec<(String, Option<Vec<u8>>)>,
    /// Rows that are not printed.
    pub(crate) collect: Option<Collect>,
    /// Whether it is described instead of run.
    pub(crate) description: Description,
    /// The end at our side of `\copy`.
    pub(crate) copy: Option<LocalCopy>,
    /// Whether it is the unfinished statement at the end of a script.
    pub(crate) trailing: bool,
}

/// Why a statement runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// The script wants it.
    Script,
    /// `-1` begins or ends.
    Transaction,
    /// `\encoding` with this name.
    Encoding(Vec<u8>),
    /// A command that waits for its end.
    Command,
    /// A command about a large object.
    LargeObject,
    /// `\password` asks how the server keeps passwords.
    PasswordMethod(PasswordHash),
    /// `\watch`.
    Watch,
    /// A command asks for its answer.
    Inquiry,
    /// The same, where an error is told in one line.
    BriefInquiry,
}

impl Purpose {
    fn is_inquiry(&self) -> bool {
        matches!(self, Self::Inquiry | Self::BriefInquiry | Self::PasswordMethod(_) | Self::LargeObject)
    }
}

/// Which text is on the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// `BEGIN`, as `AUTOCOMMIT` is off.
    Begin,
    /// `SAVEPOINT`, for `ON_ERROR_ROLLBACK`.
    Savepoint,
    Main,
    /// What ends the savepoint.
    EndSavepoint,
}

impl Machine {
    /// Runs a statement of a script.
    pub(crate) fn start_run(&mut self, sql: Arc<Vec<u8>>, origin: Origin, how: How) {
        // What \copy has opened is not left waiting.
        if self.special.singlestep && how.copy.is_none() {
            return self.verify(sql, origin, how);
        }
        if self.special.echo == Echo::Queries {
            self.print_line_bytes(&sql);
        }
        self.run_verified(sql, origin, how);
    }

    fn run_verified(&mut self, sql: Arc<Vec<u8>>, origin: Origin, how: How) {
        self.log_query(&sql);
        let first = self.first_phase(&sql);
        self.begin_run(sql, origin, how, Purpose::Script, first);
    }

    /// Runs a statement of our own, which leaves no trace in status variables.
    pub(crate) fn start_internal(&mut self, sql: &[u8], purpose: Purpose) {
        let collect = purpose.is_inquiry().then_some(Collect::Answer);
        let how = How { collect, ..How::default() };
        self.begin_run(Arc::new(sql.to_vec()), Origin::default(), how, purpose, Phase::Main);
    }

    fn begin_run(&mut self, sql: Arc<Vec<u8>>, origin: Origin, how: How, purpose: Purpose, phase: Phase) {
        self.run = Some(Run {
            sent: Arc::clone(&sql),
            sql,
            origin,
            how,
            purpose,
            phase,
            savepoint: false,
            savepoint_gone: false,
            failed: false,
            notifications: Vec::new(),
            results: Results::default(),
            status: Status::default(),
            feed: None,
            target: None,
            exported: Vec::new(),
            answer: None,
            described: Vec::new(),
        });
        if self.connection.is_none() {
            self.error("You are currently not connected to a database.");
            return self.end_run(false);
        }
        if self.run.as_ref().is_some_and(|run| memchr::memchr(0, &run.sql).is_some()) {
            return self.refuse_zero_byte();
        }
        self.send_phase(phase);
    }

    /// What follows a zero byte would not reach the server, which would run half a statement.
    fn refuse_zero_byte(&mut self) {
        self.statement_failed(Box::new(ServerMessage {
            severity: "ERROR".to_owned(),
            sqlstate: CHARACTER_NOT_IN_REPERTOIRE.to_owned(),
            message: b"statement holds a zero byte, which SQL text cannot hold".to_vec(),
            hint: Some(b"Remove it from the script; a file in UTF-16 is full of them.".to_vec()),
            ..ServerMessage::default()
        }));
        self.main_done(Duration::ZERO);
    }

    fn first_phase(&self, sql: &[u8]) -> Phase {
        match self.transaction {
            Transaction::Idle if !self.special.autocommit && transaction::needs_begin(sql) => Phase::Begin,
            _ => self.phase_after_begin(),
        }
    }

    fn phase_after_begin(&self) -> Phase {
        let wanted = self.special.on_error_rollback || self.special.rollback_typed && self.is_typed();
        let guarded = wanted && self.transaction == Transaction::Open;
        if guarded { Phase::Savepoint } else { Phase::Main }
    }

    fn send_phase(&mut self, phase: Phase) {
        if self.is_interrupted() {
            return self.exit_with(exit_code::SCRIPT_ERROR);
        }
        let Some(run) = &mut self.run else { return };
        run.phase = phase;
        run.sent = match phase {
            Phase::Begin => Arc::new(b"BEGIN".to_vec()),
            Phase::Savepoint => Arc::new(transaction::SAVEPOINT.to_vec()),
            Phase::Main => Arc::clone(&run.sql),
            Phase::EndSavepoint if self.transaction == Transaction::Failed => {
                Arc::new(transaction::ROLLBACK_TO.to_vec())
            }
            Phase::EndSavepoint => Arc::new(transaction::RELEASE.to_vec()),
        };
        let query = Query { sql: Arc::clone(&run.sent), origin: run.origin.clone() };
        let describes = phase == Phase::Main && run.how.description == Description::Wanted;
        let effect = if describes { Effect::Describe(query) } else { Effect::Query(query) };
        self.io.ask(effect, Waiting::Server);
    }

    /// An event of the running statement.
    pub(crate) fn server(&mut self, event: ServerEvent) {
        match event {
            ServerEvent::Rewritten(sql) => self.show_rewritten(&sql),
            ServerEvent::Notice(notice) => {
                self.set_run(|run| run.status.tell(&notice));
                self.notice(&notice);
            }
            ServerEvent::Parameter { name, value } => self.parameter(&name, &value),
            ServerEvent::Notification { channel, payload, pid } => self.notify(&channel, &payload, pid),
            ServerEvent::Error(error) => self.statement_failed(error),
            ServerEvent::Lost(reason) => return self.connection_lost(&reason),
            ServerEvent::Ready { transaction, elapsed } => return self.ready(transaction, elapsed),
            event if self.is_main() || self.is_inquiry() => return self.result_event(event),
            // Our own statements around it have no results that matter.
            _ => {}
        }
        self.io.await_server();
    }

    fn is_main(&self) -> bool {
        self.run.as_ref().is_some_and(|run| {
            run.phase == Phase::Main && matches!(run.purpose, Purpose::Script | Purpose::Watch)
        })
    }

    fn is_inquiry(&self) -> bool {
        self.run.as_ref().is_some_and(|run| run.purpose.is_inquiry())
    }

    fn result_event(&mut self, event: ServerEvent) {
        match event {
            ServerEvent::Columns(columns) => return self.result_begins(columns),
            ServerEvent::Row(row) => {
                self.result_row(row);
                return self.rows_came();
            }
            ServerEvent::Rows(rows) => {
                rows.into_iter().for_each(|row| self.result_row(row));
                return self.rows_came();
            }
            ServerEvent::Described(columns) => self.described(columns),
            ServerEvent::Complete(tag) => return self.completed(tag),
            ServerEvent::Copy { direction: CopyDirection::In, binary } => return self.begin_feed(binary),
            ServerEvent::Copy { direction: CopyDirection::Out, .. } => return self.copy_out_begins(),
            ServerEvent::CopyData(data) => self.copy_out(&data),
            _ => {}
        }
        self.io.await_server();
    }

    fn statement_failed(&mut self, error: Box<ServerMessage>) {
        self.end_page();
        let main = self.is_main();
        if main {
            self.show_finished(result::Place::Before);
        }
        let Some(run) = &mut self.run else { return };
        run.failed = true;
        run.results.discard();
        let (sent, origin) = (Arc::clone(&run.sent), run.origin.clone());
        match run.purpose {
            Purpose::Encoding(_) => return,
            Purpose::BriefInquiry => {
                return self.error(&format!("{}:  {}", error.severity, lossy(&error.message)));
            }
            _ => {}
        }
        run.status.fail(&error);
        if main {
            self.record_statement(&error, &origin, &sent);
        }
        self.server_error(error, sent);
    }

    /// The text on the server has ended.
    fn ready(&mut self, transaction: Transaction, elapsed: Duration) {
        self.transaction = transaction;
        let Some(run) = &self.run else { return };
        let (phase, failed) = (run.phase, run.failed);
        match phase {
            Phase::Begin | Phase::Savepoint if failed => self.end_run(false),
            Phase::Begin => {
                let next = self.phase_after_begin();
                self.send_phase(next);
            }
            Phase::Savepoint => {
                self.set_run(|run| run.savepoint = true);
                self.send_phase(Phase::Main);
            }
            Phase::Main => self.main_done(elapsed),
            Phase::EndSavepoint => self.end_run(!failed),
        }
    }

    /// What is sent in place of the statement, for `ECHO=queries`.
    fn show_rewritten(&mut self, sql: &[u8]) {
        if self.special.echo == Echo::Queries && self.is_main() {
            self.print_line_bytes(b"-- rewritten:");
            self.print_line_bytes(sql);
        }
    }

    fn set_run(&mut self, set: impl FnOnce(&mut Run)) {
        if let Some(run) = &mut self.run {
            set(run);
        }
    }

    fn main_done(&mut self, elapsed: Duration) {
        self.show_finished(result::Place::Last);
        if self.name_types() {
            return;
        }
        let Some(run) = &self.run else { return };
        let failed = run.failed;
        if run.purpose == Purpose::Watch && self.timing {
            self.print_line(&status::time(elapsed));
        }
        if self.run.as_ref().is_some_and(|run| run.purpose != Purpose::Script) {
            return self.end_run(!failed);
        }
        let exported = self.run.as_mut().map(|run| std::mem::take(&mut run.exported)).unwrap_or_default();
        match exported.is_empty() {
            true => self.results_shown(elapsed, None),
            false => self.flush_export(exported, elapsed),
        }
    }

    /// The statement has ended, and what it has printed is on its way; `lost` says what of it could not be written.
    pub(crate) fn results_shown(&mut self, elapsed: Duration, lost: Option<String>) {
        if let Some(message) = &lost {
            let sql = self.run.as_ref().map(|run| Arc::clone(&run.sql)).unwrap_or_default();
            self.error(message);
            self.record_own(&sql, message);
            self.set_run(|run| run.failed = true);
        }
        let Some(run) = &self.run else { return };
        let failed = run.failed;
        self.set_status();
        if let Some(message) = lost {
            self.set_local_failure(&message);
        }
        if failed {
            let sql = self.run.as_ref().map(|run| Arc::clone(&run.sql)).unwrap_or_default();
            self.echo_failed(&sql);
        }
        if self.timing {
            self.print_line(&status::time(elapsed));
        }
        self.show_notifications();
        let Some(run) = &self.run else { return };
        let released = run.savepoint_gone && self.transaction == Transaction::Open;
        if run.savepoint && self.transaction != Transaction::Idle && !released {
            return self.send_phase(Phase::EndSavepoint);
        }
        self.end_run(!failed);
    }

    fn notify(&mut self, channel: &[u8], payload: &[u8], pid: i32) {
        let mut text = [b"Asynchronous notification \"", channel, b"\" "].concat();
        if !payload.is_empty() {
            text.extend_from_slice(&[b"with payload \"", payload, b"\" "].concat());
        }
        text.extend_from_slice(format!("received from server process with PID {pid}.\n").as_bytes());
        self.set_run(|run| run.notifications.push(text));
    }

    fn show_notifications(&mut self) {
        let out = self.out();
        let texts = self.run.as_mut().map(|run| std::mem::take(&mut run.notifications)).unwrap_or_default();
        for text in texts {
            self.io.write(out, &text);
        }
    }

    fn connection_lost(&mut self, reason: &str) {
        self.info(reason);
        if self.is_typed() {
            self.io.write(Stream::Stderr, b"The connection to the server was lost. Attempting reset: ");
            let target =
                ConnectTarget::Parts { database: None, user: None, host: None, port: None, password: None };
            let request = ConnectRequest { target, reuse_previous: Some(true) };
            return self.io.ask(Effect::Connect(request), Waiting::Reset);
        }
        let sql = self.run.as_ref().map(|run| Arc::clone(&run.sent)).unwrap_or_default();
        self.error("connection to server was lost");
        if self.report.last_failure.as_ref().is_none_or(|failure| failure.severity != "FATAL") {
            self.record_own(&sql, reason);
        }
        self.report.statements += 1;
        self.report.failed_statements += 1;
        self.connection = None;
        self.exit_with(exit_code::BAD_CONNECTION);
    }

    /// There is a new session in place of the lost one, or none.
    pub(crate) fn reset_done(&mut self, result: Result<Box<ConnectionInfo>, ConnectFailure>) {
        let told = match result {
            Ok(connection) => {
                self.connected_to(*connection);
                "Succeeded.\n"
            }
            Err(_) => {
                self.forget_connection();
                "Failed.\n"
            }
        };
        self.io.write(Stream::Stderr, told.as_bytes());
        self.end_run(false);
    }

    /// Shows a failed statement for `ECHO=errors`.
    fn echo_failed(&mut self, sql: &[u8]) {
        if self.special.echo == Echo::Errors {
            self.info(&format!("STATEMENT:  {}", lossy(sql)));
        }
    }

    /// Writes bytes and a line break to standard output.
    fn print_line_bytes(&mut self, text: &[u8]) {
        self.io.write(Stream::Stdout, text);
        self.io.write(Stream::Stdout, b"\n");
    }
}
