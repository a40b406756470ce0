//! The store behind its ports, for tests that are not simulated worlds: each call is one step of [`Store`], and goes through
//! [`Faults`]. Owns no condition.

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use fleet_core::audit::AuditRecord;
use fleet_core::ids::{ExecutionId, JobId, VersionHash, WorkflowId};
use fleet_core::ports::{
    Admission, Admitted, Created, Current, Definitions, ExecutionWrite, Executions, Filter, JobWrite,
    PortError, Recorded, Telling, Told,
};
use fleet_core::state::{ExecutionRow, JobRow, Versioned};
use fleet_core::time::Timestamp;
use fleet_core::workflow::Definition;

use super::faults::{Faults, Reliable};
use super::store::Store;
use super::trail::Trail;

type Answer<T> = Result<T, PortError>;

/// See the module.
#[derive(Debug, Default)]
pub struct SharedStore<F = Reliable> {
    store: Mutex<Store>,
    faults: F,
}

impl<F: Faults> SharedStore<F> {
    /// An empty store.
    #[must_use]
    pub fn new(faults: F) -> Self {
        Self { store: Mutex::default(), faults }
    }

    /// Looks at, or changes, what is kept, past all faults.
    pub fn with<T>(&self, act: impl FnOnce(&mut Store) -> T) -> T {
        act(&mut self.store.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn call<T>(&self, verb: &'static str, effect: impl FnOnce(&mut Store) -> T) -> Answer<T> {
        self.faults.call(verb, || Ok(self.with(effect)))
    }

    fn write<T>(
        &self,
        verb: &'static str,
        audit: &[AuditRecord],
        effect: impl FnOnce(&mut Store) -> T,
    ) -> Answer<T> {
        self.faults.call(verb, || {
            Trail::takes(audit)?;
            Ok(self.with(effect))
        })
    }
}

#[async_trait]
impl<F: Faults> Executions for SharedStore<F> {
    async fn create(&self, row: &ExecutionRow, audit: &[AuditRecord]) -> Answer<Created> {
        self.write("create", audit, |store| store.create(row, audit))
    }

    async fn execution(&self, id: &ExecutionId) -> Answer<Option<Versioned<ExecutionRow>>> {
        self.call("execution", |store| store.execution(id))
    }

    async fn record_execution(&self, write: ExecutionWrite<'_>) -> Answer<Recorded<ExecutionRow>> {
        let ExecutionWrite { seen, row, audit } = write;
        self.write("record_execution", audit, |store| store.record_execution(seen, row, audit))
    }

    async fn jobs(&self, id: &ExecutionId, jobs: &[JobId]) -> Answer<Vec<Option<Versioned<JobRow>>>> {
        self.call("jobs", |store| store.jobs(id, jobs))
    }

    async fn job_page(
        &self,
        id: &ExecutionId,
        after: Option<&JobId>,
        limit: usize,
    ) -> Answer<Vec<(JobId, Versioned<JobRow>)>> {
        self.call("job_page", |store| store.job_page(id, after, limit))
    }

    async fn record_job(&self, write: JobWrite<'_>) -> Answer<Recorded<JobRow>> {
        let JobWrite { execution, job, seen, row, audit } = write;
        self.write("record_job", audit, |store| store.record_job((execution, job), seen, row, audit))
    }

    async fn tell(&self, telling: Telling<'_>) -> Answer<Told> {
        let Telling { execution, generation, tellers, gains } = telling;
        let tell = |store: &mut Store| store.tell(execution, generation, tellers, gains);
        self.faults.call("tell", || self.with(tell))
    }

    async fn admit(&self, admission: Admission<'_>) -> Answer<Admitted> {
        let JobWrite { execution, job, seen, row, audit } = admission.job;
        let bounds = (admission.limit, admission.generation);
        self.write("admit", audit, |store| store.admit((execution, job), (seen, row), bounds, audit))
    }

    async fn longest_held(&self, id: &ExecutionId) -> Answer<Option<(JobId, Versioned<JobRow>)>> {
        self.call("longest_held", |store| store.longest_held(id))
    }

    async fn due(&self, now: Timestamp, limit: usize) -> Answer<Vec<ExecutionId>> {
        self.call("due", |store| store.due(now, limit))
    }

    async fn list(&self, filter: &Filter, limit: usize) -> Answer<Vec<ExecutionRow>> {
        self.call("list", |store| store.list(filter, limit))
    }

    async fn secure(&self) -> Answer<()> {
        self.call("secure", Store::secure)
    }

    async fn note(&self, audit: &[AuditRecord]) -> Answer<()> {
        self.write("note", audit, |store| store.note(audit))
    }

    async fn audit(&self, id: &ExecutionId, skip: usize, limit: usize) -> Answer<Vec<AuditRecord>> {
        self.call("audit", |store| store.audit(id, skip, limit))
    }
}

#[async_trait]
impl<F: Faults> Definitions for SharedStore<F> {
    async fn deploy(&self, current: &Current, definition: &Definition, audit: &[AuditRecord]) -> Answer<()> {
        self.write("deploy", audit, |store| {
            store.deploy(current, definition);
            store.note(audit);
        })
    }

    async fn keep(&self, definition: &Definition) -> Answer<()> {
        self.call("keep", |store| store.keep(definition))
    }

    async fn retire(&self, workflow: &WorkflowId, audit: &[AuditRecord]) -> Answer<()> {
        self.write("retire", audit, |store| {
            store.retire(workflow);
            store.note(audit);
        })
    }

    async fn current(&self, workflow: &WorkflowId) -> Answer<Option<Current>> {
        self.call("current", |store| store.current(workflow))
    }

    async fn version(&self, workflow: &WorkflowId, version: &VersionHash) -> Answer<Option<Arc<Definition>>> {
        self.call("version", |store| store.version_of(workflow, version))
    }

    async fn all(&self) -> Answer<Vec<Current>> {
        self.call("all", |store| store.all())
    }
}
