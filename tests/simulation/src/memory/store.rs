//! Rows, audit and definitions. Owns the conditions of `fleet_core::ports::Executions` and `Definitions`; each method is one
//! atomic step. `telling` has the transaction over many rows.

use std::collections::BTreeMap;
use std::sync::Arc;

use fleet_core::audit::AuditRecord;
use fleet_core::ids::{ExecutionId, JobId, VersionHash, WorkflowId};
use fleet_core::ports::{Admitted, Before, Created, Current, Filter, Recorded};
use fleet_core::state::{ExecutionRow, JobRow, JobStatus, Rev, Versioned};
use fleet_core::time::Timestamp;
use fleet_core::workflow::Definition;

use super::trail::Trail;

/// JOB rows by id, END's included.
pub type Jobs = BTreeMap<JobId, Versioned<JobRow>>;

/// One execution with everything that belongs to it.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The EXECUTION row.
    pub row: Versioned<ExecutionRow>,
    /// The JOB rows.
    pub jobs: Jobs,
    /// The audit trail.
    pub audit: Trail,
}

impl Entry {
    /// A job's row; a job without one stands at its beginning.
    #[must_use]
    pub fn job(&self, job: &JobId) -> JobRow {
        self.jobs.get(job).map(|found| found.row.clone()).unwrap_or_default()
    }
}

/// What belongs to an execution whose own row is not there: no port asks for an order of writing.
#[derive(Debug, Default)]
struct Rowless {
    jobs: Jobs,
    audit: Trail,
}

/// An execution as one step changes it.
pub(super) struct Parts<'a> {
    pub(super) row: Option<&'a mut Versioned<ExecutionRow>>,
    pub(super) jobs: &'a mut Jobs,
    audit: &'a mut Trail,
}

/// Everything that the ports keep, but for queues.
#[derive(Debug, Default)]
pub struct Store {
    /// Executions by id.
    pub executions: BTreeMap<ExecutionId, Entry>,
    rowless: BTreeMap<ExecutionId, Rowless>,
    definitions: BTreeMap<VersionHash, Arc<Definition>>,
    current: BTreeMap<WorkflowId, Current>,
    pub(super) is_ahead: bool,
}

impl Store {
    /// See `Executions::secure`.
    pub fn secure(&mut self) {
        self.is_ahead = false;
    }

    /// Whether something was written that a loss of power would take, were this a store that runs ahead of its disk.
    #[must_use]
    pub fn is_ahead(&self) -> bool {
        self.is_ahead
    }

