//! One attempt, as a runner sees it: what to run, for which execution, and under which names. Owns nothing that changes;
//! the lease and the row are the attempt's.

use std::collections::BTreeMap;
use std::sync::Arc;

use fleet_core::ids::{ExecutionId, JobId};
use fleet_core::ports::AttemptName;
use fleet_core::state::settle::Holder;
use fleet_core::state::{ExecutionRow, Turn};
use fleet_core::wire::JobMessage;
use fleet_core::workflow::template::FillError;
use fleet_core::workflow::{Bindings, Definition, Job, JobIx, Template};
use tokio::sync::watch;
use tokio::time::Instant;

use crate::redact::is_secret_name;

/// One try at one job.
#[derive(Debug, Clone)]
pub struct Task {
    /// The EXECUTION row as it was when the message came.
    pub execution: Arc<ExecutionRow>,
    /// The version that the execution runs.
    pub definition: Arc<Definition>,
    /// The job's place in it.
    pub ix: JobIx,
    /// The message that asked for the try.
    pub message: JobMessage,
    /// The try. After a takeover it is a later one than the message's.
    pub turn: Turn,
    /// The fence of its claim.
    pub fence: u64,
    /// Process and slot that run it.
    pub worker: String,
    /// When its lease ends, by the runtime's clock, as far as it has been renewed.
    pub(crate) lease: watch::Sender<Instant>,
}

impl Task {
    /// The job.
    ///
    /// # Panics
    /// Never for a task of the agent: it looks the job up before it makes the task.
    #[must_use]
    pub fn job(&self) -> &Job {
        self.definition.job(self.ix).expect("a task is only made for a job of its definition")
    }

    /// The execution's id.
    #[must_use]
    pub fn execution_id(&self) -> &ExecutionId {
        &self.execution.workflow_execution_id
    }

    /// The job's id.
    #[must_use]
    pub fn job_id(&self) -> &JobId {
        &self.message.job_id
    }

    /// The connection that the job names, or its workflow.
    #[must_use]
    pub fn connection(&self) -> Option<&str> {
        self.job().connection.as_deref().or(self.definition.connection.as_deref())
    }

    /// Which log it writes to.
    #[must_use]
    pub fn attempt_name(&self) -> AttemptName {
        AttemptName {
            execution: self.execution_id().clone(),
            job: self.job_id().clone(),
            attempt: self.turn.attempt,
        }
    }

    /// What identifies it as the holder of its job.
    #[must_use]
    pub fn holder(&self) -> Holder {
        Holder { turn: self.turn, fence: self.fence }
    }

    /// The execution's values, as recorded at its start.
    #[must_use]
    pub fn bindings(&self) -> Bindings {
        self.execution.bindings.clone().into()
    }

    /// Values of the job's `vars` and `env` whose names say that they are secrets.
    pub(crate) fn secrets(&self) -> Vec<Vec<u8>> {
        let bindings = self.bindings();
        let all = self.job().vars.iter().chain(&self.job().env);
        // What cannot be filled is not given to the script either.
        let values = all.filter(|(name, _)| is_secret_name(name)).map(|(_, value)| value.fill(&bindings));
        values.flatten().map(String::into_bytes).collect()
    }

    /// Fills named templates, by name.
    ///
    /// # Errors
    /// The name of the first that cannot be filled, and why.
    pub fn fill(
        &self,
        templates: &BTreeMap<String, Template>,
    ) -> Result<Vec<(String, String)>, (String, FillError)> {
        let bindings = self.bindings();
        let filled = |(name, template): (&String, &Template)| match template.fill(&bindings) {
            Ok(value) => Ok((name.clone(), value)),
            Err(error) => Err((name.clone(), error)),
        };
        templates.iter().map(filled).collect()
    }
}
