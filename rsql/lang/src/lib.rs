//! The RSQL language as a pure machine: text and outcomes in, effects out.
//!
//! This crate owns everything that decides what an RSQL script means: the scanner, variables, conditions, labels,
//! meta-commands, status variables, messages and the layout of results. It deliberately performs nothing: no files,
//! no sockets, no processes, no clock, no environment. A driver (crate `rsql-client`) runs the loop:
//!
//! ```text
//! let mut machine = Machine::new(settings)?;
//! machine.push(Action::File(path));
//! loop {
//!     match machine.next_effect() {
//!         Effect::Finish { code } => break code,
//!         Effect::Write { .. } | … => perform it, call `next_effect` again
//!         Effect::Read(..) | …     => perform it, call `resume` with its one outcome, then `next_effect` again
//!     }
//! }
//! ```
//!
//! The rules of that loop stand at [`Effect`]: which effects want an [`Outcome`] and which do not.

mod branches;
mod charset;
mod commands;
mod condition;
mod effect;
mod frame;
pub mod help;
mod input;
mod io;
mod log;
mod machine;
mod message;
mod outcome;
mod paging;
mod print;
mod prompt;
mod report;
mod reports;
mod run;
mod say;
mod scan;
mod script;
mod secrets;
mod server_message;
mod settings;
mod severity;
mod skip;
mod special;
mod text;
mod typing;
mod variables;
pub mod walk;

pub use commands::command_names;
pub use effect::{
    Ask, ConnectRequest, ConnectTarget, Edit, Effect, HistoryKeeping, InputId, InputTarget, Origin, OutputId,
    OutputTarget, Paging, PasswordHash, Prompt, Query, Shell, Stream,
};
pub use machine::{Machine, UnexpectedOutcome};
pub use outcome::{
    Answer, Column, ConnectFailure, ConnectionInfo, CopyDirection, DescribedColumn, LocalTime, Outcome, Row,
    ServerEvent, ServerKind, ShellEnd, TlsInfo, Transaction,
};
pub use report::{Failure, Report, STATEMENT_BYTES_MAX};
pub use server_message::ServerMessage;
pub use settings::{Action, Audience, Settings, SettingsError, ShellPolicy};

/// Exit codes of the `rsql` program, besides the number of `\exit N` and the severity of a MAXERROR stop.
pub mod exit_code {
    /// The script ran to its end.
    pub const SUCCESS: i32 = 0;
    /// Our own failure: a bad option, a missing script, a last `-c` that failed.
    pub const FAILURE: i32 = 1;
    /// The connection failed or was lost.
    pub const BAD_CONNECTION: i32 = 2;
    /// An error in the script while `ON_ERROR_STOP` was set.
    pub const SCRIPT_ERROR: i32 = 3;

    /// The greatest exit code of a process.
    const MAX: i32 = 0xff;

    /// What the process shows for the number of an `\exit`: its low byte, as `exit(3)` takes it.
    pub(crate) fn of_number(number: i32) -> i32 {
        number & MAX
    }

    /// What the process shows when an error of this severity stops the run: never success.
    pub(crate) fn of_severity(severity: i32) -> i32 {
        severity.clamp(1, MAX)
    }
}
