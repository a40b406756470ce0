//! The compiled workflow: immutable, versioned by its content, compact for 100,000 jobs. Owns its stored form (canonical
//! JSON) and its hash. Does not read author's files: `parse` does, and builds this.

use std::collections::BTreeMap;
use std::io::BufWriter;
use std::sync::{Arc, OnceLock};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::graph::{Graph, GraphFault, JobIx};
use super::job::Job;
use super::limits::JOBS_MAX;
use super::template::Template;
use crate::ids::{JobId, VersionHash, WorkflowId};
use crate::schedule::Schedule;
use crate::time::Millis;

/// A workflow as it runs. Made by `parse` or read back from its JSON; both check the graph.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(try_from = "Parts")]
pub struct Definition {
    /// Of the stored form: [`Definition::FORMAT`].
    pub format: u32,
    /// Which workflow this is a version of.
    pub workflow_id: WorkflowId,
    /// For people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Who answers for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// When it starts by itself.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub schedules: Vec<Schedule>,
    /// Named connection of the jobs that name none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connection: Option<Arc<str>>,
    /// Values of an execution, filled once at its start.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub params: BTreeMap<String, Template>,
    /// What a failure does to the rest.
    pub on_failure: OnFailure,
    /// Scripts that may run at the same time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_parallel: Option<u32>,
    /// Of a whole execution.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout: Option<Millis>,
    /// Queue of the jobs that name none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub queue: Option<Arc<str>>,
    /// Who is told what.
    pub alerts: AlertPolicy,
    /// At least one, in the author's order.
    pub jobs: Vec<Job>,
    #[serde(skip)]
    graph: Graph,
    #[serde(skip)]
    version: OnceLock<VersionHash>,
}

/// The stored fields of a [`Definition`], before the graph is checked.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parts {
    /// See [`Definition::format`].
    pub format: u32,
    /// See [`Definition::workflow_id`].
    pub workflow_id: WorkflowId,
    /// See [`Definition::description`].
    #[serde(default)]
    pub description: Option<String>,
    /// See [`Definition::owner`].
    #[serde(default)]
    pub owner: Option<String>,
    /// See [`Definition::schedules`].
    #[serde(default)]
    pub schedules: Vec<Schedule>,
    /// See [`Definition::connection`].
    #[serde(default)]
    pub connection: Option<Arc<str>>,
    /// See [`Definition::params`].
    #[serde(default)]
    pub params: BTreeMap<String, Template>,
    /// See [`Definition::on_failure`].
    pub on_failure: OnFailure,
    /// See [`Definition::max_parallel`].
    #[serde(default)]
    pub max_parallel: Option<u32>,
    /// See [`Definition::timeout`].
    #[serde(default)]
    pub timeout: Option<Millis>,
    /// See [`Definition::queue`].
    #[serde(default)]
    pub queue: Option<Arc<str>>,
    /// See [`Definition::alerts`].
    pub alerts: AlertPolicy,
    /// See [`Definition::jobs`].
    pub jobs: Vec<Job>,
}

/// Stored parts that are no workflow. An author's file never comes this far: its faults are found before.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DefinitionError {
    /// Written by a newer release.
    #[error("format {0} of the stored workflow is unknown; this release reads up to {known}", known = Definition::FORMAT)]
    Format(u32),
    /// No job at all, or too many.
    #[error("the stored workflow has {0} jobs; 1 to {JOBS_MAX} are allowed")]
    JobCount(usize),
    /// The same id twice.
    #[error("the stored workflow has job `{0}` twice")]
    Duplicate(JobId),
    /// An edge to nowhere.
    #[error("job `{0}` of the stored workflow needs a job that is not there")]
    Dangling(JobId),
    /// A ring.
    #[error("jobs of the stored workflow need each other: {0}")]
    Cycle(String),
}

/// What a failed job does to the rest of the execution.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OnFailure {
    /// Nothing new is started. The default.
    #[default]
    Stop,
    /// Branches that do not depend on the failed job go on.
    Continue,
}

/// Who is told what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AlertPolicy {
    /// Named topic; the notifier's default when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub topic: Option<String>,
    /// What is told, each once.
    pub on: Vec<AlertOn>,
    /// An execution that is still open after this long is late. Set whenever `on` has `late`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub late_after: Option<Millis>,
}

impl Default for AlertPolicy {
    fn default() -> Self {
        Self { topic: None, on: vec![AlertOn::Failure], late_after: None }
    }
}

/// An occasion for an alert.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AlertOn {
    /// A job's last attempt failed, or the execution did.
    Failure,
    /// The execution is still open after `late_after`.
    Late,
    /// The execution succeeded after the one before it had failed, or after a resume.
    Recovered,
}

/// Why no definition fails to become JSON.
const SERIALIZES: &str = "a definition has text keys only and no maps that fail to serialize";

