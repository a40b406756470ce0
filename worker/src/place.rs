//! The place that a worker runs in: where its scripts, connections and objects come from. Owns the trait and its types; the
//! place without a cloud is [`LocalPlace`], that on AWS belongs to the `worker` program. Runs nothing and opens no session.

mod connections;
mod local;
mod script;

use std::any::Any;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use rsql_client::ConnectOptions;

pub use connections::{ConnectionSource, Connections, SourceAnswer};
pub use local::{LocalPlace, ScriptRootError};

/// How new the answer has to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Freshness {
    /// What is known from before will do.
    Known,
    /// Asked for now: what was known was refused.
    Renewed,
}

/// Whose sessions the jobs of a connection get.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum SessionUse {
    /// Each job one of its own.
    #[default]
    Fresh,
    /// One that served another job before, where the server can reset it in full.
    Reused,
}

/// Where the sessions of a job go.
#[derive(Debug, Clone)]
pub struct Connection {
    /// Host, database, user, password; without a job's name on it.
    pub options: ConnectOptions,
    /// Whose sessions its jobs get.
    pub sessions: SessionUse,
    /// By what the credentials are asked for: the argument `SECRET_ID` of the older framework's scripts.
    pub secret_id: String,
}

/// Directory that scripts lie and run in. It stays as it is for as long as this value, or a copy of it, is kept, where the
/// place can promise that.
#[derive(Clone)]
pub struct ScriptRoot {
    path: PathBuf,
    _kept: Option<Arc<dyn Any + Send + Sync>>,
}

impl ScriptRoot {
    /// A directory that stays by itself. Symbolic links on the way to it must be resolved.
    #[must_use]
    pub fn new(path: PathBuf) -> Self {
        Self { path, _kept: None }
    }

    /// A directory that stays while `kept` lives.
    pub fn kept_by(path: PathBuf, kept: Arc<dyn Any + Send + Sync>) -> Self {
        Self { path, _kept: Some(kept) }
    }

    /// The directory.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl std::fmt::Debug for ScriptRoot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ScriptRoot({})", self.path.display())
    }
}

/// A script that can be read.
#[derive(Debug, Clone)]
pub struct Script {
    /// Directory that it and all it includes lie in.
    pub root: ScriptRoot,
    /// The file, symbolic links resolved.
    pub file: PathBuf,
    /// What tells this text from every other, such as a hash or the version of an object, with a word for its kind. Empty
    /// where nothing does.
    pub version: String,
}

/// What a place could not give.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlaceError {
    /// It is not there, or may not be used: asking again will not help.
    #[error("{0}")]
    Refused(String),
    /// It cannot be reached; it may be later.
    #[error("{0}")]
    Unavailable(String),
}

/// What a [`crate::ScriptRunner`] asks of where it runs.
#[async_trait]
pub trait Place: Send + Sync {
    /// Names of the connections that its settings list. Jobs that name none get the only one there is.
    fn connection_names(&self) -> Vec<&str>;

    /// The connection of this name.
    ///
    /// # Errors
    /// [`PlaceError`]
    async fn connection(&self, name: &str, freshness: Freshness) -> Result<Connection, PlaceError>;

    /// The directory of the scripts, as it is now. Relative paths of files begin in it.
    ///
    /// # Errors
    /// [`PlaceError`]
    async fn root(&self) -> Result<ScriptRoot, PlaceError>;

    /// The script at this path below the root, as it is now.
    ///
    /// # Errors
    /// [`PlaceError`]
    async fn script(&self, path: &str) -> Result<Script, PlaceError>;

    /// The first object that matches `s3://bucket/pattern` and is not empty, by its address.
    ///
    /// # Errors
    /// [`PlaceError`]
    async fn object(&self, uri: &str) -> Result<Option<String>, PlaceError>;
}
