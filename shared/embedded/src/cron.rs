//! The local scheduler: sends the start events of schedules, and a tick every minute. Owns when it looks and what it
//! remembers; the times themselves come from `fleet_core::schedule`. Several processes may run one on the same state: each
//! firing has one execution id, so it starts one execution.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use fleet_core::ids::{ExecutionId, VersionHash, WorkflowId};
use fleet_core::ports::{Clock, Definitions, Outgoing, PortError, Queue, send_in_batches};
use fleet_core::schedule::{CatchUp, Schedule, catch_up};
use fleet_core::time::{Millis, Timestamp};
use fleet_core::wire::{Event, Start};
use tokio_util::sync::CancellationToken;

use crate::sqlite::{Mark, Store};

/// A firing seen within this time is on time; an older one was missed, and the catch-up policy decides. Longer than a
/// restart, shorter than what anybody would call downtime.
const ON_TIME: Millis = Millis::from_mins(2);
/// Longest pause between two looks, so that a new deployment is seen soon.
const LOOK: Duration = Duration::from_secs(2);
/// Span between two ticks.
const TICK: Millis = Millis::from_mins(1);

/// What one turn did.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Turned {
    /// Executions asked for, in the order sent.
    pub started: Vec<ExecutionId>,
    /// Whether this scheduler sent the tick of this minute.
    pub ticked: bool,
    /// When something is due again, as far as is known.
    pub next: Timestamp,
}

/// Fires schedules.
pub struct Scheduler {
    store: Store,
    events: Arc<dyn Queue>,
    clock: Clock,
    plans: HashMap<WorkflowId, Plan>,
}

/// The schedules of a workflow's current version.
struct Plan {
    version: VersionHash,
    schedules: Vec<Schedule>,
}

impl Scheduler {
    /// A scheduler of the workflows in `store` that sends to the dispatcher's queue.
    #[must_use]
    pub fn new(store: Store, events: Arc<dyn Queue>, clock: Clock) -> Self {
        Self { store, events, clock, plans: HashMap::new() }
    }

    /// Fires what is due, again and again, until `stop` is cancelled. Faults are logged, and tried again at the next look.
    pub async fn run(mut self, stop: CancellationToken) {
        loop {
            let now = self.clock.now();
            let pause = match self.turn(now).await {
                Ok(turned) => turned.next.since(self.clock.now()).to_std().min(LOOK),
                Err(error) => {
                    tracing::error!(%error, "the scheduler failed to fire; it tries again");
                    LOOK
                }
            };
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    /// Fires what is due at `now`. Killed at any point it may be repeated: the same firings have the same ids.
    ///
    /// # Errors
    /// [`PortError`]; what was not fired is fired by the next turn.
    pub async fn turn(&mut self, now: Timestamp) -> Result<Turned, PortError> {
        let minute =
            Timestamp::from_millis(now.as_millis() - now.as_millis().rem_euclid(TICK.0.cast_signed()));
        let mut turned = Turned { next: minute + TICK, ..Turned::default() };
        turned.ticked = self.tick(minute).await?;
        self.reload().await?;
        let (marks, schedules): (Vec<Mark>, Vec<(WorkflowId, Schedule)>) = self
            .plans
            .iter()
            .flat_map(|(workflow, plan)| plan.schedules.iter().map(move |schedule| (workflow, schedule)))
            .map(|(workflow, schedule)| (mark(workflow, schedule), (workflow.clone(), schedule.clone())))
            .unzip();
        let fired_until = self.store.marks(marks.clone(), now).await?;
        for ((mark, (workflow, schedule)), after) in marks.into_iter().zip(schedules).zip(fired_until) {
            let due = schedule.due(after, now);
            if !due.is_empty() {
                turned.started.extend(self.fire(&workflow, &schedule, due, now).await?);
                self.store.advance(mark, now).await?;
            }
            if let Some(next) = schedule.next_after(now) {
                turned.next = turned.next.min(next);
            }
        }
        Ok(turned)
    }

    /// The minute is claimed before the tick is sent: a tick lost to a crash is made good by the next one.
    async fn tick(&self, minute: Timestamp) -> Result<bool, PortError> {
        if !self.store.advance(Mark::ticks(), minute).await? {
            return Ok(false);
        }
        self.events.send(&[outgoing(&Event::Tick)]).await?;
        Ok(true)
    }

    /// Takes over what was deployed, changed or taken away since the last look.
    async fn reload(&mut self) -> Result<(), PortError> {
        let current = self.store.current_versions().await?;
        let mut plans = HashMap::with_capacity(current.len());
        for (workflow, version) in current {
            let plan = match self.plans.remove(&workflow) {
                Some(known) if known.version == version => known,
                _ => self.plan(&workflow, version).await?,
            };
            plans.insert(workflow, plan);
        }
        self.plans = plans;
        Ok(())
    }

    async fn plan(&self, workflow: &WorkflowId, version: VersionHash) -> Result<Plan, PortError> {
        let schedules = match self.store.version(workflow, &version).await {
            Ok(Some(definition)) => definition.schedules.clone(),
            Ok(None) => Vec::new(),
            // One unreadable workflow must not stop the schedules of the others.
            Err(error @ PortError::Refused { .. }) => {
                tracing::error!(%error, %workflow, "the schedules of a workflow cannot be read");
                Vec::new()
            }
            Err(error) => return Err(error),
        };
        Ok(Plan { version, schedules })
    }

    async fn fire(
        &self,
        workflow: &WorkflowId,
        schedule: &Schedule,
        due: Vec<Timestamp>,
        now: Timestamp,
    ) -> Result<Vec<ExecutionId>, PortError> {
        let times = chosen(schedule.catch_up, due, now);
        let starts: Vec<Start> = times.into_iter().map(|time| start(workflow, schedule, time)).collect();
        let messages: Vec<Outgoing> =
            starts.iter().map(|start| outgoing(&Event::Start(start.clone()))).collect();
        send_in_batches(self.events.as_ref(), &messages).await?;
        Ok(starts.into_iter().filter_map(|start| start.workflow_execution_id).collect())
    }
}

impl std::fmt::Debug for Scheduler {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Scheduler").field("store", &self.store).finish_non_exhaustive()
    }
}

/// Which of the firings in `due`, oldest first, are carried out at `now`. One that is on time always is; and then `latest`
/// has what it wants, and makes up for nothing older.
fn chosen(policy: CatchUp, due: Vec<Timestamp>, now: Timestamp) -> Vec<Timestamp> {
    let (missed, on_time): (Vec<_>, Vec<_>) = due.into_iter().partition(|time| now.since(*time) > ON_TIME);
    let mut times = match policy {
        CatchUp::Latest if !on_time.is_empty() => Vec::new(),
        policy => catch_up(policy, missed),
    };
    times.extend(on_time);
    times
}

fn mark(workflow: &WorkflowId, schedule: &Schedule) -> Mark {
    Mark { workflow: workflow.to_string(), schedule: format!("{} {}", schedule.cron, schedule.timezone) }
}

fn start(workflow: &WorkflowId, schedule: &Schedule, time: Timestamp) -> Start {
    Start {
        workflow_id: workflow.clone(),
        workflow_execution_id: Some(ExecutionId::scheduled(workflow, time)),
        params: schedule.params.clone(),
        scheduled_at: Some(time),
        timezone: Some(schedule.timezone.to_string()),
        by: "schedule".to_owned(),
        reason: format!("{} {}", schedule.cron, schedule.timezone),
    }
}

fn outgoing(event: &Event) -> Outgoing {
    Outgoing::now(event.to_text())
}
