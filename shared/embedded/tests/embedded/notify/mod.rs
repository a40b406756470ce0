//! The local announcer beyond the contract: what is kept when something fails, and the webhook.

mod hook;
mod kept;
mod webhook;

use std::path::Path;
use std::time::Duration;

use fleet_core::alert::{Alert, AlertKind};
use fleet_core::ids::{ExecutionId, WorkflowId};
use fleet_core::state::Turn;
use fleet_core::time::Timestamp;
use fleet_embedded::{LocalAnnouncer, NotifySettings};

/// For what must happen. It only takes its time in a failing test.
const PATIENCE: Duration = Duration::from_secs(30);

/// An alert that its message tells from others.
fn alert(message: &str) -> Alert {
    Alert {
        kind: AlertKind::ExecutionFailed,
        workflow_id: WorkflowId::parse("nightly").expect("it is a legal id"),
        workflow_execution_id: ExecutionId::parse("nightly-1").expect("it is a legal id"),
        job_id: None,
        turn: Turn::default(),
        at: Timestamp::from_millis(0),
        topic: None,
        message: message.to_owned(),
        result: None,
    }
}

fn announcer(dir: &Path, webhook: Option<&str>) -> LocalAnnouncer {
    let settings =
        NotifySettings { print: false, dir: dir.to_owned(), webhook: webhook.map(ToOwned::to_owned) };
    LocalAnnouncer::new(&settings).expect("the settings are sound")
}
