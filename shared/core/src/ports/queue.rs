//! Queues with the manners of SQS.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;

use super::PortError;
use crate::time::{Millis, Timestamp};

/// Most messages in one call (SQS quota for batches).
pub const BATCH_MAX: usize = 10;
/// Longest delay of a message (SQS quota): longer ones go in several hops.
pub const DELAY_MAX: Millis = Millis::from_mins(15);

/// Name of a message, the same at each delivery.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MessageId(pub String);

/// Handle of one delivery of a message.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Receipt(pub String);

/// A message to send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// Its text.
    pub body: String,
    /// Nobody receives it before this has passed; at most [`DELAY_MAX`].
    pub delay: Millis,
    /// The trace that it is a part of, as a W3C `traceparent`; travels beside the text, where others look for it.
    pub trace: Option<String>,
}

impl Outgoing {
    /// A message for now, of no trace.
    pub fn now(body: impl Into<String>) -> Self {
        Self::after(Millis(0), body)
    }

    /// A message for later, of no trace.
    pub fn after(delay: Millis, body: impl Into<String>) -> Self {
        Self { body: body.into(), delay, trace: None }
    }

    /// Makes it a part of a trace.
    #[must_use]
    pub fn in_trace(self, traceparent: Option<String>) -> Self {
        Self { trace: traceparent, ..self }
    }
}

/// A message received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// Its name.
    pub id: MessageId,
    /// Handle of this delivery.
    pub receipt: Receipt,
    /// Its text.
    pub body: String,
    /// How often it has been received, this time included.
    pub received: u32,
    /// When it was sent.
    pub sent_at: Timestamp,
    /// The trace that it is a part of, as a W3C `traceparent`.
    pub trace: Option<String>,
}

/// A queue: at least once, in no order. A message received is hidden for the queue's visibility timeout, and comes again
/// unless it is deleted; one received too often goes to the queue's dead letters, where there are some.
#[async_trait]
pub trait Queue: Send + Sync {
    /// Sends up to [`BATCH_MAX`] messages, durably. After an error some may have been sent.
    ///
    /// # Errors
    /// [`PortError`]
    async fn send(&self, messages: &[Outgoing]) -> Result<(), PortError>;

    /// Receives up to `max` messages; waits up to `wait` for the first.
    ///
    /// # Errors
    /// [`PortError`]
    async fn receive(&self, max: usize, wait: Millis) -> Result<Vec<Delivery>, PortError>;

    /// Hides a received message for `span` from now; zero makes it visible at once. Stale handles are ignored.
    ///
    /// # Errors
    /// [`PortError`]
    async fn hide(&self, receipt: &Receipt, span: Millis) -> Result<(), PortError>;

    /// Deletes received messages. Stale handles are ignored.
    ///
    /// # Errors
    /// [`PortError`]
    async fn delete(&self, receipts: &[Receipt]) -> Result<(), PortError>;
}

/// Sends any number of messages, in batches.
///
/// # Errors
/// [`PortError`]; some of the messages may have been sent.
pub async fn send_in_batches(queue: &dyn Queue, messages: &[Outgoing]) -> Result<(), PortError> {
    for batch in messages.chunks(BATCH_MAX) {
        queue.send(batch).await?;
    }
    Ok(())
}

/// The jobs queues by pool name.
#[derive(Clone)]
pub struct JobQueues {
    default: Arc<dyn Queue>,
    named: BTreeMap<String, Arc<dyn Queue>>,
}

impl JobQueues {
    /// One queue for every job, whatever pool it names.
    #[must_use]
    pub fn single(default: Arc<dyn Queue>) -> Self {
        Self { default, named: BTreeMap::new() }
    }

    /// A queue a pool; jobs that name no pool, or one that is not here, take the default.
    #[must_use]
    pub fn pools(default: Arc<dyn Queue>, named: BTreeMap<String, Arc<dyn Queue>>) -> Self {
        Self { default, named }
    }

    /// The queue of a pool.
    #[must_use]
    pub fn get(&self, pool: Option<&str>) -> &dyn Queue {
        pool.and_then(|name| self.named.get(name)).unwrap_or(&self.default).as_ref()
    }
}
