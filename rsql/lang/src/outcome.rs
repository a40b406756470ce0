//! What the driver tells the machine: the outcomes of effects, and the events of a running query.
//! It does not decode any protocol.

use std::time::Duration;

use crate::server_message::ServerMessage;

/// The outcome of one asking effect. Texts of errors are what the system says, alone (`No such file or directory`,
/// without a path and without `(os error 2)`): the machine adds what it was about.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// Of `Query` and `AwaitServer`.
    Server(ServerEvent),
    /// Of `Connect`: the new session; or why there is none, and the old session is kept open.
    Connected(Result<Box<ConnectionInfo>, ConnectFailure>),
    /// Of `OpenInput` and `OpenOutput`.
    Opened(Result<(), String>),
    /// Of `Read`: the next bytes; none means the end. An error ends the input.
    Chunk(Result<Vec<u8>, String>),
    /// Of `CloseOutput` and `FinishInput`: the first failure of a write, flush or close, else how the program ended (files: success).
    Closed(Result<ShellEnd, String>),
    /// Of `FlushOutput`: the first failure of a write so far.
    Flushed(Result<(), String>),
    /// Of `Shell`: how the command ended, and its captured output; or why it could not be started.
    Shell(Result<(ShellEnd, Vec<u8>), String>),
    /// Of `Clock`: now, in the time zone of the run.
    Clock(LocalTime),
    /// Of `Sleep`.
    Slept,
    /// Of `Prompt`: what was answered, without its line break; nothing where there is no terminal.
    Prompted(Option<Vec<u8>>),
    /// Of `HashPassword`: what the server is to keep; or why there is no such hash.
    Hashed(Result<String, String>),
    /// Of `GetEnv`.
    Env(Option<Vec<u8>>),
    /// Of `ChangeDir`.
    Done(Result<(), String>),
    /// Of `Ask`.
    Answered(Answer),
    /// Of `Edit`: the text, none if it was not changed; or the whole reason why there is none.
    Edited(Result<Option<Vec<u8>>, String>),
    /// Of `History`: its entries as lines; none where nobody types.
    History(Option<Vec<u8>>),
}

/// A moment as clocks on the wall show it, in the time zone of the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LocalTime {
    /// Year of the common era.
    pub year: u16,
    /// Month, from 1.
    pub month: u8,
    /// Day of the month, from 1.
    pub day: u8,
    /// Day of the week, from 0 for Sunday.
    pub weekday: u8,
    /// Hour, from 0 to 23.
    pub hour: u8,
    /// Minute.
    pub minute: u8,
    /// Second.
    pub second: u8,
}

impl Default for LocalTime {
    /// The first moment of 1970.
    fn default() -> Self {
        Self { year: 1970, month: 1, day: 1, weekday: 4, hour: 0, minute: 0, second: 0 }
    }
}

impl LocalTime {
    /// As C's `%c` shows it: `Fri Mar  1 08:05:00 2024`.
    pub(crate) fn long(self) -> String {
        const DAYS: [&str; 7] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
        const MONTHS: [&str; 12] =
            ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
        let name = |names: &[&'static str], index: u8| names.get(usize::from(index)).copied().unwrap_or("?");
        format!(
            "{} {} {:>2} {:02}:{:02}:{:02} {}",
            name(&DAYS, self.weekday),
            name(&MONTHS, self.month.wrapping_sub(1)),
            self.day,
            self.hour,
            self.minute,
            self.second,
            self.year
        )
    }

    /// `MM/DD/YY`, as reports show it.
    pub(crate) fn short_date(self) -> String {
        format!("{:02}/{:02}/{:02}", self.month, self.day, self.year % 100)
    }
}

/// What the person at the terminal has answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// A line, without its line break; pasted text may hold several.
    Line(Vec<u8>),
    /// The end of input, Ctrl-D.
    End,
    /// Ctrl-C.
    Interrupted,
}

/// How a shell command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ShellEnd {
    /// It exited with this code.
    Exit(i32),
    /// This signal ended it.
    Signal(i32),
}

impl ShellEnd {
    /// What is wrong with this end, in psql's words; nothing for exit code 0.
    pub(crate) fn complaint(self) -> Option<String> {
        match self {
            Self::Exit(0) => None,
            Self::Exit(126) => Some("command not executable".to_owned()),
            Self::Exit(127) => Some("command not found".to_owned()),
            Self::Exit(code) => Some(format!("child process exited with exit code {code}")),
            Self::Signal(signal) => {
                let name =
                    SIGNALS.iter().find(|(number, _)| *number == signal).map_or("Unknown signal", |s| s.1);
                Some(format!("child process was terminated by signal {signal}: {name}"))
            }
        }
    }
}

/// Names of the signals that end programs, as Linux has them.
const SIGNALS: [(i32, &str); 9] = [
    (1, "Hangup"),
    (2, "Interrupt"),
    (3, "Quit"),
    (6, "Aborted"),
    (9, "Killed"),
    (11, "Segmentation fault"),
    (13, "Broken pipe"),
    (14, "Alarm clock"),
    (15, "Terminated"),
];

