//! One run: the world of a seed, its storm, the calm after it, and the verdict.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use fleet_core::ids::ExecutionId;
use fleet_core::ports::Current;
use fleet_core::time::Millis;
use fleet_core::workflow::{Definition, ScriptCheck};

use crate::fleet::{Fleet, MARGIN, WorkerSetup};
use crate::graph;
use crate::link::Link;
use crate::memory::QueueSettings;
use crate::panics;
use crate::people::Operator;
use crate::plan::{Plan, Plans};
use crate::storm::{Storm, calm};
use crate::trace::Trace;
use crate::verdict;
use crate::weather::Weather;
use crate::world::World;

/// Virtual time after the storm within which everything must have ended. Redelivery, leases and preconditions take minutes; a
/// tick looks for lost progress after 5 and then up to 60 minutes, several times.
const CALM_MAX: Duration = Duration::from_secs(12 * 3_600);
/// Between two looks whether all is over.
const LOOK_EVERY: Duration = Duration::from_secs(10);

/// Whether to write down what happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tracing {
    /// Each step, in words.
    On,
    /// Nothing: a failing seed is run again to be read.
    Off,
}

/// What a run came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Summary {
    /// Executions that ended.
    pub executions: u64,
    /// Jobs in them.
    pub jobs: u64,
    /// Sessions that attempts opened in the warehouse.
    pub sessions: u64,
    /// Attempts that were taken over from a lost worker.
    pub takeovers: u64,
    /// Results that came too late and changed nothing.
    pub fenced: u64,
    /// Generations that a resume began.
    pub resumes: u64,
    /// Virtual milliseconds.
    pub virtual_ms: u64,
    /// What happened, if it was traced.
    pub trace: Vec<String>,
}

/// A run in which something was wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// Its seed.
    pub seed: u64,
    /// What was wrong.
    pub what: String,
    /// The workflows.
    pub workflows: Vec<String>,
    /// What happened until then, if it was traced.
    pub trace: Vec<String>,
}

/// Lines of a trace that explain a failure: what was near it.
const LINES_SHOWN: usize = 150;

impl Failure {
    /// What was wrong, the workflows, the last steps before it, and the command that runs it again with all of them. Runs
    /// the seed once more if it was not traced.
    #[must_use]
    pub fn explain(&self) -> String {
        let seed = self.seed;
        let again = if self.trace.is_empty() { run(seed, Tracing::On).err() } else { None };
        let same = again.as_ref().is_none_or(|again| again.what == self.what);
        let told = again.as_deref().unwrap_or(self);
        let from = told.trace.len().saturating_sub(LINES_SHOWN);
        let mut text = format!("{}\n{}\n", told.workflows.join("\n"), told.trace[from..].join("\n"));
        text.push_str(&format!("\nseed {seed}: {}\n", self.what));
        if !same {
            text.push_str(&format!("the second run of this seed went otherwise: {}\n", told.what));
        }
        text.push_str(&format!("again, with every step: make simulate FIRST={seed} SEEDS=1 TRACE=1"));
        text
    }
}

/// Runs one seed. The seeding of `fastrand` is left as the run needs it: this thread should do nothing else with it.
///
/// # Errors
/// [`Failure`] when an invariant was broken, or something had not come to its end long after the faults.
///
/// # Panics
/// When the runtime cannot be made.
pub fn run(seed: u64, tracing: Tracing) -> Result<Summary, Box<Failure>> {
    panics::watch();
    fastrand::seed(seed);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    let runtime = runtime.expect("a runtime without I/O needs nothing");
    // The world's clock is the runtime's, so it is made inside.
    let whole = || runtime.block_on(async { Run::new(seed, tracing).go().await });
    std::panic::catch_unwind(AssertUnwindSafe(whole)).unwrap_or_else(|_| {
        let what = panics::noted().unwrap_or_else(|| "a panic".to_owned());
        Err(Box::new(Failure { seed, what, workflows: Vec::new(), trace: Vec::new() }))
    })
}

struct Run {
    seed: u64,
    lease: Millis,
    world: Arc<World>,
    plans: Arc<Plans>,
    texts: Vec<String>,
    definitions: Vec<Arc<Definition>>,
    dice: fastrand::Rng,
}

