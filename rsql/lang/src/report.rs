//! What a run has done so far, for whoever started it (a worker's log, alert and job record). It decides nothing.

/// Longest statement text kept in a [`Failure`], in bytes: an alert or a database row must hold it.
pub const STATEMENT_BYTES_MAX: usize = 4096;

/// The state of a run; complete once `Effect::Finish` was given.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Report {
    /// SQL statements that ended, well or not.
    pub statements: u64,
    /// Those of them that failed.
    pub failed_statements: u64,
    /// `ACTIVITYCOUNT` of the last statement.
    pub activity_count: u64,
    /// Sum of `ACTIVITYCOUNT` over all statements.
    pub rows: u64,
    /// The last failure, of SQL or of a meta-command.
    pub last_failure: Option<Failure>,
    /// Whether a failure ended the run, by `ON_ERROR_STOP` or MAXERROR; an `\exit` has the same codes to choose from.
    pub stopped_by_error: bool,
}

/// One failure of a script.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Failure {
    /// The script; `None` for `-c` and plain standard input.
    pub file: Option<String>,
    /// Line where the statement begins, from 1; 0 for `-c`.
    pub line: u64,
    /// The statement or meta-command, cut after [`STATEMENT_BYTES_MAX`] bytes.
    pub statement: String,
    /// SQLSTATE; empty for a meta-command and for a lost connection.
    pub sqlstate: String,
    /// `ERROR`, `FATAL`, `PANIC`; `ERROR` for a meta-command.
    pub severity: String,
    /// Primary message.
    pub message: String,
    /// Detail.
    pub detail: Option<String>,
    /// Hint.
    pub hint: Option<String>,
}
