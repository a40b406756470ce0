//! The storm: while it lasts, processes die, freeze and drain, and people meddle. Owns when what strikes; a seed strikes the
//! same way each time.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use crate::fleet::Fleet;
use crate::link::Life;
use crate::people::Operator;
use crate::weather::Weather;
use crate::world::World;

/// How often what strikes, in one run; each at most once in so many seconds on average.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Storm {
    /// How long it lasts.
    pub(crate) lasts: Duration,
    /// Between two strikes at processes.
    strikes_every_s: u64,
    /// Between two wishes of people.
    wishes_every_s: u64,
    /// Executions started.
    pub(crate) starts: usize,
    /// Most seconds that a process stays away, or frozen.
    away_max_s: u64,
}

/// What comes next for a process.
enum Mends {
    Restart,
    Thaw,
}

impl Storm {
    pub(crate) fn roll(dice: &mut fastrand::Rng) -> Self {
        let often = [10, 30, 60, 200, 10_000];
        Self {
            lasts: Duration::from_secs(dice.u64(60..1_500)),
            strikes_every_s: often[dice.usize(0..often.len())],
            wishes_every_s: [20, 60, 200, 10_000][dice.usize(0..4)],
            starts: dice.usize(1..4),
            away_max_s: [2, 20, 200][dice.usize(0..3)],
        }
    }

    /// Rages until its time is over.
    pub(crate) async fn rage(self, fleet: &mut Fleet, operator: &mut Operator, dice: &mut fastrand::Rng) {
        let end = Instant::now() + self.lasts;
        let mut mends: Vec<(Instant, usize, Mends)> = Vec::new();
        let mut strike = self.next(self.strikes_every_s, dice);
        let mut wish = self.next(self.wishes_every_s, dice);
        let mut start = Instant::now();
        let mut starts = self.starts;
        loop {
            let mend = mends.iter().map(|(at, ..)| *at).min().unwrap_or(end);
            let next = [strike, wish, mend, if starts > 0 { start } else { end }].into_iter().min();
            let next = next.unwrap_or(end).min(end);
            tokio::time::sleep_until(next).await;
            if next >= end {
                return;
            }
            if next == start && starts > 0 {
                operator.start().await;
                starts -= 1;
                start = Instant::now() + Duration::from_millis(dice.u64(0..60_000));
            } else if next == mend {
                mend_one(fleet, &mut mends, mend);
            } else if next == strike {
                self.strike(fleet, &mut mends, dice);
                strike = self.next(self.strikes_every_s, dice);
            } else {
                operator.meddle().await;
                wish = self.next(self.wishes_every_s, dice);
            }
        }
    }

    fn next(&self, every_s: u64, dice: &mut fastrand::Rng) -> Instant {
        Instant::now() + Duration::from_millis(dice.u64(1..every_s * 2_000))
    }

    fn strike(&self, fleet: &Fleet, mends: &mut Vec<(Instant, usize, Mends)>, dice: &mut fastrand::Rng) {
        let at = dice.usize(0..fleet.len());
        if mends.iter().any(|(_, other, _)| *other == at) {
            return;
        }
        let until = Instant::now() + Duration::from_millis(dice.u64(1..self.away_max_s * 1_000));
        let mends_by = match dice.u8(0..5) {
            0 | 1 => {
                fleet.kill(at);
                Mends::Restart
            }
            2 | 3 => {
                fleet.freeze(at, Life::Frozen);
                Mends::Thaw
            }
            _ => {
                fleet.drain(at);
                Mends::Restart
            }
        };
        mends.push((until, at, mends_by));
    }
}

fn mend_one(fleet: &mut Fleet, mends: &mut Vec<(Instant, usize, Mends)>, due: Instant) {
    let Some(which) = mends.iter().position(|(at, ..)| *at == due) else { return };
    let (_, at, how) = mends.swap_remove(which);
    match how {
        Mends::Restart => fleet.restart(at),
        Mends::Thaw => fleet.freeze(at, Life::Alive),
    }
}

/// The end of all faults: what is to come right by itself has its chance from here on.
pub(crate) fn calm(world: &Arc<World>, fleet: &mut Fleet) {
    world.say("world", || "the storm is over".to_owned());
    world.with(|lasting| lasting.weather = Weather::default());
    fleet.heal();
}
