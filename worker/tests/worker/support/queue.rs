//! A queue in memory: visibility, delays and receive counts on the runtime's clock.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use fleet_core::ports::{Delivery, MessageId, Outgoing, PortError, Queue, Receipt};
use fleet_core::time::{Millis, Timestamp};
use tokio::sync::Notify;
use tokio::time::Instant;

use super::store::Store;

/// As the embedded queue's: no shorter than a lease.
const VISIBILITY: Millis = Millis::from_secs(60);

/// One queue.
pub(crate) struct MemoryQueue {
    name: &'static str,
    store: Arc<Store>,
    inner: Mutex<Inner>,
    arrived: Notify,
}

#[derive(Default)]
struct Inner {
    count: u64,
    messages: Vec<Message>,
    /// Delays of all messages that were sent, in order.
    delays: Vec<Millis>,
}

struct Message {
    id: String,
    body: String,
    visible_at: Instant,
    received: u32,
    receipt: String,
}

impl MemoryQueue {
    pub(crate) fn new(name: &'static str, store: Arc<Store>) -> Self {
        Self { name, store, inner: Mutex::default(), arrived: Notify::new() }
    }

    /// Puts a message; gives its id.
    pub(crate) fn put(&self, body: String) -> String {
        self.add(body, Millis(0))
    }

    /// No message, hidden ones included.
    pub(crate) fn is_empty(&self) -> bool {
        self.inner.lock().unwrap().messages.is_empty()
    }

    /// The texts of all messages, hidden ones included.
    pub(crate) fn bodies(&self) -> Vec<String> {
        self.inner.lock().unwrap().messages.iter().map(|message| message.body.clone()).collect()
    }

    /// How often the first message has been received.
    pub(crate) fn received(&self) -> u32 {
        self.inner.lock().unwrap().messages.first().map_or(0, |message| message.received)
    }

    /// Until when the first message is hidden, from now.
    pub(crate) fn hidden_for(&self) -> Millis {
        let inner = self.inner.lock().unwrap();
        let visible_at = inner.messages.first().expect("there is a message").visible_at;
        super::millis(visible_at.saturating_duration_since(Instant::now()))
    }

    /// The delays of all messages that the worker has sent.
    pub(crate) fn delays(&self) -> Vec<Millis> {
        self.inner.lock().unwrap().delays.clone()
    }

    fn add(&self, body: String, delay: Millis) -> String {
        let mut inner = self.inner.lock().unwrap();
        inner.count += 1;
        let id = format!("m{}", inner.count);
        let visible_at = Instant::now() + delay.to_std();
        inner.messages.push(Message {
            id: id.clone(),
            body,
            visible_at,
            received: 0,
            receipt: String::new(),
        });
        self.arrived.notify_waiters();
        id
    }

    fn take(&self, max: usize) -> Result<Vec<Delivery>, Option<Instant>> {
        let now = Instant::now();
        let mut inner = self.inner.lock().unwrap();
        let mut taken = Vec::new();
        for message in inner.messages.iter_mut().filter(|message| message.visible_at <= now).take(max) {
            message.received += 1;
            message.receipt = format!("{}#{}", message.id, message.received);
            message.visible_at = now + VISIBILITY.to_std();
            taken.push(Delivery {
                id: MessageId(message.id.clone()),
                receipt: Receipt(message.receipt.clone()),
                body: message.body.clone(),
                received: message.received,
                sent_at: Timestamp::default(),
            });
        }
        let next = inner.messages.iter().map(|message| message.visible_at).min();
        if taken.is_empty() { Err(next) } else { Ok(taken) }
    }
}

#[async_trait]
impl Queue for MemoryQueue {
    async fn send(&self, messages: &[Outgoing]) -> Result<(), PortError> {
        let send = || {
            for message in messages {
                assert!(message.delay <= fleet_core::ports::DELAY_MAX, "longer than the queue takes");
                self.add(message.body.clone(), message.delay);
                self.inner.lock().unwrap().delays.push(message.delay);
            }
        };
        self.store.slip(&format!("{}.send", self.name), send)
    }

    async fn receive(&self, max: usize, wait: Millis) -> Result<Vec<Delivery>, PortError> {
        self.store.slip(&format!("{}.receive", self.name), || ())?;
        let deadline = Instant::now() + wait.to_std();
        loop {
            let arrived = self.arrived.notified();
            let next = match self.take(max) {
                Ok(taken) => return Ok(taken),
                Err(next) => next,
            };
            let wake = next.unwrap_or(deadline).min(deadline);
            tokio::select! {
                () = arrived => {}
                () = tokio::time::sleep_until(wake) => {}
            }
            if Instant::now() >= deadline {
                return Ok(Vec::new());
            }
        }
    }

    async fn hide(&self, receipt: &Receipt, span: Millis) -> Result<(), PortError> {
        let visible_at = Instant::now() + span.to_std();
        let mut inner = self.inner.lock().unwrap();
        for message in inner.messages.iter_mut().filter(|message| message.receipt == receipt.0) {
            message.visible_at = visible_at;
        }
        self.arrived.notify_waiters();
        Ok(())
    }

    async fn delete(&self, receipts: &[Receipt]) -> Result<(), PortError> {
        let delete = || {
            let mut inner = self.inner.lock().unwrap();
            inner.messages.retain(|message| receipts.iter().all(|receipt| receipt.0 != message.receipt));
        };
        self.store.slip(&format!("{}.delete", self.name), delete)
    }
}
