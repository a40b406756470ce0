//! The poll loop, for those who run the dispatcher without Lambda: receive, handle, delete. Owns the order of these three
//! and nothing else.

use std::sync::Arc;

use fleet_core::ports::{BATCH_MAX, Clock, Delivery, PortError, Queue};
use fleet_core::state::retry;
use fleet_core::time::Millis;
use tokio_util::sync::CancellationToken;

use crate::{Ports, drain_dead_letters, handle_apart};

/// Longest poll (SQS quota).
const WAIT: Millis = Millis::from_secs(20);
/// Time between two looks at the dead letters.
const DEAD_LETTERS_EVERY: Millis = Millis::from_secs(15);
/// Pause after the queue could not be read, growing up to [`PAUSE_MAX`].
const PAUSE_FIRST: Millis = Millis(100);
/// Longest such pause.
const PAUSE_MAX: Millis = Millis::from_secs(10);

/// What a poll loop did.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct PollReport {
    /// Events carried out.
    pub done: usize,
    /// Events that failed and come again.
    pub failed: usize,
}

/// Polls until `stop`; a batch in hand is finished first. `dead` is the jobs queue's dead-letter queue.
pub async fn run(ports: Ports, dead: Arc<dyn Queue>, clock: Clock, stop: CancellationToken) -> PollReport {
    let events = poll_events(&ports, &clock, &stop);
    let letters = poll_dead_letters(&ports, dead.as_ref(), &clock, &stop);
    futures_util::future::join(events, letters).await.0
}

async fn poll_events(ports: &Ports, clock: &Clock, stop: &CancellationToken) -> PollReport {
    let mut total = PollReport::default();
    let mut pauses = retry::pauses(PAUSE_FIRST, PAUSE_MAX, usize::MAX);
    loop {
        let received = tokio::select! {
            biased;
            () = stop.cancelled() => return total,
            received = ports.events.receive(BATCH_MAX, WAIT) => received,
        };
        let outcome = match received {
            Ok(batch) => batch_through(ports, clock, &batch, &mut total).await,
            Err(error) => Err(error),
        };
        match outcome {
            Ok(()) => pauses = retry::pauses(PAUSE_FIRST, PAUSE_MAX, usize::MAX),
            Err(error) => {
                tracing::error!(%error, "poll the events queue");
                let pause = pauses.next().unwrap_or(PAUSE_MAX.to_std());
                tokio::select! {
                    biased;
                    () = stop.cancelled() => return total,
                    () = tokio::time::sleep(pause) => {}
                }
            }
        }
    }
}

async fn batch_through(
    ports: &Ports,
    clock: &Clock,
    batch: &[Delivery],
    total: &mut PollReport,
) -> Result<(), PortError> {
    if batch.is_empty() {
        return Ok(());
    }
    let report = handle_apart(ports, batch, clock.now(), None).await;
    for (message, reason) in &report.failed {
        tracing::error!(message_id = %message.0, reason, "carry out an event");
    }
    total.done += report.done.len();
    total.failed += report.failed.len();
    if !report.done.is_empty() {
        ports.events.delete(&report.done).await?;
    }
    for (receipt, span) in &report.later {
        ports.events.hide(receipt, *span).await?;
    }
    Ok(())
}

async fn poll_dead_letters(ports: &Ports, dead: &dyn Queue, clock: &Clock, stop: &CancellationToken) {
    loop {
        if let Err(error) = drain_dead_letters(ports, dead, clock.now()).await {
            tracing::error!(%error, "drain the dead letters");
        }
        tokio::select! {
            biased;
            () = stop.cancelled() => return,
            () = tokio::time::sleep(DEAD_LETTERS_EVERY.to_std()) => {}
        }
    }
}
