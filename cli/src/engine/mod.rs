//! Dispatcher, worker and scheduler in this process. Owns their start, and their end in the right order: the worker first,
//! so that what its last jobs bring is still dispatched. Decides nothing: they do.

mod announcer;
mod parts;
mod reporter;
#[cfg(feature = "aws")]
mod warehouse;

use std::time::Duration;

use anyhow::Context as _;
use fleet_embedded::LocalAnnouncer;
use tokio::task::{JoinError, JoinHandle};
use tokio_util::sync::CancellationToken;

use crate::fleet::{Embedded, Fleet};
use crate::output::remark;
use crate::serving::{self, Role, Sign};
use crate::signals::Signals;

pub(crate) use parts::{incomplete_connections, missing_variables};

/// What an operator can set for one run.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct EngineOptions {
    /// Jobs at the same time; the project's setting when absent.
    pub(crate) slots: Option<usize>,
}

/// The running parts.
pub(crate) struct Engine {
    worker: Option<JoinHandle<worker::AgentReport>>,
    others: Vec<JoinHandle<()>>,
    /// Fires when no new job is to be taken.
    drain: CancellationToken,
    /// Fires when running jobs are to be handed over at once.
    stop: CancellationToken,
    /// Fires when nothing more is to be dispatched.
    stop_others: CancellationToken,
    signs: Vec<(Role, Sign)>,
    /// Made with the first part that raises alerts.
    announcer: Option<LocalAnnouncer>,
}

impl Engine {
    /// An engine in which nothing runs yet.
    pub(crate) fn idle() -> Self {
        Self {
            worker: None,
            others: Vec::new(),
            drain: CancellationToken::new(),
            stop: CancellationToken::new(),
            stop_others: CancellationToken::new(),
            signs: Vec::new(),
            announcer: None,
        }
    }

    /// Starts a role, unless it runs here already.
    ///
    /// # Errors
    /// When the settings do not allow it, such as a script root that is not there.
    pub(crate) fn start(
        &mut self,
        fleet: &Embedded,
        role: Role,
        options: EngineOptions,
    ) -> anyhow::Result<()> {
        if self.runs(role) {
            return Ok(());
        }
        // Asked before our own sign is up.
        let has_peers = serving::is_served(&fleet.project.state, role)?;
        let sign = serving::put_up(&fleet.project.state, role)?;
        match role {
            Role::Dispatcher => {
                let orphaned = (!has_peers).then(|| fleet.events.clone());
                let announcer = self.announcer(fleet)?;
                self.others.push(parts::dispatcher(fleet, orphaned, announcer, self.stop_others.clone()));
            }
            Role::Scheduler => self.others.push(parts::scheduler(fleet, self.stop_others.clone())),
            Role::Worker => {
                let (agent, reporter) = parts::worker(fleet, self.announcer(fleet)?, options)?;
                self.others.push(reporter.start(self.drain.clone(), self.stop_others.clone()));
                self.worker = Some(tokio::spawn(agent.run(self.drain.clone(), self.stop.clone())));
            }
        }
        self.signs.push((role, sign));
        Ok(())
    }

    /// Starts those roles that run nowhere. On AWS there is nothing that this process could run.
    ///
    /// # Errors
    /// As [`Self::start`], and when the lock files cannot be asked.
    pub(crate) fn fill_in(&mut self, fleet: &Fleet, roles: &[Role]) -> anyhow::Result<()> {
        let Some(embedded) = fleet.as_embedded() else { return Ok(()) };
        for role in roles {
            if !self.runs(*role) && !fleet.is_served(*role)? {
                self.start(embedded, *role, EngineOptions::default())?;
            }
        }
        Ok(())
    }

    fn announcer(&mut self, fleet: &Embedded) -> anyhow::Result<LocalAnnouncer> {
        let announcer = match self.announcer.take() {
            Some(announcer) => announcer,
            None => parts::announcer(fleet)?,
        };
        Ok(self.announcer.insert(announcer).clone())
    }

    fn runs(&self, role: Role) -> bool {
        self.signs.iter().any(|(running, _)| *running == role)
    }

    /// Fails when a part has ended that nobody told to.
    ///
    /// # Errors
    /// When one has.
    pub(crate) fn check(&self) -> anyhow::Result<()> {
        let worker_ended = self.worker.as_ref().is_some_and(JoinHandle::is_finished);
        if worker_ended || self.others.iter().any(JoinHandle::is_finished) {
            anyhow::bail!(
                "a part of the fleet in this process has ended by itself; RUST_LOG=debug tells more"
            );
        }
        Ok(())
    }

    /// Takes no more jobs, lets those that run end (up to the drain limit), and ends. A signal hands them over at once.
    ///
    /// # Errors
    /// When a part has panicked.
    pub(crate) async fn drain(
        mut self,
        signals: &mut Signals,
        long: impl FnOnce(),
    ) -> anyhow::Result<Option<worker::AgentReport>> {
        self.drain.cancel();
        let report = match self.worker.take() {
            Some(worker) => Some(drained(worker, &self.stop, signals, long).await?),
            None => None,
        };
        self.stop_others.cancel();
        for part in self.others.drain(..) {
            part.await.context("end a part of the fleet")?;
        }
        if let Some(announcer) = self.announcer.take() {
            flush(&announcer, signals).await;
        }
        Ok(report)
    }
}

/// How long the end of a process waits for a webhook.
const FLUSH_MAX: Duration = Duration::from_secs(5);

async fn flush(announcer: &LocalAnnouncer, signals: &mut Signals) {
    let all_posted = tokio::select! {
        all_posted = announcer.flush(FLUSH_MAX) => all_posted,
        () = signals.next() => false,
    };
    if !all_posted {
        remark(
            "the webhook of alerts does not answer; they are kept, and posted by the next process that serves",
        );
    }
}

/// After this a drain is worth a word.
const LONG: Duration = Duration::from_secs(2);

async fn drained(
    mut worker: JoinHandle<worker::AgentReport>,
    stop: &CancellationToken,
    signals: &mut Signals,
    long: impl FnOnce(),
) -> anyhow::Result<worker::AgentReport> {
    let ended = |report: Result<_, JoinError>| report.context("end the worker");
    tokio::select! {
        report = &mut worker => return ended(report),
        () = signals.next() => stop.cancel(),
        () = tokio::time::sleep(LONG) => long(),
    }
    loop {
        tokio::select! {
            report = &mut worker => return ended(report),
            () = signals.next() => stop.cancel(),
        }
    }
}
