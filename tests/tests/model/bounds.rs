//! How large the model is: every number that makes the search finite, with its reason. Owns no rules.
//!
//! Time goes in units; one unit is one millisecond of the rules, which know no other scale.

use fleet_core::time::Millis;

/// A span in units. What lies ahead is positive, what is over is not.
pub(crate) type Units = i8;

/// Workers. Two are the least that can compete, and a third meets what the second left: rows and messages do not tell it
/// from a restarted one.
pub(crate) const WORKERS: usize = 2;

/// Length of a lease: the least that leaves an instant for a renewal (one unit in, as a third of the lease is) before the
/// worker must stop (a margin before the end).
pub(crate) const LEASE: Units = 3;

/// How far clocks may disagree: the least that is any.
pub(crate) const MARGIN: Units = 1;

/// Renewals of one attempt. A second one starts from the state after the first, so it adds length and nothing new.
pub(crate) const RENEWALS_MAX: u8 = 1;

/// Tries of the job: one failure with another try left, one without. Lost workers add attempts beyond these.
pub(crate) const TRIES: u32 = 2;

/// Pause before the second try, before jitter. The least of which jitter can leave anything, so that messages and clocks
/// can disagree on whether the pause is over.
pub(crate) const BACKOFF: Millis = Millis(2);

/// Copies of the first message. The dispatcher may send it twice; a third would meet what the second meets.
pub(crate) const COPIES_MAX: u8 = 2;

/// Faults of one path, of whatever kinds, at whatever points: a process killed, a process stopped for any time, a message
/// delivered or sent twice, an answer lost, an end of older sessions that cannot be made sure of. Without a bound, paths need
/// not end. Any two of them are searched in seconds, any three in minutes.
pub(crate) const FAULTS_MAX: u8 = 2;
