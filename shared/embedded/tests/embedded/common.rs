//! What the adapter's tests share: a directory, a store in it, and a clock that is turned by hand.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use fleet_core::ports::Clock;
use fleet_core::time::{Millis, Timestamp};
use fleet_embedded::{QueueSettings, Store};

/// A clock that stands still unless it is turned.
#[derive(Clone)]
pub(crate) struct HandClock(Arc<AtomicI64>);

impl HandClock {
    pub(crate) fn at(time: &str) -> Self {
        Self(Arc::new(AtomicI64::new(Timestamp::parse(time).expect("a test names a time").as_millis())))
    }

    pub(crate) fn turn(&self, span: Millis) {
        self.0.fetch_add(i64::try_from(span.0).expect("a test turns the clock a little"), Ordering::SeqCst);
    }

    pub(crate) fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.load(Ordering::SeqCst))
    }

    pub(crate) fn clock(&self) -> Clock {
        let hand = self.clone();
        Clock::new(move || hand.now())
    }
}

/// A store in a directory of its own, which goes with it.
pub(crate) struct Bench {
    pub(crate) dir: tempfile::TempDir,
    pub(crate) hand: HandClock,
    pub(crate) store: Store,
}

impl Bench {
    pub(crate) fn new() -> Self {
        let dir = tempfile::tempdir().expect("there is a place for temporary files");
        let hand = HandClock::at("2026-11-22T02:00:00Z");
        let store = Store::open(dir.path(), hand.clock()).expect("a new directory can be opened");
        Self { dir, hand, store }
    }
}

/// A queue that never gives up on a message.
pub(crate) fn patient() -> QueueSettings {
    QueueSettings { visibility: Millis::from_secs(30), max_receives: None, dead_letters: None }
}
