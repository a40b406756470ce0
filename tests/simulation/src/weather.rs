//! How rough the world is while faults last: the chances of everything that can go wrong on the way between a process and
//! what lasts. Chosen by seed, so that some runs are torn by lost answers and others by nothing but deaths.

use std::time::Duration;

use crate::memory::Manners;

/// Chances of one, each time.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Weather {
    /// A call is refused for now: throttled, or a connection that is not to be had.
    pub(crate) throttled: f64,
    /// A transaction loses against another one.
    pub(crate) conflicts: f64,
    /// A call takes effect and its answer is lost.
    pub(crate) answers_lost: f64,
    /// A call is given up by its caller and takes effect all the same, much later.
    pub(crate) strays: f64,
    /// A call takes very long.
    pub(crate) slow: f64,
    /// A batch is carried out in part, and an error is the answer.
    pub(crate) partial: f64,
    /// The warehouse refuses a session, or a search for lost ones.
    pub(crate) warehouse: f64,
    /// A worker stands still just when a script of its has ended: what it has to record meets a job that others have.
    pub(crate) naps: f64,
    /// A process stands still between two of its calls: what it has read is old when it acts on it.
    pub(crate) stalls: f64,
    /// How the queues behave.
    pub(crate) manners: Manners,
}

/// What becomes of a call.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Fate {
    Works,
    Fails,
    AnswerLost,
    /// Takes effect after this time, when the caller has long been told that it failed.
    Strays(Duration),
}

/// How long a call is on its way, and what becomes of it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Way {
    pub(crate) there: Duration,
    pub(crate) fate: Fate,
    pub(crate) back: Duration,
}

impl Weather {
    /// A weather for this seed.
    pub(crate) fn roll(dice: &mut fastrand::Rng) -> Self {
        // Each ill is absent in half of the runs, so that others are seen without it.
        let mut chance = |most: f64| if dice.bool() { dice.f64() * most } else { 0.0 };
        Self {
            throttled: chance(0.08),
            conflicts: chance(0.15),
            answers_lost: chance(0.08),
            strays: chance(0.03),
            slow: chance(0.03),
            partial: chance(0.1),
            warehouse: chance(0.15),
            naps: chance(0.2),
            stalls: chance(0.004),
            manners: Manners {
                duplicates: chance(0.2),
                comes_again: chance(0.1),
                old_receipts_work: chance(0.5),
                late: chance(0.2),
            },
        }
    }

    /// The way of one call; `contended` when it is a transaction over several rows.
    pub(crate) fn way(&self, contended: bool, dice: &mut fastrand::Rng) -> Way {
        let fate = match dice.f64() {
            roll if roll < self.throttled => Fate::Fails,
            roll if roll < self.throttled + self.answers_lost => Fate::AnswerLost,
            roll if roll < self.throttled + self.answers_lost + self.strays => {
                Fate::Strays(Duration::from_millis(dice.u64(1_000..120_000)))
            }
            _ if contended && dice.f64() < self.conflicts => Fate::Fails,
            _ => Fate::Works,
        };
        let mut leg = || {
            let slow = dice.f64() < self.slow;
            Duration::from_millis(if slow { dice.u64(100..30_000) } else { dice.u64(0..12) })
        };
        Way { there: leg(), fate, back: leg() }
    }
}
