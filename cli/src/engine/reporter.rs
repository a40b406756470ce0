//! The reports of this process's worker to the roster. Owns when they are made. What counts as gone is for their readers to
//! say.

use std::time::Duration;

use fleet_core::ports::Clock;
use fleet_core::roster::WorkerStatus;
use fleet_embedded::Roster;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use worker::{Settings, Vitals};

use crate::fleet::Embedded;

/// Between two reports: each is a write of a row, and an operator who looks wants to see the present.
const PAUSE: Duration = Duration::from_secs(5);

/// Reports one worker.
pub(super) struct Reporter {
    roster: Roster,
    vitals: Vitals,
    clock: Clock,
    /// What does not change.
    status: WorkerStatus,
}

impl Reporter {
    /// For the worker with these settings and vitals.
    pub(super) fn new(fleet: &Embedded, settings: &Settings, vitals: Vitals) -> Self {
        let now = fleet.clock.now();
        let slots = u32::try_from(settings.slots).unwrap_or(u32::MAX);
        let status = WorkerStatus {
            worker: settings.worker.clone(),
            host: crate::options::host(),
            pid: std::process::id(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            queues: vec![(fleet.jobs.name().to_owned(), slots)],
            running: Vec::new(),
            draining: false,
            started_at: now,
            seen_at: now,
        };
        Self { roster: Roster::new(&fleet.store), vitals, clock: fleet.clock.clone(), status }
    }

    /// Reports at once, every few seconds, and when `drain` fires; takes the worker out of the roster when `stop` does.
    pub(super) fn start(self, drain: CancellationToken, stop: CancellationToken) -> JoinHandle<()> {
        tokio::spawn(async move {
            loop {
                let draining = drain.is_cancelled();
                self.report(draining).await;
                tokio::select! {
                    () = stop.cancelled() => break,
                    () = drain.cancelled(), if !draining => {}
                    () = tokio::time::sleep(PAUSE) => {}
                }
            }
            if let Err(error) = self.roster.leave(&self.status.worker).await {
                tracing::warn!(%error, "this worker stays in the roster as one that is gone");
            }
        })
    }

    async fn report(&self, draining: bool) {
        let (running, seen_at) = (self.vitals.read().running, self.clock.now());
        let status = WorkerStatus { running, draining, seen_at, ..self.status.clone() };
        // Nothing of the protocol rests on it.
        if let Err(error) = self.roster.report(&status).await {
            tracing::warn!(%error, "this worker could not be reported; it is tried again");
        }
    }
}
