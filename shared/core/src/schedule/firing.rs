//! The times at which a schedule fires. Owns the daylight-saving rules and the choice among missed starts. A wall clock time
//! that a spring gap leaves out does not fire; one that an autumn overlap shows twice fires at its first showing.

use jiff::civil;
use jiff::tz::{AmbiguousOffset, TimeZone};

use super::cron::Calendar;
use super::{CatchUp, Schedule};
use crate::time::{Millis, Timestamp};

/// Most firings that one look at a schedule gives: enough for a day of every-minute starts being down, and no flood after
/// a month.
pub const DUE_MAX: usize = 1_440;

/// First stretch that is looked at backwards from the end; an hour holds at most 60 firings.
const LOOK_BACK_FIRST: Millis = Millis::from_mins(60);
/// Growth of that stretch. With the first stretch it bounds the search to some 5,000 firings.
const LOOK_BACK_GROWTH: u64 = 4;

impl Schedule {
    /// The first firing strictly after `after`; nothing when the years of the expression have passed.
    #[must_use]
    pub fn next_after(&self, after: Timestamp) -> Option<Timestamp> {
        self.firings(after).next()
    }

    /// The firings in (`after`, `until`], oldest first; of more than [`DUE_MAX`] the newest.
    #[must_use]
    pub fn due(&self, after: Timestamp, until: Timestamp) -> Vec<Timestamp> {
        let mut stretch = LOOK_BACK_FIRST;
        loop {
            let from = (until - stretch).max(after);
            let mut found: Vec<Timestamp> = self.firings(from).take_while(|time| *time <= until).collect();
            if from == after || found.len() >= DUE_MAX {
                found.drain(..found.len().saturating_sub(DUE_MAX));
                return found;
            }
            stretch = Millis(stretch.0.saturating_mul(LOOK_BACK_GROWTH));
        }
    }

    fn firings(&self, after: Timestamp) -> impl Iterator<Item = Timestamp> {
        let zone = self.timezone.rules();
        let wall = self.timezone.wall_at(after);
        Firings { calendar: self.cron.calendar(), zone, wall, after }
    }
}

/// Firings one after the other, on the wall clock.
struct Firings {
    calendar: Calendar,
    zone: TimeZone,
    wall: civil::DateTime,
    after: Timestamp,
}

impl Iterator for Firings {
    type Item = Timestamp;

    fn next(&mut self) -> Option<Timestamp> {
        loop {
            self.wall = self.calendar.next_after(self.wall)?;
            let Some(time) = first_showing(&self.zone, self.wall) else { continue };
            // A search that begins in the second pass of an overlap meets wall times whose only firing is over.
            if time > self.after {
                return Some(time);
            }
        }
    }
}

/// When the wall clock first shows this; nothing inside a gap.
fn first_showing(zone: &TimeZone, wall: civil::DateTime) -> Option<Timestamp> {
    let ambiguous = zone.to_ambiguous_timestamp(wall);
    if matches!(ambiguous.offset(), AmbiguousOffset::Gap { .. }) {
        return None;
    }
    ambiguous.earlier().ok().map(|instant| Timestamp::from_millis(instant.as_millisecond()))
}

/// Which of the missed firings, oldest first, are made up for.
#[must_use]
pub fn catch_up(policy: CatchUp, missed: Vec<Timestamp>) -> Vec<Timestamp> {
    match policy {
        CatchUp::Skip => Vec::new(),
        CatchUp::Latest => missed.last().copied().into_iter().collect(),
        CatchUp::All => missed,
    }
}
