//! Rows, audit and definitions. Owns the conditions of `fleet_core::ports::Executions`; each method is one atomic step.

use std::collections::BTreeMap;
use std::sync::Arc;

use fleet_core::audit::AuditRecord;
use fleet_core::ids::{ExecutionId, JobId, VersionHash, WorkflowId};
use fleet_core::ports::{Admitted, Before, Created, Current, Filter, Recorded};
use fleet_core::state::{ExecutionRow, JobRow, JobStatus, Rev, Versioned};
use fleet_core::time::Timestamp;
use fleet_core::workflow::Definition;

/// One execution with everything that belongs to it.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The EXECUTION row.
    pub row: Versioned<ExecutionRow>,
    /// The JOB rows, END's included.
    pub jobs: BTreeMap<JobId, Versioned<JobRow>>,
    /// The audit trail by key.
    pub audit: BTreeMap<String, AuditRecord>,
}

impl Entry {
    /// A job's row; a job without one stands at its beginning.
    #[must_use]
    pub fn job(&self, job: &JobId) -> JobRow {
        self.jobs.get(job).map(|found| found.row.clone()).unwrap_or_default()
    }

    /// Adds records; one whose key is there is left as it is. The number that were new.
    pub fn note(&mut self, records: &[AuditRecord]) -> usize {
        let before = self.audit.len();
        for record in records {
            self.audit.entry(record.key()).or_insert_with(|| record.clone());
        }
        self.audit.len() - before
    }
}

/// Everything that the ports keep, but for queues.
#[derive(Debug, Default)]
pub struct Store {
    /// Executions by id.
    pub executions: BTreeMap<ExecutionId, Entry>,
    definitions: BTreeMap<VersionHash, Arc<Definition>>,
    current: BTreeMap<WorkflowId, Current>,
}

impl Store {
    /// See `Executions::create`.
    pub fn create(&mut self, row: &ExecutionRow, audit: &[AuditRecord]) -> Created {
        if let Some(found) = self.executions.get(&row.workflow_execution_id) {
            return Created::Existing(Box::new(found.row.clone()));
        }
        let first = Versioned { rev: Rev(1), row: row.clone() };
        let mut entry = Entry { row: first, jobs: BTreeMap::new(), audit: BTreeMap::new() };
        entry.note(audit);
        self.executions.insert(row.workflow_execution_id.clone(), entry);
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
        entry.note(audit);
        Recorded::Done(rev)
    }

    /// See `Executions::jobs`.
    #[must_use]
    pub fn jobs(&self, id: &ExecutionId, jobs: &[JobId]) -> Vec<Option<Versioned<JobRow>>> {
        let entry = self.executions.get(id);
        jobs.iter().map(|job| entry.and_then(|entry| entry.jobs.get(job)).cloned()).collect()
    }

    /// See `Executions::job_page`.
    #[must_use]
    pub fn job_page(
        &self,
        id: &ExecutionId,
        after: Option<&JobId>,
        limit: usize,
    ) -> Vec<(JobId, Versioned<JobRow>)> {
        let Some(entry) = self.executions.get(id) else { return Vec::new() };
        let end = JobId::end();
        let rows =
            entry.jobs.iter().filter(|(job, _)| **job != end && after.is_none_or(|after| *job > after));
        rows.take(limit).map(|(job, row)| (job.clone(), row.clone())).collect()
    }

    /// See `Executions::record_job`. A row of an execution that is not there is stale.
    pub fn record_job(
        &mut self,
        (id, job): (&ExecutionId, &JobId),
        seen: Option<Rev>,
        row: &JobRow,
        audit: &[AuditRecord],
    ) -> Recorded<JobRow> {
        let Some(entry) = self.executions.get_mut(id) else { return Recorded::Stale(None) };
        let present = entry.jobs.get(job);
        if present.map(|found| found.rev) != seen {
            return Recorded::Stale(present.cloned().map(Box::new));
        }
        let rev = Rev(seen.map_or(0, |seen| seen.0) + 1);
        entry.jobs.insert(job.clone(), Versioned { rev, row: row.clone() });
        entry.note(audit);
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
        let held = self.executions.get(id)?.jobs.iter().filter(|(_, row)| row.row.status == JobStatus::Held);
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
            let id = record.subject.workflow_execution_id.as_ref();
            if let Some(entry) = id.and_then(|id| self.executions.get_mut(id)) {
                entry.note(std::slice::from_ref(record));
            }
        }
    }

    /// See `Definitions::keep`.
    pub fn keep(&mut self, definition: &Definition) {
        self.definitions.insert(definition.version(), Arc::new(definition.clone()));
    }

    /// See `Definitions::deploy`.
    pub fn deploy(&mut self, current: &Current, definition: &Definition) {
        self.keep(definition);
        self.current.insert(current.workflow_id.clone(), current.clone());
    }

    /// See `Definitions::current`.
    #[must_use]
    pub fn current(&self, workflow: &WorkflowId) -> Option<Current> {
        self.current.get(workflow).cloned()
    }

    /// See `Definitions::version`.
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
