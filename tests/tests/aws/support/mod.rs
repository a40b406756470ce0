//! What the tests on AWS share: a fleet on the local endpoint with a warehouse of its own, guarded processes, and one way of
//! waiting. It asserts nothing about the product but that its state hangs together: the tests do.

mod alerts;
mod fleet;
mod host;
mod seen;

use std::time::{Duration, Instant};

pub(crate) use fleet::{Endpoints, Fleet, Setup};
pub(crate) use host::Host;
pub(crate) use seen::Seen;

/// Long enough for a busy machine and an endpoint that answers one request at a time.
pub(crate) const SOON: Duration = Duration::from_secs(60);
/// Between two looks.
const PAUSE: Duration = Duration::from_millis(50);

/// Looks until there is something to return.
///
/// # Panics
/// When there is nothing by the deadline; `what` names what was waited for.
pub(crate) fn eventually<T>(what: &str, within: Duration, mut look: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + within;
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < deadline, "waited {within:?} for {what}");
        std::thread::sleep(PAUSE);
    }
}
