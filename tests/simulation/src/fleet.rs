//! The processes of a simulated fleet: dispatchers, workers and the ticking schedule, each of which can be killed at any
//! moment, frozen, drained and started again. Owns their lives; knows nothing of what they do.

use std::sync::Arc;

use fleet_core::ports::{JobQueues, Outgoing, Queue as _};
use fleet_core::time::Millis;
use fleet_core::wire::Event;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use worker::{Agent, Settings};

use crate::link::{Life, Link};
use crate::plan::Plans;
use crate::runner::Runner;
use crate::world::{QueueName, World};

/// How far clocks disagree at most; each is ahead or behind by half of it.
pub(crate) const MARGIN: Millis = Millis::from_secs(5);
/// A tick every minute, as the schedule has it.
const TICK_EVERY: Millis = Millis::from_mins(1);

/// What a process is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    Dispatcher,
    Worker,
}

/// A place where a process lives, one after the other.
struct Seat {
    role: Role,
    number: usize,
    lives: u32,
    link: Link,
    drain: CancellationToken,
    task: JoinHandle<()>,
}

/// How workers are set up in this run.
#[derive(Debug, Clone)]
pub(crate) struct WorkerSetup {
    pub(crate) slots: usize,
    pub(crate) lease: Millis,
    pub(crate) cancel_poll: Option<Millis>,
}

/// See the module.
pub(crate) struct Fleet {
    world: Arc<World>,
    plans: Arc<Plans>,
    setup: WorkerSetup,
    seats: Vec<Seat>,
    dice: fastrand::Rng,
    ticking: JoinHandle<()>,
}

impl Fleet {
    /// Starts all processes.
    pub(crate) fn start(
        world: &Arc<World>,
        plans: &Arc<Plans>,
        setup: WorkerSetup,
        (dispatchers, workers): (usize, usize),
        mut dice: fastrand::Rng,
    ) -> Self {
        let clockwork = Link::new(world, "clock", 0, dice.fork());
        let ticking = tokio::spawn(tick(clockwork));
        let mut fleet = Self {
            world: Arc::clone(world),
            plans: Arc::clone(plans),
            setup,
            seats: Vec::new(),
            dice,
            ticking,
        };
        let roles =
            (0..dispatchers).map(|n| (Role::Dispatcher, n)).chain((0..workers).map(|n| (Role::Worker, n)));
        for (role, number) in roles {
            let seat = fleet.seat(role, number, 1);
            fleet.seats.push(seat);
        }
        fleet
    }

    /// How many processes there are.
    pub(crate) fn len(&self) -> usize {
        self.seats.len()
    }

    fn seat(&mut self, role: Role, number: usize, lives: u32) -> Seat {
        let half = i64::try_from(MARGIN.0 / 2).unwrap_or(i64::MAX);
        let skew_ms = self.dice.i64(-half..=half);
        let letter = if role == Role::Dispatcher { 'd' } else { 'w' };
        let name = format!("{letter}{number}.{lives}");
        let link = Link::new(&self.world, &name, skew_ms, self.dice.fork());
        self.world.say(&name, || format!("starts, {skew_ms} ms ahead"));
        let drain = CancellationToken::new();
        let task = match role {
            Role::Dispatcher => dispatch(&link, drain.clone()),
            Role::Worker => work(&link, &self.plans, &self.setup, drain.clone()),
        };
        Seat { role, number, lives, link, drain, task }
    }

    /// Kills a process where it stands.
    pub(crate) fn kill(&self, at: usize) {
        let seat = &self.seats[at];
        self.world.say(seat.link.name(), || "is killed".to_owned());
        seat.link.set(Life::Dead);
        seat.task.abort();
    }

    /// Freezes a process, or lets it go on.
    pub(crate) fn freeze(&self, at: usize, life: Life) {
        let seat = &self.seats[at];
        self.world.say(seat.link.name(), || format!("is {life:?}"));
        seat.link.set(life);
    }

    /// Tells a process to end.
    pub(crate) fn drain(&self, at: usize) {
        let seat = &self.seats[at];
        self.world.say(seat.link.name(), || "drains".to_owned());
        seat.drain.cancel();
    }

    /// Starts a process again in a seat whose last one is dead, or is made so.
    pub(crate) fn restart(&mut self, at: usize) {
        self.kill(at);
        let (role, number, lives) = (self.seats[at].role, self.seats[at].number, self.seats[at].lives + 1);
        self.seats[at] = self.seat(role, number, lives);
    }

    /// Sees to it that every seat has a process that lives, and is neither frozen nor about to end.
    pub(crate) fn heal(&mut self) {
        for at in 0..self.seats.len() {
            let seat = &self.seats[at];
            let ends = seat.link.life() == Life::Dead || seat.drain.is_cancelled();
            if ends || seat.task.is_finished() {
                self.restart(at);
            } else {
                seat.link.set(Life::Alive);
            }
        }
    }

    /// A process that ended without being told to: a panic, or an early return.
    pub(crate) fn fallen(&self) -> Option<String> {
        let fallen = |seat: &&Seat| {
            let killed = seat.link.life() == Life::Dead;
            seat.task.is_finished() && !killed && !seat.drain.is_cancelled()
        };
        self.seats.iter().find(fallen).map(|seat| format!("{} ended by itself", seat.link.name()))
    }
}

impl Drop for Fleet {
    fn drop(&mut self) {
        self.ticking.abort();
        for seat in &self.seats {
            seat.task.abort();
        }
    }
}

async fn tick(link: Link) {
    let events = link.queue(QueueName::Events);
    loop {
        tokio::time::sleep(TICK_EVERY.to_std()).await;
        let tick = [Outgoing::now(Event::Tick.to_text())];
        // A tick that is lost is followed by the next.
        drop(events.send(&tick).await);
    }
}

fn dispatch(link: &Link, stop: CancellationToken) -> JoinHandle<()> {
    let ports = dispatcher::Ports {
        definitions: Arc::new(link.clone()),
        executions: Arc::new(link.clone()),
        events: Arc::new(link.queue(QueueName::Events)),
        jobs: JobQueues::single(Arc::new(link.queue(QueueName::Jobs))),
        announcer: Arc::new(link.clone()),
    };
    let (dead, clock) = (Arc::new(link.queue(QueueName::DeadJobs)), link.clock());
    tokio::spawn(async move {
        dispatcher::run(ports, dead, clock, stop).await;
    })
}

fn work(link: &Link, plans: &Arc<Plans>, setup: &WorkerSetup, drain: CancellationToken) -> JoinHandle<()> {
    let ports = worker::Ports {
        executions: Arc::new(link.clone()),
        definitions: Arc::new(link.clone()),
        jobs: Arc::new(link.queue(QueueName::Jobs)),
        events: Arc::new(link.queue(QueueName::Events)),
        logs: Arc::new(link.clone()),
        announcer: Arc::new(link.clone()),
        runner: Arc::new(Runner { link: link.clone(), plans: Arc::clone(plans) }),
        clock: link.clock(),
    };
    let settings = Settings {
        lease: setup.lease,
        margin: MARGIN,
        cancel_poll: setup.cancel_poll,
        drain_limit: Millis::from_secs(40),
        ..Settings::new(link.name(), setup.slots)
    };
    let agent = Agent::new(ports, settings);
    tokio::spawn(async move {
        agent.run(drain, CancellationToken::new()).await;
    })
}
