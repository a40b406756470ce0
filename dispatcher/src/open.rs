//! One execution as a step of the dispatcher sees it: its row, its definition and the time. Owns reading them and the
//! conditional writes on both kinds of rows. Decides nothing.

use std::sync::Arc;

use fleet_core::audit::{AuditKind, AuditRecord, AuditSubject};
use fleet_core::ids::{ExecutionId, JobId};
use fleet_core::ports::{ExecutionWrite, JobWrite, PortError, Recorded};
use fleet_core::state::readiness::{self, Stopping};
use fleet_core::state::{ExecutionRow, JobRow, Rev, Turn, Versioned};
use fleet_core::time::Timestamp;
use fleet_core::wire::Ask;
use fleet_core::workflow::{Definition, JobIx};

use crate::fault::Fault;
use crate::{DISPATCHER, Ports};

/// How often a conditional write is tried on a row that others write too. Each loss means that somebody else made
/// progress, so a small number is enough; afterwards the message comes again.
pub(crate) const WRITE_TRIES_MAX: usize = 16;

/// One execution, as read at the beginning of a step.
pub(crate) struct Open<'a> {
    pub(crate) ports: &'a Ports,
    pub(crate) definition: Arc<Definition>,
    pub(crate) rev: Rev,
    pub(crate) row: ExecutionRow,
    pub(crate) now: Timestamp,
    /// Whether nothing can have followed yet from what is walked: then dependents with one need are sent unread.
    pub(crate) is_first_pass: bool,
}

impl<'a> Open<'a> {
    /// Reads an execution and its definition; `None` when there is no such execution.
    pub(crate) async fn read(
        ports: &'a Ports,
        id: &ExecutionId,
        now: Timestamp,
    ) -> Result<Option<Self>, Fault> {
        let Some(Versioned { rev, row }) = ports.executions.execution(id).await? else {
            return Ok(None);
        };
        let found = ports.definitions.version(&row.workflow_id, &row.version).await?;
        let definition = found.ok_or_else(|| PortError::Refused {
            what: format!("read version {} of workflow {}", row.version, row.workflow_id),
            cause: "it is not in the store; deploy the workflow again".to_owned(),
        })?;
        Ok(Some(Self { ports, definition, rev, row, now, is_first_pass: false }))
    }

    pub(crate) fn id(&self) -> &ExecutionId {
        &self.row.workflow_execution_id
    }

    /// The key of a job's row.
    pub(crate) fn key(&self, ix: JobIx) -> JobId {
        self.definition.job(ix).map_or_else(JobId::end, |job| job.id.clone())
    }

    /// Dependents that count their needs, in definition order: the cursor of a telling runs over these. Those with one
    /// need are decided from that need alone.
    pub(crate) fn counting_dependents(&self, ix: JobIx) -> Vec<JobIx> {
        let all = self.definition.dependents(ix).iter().copied();
        all.filter(|dependent| self.definition.needs_count(*dependent) > 1).collect()
    }

    pub(crate) fn stopping(&self) -> Stopping {
        readiness::stopping(&self.row, self.definition.on_failure)
    }

    pub(crate) fn audit(
        &self,
        job: Option<&JobId>,
        turn: Turn,
        kind: AuditKind,
        detail: String,
    ) -> AuditRecord {
        AuditRecord {
            subject: AuditSubject {
                workflow_id: self.row.workflow_id.clone(),
                workflow_execution_id: Some(self.id().clone()),
                job_id: job.cloned(),
                turn,
                generation: self.row.generation,
            },
            kind,
            at: self.now,
            by: DISPATCHER.to_owned(),
            detail,
            distinct: String::new(),
        }
    }

    /// Whether a request was made of a generation that is over.
    pub(crate) fn is_of_another_generation(&self, ask: &Ask) -> bool {
        ask.generation.is_some_and(|generation| generation != self.row.generation)
    }

    /// Notes a request that is not carried out, and why.
    pub(crate) async fn refuse(&self, ask: &Ask, what: &str, reason: &str) -> Result<(), Fault> {
        let record = AuditRecord {
            by: ask.by.clone(),
            distinct: format!("{what} {}", ask.at),
            ..self.audit(None, Turn::default(), AuditKind::Refused, format!("{what}: {reason}"))
        };
        self.ports.executions.note(&[record]).await?;
        Err(Fault::Rejected(format!("{what} of execution {}: {reason}", self.id())))
    }

    /// Changes the EXECUTION row: `change` gives the new row, or `None` to leave it as it is, which is the answer `false`.
    /// Asked again with the present row whenever somebody else was faster; the generation must stay the same.
    pub(crate) async fn amend(
        &mut self,
        change: impl Fn(&ExecutionRow) -> Result<Option<ExecutionRow>, Fault>,
        audit: &[AuditRecord],
    ) -> Result<bool, Fault> {
        let generation = self.row.generation;
        for _ in 0..WRITE_TRIES_MAX {
            let Some(wanted) = change(&self.row)? else { return Ok(false) };
            let write = ExecutionWrite { seen: self.rev, row: &wanted, audit };
            match self.ports.executions.record_execution(write).await? {
                Recorded::Done(rev) => {
                    (self.rev, self.row) = (rev, wanted);
                    return Ok(true);
                }
                Recorded::Stale(Some(found)) if found.row == wanted => {
                    (self.rev, self.row) = (found.rev, wanted);
                    return Ok(true);
                }
                Recorded::Stale(Some(found)) if found.row.generation != generation => {
                    return Err(Fault::Superseded);
                }
                Recorded::Stale(Some(found)) => (self.rev, self.row) = (found.rev, found.row),
                Recorded::Stale(None) => return Err(Fault::Superseded),
            }
        }
        Err(Fault::Contended(format!("execution {}", self.id())))
    }

    /// Writes a JOB row over the one that was seen. An answer that was lost counts as success.
    pub(crate) async fn record(
        &self,
        job: &JobId,
        seen: Option<Rev>,
        row: &JobRow,
        audit: &[AuditRecord],
    ) -> Result<Recorded<JobRow>, Fault> {
        let write = JobWrite { execution: self.id(), job, seen, row, audit };
        Ok(match self.ports.executions.record_job(write).await? {
            Recorded::Stale(Some(found)) if found.row == *row => Recorded::Done(found.rev),
            answer => answer,
        })
    }

    /// The rows of some jobs, in their order.
    pub(crate) async fn rows(&self, jobs: &[JobIx]) -> Result<Vec<Option<Versioned<JobRow>>>, Fault> {
        if jobs.is_empty() {
            return Ok(Vec::new());
        }
        let keys: Vec<JobId> = jobs.iter().map(|ix| self.key(*ix)).collect();
        Ok(self.ports.executions.jobs(self.id(), &keys).await?)
    }

    /// Whether a row belongs to a generation that has taken over from this step.
    pub(crate) fn is_superseded(&self, row: &JobRow) -> bool {
        row.generation > self.row.generation
    }
}
