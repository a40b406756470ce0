//! State, audit, versions, logs and alerts in memory, and calls that fail on purpose.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use fleet_core::alert::{Alert, StatusChange};
use fleet_core::audit::AuditRecord;
use fleet_core::ids::{ExecutionId, JobId, VersionHash, WorkflowId};
use fleet_core::ports::{
    Admission, Admitted, Announcer, AttemptLog, AttemptName, Created, Current, Definitions, ExecutionWrite,
    Executions, Filter, JobWrite, LogLine, LogStream, Logs, PortError, Recorded, Telling, Told,
};
use fleet_core::state::{ExecutionRow, JobRow, Rev, Versioned};
use fleet_core::time::Timestamp;
use fleet_core::workflow::Definition;

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

/// Everything but the queues.
pub(crate) struct Store {
    inner: Mutex<Inner>,
}

struct Inner {
    execution: Option<ExecutionRow>,
    /// Other executions, for the `workflow` precondition.
    others: Vec<ExecutionRow>,
    definition: Option<Arc<Definition>>,
    rows: BTreeMap<JobId, Versioned<JobRow>>,
    audit: Vec<AuditRecord>,
    alerts: Vec<Alert>,
    lines: BTreeMap<u32, Vec<LogLine>>,
    slips: BTreeMap<String, VecDeque<Slip>>,
    broken: Vec<String>,
    trace: Vec<String>,
    /// Something was written that a loss of power would take.
    is_ahead: bool,
}

impl Store {
    pub(crate) fn new(execution: ExecutionRow, definition: Definition) -> Self {
        let inner = Inner {
            execution: Some(execution),
            others: Vec::new(),
            definition: Some(Arc::new(definition)),
            rows: BTreeMap::new(),
            audit: Vec::new(),
            alerts: Vec::new(),
            lines: BTreeMap::new(),
            slips: BTreeMap::new(),
            broken: Vec::new(),
            trace: Vec::new(),
            is_ahead: false,
        };
        Self { inner: Mutex::new(inner) }
    }

    /// The next calls of this verb go like this.
    pub(crate) fn slips(&self, verb: &str, slips: &[Slip]) {
        self.inner.lock().unwrap().slips.entry(verb.to_owned()).or_default().extend(slips);
    }

    /// All calls of this verb fail until it is mended.
    pub(crate) fn break_down(&self, verb: &str) {
        self.inner.lock().unwrap().broken.push(verb.to_owned());
    }

    pub(crate) fn mend(&self, verb: &str) {
        self.inner.lock().unwrap().broken.retain(|broken| broken != verb);
    }

    /// Makes a call, unless it slips.
    pub(crate) fn slip<T>(&self, verb: &str, call: impl FnOnce() -> T) -> Result<T, PortError> {
        let slip = {
            let mut inner = self.inner.lock().unwrap();
            inner.trace.push(verb.to_owned());
            let broken = inner.broken.iter().any(|broken| broken == verb);
            let next = inner.slips.get_mut(verb).and_then(VecDeque::pop_front);
            if broken { Slip::Before } else { next.unwrap_or(Slip::None) }
        };
        let (what, cause) = (verb.to_owned(), "on purpose".to_owned());
        match slip {
            Slip::None => Ok(call()),
            Slip::Before => Err(PortError::Unavailable { what, cause }),
            Slip::Refused => Err(PortError::Refused { what, cause }),
            Slip::After => {
                call();
                Err(PortError::Unavailable { what, cause })
            }
        }
    }

    /// What cannot be taken back must not rest on what a loss of power would take.
    pub(crate) fn assert_secured(&self, what: &str) {
        assert!(!self.inner.lock().unwrap().is_ahead, "{what} before the state is secured");
    }

    /// Adds to the trace, which also has every call.
    pub(crate) fn say(&self, what: String) {
        self.inner.lock().unwrap().trace.push(what);
    }

    pub(crate) fn trace(&self) -> Vec<String> {
        self.inner.lock().unwrap().trace.clone()
    }

    /// How often something was said or called.
    pub(crate) fn count(&self, what: &str) -> usize {
        self.inner.lock().unwrap().trace.iter().filter(|said| *said == what).count()
    }

    pub(crate) fn row(&self, job: &str) -> Option<Versioned<JobRow>> {
        self.inner.lock().unwrap().rows.get(&super::job_id(job)).cloned()
    }

    /// Writes a row as somebody else.
    pub(crate) fn write(&self, job: &str, change: impl FnOnce(&mut JobRow)) {
        let mut inner = self.inner.lock().unwrap();
        let fresh = Versioned { rev: Rev(0), row: JobRow::default() };
        let versioned = inner.rows.entry(super::job_id(job)).or_insert(fresh);
        versioned.rev = Rev(versioned.rev.0 + 1);
        change(&mut versioned.row);
    }

    pub(crate) fn change_execution(&self, change: impl FnOnce(&mut ExecutionRow)) {
        if let Some(execution) = &mut self.inner.lock().unwrap().execution {
            change(execution);
        }
    }

    pub(crate) fn add_execution(&self, change: impl FnOnce(&mut ExecutionRow)) {
        let mut inner = self.inner.lock().unwrap();
        let mut other = inner.execution.clone().expect("there is an execution to copy");
        change(&mut other);
        inner.others.insert(0, other);
    }

    pub(crate) fn forget_execution(&self) {
        self.inner.lock().unwrap().execution = None;
    }

    pub(crate) fn forget_definition(&self) {
        self.inner.lock().unwrap().definition = None;
    }

