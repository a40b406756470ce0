//! The state of executions and jobs, and the audit trail.

use std::collections::HashSet;

use async_trait::async_trait;

use super::PortError;
use crate::audit::AuditRecord;
use crate::ids::{ExecutionId, JobId, WorkflowId};
use crate::state::{ExecutionRow, JobRow, Rev, Versioned};
use crate::time::Timestamp;

/// Most items in one [`Telling`] (DynamoDB quota for transactions).
pub const TELLING_ITEMS_MAX: usize = 100;

/// What came of creating an execution.
#[derive(Debug, Clone, PartialEq)]
pub enum Created {
    /// It is new.
    New(Rev),
    /// The id is taken; this is its row.
    Existing(Box<Versioned<ExecutionRow>>),
}

/// What came of a conditional write.
#[derive(Debug, Clone, PartialEq)]
pub enum Recorded<T> {
    /// It took effect; the row now has this revision.
    Done(Rev),
    /// The row is not as the writer had seen it; this is how it is. Nothing was written.
    Stale(Option<Box<Versioned<T>>>),
}

/// A new state of an EXECUTION row.
#[derive(Debug, Clone)]
pub struct ExecutionWrite<'a> {
    /// The revision that the writer has seen.
    pub seen: Rev,
    /// The row as it shall be.
    pub row: &'a ExecutionRow,
    /// Written in the same transaction.
    pub audit: &'a [AuditRecord],
}

/// A new state of a JOB row.
#[derive(Debug, Clone)]
pub struct JobWrite<'a> {
    /// The execution.
    pub execution: &'a ExecutionId,
    /// The job.
    pub job: &'a JobId,
    /// The revision that the writer has seen; none when it has seen no row.
    pub seen: Option<Rev>,
    /// The row as it shall be.
    pub row: &'a JobRow,
    /// Written in the same transaction.
    pub audit: &'a [AuditRecord],
}

/// A settled job whose dependents are told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Teller {
    /// The job.
    pub job: JobId,
    /// Its cursor, as read.
    pub from: u32,
    /// Its cursor afterwards.
    pub to: u32,
    /// Whether it gives its slot of `max_parallel` back in this transaction.
    pub frees_slot: bool,
}

/// What a dependent with several needs gains.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gain {
    /// The dependent.
    pub job: JobId,
    /// Needs settled.
    pub settled: u32,
    /// Of these, good ones.
    pub good: u32,
    /// Of these, bad ones.
    pub bad: u32,
}

/// One transaction of telling: at most [`TELLING_ITEMS_MAX`] items, where each teller and each gain is one, and the
/// EXECUTION row another if a slot is freed. No job is named twice, not even as teller and gain.
#[derive(Debug, Clone)]
pub struct Telling<'a> {
    /// The execution.
    pub execution: &'a ExecutionId,
    /// The generation of the walk.
    pub generation: u32,
    /// The jobs that tell, each once.
    pub tellers: &'a [Teller],
    /// What dependents gain, each once.
    pub gains: &'a [Gain],
}

impl Telling<'_> {
    /// Why no store may take it: too many items, or a job named twice. Nothing when it is fine.
    #[must_use]
    pub fn fault(&self) -> Option<String> {
        let frees = self.tellers.iter().any(|teller| teller.frees_slot);
        let items = self.tellers.len() + self.gains.len() + usize::from(frees);
        if items > TELLING_ITEMS_MAX {
            return Some(format!(
                "{items} items in one transaction, at most {TELLING_ITEMS_MAX} are allowed"
            ));
        }
        let tellers = self.tellers.iter().map(|teller| &teller.job);
        let mut jobs = tellers.chain(self.gains.iter().map(|gain| &gain.job));
        let mut named = HashSet::new();
        let twice = jobs.find(|job| !named.insert(*job))?;
        Some(format!("job {twice} is named twice in one transaction"))
    }
}

/// What came of a telling.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    /// All of it took effect.
    Done,
    /// A cursor had moved, a teller is not settled, or a row is of a newer generation. Nothing was written.
    Stale,
}

/// A ready job that asks for a slot of `max_parallel`.
#[derive(Debug, Clone)]
pub struct Admission<'a> {
    /// The job's row as it shall be, with `slot` set.
    pub job: JobWrite<'a>,
    /// The workflow's `max_parallel`.
    pub limit: u32,
    /// The generation of the walk; the EXECUTION row must be of it.
    pub generation: u32,
}

/// What came of an admission.
#[derive(Debug, Clone, PartialEq)]
pub enum Admitted {
    /// The slot is taken and the row written.
    Done(Rev),
    /// No slot is free. Nothing was written.
    Full,
    /// The job's row is not as seen (this is how it is), or the execution is of another generation.
    Stale(Option<Box<Versioned<JobRow>>>),
}

/// Which executions to list, newest first.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Only of this workflow.
    pub workflow: Option<WorkflowId>,
    /// Only open ones.
    pub open_only: bool,
    /// Only those that come after this one in the list, which is how one pages.
    pub before: Option<Before>,
}

