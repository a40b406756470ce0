//! Runs scripts and preconditions in earnest. Owns what a script is given (connection, variables, arguments, environment).
//! Where scripts and connections come from is the place's to say; the language itself is the engine's, in `rsql_client`.

mod connect;
mod engine;
mod group;
mod interpolate;
mod look;
mod names;
mod offline;
mod older;
mod opened;
mod sessions;
mod shell;
mod values;

use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use fleet_core::ports::{Clock, Executions};
use fleet_core::state::Turn;
use fleet_core::state::settle::AttemptEnd;
use fleet_core::workflow::{Precondition, ScriptKind, Work};
use rsql_client::SessionPool;
use rsql_client::run::ShellPolicy;
use tokio_util::sync::CancellationToken;

use older::Overlays;
use opened::Opened;

pub use names::session_name;
pub use shell::KILL_GRACE;

use crate::log::LogSender;
use crate::place::{Place, PlaceError};
use crate::redact::Redactor;
use crate::runner::{JobRunner, Ran};
use crate::task::Task;

/// What a [`ScriptRunner`] works with.
pub struct ScriptSettings {
    /// Where scripts and connections come from.
    pub place: Arc<dyn Place>,
    /// Whether RSQL scripts may start programs. `.sh` jobs are programs, and run either way.
    pub shell: ShellPolicy,
    /// Directory of the `rsql` executable: it comes first on the `PATH` of scripts.
    pub program_dir: PathBuf,
    /// The environment that scripts begin with. Nothing else of this process's environment reaches them.
    pub environment: Vec<(String, String)>,
    /// Values to keep out of logs from the beginning; the password of a connection is known once a job has used it.
    pub secrets: Vec<String>,
    /// For the `workflow` precondition.
    pub executions: Arc<dyn Executions>,
    /// For the `time` and `workflow` preconditions.
    pub clock: Clock,
}

/// The [`JobRunner`] for scripts and preconditions.
pub struct ScriptRunner {
    settings: ScriptSettings,
    redactor: Arc<Redactor>,
    /// The sessions that rest between jobs, of connections that allow it.
    pool: SessionPool,
    opened: Opened,
    overlays: Overlays,
}

/// Why a job cannot run at all; another try would end alike.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
struct Refusal(String);

impl From<Refusal> for Ran {
    fn from(refusal: Refusal) -> Self {
        Self::told(AttemptEnd::Refused, refusal.0)
    }
}

impl From<PlaceError> for Ran {
    fn from(error: PlaceError) -> Self {
        match error {
            PlaceError::Refused(why) => Self::told(AttemptEnd::Refused, why),
            // Tried again like a warehouse that does not answer.
            PlaceError::Unavailable(why) => Self::told(AttemptEnd::ConnectionFailed, why),
        }
    }
}

impl ScriptRunner {
    /// A runner in a place.
    #[must_use]
    pub fn new(settings: ScriptSettings) -> Self {
        let redactor = Arc::new(Redactor::new(&settings.secrets));
        Self {
            settings,
            redactor,
            pool: SessionPool::default(),
            opened: Opened::default(),
            overlays: Overlays::default(),
        }
    }

    /// What keeps a job from beginning comes as its ending.
    async fn start(&self, task: &Task, log: LogSender, cancel: CancellationToken) -> Result<Ran, Ran> {
        match &task.job().work {
            Work::Script { path, kind } => {
                let script = self.script(task, path).await?;
                match kind {
                    ScriptKind::Rsql | ScriptKind::Sql => {
                        match self.offline(task, script.file.clone(), &log).await {
                            Some(ran) => Ok(ran),
                            None => self.engine(task, path, &script.root, log, cancel).await,
                        }
                    }
                    ScriptKind::Sh => self.shell(task, &script, log, cancel).await,
                }
            }
            Work::Precondition { look, .. } => self.look(task, look, &log, &cancel).await,
        }
    }
}

/// Whether such work may have a session in the warehouse: a look at files or the clock must not depend on it.
fn has_sessions(work: &Work) -> bool {
    matches!(work, Work::Script { .. } | Work::Precondition { look: Precondition::Sql { .. }, .. })
}

#[async_trait]
impl JobRunner for ScriptRunner {
    async fn run(&self, task: &Task, log: LogSender, cancel: CancellationToken) -> Ran {
        match self.start(task, log, cancel).await {
            // The last line of the log tells why a job did not begin.
            Ok(ran) | Err(ran) => ran,
        }
    }

    async fn end_lost(&self, task: &Task, lost: Turn) -> Result<(), String> {
        if !has_sessions(&task.job().work) {
            return Ok(());
        }
        self.end_sessions(task, lost).await
    }

    async fn describe(&self, task: &Task) -> String {
        match &task.job().work {
            Work::Script { path, .. } => self.describe_script(task, path).await,
            Work::Precondition { look, .. } => look::describe(look, &task.bindings()),
        }
    }

    fn redactor(&self) -> Arc<Redactor> {
        Arc::clone(&self.redactor)
    }

    async fn close(&self) {
        self.pool.close().await;
    }
}
