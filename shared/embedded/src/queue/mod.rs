//! Queues with the manners of SQS in the store's file: visibility timeout, delay, receive count, dead letters, at least
//! once. Owns the waiting of receivers. The SQL is in `messages`, the helpers for operators in `operate`.
//!
//! Bells are rung by the writer while it runs a change, before its commit: whoever hears one asks the same writer, and so is
//! answered after that commit. A ring cannot be lost with a caller that gave up waiting.

mod bells;
mod messages;
mod operate;

use std::fmt;
use std::sync::{Arc, Weak};

use async_trait::async_trait;
use fleet_core::ports::{BATCH_MAX, DELAY_MAX, Delivery, Outgoing, PortError, Queue as QueuePort, Receipt};
use fleet_core::time::{Millis, Timestamp};
use rusqlite::Connection;
use tokio::sync::Notify;
use tokio::time::{Instant, timeout};

pub(crate) use self::bells::Bells;
pub use self::operate::{DeadLetter, QueueDepth};
use crate::sqlite::{Effect, Fault, Inner, Store};

/// Longest text of one call in bytes, all messages together (SQS quota), so that what works here works there.
const BODIES_BYTES_MAX: usize = 1 << 20;
/// Longest visibility timeout (SQS quota).
const HIDE_MAX: Millis = Millis::from_mins(12 * 60);
/// How often a waiting receiver looks at the clock: bounds what a clock that is set forward can delay.
const LOOK: Millis = Millis(200);
/// Looks at the clock after which a waiting receiver looks into the queue in any case.
const LOOKS_MAX: u32 = 25;

/// How a queue behaves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueSettings {
    /// How long a message received is hidden, unless its receiver says otherwise.
    pub visibility: Millis,
    /// Deliveries of one message; instead of one more it goes to the dead letters. Without a limit it never does.
    pub max_receives: Option<u32>,
    /// Name of the queue for dead letters; without one messages are delivered for ever.
    pub dead_letters: Option<String>,
}

/// One queue. A clone is another handle of the same queue.
#[derive(Clone)]
pub struct Queue {
    store: Store,
    name: Arc<str>,
    settings: Arc<QueueSettings>,
    bell: Arc<Notify>,
}

impl Queue {
    pub(crate) fn new(store: Store, name: &str, settings: QueueSettings) -> Self {
        let bell = store.inner().bells().of(name);
        Self { store, name: Arc::from(name), settings: Arc::new(settings), bell }
    }

