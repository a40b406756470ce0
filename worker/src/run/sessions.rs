//! Sessions of attempts: which one an attempt works in, and the end of what a lost attempt has left running in the
//! warehouse. Owns which attempts are looked for. Does not know how a server is asked: the client does.

use fleet_core::state::Turn;
use rsql_client::{ConnectOptions, SessionError, Sessions, terminate_sessions};
use tokio_util::sync::CancellationToken;

use super::connect::{refused_login, shown};
use super::{ScriptRunner, session_name};
use crate::place::{Connection, Freshness, PlaceError, SessionUse};
use crate::task::Task;

/// Attempts looked for, the latest first. An older one has been looked for by each attempt after it.
const ATTEMPTS_MAX: u32 = 10;

impl ScriptRunner {
    /// What an attempt works in: one that served before, where the connection allows it and one rests.
    pub(super) async fn sessions(&self, connection: &Connection, cancel: &CancellationToken) -> Sessions {
        if connection.sessions == SessionUse::Fresh {
            return Sessions::Fresh;
        }
        let taken = tokio::select! {
            biased;
            // The client's own look at the token ends the attempt.
            () = cancel.cancelled() => None,
            taken = self.pool.take(&connection.options) => taken.map(Box::new),
        };
        Sessions::Kept { pool: self.pool.clone(), taken }
    }

    /// Ends what attempts up to `lost` have left running; a job that has no connection has left nothing.
    pub(super) async fn end_sessions(&self, task: &Task, lost: Turn) -> Result<(), String> {
        let Some(name) = self.connection_name(task) else { return Ok(()) };
        let mut freshness = Freshness::Known;
        loop {
            let connection = match self.settings.place.connection(name, freshness).await {
                Ok(connection) => connection,
                Err(PlaceError::Refused(_)) => return Ok(()),
                Err(PlaceError::Unavailable(why)) => return Err(why),
            };
            match end_lost(&connection.options, task, lost).await {
                Err(Unended { error, .. }) if freshness == Freshness::Known && refused_login(&error) => {
                    freshness = Freshness::Renewed;
                }
                ended => return ended.map_err(|error| error.to_string()),
            }
        }
    }
}

/// What the log says of the session that an attempt begins in.
pub(super) fn told(connect: &ConnectOptions, sessions: &Sessions) -> String {
    let whole = format!("connects to {} as {}", shown(connect), connect.application_name);
    let Sessions::Kept { taken: Some(loan), .. } = sessions else { return whole };
    let process = loan.backend_pid().map_or_else(|| "?".to_owned(), |pid| pid.to_string());
    format!("{whole}, in a reused session (process {process})")
}

/// Sessions that may go on.
#[derive(Debug, thiserror::Error)]
#[error("end the sessions named {name}: {error}")]
struct Unended {
    name: String,
    error: SessionError,
}

/// Terminates the sessions of the attempts up to `lost`: of earlier ones too, since an attempt that could not make sure of
/// them has failed, and this may be the next.
async fn end_lost(connection: &ConnectOptions, task: &Task, lost: Turn) -> Result<(), Unended> {
    let oldest = lost.attempt.saturating_sub(ATTEMPTS_MAX - 1).max(1);
    for attempt in (oldest..=lost.attempt).rev() {
        let name = session_name(task.execution_id(), task.job_id(), attempt);
        let ended = terminate_sessions(connection, &name).await;
        let count = match ended {
            Ok(count) => count,
            Err(error) => return Err(Unended { name, error }),
        };
        if count > 0 {
            tracing::info!(name, count, "ended the sessions of a lost attempt");
        }
    }
    Ok(())
}
