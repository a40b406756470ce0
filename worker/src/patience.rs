//! Trying again: how the worker meets ports that are throttled, locked or away for a while. Owns the number of tries and
//! their pace. What is worth trying again is the port's word ([`PortError::Unavailable`]).

use std::future::Future;
use std::time::Duration;

use fleet_core::ports::PortError;
use fleet_core::state::retry;
use fleet_core::time::Millis;
use tokio::time::Instant;

/// The first pause; the following grow by half, with jitter.
const FIRST: Millis = Millis(100);
/// The longest pause.
const LONGEST: Millis = Millis::from_secs(10);
/// Pauses before a call is given up: some 30 s in all, well within a lease, after which another worker takes over anyway.
const PAUSES_MAX: usize = 11;
/// The longest pause where another worker does the same work again if it comes first.
const LONGEST_IN_A_RACE: Millis = Millis::from_secs(1);

/// Calls until it works, is refused, or has been tried too often. `what` is for the log.
///
/// # Errors
/// The last error.
pub(crate) async fn insist<T, F, C>(what: &str, call: C) -> Result<T, PortError>
where
    C: FnMut() -> F,
    F: Future<Output = Result<T, PortError>>,
{
    insist_within(Duration::MAX, what, call).await
}

/// The same, for no longer than `limit`: for a caller whom others replace after a while.
///
/// # Errors
/// The last error.
pub(crate) async fn insist_within<T, F, C>(limit: Duration, what: &str, mut call: C) -> Result<T, PortError>
where
    C: FnMut() -> F,
    F: Future<Output = Result<T, PortError>>,
{
    let began = Instant::now();
    let mut pauses = retry::pauses(FIRST, LONGEST, PAUSES_MAX);
    loop {
        let error = match call().await {
            Ok(value) => return Ok(value),
            Err(error) => error,
        };
        let pause = match (&error, pauses.next()) {
            (PortError::Unavailable { .. }, Some(pause)) if began.elapsed() + pause <= limit => pause,
            _ => return Err(error),
        };
        tracing::warn!(%error, what, pause_ms = pause.as_millis(), "trying again");
        tokio::time::sleep(pause).await;
    }
}

/// Calls until it works or is refused, however long that takes: for what is lost with the caller. The agent's stop limit
/// ends it.
///
/// # Errors
/// [`PortError::Refused`].
pub(crate) async fn persist<T, F, C>(what: &str, mut call: C) -> Result<T, PortError>
where
    C: FnMut() -> F,
    F: Future<Output = Result<T, PortError>>,
{
    let mut pauses = retry::pauses(FIRST, LONGEST_IN_A_RACE, usize::MAX);
    loop {
        let error = match call().await {
            Err(error @ PortError::Unavailable { .. }) => error,
            done => return done,
        };
        let pause = pauses.next().unwrap_or(LONGEST_IN_A_RACE.to_std());
        tracing::warn!(%error, what, pause_ms = pause.as_millis(), "trying until it works");
        tokio::time::sleep(pause).await;
    }
}

/// Pauses that grow to the longest and never end.
pub(crate) struct Endless(Box<dyn Iterator<Item = Duration> + Send>);

/// See [`Endless`].
pub(crate) fn endless() -> Endless {
    Endless(Box::new(retry::pauses(FIRST, LONGEST, usize::MAX)))
}

impl Endless {
    /// The next pause.
    pub(crate) fn pause(&mut self) -> Duration {
        self.0.next().unwrap_or(LONGEST.to_std())
    }
}
