//! A queue behind its port, for tests that are not simulated worlds. Owns the waiting; which message a call touches is the
//! business of [`Queue`]. It behaves as well as SQS can, but for the order, which it has none of.

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use fleet_core::ports::{self, Clock, Delivery, Outgoing, PortError, Receipt};
use fleet_core::time::{Millis, Timestamp};
use tokio::sync::Notify;
use tokio::time::Instant;

use super::faults::{Faults, Reliable};
use super::queue::{Manners, Queue, QueueSettings};

type Answer<T> = Result<T, PortError>;

/// See the module.
pub struct SharedQueue<F = Reliable> {
    inner: Mutex<Inner>,
    changed: Notify,
    clock: Clock,
    dead_letters: Option<Arc<SharedQueue<F>>>,
    faults: F,
}

struct Inner {
    queue: Queue,
    dice: fastrand::Rng,
}

/// Seed of the order in which messages are received, the same in each run.
const SEED: u64 = 1;

impl<F: Faults> SharedQueue<F> {
    /// An empty queue. `clock` must go as fast as the runtime's.
    #[must_use]
    pub fn new(settings: QueueSettings, clock: Clock, faults: F) -> Self {
        let inner = Inner { queue: Queue::new(settings), dice: fastrand::Rng::with_seed(SEED) };
        Self { inner: Mutex::new(inner), changed: Notify::new(), clock, dead_letters: None, faults }
    }

    /// Its dead letters go to this queue.
    #[must_use]
    pub fn with_dead_letters(mut self, dead_letters: Arc<Self>) -> Self {
        self.dead_letters = Some(dead_letters);
        self
    }

    /// Looks at the messages.
    pub fn look<T>(&self, look: impl FnOnce(&Queue) -> T) -> T {
        self.act(|inner| look(&inner.queue))
    }

    /// Sends a message, past all faults; the name that it keeps.
    pub fn put(&self, message: &Outgoing) -> String {
        let now = self.clock.now();
        let id = self.act(|Inner { queue, dice }| queue.send(message, now, Manners::default(), dice));
        self.changed.notify_waiters();
        id
    }

    fn act<T>(&self, act: impl FnOnce(&mut Inner) -> T) -> T {
        act(&mut self.inner.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Takes what is visible, and when the next message will be.
    fn take(&self, max: usize, now: Timestamp) -> (Vec<Delivery>, Option<Timestamp>) {
        let (deliveries, dead, next) = self.act(|Inner { queue, dice }| {
            let deliveries = queue.receive(max, now, Manners::default(), dice);
            let dead = if self.dead_letters.is_some() { queue.take_dead() } else { Vec::new() };
            (deliveries, dead, queue.next_visible())
        });
        if let Some(grave) = &self.dead_letters {
            for letter in &dead {
                grave.put(letter);
            }
        }
        (deliveries, next)
    }
}

#[async_trait]
impl<F: Faults> ports::Queue for SharedQueue<F> {
    async fn send(&self, messages: &[Outgoing]) -> Answer<()> {
        self.faults.call("send", || {
            Queue::takes(messages)?;
            for message in messages {
                self.put(message);
            }
            Ok(())
        })
    }

    async fn receive(&self, max: usize, wait: Millis) -> Answer<Vec<Delivery>> {
        self.faults.call("receive", || Ok(()))?;
        let deadline = Instant::now() + wait.to_std();
        loop {
            let mut changed = std::pin::pin!(self.changed.notified());
            changed.as_mut().enable();
            let now = self.clock.now();
            let (deliveries, next) = self.take(max, now);
            if !deliveries.is_empty() || Instant::now() >= deadline {
                return Ok(deliveries);
            }
            let next = next.map(|next| Instant::now() + next.since(now).to_std());
            let wake = next.map_or(deadline, |next| next.min(deadline));
            tokio::select! {
                () = changed => {}
                () = tokio::time::sleep_until(wake) => {}
            }
        }
    }

    async fn hide(&self, receipt: &Receipt, span: Millis) -> Answer<()> {
        self.faults.call("hide", || {
            let until = self.clock.now() + span;
            self.act(|Inner { queue, dice }| queue.hide(receipt, until, Manners::default(), dice));
            self.changed.notify_waiters();
            Ok(())
        })
    }

    async fn delete(&self, receipts: &[Receipt]) -> Answer<()> {
        self.faults.call("delete", || {
            let now = self.clock.now();
            for receipt in receipts {
                self.act(|Inner { queue, dice }| queue.delete(receipt, now, Manners::default(), dice));
            }
            Ok(())
        })
    }
}
