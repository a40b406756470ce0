//! What each action changes, in the order in which the real worker does things (`worker/src/claim.rs`, `attempt.rs`,
//! `heartbeat.rs`, `settle.rs`). Whether a claim, a renewal or a result counts is for the real rules to say.

use fleet_core::state::claim::Claim;
use fleet_core::state::settle::SettleError;
use fleet_core::state::{JobStatus, Turn};

use crate::actions::Action;
use crate::bounds::{LEASE, WORKERS};
use crate::rules::{self, Fleet, Planted};
use crate::state::{self, Broken, Held, Message, Next, Phase, Receipt, Row, State, Stored};
use crate::store::Wrote;
use crate::tidy::STALE;

impl Fleet {
    /// The state after `action`.
    pub(crate) fn after(&self, state: &State, action: Action) -> State {
        let mut after = state.clone();
        let next = &mut after;
        match action {
            Action::Deliver(worker, id) => self.deliver(next, worker, id),
            Action::Write(worker) => self.write(next, worker, true),
            Action::WriteUnheard(worker) => {
                next.faults -= 1;
                self.write(next, worker, false);
            }
            Action::EndLost(worker) => self.end_lost(next, worker),
            Action::EndLostFails(worker) => {
                next.faults -= 1;
                end_lost_fails(next, worker);
            }
            Action::Begin(worker) => begin(next, worker),
            Action::Renew(worker) => self.renew(next, worker, true),
            Action::RenewUnheard(worker) => {
                next.faults -= 1;
                self.renew(next, worker, false);
            }
            Action::Ends(worker, good) => self.ends(next, worker, good),
            Action::Stop(worker) => next.rest(worker),
            Action::Send(worker) => self.send(next, worker, true),
            Action::SendUnheard(worker) => {
                next.faults -= 1;
                self.send(next, worker, false);
            }
            Action::Delete(worker) => {
                next.delete(worker);
                next.rest(worker);
            }
            Action::Crash(worker) => crash(next, worker),
            Action::Freeze(worker) => {
                next.faults -= 1;
                next.workers[worker].frozen = true;
            }
            Action::Thaw(worker) => next.workers[worker].frozen = false,
            Action::Time => return state.later(),
            Action::Redrive => redrive(next),
        }
        after
    }

    fn deliver(&self, state: &mut State, worker: usize, id: u8) {
        let Some(message) = state.queue.iter_mut().find(|message| message.id == id) else { return };
        if message.hidden {
            state.faults -= 1;
        }
        let receipt = Receipt { id, attempt: message.attempt, redelivered: message.again, valid: true };
        message.again = true;
        message.hidden = true;
        for stale in state.workers.iter_mut().filter_map(|worker| worker.receipt.as_mut()) {
            stale.valid &= stale.id != id;
        }
        state.workers[worker].receipt = Some(receipt);
        // As the worker does: a first try mostly finds no row, so none is read.
        let seen = state.stored.filter(|_| receipt.attempt > 1);
        self.plan(state, worker, seen);
    }

    fn plan(&self, state: &mut State, worker: usize, seen: Option<Stored>) {
        let Ok(claim) = self.claim(state, worker, seen.map(|seen| seen.row)) else {
            state.note(Broken::Illegal);
            return state.rest(worker);
        };
        let seen = seen.map(|seen| seen.rev);
        // The lease counts from before the claim is written.
        state.workers[worker].lease_left = LEASE;
        state.workers[worker].phase = match claim {
            Claim::Take(row) => {
                let row = Row::of(&row);
                Phase::Claiming { row, seen, lost: (row.attempt > 1).then(|| row.attempt - 1) }
            }
            Claim::TakeOver { row, lost } => {
                Phase::Claiming { row: Row::of(&row), seen, lost: attempt(lost) }
            }
            Claim::GiveUp { row, lost } => Phase::GivingUp { row: Row::of(&row), seen, lost: attempt(lost) },
            Claim::Settled => Phase::Sending { next: None },
            Claim::Later { turn, delay } => {
                let (attempt, delay) = (state::small(turn.attempt), state::small(delay.0));
                Phase::Sending { next: Some(Next { attempt, delay }) }
            }
            // Hidden it is already, since it was received.
            Claim::Sleep(_) => Phase::Idle,
            Claim::Drop => Phase::Deleting,
        };
        if !state.workers[worker].phase.has_lease() {
            state.workers[worker].lease_left = 0;
        }
        if state.workers[worker].phase == Phase::Idle {
            state.rest(worker);
        }
    }