/// A place in the list of executions: just behind this one. It need not be there.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Before {
    /// When it was started.
    pub at: Timestamp,
    /// Its id, which tells those of one millisecond apart.
    pub id: ExecutionId,
}

impl Before {
    /// Behind this execution.
    #[must_use]
    pub fn of(row: &ExecutionRow) -> Self {
        Self { at: row.started.at, id: row.workflow_execution_id.clone() }
    }
}

/// Keeps executions, jobs and the audit trail.
///
/// Every change is conditional and carries its audit records: state and audit are written together or not at all. A change
/// whose answer was lost may be repeated: it is found stale, with the very row that was to be written. Audit records are
/// only ever added; one whose key is there already is left as it is, and one about END, which is no job, is refused. All
/// reads see all writes that were answered.
#[async_trait]
pub trait Executions: Send + Sync {
    /// Creates an execution, unless its id is taken.
    ///
    /// # Errors
    /// [`PortError`]
    async fn create(&self, row: &ExecutionRow, audit: &[AuditRecord]) -> Result<Created, PortError>;

    /// Reads an EXECUTION row.
    ///
    /// # Errors
    /// [`PortError`]
    async fn execution(&self, id: &ExecutionId) -> Result<Option<Versioned<ExecutionRow>>, PortError>;

    /// Writes an EXECUTION row over the one that was seen. `slots_used` is written as given, so a slot taken or freed in
    /// between makes the write stale.
    ///
    /// # Errors
    /// [`PortError`]
    async fn record_execution(&self, write: ExecutionWrite<'_>) -> Result<Recorded<ExecutionRow>, PortError>;

    /// Reads JOB rows, in the order asked for; a job without a row gives `None`.
    ///
    /// # Errors
    /// [`PortError`]
    async fn jobs(
        &self,
        id: &ExecutionId,
        jobs: &[JobId],
    ) -> Result<Vec<Option<Versioned<JobRow>>>, PortError>;

    /// Reads JOB rows in the order of their ids, `limit` at most, from the first after `after`. END's row is never among
    /// them.
    ///
    /// # Errors
    /// [`PortError`]
    async fn job_page(
        &self,
        id: &ExecutionId,
        after: Option<&JobId>,
        limit: usize,
    ) -> Result<Vec<(JobId, Versioned<JobRow>)>, PortError>;

    /// Writes a JOB row over the one (or none) that was seen.
    ///
    /// # Errors
    /// [`PortError`]
    async fn record_job(&self, write: JobWrite<'_>) -> Result<Recorded<JobRow>, PortError>;

    /// Moves cursors and adds to tallies in one transaction. Conditions: each teller is settled, its cursor stands at
    /// `from` (and it holds a slot, if it frees one), and no row named is of a newer generation; the EXECUTION row is one
    /// of them if a slot is freed. A gaining job without a row gets one, of the walk's generation; rows that are there keep
    /// theirs. Each row written, the EXECUTION row too, counts one revision more.
    ///
    /// # Errors
    /// [`PortError`]
    async fn tell(&self, telling: Telling<'_>) -> Result<Told, PortError>;

    /// Takes a slot on the EXECUTION row and writes the JOB row, in one transaction; both count one revision more. Where
    /// the answer could be both, it is stale rather than full.
    ///
    /// # Errors
    /// [`PortError`]
    async fn admit(&self, admission: Admission<'_>) -> Result<Admitted, PortError>;

    /// The job that has been held longest.
    ///
    /// # Errors
    /// [`PortError`]
    async fn longest_held(&self, id: &ExecutionId) -> Result<Option<(JobId, Versioned<JobRow>)>, PortError>;

    /// Executions whose `attention_at` has come, open or not, the most overdue first, `limit` at most.
    ///
    /// # Errors
    /// [`PortError`]
    async fn due(&self, now: Timestamp, limit: usize) -> Result<Vec<ExecutionId>, PortError>;

    /// Executions, newest first (of one millisecond, by falling ids), `limit` at most.
    ///
    /// # Errors
    /// [`PortError`]
    async fn list(&self, filter: &Filter, limit: usize) -> Result<Vec<ExecutionRow>, PortError>;

    /// Returns when every answer given before this call, by the queues that belong to the store too, would survive whatever
    /// the store is built to survive. Asked before anything happens outside that could not be taken back: before a job
    /// begins to work, before anybody is told. A store may run ahead of its disk until then, as long as what it loses is
    /// always the end of what it answered; one whose answers are safe at once has nothing to do.
    ///
    /// # Errors
    /// [`PortError`]; what was to happen outside must wait.
    async fn secure(&self) -> Result<(), PortError> {
        Ok(())
    }

    /// Adds audit records that come with no change of state, such as a fenced result.
    ///
    /// # Errors
    /// [`PortError`]
    async fn note(&self, audit: &[AuditRecord]) -> Result<(), PortError>;

    /// The audit trail of an execution, oldest first by the records' own times, `limit` records after the first `skip`.
    ///
    /// # Errors
    /// [`PortError`]
    async fn audit(&self, id: &ExecutionId, skip: usize, limit: usize)
    -> Result<Vec<AuditRecord>, PortError>;
}
