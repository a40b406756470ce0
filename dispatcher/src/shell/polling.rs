//! The dispatcher where there is no Lambda: it polls the events queue until it is asked to end. Owns the signals.

use std::time::Instant;

use anyhow::Context as _;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use super::Fleet;

/// Polls until SIGTERM or SIGINT; the batch in hand is finished first.
///
/// # Errors
/// When the system does not let signals be caught.
pub(crate) async fn serve(fleet: Fleet, began: Instant) -> anyhow::Result<()> {
    let stop = CancellationToken::new();
    let signals = [SignalKind::terminate(), SignalKind::interrupt()];
    let mut caught = Vec::new();
    for kind in signals {
        caught.push(signal(kind).context("catch signals")?);
    }
    for mut signal in caught {
        let stop = stop.clone();
        tokio::spawn(async move {
            signal.recv().await;
            stop.cancel();
        });
    }
    let own_ms = began.elapsed().as_secs_f64() * 1_000.0;
    tracing::info!("polling for events after {own_ms:.1} ms");
    let report = dispatcher::run(fleet.ports, fleet.dead, fleet.clock, stop).await;
    tracing::info!(done = report.done, failed = report.failed, "ended");
    Ok(())
}
