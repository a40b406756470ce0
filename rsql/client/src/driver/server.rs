//! The session of a run: queries and their events in the machine's terms, and new sessions by `\connect`.
//!
//! Decides nothing about scripts; a lost session is reported and left to the machine.

mod wanted;

use std::path::Path;
use std::time::{Duration, Instant};

use rsql_lang::{
    ConnectFailure, ConnectRequest, ConnectionInfo, CopyDirection, ServerEvent, ServerKind, TlsInfo,
    Transaction,
};

use self::wanted::{next_options, wanted};
use super::statement::Statement;
use crate::emulate::{Emulation, prepared};
use crate::error::{ServerMessage, SessionError};
use crate::options::cloud::Cloud;
use crate::options::{ConnectOptions, Environment};
use crate::reuse::Trace;
use crate::session::{self, Reply, Session};
use crate::wire::Row;

/// How long a cancelled query may take to answer before the session is dropped.
pub(super) const CANCEL_ANSWER_TIMEOUT: Duration = Duration::from_secs(5);

/// Longest wait for names that complete what a person types.
const NAMES_TIMEOUT: Duration = Duration::from_secs(2);

/// Rows that are handed over together: few enough to be small, many enough that handing over costs little.
const ROWS_TOGETHER_MAX: usize = 64;

/// The session a run has at the moment, if it still has one.
pub(super) struct Server {
    session: Option<Session>,
    /// Where the session is to understand Redshift's SQL.
    emulation: Option<Box<Emulation>>,
    pub(super) options: ConnectOptions,
    started: Instant,
    /// Whether a query has been sent whose `Ready` has not come.
    pub(super) busy: bool,
    /// Whether a description has been asked for, not results.
    describing: bool,
    /// Why the session is gone.
    pub(super) gone: Option<Gone>,
    pub(super) backend_pid: Option<i32>,
    /// What the script leaves behind, told only where the session is to be kept.
    traces: Option<Trace>,
    statement: Statement,
}

/// Why a run has no session any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Gone {
    /// It broke.
    Lost(String),
    /// A `\connect` failed.
    Refused(String),
}

impl Server {
    pub(super) fn new(session: Session) -> Server {
        Server {
            options: session.options().clone(),
            backend_pid: session.backend_pid(),
            emulation: Emulation::of(&session),
            session: Some(session),
            started: Instant::now(),
            busy: false,
            describing: false,
            gone: None,
            traces: None,
            statement: Statement::none(),
        }
    }

    /// Watches for what makes the session unfit for the next script.
    pub(super) fn watch_traces(&mut self) {
        self.traces.get_or_insert_default();
    }

    /// What the script has left behind in its sessions, where that was watched.
    pub(super) fn trace(&self) -> Trace {
        self.traces.unwrap_or_default()
    }

    /// The session, if it is the one that the run began with, nothing is under way in it, and a reset undoes what the
    /// script has done; only where that was watched.
    pub(super) fn take_kept(&mut self) -> Option<Session> {
        let fit = self.traces == Some(Trace::None) && !self.busy && self.gone.is_none();
        self.session.take_if(|_| fit)
    }

    fn note(&mut self, trace: impl FnOnce() -> Trace) {
        if let Some(known) = &mut self.traces {
            *known = (*known).max(trace());
        }
    }

    /// Sends a query and waits for its first event. Relative paths of a COPY that is emulated begin in `directory`.
    pub(super) async fn query(&mut self, sql: &[u8], directory: &Path) -> ServerEvent {
        self.started = Instant::now();
        self.busy = true;
        self.note(|| Trace::of_statement(sql));
        self.statement = Statement::begin(sql, &self.options, || self.system());
        let sent = match (&mut self.session, &mut self.emulation) {
            (None, _) => Ok(()),
            (Some(session), None) => session.send_query(sql).await,
            (Some(session), Some(emulation)) => emulation.send_query(session, sql, directory).await,
        };
        if let Err(error) = sent {
            // The server may have said why before it went: that is still to be read.
            tracing::debug!(%error, "query could not be sent");
        }
        self.next_event().await
    }

