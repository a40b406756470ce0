//! The worker's entry: one script, run inside this process, its output by lines.
//!
//! Does not decide about retries or logs; it reports.

use std::path::PathBuf;

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::options::ConnectOptions;

/// Longest line handed over in one piece; longer ones come in several. CloudWatch Logs takes 256 KiB an event at most,
/// and no reader wants a five-megabyte line.
pub const OUTPUT_LINE_BYTES_MAX: usize = 128 * 1024;
/// Longest statement text kept in a [`StatementError`].
pub const STATEMENT_BYTES_MAX: usize = 4 * 1024;

/// One script to run in this process.
#[derive(Clone, Debug)]
pub struct ScriptRun {
    /// The script file.
    pub script: PathBuf,
    /// Directory that the script and everything it includes must lie in, symbolic links resolved.
    pub script_root: PathBuf,
    /// Where to connect.
    pub connect: ConnectOptions,
    /// RSQL variables, as `-v NAME=VALUE`.
    pub variables: Vec<(String, String)>,
    /// Environment of the script: `PG*` variables, `\getenv`, child processes. Nothing else of this process's
    /// environment reaches it.
    pub environment: Vec<(String, String)>,
    /// Whether the script may start programs (`\!`, backticks, `\copy … program`, `\o |…`).
    pub shell: ShellPolicy,
    /// Program name in messages: `rsql`.
    pub program_name: String,
}

/// Whether a script may start programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShellPolicy {
    /// It may.
    Allowed,
    /// Each try is an error of the script and starts nothing.
    Denied,
}

/// Which of its two streams a line was written to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream {
    /// Results and `\echo`.
    Stdout,
    /// Errors, notices, `\warn`.
    Stderr,
}

/// One line of output, without its newline; a piece of one if it is longer than [`OUTPUT_LINE_BYTES_MAX`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutputLine {
    /// The stream it was written to.
    pub stream: Stream,
    /// The bytes as written, invalid UTF-8 included.
    pub bytes: Vec<u8>,
}

/// The last statement that failed, for alerts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatementError {
    /// File as messages name it.
    pub file: String,
    /// Line of the file, from 1, on which the statement ended.
    pub line: u64,
    /// The statement, cut to [`STATEMENT_BYTES_MAX`].
    pub statement: String,
    /// SQLSTATE.
    pub sqlstate: String,
    /// Primary message.
    pub message: String,
    /// DETAIL, if any.
    pub detail: Option<String>,
    /// HINT, if any.
    pub hint: Option<String>,
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    /// The script ran to an end of its own choice, with this exit code (see [`crate::exit_codes`]).
    Exited(i32),
    /// No session could be opened; libpq's text.
    ConnectFailed(String),
    /// The session was lost while the script ran.
    ConnectionLost(String),
    /// The token was cancelled.
    Cancelled,
    /// The receiver of the output went away, so the script was stopped: no output may be lost unseen.
    OutputClosed,
}

/// What became of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunReport {
    /// How it ended.
    pub ending: Ending,
    /// The exit code the executable would have ended with.
    pub exit_code: i32,
    /// The last statement that failed, even if the script went on.
    pub last_error: Option<StatementError>,
    /// Statements that the server completed or refused.
    pub statements: u64,
    /// Rows returned or affected, over all statements.
    pub rows: u64,
    /// Server process of the last session.
    pub backend_pid: Option<i32>,
}

