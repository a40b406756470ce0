//! The host is about to go: a Spot interruption, or an Auto Scaling lifecycle action. Owns how long the worker then has. Ends
//! nothing itself.

use std::time::Duration;

use fleet_aws::Leaving;
use fleet_core::ports::Clock;
use fleet_core::time::Millis;

/// From the notice of a Spot interruption to its time, where the notice does not say.
const SPOT_NOTICE: Millis = Millis::from_mins(2);
/// Kept free before that time: for handing jobs over, and for the last lines of logs.
const SPOT_RESERVE: Millis = Millis::from_secs(30);
/// Why the host goes, as far as is known.
#[derive(Debug, Default)]
pub(crate) struct Notices {
    /// Each reason once. A host that its group takes away may have to go sooner, by a Spot interruption.
    pub(crate) seen: Vec<Leaving>,
}

impl Notices {
    /// Whether the group waits for a word.
    pub(crate) fn is_by_group(&self) -> bool {
        self.seen.contains(&Leaving::Lifecycle)
    }
}

/// How long jobs may go on from now, if that is less than the drain limit.
pub(crate) fn time_left(leaving: &Leaving, clock: &Clock) -> Option<Duration> {
    let Leaving::Spot { at, .. } = leaving else { return None };
    let notice = at.map_or(SPOT_NOTICE, |at| at.since(clock.now()));
    Some(Millis(notice.0.saturating_sub(SPOT_RESERVE.0)).to_std())
}
