//! A worker from its start to its end: agents, orders, and what runs beside them. Owns the order of the end: jobs first, then
//! their logs, then the word to those who wait for the host. Runs no job.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use worker::{AgentReport, Vitals};

use super::autoscaling::Group;
use super::fleet::Fleet;
use super::leaving::Notices;
use super::options::{HealthOption, Options};
use super::protection::Keeper;
use super::signals::Signals;
use super::status::Status;
use super::{exit, figures, health, leaving, roster, systemd};

/// How long the end of the process waits for log lines to be sent; the next process on this host sends the rest.
const LOGS_LIMIT: Duration = Duration::from_secs(20);
/// How long what runs beside the agents may take to end.
const BESIDE_LIMIT: Duration = Duration::from_secs(10);
/// Between two looks whether all receive loops have begun.
const BEGIN_PAUSE: Duration = Duration::from_millis(5);

/// Serves until it is told to end, and gives the exit code.
///
/// # Errors
/// When it cannot begin, or an agent breaks down.
pub(crate) async fn serve(options: &Options) -> anyhow::Result<u8> {
    let mut signals = Signals::catch()?;
    let listener = listener(options.health).await?;
    let fleet = Fleet::open(options).await?;
    let mut crew = Crew::start(&fleet, options).await?;
    let status = Arc::new(Status {
        worker: fleet.worker.clone(),
        queues: crew.vitals.clone(),
        drain: crew.drain.clone(),
        started_at: fleet.clock.now(),
        clock: fleet.clock.clone(),
    });
    let over = CancellationToken::new();
    let beside = begin_beside(&fleet, listener, &status, &over);
    while !status.is_serving() {
        tokio::time::sleep(BEGIN_PAUSE).await;
    }
    systemd::ready(&status);
    tracing::info!(worker = fleet.worker, "{}", status.line());
    let keeper = keeper(&fleet, options, &status);
    let mut notices = Notices::default();
    let served = crew.serve(&fleet, &mut signals, &mut notices).await;
    if !fleet.logs.drain(LOGS_LIMIT).await {
        tracing::warn!("log lines are left in the spool; the next worker on this host sends them");
    }
    over.cancel();
    let _ = tokio::time::timeout(BESIDE_LIMIT, beside.wait()).await;
    fleet.metrics.flush().await;
    if let Some(keeper) = keeper {
        let hook = options.lifecycle_hook.as_deref();
        give_host_free(keeper, hook.filter(|_| notices.is_by_group())).await;
    }
    let report = served?;
    tracing::info!(?report, "ended");
    Ok(if crew.stop.is_cancelled() { exit::STOPPED } else { exit::DRAINED })
}

/// What protects the host, where the options name its group.
fn keeper(fleet: &Fleet, options: &Options, status: &Arc<Status>) -> Option<Keeper> {
    let group = Group::of(fleet, options)?;
    let status = Arc::clone(status);
    Some(Keeper::start(group, move || status.is_at_work()))
}

/// The last word to the host's group, which may wait for it at a lifecycle hook.
async fn give_host_free(keeper: Keeper, waiting: Option<&str>) {
    let Some(hook) = waiting else {
        keeper.release().await;
        return;
    };
    match keeper.into_group().complete(hook).await {
        Ok(()) => tracing::info!("the lifecycle action is completed"),
        Err(error) => tracing::warn!("the lifecycle action was not completed: {error:#}"),
    }
}

/// What runs beside the agents until `over`.
fn begin_beside(
    fleet: &Fleet,
    listener: Option<TcpListener>,
    status: &Arc<Status>,
    over: &CancellationToken,
) -> TaskTracker {
    let beside = TaskTracker::new();
    if let Some(listener) = listener {
        beside.spawn(health::serve(listener, Arc::clone(status), over.clone()));
    }
    beside.spawn(systemd::signs(Arc::clone(status), over.clone()));
    beside.spawn(roster::report(fleet.roster.clone(), Arc::clone(status), over.clone()));
    beside.spawn(figures::measure_slots(fleet.metrics.clone(), Arc::clone(status), over.clone()));
    beside.close();
    beside
}

async fn listener(option: HealthOption) -> anyhow::Result<Option<TcpListener>> {
    let HealthOption::At(address) = option else { return Ok(None) };
    let listener = health::listen(address).await;
    let told = || format!("answer for the health at {address}; --health names another place, or none");
    listener.map(Some).with_context(told)
}

/// The agents, one a queue.
struct Crew {
    agents: JoinSet<AgentReport>,
    vitals: Vec<(String, Vitals)>,
    /// Fires when no new job is to be taken.
    drain: CancellationToken,
    /// Fires when running jobs are to be handed over at once.
    stop: CancellationToken,
}

impl Crew {
    async fn start(fleet: &Fleet, options: &Options) -> anyhow::Result<Self> {
        let mut crew = Self {
            agents: JoinSet::new(),
            vitals: Vec::new(),
            drain: CancellationToken::new(),
            stop: CancellationToken::new(),
        };
        let mut ready = Vec::new();
        // All of them before the first one takes a job.
        for queue in &options.queues {
            let agent = fleet.agent(queue, options).await;
            ready.push((queue.name.clone(), agent.with_context(|| format!("serve queue {}", queue.name))?));
        }
        for (queue, agent) in ready {
            figures::count_attempts(&fleet.metrics, &queue, &agent.vitals());
            crew.vitals.push((queue, agent.vitals()));
            crew.agents.spawn(agent.run(crew.drain.clone(), crew.stop.clone()));
        }
        Ok(crew)
    }

    /// Obeys orders until all agents have ended.
    async fn serve(
        &mut self,
        fleet: &Fleet,
        signals: &mut Signals,
        notices: &mut Notices,
    ) -> anyhow::Result<AgentReport> {
        let mut report = AgentReport::default();
        let mut stop_at: Option<Instant> = None;
        loop {
            tokio::select! {
                ended = self.agents.join_next() => match ended {
                    None => return Ok(report),
                    Some(ended) => {
                        report += ended.context("run an agent")?;
                        if !self.drain.is_cancelled() {
                            anyhow::bail!("an agent has ended that nobody told to");
                        }
                    }
                },
                () = signals.next() => self.obey(),
                going = fleet.metadata.watch(&notices.seen) => {
                    tracing::warn!("{going}; draining");
                    let left = leaving::time_left(&going, &fleet.clock);
                    stop_at = left.map(|left| Instant::now() + left).or(stop_at);
                    notices.seen.push(going);
                    self.drain.cancel();
                }
                () = at(stop_at), if !self.stop.is_cancelled() => {
                    tracing::warn!("the host goes before all jobs could end");
                    self.stop.cancel();
                }
            }
        }
    }

    fn obey(&self) {
        if self.drain.is_cancelled() {
            tracing::warn!("told to end again: handing over what is at work");
            self.stop.cancel();
        } else {
            self.drain.cancel();
        }
    }
}

async fn at(time: Option<Instant>) {
    match time {
        Some(time) => tokio::time::sleep_until(time).await,
        None => std::future::pending().await,
    }
}