/// Hexadecimal digits of the content hash that name a version: 64 bits, and short enough to be read out.
const VERSION_DIGITS: usize = 16;

impl Definition {
    /// The stored form that this release writes.
    pub const FORMAT: u32 = 1;

    /// The canonical JSON: keys in a fixed order, defaults left out. Equal workflows give equal bytes.
    #[must_use]
    pub fn canonical_json(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect(SERIALIZES)
    }

    /// Name of this version: the first 16 hexadecimal digits of the SHA-256 of [`Self::canonical_json`].
    ///
    /// Computed once; the fields are not meant to be changed after that.
    #[must_use]
    pub fn version(&self) -> VersionHash {
        self.version.get_or_init(|| self.content_hash()).clone()
    }

    fn content_hash(&self) -> VersionHash {
        // Written straight into the hash: the text of 100,000 jobs takes as much memory as the jobs.
        let mut hash = BufWriter::new(Sha256::new());
        serde_json::to_writer(&mut hash, self).expect(SERIALIZES);
        let hash = hash.into_inner().expect("a hash takes every byte");
        let digest = hash.finalize();
        let hex: String = digest.iter().take(VERSION_DIGITS / 2).map(|byte| format!("{byte:02x}")).collect();
        VersionHash::parse(&hex).expect("hexadecimal digits are a legal version")
    }

    /// The job of this id.
    #[must_use]
    pub fn find(&self, id: &JobId) -> Option<JobIx> {
        self.graph.find(&self.jobs, id)
    }

    /// The job at this index; nothing for END.
    #[must_use]
    pub fn job(&self, ix: JobIx) -> Option<&Job> {
        self.jobs.get(ix.at())
    }

    /// Who needs this job, in definition order. A sink has END alone, END has none.
    #[must_use]
    pub fn dependents(&self, ix: JobIx) -> &[JobIx] {
        self.graph.dependents(ix)
    }

    /// What this job needs, in the author's order. END needs every sink.
    #[must_use]
    pub fn needs(&self, ix: JobIx) -> &[JobIx] {
        self.job(ix).map_or(self.graph.sinks(), |job| &job.needs)
    }

    /// How many needs this job has.
    #[must_use]
    pub fn needs_count(&self, ix: JobIx) -> u32 {
        u32::try_from(self.needs(ix).len()).expect("a job has at most NEEDS_MAX needs, END at most JOBS_MAX")
    }

    /// The jobs that need nothing, in definition order.
    pub fn roots(&self) -> impl Iterator<Item = JobIx> + '_ {
        self.jobs
            .iter()
            .enumerate()
            .filter(|(_, job)| job.needs.is_empty())
            .map(|(index, _)| JobIx::of(index))
    }

    /// The hidden last node that needs every sink.
    #[must_use]
    pub fn end(&self) -> JobIx {
        JobIx::of(self.jobs.len())
    }

    /// All jobs, each after its needs; END is not among them.
    #[must_use]
    pub fn topological(&self) -> &[JobIx] {
        self.graph.order()
    }
}

impl TryFrom<Parts> for Definition {
    type Error = DefinitionError;

    fn try_from(mut parts: Parts) -> Result<Self, DefinitionError> {
        if parts.format != Self::FORMAT {
            return Err(DefinitionError::Format(parts.format));
        }
        if parts.jobs.is_empty() || parts.jobs.len() > JOBS_MAX {
            return Err(DefinitionError::JobCount(parts.jobs.len()));
        }
        share_settings(&mut parts.jobs);
        let graph = Graph::of(&parts.jobs).map_err(|fault| named(fault, &parts.jobs))?;
        Ok(Self {
            format: parts.format,
            workflow_id: parts.workflow_id,
            description: parts.description,
            owner: parts.owner,
            schedules: parts.schedules,
            connection: parts.connection,
            params: parts.params,
            on_failure: parts.on_failure,
            max_parallel: parts.max_parallel,
            timeout: parts.timeout,
            queue: parts.queue,
            alerts: parts.alerts,
            jobs: parts.jobs,
            graph,
            version: OnceLock::new(),
        })
    }
}

/// Settings that an author has written for one job after the other are held once.
fn share_settings(jobs: &mut [Job]) {
    for at in 1..jobs.len() {
        let (before, from_here) = jobs.split_at_mut(at);
        if let (Some(before), Some(job)) = (before.last(), from_here.first_mut()) {
            job.share_settings(before);
        }
    }
}

fn named(fault: GraphFault, jobs: &[Job]) -> DefinitionError {
    match fault {
        GraphFault::Duplicate(id) => DefinitionError::Duplicate(id),
        GraphFault::Dangling(id) => DefinitionError::Dangling(id),
        GraphFault::Cycle(ring) => {
            let names: Vec<&str> =
                ring.iter().chain(ring.first()).map(|ix| jobs[ix.at()].id.as_str()).collect();
            DefinitionError::Cycle(names.join(" -> "))
        }
    }
}
