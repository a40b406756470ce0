//! A process and its way to the world. Owns what can happen between a call and its answer: delay, refusal, a lost answer, an
//! effect that comes late, a frozen or dead caller. The ports are implemented on it.

mod executions;
mod others;
mod queues;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use fleet_core::ports::{Clock, PortError};
use fleet_core::time::{Millis, Timestamp};
use tokio::sync::Notify;

use crate::weather::{Fate, Way};
use crate::world::{Lasting, World};

/// Longest time that a process stands still by itself: the longest lease, and time for others to take its job over.
const NAP_MAX_MS: u64 = 150_000;

/// What a call gives.
pub(crate) type Answer<T> = Result<T, PortError>;

/// Whether a process lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Life {
    Alive,
    /// Neither its calls nor their answers get through.
    Frozen,
    Dead,
}

/// One process.
pub(crate) struct Process {
    /// Short: it stands in each line of the trace.
    pub(crate) name: Arc<str>,
    /// How far its clock is ahead, in milliseconds.
    pub(crate) skew_ms: i64,
    life: Mutex<Life>,
    /// Rings when its life changes. (A `watch` channel wakes its waiters in an order that no seed tells.)
    changed: Notify,
    dice: Mutex<fastrand::Rng>,
}

/// A process in its world; implements the ports.
#[derive(Clone)]
pub(crate) struct Link {
    pub(crate) world: Arc<World>,
    pub(crate) process: Arc<Process>,
}

/// Who calls, and when the call takes effect.
pub(crate) struct Caller {
    pub(crate) name: Arc<str>,
    pub(crate) now: Timestamp,
}

/// What a call is, as far as its way is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// It touches one thing.
    Single,
    /// It is a transaction over several rows.
    Transaction,
}

impl Link {
    pub(crate) fn new(world: &Arc<World>, name: &str, skew_ms: i64, dice: fastrand::Rng) -> Self {
        let process = Process {
            name: name.into(),
            skew_ms,
            life: Mutex::new(Life::Alive),
            changed: Notify::new(),
            dice: Mutex::new(dice),
        };
        world.with(|lasting| lasting.watch.knows(&process.name, skew_ms));
        Self { world: Arc::clone(world), process: Arc::new(process) }
    }

    pub(crate) fn name(&self) -> &str {
        &self.process.name
    }

    /// The process's own clock.
    pub(crate) fn clock(&self) -> Clock {
        let (world, skew_ms) = (Arc::clone(&self.world), self.process.skew_ms);
        Clock::new(move || Timestamp::from_millis(world.now().as_millis() + skew_ms))
    }

    /// Changes whether it lives.
    pub(crate) fn set(&self, life: Life) {
        *self.process.life.lock().unwrap_or_else(PoisonError::into_inner) = life;
        self.process.changed.notify_waiters();
    }

    /// Whether it lives.
    pub(crate) fn life(&self) -> Life {
        *self.process.life.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits while the process is frozen, and for ever when it is dead.
    pub(crate) async fn gate(&self) {
        while self.life() != Life::Alive {
            self.process.changed.notified().await;
        }
    }

    /// Its process may stand still from here on, perhaps for longer than a lease. Not so those around the fleet: the whole
    /// storm would wait for them.
    pub(crate) fn may_nap(&self, chance: f64) {
        let is_of_the_fleet = self.name().starts_with(['d', 'w']);
        if !is_of_the_fleet || self.life() != Life::Alive || self.roll(fastrand::Rng::f64) >= chance {
            return;
        }
        let nap = Duration::from_millis(self.roll(|dice| dice.u64(0..NAP_MAX_MS)));
        self.world.say(self.name(), || format!("stands still for {} ms", nap.as_millis()));
        self.set(Life::Frozen);
        let link = self.clone();
        tokio::spawn(async move {
            tokio::time::sleep(nap).await;
            // It may have been killed meanwhile.
            if link.life() == Life::Frozen {
                link.set(Life::Alive);
            }
        });
    }

    /// A number of this process's own.
    pub(crate) fn roll<T>(&self, roll: impl FnOnce(&mut fastrand::Rng) -> T) -> T {
        roll(&mut self.process.dice.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Sends a call on its way. `effect` happens at one moment, or not at all.
    pub(crate) async fn call<T, F>(&self, what: &'static str, kind: Kind, effect: F) -> Answer<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Lasting, &Caller) -> Answer<T> + Send + 'static,
    {
        self.gate().await;
        let weather = self.world.with(|lasting| lasting.weather);
        let Way { there, fate, back } = self.roll(|dice| weather.way(kind == Kind::Transaction, dice));
        pass(there).await;
        let answer = match fate {
            Fate::Works => self.take_effect(effect),
            Fate::Fails => Err(self.fault(what, "throttled")),
            Fate::AnswerLost => {
                drop(self.take_effect(effect));
                Err(self.fault(what, "its answer was lost"))
            }
            Fate::Strays(after) => {
                let late = self.clone();
                tokio::spawn(async move {
                    tokio::time::sleep(after).await;
                    late.world.say(late.name(), || format!("{what}: takes effect late"));
                    drop(late.take_effect(effect));
                });
                Err(self.fault(what, "no answer"))
            }
        };
        pass(back).await;
        self.may_nap(weather.stalls);
        self.gate().await;
        answer
    }

    fn take_effect<T>(&self, effect: impl FnOnce(&mut Lasting, &Caller) -> Answer<T>) -> Answer<T> {
        let caller = Caller { name: Arc::clone(&self.process.name), now: self.world.now() };
        self.world.with(|lasting| effect(lasting, &caller))
    }

    fn fault(&self, what: &str, cause: &str) -> PortError {
        self.world.say(self.name(), || format!("{what}: {cause}"));
        PortError::Unavailable { what: what.to_owned(), cause: cause.to_owned() }
    }
}

async fn pass(time: Duration) {
    if time > Duration::ZERO {
        tokio::time::sleep(time).await;
    }
}

/// The moment `span` after the caller's.
pub(crate) fn after(caller: &Caller, span: Millis) -> Timestamp {
    caller.now + span
}
