//! Commands as values, so that two stores can be given the same one and a failure can show it. Answers are compared as text;
//! of an error only its kind, since each store has its own words.

use fleet_core::audit::AuditRecord;
use fleet_core::ids::{ExecutionId, JobId, VersionHash, WorkflowId};
use fleet_core::ports::{
    Admission, Current, Definitions, ExecutionWrite, Executions, Filter, Gain, JobWrite, PortError, Teller,
    Telling,
};
use fleet_core::state::{ExecutionRow, JobRow, Rev};
use fleet_core::time::Timestamp;
use fleet_core::workflow::Definition;

use super::{all_jobs, legal};

/// A store of either kind.
#[derive(Clone, Copy)]
pub(super) struct Kind<'a> {
    pub(super) executions: &'a dyn Executions,
    pub(super) definitions: &'a dyn Definitions,
}

/// A new row of a job.
#[derive(Debug)]
pub(super) struct Write {
    pub(super) execution: ExecutionId,
    pub(super) job: JobId,
    pub(super) seen: Option<Rev>,
    pub(super) row: JobRow,
    pub(super) audit: Vec<AuditRecord>,
}

impl Write {
    fn borrowed(&self) -> JobWrite<'_> {
        let Self { execution, job, seen, row, audit } = self;
        JobWrite { execution, job, seen: *seen, row, audit }
    }
}

/// Something that a store is asked.
#[derive(Debug)]
pub(super) enum Command {
    Create(Box<ExecutionRow>, Vec<AuditRecord>),
    RecordExecution(Rev, Box<ExecutionRow>, Vec<AuditRecord>),
    RecordJob(Box<Write>),
    Tell { execution: ExecutionId, generation: u32, tellers: Vec<Teller>, gains: Vec<Gain> },
    Admit { write: Box<Write>, limit: u32, generation: u32 },
    Note(Vec<AuditRecord>),
    Deploy(Box<Current>, Box<Definition>, Vec<AuditRecord>),
    Keep(Box<Definition>),
    Execution(ExecutionId),
    Jobs(ExecutionId, Vec<JobId>),
    JobPage(ExecutionId, Option<JobId>, usize),
    LongestHeld(ExecutionId),
    Audit(ExecutionId, usize, usize),
    Due(Timestamp, usize),
    List(Filter, usize),
    All,
    Version(WorkflowId, VersionHash),
}

impl Command {
    /// All that can be read of an execution.
    pub(super) fn readings_of(name: &str) -> Vec<Self> {
        let execution: ExecutionId = legal(name);
        vec![
            Self::Execution(execution.clone()),
            Self::Jobs(execution.clone(), all_jobs()),
            Self::JobPage(execution.clone(), None, usize::MAX),
            Self::LongestHeld(execution.clone()),
            Self::Audit(execution, 0, usize::MAX),
        ]
    }

    pub(super) async fn give_to(&self, store: Kind<'_>) -> String {
        let (rows, definitions) = (store.executions, store.definitions);
        match self {
            Self::Create(row, audit) => shown(rows.create(row, audit).await),
            Self::RecordExecution(seen, row, audit) => {
                shown(rows.record_execution(ExecutionWrite { seen: *seen, row, audit }).await)
            }
            Self::RecordJob(write) => shown(rows.record_job(write.borrowed()).await),
            Self::Tell { execution, generation, tellers, gains } => {
                shown(rows.tell(Telling { execution, generation: *generation, tellers, gains }).await)
            }
            Self::Admit { write, limit, generation } => {
                let job = write.borrowed();
                shown(rows.admit(Admission { job, limit: *limit, generation: *generation }).await)
            }
            Self::Note(audit) => shown(rows.note(audit).await),
            Self::Deploy(current, definition, audit) => {
                shown(definitions.deploy(current, definition, audit).await)
            }
            Self::Keep(definition) => shown(definitions.keep(definition).await),
            Self::Execution(id) => shown(rows.execution(id).await),
            Self::Jobs(id, jobs) => shown(rows.jobs(id, jobs).await),
            Self::JobPage(id, after, limit) => shown(rows.job_page(id, after.as_ref(), *limit).await),
            Self::LongestHeld(id) => shown(rows.longest_held(id).await),
            Self::Audit(id, skip, limit) => shown(rows.audit(id, *skip, *limit).await),
            Self::Due(now, limit) => shown(rows.due(*now, *limit).await),
            Self::List(filter, limit) => shown(rows.list(filter, *limit).await),
            Self::All => shown(definitions.all().await),
            Self::Version(workflow, version) => {
                let found = definitions.version(workflow, version).await;
                shown(found.map(|found| found.map(|found| found.canonical_json())))
            }
        }
    }
}

fn shown<T: std::fmt::Debug>(answer: Result<T, PortError>) -> String {
    let answer = answer.map_err(|error| match error {
        PortError::Unavailable { .. } => "unavailable",
        PortError::Refused { .. } => "refused",
    });
    format!("{answer:?}")
}
