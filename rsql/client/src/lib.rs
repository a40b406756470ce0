//! PostgreSQL-protocol session for Redshift and PostgreSQL, and the engine that runs RSQL scripts over it.
//!
//! Owns sockets, TLS, files, child processes and the process's streams on behalf of a script. What a script means
//! (scanner, variables, conditions, formatting) is `rsql-lang`'s alone.

mod clock;
mod driver;
pub mod emulate;
pub mod error;
pub mod exit_codes;
pub mod offline;
pub mod options;
pub mod program;
pub mod reuse;
pub mod run;
pub mod session;
pub mod sessions;
mod wire;

pub use error::{ServerMessage, SessionError};
pub use options::{ConnectOptions, Secret, SslMode};
pub use reuse::{Loan, SessionPool};
pub use run::{
    Ending, OutputLine, RunReport, ScriptRun, Sessions, ShellPolicy, StatementError, Stream, run_script,
};
pub use session::{Reply, Session};
pub use sessions::{query_first_cell, terminate_sessions};
pub use wire::{Column, Row};
