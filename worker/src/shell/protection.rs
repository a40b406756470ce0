//! Keeps the Auto Scaling group's hands off a host with jobs at work, which a drain alone would give no more than the drain
//! limit. Owns when the host is protected from scale-in. No job waits for it, and none fails with it: a host that cannot be
//! protected drains when it is chosen.

use std::time::{Duration, Instant};

use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::autoscaling::{Group, Protection};

/// Between two looks at the slots. Work that is seen at two looks in a row is worth a call: shorter jobs end within a drain.
const LOOK_PAUSE: Duration = Duration::from_secs(5);
/// Without work for so long, the host is given free: between the jobs of a chain it is not worth two calls.
const IDLE_LIMIT: Duration = Duration::from_secs(60);
/// After a call that failed. The limits of Auto Scaling's calls are the whole account's.
const RETRY_PAUSE: Duration = Duration::from_secs(60);

/// The task that protects the host.
pub(crate) struct Keeper {
    group: Group,
    over: CancellationToken,
    task: JoinHandle<Guard>,
}

impl Keeper {
    /// Begins to look whether jobs are at work. Must be called within a runtime.
    pub(crate) fn start(group: Group, is_at_work: impl Fn() -> bool + Send + 'static) -> Self {
        let over = CancellationToken::new();
        let task = tokio::spawn(keep(group.clone(), is_at_work, over.clone()));
        Self { group, over, task }
    }

    /// Ends it and gives the host free, unless it is known to be.
    pub(crate) async fn release(self) {
        self.over.cancel();
        let mut guard = self.task.await.unwrap_or_default();
        if guard.told != Some(Protection::Off) {
            tell(&self.group, &mut guard, Protection::Off).await;
        }
    }

    /// Ends it and leaves the protection as it is. For a host that the group takes away already: that is out of service, and
    /// AWS refuses to change it.
    pub(crate) fn into_group(self) -> Group {
        self.task.abort();
        self.group
    }
}

async fn keep(group: Group, is_at_work: impl Fn() -> bool, over: CancellationToken) -> Guard {
    let mut guard = Guard::default();
    loop {
        if let Some(wanted) = guard.look(is_at_work(), Instant::now()) {
            tokio::select! {
                () = over.cancelled() => {
                    // The call may have come through.
                    guard.told = None;
                    return guard;
                }
                () = tell(&group, &mut guard, wanted) => {}
            }
        }
        tokio::select! {
            () = over.cancelled() => return guard,
            () = tokio::time::sleep(LOOK_PAUSE) => {}
        }
    }
}

async fn tell(group: &Group, guard: &mut Guard, wanted: Protection) {
    match group.protect(wanted).await {
        Ok(()) => {
            let now = match wanted {
                Protection::On => "jobs are at work: the Auto Scaling group leaves this host alone",
                Protection::Off => "no jobs are at work: the Auto Scaling group may take this host",
            };
            tracing::info!("{now}");
            guard.succeeded(wanted);
        }
        Err(error) => {
            let what = match wanted {
                Protection::On => "this host was not protected from scale-in; should it be chosen, it drains",
                Protection::Off => "this host's protection from scale-in was not taken off",
            };
            if guard.failed(wanted, Instant::now()) {
                tracing::warn!("{what}: {error:#}");
            } else {
                tracing::debug!("{what}: {error:#}");
            }
        }
    }
}

/// What was seen, and what the group was told.
#[derive(Debug, Default)]
struct Guard {
    /// Nothing at first: an earlier process of this host may have left it either way.
    told: Option<Protection>,
    /// What the last looks saw alike, and since when.
    seen: Option<(bool, Instant)>,
    failure: Option<Failure>,
}

#[derive(Debug)]
struct Failure {
    wanted: Protection,
    at: Instant,
}

impl Guard {
    /// Takes a look's result, and says what the group is to be told, if anything.
    fn look(&mut self, is_at_work: bool, now: Instant) -> Option<Protection> {
        let since = match self.seen {
            Some((was_at_work, since)) if was_at_work == is_at_work => since,
            _ => {
                self.seen = Some((is_at_work, now));
                now
            }
        };
        let (wanted, after) =
            if is_at_work { (Protection::On, LOOK_PAUSE) } else { (Protection::Off, IDLE_LIMIT) };
        let is_due = self.told != Some(wanted) && now.duration_since(since) >= after;
        let failure = self.failure.as_ref().filter(|failure| failure.wanted == wanted);
        let may_try = failure.is_none_or(|failure| now.duration_since(failure.at) >= RETRY_PAUSE);
        (is_due && may_try).then_some(wanted)
    }

    fn succeeded(&mut self, wanted: Protection) {
        self.told = Some(wanted);
        self.failure = None;
    }

    /// Whether it is the first failure of this change.
    fn failed(&mut self, wanted: Protection, at: Instant) -> bool {
        let is_known = self.failure.as_ref().is_some_and(|failure| failure.wanted == wanted);
        // The call may have come through all the same.
        self.told = None;
        self.failure = Some(Failure { wanted, at });
        !is_known
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Looks each five seconds: `#` at work, `.` not. Gives what was told, with the number of the look.
    fn told(guard: &mut Guard, looks: &str, is_reached: bool) -> Vec<(usize, Protection)> {
        let begin = Instant::now();
        let mut told = Vec::new();
        for (number, look) in looks.chars().enumerate() {
            let now = begin + LOOK_PAUSE * u32::try_from(number).unwrap();
            let Some(wanted) = guard.look(look == '#', now) else { continue };
            told.push((number, wanted));
            if is_reached {
                guard.succeeded(wanted);
            } else {
                guard.failed(wanted, now);
            }
        }
        told
    }

    #[test]
    fn work_protects_and_a_minute_without_gives_free() {
        let check = |looks: &str, expect: &[(usize, Protection)]| {
            assert_eq!(told(&mut Guard::default(), looks, true), expect, "{looks}");
        };
        check("##########", &[(1, Protection::On)]);
        check("#.#.#.#.#.", &[]);
        // Twelve pauses between thirteen looks are a minute.
        check(".............", &[(12, Protection::Off)]);
        check("............", &[]);
        check("##............", &[(1, Protection::On)]);
        check("##.............##", &[(1, Protection::On), (14, Protection::Off), (16, Protection::On)]);
        // Short gaps change nothing, however many.
        check("##........##........##........##", &[(1, Protection::On)]);
    }

    #[test]
    fn a_call_that_fails_is_made_again_after_a_while() {
        let mut guard = Guard::default();
        let looks = "#".repeat(30);
        let on = |number| (number, Protection::On);
        assert_eq!(told(&mut guard, &looks, false), [on(1), on(13), on(25)]);
        assert_eq!(guard.told, None);
    }

    #[test]
    fn a_failure_is_new_once_for_each_change() {
        let (mut guard, now) = (Guard::default(), Instant::now());
        assert!(guard.failed(Protection::On, now));
        assert!(!guard.failed(Protection::On, now));
        assert!(guard.failed(Protection::Off, now));
        guard.succeeded(Protection::Off);
        assert!(guard.failed(Protection::Off, now));
    }
}
