//! The embedded fleet of a project: its store, queues and logs. Owns their names and settings, and what is said when the
//! state directory cannot be used. Runs nothing: `engine` does.

use std::path::Path;
use std::sync::Arc;

use fleet_core::audit::AuditRecord;
use fleet_core::ids::{ExecutionId, JobId, WorkflowId};
use fleet_core::ports::{Clock, Current, Definitions as _, Executions as _, Outgoing, Queue as _};
use fleet_core::state::ExecutionRow;
use fleet_core::time::{Millis, Timestamp};
use fleet_core::wire::Event;
use fleet_core::workflow::Definition;
use fleet_embedded::{FileLogs, Queue, QueueSettings, Store};

use crate::exit::Failure;
use crate::project::Project;

/// The dispatcher's queue.
pub(crate) const EVENTS: &str = "events";
/// The workers' queue.
pub(crate) const JOBS: &str = "jobs";
/// How long a dispatcher may take over a batch of events before another gets it.
const EVENTS_VISIBILITY: Millis = Millis::from_mins(2);
/// Deliveries of one event. Generous: an event that is refused again and again has an alert long before.
const EVENTS_RECEIVES_MAX: u32 = 50;
/// Deliveries of one job message: a job that ends five workers is not tried on a sixth.
const JOBS_RECEIVES_MAX: u32 = 5;
/// A job message stays hidden a little longer than its lease and margin, so that the next worker gets it when it may take
/// the job over. Heartbeats hide it for longer.
const JOBS_VISIBILITY_EXTRA: Millis = Millis::from_secs(1);

/// Audit records of one read.
const AUDIT_PAGE: usize = 1_000;

/// A project with its state opened.
pub(crate) struct Fleet {
    /// The project.
    pub(crate) project: Project,
    /// Workflows, executions, audit trail.
    pub(crate) store: Store,
    /// The dispatcher's queue.
    pub(crate) events: Queue,
    /// The workers' queue.
    pub(crate) jobs: Queue,
    /// Logs of attempts.
    pub(crate) logs: FileLogs,
    /// Reads the time.
    pub(crate) clock: Clock,
}

impl Fleet {
    /// Opens the state of a project, which is made if need be.
    ///
    /// # Errors
    /// When the state directory cannot be made, read or written; the text names it and the remedy.
    pub(crate) fn open(project: Project, clock: Clock) -> anyhow::Result<Self> {
        check_directory(&project.state)?;
        let store = Store::open(&project.state, clock.clone())?;
        let events = store.queue(EVENTS, settings(EVENTS, EVENTS_VISIBILITY, EVENTS_RECEIVES_MAX));
        let visibility = Millis(project.worker.lease.0 + project.worker.margin().0 + JOBS_VISIBILITY_EXTRA.0);
        let jobs = store.queue(JOBS, settings(JOBS, visibility, JOBS_RECEIVES_MAX));
        let logs = FileLogs::new(&project.state.join("logs"));
        Ok(Self { project, store, events, jobs, logs, clock })
    }

    /// The queue of job messages that were delivered too often.
    pub(crate) fn dead_jobs(&self) -> Queue {
        let settings =
            QueueSettings { visibility: EVENTS_VISIBILITY, max_receives: None, dead_letters: None };
        self.store.queue(&dead_letters(JOBS), settings)
    }

    /// The time now.
    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Sends an event to the dispatcher, durably.
    ///
    /// # Errors
    /// When the state directory cannot be written.
    pub(crate) async fn send(&self, event: &Event) -> anyhow::Result<()> {
        let message = Outgoing::now(event.to_text());
        Ok(self.events.send(&[message]).await?)
    }

    /// An execution that must be there.
    ///
    /// # Errors
    /// When it is not, or the state cannot be read.
    pub(crate) async fn execution(&self, id: &ExecutionId) -> anyhow::Result<ExecutionRow> {
        let found = self.store.execution(id).await?;
        let found = found.ok_or_else(|| {
            Failure::not_found(format!("there is no execution `{id}`; `rsqlctl list` shows what there is"))
        })?;
        Ok(found.row)
    }

