//! The world that processes live in: what lasts, the time, and the watch over it. Owns the one lock behind which every
//! effect is atomic. Does not fail calls: `link` does, on the way here.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use fleet_core::alert::Alert;
use fleet_core::time::{Millis, Timestamp};
use tokio::sync::Notify;
use tokio::time::Instant;

use crate::memory::{Queue, QueueSettings, Store};
use crate::trace::Trace;
use crate::warehouse::Warehouse;
use crate::watch::Watch;
use crate::weather::Weather;

/// When every simulated run begins: 02:00 UTC of some night.
pub(crate) const BEGINNING: Timestamp = Timestamp::from_millis(1_795_312_800_000);

/// The queues of the fleet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum QueueName {
    Events = 0,
    Jobs = 1,
    DeadEvents = 2,
    DeadJobs = 3,
}

impl QueueName {
    /// Where messages go that were received too often.
    pub(crate) fn grave(self) -> Option<Self> {
        match self {
            Self::Events => Some(Self::DeadEvents),
            Self::Jobs => Some(Self::DeadJobs),
            Self::DeadEvents | Self::DeadJobs => None,
        }
    }
}

/// Everything that outlives a process.
pub(crate) struct Lasting {
    pub(crate) store: Store,
    pub(crate) queues: [Queue; 4],
    pub(crate) warehouse: Warehouse,
    pub(crate) alerts: Vec<Alert>,
    pub(crate) watch: Watch,
    pub(crate) weather: Weather,
    pub(crate) trace: Trace,
    /// Commits that were answered.
    pub(crate) commits: u64,
    /// Of these, commits that a loss of power would not take back.
    pub(crate) secured: u64,
    /// The first thing that was wrong.
    pub(crate) violation: Option<String>,
}

/// See the module.
pub(crate) struct World {
    lasting: Mutex<Lasting>,
    began: Instant,
    arrivals: [Notify; 4],
    stopped: Notify,
}

impl World {
    /// An empty world; `jobs` are the settings of the jobs queue and `events` those of the events queue.
    pub(crate) fn new(
        jobs: QueueSettings,
        events: QueueSettings,
        weather: Weather,
        trace: Trace,
    ) -> Arc<Self> {
        let dead = QueueSettings { visibility: Millis::from_secs(30), receives_max: None };
        let lasting = Lasting {
            store: Store::default(),
            queues: [events, jobs, dead, dead].map(Queue::new),
            warehouse: Warehouse::default(),
            alerts: Vec::new(),
            watch: Watch::default(),
            weather,
            trace,
            commits: 0,
            secured: 0,
            violation: None,
        };
        Arc::new(Self {
            lasting: Mutex::new(lasting),
            began: Instant::now(),
            arrivals: Default::default(),
            stopped: Notify::new(),
        })
    }

    /// The time, as nobody's clock shows it exactly.
    pub(crate) fn now(&self) -> Timestamp {
        let passed = u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX);
        BEGINNING + Millis(passed)
    }

    /// The moment of the runtime's clock at which it is `time`.
    pub(crate) fn instant(&self, time: Timestamp) -> Instant {
        self.began + time.since(BEGINNING).to_std()
    }

    /// Looks at, or changes, what lasts.
    pub(crate) fn with<T>(&self, act: impl FnOnce(&mut Lasting) -> T) -> T {
        let mut lasting = self.lock();
        let before = lasting.violation.is_some();
        let answer = act(&mut lasting);
        if lasting.violation.is_some() && !before {
            self.stopped.notify_one();
        }
        answer
    }

    /// Adds a line to the trace.
    pub(crate) fn say(&self, who: &str, what: impl FnOnce() -> String) {
        let now = self.now();
        self.with(|lasting| lasting.trace.say(now, who, what));
    }

    /// Ends when something was wrong.
    pub(crate) async fn wrong(&self) {
        self.stopped.notified().await;
    }

    /// Rings when a message comes to a queue.
    pub(crate) fn arrivals(&self, queue: QueueName) -> &Notify {
        &self.arrivals[queue as usize]
    }

    fn lock(&self) -> MutexGuard<'_, Lasting> {
        self.lasting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Lasting {
    /// Notes what is wrong; only the first counts, since the rest may follow from it.
    pub(crate) fn hold(&mut self, rule: Result<(), String>) {
        if let (Err(broken), None) = (rule, &self.violation) {
            self.violation = Some(broken);
        }
    }
}
