//! What must hold in every state and at the end of every path, and what must be possible so that the search is not empty.
//! Owns their names. Changes nothing.

use fleet_core::state::JobStatus;
use stateright::{Model, Property};

use crate::actions::Action;
use crate::bounds::{COPIES_MAX, MARGIN, WORKERS};
use crate::rules::{self, Fleet, Planted};
use crate::state::{Broken, Came, Message, Phase, Row, State, Worker};

pub(crate) const LEASE_RESPECTED: &str = "whoever holds a lease that is valid by its own clock holds the job";
pub(crate) const NOT_SIDE_BY_SIDE: &str = "two attempts never work in the warehouse side by side";
pub(crate) const HIGHEST_FENCE: &str = "only the holder of the highest fence records a result";
pub(crate) const RECORDED_ONCE: &str = "no result is recorded twice";
pub(crate) const SETTLED_STAYS: &str = "a settled row never changes";
pub(crate) const NEVER_FALL: &str = "fences and attempts never fall";
pub(crate) const LEGAL: &str = "no row is met that the transition table forbids";
pub(crate) const NOT_LOST: &str = "no single fault loses a message between a write and a send";
pub(crate) const ENDS: &str = "every path ends with the job settled and the dispatcher told";

impl Model for Fleet {
    type State = State;
    type Action = Action;

    /// Clocks that agree and clocks that disagree as far as they may (which of the two is ahead makes no difference), one
    /// copy of the first message and several, both policies for lost workers.
    fn init_states(&self) -> Vec<State> {
        let mut states = Vec::new();
        for ahead in [0, MARGIN] {
            for copies in 1..=COPIES_MAX {
                for gives_up in [false, true] {
                    states.push(self.beginning(ahead, copies, gives_up));
                }
            }
        }
        states
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        self.possible(state, actions);
    }

    fn next_state(&self, state: &State, action: Action) -> Option<State> {
        let mut after = self.after(state, action);
        // A writer that ignores revisions needs the rows that others need not keep.
        if !self.has(Planted::RevisionIgnored) {
            after.tidy();
        }
        Some(after).filter(|after| after != state)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always(LEASE_RESPECTED, |_, state| leases_respected(state)),
            Property::always(NOT_SIDE_BY_SIDE, |_, state| sessions(state) <= 1),
            Property::always(HIGHEST_FENCE, |_, state| keeps(state, Broken::Fenced)),
            Property::always(RECORDED_ONCE, |_, state| keeps(state, Broken::Twice)),
            Property::always(SETTLED_STAYS, |_, state| keeps(state, Broken::SettledChanged)),
            Property::always(NEVER_FALL, |_, state| keeps(state, Broken::Fell)),
            Property::always(LEGAL, |_, state| keeps(state, Broken::Illegal)),
            Property::always(NOT_LOST, |fleet, state| spent(fleet, state) > 1 || !is_lost(state)),
            Property::eventually(ENDS, |_, state: &State| state.is_done()),
            Property::sometimes("a lost worker's job succeeds under another", |_, state| {
                ended(state, JobStatus::Succeeded, Came::Good) && row_has(state, |row| row.losses > 0)
            }),
            Property::sometimes("a second try succeeds", |_, state| {
                ended(state, JobStatus::Succeeded, Came::Good) && row_has(state, |row| row.failures > 0)
            }),
            Property::sometimes("a job fails for good", |_, state| {
                ended(state, JobStatus::Failed, Came::Bad)
            }),
            Property::sometimes("a job is given up", |_, state| ended(state, JobStatus::Failed, Came::Lost)),
            Property::sometimes("a result comes after another attempt has begun", |_, state| late(state)),
            // What the tick is for: a message that was deleted as a copy may have become the one that counts.
            Property::sometimes("two faults lose a message", |_, state| is_lost(state)),
            Property::sometimes("a message comes too early by the clock of who receives it", |_, state| {
                early(state)
            }),
            Property::sometimes("a session is cut off by the attempt after it", |_, state| cut_off(state)),
        ]
    }
}

impl Fleet {
    fn beginning(&self, ahead: i8, copies: u8, gives_up: bool) -> State {
        let worker =
            |ahead| Worker { ahead, frozen: false, phase: Phase::Idle, receipt: None, lease_left: 0 };
        let mut workers = [worker(0); WORKERS];
        workers[WORKERS - 1] = worker(ahead);
        let queue = (0..copies).map(|id| Message { id, attempt: 1, again: false, hidden: false }).collect();
        State {
            gives_up,
            stored: None,
            queue,
            workers,
            orphans: 0,
            told: false,
            faults: self.faults,
            broken: 0,
        }
    }
}

/// The job is not done, no message speaks of it, and nobody is at work on it who could still send one.
fn is_lost(state: &State) -> bool {
    let idle = state.workers.iter().all(|worker| worker.phase == Phase::Idle);
    !state.is_done() && state.queue.is_empty() && idle
}

/// Faults that the path so far has had.
fn spent(fleet: &Fleet, state: &State) -> u8 {
    fleet.faults - state.faults
}

fn leases_respected(state: &State) -> bool {
    state.workers.iter().all(|worker| respected(state, worker))
}

/// A worker that may still act on its lease is the one that the store knows.
fn respected(state: &State, worker: &Worker) -> bool {
    let (Phase::Claimed { held, .. } | Phase::Running { held, .. } | Phase::Finished { held, .. }) =
        worker.phase
    else {
        return true;
    };
    worker.lease_left <= 0 || state.stored.is_some_and(|stored| rules::holds(stored.row, held))
}

/// Sessions at work in the warehouse.
fn sessions(state: &State) -> u32 {
    let running = |worker: &&Worker| matches!(worker.phase, Phase::Running { cut: false, .. });
    let running = state.workers.iter().filter(running).count();
    state.orphans.count_ones() + u32::try_from(running).unwrap_or(u32::MAX)
}

fn keeps(state: &State, rule: Broken) -> bool {
    state.broken & rule as u8 == 0
}

fn row_has(state: &State, condition: impl Fn(&Row) -> bool) -> bool {
    state.stored.is_some_and(|stored| condition(&stored.row))
}

fn ended(state: &State, status: JobStatus, came: Came) -> bool {
    row_has(state, |row| row.status == status && row.result == Some(came))
}

fn late(state: &State) -> bool {
    state.workers.iter().any(|worker| match worker.phase {
        Phase::Finished { held, .. } => row_has(state, |row| row.fence > held.fence),
        _ => false,
    })
}

fn cut_off(state: &State) -> bool {
    state.workers.iter().any(|worker| matches!(worker.phase, Phase::Running { cut: true, .. }))
}

fn early(state: &State) -> bool {
    state.workers.iter().any(|worker| match (worker.phase, worker.receipt) {
        (Phase::Sending { next: Some(next) }, Some(receipt)) => next.attempt == receipt.attempt,
        _ => false,
    })
}
