//! What the end-to-end tests share: a project with its database, guarded processes, and one way of waiting.
//!
//! It asserts nothing about the product beyond exit codes: the tests do.

mod execution;
mod process;
mod project;
mod webhook;

use std::path::Path;
use std::time::Duration;

use fleet_core::ports::Clock;
use fleet_core::time::Timestamp;
use fleet_embedded::Store;
use tokio::runtime::Runtime;

pub(crate) use execution::{Audit, Execution, by_process};
pub(crate) use fleet_tests::wait::eventually;
pub(crate) use process::Served;
pub(crate) use project::{Project, Setup};
pub(crate) use webhook::Webhook;

/// Long enough for a busy machine; what is waited for mostly comes within a second.
pub(crate) const SOON: Duration = Duration::from_secs(30);
/// The store of a project beside the processes that serve it, and a runtime to ask it on.
pub(crate) fn open_store(project: &Path) -> (Store, Runtime) {
    let clock = Clock::new(|| {
        let since = std::time::UNIX_EPOCH.elapsed().expect("the clock is past 1970").as_millis();
        Timestamp::from_millis(i64::try_from(since).expect("for some ages to come"))
    });
    let store = Store::open(&project.join(".fleet"), clock).expect("the state is open to others, too");
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime starts");
    (store, runtime)
}
