//! What an agent can be told, with defaults and reasons. Owns the name of a worker process. Reads no environment: the edge
//! does.

use std::hash::{BuildHasher, RandomState};

use fleet_core::time::Millis;

use crate::run::KILL_GRACE;

/// Settings of one agent. Spans hold for each attempt alike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Name of the process, see [`process_name`]; audit records and leases carry it, with the slot.
    pub worker: String,
    /// Attempts at a time; at least one.
    pub slots: usize,
    /// Length of a lease. Renewed at a third of it, so that two renewals may fail. The jobs queue's visibility timeout
    /// must not be shorter.
    pub lease: Millis,
    /// How far clocks may disagree. An attempt whose lease could not be renewed is told to end this long before the lease
    /// does, and [`crate::run::KILL_GRACE`] earlier where the lease is at least four times both together: then a script that
    /// must be killed is dead before another worker may take over. In a shorter lease the attempt is dropped, and its script
    /// killed, just as the lease ends.
    pub margin: Millis,
    /// How long running jobs may go on once the agent drains; the rest are handed over.
    pub drain_limit: Millis,
    /// After an order to stop, or the drain limit: how long the hand-over may take before the process gives up. Leaves a
    /// shell script its [`crate::run::KILL_GRACE`].
    pub stop_limit: Millis,
    /// Longest wait of one long poll; SQS allows 20 s.
    pub poll_wait: Millis,
    /// Once the last job has ended, how long a drain waits for a long poll that is under way: what that brings is given back
    /// at once. What comes to a poll that was given up is hidden from others for the queue's visibility timeout.
    pub poll_grace: Millis,
    /// How often a running job's row is read for a cancel flag between heartbeats. `None` leaves it to the heartbeats,
    /// where each read costs money.
    pub cancel_poll: Option<Millis>,
    /// How long an attempt that was told to end may take, before it is dropped as it is (one that has lost its lease is
    /// dropped sooner, see `margin`). Longer than a script's own [`crate::run::KILL_GRACE`].
    pub cancel_grace: Millis,
    /// Longest look of a precondition that has no time limit of its own: a look holds a slot.
    pub look_limit: Millis,
}

impl Settings {
    /// The defaults.
    #[must_use]
    pub fn new(worker: impl Into<String>, slots: usize) -> Self {
        Self {
            worker: worker.into(),
            slots: slots.max(1),
            lease: Millis::from_secs(60),
            margin: Millis::from_secs(5),
            drain_limit: Millis::from_mins(5),
            stop_limit: Millis::from_secs(10),
            poll_wait: Millis::from_secs(20),
            poll_grace: Millis::from_secs(1),
            cancel_poll: Some(Millis(250)),
            cancel_grace: Millis::from_secs(30),
            look_limit: Millis::from_mins(10),
        }
    }

    /// How long before the end of its lease an attempt is told to end, when the lease cannot be renewed.
    pub(crate) fn stop_before_lease_end(&self) -> Millis {
        let wanted = Millis(self.margin.0 + KILL_GRACE.0);
        if self.lease.0 >= 4 * wanted.0 { wanted } else { self.margin }
    }
}

/// `host-pid-random`: tells processes apart on one host, on many, and after a restart that gave the same pid again.
#[must_use]
pub fn process_name() -> String {
    let host = nix::unistd::gethostname().ok().and_then(|name| name.into_string().ok());
    let host = host.unwrap_or_else(|| "unknown".to_owned());
    // RandomState is seeded by the system; that is all the randomness a name needs.
    let random = RandomState::new().hash_one(&host) & 0xffff_ffff;
    format!("{host}-{}-{random:08x}", std::process::id())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_lease_leaves_time_to_kill() {
        fn check(lease_s: u64, margin_s: u64, expect_s: u64) {
            let (lease, margin) = (Millis::from_secs(lease_s), Millis::from_secs(margin_s));
            let settings = Settings { lease, margin, ..Settings::new("w", 1) };
            assert_eq!(settings.stop_before_lease_end(), Millis::from_secs(expect_s), "{lease} {margin}");
        }
        check(60, 5, 10);
        check(40, 5, 10);
        check(39, 5, 5);
        check(6, 1, 1);
    }

    #[test]
    fn process_names_differ() {
        let (one, two) = (process_name(), process_name());
        assert_ne!(one, two);
        assert!(one.contains(&format!("-{}-", std::process::id())), "{one}");
    }
}
