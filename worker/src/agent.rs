//! The agent: one receive loop for all slots, a task for each message, and the drain. Owns how many messages are asked for
//! and when the process may end. Does not look into messages.

use std::ops::AddAssign;
use std::sync::Arc;

use fleet_core::ports::{BATCH_MAX, Delivery, PortError};
use fleet_core::time::Millis;
use tokio::task::{JoinError, JoinHandle, JoinSet};
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

use crate::patience::{self, Endless};
use crate::versions::Versions;
use crate::vitals::Vitals;
use crate::{Ports, Settings, claim};

/// How long a receive under way is waited for after an order to stop: it may just have brought the successor of a job that
/// was handed over, which would stay hidden until its visibility timeout.
const STOP_POLL_GRACE: Millis = Millis::from_secs(1);

/// A worker process: takes job messages and runs them until it is told to drain.
pub struct Agent {
    shared: Arc<Shared>,
}

/// What all attempts of an agent share.
pub(crate) struct Shared {
    pub(crate) ports: Ports,
    pub(crate) settings: Settings,
    pub(crate) versions: Versions,
    pub(crate) vitals: Vitals,
    /// Fires when running attempts are to be handed over.
    pub(crate) hand_over: CancellationToken,
}

/// What came of the messages that an agent received.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct AgentReport {
    /// Jobs that settled as succeeded.
    pub succeeded: u64,
    /// Jobs that settled as failed.
    pub failed: u64,
    /// Jobs that settled as cancelled.
    pub cancelled: u64,
    /// Jobs that did not start, since their execution was stopping.
    pub skipped: u64,
    /// Attempts that failed and will be tried again.
    pub retried: u64,
    /// Looks of preconditions that were not met.
    pub looked: u64,
    /// Attempts handed over by the drain.
    pub handed_over: u64,
    /// Attempts that had lost their lease when they ended.
    pub fenced: u64,
    /// Messages left to be delivered again, for want of a port.
    pub abandoned: u64,
    /// Messages that needed no attempt: copies, early ones, settled jobs.
    pub passed_on: u64,
    /// Messages that nobody can read, left to the dead letters.
    pub unreadable: u64,
}

/// What came of one message; [`AgentReport`] counts them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The job settled as succeeded.
    Succeeded,
    /// It settled as failed.
    Failed,
    /// It settled as cancelled.
    Cancelled,
    /// It did not start.
    Skipped,
    /// The attempt failed and will be tried again.
    Retried,
    /// The precondition was not met.
    Looked,
    /// The attempt was handed over.
    HandedOver,
    /// It had lost its lease when it ended.
    Fenced,
    /// It was left to others, for want of a port or of the lease.
    Abandoned,
    /// No attempt was needed.
    PassedOn,
    /// Nobody can read the message.
    Unreadable,
}

impl Agent {
    /// An agent that has not begun.
    #[must_use]
    pub fn new(ports: Ports, settings: Settings) -> Self {
        let versions = Versions::new(Arc::clone(&ports.definitions));
        let vitals = Vitals::new(settings.slots.max(1));
        let hand_over = CancellationToken::new();
        Self { shared: Arc::new(Shared { ports, settings, versions, vitals, hand_over }) }
    }

    /// What it shows of itself while it runs.
    #[must_use]
    pub fn vitals(&self) -> Vitals {
        self.shared.vitals.clone()
    }

    /// Receives and runs jobs until `drain` fires; then ends when the running ones have ended, or at the drain limit,
    /// where the rest are handed over. `stop` hands over at once and ends within `stop_limit`.
    pub async fn run(self, drain: CancellationToken, stop: CancellationToken) -> AgentReport {
        let mut crew = Crew::new(self.shared);
        let poll = crew.serve(&drain, &stop).await;
        crew.drain(poll, &stop).await;
        crew.shared.ports.runner.close().await;
        crew.report
    }
}

type Poll = JoinHandle<Result<Vec<Delivery>, PortError>>;

/// The slots and their tasks.
struct Crew {
    shared: Arc<Shared>,
    tasks: JoinSet<(usize, Outcome)>,
    free: Vec<usize>,
    report: AgentReport,
}

impl Crew {
    fn new(shared: Arc<Shared>) -> Self {
        let free = (1..=shared.settings.slots.max(1)).rev().collect();
        Self { shared, tasks: JoinSet::new(), free, report: AgentReport::default() }
    }

    /// Receives until told not to; gives back the long poll that was under way.
    async fn serve(&mut self, drain: &CancellationToken, stop: &CancellationToken) -> Option<Poll> {
        let mut poll: Option<Poll> = None;
        let mut pauses: Option<Endless> = None;
        loop {
            if poll.is_none() && !self.free.is_empty() {
                poll = Some(self.begin_poll(pauses.as_mut().map(Endless::pause)));
            }
            tokio::select! {
                biased;
                () = drain.cancelled() => return poll,
                () = stop.cancelled() => return poll,
                Some(ended) = self.tasks.join_next(), if !self.tasks.is_empty() => self.ended(ended),
                received = joined(&mut poll), if poll.is_some() => {
                    poll = None;
                    self.shared.vitals.poll_ended();
                    match received {
                        Ok(deliveries) => {
                            pauses = None;
                            self.start(deliveries).await;
                        }
                        Err(error) => {
                            tracing::warn!(error, "no job messages could be received; trying again");
                            pauses.get_or_insert_with(patience::endless);
                        }
                    }
                }
            }
        }
    }

