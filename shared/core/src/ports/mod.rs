//! The ports: what the dispatcher and the worker need from the outside, in domain verbs. Owns the traits and what crash
//! recovery relies on in each. No rule of retry or readiness lives behind a port.

mod announcer;
mod definitions;
mod executions;
mod logs;
mod queue;

use std::sync::Arc;

pub use announcer::Announcer;
pub use definitions::{Current, Definitions};
pub use executions::{
    Admission, Admitted, Before, Created, ExecutionWrite, Executions, Filter, Gain, JobWrite, Recorded,
    TELLING_ITEMS_MAX, Teller, Telling, Told,
};
pub use logs::{AttemptLog, AttemptName, LogLine, LogStream, Logs};
pub use queue::{
    BATCH_MAX, DELAY_MAX, Delivery, JobQueues, MessageId, Outgoing, Queue, Receipt, send_in_batches,
};

use crate::time::Timestamp;

/// What a port could not do. Everything here may be tried again, except [`PortError::Refused`].
#[derive(Debug, Clone, thiserror::Error)]
pub enum PortError {
    /// Throttled, locked, unreachable: the same call may work later. Its effect may or may not have taken place.
    #[error("{what}: {cause}")]
    Unavailable {
        /// The verb and its object.
        what: String,
        /// What the system said.
        cause: String,
    },
    /// The call itself is wrong, or stored data cannot be read: it will fail again.
    #[error("{what}: {cause}")]
    Refused {
        /// The verb and its object.
        what: String,
        /// What is wrong, and the remedy.
        cause: String,
    },
}

/// Reads the time. Given by the edge, so that tests and the simulation can turn it by hand.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> Timestamp + Send + Sync>);

impl Clock {
    /// A clock that asks `read`.
    pub fn new(read: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        Self(Arc::new(read))
    }

    /// The time now.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        (self.0)()
    }
}

impl std::fmt::Debug for Clock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Clock({})", self.now())
    }
}
