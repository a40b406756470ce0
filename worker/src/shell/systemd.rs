//! Signs to the service manager: ready, alive, stopping, and a line for people. Owns when they are given. Without a manager
//! they go nowhere.

use std::sync::Arc;
use std::time::Duration;

use sd_notify::NotifyState;
use tokio_util::sync::CancellationToken;

use super::status::Status;

/// Between two signs where the watchdog does not ask for more.
const SIGNS_PAUSE: Duration = Duration::from_secs(10);
/// While it drains, the process asks for so many pauses more: a manager stops one that gives no signs any more.
const EXTENDED_PAUSES: u32 = 3;

/// Says that jobs are taken from now on.
pub(crate) fn ready(status: &Status) {
    send(&[NotifyState::Ready, NotifyState::Status(&status.line())]);
}

/// Gives signs until `over`. A process whose loops do not go on keeps silent, and the watchdog ends it.
pub(crate) async fn signs(status: Arc<Status>, over: CancellationToken) {
    let watchdog = sd_notify::watchdog_enabled().map(|limit| limit / 2);
    let pause = watchdog.map_or(SIGNS_PAUSE, |half| half.min(SIGNS_PAUSE));
    let mut stopping = false;
    loop {
        give(&status, pause);
        tokio::select! {
            () = over.cancelled() => return,
            () = status.drain.cancelled(), if !stopping => {
                stopping = true;
                send(&[NotifyState::Stopping]);
            }
            () = tokio::time::sleep(pause) => {}
        }
    }
}

fn give(status: &Status, pause: Duration) {
    if let Some(stuck) = status.stuck() {
        tracing::error!("{stuck}; the watchdog is told no more");
        send(&[NotifyState::Status(&stuck)]);
        return;
    }
    let line = status.line();
    let mut states = vec![NotifyState::Watchdog, NotifyState::Status(&line)];
    if status.drain.is_cancelled() {
        let more = u32::try_from((pause * EXTENDED_PAUSES).as_micros()).unwrap_or(u32::MAX);
        states.push(NotifyState::ExtendTimeoutUsec(more));
    }
    send(&states);
}

fn send(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        tracing::warn!(%error, "the service manager was not told");
    }
}
