//! One way of waiting: look until it is so, with a deadline. No test sleeps for a time that was guessed.

use std::time::{Duration, Instant};

/// Long enough for a busy machine and an endpoint that answers one request at a time.
pub const SOON: Duration = Duration::from_secs(60);
/// Between two looks.
const PAUSE: Duration = Duration::from_millis(50);

/// Looks until there is something to return.
///
/// # Panics
/// When there is nothing by the deadline; `what` names what was waited for.
pub fn eventually<T>(what: &str, within: Duration, mut look: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + within;
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < deadline, "waited {within:?} for {what}");
        std::thread::sleep(PAUSE);
    }
}
