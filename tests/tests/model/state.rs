//! What a state of the model is: small, hashable, and free of absolute times, so that states that differ in nothing that
//! matters are one. Owns the way from the store's rows to this form and back. Decides nothing.

use fleet_core::state::{JobResult, JobRow, JobStatus, Lease, ROW_FORMAT, Turn};
use fleet_core::time::Timestamp;

use crate::bounds::{MARGIN, Units, WORKERS};

/// The present instant, in every state: all times are kept as spans from it.
pub(crate) const NOW: Timestamp = Timestamp::from_millis(1_000_000);

/// A lease that has been over for so long is over for everybody, since no clock of the model is behind the true time.
const OVER: Units = -MARGIN;

/// The whole fleet at one instant.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct State {
    /// Whether the job's policy forbids another try after a lost worker.
    pub(crate) gives_up: bool,
    /// The job's row in the store.
    pub(crate) stored: Option<Stored>,
    /// The jobs queue, by id.
    pub(crate) queue: Vec<Message>,
    pub(crate) workers: [Worker; WORKERS],
    /// Attempts whose worker is gone while their session goes on in the warehouse, a bit each.
    pub(crate) orphans: u8,
    /// Whether the settled event has been sent.
    pub(crate) told: bool,
    /// Faults that may still come.
    pub(crate) faults: u8,
    /// Rules that have been broken on the way, see [`Broken`].
    pub(crate) broken: u8,
}

/// What no state shows by itself, since it is about two: noted where it happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Broken {
    /// A settled row was written.
    SettledChanged = 1,
    /// A fence or an attempt number fell.
    Fell = 2,
    /// A result was recorded by one that did not hold the highest fence.
    Fenced = 4,
    /// A result was recorded where one was recorded already.
    Twice = 8,
    /// The rules called a row impossible.
    Illegal = 16,
}

/// A row with its revision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Stored {
    pub(crate) rev: u8,
    pub(crate) row: Row,
}

/// A JOB row, without what no rule reads for a script: when it was ready, when it started, when it ended.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Row {
    pub(crate) status: JobStatus,
    pub(crate) attempt: u8,
    pub(crate) failures: u8,
    pub(crate) losses: u8,
    pub(crate) fence: u8,
    pub(crate) lease: Option<LeaseOf>,
    pub(crate) not_before: Option<Units>,
    pub(crate) result: Option<Came>,
}

/// A lease: whose, by which message, and until when by the worker's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct LeaseOf {
    pub(crate) worker: u8,
    pub(crate) message: u8,
    pub(crate) until: Units,
}

/// What a result tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Came {
    Good,
    Bad,
    /// There is no result: the worker was lost.
    Lost,
}

/// A message on the jobs queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Message {
    pub(crate) id: u8,
    /// The attempt it asks for.
    pub(crate) attempt: u8,
    /// Whether it has been received before.
    pub(crate) again: bool,
    /// Whether it is hidden for the time being.
    pub(crate) hidden: bool,
}

/// A worker process with one slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Worker {
    /// How far its clock is ahead.
    pub(crate) ahead: Units,
    pub(crate) frozen: bool,
    pub(crate) phase: Phase,
    /// The message it is at work on.
    pub(crate) receipt: Option<Receipt>,
    /// What is left of its lease by its own reckoning, which no clock's correction moves.
    pub(crate) lease_left: Units,
}

/// One delivery of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Receipt {
    pub(crate) id: u8,
    pub(crate) attempt: u8,
    /// Whether the message had been received before.
    pub(crate) redelivered: bool,
    /// Whether nobody has received it since: a stale handle does nothing.
    pub(crate) valid: bool,
}

/// A claim as its holder knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Held {
    /// The row as last seen.
    pub(crate) seen: Stored,
    pub(crate) attempt: u8,
    pub(crate) fence: u8,
}

/// The message that follows an attempt which did not settle the job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Next {
    pub(crate) attempt: u8,
    pub(crate) delay: Units,
}

