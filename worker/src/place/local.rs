//! A place without a cloud: a directory of scripts, and connections by their settings. Has no objects.

use std::path::PathBuf;

use async_trait::async_trait;

use super::{Connection, Connections, Freshness, Place, PlaceError, Script, ScriptRoot, script};

/// The script root cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("open script root {}: {source}", path.display())]
pub struct ScriptRootError {
    path: PathBuf,
    source: std::io::Error,
}

/// Scripts of a directory, and connections that the edge has brought.
#[derive(Debug, Clone)]
pub struct LocalPlace {
    root: ScriptRoot,
    connections: Connections,
}

impl LocalPlace {
    /// A place with an existing script root.
    ///
    /// # Errors
    /// [`ScriptRootError`] when the script root is not there or cannot be read.
    pub fn new(script_root: PathBuf, connections: Connections) -> Result<Self, ScriptRootError> {
        match script_root.canonicalize() {
            Ok(root) => Ok(Self { root: ScriptRoot::new(root), connections }),
            Err(source) => Err(ScriptRootError { path: script_root, source }),
        }
    }
}

#[async_trait]
impl Place for LocalPlace {
    fn connection_names(&self) -> Vec<&str> {
        self.connections.names()
    }

    async fn connection(&self, name: &str, freshness: Freshness) -> Result<Connection, PlaceError> {
        self.connections.named(name, freshness).await
    }

    async fn root(&self) -> Result<ScriptRoot, PlaceError> {
        Ok(self.root.clone())
    }

    async fn script(&self, path: &str) -> Result<Script, PlaceError> {
        script::open(&self.root, path).await
    }

    async fn object(&self, uri: &str) -> Result<Option<String>, PlaceError> {
        Err(PlaceError::Refused(format!("{uri} cannot be looked for: this fleet does not run on AWS")))
    }
}