    pub(super) fn parts(&mut self, id: &ExecutionId) -> Parts<'_> {
        if let Some(Entry { row, jobs, audit }) = self.executions.get_mut(id) {
            return Parts { row: Some(row), jobs, audit };
        }
        let Rowless { jobs, audit } = self.rowless.entry(id.clone()).or_default();
        Parts { row: None, jobs, audit }
    }

    fn rows(&self, id: &ExecutionId) -> Option<&Jobs> {
        let rowless = || self.rowless.get(id).map(|found| &found.jobs);
        self.executions.get(id).map(|entry| &entry.jobs).or_else(rowless)
    }

    /// See `Executions::create`.
    pub fn create(&mut self, row: &ExecutionRow, audit: &[AuditRecord]) -> Created {
        if let Some(found) = self.executions.get(&row.workflow_execution_id) {
            return Created::Existing(Box::new(found.row.clone()));
        }
        let first = Versioned { rev: Rev(1), row: row.clone() };
        let Rowless { jobs, audit: trail } =
            self.rowless.remove(&row.workflow_execution_id).unwrap_or_default();
        let mut entry = Entry { row: first, jobs, audit: trail };
        entry.audit.add(audit);
        self.executions.insert(row.workflow_execution_id.clone(), entry);
        self.is_ahead = true;
        Created::New(Rev(1))
    }

    /// See `Executions::execution`.
    #[must_use]
    pub fn execution(&self, id: &ExecutionId) -> Option<Versioned<ExecutionRow>> {
        self.executions.get(id).map(|entry| entry.row.clone())
    }

    /// See `Executions::record_execution`.
    pub fn record_execution(
        &mut self,
        seen: Rev,
        row: &ExecutionRow,
        audit: &[AuditRecord],
    ) -> Recorded<ExecutionRow> {
        let Some(entry) = self.executions.get_mut(&row.workflow_execution_id) else {
            return Recorded::Stale(None);
        };
        if entry.row.rev != seen {
            return Recorded::Stale(Some(Box::new(entry.row.clone())));
        }
        let rev = Rev(seen.0 + 1);
        entry.row = Versioned { rev, row: row.clone() };
        entry.audit.add(audit);
        self.is_ahead = true;
        Recorded::Done(rev)
    }

    /// See `Executions::jobs`.
    #[must_use]
    pub fn jobs(&self, id: &ExecutionId, jobs: &[JobId]) -> Vec<Option<Versioned<JobRow>>> {
        let rows = self.rows(id);
        jobs.iter().map(|job| rows.and_then(|rows| rows.get(job)).cloned()).collect()
    }

    /// See `Executions::job_page`.
    #[must_use]
    pub fn job_page(
        &self,
        id: &ExecutionId,
        after: Option<&JobId>,
        limit: usize,
    ) -> Vec<(JobId, Versioned<JobRow>)> {
        let Some(rows) = self.rows(id) else { return Vec::new() };
        let end = JobId::end();
        let rows = rows.iter().filter(|(job, _)| **job != end && after.is_none_or(|after| *job > after));
        rows.take(limit).map(|(job, row)| (job.clone(), row.clone())).collect()
    }

    /// See `Executions::record_job`.
    pub fn record_job(
        &mut self,
        (id, job): (&ExecutionId, &JobId),
        seen: Option<Rev>,
        row: &JobRow,
        audit: &[AuditRecord],
    ) -> Recorded<JobRow> {
        let Parts { jobs, audit: trail, .. } = self.parts(id);
        let present = jobs.get(job);
        if present.map(|found| found.rev) != seen {
            return Recorded::Stale(present.cloned().map(Box::new));
        }
        let rev = Rev(seen.map_or(0, |seen| seen.0) + 1);
        jobs.insert(job.clone(), Versioned { rev, row: row.clone() });
        trail.add(audit);
        // A renewed lease may be lost: it says nothing new.
        self.is_ahead |= !audit.is_empty();
        Recorded::Done(rev)
    }

    /// See `Executions::admit`.
    pub fn admit(
        &mut self,
        (id, job): (&ExecutionId, &JobId),
        (seen, row): (Option<Rev>, &JobRow),
        (limit, generation): (u32, u32),
        audit: &[AuditRecord],
    ) -> Admitted {
        let Some(entry) = self.executions.get(id) else { return Admitted::Stale(None) };
        if entry.row.row.generation != generation {
            return Admitted::Stale(None);
        }
        let present = entry.jobs.get(job);
        if present.map(|found| found.rev) != seen {
            return Admitted::Stale(present.cloned().map(Box::new));
        }
        if entry.row.row.slots_used >= limit {
            return Admitted::Full;
        }
        let Recorded::Done(rev) = self.record_job((id, job), seen, row, audit) else {
            return Admitted::Stale(None);
        };
        if let Some(entry) = self.executions.get_mut(id) {
            entry.row.rev.0 += 1;
            entry.row.row.slots_used += 1;
        }
        Admitted::Done(rev)
    }

    /// See `Executions::longest_held`.
    #[must_use]
    pub fn longest_held(&self, id: &ExecutionId) -> Option<(JobId, Versioned<JobRow>)> {
        let held = self.rows(id)?.iter().filter(|(_, row)| row.row.status == JobStatus::Held);
        held.min_by_key(|(_, row)| row.row.held_since).map(|(job, row)| (job.clone(), row.clone()))
    }

    /// See `Executions::due`.
    #[must_use]
    pub fn due(&self, now: Timestamp, limit: usize) -> Vec<ExecutionId> {
        let all = self.executions.iter();
        let mut due: Vec<(Timestamp, &ExecutionId)> = all
            .filter_map(|(id, entry)| Some((entry.row.row.attention_at.filter(|at| *at <= now)?, id)))
            .collect();
        due.sort();
        due.into_iter().take(limit).map(|(_, id)| id.clone()).collect()
    }

    /// See `Executions::list`.
    #[must_use]
    pub fn list(&self, filter: &Filter, limit: usize) -> Vec<ExecutionRow> {
        let mut rows: Vec<&ExecutionRow> = self
            .executions
            .values()
            .map(|entry| &entry.row.row)
            .filter(|row| filter.workflow.as_ref().is_none_or(|workflow| *workflow == row.workflow_id))
            .filter(|row| !filter.open_only || row.status.is_open())
            .filter(|row| filter.before.as_ref().is_none_or(|before| Before::of(row) < *before))
            .collect();
        rows.sort_by_key(|row| std::cmp::Reverse(Before::of(row)));
        rows.into_iter().take(limit).cloned().collect()
    }

    /// See `Executions::note`: each record goes to its execution; those of none are not kept here.
    pub fn note(&mut self, audit: &[AuditRecord]) {
        for record in audit {
            let Some(id) = &record.subject.workflow_execution_id else { continue };
            self.is_ahead |= self.parts(id).audit.add(std::slice::from_ref(record)) > 0;
        }
    }

    /// See `Executions::audit`.
    #[must_use]
    pub fn audit(&self, id: &ExecutionId, skip: usize, limit: usize) -> Vec<AuditRecord> {
        let rowless = || self.rowless.get(id).map(|found| &found.audit);
        let trail = self.executions.get(id).map(|entry| &entry.audit).or_else(rowless);
        let records = trail.into_iter().flat_map(Trail::values);
        records.skip(skip).take(limit).cloned().collect()
    }

    /// See `Definitions::keep`.
    pub fn keep(&mut self, definition: &Definition) {
        self.definitions.insert(definition.version(), Arc::new(definition.clone()));
    }

    /// See `Definitions::deploy`.
    pub fn deploy(&mut self, current: &Current, definition: &Definition) {
        self.keep(definition);
        self.current.insert(current.workflow_id.clone(), current.clone());
        self.is_ahead = true;
    }

    /// See `Definitions::retire`.
    pub fn retire(&mut self, workflow: &WorkflowId) {
        self.current.remove(workflow);
        self.is_ahead = true;
    }

    /// See `Definitions::current`.
    #[must_use]
    pub fn current(&self, workflow: &WorkflowId) -> Option<Current> {
        self.current.get(workflow).cloned()
    }

    /// See `Definitions::version`.
    #[must_use]
    pub fn version_of(&self, workflow: &WorkflowId, version: &VersionHash) -> Option<Arc<Definition>> {
        self.version(version).filter(|definition| definition.workflow_id == *workflow)
    }

    /// A definition by its content alone, which names its workflow too.
    #[must_use]
    pub fn version(&self, version: &VersionHash) -> Option<Arc<Definition>> {
        self.definitions.get(version).cloned()
    }

    /// See `Definitions::all`.
    #[must_use]
    pub fn all(&self) -> Vec<Current> {
        self.current.values().cloned().collect()
    }
}