    /// Has a statement described, and waits for the first event.
    pub(super) async fn describe(&mut self, sql: &[u8]) -> ServerEvent {
        self.started = Instant::now();
        self.busy = true;
        self.describing = true;
        let sent = match (&mut self.session, &mut self.emulation) {
            (None, _) => Ok(()),
            (Some(session), None) => session.send_describe(sql).await,
            (Some(session), Some(emulation)) => emulation.send_describe(session, sql).await,
        };
        if let Err(error) = sent {
            tracing::debug!(%error, "description could not be asked for");
        }
        self.next_event().await
    }

    /// What it is, as the semantic conventions call it.
    fn system(&self) -> &'static str {
        match &self.session {
            Some(session) if session.is_redshift() => "aws.redshift",
            _ => "postgresql",
        }
    }

    /// The next event of the running query. Safe to drop and call again.
    pub(super) async fn next_event(&mut self) -> ServerEvent {
        let Some(session) = &mut self.session else {
            return self.lose("no connection to the server".to_owned());
        };
        let reply = match &mut self.emulation {
            None => session.next_reply().await,
            Some(emulation) => {
                if let Some(sql) = emulation.take_shown() {
                    return ServerEvent::Rewritten(sql);
                }
                emulation.next_reply(session).await
            }
        };
        match reply {
            Ok(reply) => self.event(reply),
            Err(error) => self.lose(error.to_string()),
        }
    }

    pub(super) async fn copy_data(&mut self, data: &[u8]) {
        if let Some(session) = &mut self.session
            && let Err(error) = session.send_copy_data(data).await
        {
            tracing::debug!(%error, "COPY data could not be sent");
        }
    }

    pub(super) async fn copy_end(&mut self) {
        if let Some(session) = &mut self.session
            && let Err(error) = session.finish_copy().await
        {
            tracing::debug!(%error, "end of COPY could not be sent");
        }
    }

    pub(super) async fn copy_fail(&mut self, reason: &str) {
        if let Some(session) = &mut self.session
            && let Err(error) = session.fail_copy(reason).await
        {
            tracing::debug!(%error, "failure of COPY could not be sent");
        }
    }

    /// Opens a new session; the old one is closed only then. Gives warnings about the options, too.
    pub(super) async fn connect(
        &mut self,
        request: ConnectRequest,
        environment: &Environment,
        cloud: Option<&Cloud>,
    ) -> (Result<Box<ConnectionInfo>, ConnectFailure>, Vec<String>) {
        let mut warnings = Vec::new();
        let connected = self.open(request, (environment, cloud), &mut warnings).await;
        (connected, warnings)
    }

    async fn open(
        &mut self,
        request: ConnectRequest,
        (environment, cloud): (&Environment, Option<&Cloud>),
        warnings: &mut Vec<String>,
    ) -> Result<Box<ConnectionInfo>, ConnectFailure> {
        let wanted = match wanted(request) {
            Ok(wanted) => wanted,
            Err(error) => {
                self.gone = Some(Gone::Refused(error.to_string()));
                return Err(ConnectFailure::Unreadable(error.to_string()));
            }
        };
        let opened = match next_options(&self.options, wanted, environment, cloud).await {
            Ok(mut options) => {
                warnings.append(&mut options.warnings);
                prepared(Session::connect(&options).await)
            }
            Err(error) => Err(error),
        };
        let session = match opened {
            Ok(session) => session,
            Err(error) => {
                // The machine gives the old session up, too, so that a script cannot go on in the wrong place.
                self.gone = Some(Gone::Refused(error.to_string()));
                return Err(ConnectFailure::Refused(error.to_string()));
            }
        };
        let info = connection_info(&session);
        self.note(|| Trace::Session);
        let traces = self.traces;
        let old = std::mem::replace(self, Server { traces, ..Server::new(session) });
        old.close().await;
        Ok(Box::new(info))
    }

    /// Cancels the running query on the server. The answer comes as an event.
    pub(super) async fn cancel(&self) {
        let Some(session) = &self.session else { return };
        if let Err(error) = session.canceller().cancel().await {
            tracing::warn!(%error, "query could not be cancelled");
        }
    }

    /// Names for a completion: the first column of what this query gives. None while a query runs, or when the server does
    /// not answer in time; then the query is cancelled.
    pub(super) async fn names(&mut self, sql: &str) -> Vec<String> {
        let Some(session) = self.session.as_mut().filter(|_| !self.busy) else { return Vec::new() };
        let mut names = Vec::new();
        match tokio::time::timeout(NAMES_TIMEOUT, first_column(session, sql, &mut names)).await {
            Ok(Ok(())) => return names,
            Ok(Err(error)) => drop(self.lose(error.to_string())),
            Err(_) => {
                let canceller = session.canceller();
                let cancelled = async {
                    canceller.cancel().await?;
                    while !matches!(session.next_reply().await?, Reply::Ready(_)) {}
                    Ok::<(), SessionError>(())
                };
                let ended = tokio::time::timeout(CANCEL_ANSWER_TIMEOUT, cancelled).await;
                if !matches!(ended, Ok(Ok(()))) {
                    drop(self.lose("a completion could not be cancelled".to_owned()));
                }
            }
        }
        Vec::new()
    }

    pub(super) async fn close(self) {
        if let Some(session) = self.session {
            session.close().await;
        }
    }

    fn lose(&mut self, text: String) -> ServerEvent {
        self.session = None;
        self.busy = false;
        self.statement.lost();
        self.gone.get_or_insert_with(|| Gone::Lost(text.clone()));
        ServerEvent::Lost(text)
    }

    /// A row with those that have come with it. An emulation looks at each reply by itself.
    fn rows(&mut self, first: &Row) -> ServerEvent {
        let mut rows = vec![lang_row(first)];
        if let (Some(session), None) = (&mut self.session, &self.emulation) {
            while rows.len() < ROWS_TOGETHER_MAX {
                let Some(row) = session.take_row() else { break };
                rows.push(lang_row(&row));
            }
        }
        ServerEvent::Rows(rows)
    }

    /// A piece of COPY data with what has come with it.
    fn copy_data_with(&mut self, first: &[u8]) -> Vec<u8> {
        let mut data = first.to_vec();
        if let (Some(session), None) = (&mut self.session, &self.emulation) {
            session.take_copy_data(&mut data);
        }
        data
    }

    fn event(&mut self, reply: Reply) -> ServerEvent {
        match reply {
            Reply::Columns(columns) if self.describing => ServerEvent::Described(
                columns
                    .into_iter()
                    .map(|column| rsql_lang::DescribedColumn {
                        name: column.name.to_vec(),
                        type_oid: column.type_oid,
                        type_modifier: column.type_modifier,
                    })
                    .collect(),
            ),
            Reply::Columns(columns) => ServerEvent::Columns(
                columns
                    .into_iter()
                    .map(|c| rsql_lang::Column { name: c.name.to_vec(), type_oid: c.type_oid })
                    .collect(),
            ),
            Reply::Row(row) => self.rows(&row),
            Reply::Complete(tag) => {
                self.note(|| Trace::of_tag(&tag));
                ServerEvent::Complete(String::from_utf8_lossy(&tag).into_owned())
            }
            Reply::Empty => ServerEvent::Empty,
            Reply::Error(message) => {
                self.statement.failed(&message.sqlstate());
                ServerEvent::Error(Box::new(lang_message(&message)))
            }
            Reply::Notice(message) => ServerEvent::Notice(Box::new(lang_message(&message))),
            Reply::Parameter(name, value) => ServerEvent::Parameter { name, value },
            Reply::Notification(pid, channel, payload) => {
                ServerEvent::Notification { channel: channel.to_vec(), payload: payload.to_vec(), pid }
            }
            Reply::CopyIn { binary } => ServerEvent::Copy { direction: CopyDirection::In, binary },
            Reply::CopyOut { binary } => ServerEvent::Copy { direction: CopyDirection::Out, binary },
            Reply::CopyData(data) => ServerEvent::CopyData(self.copy_data_with(&data)),
            Reply::CopyDone => ServerEvent::CopyDone,
            Reply::Ready(transaction) => {
                self.busy = false;
                self.describing = false;
                self.statement.ended();
                tracing::event!(
                    target: fleet_telemetry::METRICS,
                    tracing::Level::TRACE,
                    histogram.db.client.operation.duration = self.started.elapsed().as_secs_f64(),
                    db.system.name = self.system(),
                    db.namespace = self.options.database,
                );
                let transaction = match transaction {
                    session::Transaction::Idle => Transaction::Idle,
                    session::Transaction::Open => Transaction::Open,
                    session::Transaction::Failed => Transaction::Failed,
                };
                ServerEvent::Ready { transaction, elapsed: self.started.elapsed() }
            }
        }
    }
}