    pub(crate) fn records(&self) -> Vec<AuditRecord> {
        self.inner.lock().unwrap().audit.clone()
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

impl Inner {
    fn add_audit(&mut self, records: &[AuditRecord]) {
        for record in records {
            if self.audit.iter().all(|known| known.key() != record.key()) {
                self.audit.push(record.clone());
            }
        }
    }
}

fn not_here<T>(what: &str) -> Result<T, PortError> {
    Err(PortError::Refused { what: what.to_owned(), cause: "a worker does not need it".to_owned() })
}

#[async_trait]
impl Executions for Store {
    async fn create(&self, _: &ExecutionRow, _: &[AuditRecord]) -> Result<Created, PortError> {
        not_here("create")
    }

    async fn execution(&self, _: &ExecutionId) -> Result<Option<Versioned<ExecutionRow>>, PortError> {
        let row = || self.inner.lock().unwrap().execution.clone();
        Ok(self.slip("execution", row)?.map(|row| Versioned { rev: Rev(1), row }))
    }

    async fn record_execution(&self, _: ExecutionWrite<'_>) -> Result<Recorded<ExecutionRow>, PortError> {
        not_here("record_execution")
    }

    async fn jobs(
        &self,
        _: &ExecutionId,
        jobs: &[JobId],
    ) -> Result<Vec<Option<Versioned<JobRow>>>, PortError> {
        let read = || {
            let inner = self.inner.lock().unwrap();
            jobs.iter().map(|job| inner.rows.get(job).cloned()).collect()
        };
        self.slip("jobs", read)
    }

    async fn job_page(
        &self,
        _: &ExecutionId,
        _: Option<&JobId>,
        _: usize,
    ) -> Result<Vec<(JobId, Versioned<JobRow>)>, PortError> {
        not_here("job_page")
    }

    async fn record_job(&self, write: JobWrite<'_>) -> Result<Recorded<JobRow>, PortError> {
        let record = || {
            let mut inner = self.inner.lock().unwrap();
            let found = inner.rows.get(write.job).cloned();
            if found.as_ref().map(|found| found.rev) != write.seen {
                return Recorded::Stale(found.map(Box::new));
            }
            let rev = Rev(write.seen.map_or(1, |rev| rev.0 + 1));
            inner.rows.insert(write.job.clone(), Versioned { rev, row: write.row.clone() });
            inner.add_audit(write.audit);
            // A renewed lease may be lost: it says nothing new.
            inner.is_ahead |= !write.audit.is_empty();
            Recorded::Done(rev)
        };
        self.slip("record_job", record)
    }

    async fn secure(&self) -> Result<(), PortError> {
        self.slip("secure", || self.inner.lock().unwrap().is_ahead = false)
    }

    async fn tell(&self, _: Telling<'_>) -> Result<Told, PortError> {
        not_here("tell")
    }

    async fn admit(&self, _: Admission<'_>) -> Result<Admitted, PortError> {
        not_here("admit")
    }

    async fn longest_held(&self, _: &ExecutionId) -> Result<Option<(JobId, Versioned<JobRow>)>, PortError> {
        not_here("longest_held")
    }

    async fn due(&self, _: Timestamp, _: usize) -> Result<Vec<ExecutionId>, PortError> {
        not_here("due")
    }

    async fn list(&self, filter: &Filter, limit: usize) -> Result<Vec<ExecutionRow>, PortError> {
        let inner = self.inner.lock().unwrap();
        let all = inner.execution.iter().chain(&inner.others);
        let wanted = all.filter(|row| filter.workflow.as_ref().is_none_or(|id| *id == row.workflow_id));
        Ok(wanted.take(limit).cloned().collect())
    }

    async fn note(&self, audit: &[AuditRecord]) -> Result<(), PortError> {
        self.slip("note", || self.inner.lock().unwrap().add_audit(audit))
    }

    async fn audit(&self, _: &ExecutionId, _: usize, _: usize) -> Result<Vec<AuditRecord>, PortError> {
        not_here("audit")
    }
}

#[async_trait]
impl Definitions for Store {
    async fn deploy(&self, _: &Current, _: &Definition, _: &[AuditRecord]) -> Result<(), PortError> {
        not_here("deploy")
    }

    async fn keep(&self, _: &Definition) -> Result<(), PortError> {
        not_here("keep")
    }

    async fn current(&self, _: &WorkflowId) -> Result<Option<Current>, PortError> {
        not_here("current")
    }

    async fn version(&self, _: &WorkflowId, _: &VersionHash) -> Result<Option<Arc<Definition>>, PortError> {
        self.slip("version", || self.inner.lock().unwrap().definition.clone())
    }

    async fn all(&self) -> Result<Vec<Current>, PortError> {
        not_here("all")
    }
}

/// Opens logs in the store.
pub(crate) struct MemoryLogs(pub(crate) Arc<Store>);

#[async_trait]
impl Logs for MemoryLogs {
    async fn open(&self, attempt: &AttemptName) -> Result<Box<dyn AttemptLog>, PortError> {
        let log = Log { store: Arc::clone(&self.0), attempt: attempt.attempt };
        self.0.slip("log.open", || Box::new(log) as Box<dyn AttemptLog>)
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
        };
        self.store.slip("log.write", write)
    }
}

#[async_trait]
impl Announcer for Store {
    async fn alert(&self, alert: &Alert) -> Result<(), PortError> {
        self.assert_secured("an alert");
        self.slip("alert", || self.inner.lock().unwrap().alerts.push(alert.clone()))
    }

    async fn announce(&self, _: &[StatusChange]) -> Result<(), PortError> {
        not_here("announce")
    }
}
