//! Signs of life in the roster, so that people see who is alive with what. Owns how often. Nothing of the protocol rests on
//! them.

use std::sync::Arc;
use std::time::Duration;

use fleet_aws::Roster;
use tokio_util::sync::CancellationToken;

use super::status::Status;

/// Between two reports: each is a write that costs money, and a worker that has been silent for a few minutes counts as
/// lost.
const REPORT_PAUSE: Duration = Duration::from_secs(45);
/// Longest time for the last word, which nobody must wait for.
const LEAVE_LIMIT: Duration = Duration::from_secs(5);

/// Reports until `over`, at once when a drain begins; then leaves the roster.
pub(crate) async fn report(roster: Roster, status: Arc<Status>, over: CancellationToken) {
    let mut drain_told = false;
    loop {
        let report = status.report();
        tokio::select! {
            biased;
            () = over.cancelled() => break,
            reported = roster.report(&report) => if let Err(error) = reported {
                tracing::warn!(%error, "the roster was not told; the next report will do");
            },
        }
        tokio::select! {
            () = over.cancelled() => break,
            () = status.drain.cancelled(), if !drain_told => drain_told = true,
            () = tokio::time::sleep(REPORT_PAUSE) => {}
        }
    }
    let left = tokio::time::timeout(LEAVE_LIMIT, roster.leave(&status.worker)).await;
    if let Ok(Err(error)) = left {
        tracing::warn!(%error, "the roster still shows this worker for a while");
    }
}
