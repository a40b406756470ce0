//! The queue in memory with calls that fail on purpose, and what the tests want to know of it.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use fleet_core::ports::{Clock, Delivery, Outgoing, PortError, Queue, Receipt};
use fleet_core::time::Millis;
use fleet_simulation::memory::{Faults, QueueSettings, SharedQueue};

use super::store::Slips;

/// As the embedded queue's: no shorter than a lease.
const VISIBILITY: Millis = Millis::from_secs(60);

/// One queue.
pub(crate) struct MemoryQueue {
    kept: SharedQueue<Named>,
    clock: Clock,
    /// Delays of all messages that were sent, in order.
    delays: Mutex<Vec<Millis>>,
}

/// The calls of one queue among all others.
struct Named {
    name: &'static str,
    calls: Arc<Slips>,
}

impl Faults for Named {
    fn call<T>(
        &self,
        verb: &'static str,
        effect: impl FnOnce() -> Result<T, PortError>,
    ) -> Result<T, PortError> {
        let answer = self.calls.slip(&format!("{}.{verb}", self.name), effect);
        let is_refused = matches!(answer, Err(PortError::Refused { .. }));
        assert!(!is_refused || verb != "send", "the worker sends what no queue takes");
        answer
    }
}

impl MemoryQueue {
    pub(crate) fn new(name: &'static str, calls: Arc<Slips>, clock: Clock) -> Self {
        let settings = QueueSettings { visibility: VISIBILITY, receives_max: None };
        let kept = SharedQueue::new(settings, clock.clone(), Named { name, calls });
        Self { kept, clock, delays: Mutex::default() }
    }

    /// Puts a message; gives its id.
    pub(crate) fn put(&self, body: String) -> String {
        self.kept.put(&Outgoing::now(body))
    }

    /// No message, hidden ones included.
    pub(crate) fn is_empty(&self) -> bool {
        self.kept.look(|queue| queue.messages().is_empty())
    }

    /// The texts of all messages, hidden ones included.
    pub(crate) fn bodies(&self) -> Vec<String> {
        self.kept.look(|queue| queue.bodies().map(str::to_owned).collect())
    }

    /// How often the first message has been received.
    pub(crate) fn received(&self) -> u32 {
        self.kept.look(|queue| queue.messages().first().map_or(0, |message| message.receives))
    }

    /// Until when the first message is hidden, from now.
    pub(crate) fn hidden_for(&self) -> Millis {
        let visible_at = self.kept.look(|queue| queue.messages().first().map(|message| message.visible_at));
        visible_at.expect("there is a message").since(self.clock.now())
    }

    /// The delays of all messages that the worker has sent.
    pub(crate) fn delays(&self) -> Vec<Millis> {
        self.delays.lock().unwrap().clone()
    }
}

#[async_trait]
impl Queue for MemoryQueue {
    async fn send(&self, messages: &[Outgoing]) -> Result<(), PortError> {
        self.kept.send(messages).await?;
        self.delays.lock().unwrap().extend(messages.iter().map(|message| message.delay));
        Ok(())
    }

    async fn receive(&self, max: usize, wait: Millis) -> Result<Vec<Delivery>, PortError> {
        self.kept.receive(max, wait).await
    }

    async fn hide(&self, receipt: &Receipt, span: Millis) -> Result<(), PortError> {
        self.kept.hide(receipt, span).await
    }

    async fn delete(&self, receipts: &[Receipt]) -> Result<(), PortError> {
        self.kept.delete(receipts).await
    }
}
