//! What is worth another try, and after what pause. The one module that uses the `backoff` crate
//! (docs/decisions/0002): exponential pauses with full jitter. Does not sleep.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Duration;

use backoff::ExponentialBackoffBuilder;
use backoff::backoff::Backoff as _;

use crate::time::Millis;
use crate::workflow::{RetryOn, RetryPolicy};

/// Why an attempt failed, as far as another try is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailureClass {
    /// A kind that an author can name under `retry.on`.
    Kind(RetryOn),
    /// The statement is wrong, or forbidden, or the data are: it will fail again.
    Statement,
}

/// Tells failures apart by the class of their SQLSTATE (PostgreSQL manual, appendix A; Redshift reports serialization
/// conflicts and many passing faults as `XX000`).
#[must_use]
pub fn class_of_sqlstate(sqlstate: &str) -> FailureClass {
    match sqlstate.get(..2) {
        Some("08") => FailureClass::Kind(RetryOn::Connection),
        Some("40" | "55") => FailureClass::Kind(RetryOn::Conflict),
        Some("53") => FailureClass::Kind(RetryOn::Resources),
        Some("57" | "58" | "XX") => FailureClass::Kind(RetryOn::Server),
        _ => FailureClass::Statement,
    }
}

/// Whether a job whose worker was lost is tried again. Without `retry.on` it is, whatever `retry.attempts` says: the loss
/// is ours, not the job's.
#[must_use]
pub fn lost_worker_is_retried(policy: &RetryPolicy) -> bool {
    policy.on.is_empty() || policy.on.iter().any(|on| matches!(on, RetryOn::LostWorker | RetryOn::Any))
}

/// The pause before the next try, or `None` when there is to be no other. One of the `classes` that the failure belongs to
/// must be worth it; `failures` counts this one; `seed` makes the jitter of this very try the same wherever it is computed.
#[must_use]
pub fn pause(
    policy: &RetryPolicy,
    classes: &[FailureClass],
    failures: u32,
    seed: impl Hash,
) -> Option<Millis> {
    if failures >= policy.attempts || !classes.iter().any(|class| is_worth(policy, *class)) {
        return None;
    }
    let whole = exponential(policy.backoff, policy.max, failures);
    Some(full_jitter(whole, seed))
}

fn is_worth(policy: &RetryPolicy, class: FailureClass) -> bool {
    match class {
        FailureClass::Kind(_) if policy.on.is_empty() => true,
        FailureClass::Kind(kind) => policy.on.contains(&kind) || policy.on.contains(&RetryOn::Any),
        FailureClass::Statement => policy.on.contains(&RetryOn::Any),
    }
}

/// `first`, doubled with each failure after the first, at most `max`.
fn exponential(first: Millis, max: Millis, failures: u32) -> Millis {
    let mut pauses = ExponentialBackoffBuilder::new()
        .with_initial_interval(first.to_std())
        .with_max_interval(max.to_std())
        .with_multiplier(2.0)
        .with_randomization_factor(0.0)
        .with_max_elapsed_time(None)
        .build();
    let mut last = first;
    for _ in 0..failures {
        last = pauses
            .next_backoff()
            .map_or(max, |pause| Millis(u64::try_from(pause.as_millis()).unwrap_or(u64::MAX)));
    }
    last.min(max)
}

/// Anything from zero to `whole`, evenly, told by `seed` alone.
fn full_jitter(whole: Millis, seed: impl Hash) -> Millis {
    let mut hasher = DefaultHasher::new();
    seed.hash(&mut hasher);
    let share = u128::from(hasher.finish());
    let scaled = (u128::from(whole.0) * share) >> 64;
    Millis(u64::try_from(scaled).unwrap_or(whole.0))
}

/// Pauses between tries at something outside that may be throttled or locked, half to one and a half times a span that
/// grows by half each time; ends after `tries` pauses. The jitter is the calling thread's `fastrand`, so that whoever seeds
/// that generator, as the simulation does, gets the same pauses again.
pub fn pauses(first: Millis, max: Millis, tries: usize) -> impl Iterator<Item = Duration> + Send {
    let mut pauses = ExponentialBackoffBuilder::new()
        .with_initial_interval(first.to_std())
        .with_max_interval(max.to_std())
        .with_randomization_factor(0.0)
        .with_max_elapsed_time(None)
        .build();
    let next = move || Some(pauses.next_backoff()?.mul_f64(0.5 + fastrand::f64()));
    std::iter::from_fn(next).take(tries)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(attempts: u32, on: &[RetryOn]) -> RetryPolicy {
        RetryPolicy { attempts, backoff: Millis::from_secs(1), max: Millis::from_secs(5), on: on.to_vec() }
    }

    #[test]
    fn pauses_double_up_to_the_longest() {
        let seen: Vec<u64> =
            (1..6).map(|n| exponential(Millis::from_secs(1), Millis::from_secs(5), n).0).collect();
        assert_eq!(seen, [1000, 2000, 4000, 5000, 5000]);
    }

    #[test]
    fn jitter_is_full_and_told_by_the_seed() {
        let all: Vec<u64> = (0..1000).map(|seed| full_jitter(Millis(1000), seed).0).collect();
        assert_eq!(all[7], full_jitter(Millis(1000), 7).0);
        assert!(all.iter().all(|pause| *pause <= 1000));
        assert!(all.iter().any(|pause| *pause < 50) && all.iter().any(|pause| *pause > 950));
    }

    #[test]
    fn what_is_worth_another_try() {
        fn check(sqlstate: &str, on: &[RetryOn], expect: bool) {
            let seen = pause(&policy(3, on), &[class_of_sqlstate(sqlstate)], 1, 0).is_some();
            assert_eq!(seen, expect, "{sqlstate} with {on:?}");
        }
        for passing in ["08006", "40001", "40P01", "53300", "57P01", "58030", "XX000", "55P03"] {
            check(passing, &[], true);
        }
        for lasting in ["42601", "42P01", "23505", "22012", "28P01", "0A000", "", "é"] {
            check(lasting, &[], false);
            check(lasting, &[RetryOn::Any], true);
        }
        check("40001", &[RetryOn::Connection], false);
        check("40001", &[RetryOn::Conflict], true);
    }

    #[test]
    fn attempts_are_counted() {
        let exit = [FailureClass::Kind(RetryOn::ExitCode)];
        assert!(pause(&policy(3, &[]), &exit, 2, 0).is_some());
        assert!(pause(&policy(3, &[]), &exit, 3, 0).is_none());
        assert!(pause(&policy(1, &[]), &exit, 1, 0).is_none());
    }
}