/// Where a worker stands with its message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Phase {
    Idle,
    /// It has read the row and decided to write this claim over it.
    Claiming {
        row: Row,
        seen: Option<u8>,
        lost: Option<u8>,
    },
    /// It has decided to settle a job whose worker was lost; the lost attempt's sessions are ended before it writes.
    GivingUp {
        row: Row,
        seen: Option<u8>,
        lost: Option<u8>,
    },
    /// Its claim is recorded; what attempts up to `lost` have left running is to be ended before it begins.
    Claimed {
        held: Held,
        lost: Option<u8>,
    },
    /// Its session works in the warehouse, unless somebody has cut it off.
    Running {
        held: Held,
        cut: bool,
        renewals: u8,
    },
    /// The run has ended, and is not recorded.
    Finished {
        held: Held,
        good: bool,
    },
    /// It has written this end, and heard nothing.
    Recording {
        held: Held,
        good: bool,
        row: Row,
        next: Option<Next>,
    },
    /// All is recorded: the next turn's message or (none) the settled event is to be sent.
    Sending {
        next: Option<Next>,
    },
    /// All is sent: the message is to be deleted.
    Deleting,
}

impl State {
    /// Whether the protocol has reached its end: the job is settled, and the dispatcher knows.
    pub(crate) fn is_done(&self) -> bool {
        self.told && self.stored.is_some_and(|stored| stored.row.status.is_settled())
    }

    /// One unit later. A message shows again as soon as nobody who is awake keeps it hidden: one that shows need not be
    /// received, so this stands for every visibility timeout.
    pub(crate) fn later(&self) -> Self {
        let mut state = self.clone();
        state.each_row(Row::age);
        let kept = |id| {
            let awake =
                self.workers.iter().filter(|worker| !worker.frozen).filter_map(|worker| worker.receipt);
            { awake }.any(|receipt| receipt.id == id)
        };
        for message in &mut state.queue {
            message.hidden &= kept(message.id);
        }
        for worker in &mut state.workers {
            worker.lease_left = (worker.lease_left - 1).max(0);
        }
        state
    }
}

impl Row {
    /// From the rules' form.
    pub(crate) fn of(row: &JobRow) -> Self {
        Self {
            status: row.status,
            attempt: small(row.turn.attempt),
            failures: small(row.failures),
            losses: small(row.losses),
            fence: small(row.fence),
            lease: row.lease.as_ref().map(|lease| LeaseOf {
                worker: number(&lease.worker),
                message: number(&lease.message),
                until: from_now(lease.until),
            }),
            not_before: row.not_before.map(from_now),
            result: row.result.as_ref().map(|result| match result.exit_code {
                Some(0) => Came::Good,
                Some(_) => Came::Bad,
                None => Came::Lost,
            }),
        }
    }

    /// In the rules' form.
    pub(crate) fn whole(self) -> JobRow {
        let exit_code = |came| match came {
            Came::Good => Some(0),
            Came::Bad => Some(1),
            Came::Lost => None,
        };
        JobRow {
            format: ROW_FORMAT,
            status: self.status,
            turn: Turn { attempt: self.attempt.into(), look: 0 },
            failures: self.failures.into(),
            losses: self.losses.into(),
            fence: self.fence.into(),
            lease: self.lease.map(|lease| Lease {
                worker: lease.worker.to_string(),
                message: lease.message.to_string(),
                until: at(lease.until),
            }),
            not_before: self.not_before.map(at),
            result: self.result.map(|came| JobResult { exit_code: exit_code(came), ..JobResult::default() }),
            ..JobRow::default()
        }
    }

    /// One unit later.
    pub(crate) fn age(&mut self) {
        if let Some(lease) = &mut self.lease {
            lease.until = (lease.until - 1).max(OVER);
        }
        self.not_before = self.not_before.map(|time| (time - 1).max(0));
    }
}

/// The time so many units from now.
pub(crate) fn at(units: Units) -> Timestamp {
    Timestamp::from_millis(NOW.as_millis() + i64::from(units))
}

fn from_now(time: Timestamp) -> Units {
    small(time.as_millis() - NOW.as_millis())
}

/// Names of workers and messages are their numbers.
fn number(name: &str) -> u8 {
    name.parse().expect("every name in the model is a number")
}

/// The bounds keep all numbers small.
pub(crate) fn small<T, S: TryFrom<T>>(number: T) -> S {
    S::try_from(number).ok().expect("the model's bounds keep its numbers small")
}