    fn write(&self, state: &mut State, worker: usize, heard: bool) {
        let blind = self.has(Planted::RevisionIgnored);
        match state.workers[worker].phase {
            Phase::Claiming { row, seen, lost } => match state.record(seen, row, blind) {
                Wrote::Done(seen) if heard => {
                    let held = Held { seen, attempt: row.attempt, fence: row.fence };
                    state.workers[worker].phase = Phase::Claimed { held, lost };
                }
                Wrote::Done(_) => {}
                Wrote::Stale(found) => self.plan(state, worker, found),
            },
            Phase::GivingUp { row, seen, .. } => match state.record(seen, row, blind) {
                Wrote::Done(_) if heard => self.recorded(state, worker, None),
                Wrote::Done(_) => {}
                Wrote::Stale(found) => self.plan(state, worker, found),
            },
            Phase::Finished { held, good } => self.settle_attempt(state, worker, (held, good), heard),
            Phase::Recording { held, good, row, next } => match state.record(Some(held.seen.rev), row, blind)
            {
                Wrote::Done(_) => self.recorded(state, worker, next),
                Wrote::Stale(found) => look_again(state, worker, (held, good), found),
            },
            _ => {}
        }
    }

    fn settle_attempt(&self, state: &mut State, worker: usize, (held, good): (Held, bool), heard: bool) {
        // Whatever it would write over an older row is found stale.
        if held.seen.rev == STALE {
            return look_again(state, worker, (held, good), state.stored);
        }
        let (row, next) = match self.settle(state.workers[worker].ahead, held, good) {
            Ok(settled) => settled,
            // Its message is not its own any more: whoever holds the job deals with it.
            Err(SettleError::Fenced { .. }) => return state.rest(worker),
            Err(SettleError::Illegal(_)) => {
                state.note(Broken::Illegal);
                return state.rest(worker);
            }
        };
        let blind = self.has(Planted::RevisionIgnored);
        if blind || state.is_current(Some(held.seen.rev)) {
            state.watch_result(held);
        }
        match state.record(Some(held.seen.rev), row, blind) {
            Wrote::Done(_) if heard => self.recorded(state, worker, next),
            Wrote::Done(_) => {
                state.workers[worker].phase = Phase::Recording { held, good, row, next };
                // What it writes gives the lease back.
                state.workers[worker].lease_left = 0;
            }
            Wrote::Stale(found) => look_again(state, worker, (held, good), found),
        }
    }

    /// What follows once an end is in the store.
    fn recorded(&self, state: &mut State, worker: usize, next: Option<Next>) {
        if self.has(Planted::DeletedBeforeSend) {
            state.delete(worker);
        }
        state.workers[worker].phase = Phase::Sending { next };
        state.workers[worker].lease_left = 0;
    }

    fn end_lost(&self, state: &mut State, worker: usize) {
        let own = &mut state.workers[worker].phase;
        let (Phase::Claimed { lost, .. } | Phase::GivingUp { lost, .. }) = own else { return };
        let Some(lost) = lost.take() else { return };
        if self.has(Planted::EndLostSkipped) {
            return;
        }
        state.orphans &= !((1 << (lost + 1)) - 1);
        for other in (0..WORKERS).filter(|other| *other != worker) {
            if let Phase::Running { held, cut, .. } = &mut state.workers[other].phase {
                *cut |= held.attempt <= lost;
            }
        }
    }

    fn renew(&self, state: &mut State, worker: usize, heard: bool) {
        let Phase::Running { mut held, cut, renewals } = state.workers[worker].phase else { return };
        let ahead = state.workers[worker].ahead;
        if let Some(found) = state.stored.filter(|found| found.rev != held.seen.rev) {
            // The write is found stale: what others wrote is taken over, as long as the job is still held.
            if !rules::holds(found.row, held) {
                return state.rest(worker);
            }
            held.seen = found;
        }
        let Ok(row) = rules::renew(ahead, held) else { return state.rest(worker) };
        let Wrote::Done(seen) =
            state.compare_and_set(Some(held.seen.rev), row, self.has(Planted::RevisionIgnored))
        else {
            return;
        };
        if !heard {
            return;
        }
        held.seen = seen;
        state.workers[worker].phase = Phase::Running { held, cut, renewals: renewals + 1 };
        state.workers[worker].lease_left = LEASE;
    }