    /// Those records of an execution's audit trail that are wanted, oldest first.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub(crate) async fn audit(
        &self,
        id: &ExecutionId,
        is_wanted: impl Fn(&AuditRecord) -> bool,
    ) -> anyhow::Result<Vec<AuditRecord>> {
        let mut records = Vec::new();
        let mut read = 0;
        loop {
            let page = self.store.audit(id, read, AUDIT_PAGE).await?;
            read += page.len();
            let is_last = page.len() < AUDIT_PAGE;
            records.extend(page.into_iter().filter(&is_wanted));
            if is_last {
                return Ok(records);
            }
        }
    }

    /// The version that an execution runs.
    ///
    /// # Errors
    /// When the state cannot be read, or lacks it.
    pub(crate) async fn definition(&self, row: &ExecutionRow) -> anyhow::Result<Arc<Definition>> {
        let found = self.store.version(&row.workflow_id, &row.version).await?;
        found.ok_or_else(|| {
            anyhow::anyhow!("version {} of workflow `{}` is not in the store", row.version, row.workflow_id)
        })
    }

    /// The current definition of a workflow that must be deployed, as its item and compiled.
    ///
    /// # Errors
    /// When it is not deployed, or the state cannot be read.
    pub(crate) async fn workflow(&self, id: &WorkflowId) -> anyhow::Result<(Current, Arc<Definition>)> {
        let Some(current) = self.store.current(id).await? else {
            return Err(Failure::not_found(self.not_deployed(id).await?));
        };
        let compiled = match &current.version {
            Some(version) => self.store.version(id, version).await?,
            None => None,
        };
        let definition = match compiled {
            Some(definition) => definition,
            None => dispatcher::definition_of(&self.store, &current).await?.map_err(Failure::invalid)?,
        };
        Ok((current, definition))
    }

    async fn not_deployed(&self, id: &WorkflowId) -> anyhow::Result<String> {
        let known: Vec<String> =
            self.store.all().await?.into_iter().map(|item| item.workflow_id.to_string()).collect();
        let deployed = match known.as_slice() {
            [] => "no workflow is; `rsqlctl deploy` registers the project's".to_owned(),
            known => format!("deployed are {}", known.join(", ")),
        };
        Ok(format!("workflow `{id}` is not deployed: {deployed}"))
    }

    /// A job that must be in a workflow.
    ///
    /// # Errors
    /// When it is not.
    pub(crate) fn job(definition: &Definition, id: &JobId) -> anyhow::Result<()> {
        if definition.find(id).is_some() {
            return Ok(());
        }
        let workflow = &definition.workflow_id;
        let names = definition.jobs.iter().map(|job| job.id.as_str());
        let likeness = |name: &&str| strsim::damerau_levenshtein(name, id.as_str());
        let hint = match names.min_by_key(likeness) {
            Some(name) if likeness(&name) <= id.as_str().len().div_ceil(3) => {
                format!("; did you mean `{name}`?")
            }
            _ => format!("; `rsqlctl graph {workflow}` shows what there is"),
        };
        Err(Failure::not_found(format!("workflow `{workflow}` has no job `{id}`{hint}")))
    }
}

/// Name of the queue for a queue's dead letters.
fn dead_letters(queue: &str) -> String {
    format!("{queue}-dead")
}

fn settings(name: &str, visibility: Millis, receives_max: u32) -> QueueSettings {
    QueueSettings { visibility, max_receives: Some(receives_max), dead_letters: Some(dead_letters(name)) }
}

/// Finds what the store could only tell less clearly.
fn check_directory(state: &Path) -> anyhow::Result<()> {
    use nix::unistd::{AccessFlags, access};
    let shown = crate::workflows::shown(state);
    let remedy = "set another directory with `state:` in project.yaml";
    let data = match std::fs::metadata(state) {
        Ok(data) => data,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return make_directory(state, &shown, remedy);
        }
        Err(error) => {
            anyhow::bail!("the state directory {shown} cannot be used ({error}); mend that, or {remedy}")
        }
    };
    if !data.is_dir() {
        anyhow::bail!("the state directory {shown} is no directory; move that file away, or {remedy}");
    }
    match access(state, AccessFlags::R_OK | AccessFlags::W_OK | AccessFlags::X_OK) {
        Ok(()) => Ok(()),
        Err(nix::errno::Errno::EROFS) => {
            anyhow::bail!("the state directory {shown} is on a read-only file system; {remedy}")
        }
        Err(_) => anyhow::bail!("the state directory {shown} {}; {remedy}", whose(&data)),
    }
}

/// For its owner alone: rows, logs and alerts hold statements and what scripts wrote. The directory keeps others from all
/// that lies in it, whatever the modes of the files.
fn make_directory(state: &Path, shown: &str, remedy: &str) -> anyhow::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    let parent = state.parent().map_or(Ok(()), std::fs::create_dir_all);
    parent
        .and_then(|()| std::fs::DirBuilder::new().recursive(true).mode(0o700).create(state))
        .map_err(|error| anyhow::anyhow!("the state directory {shown} cannot be made ({error}); {remedy}"))
}

fn whose(data: &std::fs::Metadata) -> String {
    use std::os::unix::fs::MetadataExt as _;
    let name = |uid| match nix::unistd::User::from_uid(uid) {
        Ok(Some(user)) => user.name,
        _ => uid.to_string(),
    };
    let owner = nix::unistd::Uid::from_raw(data.uid());
    let me = nix::unistd::Uid::effective();
    if owner == me {
        return "cannot be written: give yourself the right with chmod u+rwx".to_owned();
    }
    format!(
        "belongs to {} and cannot be written by {}: run as {}, or have it given to you",
        name(owner),
        name(me),
        name(owner)
    )
}
