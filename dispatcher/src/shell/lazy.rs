//! Adapters that are made when they are first used: a start must not wait for the look-up of a dozen queues of which an
//! invocation needs two. Owns nothing else.

use std::sync::Arc;

use async_trait::async_trait;
use fleet_aws::{Account, Announcer, Queue};
use fleet_core::alert::{Alert, StatusChange};
use fleet_core::ports::{self, Delivery, Outgoing, PortError, Receipt};
use fleet_core::time::Millis;
use tokio::sync::OnceCell;

/// A queue of the account by its name.
pub(crate) struct LazyQueue {
    account: Account,
    name: String,
    opened: OnceCell<Queue>,
}

impl LazyQueue {
    /// Calls nobody yet.
    pub(crate) fn new(account: &Account, name: String) -> Self {
        Self { account: account.clone(), name, opened: OnceCell::new() }
    }

    async fn opened(&self) -> Result<&Queue, PortError> {
        self.opened.get_or_try_init(|| Queue::open(&self.account, &self.name)).await
    }
}

#[async_trait]
impl ports::Queue for LazyQueue {
    async fn send(&self, messages: &[Outgoing]) -> Result<(), PortError> {
        self.opened().await?.send(messages).await
    }

    async fn receive(&self, max: usize, wait: Millis) -> Result<Vec<Delivery>, PortError> {
        self.opened().await?.receive(max, wait).await
    }

    async fn hide(&self, receipt: &Receipt, span: Millis) -> Result<(), PortError> {
        self.opened().await?.hide(receipt, span).await
    }

    async fn delete(&self, receipts: &[Receipt]) -> Result<(), PortError> {
        self.opened().await?.delete(receipts).await
    }
}

/// The announcer of the stack. It asks a queue for the account's number.
pub(crate) struct LazyAnnouncer {
    account: Account,
    queue: Arc<LazyQueue>,
    made: OnceCell<Announcer>,
}

impl LazyAnnouncer {
    /// Calls nobody yet; `queue` is any of the stack's.
    pub(crate) fn new(account: &Account, queue: Arc<LazyQueue>) -> Self {
        Self { account: account.clone(), queue, made: OnceCell::new() }
    }

    async fn made(&self) -> Result<&Announcer, PortError> {
        let make = || async { Ok(Announcer::new(&self.account, self.queue.opened().await?)) };
        self.made.get_or_try_init(make).await
    }
}

#[async_trait]
impl ports::Announcer for LazyAnnouncer {
    async fn alert(&self, alert: &Alert) -> Result<(), PortError> {
        self.made().await?.alert(alert).await
    }

    async fn announce(&self, changes: &[StatusChange]) -> Result<(), PortError> {
        self.made().await?.announce(changes).await
    }
}
