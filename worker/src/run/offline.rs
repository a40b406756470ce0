//! Scripts that speak to nobody: run without a session, when their job asks for none. Which scripts these are is the
//! client's to say.

use std::path::PathBuf;

use fleet_core::ports::LogStream;
use fleet_core::state::JobResult;
use fleet_core::state::settle::AttemptEnd;
use rsql_client::offline::{OfflineRun, SCRIPT_BYTES_MAX, run_offline};

use super::{ScriptRunner, engine};
use crate::log::{LogClosed, LogSender};
use crate::runner::Ran;
use crate::task::Task;

impl ScriptRunner {
    /// Runs the script if it needs no session and its job names no connection; `None` leaves it to the engine.
    pub(super) async fn offline(&self, task: &Task, script: PathBuf, log: &LogSender) -> Option<Ran> {
        if task.connection().is_some() {
            return None;
        }
        let run = tokio::task::spawn_blocking(move || {
            let is_short = script.metadata().is_ok_and(|data| data.len() <= SCRIPT_BYTES_MAX as u64);
            if is_short { run_offline(&std::fs::read(script).ok()?) } else { None }
        });
        let run = run.await.ok().flatten()?;
        Some(
            written(run, log)
                .await
                .unwrap_or_else(|closed| Ran::told(AttemptEnd::Cancelled, closed.to_string())),
        )
    }
}

async fn written(run: OfflineRun, log: &LogSender) -> Result<Ran, LogClosed> {
    log.line(LogStream::Worker, "needs no connection").await?;
    for line in run.lines {
        engine::send(log, line).await?;
    }
    let result = JobResult { exit_code: Some(run.exit_code), ..JobResult::default() };
    Ok(Ran { end: AttemptEnd::Exited(run.exit_code), result })
}