/// One event of a running simple query, in the order of the protocol.
#[derive(Debug, Clone, PartialEq)]
pub enum ServerEvent {
    /// The query was said to the server in these words, as it speaks another dialect.
    Rewritten(Vec<u8>),
    /// A result with rows begins.
    Columns(Vec<Column>),
    /// The columns of a statement that was to be described; none if it returns no rows.
    Described(Vec<DescribedColumn>),
    /// One row of it.
    Row(Row),
    /// Rows of it that have come together, which costs less than one by one.
    Rows(Vec<Row>),
    /// One statement is complete; its command tag (`INSERT 0 5`).
    Complete(String),
    /// The query was empty.
    Empty,
    /// A statement failed; `Ready` follows.
    Error(Box<ServerMessage>),
    /// A notice, warning or info. May come at any point.
    Notice(Box<ServerMessage>),
    /// A server parameter has a new value (`client_encoding`, `standard_conforming_strings`, …).
    Parameter {
        /// Its name.
        name: String,
        /// Its value.
        value: String,
    },
    /// An asynchronous notification.
    Notification {
        /// Its channel, in the client encoding as the server sent it.
        channel: Vec<u8>,
        /// Its payload, likewise.
        payload: Vec<u8>,
        /// The server process that sent it.
        pid: i32,
    },
    /// The server wants COPY data, or will send some.
    Copy {
        /// Which way the data goes.
        direction: CopyDirection,
        /// Whether it is in binary format.
        binary: bool,
    },
    /// COPY data from the server.
    CopyData(Vec<u8>),
    /// The server has sent all COPY data; `Complete` follows.
    CopyDone,
    /// The query is over.
    Ready {
        /// The state of the transaction.
        transaction: Transaction,
        /// Time since the query was sent.
        elapsed: Duration,
    },
    /// The connection is gone; the text is what libpq would say, possibly several lines.
    Lost(String),
}

/// Which way COPY data goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CopyDirection {
    /// To the server (`FROM STDIN`).
    In,
    /// From the server (`TO STDOUT`).
    Out,
}

/// State of the session's transaction, as `ReadyForQuery` tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Transaction {
    /// None is open.
    #[default]
    Idle,
    /// One is open.
    Open,
    /// One is open and has failed.
    Failed,
}

/// A column of a result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Its name as the server sends it.
    pub name: Vec<u8>,
    /// The object id of its type; numeric types are right-aligned.
    pub type_oid: u32,
}

/// A column of a statement that was described.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DescribedColumn {
    /// Its name as the server sends it.
    pub name: Vec<u8>,
    /// The object id of its type.
    pub type_oid: u32,
    /// What modifies the type, as a length does; -1 for nothing.
    pub type_modifier: i32,
}

/// One row: its cells as text, NULL is `None`. One allocation holds all the bytes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Row {
    bytes: Vec<u8>,
    /// End offset of each cell, and whether it is NULL.
    ends: Vec<(usize, bool)>,
}

impl Row {
    /// An empty row with room for this many cells and bytes.
    #[must_use]
    pub fn with_capacity(cells: usize, bytes: usize) -> Self {
        Self { bytes: Vec::with_capacity(bytes), ends: Vec::with_capacity(cells) }
    }

    /// Appends a cell.
    pub fn push(&mut self, cell: Option<&[u8]>) {
        self.bytes.extend_from_slice(cell.unwrap_or_default());
        self.ends.push((self.bytes.len(), cell.is_none()));
    }

    /// The cell at this place; `None` is NULL, or beyond the last cell.
    #[must_use]
    pub fn cell(&self, index: usize) -> Option<&[u8]> {
        let &(end, null) = self.ends.get(index)?;
        if null {
            return None;
        }
        let start = if index == 0 { 0 } else { self.ends[index - 1].0 };
        Some(&self.bytes[start..end])
    }

    /// All cells in order.
    pub fn cells(&self) -> impl Iterator<Item = Option<&[u8]>> {
        (0..self.ends.len()).map(|index| self.cell(index))
    }

    /// Bytes of all cells together.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes.len()
    }

    /// Number of cells.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether it has no cells, which PostgreSQL allows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }
}

impl<'a> FromIterator<Option<&'a [u8]>> for Row {
    fn from_iter<T: IntoIterator<Item = Option<&'a [u8]>>>(cells: T) -> Self {
        let mut row = Self::default();
        for cell in cells {
            row.push(cell);
        }
        row
    }
}

/// Why there is no new session; the whole reason, as libpq words it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConnectFailure {
    /// The connection string cannot be read: nothing was tried.
    Unreadable(String),
    /// The session could not be opened.
    Refused(String),
}

/// What the machine knows of a session. No password is among it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ConnectionInfo {
    /// Database name.
    pub database: String,
    /// User name.
    pub user: String,
    /// Host name or address as given, or the directory of the Unix socket.
    pub host: String,
    /// The address that was connected to, when `hostaddr` gave it or `host` was resolved; may be missing.
    pub address: Option<String>,
    /// Port.
    pub port: u16,
    /// `server_version` as the server tells it (`15.18 (Debian 15.18-0+deb12u1)`).
    pub server_version: String,
    /// The same as a number (150018); Redshift says 80002.
    pub server_version_num: u32,
    /// Which product the server is.
    pub server_kind: ServerKind,
    /// Server process of the session.
    pub backend_pid: Option<i32>,
    /// `session_authorization`, where the server tells it.
    pub session_user: Option<String>,
    /// `is_superuser`.
    pub superuser: bool,
    /// `client_encoding`.
    pub client_encoding: String,
    /// `standard_conforming_strings`: whether backslashes in plain strings are ordinary characters.
    pub standard_strings: bool,
    /// What encrypts the connection, if anything does.
    pub tls: Option<TlsInfo>,
}

/// The product that a server is: it decides which catalogs there are to ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ServerKind {
    /// PostgreSQL, or what passes for it.
    #[default]
    PostgreSql,
    /// Amazon Redshift.
    Redshift,
}

/// The encryption of a session, for `\conninfo`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsInfo {
    /// `TLSv1.3`.
    pub protocol: String,
    /// The cipher suite's name.
    pub cipher: String,
}
