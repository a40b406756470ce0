//! What the machine asks of the outside world, and the names under which inputs and outputs are known to both sides.
//! It does not perform anything and holds no handles.

use std::sync::Arc;
use std::time::Duration;

use crate::outcome::Transaction;

/// One thing for the driver to do, in this order, before it calls [`crate::Machine::next_effect`] again.
///
/// *Plain* effects want no outcome. *Asking* effects want exactly one [`crate::Outcome`], given to
/// [`crate::Machine::resume`] before the next call of `next_effect`; each variant names it. All text is bytes, since scripts
/// may hold any encoding.
///
/// Bytes of [`Effect::Write`] may be kept in a buffer, but the driver flushes all its buffers before it performs any
/// asking effect other than [`Effect::AwaitServer`]: the output of children and ours interleave in script order.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Plain. Write bytes. A failure to write to an [`Stream::Output`] is kept and told at its closing.
    Write {
        /// Where to.
        to: Stream,
        /// What; never empty.
        bytes: Vec<u8>,
    },
    /// Plain. Set (or, without value, remove) an environment variable for children and later reads.
    SetEnv {
        /// Its name.
        name: Vec<u8>,
        /// Its new value.
        value: Option<Vec<u8>>,
    },
    /// Plain. The machine will not read this input any more.
    CloseInput(InputId),
    /// Plain. Send bytes of COPY data to the server, which has asked for them by `CopyIn`. When the server has
    /// already failed the COPY, throw them away.
    CopyData(Vec<u8>),
    /// Plain. All COPY data has been sent.
    CopyEnd,
    /// Plain. Give up sending COPY data, for this reason.
    CopyFail(String),

    /// Asking: [`crate::Outcome::Server`]. Start this simple query; the answer is its first event.
    Query(Query),
    /// Asking: [`crate::Outcome::Server`]. Have this statement described without running it; the answer is its first event.
    Describe(Query),
    /// Asking: [`crate::Outcome::Server`]. Wait for the next event of the running query. Only `Ready` or `Lost` ends
    /// a query; until then the machine asks again and again.
    AwaitServer,
    /// Asking: [`crate::Outcome::Connected`]. Open a new session, and close the old one if that succeeds.
    Connect(ConnectRequest),
    /// Asking: [`crate::Outcome::Opened`]. Open something to read from, under this id.
    OpenInput {
        /// The id of later reads.
        input: InputId,
        /// What to open.
        target: InputTarget,
    },
    /// Asking: [`crate::Outcome::Chunk`]. Read the next bytes, as many as are at hand; 64 KiB is a good size.
    Read(InputId),
    /// Asking: [`crate::Outcome::Opened`]. Open (and truncate) something to write to, under this id.
    OpenOutput {
        /// The id of later writes.
        output: OutputId,
        /// What to open.
        target: OutputTarget,
    },
    /// Asking: [`crate::Outcome::Flushed`]. Write what is gathered for an output to its end.
    FlushOutput(OutputId),
    /// Asking: [`crate::Outcome::Closed`]. Flush and close an output, and wait for its program to end.
    CloseOutput(OutputId),
    /// Asking: [`crate::Outcome::Closed`]. Close an input that is a program, and wait for its end. Failing programs are
    /// told here, not by reads.
    FinishInput(InputId),
    /// Asking: [`crate::Outcome::Shell`]. Run a command with `/bin/sh -c` and wait for it.
    Shell(Shell),
    /// Asking: [`crate::Outcome::Env`]. Read an environment variable.
    GetEnv(Vec<u8>),
    /// Asking: [`crate::Outcome::Clock`]. Tell the time of day.
    Clock,
    /// Asking: [`crate::Outcome::Slept`]. Wait so long.
    Sleep(Duration),
    /// Asking: [`crate::Outcome::Prompted`]. Ask a person at the controlling terminal for a line.
    Prompt(Prompt),
    /// Asking: [`crate::Outcome::Hashed`]. Hash a password as its server keeps it.
    HashPassword(PasswordHash),
    /// Asking: [`crate::Outcome::Done`]. Change the working directory; without path, to the home directory.
    ChangeDir(Option<Vec<u8>>),
    /// Asking: [`crate::Outcome::Answered`]. Ask the person who types for a line.
    Ask(Box<Ask>),
    /// Asking: [`crate::Outcome::Edited`]. Let a text be edited.
    Edit(Edit),
    /// Asking: [`crate::Outcome::History`]. Tell what was typed before.
    History(HistoryKeeping),
    /// Plain. Keep an entry for the history.
    Remember(Vec<u8>),
    /// Plain. What is written to standard output up to [`Effect::EndPage`] belongs together; a person may read it in a pager.
    BeginPage(Paging),
    /// Plain. The page is complete.
    EndPage,
    /// The end: everything is flushed and the program ends with this code. It is given again and again.
    Finish {
        /// The exit code, 0–255 in practice, though `\exit` takes any number.
        code: i32,
    },
}

