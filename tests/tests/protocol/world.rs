//! A little world around the real dispatcher: one worker that claims and settles by the real rules, outcomes decided
//! beforehand, messages in any order, some of them delivered twice. Owns the record of what ran when.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use dispatcher::{Ports, handle};
use fleet_core::ids::{ExecutionId, JobId};
use fleet_core::ports::{
    Current, Definitions, Delivery, Executions, JobQueues, JobWrite, Outgoing, Queue, Recorded,
};
use fleet_core::state::claim::{self, Claim, Claimant};
use fleet_core::state::settle::{self, AttemptEnd, Holder};
use fleet_core::state::{ExecutionRow, JobResult, JobRow, JobStatus};
use fleet_core::time::{Millis, Timestamp};
use fleet_core::wire::{Ask, Event, JobMessage, JobSettled, Start};
use fleet_core::workflow::{Definition, ScriptCheck};

use super::memory::{Memory, Pile};

/// Steps after which a run counts as stuck; the largest graphs here need a few thousand.
const STEPS_MAX: usize = 200_000;

pub(crate) struct World {
    pub(crate) memory: Arc<Memory>,
    events: Arc<Pile>,
    jobs: Arc<Pile>,
    ports: Ports,
    pub(crate) definition: Arc<Definition>,
    /// Jobs whose scripts fail.
    pub(crate) failing: BTreeSet<JobId>,
    /// How often each job ran.
    pub(crate) runs: BTreeMap<JobId, u32>,
    /// Whether the dispatcher's ports fail now and then.
    pub(crate) faults: bool,
    /// Batches that the dispatcher was given.
    pub(crate) batches: usize,
    now: i64,
    dice: u64,
}

impl World {
    pub(crate) fn new(text: &str, dice: u64) -> Self {
        let memory = Arc::new(Memory::new());
        let events = Arc::new(Pile::new(memory.slips.clone()));
        let jobs = Arc::new(Pile::new(memory.slips.clone()));
        let ports = Ports {
            definitions: memory.store.clone(),
            executions: memory.store.clone(),
            events: events.clone(),
            jobs: JobQueues::single(jobs.clone()),
            announcer: memory.clone(),
        };
        let definition = fleet_core::workflow::parse("generated.yaml", text, &|_| ScriptCheck::Unchecked);
        let definition = Arc::new(definition.unwrap_or_else(|faults| panic!("{faults}\n{text}")));
        Self {
            memory,
            events,
            jobs,
            ports,
            definition,
            failing: BTreeSet::new(),
            runs: BTreeMap::new(),
            faults: false,
            batches: 0,
            now: 0,
            dice,
        }
    }

    pub(crate) fn id() -> ExecutionId {
        ExecutionId::parse("run-1").unwrap()
    }

