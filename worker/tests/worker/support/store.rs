//! The store in memory with calls that fail on purpose and a trace of all calls; logs and alerts beside it. Owns the faults and
//! the trace; the conditions of the ports stand in `fleet_simulation::memory`.

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use fleet_core::alert::{Alert, StatusChange};
use fleet_core::audit::AuditRecord;
use fleet_core::ports::{Announcer, AttemptLog, AttemptName, LogLine, LogStream, Logs, PortError};
use fleet_core::state::{ExecutionRow, JobRow, Rev, Versioned};
use fleet_core::workflow::Definition;
use fleet_simulation::memory::{self, Faults, SharedStore};

/// How a call fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Slip {
    /// It works.
    None,
    /// It has no effect.
    Before,
    /// It has its effect, and the answer is lost.
    After,
    /// It is wrong, and has no effect.
    Refused,
}

/// What a worker needs of the store.
const NEEDED: [&str; 7] = ["execution", "jobs", "record_job", "secure", "list", "note", "version"];

/// Everything but the queues.
pub(crate) struct Store {
    /// The ports of state, audit and versions.
    pub(crate) kept: Arc<SharedStore<Arc<Slips>>>,
    pub(crate) calls: Arc<Slips>,
    /// Whether a log's flush never ends.
    pub(crate) logs_are_away: AtomicBool,
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    alerts: Vec<Alert>,
    lines: BTreeMap<u32, Vec<LogLine>>,
}

/// Which calls fail, and which were made.
#[derive(Default)]
pub(crate) struct Slips {
    inner: Mutex<Calls>,
}

#[derive(Default)]
struct Calls {
    slips: BTreeMap<String, VecDeque<Slip>>,
    broken: Vec<String>,
    trace: Vec<String>,
}

impl Slips {
    /// Makes a call, unless it slips.
    pub(crate) fn slip<T>(
        &self,
        verb: &str,
        call: impl FnOnce() -> Result<T, PortError>,
    ) -> Result<T, PortError> {
        let slip = {
            let mut inner = self.inner.lock().unwrap();
            inner.trace.push(verb.to_owned());
            let broken = inner.broken.iter().any(|broken| broken == verb);
            let next = inner.slips.get_mut(verb).and_then(VecDeque::pop_front);
            if broken { Slip::Before } else { next.unwrap_or(Slip::None) }
        };
        let (what, cause) = (verb.to_owned(), "on purpose".to_owned());
        match slip {
            Slip::None => call(),
            Slip::Before => Err(PortError::Unavailable { what, cause }),
            Slip::Refused => Err(PortError::Refused { what, cause }),
            Slip::After => {
                call()?;
                Err(PortError::Unavailable { what, cause })
            }
        }
    }
}

impl Faults for Slips {
    fn call<T>(
        &self,
        verb: &'static str,
        effect: impl FnOnce() -> Result<T, PortError>,
    ) -> Result<T, PortError> {
        if NEEDED.contains(&verb) { self.slip(verb, effect) } else { not_here(verb) }
    }
}

fn not_here<T>(what: &str) -> Result<T, PortError> {
    Err(PortError::Refused { what: what.to_owned(), cause: "a worker does not need it".to_owned() })
}

impl Store {
    pub(crate) fn new(execution: &ExecutionRow, definition: &Definition) -> Self {
        let calls = Arc::new(Slips::default());
        let kept = SharedStore::new(Arc::clone(&calls));
        kept.with(|kept| {
            kept.create(execution, &[]);
            kept.keep(definition);
            // What was there before the worker is safe.
            kept.secure();
        });
        Self { kept: Arc::new(kept), calls, logs_are_away: AtomicBool::new(false), inner: Mutex::default() }
    }

    /// The next calls of this verb go like this.
    pub(crate) fn slips(&self, verb: &str, slips: &[Slip]) {
        self.calls.inner.lock().unwrap().slips.entry(verb.to_owned()).or_default().extend(slips);
    }

    /// All calls of this verb fail until it is mended.
    pub(crate) fn break_down(&self, verb: &str) {
        self.calls.inner.lock().unwrap().broken.push(verb.to_owned());
    }

    pub(crate) fn mend(&self, verb: &str) {
        self.calls.inner.lock().unwrap().broken.retain(|broken| broken != verb);
    }

    /// What cannot be taken back must not rest on what a loss of power would take.
    pub(crate) fn assert_secured(&self, what: &str) {
        assert!(!self.kept.with(|kept| kept.is_ahead()), "{what} before the state is secured");
    }

    /// Adds to the trace, which also has every call.
    pub(crate) fn say(&self, what: String) {
        self.calls.inner.lock().unwrap().trace.push(what);
    }