impl Run {
    fn new(seed: u64, tracing: Tracing) -> Self {
        let mut dice = fastrand::Rng::with_seed(seed);
        let weather = Weather::roll(&mut dice);
        let receives = if dice.u8(0..4) == 0 { 6 } else { 50 };
        let lease = Millis::from_secs(dice.u64(18..90));
        let visibility = Millis(lease.0 + MARGIN.0 + 10_000);
        let jobs = QueueSettings { visibility, receives_max: Some(5) };
        let events = QueueSettings { visibility: Millis::from_secs(60), receives_max: Some(receives) };
        let world = World::new(jobs, events, weather, Trace::new(tracing == Tracing::On));
        let mut run = Self {
            seed,
            lease,
            world,
            plans: Arc::default(),
            texts: Vec::new(),
            definitions: Vec::new(),
            dice,
        };
        run.author();
        run
    }

    /// Writes and deploys the workflows.
    fn author(&mut self) {
        for name in ["night", "weekly"].into_iter().take(self.dice.usize(1..3)) {
            let text = graph::text(name, &mut self.dice);
            let read = fleet_core::workflow::parse("generated.yaml", &text, &|_| ScriptCheck::Unchecked);
            let definition = match read {
                Ok(definition) => Arc::new(definition),
                // A fault of the generator here, told like any other.
                Err(faults) => return self.world.with(|lasting| lasting.hold(Err(faults.to_string()))),
            };
            for job in &definition.jobs {
                self.plans.put(&definition.workflow_id, &job.id, Plan::roll(&mut self.dice));
            }
            let current = Current {
                workflow_id: definition.workflow_id.clone(),
                text: text.clone(),
                source: "generated.yaml".to_owned(),
                version: Some(definition.version()),
                by: "author".to_owned(),
                at: self.world.now(),
            };
            self.world.with(|lasting| lasting.store.deploy(&current, &definition));
            self.texts.push(text);
            self.definitions.push(definition);
        }
    }

    async fn go(mut self) -> Result<Summary, Box<Failure>> {
        let world = Arc::clone(&self.world);
        let done = tokio::select! {
            biased;
            () = world.wrong() => Err(String::new()),
            done = self.live() => done,
        };
        let (violation, trace) = world.with(|lasting| (lasting.violation.take(), lasting.trace.take()));
        let outcome = match (violation.or_else(panics::noted), done) {
            (Some(what), _) | (None, Err(what)) => Err(what),
            (None, Ok(summary)) => Ok(summary),
        };
        match outcome {
            Ok(summary) => Ok(Summary { trace, ..summary }),
            Err(what) => Err(Box::new(Failure { seed: self.seed, what, workflows: self.texts, trace })),
        }
    }

    async fn live(&mut self) -> Result<Summary, String> {
        let setup = WorkerSetup {
            slots: self.dice.usize(1..6),
            lease: self.lease,
            cancel_poll: self.dice.bool().then_some(Millis::from_secs(2)),
        };
        let processes = (self.dice.usize(1..4), self.dice.usize(1..4));
        let mut fleet = Fleet::start(&self.world, &self.plans, setup, processes, self.dice.fork());
        let link = Link::new(&self.world, "op", 0, self.dice.fork());
        let mut operator = Operator::new(link, Arc::clone(&self.plans), self.definitions.clone());
        let storm = Storm::roll(&mut self.dice);
        storm.rage(&mut fleet, &mut operator, &mut self.dice).await;
        calm(&self.world, &mut fleet);
        self.settle(&fleet, &operator).await?;
        // Everything that did not succeed is resumed once more in good weather.
        if self.dice.bool() && operator.resume_all().await {
            tokio::time::sleep(LOOK_EVERY).await;
            self.settle(&fleet, &operator).await?;
        }
        self.verdict(&operator)
    }

    /// Waits until all is over.
    async fn settle(&self, fleet: &Fleet, operator: &Operator) -> Result<(), String> {
        let deadline = tokio::time::Instant::now() + CALM_MAX;
        loop {
            let now = self.world.now();
            let open = self.world.with(|lasting| verdict::unfinished(lasting, &operator.started, now));
            let Some(open) = open else { return Ok(()) };
            if let Some(fallen) = fleet.fallen() {
                return Err(fallen);
            }
            if tokio::time::Instant::now() >= deadline {
                return Err(format!(
                    "not over {} h after the last fault: {open}",
                    CALM_MAX.as_secs() / 3_600
                ));
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    fn verdict(&self, operator: &Operator) -> Result<Summary, String> {
        let started: Vec<ExecutionId> = operator.started.iter().cloned().collect();
        let now = self.world.now();
        self.world.with(|lasting| verdict::give(lasting, &started, now))
    }
}