    /// A handle of the same queue that answers as [`Store::ahead`] does.
    #[must_use]
    pub fn ahead(&self) -> Self {
        Self { store: self.store.ahead(), ..self.clone() }
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    fn now(&self) -> Timestamp {
        self.store.inner().clock().now()
    }

    fn refused(&self, verb: &str, cause: String) -> PortError {
        PortError::Refused { what: format!("{verb} queue {}", self.name), cause }
    }

    /// Runs `action` on the writer, and has waiting receivers look again.
    async fn change<F>(&self, verb: &'static str, mut action: F) -> Result<(), PortError>
    where
        F: FnMut(&Connection) -> Result<(), Fault> + Send + 'static,
    {
        let bell = Arc::clone(&self.bell);
        let action = move |conn: &Connection| {
            action(conn)?;
            bell.notify_waiters();
            Ok(Effect::Keep(()))
        };
        self.store.write(|| format!("{verb} queue {}", self.name), action).await
    }

    async fn take(&self, max: usize) -> Result<Taken, PortError> {
        let (name, settings, now) = (Arc::clone(&self.name), Arc::clone(&self.settings), self.now());
        let (bell, store) = (Arc::clone(&self.bell), Arc::downgrade(self.store.inner()));
        let grave = self.settings.dead_letters.as_deref().map(|name| self.store.inner().bells().of(name));
        let action = move |conn: &Connection| {
            let found = messages::take(conn, &name, &settings, now, max)?;
            if let Some(grave) = grave.as_ref().filter(|_| found.buried > 0) {
                grave.notify_waiters();
            }
            let (queue, bell, store) = (Arc::clone(&name), Arc::clone(&bell), Weak::clone(&store));
            Ok(Effect::Keep(Taken { found, queue, bell, now, store }))
        };
        self.store.write(|| format!("receive from queue {}", self.name), action).await
    }

    /// Waits until there is reason to look again: a ring, the time `next` by the clock, or a bounded number of looks.
    async fn wait(&self, ring: impl Future<Output = ()>, next: Option<Timestamp>, left: Millis) {
        let mut ring = std::pin::pin!(ring);
        let mut left = left;
        for _ in 0..LOOKS_MAX {
            let until_next = next.map_or(LOOK, |next| next.since(self.now()));
            let pause = LOOK.min(left).min(until_next.max(Millis(1)));
            let rang = timeout(pause.to_std(), ring.as_mut()).await.is_ok();
            left = Millis(left.0.saturating_sub(pause.0));
            if rang || left.0 == 0 || next.is_some_and(|next| next <= self.now()) {
                return;
            }
        }
    }
}

#[async_trait]
impl QueuePort for Queue {
    async fn send(&self, messages: &[Outgoing]) -> Result<(), PortError> {
        let verb = "send to";
        if messages.len() > BATCH_MAX {
            let cause = format!("{} messages in one call, at most {BATCH_MAX} are allowed", messages.len());
            return Err(self.refused(verb, cause));
        }
        if let Some(late) = messages.iter().find(|message| message.delay > DELAY_MAX) {
            return Err(
                self.refused(verb, format!("a delay of {}, at most {DELAY_MAX} is allowed", late.delay))
            );
        }
        let bytes: usize = messages.iter().map(|message| message.body.len()).sum();
        if bytes > BODIES_BYTES_MAX {
            let cause = format!("{bytes} bytes in one call, at most {BODIES_BYTES_MAX} are allowed");
            return Err(self.refused(verb, cause));
        }
        let (name, now) = (Arc::clone(&self.name), self.now());
        let prepared = messages::prepare(messages, now);
        self.change(verb, move |conn| messages::send(conn, &name, &prepared, now)).await
    }

    async fn receive(&self, max: usize, wait: Millis) -> Result<Vec<Delivery>, PortError> {
        let max = max.min(BATCH_MAX);
        let deadline = Instant::now() + wait.to_std();
        loop {
            let ring = self.bell.notified();
            let mut ring = std::pin::pin!(ring);
            // From here on a ring counts, so that none between this look and the wait is missed.
            ring.as_mut().enable();
            let taken = self.take(max).await?;
            let left = deadline.saturating_duration_since(Instant::now());
            let left = Millis(u64::try_from(left.as_millis()).unwrap_or(u64::MAX));
            if !taken.found.deliveries.is_empty() || left.0 == 0 || max == 0 {
                return Ok(taken.accept());
            }
            self.wait(ring, taken.found.next, left).await;
        }
    }

    async fn hide(&self, receipt: &Receipt, span: Millis) -> Result<(), PortError> {
        if span > HIDE_MAX {
            let cause = format!("a visibility timeout of {span}, at most {HIDE_MAX} is allowed");
            return Err(self.refused("hide a message of", cause));
        }
        let (name, receipt, until) = (Arc::clone(&self.name), receipt.clone(), self.now() + span);
        self.change("hide a message of", move |conn| messages::hide(conn, &name, &receipt, until)).await
    }

    async fn delete(&self, receipts: &[Receipt]) -> Result<(), PortError> {
        let (name, receipts) = (Arc::clone(&self.name), receipts.to_vec());
        let what = || format!("delete from queue {}", self.name);
        self.store.write(what, move |conn| messages::delete(conn, &name, &receipts).map(Effect::Keep)).await
    }
}

impl fmt::Debug for Queue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Queue")
            .field("name", &self.name)
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}

/// Messages on their way to a receiver. Dropped on the way, because the receiver was cancelled, they go back as if they had
/// never been taken, rather than stay hidden for a whole visibility timeout.
struct Taken {
    found: messages::Found,
    queue: Arc<str>,
    bell: Arc<Notify>,
    now: Timestamp,
    store: Weak<Inner>,
}

impl Taken {
    fn accept(mut self) -> Vec<Delivery> {
        std::mem::take(&mut self.found.deliveries)
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        if self.found.deliveries.is_empty() {
            return;
        }
        let receipts: Vec<Receipt> =
            self.found.deliveries.iter().map(|delivery| delivery.receipt.clone()).collect();
        let (queue, bell, now) = (Arc::clone(&self.queue), Arc::clone(&self.bell), self.now);
        Inner::post(&self.store, move |conn| {
            messages::give_back(conn, &queue, &receipts, now)?;
            bell.notify_waiters();
            Ok(Effect::Keep(()))
        });
    }
}
