//! What can happen next: to the workers, to the queue, to time. Owns when each is possible. What it changes is in `steps`.

use fleet_core::state::JobStatus;

use crate::bounds::{LEASE, MARGIN, RENEWALS_MAX, WORKERS};
use crate::rules::{Fleet, Planted};
use crate::state::{Message, Phase, State, Stored, Worker};

/// One step. Workers are named by their index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Action {
    /// The worker receives the message with this id, reads the row and decides.
    Deliver(usize, u8),
    /// The row that it has decided on takes effect, or is found stale.
    Write(usize),
    /// The row takes effect, and the worker hears nothing: it will write again.
    WriteUnheard(usize),
    /// It ends the sessions of the attempts before.
    EndLost(usize),
    /// It cannot make sure that they have ended.
    EndLostFails(usize),
    /// Its session begins to work in the warehouse.
    Begin(usize),
    /// It renews its lease, or finds it lost.
    Renew(usize),
    /// The renewal takes effect, and the worker hears nothing.
    RenewUnheard(usize),
    /// The run ends by itself, well or with a failure.
    Ends(usize, bool),
    /// The attempt is stopped, since its lease is about to end.
    Stop(usize),
    /// What follows from a recorded end is sent.
    Send(usize),
    /// It is sent, and the worker hears nothing: it will send again.
    SendUnheard(usize),
    /// The message is deleted.
    Delete(usize),
    /// The process is killed, and started again.
    Crash(usize),
    /// The process is stopped at this point.
    Freeze(usize),
    /// The process goes on.
    Thaw(usize),
    /// A unit of time passes.
    Time,
    /// A tick of the dispatcher finds that nothing goes on.
    Redrive,
}

impl Fleet {
    /// All that can happen in this state.
    pub(crate) fn possible(&self, state: &State, actions: &mut Vec<Action>) {
        for index in 0..WORKERS {
            let worker = &state.workers[index];
            match worker.phase {
                Phase::Idle => actions.extend(deliveries(state).map(|id| Action::Deliver(index, id))),
                _ if worker.frozen => actions.push(Action::Thaw(index)),
                _ => self.steps_of(state, index, actions),
            }
            if worker.phase == Phase::Idle {
                continue;
            }
            if state.faults > 0 {
                actions.push(Action::Crash(index));
            }
            if state.faults > 0 && !worker.frozen {
                actions.push(Action::Freeze(index));
            }
        }
        if state.workers.iter().all(lets_time_pass) {
            actions.push(Action::Time);
        }
        if state.queue.is_empty() && state.workers.iter().all(is_at_rest) && state.is_overdue() {
            actions.push(Action::Redrive);
        }
    }

    /// The next steps of a worker that is awake and at work.
    fn steps_of(&self, state: &State, index: usize, actions: &mut Vec<Action>) {
        let worker = &state.workers[index];
        match worker.phase {
            Phase::Idle => {}
            Phase::GivingUp { lost: Some(_), .. } => end_lost(state, index, actions),
            Phase::Claiming { seen, .. } | Phase::GivingUp { seen, .. } => write(state, index, seen, actions),
            Phase::Claimed { lost, .. } => self.claimed(state, index, lost, actions),
            Phase::Running { renewals, .. } => running(state, index, renewals, actions),
            Phase::Finished { held, .. } => write(state, index, Some(held.seen.rev), actions),
            Phase::Recording { .. } => actions.push(Action::Write(index)),
            Phase::Sending { next } => {
                actions.push(Action::Send(index));
                // To tell the dispatcher twice is no other state than to tell it once.
                if next.is_some() && state.faults > 0 {
                    actions.push(Action::SendUnheard(index));
                }
            }
            Phase::Deleting => actions.push(Action::Delete(index)),
        }
    }

    fn claimed(&self, state: &State, index: usize, lost: Option<u8>, actions: &mut Vec<Action>) {
        let left = state.workers[index].lease_left;
        if left <= MARGIN {
            actions.push(Action::Stop(index));
        }
        if left <= 0 && !self.has(Planted::LeaseEndIgnored) {
            return;
        }
        match lost {
            Some(_) => end_lost(state, index, actions),
            None => actions.push(Action::Begin(index)),
        }
    }
}

/// Messages that may be delivered now. One that is hidden comes only where the queue delivers twice.
fn deliveries(state: &State) -> impl Iterator<Item = u8> {
    let twice = state.faults > 0;
    let visible = move |message: &&Message| !message.hidden || twice;
    state.queue.iter().filter(visible).map(|message| message.id)
}

fn write(state: &State, index: usize, seen: Option<u8>, actions: &mut Vec<Action>) {
    actions.push(Action::Write(index));
    if state.faults > 0 && state.is_current(seen) {
        actions.push(Action::WriteUnheard(index));
    }
}

fn end_lost(state: &State, index: usize, actions: &mut Vec<Action>) {
    actions.push(Action::EndLost(index));
    if state.faults > 0 {
        actions.push(Action::EndLostFails(index));
    }
}

fn running(state: &State, index: usize, renewals: u8, actions: &mut Vec<Action>) {
    let left = state.workers[index].lease_left;
    actions.extend([Action::Ends(index, true), Action::Ends(index, false)]);
    if left <= MARGIN {
        actions.push(Action::Stop(index));
    } else if left < LEASE && renewals < RENEWALS_MAX {
        actions.push(Action::Renew(index));
        if state.faults > 0 {
            actions.push(Action::RenewUnheard(index));
        }
    }
}

/// A step takes a worker less than a unit, unless it is frozen; and a run is over, renewed or stopped before its lease ends.
fn lets_time_pass(worker: &Worker) -> bool {
    match worker.phase {
        Phase::Idle => true,
        Phase::Running { .. } => worker.frozen || worker.lease_left > MARGIN + 1,
        _ => worker.frozen,
    }
}

fn is_at_rest(worker: &Worker) -> bool {
    worker.phase == Phase::Idle || worker.frozen
}

impl State {
    /// As the dispatcher's `redrive` sees it, whose patience is longer than any lease.
    fn is_overdue(&self) -> bool {
        let Some(Stored { row, .. }) = self.stored else { return true };
        match row.status {
            JobStatus::Running => row.lease.is_none_or(|lease| lease.until <= -MARGIN),
            JobStatus::Waiting => row.not_before.is_none_or(|time| time <= 0),
            _ => !self.told,
        }
    }
}