async fn first_column(session: &mut Session, sql: &str, names: &mut Vec<String>) -> Result<(), SessionError> {
    session.send_query(sql.as_bytes()).await?;
    loop {
        match session.next_reply().await? {
            Reply::Row(row) => {
                let cell = row.cells().next().flatten();
                names.extend(cell.map(|name| String::from_utf8_lossy(name).into_owned()));
            }
            Reply::CopyIn { .. } => session.fail_copy("no data: only names are asked for").await?,
            Reply::Ready(_) => return Ok(()),
            _ => {}
        }
    }
}

/// What the machine is told of a session.
pub(crate) fn connection_info(session: &Session) -> ConnectionInfo {
    let options = session.options();
    let version = session.parameter("server_version").unwrap_or_default().to_owned();
    let address = session.peer_address().map(|ip| ip.to_string());
    ConnectionInfo {
        database: options.database.clone(),
        user: options.user.clone(),
        host: options.host.clone(),
        address: address.filter(|ip| *ip != options.host),
        port: options.port,
        server_version_num: session.version_number(),
        server_kind: match session.is_redshift() {
            true => ServerKind::Redshift,
            false => ServerKind::PostgreSql,
        },
        server_version: version,
        backend_pid: session.backend_pid(),
        session_user: session.parameter("session_authorization").map(str::to_owned),
        superuser: session.parameter("is_superuser") == Some("on"),
        client_encoding: session.parameter("client_encoding").unwrap_or("UTF8").to_owned(),
        standard_strings: session.parameter("standard_conforming_strings") != Some("off"),
        tls: session
            .encryption()
            .map(|(protocol, cipher)| TlsInfo { protocol: protocol.to_owned(), cipher: cipher.to_owned() }),
    }
}

fn lang_row(row: &Row) -> rsql_lang::Row {
    let mut copy = rsql_lang::Row::with_capacity(row.len(), row.bytes());
    for cell in row.cells() {
        copy.push(cell);
    }
    copy
}

fn lang_message(message: &ServerMessage) -> rsql_lang::ServerMessage {
    let number = |kind| message.text(kind).and_then(|text| text.parse().ok());
    let bytes = |kind| message.field(kind).map(<[u8]>::to_vec);
    rsql_lang::ServerMessage {
        severity: message.severity(),
        sqlstate: message.sqlstate(),
        message: bytes(b'M').unwrap_or_default(),
        detail: bytes(b'D'),
        hint: bytes(b'H'),
        position: number(b'P'),
        internal_position: number(b'p'),
        internal_query: bytes(b'q'),
        context: bytes(b'W'),
        schema: bytes(b's'),
        table: bytes(b't'),
        column: bytes(b'c'),
        data_type: bytes(b'd'),
        constraint: bytes(b'n'),
        file: message.text(b'F'),
        line: message.text(b'L'),
        routine: message.text(b'R'),
    }
}
