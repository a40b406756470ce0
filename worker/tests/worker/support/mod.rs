//! A bench for the worker: ports in memory, a scripted runner, an agent, and the one clock that all of them read.

mod queue;
mod runner;
mod store;

use std::sync::Arc;
use std::time::Duration;

use fleet_core::alert::Alert;
use fleet_core::ids::{ExecutionId, JobId, VersionHash, WorkflowId};
use fleet_core::ports::Clock;
use fleet_core::state::{Cancel, CancelCause, ExecutionRow, ExecutionStatus, JobRow, Request, Turn};
use fleet_core::time::{Millis, Timestamp};
use fleet_core::wire::JobMessage;
use fleet_core::workflow::{Definition, ScriptCheck, parse};
use tokio::task::JoinHandle;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use worker::{Agent, AgentReport, JobRunner, Ports, Settings};

pub(crate) use queue::MemoryQueue;
pub(crate) use runner::{Act, Scripted};
use store::MemoryLogs;
pub(crate) use store::{Slip, Store};

/// Name of the only execution.
pub(crate) const EXECUTION: &str = "x-1";
/// Name of the agent's process.
pub(crate) const WORKER: &str = "host-1-a";
/// A condition that is not met by then never will be, in virtual and in real time.
const PATIENCE: (Millis, Millis) = (Millis::from_mins(120), Millis::from_secs(60));

/// Everything around an agent.
pub(crate) struct Bench {
    pub(crate) store: Arc<Store>,
    pub(crate) jobs: Arc<MemoryQueue>,
    pub(crate) events: Arc<MemoryQueue>,
    pub(crate) runner: Arc<Scripted>,
    pub(crate) settings: Settings,
    pub(crate) clock: Clock,
    pub(crate) drain: CancellationToken,
    pub(crate) stop: CancellationToken,
    workflow: WorkflowId,
    version: VersionHash,
    agent: Option<JoinHandle<AgentReport>>,
    patience: Millis,
}

/// A workflow of the one job `load`; `more` are its further keys.
pub(crate) fn workflow(more: &str) -> String {
    format!("workflow: w\nconnection: warehouse\njobs:\n  - {{ id: load, script: load.rsql{more} }}\n")
}

impl Bench {
    /// A bench with an execution of this workflow, of generation 0.
    pub(crate) fn new(yaml: &str) -> Self {
        let definition = parse("w.yaml", yaml, &|_| ScriptCheck::Present).unwrap();
        let (start, base) = (Instant::now(), Timestamp::parse("2026-11-22T02:00:00Z").unwrap());
        let clock = Clock::new(move || base + millis(start.elapsed()));
        let workflow = definition.workflow_id.clone();
        let version = definition.version();
        let store = Arc::new(Store::new(&execution(&definition, clock.now()), &definition));
        let queue = |name| Arc::new(MemoryQueue::new(name, Arc::clone(&store.calls), clock.clone()));
        Self {
            jobs: queue("jobs"),
            events: queue("events"),
            runner: Arc::new(Scripted::new(Arc::clone(&store))),
            settings: Settings::new(WORKER, 2),
            store,
            clock,
            drain: CancellationToken::new(),
            stop: CancellationToken::new(),
            workflow,
            version,
            agent: None,
            patience: PATIENCE.0,
        }
    }

    /// A bench that works in real time.
    pub(crate) fn real(yaml: &str) -> Self {
        let mut bench = Self::new(yaml);
        bench.patience = PATIENCE.1;
        bench
    }

    /// Starts the agent with the scripted runner.
    pub(crate) fn start(&mut self) {
        let runner: Arc<dyn JobRunner> = Arc::clone(&self.runner) as _;
        self.start_with(runner);
    }

    /// Starts the agent.
    pub(crate) fn start_with(&mut self, runner: Arc<dyn JobRunner>) {
        let ports = Ports {
            executions: Arc::clone(&self.store.kept) as _,
            definitions: Arc::clone(&self.store.kept) as _,
            jobs: Arc::clone(&self.jobs) as _,
            events: Arc::clone(&self.events) as _,
            logs: Arc::new(MemoryLogs(Arc::clone(&self.store))),
            announcer: Arc::clone(&self.store) as _,
            runner,
            clock: self.clock.clone(),
        };
        let agent = Agent::new(ports, self.settings.clone());
        self.agent = Some(tokio::spawn(agent.run(self.drain.clone(), self.stop.clone())));
    }