    /// A task of its own, so that nothing is lost of what is received while another branch of the loop runs.
    fn begin_poll(&self, pause: Option<std::time::Duration>) -> Poll {
        let shared = Arc::clone(&self.shared);
        shared.vitals.poll_begins();
        let max = self.free.len().min(BATCH_MAX);
        tokio::spawn(async move {
            if let Some(pause) = pause {
                tokio::time::sleep(pause).await;
            }
            shared.ports.jobs.receive(max, shared.settings.poll_wait).await
        })
    }

    async fn start(&mut self, deliveries: Vec<Delivery>) {
        let mut surplus = Vec::new();
        for delivery in deliveries {
            let Some(slot) = self.free.pop() else {
                surplus.push(delivery);
                continue;
            };
            let worker = format!("{}/{slot}", self.shared.settings.worker);
            let errand = claim::handle(Arc::clone(&self.shared), delivery, worker);
            self.tasks.spawn(async move {
                // On a task of its own, so that a panic costs the attempt and not its slot.
                let outcome = AbortOnDropHandle::new(tokio::spawn(errand)).await;
                let outcome = outcome.unwrap_or_else(|error| {
                    tracing::error!(%error, "an attempt broke down; its lease will run out");
                    Outcome::Abandoned
                });
                (slot, outcome)
            });
        }
        self.show_busy();
        give_back(&self.shared, surplus).await;
    }

    fn show_busy(&self) {
        self.shared.vitals.busy(self.shared.settings.slots.max(1) - self.free.len());
    }

    fn ended(&mut self, ended: Result<(usize, Outcome), JoinError>) {
        match ended {
            Ok((slot, outcome)) => {
                self.free.push(slot);
                self.report.add(outcome);
            }
            Err(error) => tracing::error!(%error, "a slot's task broke down"),
        }
        self.show_busy();
    }

    async fn drain(&mut self, poll: Option<Poll>, stop: &CancellationToken) {
        let shared = Arc::clone(&self.shared);
        tracing::info!(running = self.tasks.len(), "draining: no more jobs are received");
        let mut late = std::pin::pin!(give_back_poll(&shared, poll));
        let mut work = std::pin::pin!(self.finish(stop));
        tokio::select! {
            biased;
            () = &mut late => work.await,
            () = &mut work => {
                let grace = shared.settings.poll_grace.to_std();
                let ordered = async {
                    stop.cancelled().await;
                    tokio::time::sleep(STOP_POLL_GRACE.to_std().min(grace)).await;
                };
                tokio::select! {
                    () = late => {}
                    () = ordered => {}
                    () = tokio::time::sleep(grace) => {}
                }
            }
        }
    }

    /// Waits for the running attempts, and hands over those that take too long.
    async fn finish(&mut self, stop: &CancellationToken) {
        let limit = self.shared.settings.drain_limit.to_std();
        tokio::select! {
            biased;
            () = self.all_ended() => return,
            () = stop.cancelled() => {}
            () = tokio::time::sleep(limit) => {}
        }
        tracing::warn!(running = self.tasks.len(), "handing the running jobs over");
        self.shared.hand_over.cancel();
        let limit = self.shared.settings.stop_limit.to_std();
        if tokio::time::timeout(limit, self.all_ended()).await.is_err() {
            tracing::error!(
                running = self.tasks.len(),
                "some jobs could not be handed over; their leases will run out"
            );
            self.tasks.shutdown().await;
        }
    }

    async fn all_ended(&mut self) {
        while let Some(ended) = self.tasks.join_next().await {
            self.ended(ended);
        }
    }
}

async fn joined(poll: &mut Option<Poll>) -> Result<Vec<Delivery>, String> {
    match poll {
        Some(poll) => match poll.await {
            Ok(received) => received.map_err(|error| error.to_string()),
            Err(error) => Err(error.to_string()),
        },
        None => std::future::pending().await,
    }
}

/// Messages that came after the drain began go back to the others at once.
async fn give_back_poll(shared: &Shared, poll: Option<Poll>) {
    let Some(poll) = poll.map(AbortOnDropHandle::new) else { return };
    if let Ok(Ok(deliveries)) = poll.await {
        give_back(shared, deliveries).await;
    }
}

async fn give_back(shared: &Shared, deliveries: Vec<Delivery>) {
    for delivery in deliveries {
        if let Err(error) = shared.ports.jobs.hide(&delivery.receipt, Millis(0)).await {
            tracing::warn!(%error, "a message was not given back; it comes again after its visibility timeout");
        }
    }
}

impl AgentReport {
    fn add(&mut self, outcome: Outcome) {
        let count = match outcome {
            Outcome::Succeeded => &mut self.succeeded,
            Outcome::Failed => &mut self.failed,
            Outcome::Cancelled => &mut self.cancelled,
            Outcome::Skipped => &mut self.skipped,
            Outcome::Retried => &mut self.retried,
            Outcome::Looked => &mut self.looked,
            Outcome::HandedOver => &mut self.handed_over,
            Outcome::Fenced => &mut self.fenced,
            Outcome::Abandoned => &mut self.abandoned,
            Outcome::PassedOn => &mut self.passed_on,
            Outcome::Unreadable => &mut self.unreadable,
        };
        *count += 1;
    }
}

impl AddAssign for AgentReport {
    fn add_assign(&mut self, more: Self) {
        self.succeeded += more.succeeded;
        self.failed += more.failed;
        self.cancelled += more.cancelled;
        self.skipped += more.skipped;
        self.retried += more.retried;
        self.looked += more.looked;
        self.handed_over += more.handed_over;
        self.fenced += more.fenced;
        self.abandoned += more.abandoned;
        self.passed_on += more.passed_on;
        self.unreadable += more.unreadable;
    }
}
