//! The people around the fleet: they start, cancel, resume and mark, at bad moments and twice. Owns what they ask for, in the
//! way of the command line: by events that name the generation that was seen.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use fleet_core::ids::{ExecutionId, WorkflowId};
use fleet_core::ports::{Outgoing, Queue as _};
use fleet_core::state::{ExecutionRow, ExecutionStatus, JobStatus};
use fleet_core::wire::{Ask, Event, Mark, MarkedAs, Start};
use fleet_core::workflow::{Definition, Job};

use crate::link::Link;
use crate::plan::Plans;
use crate::world::{Lasting, QueueName};

/// Longest time after which a person wants back what they have cancelled: about as long as slow calls take.
const SECOND_THOUGHTS_MAX_MS: u64 = 30_000;

/// An operator, with what they have started.
pub(crate) struct Operator {
    link: Link,
    plans: Arc<Plans>,
    definitions: Vec<Arc<Definition>>,
    /// Executions that were asked for, and whose start was accepted by the queue.
    pub(crate) started: BTreeSet<ExecutionId>,
    wishes: i64,
}

impl Operator {
    pub(crate) fn new(link: Link, plans: Arc<Plans>, definitions: Vec<Arc<Definition>>) -> Self {
        Self { link, plans, definitions, started: BTreeSet::new(), wishes: 0 }
    }

    /// Starts an execution of some workflow, perhaps with several messages.
    pub(crate) async fn start(&mut self) {
        let pick = self.link.roll(|dice| dice.usize(0..self.definitions.len()));
        let workflow_id = self.definitions[pick].workflow_id.clone();
        let number = self.started.len() + 1;
        let id = format!("{workflow_id}-{number}");
        let id = ExecutionId::parse(&id).expect("made of a legal id and a number");
        let event = Event::Start(start_of(&workflow_id, &id));
        if self.send(&event).await {
            self.started.insert(id);
        }
        if self.link.roll(|dice| dice.u8(0..3)) == 0 {
            self.send(&event).await;
        }
    }

    /// Does something to an execution that seems to make sense, or not.
    pub(crate) async fn meddle(&mut self) {
        let Some(row) = self.some_execution() else { return };
        let ask = self.ask(&row);
        match self.link.roll(|dice| dice.u8(0..6)) {
            0 | 1 => {
                self.wish(&Event::Cancel(ask)).await;
                if self.link.roll(fastrand::Rng::bool) {
                    self.change_mind(&row).await;
                }
            }
            2 | 3 => {
                self.link.roll(|dice| self.plans.mend(dice));
                // What is not to run again is marked first, and the mark may still be under way.
                if self.link.roll(fastrand::Rng::bool) {
                    let mark = self.mark(&row, ask.clone());
                    self.wish(&mark).await;
                }
                self.wish(&Event::Resume(ask)).await;
            }
            _ => {
                let mark = self.mark(&row, ask);
                self.wish(&mark).await;
            }
        }
    }

    /// Resumes what was cancelled, perhaps while the cancel is still being carried out.
    async fn change_mind(&mut self, row: &ExecutionRow) {
        let pause = self.link.roll(|dice| dice.u64(0..SECOND_THOUGHTS_MAX_MS));
        tokio::time::sleep(Duration::from_millis(pause)).await;
        let ask = self.ask(row);
        self.wish(&Event::Resume(ask)).await;
    }

    /// Asks for something once, or twice.
    async fn wish(&self, event: &Event) {
        self.send(event).await;
        if self.link.roll(|dice| dice.u8(0..3)) == 0 {
            self.send(event).await;
        }
    }

    /// Mends what failed, and resumes everything that did not succeed. Whether there was anything to resume.
    pub(crate) async fn resume_all(&mut self) -> bool {
        self.link.roll(|dice| self.plans.mend(dice));
        let rows = self.rows();
        let failed =
            |row: &&ExecutionRow| matches!(row.status, ExecutionStatus::Failed | ExecutionStatus::Cancelled);
        let failed: Vec<&ExecutionRow> = rows.iter().filter(failed).collect();
        for row in &failed {
            let ask = self.ask(row);
            self.send(&Event::Resume(ask)).await;
        }
        !failed.is_empty()
    }

    fn mark(&self, row: &ExecutionRow, ask: Ask) -> Event {
        let definition = self.definitions.iter().find(|one| one.workflow_id == row.workflow_id);
        let jobs = &definition.expect("executions are of these workflows").jobs;
        let id = &row.workflow_execution_id;
        // Mostly what did not succeed, as people do.
        let bad = |job: &&Job| {
            let status = |lasting: &mut Lasting| {
                lasting.store.executions.get(id).map(|entry| entry.job(&job.id).status)
            };
            self.link
                .world
                .with(status)
                .is_some_and(|status| status.is_settled() && status != JobStatus::Succeeded)
        };
        let mut choice: Vec<&Job> = jobs.iter().filter(bad).collect();
        if choice.is_empty() || self.link.roll(|dice| dice.u8(0..4)) == 0 {
            choice = jobs.iter().collect();
        }
        let pick = self.link.roll(|dice| dice.usize(0..choice.len()));
        let status =
            if self.link.roll(fastrand::Rng::bool) { MarkedAs::Succeeded } else { MarkedAs::Skipped };
        Event::Mark(Mark { ask, job_id: choice[pick].id.clone(), status })
    }

    fn ask(&mut self, row: &ExecutionRow) -> Ask {
        self.wishes += 1;
        let seen = self.link.roll(|dice| dice.u8(0..4)) > 0;
        Ask {
            workflow_execution_id: row.workflow_execution_id.clone(),
            by: "operator".to_owned(),
            reason: format!("wish {}", self.wishes),
            at: self.link.clock().now(),
            generation: seen.then_some(row.generation),
        }
    }

    fn some_execution(&self) -> Option<ExecutionRow> {
        let rows = self.rows();
        let pick = self.link.roll(|dice| dice.usize(0..rows.len().max(1)));
        rows.into_iter().nth(pick)
    }

    /// What a person sees of the executions, without trouble: whether they can look is not what is tried here.
    fn rows(&self) -> Vec<ExecutionRow> {
        self.link
            .world
            .with(|lasting| lasting.store.executions.values().map(|entry| entry.row.row.clone()).collect())
    }

    /// Sends, trying again as the command line does. Whether the queue has it for certain.
    async fn send(&self, event: &Event) -> bool {
        let events = self.link.queue(QueueName::Events);
        let message = [Outgoing::now(event.to_text())];
        for _ in 0..5 {
            if events.send(&message).await.is_ok() {
                return true;
            }
        }
        false
    }
}

fn start_of(workflow: &WorkflowId, id: &ExecutionId) -> Start {
    Start {
        workflow_id: workflow.clone(),
        workflow_execution_id: Some(id.clone()),
        params: BTreeMap::new(),
        scheduled_at: None,
        timezone: None,
        by: "operator".to_owned(),
        reason: String::new(),
    }
}
