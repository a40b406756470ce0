//! What an agent shows of itself while it runs: its slots, its attempts, and whether its receive loop goes on. Owns the
//! figures alone: what they mean for a watchdog or for people is for the program to say.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use fleet_core::ids::WorkflowId;
use fleet_core::roster::RunningAttempt;
use fleet_core::state::settle::AttemptEnd;
use fleet_core::time::{Millis, Timestamp};
use tokio::time::Instant;

use crate::agent::Outcome;
use crate::task::Task;

/// A view of an agent. All clones show the same one.
#[derive(Clone)]
pub struct Vitals {
    slots: usize,
    state: Arc<Mutex<State>>,
    observer: Arc<OnceLock<Observer>>,
}

/// Is told of each attempt that has ended. Must not block.
type Observer = Box<dyn Fn(&Ended<'_>) + Send + Sync>;

#[derive(Debug, Default)]
struct State {
    busy: usize,
    /// The attempts at work, by their worker's name with its slot.
    running: BTreeMap<String, RunningAttempt>,
    poll_begun: Option<Instant>,
    poll_ended: Option<Instant>,
}

/// The figures at a moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// Attempts at a time.
    pub slots: usize,
    /// Slots that are taken, be it by an attempt or by a message that needs none.
    pub busy: usize,
    /// The attempts at work.
    pub running: Vec<RunningAttempt>,
    /// How long the receive under way has taken so far, its pause after a failed one included; `None` when none is.
    pub polling_for: Option<Duration>,
    /// How long ago a receive came back, with messages, without, or with an error.
    pub polled_ago: Option<Duration>,
}

/// An attempt that has ended, as figures count it.
#[derive(Debug, Clone, Copy)]
pub struct Ended<'a> {
    /// Its workflow.
    pub workflow: &'a WorkflowId,
    /// From the time it was to begin to its claim.
    pub queue_delay: Millis,
    /// From its claim to its end.
    pub run_time: Millis,
    /// How it ended.
    pub end: AttemptEnd,
    /// What came of that.
    pub outcome: Outcome,
}

/// An attempt that is shown until this is dropped.
pub(crate) struct AtWork {
    vitals: Vitals,
    name: String,
}

impl Vitals {
    pub(crate) fn new(slots: usize) -> Self {
        Self { slots, state: Arc::default(), observer: Arc::default() }
    }

    /// The figures now.
    #[must_use]
    pub fn read(&self) -> Reading {
        let state = self.state();
        Reading {
            slots: self.slots,
            busy: state.busy,
            running: state.running.values().cloned().collect(),
            polling_for: state.poll_begun.map(|begun| begun.elapsed()),
            polled_ago: state.poll_ended.map(|ended| ended.elapsed()),
        }
    }

    /// Has `observer` told of each attempt that ends from now on. The first one given stays.
    pub fn observe(&self, observer: impl Fn(&Ended<'_>) + Send + Sync + 'static) {
        let _ = self.observer.set(Box::new(observer));
    }

    pub(crate) fn tell(&self, ended: &Ended<'_>) {
        if let Some(observer) = self.observer.get() {
            observer(ended);
        }
    }

    pub(crate) fn busy(&self, slots: usize) {
        self.state().busy = slots;
    }

    pub(crate) fn poll_begins(&self) {
        self.state().poll_begun = Some(Instant::now());
    }

    pub(crate) fn poll_ended(&self) {
        let mut state = self.state();
        state.poll_begun = None;
        state.poll_ended = Some(Instant::now());
    }

    pub(crate) fn begins(&self, task: &Task, since: Timestamp) -> AtWork {
        let attempt = RunningAttempt {
            execution: task.execution_id().clone(),
            job: task.job_id().clone(),
            attempt: task.turn.attempt,
            since,
        };
        self.state().running.insert(task.worker.clone(), attempt);
        AtWork { vitals: self.clone(), name: task.worker.clone() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Vitals {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Vitals({:?})", self.read())
    }
}

impl Drop for AtWork {
    fn drop(&mut self) {
        self.vitals.state().running.remove(&self.name);
    }
}
