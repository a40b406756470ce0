//! Runs scripts and preconditions in earnest. Owns what a script is given (connection, variables, arguments, environment)
//! and the check that it lies in the script root. The language itself is the engine's, in `rsql_client`.

mod connections;
mod engine;
mod group;
mod interpolate;
mod look;
mod names;
mod offline;
mod script;
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

pub use connections::Connections;
pub use names::session_name;
pub use shell::KILL_GRACE;

use crate::log::LogSender;
use crate::redact::Redactor;
use crate::runner::{JobRunner, Ran};
use crate::task::Task;

/// What a [`ScriptRunner`] works with.
pub struct ScriptSettings {
    /// Directory that all scripts lie in; scripts run in it.
    pub script_root: PathBuf,
    /// Where jobs connect to, by name.
    pub connections: Connections,
    /// Whether RSQL scripts may start programs. `.sh` jobs are programs, and run either way.
    pub shell: ShellPolicy,
    /// Directory of the `rsql` executable: it comes first on the `PATH` of scripts.
    pub program_dir: PathBuf,
    /// The environment that scripts begin with. Nothing else of this process's environment reaches them.
    pub environment: Vec<(String, String)>,
    /// Values to keep out of logs, beside the passwords of `connections`.
    pub secrets: Vec<String>,
    /// For the `workflow` precondition.
    pub executions: Arc<dyn Executions>,
    /// For the `time` and `workflow` preconditions.
    pub clock: Clock,
}

/// The script root cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("open script root {}: {source}", path.display())]
pub struct ScriptRootError {
    path: PathBuf,
    source: std::io::Error,
}

/// The [`JobRunner`] for scripts and preconditions.
pub struct ScriptRunner {
    /// With the script root resolved.
    settings: ScriptSettings,
    redactor: Arc<Redactor>,
    /// The sessions that rest between jobs, of connections that allow it.
    pool: SessionPool,
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

impl ScriptRunner {
    /// A runner over an existing script root.
    ///
    /// # Errors
    /// [`ScriptRootError`] when the script root is not there or cannot be read.
    pub fn new(settings: ScriptSettings) -> Result<Self, ScriptRootError> {
        let path = settings.script_root.clone();
        let script_root = path.canonicalize().map_err(|source| ScriptRootError { path, source })?;
        let secrets = settings.connections.secrets().chain(settings.secrets.iter().map(String::as_str));
        let redactor = Arc::new(Redactor::new(secrets));
        Ok(Self {
            settings: ScriptSettings { script_root, ..settings },
            redactor,
            pool: SessionPool::default(),
        })
    }

    async fn start(&self, task: &Task, log: LogSender, cancel: CancellationToken) -> Result<Ran, Refusal> {
        match &task.job().work {
            Work::Script { path, kind } => {
                let script = script::locate(&self.settings.script_root, path).await?;
                match kind {
                    ScriptKind::Rsql | ScriptKind::Sql => match self.offline(task, script, &log).await {
                        Some(ran) => Ok(ran),
                        None => self.engine(task, path, log, cancel).await,
                    },
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
            Ok(ran) => ran,
            // The last line of the log tells it.
            Err(refusal) => refusal.into(),
        }
    }

    async fn end_lost(&self, task: &Task, lost: Turn) -> Result<(), String> {
        if !has_sessions(&task.job().work) {
            return Ok(());
        }
        let connections = &self.settings.connections;
        let Some(connection) = connections.name_for(task).and_then(|name| connections.get(name)) else {
            return Ok(());
        };
        sessions::end_lost(connection, task, lost).await
    }

    async fn describe(&self, task: &Task) -> String {
        match &task.job().work {
            Work::Script { path, .. } => script::describe(&self.settings.script_root, path).await,
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
