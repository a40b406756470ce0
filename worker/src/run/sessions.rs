//! Ending what a lost attempt has left running in the warehouse. Owns which attempts are looked for. Does not know how a
//! server is asked: the client does.

use fleet_core::state::Turn;
use rsql_client::{ConnectOptions, terminate_sessions};

use super::session_name;
use crate::task::Task;

/// Attempts looked for, the latest first. An older one has been looked for by each attempt after it.
const ATTEMPTS_MAX: u32 = 10;

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
