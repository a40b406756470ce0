//! The faults, drawn one after the other by a seeded generator, several under way at a time. Owns what can be hit when, and
//! the end of each fault. Does not judge what comes of them.

use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant, SystemTime};

use fleet_tests::postgres::StopMode;

use crate::fleet::{DISPATCHER, EVERYBODY, Fleet, Who};
use crate::random::Random;
use crate::site::Site;

/// From one fault to the next, in milliseconds.
const PAUSE_MS: (u64, u64) = (300, 2_100);
/// Draws before no fault is thrown for now: everything that was drawn is under a fault already.
const DRAWS_MAX: usize = 10;

/// What can be done to a fleet.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Kind {
    KillWorker,
    KillDispatcher,
    KillAll,
    FreezeWorker,
    FreezeDispatcher,
    DrainWorker,
    DrainDispatcher,
    TerminateSessions,
    CutWire,
    CutUnnoticed,
    StallWire,
    RestartPostgres,
    FillDisk,
    ReadOnlyDisk,
}

use Kind::{
    CutUnnoticed, CutWire, DrainDispatcher, DrainWorker, FillDisk, FreezeDispatcher, FreezeWorker, KillAll,
    KillDispatcher, KillWorker, ReadOnlyDisk, RestartPostgres, StallWire, TerminateSessions,
};

/// How often each is in the deck, and what it is called.
const KINDS: [(Kind, usize, &str); 14] = [
    (KillWorker, 5, "worker killed"),
    (KillDispatcher, 3, "dispatcher killed"),
    (KillAll, 1, "all processes killed at once"),
    (FreezeWorker, 5, "worker frozen past its lease"),
    (FreezeDispatcher, 2, "dispatcher frozen"),
    (DrainWorker, 3, "worker drained"),
    (DrainDispatcher, 1, "dispatcher drained"),
    (TerminateSessions, 3, "sessions terminated by the server"),
    (CutWire, 2, "connections cut"),
    (CutUnnoticed, 3, "connections cut, unnoticed by the server"),
    (StallWire, 2, "connections stalled"),
    (RestartPostgres, 2, "PostgreSQL crashed and restarted"),
    (FillDisk, 2, "disk filled"),
    (ReadOnlyDisk, 1, "all killed, disk read-only at the restart"),
];

impl Kind {
    fn is_of_the_disk(self) -> bool {
        matches!(self, FillDisk | ReadOnlyDisk)
    }

    /// In words.
    pub(crate) fn named(self) -> &'static str {
        KINDS.iter().find(|(kind, ..)| *kind == self).map_or("?", |(.., name)| *name)
    }
}

/// A fault that is over.
pub(crate) struct Past {
    /// Which.
    pub(crate) kind: Kind,
    /// When all was well again.
    pub(crate) ended: SystemTime,
}

/// Throws the faults.
pub(crate) struct Storm {
    random: Random,
    has_disk: bool,
    /// What is to come before anything comes more often than its share.
    deck: Vec<Kind>,
    left: usize,
    next_at: Instant,
    under_way: Vec<UnderWay>,
    /// Those that are over.
    pub(crate) past: Vec<Past>,
}

struct UnderWay {
    kind: Kind,
    until: Instant,
    end: End,
}

/// What ends a fault.
enum End {
    /// The process is started by whoever tends the fleet.
    Nothing,
    Thaw(Who),
    LetFlow,
    Free,
    Writable,
    Joined(JoinHandle<()>),
}

impl Storm {
    /// So many faults are to come; none of the disk without one of our own.
    pub(crate) fn new(seed: u64, count: usize, has_disk: bool) -> Storm {
        Storm {
            random: Random::new(seed),
            has_disk,
            deck: Vec::new(),
            left: count,
            next_at: Instant::now(),
            under_way: Vec::new(),
            past: Vec::new(),
        }
    }

    /// Whether all faults were thrown and are over.
    pub(crate) fn is_over(&self) -> bool {
        self.left == 0 && self.under_way.is_empty()
    }

    /// Whether the disk cannot be written just now.
    pub(crate) fn disk_is_ill(&self) -> bool {
        self.has(FillDisk) || self.has(ReadOnlyDisk)
    }

    /// What is under way, in words.
    pub(crate) fn shown(&self) -> String {
        self.under_way.iter().map(|fault| fault.kind.named()).collect::<Vec<_>>().join(", ")
    }

    /// Ends what is due, and throws the next fault when it is time.
    pub(crate) fn tend(&mut self, site: &Arc<Site>, fleet: &mut Fleet<'_>) {
        self.end_due(site, fleet);
        if self.left == 0 || Instant::now() < self.next_at {
            return;
        }
        for _ in 0..DRAWS_MAX {
            let kind = self.draw();
            if let Some(fault) = self.throw(kind, site, fleet) {
                self.under_way.push(fault);
                self.left -= 1;
                break;
            }
            self.deck.push(kind);
        }
        self.next_at = Instant::now() + self.random.between(PAUSE_MS.0, PAUSE_MS.1);
    }

