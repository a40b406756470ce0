//! Faults on demand for the store in memory (a call fails before its effect, or after it with its answer lost), an announcer
//! that holds back nothing, and a queue that delivers in whatever order the test likes. Owns nothing durable, and no
//! condition of the ports: it exists so that thousands of random graphs can be run through the real dispatcher in seconds.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use fleet_core::alert::{Alert, StatusChange};
use fleet_core::audit::AuditRecord;
use fleet_core::ids::ExecutionId;
use fleet_core::ports::{Announcer, Delivery, MessageId, Outgoing, PortError, Queue, Receipt};
use fleet_core::time::{Millis, Timestamp};
use fleet_simulation::memory::{Faults, SharedStore};

type Answer<T> = Result<T, PortError>;

/// One call in so many fails before its effect, and one after it.
const SLIPS_ONE_IN: u64 = 25;

/// Fails calls by the seed that it was given; without one it never does.
#[derive(Default)]
pub(crate) struct Slips(AtomicU64);

impl Slips {
    pub(crate) fn seed(&self, seed: u64) {
        self.0.store(seed, Ordering::Relaxed);
    }

    fn slip(&self) -> Answer<()> {
        let dice = self.0.load(Ordering::Relaxed);
        if dice == 0 {
            return Ok(());
        }
        let next = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.0.store(next.max(1), Ordering::Relaxed);
        if !(next >> 33).is_multiple_of(SLIPS_ONE_IN) {
            return Ok(());
        }
        Err(PortError::Unavailable { what: "call a port".to_owned(), cause: "the test said so".to_owned() })
    }
}

impl Faults for Slips {
    fn call<T>(&self, verb: &'static str, effect: impl FnOnce() -> Answer<T>) -> Answer<T> {
        self.slip()?;
        let answer = effect();
        if let Err(PortError::Refused { cause, .. }) = &answer {
            panic!("{verb} is refused: {cause}");
        }
        self.slip()?;
        answer
    }
}

/// Store, definitions and announcer.
pub(crate) struct Memory {
    pub(crate) store: Arc<SharedStore<Arc<Slips>>>,
    pub(crate) slips: Arc<Slips>,
    alerts: Mutex<Vec<Alert>>,
}

impl Memory {
    pub(crate) fn new() -> Self {
        let slips = Arc::new(Slips::default());
        Self { store: Arc::new(SharedStore::new(slips.clone())), slips, alerts: Mutex::default() }
    }

    pub(crate) fn alerts(&self) -> Vec<Alert> {
        self.alerts.lock().unwrap().clone()
    }

    /// The audit trail of an execution.
    pub(crate) fn audit_records(&self, id: &ExecutionId) -> Vec<AuditRecord> {
        self.store.with(|store| store.audit(id, 0, usize::MAX))
    }

    fn assert_secured(&self, what: &str) {
        assert!(!self.store.with(|store| store.is_ahead()), "{what} before the state is secured");
    }
}

#[async_trait]
impl Announcer for Memory {
    async fn alert(&self, alert: &Alert) -> Answer<()> {
        self.assert_secured("an alert");
        self.slips.call("alert", || {
            self.alerts.lock().unwrap().push(alert.clone());
            Ok(())
        })
    }

    async fn announce(&self, _: &[StatusChange]) -> Answer<()> {
        self.assert_secured("an announcement");
        self.slips.call("announce", || Ok(()))
    }
}

/// A queue whose messages are taken by hand. What is taken may be given back, which is a second delivery.
#[derive(Default)]
pub(crate) struct Pile {
    inner: Mutex<(u64, Vec<Delivery>)>,
    slips: Arc<Slips>,
}

impl Pile {
    pub(crate) fn new(slips: Arc<Slips>) -> Self {
        Self { inner: Mutex::default(), slips }
    }

    /// Takes the message at `pick` modulo the number there is.
    pub(crate) fn take(&self, pick: usize) -> Option<Delivery> {
        let mut pile = self.inner.lock().expect("no test panics while it holds the lock");
        let at = pick.checked_rem(pile.1.len())?;
        Some(pile.1.swap_remove(at))
    }

    /// Delivers a message again.
    pub(crate) fn give_back(&self, mut delivery: Delivery) {
        delivery.received += 1;
        self.inner.lock().expect("no test panics while it holds the lock").1.push(delivery);
    }

    pub(crate) fn len(&self) -> usize {
        self.inner.lock().expect("no test panics while it holds the lock").1.len()
    }
}

#[async_trait]
impl Queue for Pile {
    async fn send(&self, messages: &[Outgoing]) -> Answer<()> {
        self.slips.slip()?;
        let mut pile = self.inner.lock().expect("no test panics while it holds the lock");
        for message in messages {
            pile.0 += 1;
            let id = format!("m{}", pile.0);
            pile.1.push(Delivery {
                id: MessageId(id.clone()),
                receipt: Receipt(id),
                body: message.body.clone(),
                received: 1,
                sent_at: Timestamp::from_millis(0),
                trace: message.trace.clone(),
            });
        }
        self.slips.slip()
    }

    async fn receive(&self, _: usize, _: Millis) -> Answer<Vec<Delivery>> {
        Ok(self.take(0).into_iter().collect())
    }

    async fn hide(&self, _: &Receipt, _: Millis) -> Answer<()> {
        Ok(())
    }

    async fn delete(&self, _: &[Receipt]) -> Answer<()> {
        Ok(())
    }
}