/// An input known to both sides. The machine chooses the numbers, and never uses one again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct InputId(pub u32);

impl InputId {
    /// The program's own standard input: open from the start, read by `Action::Stdin`, `-f -` and `\copy … pstdin`.
    pub const STDIN: Self = Self(0);
}

/// An output file or program known to both sides. The machine never uses a number again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct OutputId(pub u32);

/// Where written bytes go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Stream {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
    /// A file or program opened before.
    Output(OutputId),
}

/// What to read from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InputTarget {
    /// A script, by the path as written (`\ir` paths already stand relative to the including script). The driver
    /// applies its script root here, and only here.
    Script(Vec<u8>),
    /// A data file of `\copy`.
    File(Vec<u8>),
    /// The standard output of a shell command.
    Program(Vec<u8>),
}

/// What to write to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OutputTarget {
    /// A file, created or truncated.
    File(Vec<u8>),
    /// A file, created or continued.
    Append(Vec<u8>),
    /// The standard input of a shell command, whose own output is ours.
    Program(Vec<u8>),
}

/// A statement for the server, as one simple query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    /// The text, which may hold several statements.
    pub sql: Arc<Vec<u8>>,
    /// Where it stands in the scripts.
    pub origin: Origin,
}

/// A question to a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prompt {
    /// What is asked.
    pub text: Vec<u8>,
    /// Whether the answer is not to be seen.
    pub hidden: bool,
}

/// A password to be hashed.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash {
    /// Whose it is.
    pub user: Vec<u8>,
    /// The password, which must never be shown.
    pub password: Vec<u8>,
    /// The server's `password_encryption`.
    pub method: String,
}

impl std::fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PasswordHash").field("method", &self.method).finish_non_exhaustive()
    }
}

/// A place in the input.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Origin {
    /// The script's path as messages show it; `None` for `-c` and plain standard input.
    pub file: Option<Arc<str>>,
    /// Line of the first token, counted from 1; 0 for `-c`.
    pub line: u64,
}

/// A request for a new session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectRequest {
    /// To where.
    pub target: ConnectTarget,
    /// What `-reuse-previous=` said. Unsaid: parts reuse the old session's values for what is missing, a conninfo
    /// string does not.
    pub reuse_previous: Option<bool>,
}

/// A line wanted from the person who types, and what completion may use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ask {
    /// The prompt, expanded.
    pub prompt: Vec<u8>,
    /// The statement that the line goes on with, perhaps empty; none where the line is data, which is not completed.
    pub statement: Option<Vec<u8>>,
    /// The session's transaction: names are only looked up while none is open.
    pub transaction: Transaction,
    /// Names of the variables that are set.
    pub variables: Vec<String>,
    /// `COMP_KEYWORD_CASE`.
    pub keyword_case: String,
    /// Where the history is, should it be read now.
    pub history: HistoryKeeping,
}

/// Where the history is kept, and how much of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryKeeping {
    /// `HISTFILE`; the driver knows a default.
    pub file: Option<Vec<u8>>,
    /// Most entries of that file (`HISTSIZE`); none is no limit.
    pub entries_max: Option<usize>,
}

/// A text to be edited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// The file, whose own text is edited; none for a temporary file with `text`.
    pub file: Option<Vec<u8>>,
    /// The text.
    pub text: Vec<u8>,
    /// Line to begin on, from 1.
    pub line: Option<u64>,
}

/// When a pager is used (`\\pset pager`, `pager_min_lines`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Paging {
    /// For what does not fit on the screen and has at least so many lines.
    Long {
        /// The fewest lines.
        lines_min: u64,
    },
    /// Always.
    Always,
}

/// Where a new session goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConnectTarget {
    /// By parts; `None` keeps the value of the old session. With another user, host or port its password is not kept.
    Parts {
        /// Database name.
        database: Option<Vec<u8>>,
        /// User name.
        user: Option<Vec<u8>>,
        /// Host name, address, or socket directory.
        host: Option<Vec<u8>>,
        /// Port number, as written.
        port: Option<Vec<u8>>,
        /// A password (only `\logon` has one). It must never be shown.
        password: Option<Vec<u8>>,
    },
    /// A conninfo string or a `postgresql://` URI.
    Conninfo(Vec<u8>),
}

/// A shell command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shell {
    /// Run it with our own standard streams (`\!`, `\os`). An empty command is an interactive `$SHELL`.
    Inherit(Vec<u8>),
    /// Run it and give back its standard output (backticks); its standard error is ours.
    Capture(Vec<u8>),
}