    pub(crate) fn trace(&self) -> Vec<String> {
        self.calls.inner.lock().unwrap().trace.clone()
    }

    /// How often something was said or called.
    pub(crate) fn count(&self, what: &str) -> usize {
        self.calls.inner.lock().unwrap().trace.iter().filter(|said| *said == what).count()
    }

    pub(crate) fn row(&self, job: &str) -> Option<Versioned<JobRow>> {
        self.kept.with(|kept| kept.jobs(&super::execution_id(), &[super::job_id(job)]).remove(0))
    }

    /// Writes a row as somebody else.
    pub(crate) fn write(&self, job: &str, change: impl FnOnce(&mut JobRow)) {
        self.with_execution(|entry| {
            let fresh = Versioned { rev: Rev(0), row: JobRow::default() };
            let versioned = entry.jobs.entry(super::job_id(job)).or_insert(fresh);
            versioned.rev = Rev(versioned.rev.0 + 1);
            change(&mut versioned.row);
        });
    }

    pub(crate) fn change_execution(&self, change: impl FnOnce(&mut ExecutionRow)) {
        self.with_execution(|entry| change(&mut entry.row.row));
    }

    pub(crate) fn add_execution(&self, change: impl FnOnce(&mut ExecutionRow)) {
        let mut other = self.with_execution(|entry| entry.row.row.clone());
        change(&mut other);
        self.kept.with(|kept| kept.create(&other, &[]));
    }

    pub(crate) fn forget_execution(&self) {
        self.kept.with(|kept| kept.executions.clear());
    }

    pub(crate) fn forget_definition(&self) {
        self.kept.with(|kept| {
            let executions = std::mem::take(&mut kept.executions);
            *kept = memory::Store::default();
            kept.executions = executions;
        });
    }

    fn with_execution<T>(&self, act: impl FnOnce(&mut memory::Entry) -> T) -> T {
        let id = super::execution_id();
        self.kept.with(|kept| act(kept.executions.get_mut(&id).expect("the execution is not forgotten")))
    }

    pub(crate) fn records(&self) -> Vec<AuditRecord> {
        self.kept.with(|kept| kept.audit(&super::execution_id(), 0, usize::MAX))
    }

    pub(crate) fn alerts(&self) -> Vec<Alert> {
        self.inner.lock().unwrap().alerts.clone()
    }

    /// The lines of an attempt's log, of one stream.
    pub(crate) fn lines(&self, attempt: u32, stream: LogStream) -> Vec<String> {
        let inner = self.inner.lock().unwrap();
        let lines = inner.lines.get(&attempt).map_or(&[][..], Vec::as_slice);
        lines.iter().filter(|line| line.stream == stream).map(|line| line.text.clone()).collect()
    }

    pub(crate) fn log(&self, attempt: u32) -> Vec<LogLine> {
        self.inner.lock().unwrap().lines.get(&attempt).cloned().unwrap_or_default()
    }
}

/// Opens logs in the store.
pub(crate) struct MemoryLogs(pub(crate) Arc<Store>);

#[async_trait]
impl Logs for MemoryLogs {
    async fn open(&self, attempt: &AttemptName) -> Result<Box<dyn AttemptLog>, PortError> {
        let log = Log { store: Arc::clone(&self.0), attempt: attempt.attempt };
        self.0.calls.slip("log.open", || Ok(Box::new(log) as Box<dyn AttemptLog>))
    }
}

struct Log {
    store: Arc<Store>,
    attempt: u32,
}

#[async_trait]
impl AttemptLog for Log {
    async fn write(&mut self, lines: &[LogLine]) -> Result<(), PortError> {
        let write = || {
            let mut inner = self.store.inner.lock().unwrap();
            inner.lines.entry(self.attempt).or_default().extend_from_slice(lines);
            Ok(())
        };
        self.store.calls.slip("log.write", write)
    }

    async fn flush(&mut self) -> Result<(), PortError> {
        self.store.calls.slip("log.flush", || Ok(()))?;
        // While the place of logs is away, as CloudWatch may be: the lines are safe, and nobody can read them.
        if self.store.logs_are_away.load(Ordering::Relaxed) {
            std::future::pending::<()>().await;
        }
        Ok(())
    }
}

#[async_trait]
impl Announcer for Store {
    async fn alert(&self, alert: &Alert) -> Result<(), PortError> {
        self.assert_secured("an alert");
        self.calls.slip("alert", || {
            self.inner.lock().unwrap().alerts.push(alert.clone());
            Ok(())
        })
    }

    async fn announce(&self, _: &[StatusChange]) -> Result<(), PortError> {
        not_here("announce")
    }
}
