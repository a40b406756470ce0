//! The port to whatever runs an attempt: scripts and preconditions in earnest, a scripted stand-in in the simulation. Owns
//! the trait alone.

use std::sync::Arc;

use async_trait::async_trait;
use fleet_core::state::settle::AttemptEnd;
use fleet_core::state::{JobResult, Turn};
use tokio_util::sync::CancellationToken;

use crate::log::LogSender;
use crate::redact::Redactor;
use crate::task::Task;

/// What became of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ran {
    /// How it ended.
    pub end: AttemptEnd,
    /// What it brought.
    pub result: JobResult,
}

impl Ran {
    /// An ending that a sentence explains.
    pub fn told(end: AttemptEnd, message: impl Into<String>) -> Self {
        Self { end, result: JobResult { message: message.into(), ..JobResult::default() } }
    }
}

/// Runs one attempt. The real one is [`crate::ScriptRunner`].
#[async_trait]
pub trait JobRunner: Send + Sync {
    /// Runs the attempt to its end. Output goes to `log`, which holds the runner up while it cannot be written. Once
    /// `cancel` fires, everything that the attempt has begun is ended, the query on the server first, and the answer is
    /// [`AttemptEnd::Cancelled`], unless the attempt had ended by itself.
    async fn run(&self, task: &Task, log: LogSender, cancel: CancellationToken) -> Ran;

    /// Finds and terminates what attempts of this job up to `lost` have left running in the warehouse. Done before
    /// `task` runs, and before a lost job is given up.
    ///
    /// # Errors
    /// Why that is not certain; it is tried again, and `task` does not run before.
    async fn end_lost(&self, task: &Task, lost: Turn) -> Result<(), String>;

    /// What is about to run, for the audit, such as a script and its hash. Empty says nothing.
    async fn describe(&self, _task: &Task) -> String {
        String::new()
    }

    /// Lets go of what is kept between attempts. Called once, when no attempt runs any more.
    async fn close(&self) {}

    /// The secrets to keep out of logs and results.
    fn redactor(&self) -> Arc<Redactor> {
        Arc::default()
    }
}
