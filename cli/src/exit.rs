//! How a command ends: its exit code, and the error that carries one. Owns the documented numbers. Does not print.

/// The command did what it was asked to.
pub(crate) const OK: u8 = 0;
/// The command could not do what it was asked to; the last line on standard error says why.
pub(crate) const FAILURE: u8 = 1;
/// An option or argument is wrong; nothing was done. (The option parser ends with this number by itself.)
pub(crate) const USAGE: u8 = 2;
/// `start --wait`, `resume --wait`, `watch`: the execution ended as failed.
pub(crate) const EXECUTION_FAILED: u8 = 3;
/// `start --wait`, `resume --wait`, `watch`: the execution was cancelled.
pub(crate) const EXECUTION_CANCELLED: u8 = 4;
/// A project, workflow, execution, job or log that was named does not exist.
pub(crate) const NOT_FOUND: u8 = 5;
/// A workflow file or project file has faults, values given for a start do not fit its workflow, or `lint` has findings.
pub(crate) const INVALID: u8 = 6;
/// A signal ended the wait; the execution itself goes on.
pub(crate) const INTERRUPTED: u8 = 7;

/// The numbers, for the end of every help page.
pub(crate) const HELP: &str = "\
Exit codes:
  0  done
  1  the command failed; standard error says why
  2  wrong option or argument; nothing was done
  3  the execution failed          (start --wait, resume --wait, watch)
  4  the execution was cancelled   (start --wait, resume --wait, watch)
  5  no such project, workflow, execution, job or log
  6  faults in a workflow or project file, in the values of a start, or in scripts (lint)
  7  a signal ended the wait; the execution goes on";

/// An error that ends the command with a code of its own; every other error ends it with [`FAILURE`].
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub(crate) struct Failure {
    /// One of the constants above.
    pub(crate) code: u8,
    /// What is wrong, and the remedy.
    pub(crate) message: String,
}

impl Failure {
    /// Something that was named does not exist.
    pub(crate) fn not_found(message: impl Into<String>) -> anyhow::Error {
        Self { code: NOT_FOUND, message: message.into() }.into()
    }

    /// Input with faults.
    pub(crate) fn invalid(message: impl Into<String>) -> anyhow::Error {
        Self { code: INVALID, message: message.into() }.into()
    }

    /// Arguments that do not go together.
    pub(crate) fn usage(message: impl Into<String>) -> anyhow::Error {
        Self { code: USAGE, message: message.into() }.into()
    }
}

/// An error and its causes in one line. A cause that the text before ends with anyway is left out.
pub(crate) fn text_of(error: &anyhow::Error) -> String {
    let mut text = String::new();
    for cause in error.chain().map(ToString::to_string) {
        if text.is_empty() {
            text = cause;
        } else if !text.ends_with(&cause) {
            text = format!("{text}: {cause}");
        }
    }
    text
}

/// The exit code of an error.
pub(crate) fn code_of(error: &anyhow::Error) -> u8 {
    error.downcast_ref::<Failure>().map_or(FAILURE, |failure| failure.code)
}

/// The exit code for how an execution ended; [`OK`] while it is open.
pub(crate) fn code_for(status: fleet_core::state::ExecutionStatus) -> u8 {
    use fleet_core::state::ExecutionStatus as S;
    match status {
        S::Running | S::Resuming | S::Succeeded => OK,
        S::Failed => EXECUTION_FAILED,
        S::Cancelled => EXECUTION_CANCELLED,
    }
}
