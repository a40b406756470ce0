//! The dispatcher: takes events, decides what is ready, writes the decision, and enqueues it.
//!
//! Owns the walk from a settled job to its dependents, starts, cancels, resumes, marks, ticks and dead letters. Does not
//! run jobs, and keeps nothing between two calls of [`handle`]: every call can be repeated, and a process can die at any
//! await, because each step is a conditional write and a message is deleted only after its effects are durable.

mod apart;
mod cancel;
mod dead;
mod fault;
mod finish;
mod handle;
mod mark;
mod open;
mod redrive;
mod resume;
mod send;
mod slots;
mod spans;
mod start;
mod tell;
mod tick;
mod walk;

mod poll;

pub use apart::handle_apart;
pub use dead::drain_dead_letters;
pub use handle::{Report, handle};
pub use poll::{PollReport, run};
pub use start::{definition_of, execution_id};

use std::sync::Arc;

use fleet_core::alert::{Alert, StatusChange};
use fleet_core::ports::{Announcer, Definitions, Executions, JobQueues, PortError, Queue};

/// Everything the dispatcher needs from outside.
#[derive(Clone)]
pub struct Ports {
    /// Workflows and versions.
    pub definitions: Arc<dyn Definitions>,
    /// State and audit.
    pub executions: Arc<dyn Executions>,
    /// The dispatcher's own queue: it sends itself the rest of what would grow with the graph.
    pub events: Arc<dyn Queue>,
    /// Where runnable jobs go.
    pub jobs: JobQueues,
    /// Alerts and status changes.
    pub announcer: Arc<dyn Announcer>,
}

impl Ports {
    /// Publishes an alert, once nothing can take back what it tells.
    async fn alert(&self, alert: &Alert) -> Result<(), PortError> {
        self.executions.secure().await?;
        self.announcer.alert(alert).await
    }

    /// Publishes status changes, once nothing can take them back.
    async fn announce(&self, changes: &[StatusChange]) -> Result<(), PortError> {
        if changes.is_empty() {
            return Ok(());
        }
        self.executions.secure().await?;
        self.announcer.announce(changes).await
    }
}

/// Name of the dispatcher in the audit trail.
const DISPATCHER: &str = "dispatcher";