    fn draw(&mut self) -> Kind {
        if self.deck.is_empty() {
            let has_disk = self.has_disk;
            let possible = KINDS.iter().filter(|(kind, ..)| has_disk || !kind.is_of_the_disk());
            self.deck = possible.flat_map(|(kind, count, _)| std::iter::repeat_n(*kind, *count)).collect();
        }
        self.deck.swap_remove(self.random.below(self.deck.len()))
    }

    fn has(&self, kind: Kind) -> bool {
        self.under_way.iter().any(|fault| fault.kind == kind)
    }

    /// Does it, if what it hits is there to be hit.
    fn throw(&mut self, kind: Kind, site: &Arc<Site>, fleet: &mut Fleet<'_>) -> Option<UnderWay> {
        let (span, end) = match kind {
            KillWorker | KillDispatcher | KillAll | DrainWorker | DrainDispatcher => {
                self.end_process(kind, fleet)?
            }
            FreezeWorker | FreezeDispatcher => {
                let who = self.target(kind == FreezeDispatcher, fleet)?;
                fleet.freeze(who);
                (self.random.between(2_400, 7_000), End::Thaw(who))
            }
            TerminateSessions | CutWire | CutUnnoticed => {
                if self.has(RestartPostgres) || !cut(kind, site) {
                    return None;
                }
                (Duration::ZERO, End::Nothing)
            }
            StallWire => {
                if self.has(StallWire) {
                    return None;
                }
                site.proxy.stall(true);
                (self.random.between(500, 4_000), End::LetFlow)
            }
            RestartPostgres => {
                if self.has(RestartPostgres) {
                    return None;
                }
                let (site, away) = (Arc::clone(site), self.random.between(0, 1_500));
                (Duration::ZERO, End::Joined(std::thread::spawn(move || crash(&site, away))))
            }
            FillDisk | ReadOnlyDisk => self.spoil_disk(kind, site, fleet)?,
        };
        Some(UnderWay { kind, until: Instant::now() + span, end })
    }

    fn end_process(&mut self, kind: Kind, fleet: &mut Fleet<'_>) -> Option<(Duration, End)> {
        let away = self.random.between(0, 1_500);
        match kind {
            KillAll => {
                for who in EVERYBODY {
                    fleet.kill(who, away);
                }
            }
            KillWorker | KillDispatcher => {
                let who = self.target(kind == KillDispatcher, fleet)?;
                fleet.kill(who, away);
            }
            _ => {
                let who = self.target(kind == DrainDispatcher, fleet)?;
                fleet.drain(who);
            }
        }
        Some((away, End::Nothing))
    }

    /// One that serves.
    fn target(&mut self, is_dispatcher: bool, fleet: &Fleet<'_>) -> Option<Who> {
        let who = if is_dispatcher { DISPATCHER } else { EVERYBODY[self.random.below(EVERYBODY.len() - 1)] };
        fleet.is_up(who).then_some(who)
    }

    fn spoil_disk(&mut self, kind: Kind, site: &Site, fleet: &mut Fleet<'_>) -> Option<(Duration, End)> {
        if self.has(FillDisk) || self.has(ReadOnlyDisk) {
            return None;
        }
        if kind == FillDisk {
            site.fill_disk();
            return Some((self.random.between(500, 4_000), End::Free));
        }
        for who in EVERYBODY {
            fleet.kill(who, Duration::from_millis(100));
        }
        site.remount("ro");
        Some((self.random.between(500, 2_000), End::Writable))
    }

    fn end_due(&mut self, site: &Site, fleet: &mut Fleet<'_>) {
        let is_due = |fault: &UnderWay| match &fault.end {
            End::Joined(thread) => thread.is_finished(),
            _ => Instant::now() >= fault.until,
        };
        let (due, rest) = std::mem::take(&mut self.under_way).into_iter().partition(is_due);
        self.under_way = rest;
        for UnderWay { kind, end, .. } in due {
            match end {
                End::Nothing => {}
                End::Thaw(who) => fleet.thaw(who),
                End::LetFlow => site.proxy.stall(false),
                End::Free => site.free_disk(),
                End::Writable => site.remount("rw"),
                End::Joined(thread) => thread.join().expect("PostgreSQL starts again"),
            }
            self.past.push(Past { kind, ended: SystemTime::now() });
        }
    }
}

/// Whether anything was cut.
fn cut(kind: Kind, site: &Site) -> bool {
    match kind {
        CutWire => site.proxy.cut() > 0,
        CutUnnoticed => site.proxy.cut_unnoticed() > 0,
        _ => {
            let sql = "select count(pg_terminate_backend(pid)) from pg_stat_activity where application_name like 'rsql/%'";
            site.postgres.psql(sql) != "0"
        }
    }
}

fn crash(site: &Site, away: Duration) {
    site.postgres.stop(StopMode::Immediate);
    std::thread::sleep(away);
    site.postgres.start_again();
}
