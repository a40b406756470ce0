//! The connections of a place whose settings name them all. Owns the way from a name to where a session goes. Reads no
//! configuration: the edge does, and brings complete options.

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use rsql_client::{ConnectOptions, Secret};

use super::{Connection, Freshness, PlaceError, SessionUse};

/// Where a connection leads at the moment: asked for each job, since its credentials come and go.
pub type ConnectionSource = Arc<dyn Fn(Freshness) -> SourceAnswer + Send + Sync>;

/// The answer of a [`ConnectionSource`], once it is there.
pub type SourceAnswer = Pin<Box<dyn Future<Output = Result<ConnectOptions, PlaceError>> + Send>>;

/// Named connections.
#[derive(Clone, Default)]
pub struct Connections {
    usable: BTreeMap<String, ConnectOptions>,
    /// Those that are asked for.
    sources: BTreeMap<String, ConnectionSource>,
    /// Why the others cannot be used.
    unusable: BTreeMap<String, String>,
    /// Those whose sessions serve one job after the other.
    reused: BTreeSet<String>,
}

impl std::fmt::Debug for Connections {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Connections").field("names", &self.names()).finish_non_exhaustive()
    }
}

impl Connections {
    /// These connections.
    #[must_use]
    pub fn new(named: impl IntoIterator<Item = (String, ConnectOptions)>) -> Self {
        Self { usable: named.into_iter().collect(), ..Self::default() }
    }

    /// Adds a connection that is known and cannot be used: a job that names it is refused with this sentence.
    #[must_use]
    pub fn with_unusable(mut self, name: impl Into<String>, why: impl Into<String>) -> Self {
        self.unusable.insert(name.into(), why.into());
        self
    }

    /// Adds a connection that is asked for whenever a job needs it.
    #[must_use]
    pub fn with_source(mut self, name: impl Into<String>, source: ConnectionSource) -> Self {
        self.sources.insert(name.into(), source);
        self
    }

    /// Lets the sessions of this connection serve one job after the other, reset in between, where the server can do so in
    /// full.
    #[must_use]
    pub fn with_reused(mut self, name: impl Into<String>) -> Self {
        self.reused.insert(name.into());
        self
    }

    /// The connection of this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&ConnectOptions> {
        self.usable.get(name)
    }

    /// All passwords that are known from the start, which must not appear in any output.
    pub fn secrets(&self) -> impl Iterator<Item = &str> {
        self.usable.values().filter_map(|options| options.password.as_ref()).map(Secret::expose)
    }

    /// The names of all, whether they can be used or not.
    pub(super) fn names(&self) -> Vec<&str> {
        let all = self.usable.keys().chain(self.sources.keys()).chain(self.unusable.keys());
        all.map(String::as_str).collect()
    }

    pub(super) async fn named(&self, name: &str, freshness: Freshness) -> Result<Connection, PlaceError> {
        if let Some(why) = self.unusable.get(name) {
            return Err(PlaceError::Refused(why.clone()));
        }
        let asked = match self.sources.get(name) {
            Some(source) => Some(source(freshness).await?),
            None => self.get(name).cloned(),
        };
        let Some(options) = asked else {
            let known = self.known();
            return Err(PlaceError::Refused(format!(
                "this worker knows no connection `{name}`; it knows {known}"
            )));
        };
        let sessions = if self.reused.contains(name) { SessionUse::Reused } else { SessionUse::Fresh };
        // No secret store is asked: the name is all there is to ask by.
        Ok(Connection { options, sessions, secret_id: name.to_owned() })
    }

    /// The names of all that can be used, for messages.
    fn known(&self) -> String {
        let known: Vec<&str> = self.usable.keys().chain(self.sources.keys()).map(String::as_str).collect();
        if known.is_empty() { "none".to_owned() } else { known.join(", ") }
    }
}