    /// Puts the message for a turn of `load` on the queue; gives the message's id.
    pub(crate) fn send(&self, attempt: u32, look: u32) -> String {
        self.jobs.put(self.message("load", attempt, look).to_text())
    }

    /// The message for a turn.
    pub(crate) fn message(&self, job: &str, attempt: u32, look: u32) -> JobMessage {
        JobMessage {
            workflow_execution_id: execution_id(),
            workflow_id: self.workflow.clone(),
            version: self.version.clone(),
            job_id: job_id(job),
            turn: Turn { attempt, look },
            generation: 0,
            ready_at: self.clock.now(),
        }
    }

    /// Waits for a condition; gives the time that has passed until then.
    pub(crate) async fn until(&self, what: &str, met: impl Fn(&Self) -> bool) -> Millis {
        let began = Instant::now();
        while !met(self) {
            let trace = self.store.trace();
            let last = &trace[trace.len().saturating_sub(40)..];
            assert!(millis(began.elapsed()) < self.patience, "never: {what}; last calls: {last:?}");
            // The pause between two looks; longer in a long wait, whose looks would take real time.
            let pause = began.elapsed() / 100;
            tokio::time::sleep(pause.clamp(Duration::from_millis(10), Duration::from_millis(500))).await;
        }
        millis(began.elapsed())
    }

    /// Waits until the queue of jobs has nothing left, received messages included.
    pub(crate) async fn until_done(&self) -> Millis {
        self.until("the jobs queue is empty", |bench| bench.jobs.is_empty()).await
    }

    /// Drains the agent and gives its report.
    pub(crate) async fn end(&mut self) -> AgentReport {
        self.drain.cancel();
        self.ended().await
    }

    /// Waits for the agent's end.
    pub(crate) async fn ended(&mut self) -> AgentReport {
        self.agent.take().expect("the agent was started").await.expect("the agent does not panic")
    }

    /// The row of `load`.
    pub(crate) fn row(&self) -> JobRow {
        self.store.row("load").expect("the job has a row").row
    }

    /// What the audit says of `load`, in order: kind, attempt and look.
    pub(crate) fn audit(&self) -> Vec<String> {
        let records = self.store.records();
        let line = |record: &fleet_core::audit::AuditRecord| {
            let Turn { attempt, look } = record.subject.turn;
            format!("{:?} {attempt}.{look}", record.kind)
        };
        records.iter().map(line).collect()
    }

    /// The alerts published.
    pub(crate) fn alerts(&self) -> Vec<Alert> {
        self.store.alerts()
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        if let Some(agent) = &self.agent {
            agent.abort();
        }
    }
}

/// A request to cancel.
pub(crate) fn cancel(at: Timestamp) -> Cancel {
    let request = Request { by: "ann".to_owned(), reason: "wrong day".to_owned(), at };
    Cancel { request, cause: CancelCause::Operator }
}

pub(crate) fn execution_id() -> ExecutionId {
    ExecutionId::parse(EXECUTION).unwrap()
}

pub(crate) fn job_id(job: &str) -> JobId {
    JobId::parse(job).unwrap()
}

fn millis(span: Duration) -> Millis {
    Millis(u64::try_from(span.as_millis()).unwrap())
}

fn execution(definition: &Definition, now: Timestamp) -> ExecutionRow {
    let values = [
        ("business_date", "2026-11-21"),
        ("scheduled_date", "2026-11-22"),
        ("scheduled_time", "2026-11-22T02:00:00+00:00"),
        ("workflow_id", "w"),
        ("workflow_execution_id", EXECUTION),
    ];
    ExecutionRow {
        format: 1,
        workflow_execution_id: execution_id(),
        workflow_id: definition.workflow_id.clone(),
        version: definition.version(),
        status: ExecutionStatus::Running,
        generation: 0,
        bindings: values.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
        scheduled_at: None,
        started: Request { by: "ann".to_owned(), reason: String::new(), at: now },
        generation_at: now,
        resumed: None,
        ended_at: None,
        deadline: None,
        late_at: None,
        cancel: None,
        failed: None,
        slots_used: 0,
        attention_at: None,
        redrives: 0,
        progress: 0,
        announced: false,
    }
}
