//! The embedded fleet of a project: its store, queues and logs. Owns their names and settings, and what is said when the
//! state directory cannot be used. Runs nothing: `engine` does.

use std::path::Path;

use fleet_core::ports::Clock;
use fleet_core::time::Millis;
use fleet_embedded::{FileLogs, Queue, QueueSettings, Store};

use crate::project::Project;

/// The dispatcher's queue.
const EVENTS: &str = "events";
/// The workers' queue.
const JOBS: &str = "jobs";
/// How long a dispatcher may take over a batch of events before another gets it.
const EVENTS_VISIBILITY: Millis = Millis::from_mins(2);
/// Deliveries of one event. Generous: an event that is refused again and again has an alert long before.
const EVENTS_RECEIVES_MAX: u32 = 50;
/// Deliveries of one job message: a job that ends five workers is not tried on a sixth.
const JOBS_RECEIVES_MAX: u32 = 5;
/// A job message stays hidden a little longer than its lease and margin, so that the next worker gets it when it may take
/// the job over. Heartbeats hide it for longer.
const JOBS_VISIBILITY_EXTRA: Millis = Millis::from_secs(1);

/// A project with its state opened.
pub(crate) struct Embedded {
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

impl Embedded {
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