    /// A number below `sides`, told by the seed.
    fn roll(&mut self, sides: u64) -> u64 {
        self.dice = self.dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.dice >> 33) % sides
    }

    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.now)
    }

    pub(crate) async fn send(&self, event: &Event) {
        self.events.send(&[Outgoing::now(event.to_text())]).await.unwrap();
    }

    pub(crate) async fn start(&self) {
        let current = Current {
            workflow_id: self.definition.workflow_id.clone(),
            text: String::new(),
            source: "generated.yaml".to_owned(),
            version: Some(self.definition.version()),
            by: "test".to_owned(),
            at: self.now(),
        };
        self.memory.store.deploy(&current, &self.definition, &[]).await.unwrap();
        let start = Start {
            workflow_id: self.definition.workflow_id.clone(),
            workflow_execution_id: Some(Self::id()),
            params: BTreeMap::new(),
            scheduled_at: None,
            timezone: None,
            by: "test".to_owned(),
            reason: String::new(),
        };
        self.send(&Event::Start(start)).await;
    }

    pub(crate) fn ask(&self) -> Ask {
        Ask {
            workflow_execution_id: Self::id(),
            by: "test".to_owned(),
            reason: "because".to_owned(),
            at: self.now(),
            generation: None,
        }
    }

    /// Runs until no message is left, delivering in any order and some messages twice.
    pub(crate) async fn run(&mut self) {
        assert!(self.run_some(STEPS_MAX).await, "no end after {STEPS_MAX} steps");
    }

    /// Runs for so many steps at most; whether no message is left.
    pub(crate) async fn run_some(&mut self, steps: usize) -> bool {
        for _ in 0..steps {
            self.now += 1;
            let (events, jobs) = (self.events.len() as u64, self.jobs.len() as u64);
            if events + jobs == 0 {
                return true;
            }
            let pick = self.roll(events + jobs);
            if pick < events { self.dispatch(pick).await } else { self.work(pick - events).await }
        }
        self.events.len() + self.jobs.len() == 0
    }

    pub(crate) async fn dispatch(&mut self, pick: u64) {
        let mut batch = Vec::new();
        batch.extend(self.events.take(usize::try_from(pick).unwrap()));
        for _ in 0..self.roll(4) {
            batch.extend(self.events.take(0));
        }
        let again: Vec<Delivery> = batch.iter().filter(|_| self.dice.is_multiple_of(4)).cloned().collect();
        if self.faults {
            let seed = self.roll(u64::from(u32::MAX)) + 1;
            self.memory.slips.seed(seed);
        }
        let report = handle(&self.ports, &batch, self.now()).await;
        self.memory.slips.seed(0);
        assert!(self.faults || report.failed.is_empty(), "{:?}", report.failed);
        let done: BTreeSet<_> = report.done.into_iter().collect();
        for delivery in batch {
            if !done.contains(&delivery.receipt) {
                self.events.give_back(delivery);
            }
        }
        if self.roll(3) == 0 {
            handle(&self.ports, &again, self.now()).await;
        }
        self.batches += 1;
    }

    async fn work(&mut self, pick: u64) {
        let Some(delivery) = self.jobs.take(usize::try_from(pick).unwrap()) else { return };
        let twice = self.roll(4) == 0;
        self.carry_out(&delivery).await;
        if twice {
            self.carry_out(&delivery).await;
        }
    }

    async fn carry_out(&mut self, delivery: &Delivery) {
        let message = JobMessage::from_text(&delivery.body).unwrap();
        let (id, job) = (message.workflow_execution_id.clone(), message.job_id.clone());
        let node = self.definition.job(self.definition.find(&job).unwrap()).unwrap().clone();
        let claimant = Claimant {
            worker: "w",
            message_id: &delivery.id.0,
            redelivered: true,
            now: self.now(),
            lease: Millis::from_secs(60),
            margin: Millis::from_secs(5),
        };
        let found = self.memory.store.jobs(&id, std::slice::from_ref(&job)).await.unwrap().pop().flatten();
        let row = found.as_ref().map(|found| &found.row);
        match claim::decide(row, &message, &claimant, &node.retry).unwrap() {
            Claim::Take(row) => {
                let seen = found.map(|found| found.rev);
                let rev = self.record(&id, &job, seen, &row).await;
                self.check_needs(&job).await;
                *self.runs.entry(job.clone()).or_default() += 1;
                let holder = Holder { turn: row.turn, fence: row.fence };
                let code = i32::from(self.failing.contains(&job));
                let ending =
                    (AttemptEnd::Exited(code), JobResult { exit_code: Some(code), ..Default::default() });
                let settled = settle::decide(&row, holder, ending, &node, &id, self.now()).unwrap();
                self.record(&id, &job, Some(rev), &settled.row).await;
                if let Some(successor) = settled.successor {
                    self.now += i64::try_from(successor.delay.0).unwrap();
                    let next = JobMessage { turn: successor.turn, ..message };
                    self.jobs.send(&[Outgoing::now(next.to_text())]).await.unwrap();
                } else {
                    self.send(&Event::JobSettled(message.settled())).await;
                }
            }
            Claim::Settled => {
                self.send(&Event::JobSettled(JobSettled { again: true, ..message.settled() })).await;
            }
            Claim::Drop => {}
            other => panic!("one worker that never dies cannot see {other:?}"),
        }
    }

    async fn record(
        &self,
        id: &ExecutionId,
        job: &JobId,
        seen: Option<fleet_core::state::Rev>,
        row: &JobRow,
    ) -> fleet_core::state::Rev {
        let write = JobWrite { execution: id, job, seen, row, audit: &[] };
        match self.memory.store.record_job(write).await.unwrap() {
            Recorded::Done(rev) => rev,
            Recorded::Stale(found) => panic!("stale: {found:?}"),
        }
    }

    /// Invariant 1: no job starts before its needs are settled; and the slots of `max_parallel` are kept.
    async fn check_needs(&self, job: &JobId) {
        let ix = self.definition.find(job).unwrap();
        for need in self.definition.needs(ix) {
            let need = &self.definition.job(*need).unwrap().id;
            let status = self.status(need).await;
            assert!(status.is_settled(), "{job} started while {need} was {status}");
        }
        if let Some(limit) = self.definition.max_parallel {
            let used = self.execution().await.slots_used;
            assert!(used <= limit, "{used} slots of {limit} in use");
        }
    }

    pub(crate) async fn status(&self, job: &JobId) -> JobStatus {
        self.row(job).await.status
    }

    pub(crate) async fn row(&self, job: &JobId) -> JobRow {
        let found =
            self.memory.store.jobs(&Self::id(), std::slice::from_ref(job)).await.unwrap().pop().flatten();
        found.map(|found| found.row).unwrap_or_default()
    }

    pub(crate) async fn execution(&self) -> ExecutionRow {
        self.memory.store.execution(&Self::id()).await.unwrap().expect("it was started").row
    }
}
