//! One execution, for people and programs.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use fleet_core::audit::{AuditKind, AuditRecord};
use fleet_core::ids::{ExecutionId, JobId, VersionHash, WorkflowId};
use fleet_core::state::{Cancel, ExecutionRow, ExecutionStatus, JobRow, JobStatus, Request, Versioned};
use fleet_core::time::Timestamp;
use fleet_core::workflow::Definition;
use serde::Serialize;

use super::{Job, Mark};
use crate::fleet::Fleet;

/// Rows of one read.
const PAGE: usize = 1_000;

/// An execution in a list.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Brief {
    /// Its id.
    pub(crate) workflow_execution_id: ExecutionId,
    /// Its workflow.
    pub(crate) workflow_id: WorkflowId,
    /// The version it runs.
    pub(crate) version: VersionHash,
    /// Where it stands.
    pub(crate) status: ExecutionStatus,
    /// How often it was resumed.
    pub(crate) resumes: u32,
    /// Who resumed it last, why and when.
    pub(crate) resumed: Option<Request>,
    /// When it was started.
    pub(crate) started_at: Timestamp,
    /// By whom.
    pub(crate) started_by: String,
    /// Why.
    pub(crate) reason: String,
    /// The time it was scheduled for.
    pub(crate) scheduled_at: Option<Timestamp>,
    /// When it ended.
    pub(crate) ended_at: Option<Timestamp>,
    /// From the start (or the last resume) to the end, or until now.
    pub(crate) run_time_ms: u64,
    /// The first job whose failure counts.
    pub(crate) failed_job: Option<JobId>,
    /// Who asked for its end, why and when.
    pub(crate) cancel: Option<Cancel>,
}

impl Brief {
    /// By its row.
    pub(crate) fn of(row: &ExecutionRow, now: Timestamp) -> Self {
        Self {
            workflow_execution_id: row.workflow_execution_id.clone(),
            workflow_id: row.workflow_id.clone(),
            version: row.version.clone(),
            status: row.status,
            resumes: row.generation,
            resumed: row.resumed.clone(),
            started_at: row.started.at,
            started_by: row.started.by.clone(),
            reason: row.started.reason.clone(),
            scheduled_at: row.scheduled_at,
            ended_at: row.ended_at,
            run_time_ms: row.ended_at.unwrap_or(now).since(row.generation_at).0,
            failed_job: row.failed.clone(),
            cancel: row.cancel.clone(),
        }
    }
}

/// An execution with its jobs.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Execution {
    /// The execution itself.
    #[serde(flatten)]
    pub(crate) brief: Brief,
    /// What its templates were filled with.
    pub(crate) bindings: BTreeMap<String, String>,
    /// When it is cancelled for taking too long.
    pub(crate) deadline: Option<Timestamp>,
    /// Its jobs, in the order of the workflow file.
    pub(crate) jobs: Vec<Job>,
    /// Whether its end has been announced.
    #[serde(skip)]
    pub(crate) announced: bool,
}

impl Execution {
    /// Reads an execution that must be there.
    ///
    /// # Errors
    /// When it is not, or the state cannot be read.
    pub(crate) async fn load(fleet: &Fleet, id: &ExecutionId) -> anyhow::Result<Self> {
        let row = fleet.execution(id).await?;
        let definition = fleet.definition(&row).await?;
        Self::of(fleet, &row, &definition).await?.with_marks(fleet).await
    }

    /// The same, with who marked which job: rows do not name them, the audit trail does.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub(crate) async fn with_marks(mut self, fleet: &Fleet) -> anyhow::Result<Self> {
        if !self.jobs.iter().any(Job::may_be_marked) {
            return Ok(self);
        }
        let is_mark = |record: &AuditRecord| record.kind == AuditKind::Marked;
        for record in fleet.audit(&self.brief.workflow_execution_id, is_mark).await? {
            let of_record = |job: &&mut Job| Some(&job.job_id) == record.subject.job_id.as_ref();
            if let Some(job) = self.jobs.iter_mut().find(of_record)
                && let Some(mark) = mark_of(job, &record)
            {
                job.mark(mark);
            }
        }
        Ok(self)
    }

    /// Reads the jobs of an execution.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub(crate) async fn of(
        fleet: &Fleet,
        row: &ExecutionRow,
        definition: &Arc<Definition>,
    ) -> anyhow::Result<Self> {
        let rows = job_rows(fleet, &row.workflow_execution_id).await?;
        let now = fleet.now();
        let jobs = definition.jobs.iter().map(|job| Job::of(&job.id, rows.get(&job.id), now)).collect();
        Ok(Self {
            brief: Brief::of(row, now),
            bindings: row.bindings.clone(),
            deadline: row.deadline,
            jobs,
            announced: row.announced,
        })
    }

    /// How many jobs have settled.
    pub(crate) fn settled(&self) -> usize {
        self.jobs.iter().filter(|job| job.status.is_settled()).count()
    }

    /// How many jobs stand at `status`.
    pub(crate) fn count(&self, status: JobStatus) -> usize {
        self.jobs.iter().filter(|job| job.status == status).count()
    }
}

/// The mark that a record tells of, if the job has its status by this one: a mark ends the job at the time of its request,
/// by which its record is told from others.
fn mark_of(job: &Job, record: &AuditRecord) -> Option<Mark> {
    let at = job.ended_at.filter(|at| record.distinct == at.to_string())?;
    let reason = record.detail.split_once(": ").map_or("", |(_, reason)| reason);
    Some(Mark { by: record.by.clone(), reason: reason.to_owned(), at })
}

async fn job_rows(fleet: &Fleet, id: &ExecutionId) -> anyhow::Result<HashMap<JobId, JobRow>> {
    let mut rows = HashMap::new();
    let mut after: Option<JobId> = None;
    loop {
        let page = fleet.executions.job_page(id, after.as_ref(), PAGE).await?;
        let is_last = page.len() < PAGE;
        after = page.last().map(|(job, _)| job.clone());
        rows.extend(page.into_iter().map(|(job, Versioned { row, .. })| (job, row)));
        if is_last {
            return Ok(rows);
        }
    }
}
