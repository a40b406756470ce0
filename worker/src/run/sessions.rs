//! Sessions of attempts: which one an attempt works in, and the end of what a lost attempt has left running in the
//! warehouse. Owns which attempts are looked for. Does not know how a server is asked: the client does.

use fleet_core::state::Turn;
use rsql_client::{ConnectOptions, Sessions, terminate_sessions};
use tokio_util::sync::CancellationToken;

use super::{ScriptRunner, connections, session_name};
use crate::task::Task;

/// Attempts looked for, the latest first. An older one has been looked for by each attempt after it.
const ATTEMPTS_MAX: u32 = 10;

impl ScriptRunner {
    /// What an attempt works in: one that served before, where the connection allows it and one rests.
    pub(super) async fn sessions(
        &self,
        task: &Task,
        connect: &ConnectOptions,
        cancel: &CancellationToken,
    ) -> Sessions {
        if !self.settings.connections.reuses(task) {
            return Sessions::Fresh;
        }
        let taken = tokio::select! {
            biased;
            // The client's own look at the token ends the attempt.
            () = cancel.cancelled() => None,
            taken = self.pool.take(connect) => taken.map(Box::new),
        };
        Sessions::Kept { pool: self.pool.clone(), taken }
    }
}

/// What the log says of the session that an attempt begins in.
pub(super) fn told(connect: &ConnectOptions, sessions: &Sessions) -> String {
    let whole = format!("connects to {} as {}", connections::shown(connect), connect.application_name);
    let Sessions::Kept { taken: Some(loan), .. } = sessions else { return whole };
    let process = loan.backend_pid().map_or_else(|| "?".to_owned(), |pid| pid.to_string());
    format!("{whole}, in a reused session (process {process})")
}

/// Terminates the sessions of the attempts up to `lost`: of earlier ones too, since an attempt that could not make sure of
/// them has failed, and this may be the next.
pub(super) async fn end_lost(connection: &ConnectOptions, task: &Task, lost: Turn) -> Result<(), String> {
    let oldest = lost.attempt.saturating_sub(ATTEMPTS_MAX - 1).max(1);
    for attempt in (oldest..=lost.attempt).rev() {
        let name = session_name(task.execution_id(), task.job_id(), attempt);
        let ended = terminate_sessions(connection, &name).await;
        let count = ended.map_err(|error| format!("end the sessions named {name}: {error}"))?;
        if count > 0 {
            tracing::info!(name, count, "ended the sessions of a lost attempt");
        }
    }
    Ok(())
}