    fn ends(&self, state: &mut State, worker: usize, good: bool) {
        let Phase::Running { held, .. } = state.workers[worker].phase else { return };
        if self.has(Planted::DeletedBeforeWrite) {
            state.delete(worker);
        }
        state.workers[worker].phase = Phase::Finished { held, good };
    }

    fn send(&self, state: &mut State, worker: usize, heard: bool) {
        let Phase::Sending { next } = state.workers[worker].phase else { return };
        match next {
            None => state.told = true,
            Some(Next { attempt, delay }) => state.post(attempt, delay > 0),
        }
        if heard {
            state.workers[worker].phase = Phase::Deleting;
        }
    }
}

/// The row is not as the ended attempt had seen it.
fn look_again(state: &mut State, worker: usize, (held, good): (Held, bool), found: Option<Stored>) {
    match found {
        Some(seen) => state.workers[worker].phase = Phase::Finished { held: Held { seen, ..held }, good },
        None => state.rest(worker),
    }
}

/// An attempt that cannot be sure of those before it fails; a job that is given up is given up all the same.
fn end_lost_fails(state: &mut State, worker: usize) {
    let phase = &mut state.workers[worker].phase;
    match phase {
        Phase::Claimed { held, .. } => *phase = Phase::Finished { held: *held, good: false },
        Phase::GivingUp { lost, .. } => *lost = None,
        _ => {}
    }
}

fn begin(state: &mut State, worker: usize) {
    let Phase::Claimed { held, .. } = state.workers[worker].phase else { return };
    state.workers[worker].phase = Phase::Running { held, cut: false, renewals: 0 };
}

/// The server does not notice, and goes on with the session: the worst that can be.
fn crash(state: &mut State, worker: usize) {
    state.faults -= 1;
    if let Phase::Running { held, cut: false, .. } = state.workers[worker].phase {
        state.orphans |= 1 << held.attempt;
    }
    state.rename_worker(worker);
    state.rest(worker);
}

/// Sends again what seems lost: the row's turn, or the settled event.
fn redrive(state: &mut State) {
    match state.stored.map(|stored| stored.row) {
        Some(row) if row.status.is_settled() => state.told = true,
        Some(row) => state.post(row.attempt, false),
        None => state.post(1, false),
    }
}

fn attempt(turn: Turn) -> Option<u8> {
    Some(state::small(turn.attempt))
}

impl Phase {
    /// Whether what is left of the lease still counts for anything.
    fn has_lease(self) -> bool {
        matches!(
            self,
            Self::Claiming { .. } | Self::Claimed { .. } | Self::Running { .. } | Self::Finished { .. }
        )
    }
}

impl State {
    /// The worker is done with its message, or has forgotten it; its session ends.
    fn rest(&mut self, worker: usize) {
        let worker = &mut self.workers[worker];
        worker.phase = Phase::Idle;
        worker.frozen = false;
        worker.receipt = None;
        worker.lease_left = 0;
    }

    fn post(&mut self, attempt: u8, hidden: bool) {
        self.queue.push(Message { id: self.free_id(), attempt, again: false, hidden });
    }

    /// Deletes the worker's message; a stale handle does nothing.
    fn delete(&mut self, worker: usize) {
        if let Some(receipt) = self.workers[worker].receipt.filter(|receipt| receipt.valid) {
            self.queue.retain(|message| message.id != receipt.id);
        }
    }

    /// A result that is about to be recorded counts when its attempt is the one that runs, and the last one.
    fn watch_result(&mut self, held: Held) {
        match self.stored.map(|stored| stored.row) {
            Some(row) if row.status != JobStatus::Running => self.note(Broken::Twice),
            Some(row) if row.fence == held.fence && row.attempt == held.attempt => {}
            _ => self.note(Broken::Fenced),
        }
    }
}
