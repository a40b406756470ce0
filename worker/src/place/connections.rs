//! The connections of a place whose settings name them all. Owns the way from a name to where a session goes. Reads no
//! configuration: the edge does, and brings complete options.

use std::collections::{BTreeMap, BTreeSet};

use rsql_client::{ConnectOptions, Secret};

use super::{Connection, PlaceError, SessionUse};

/// Named connections.
#[derive(Debug, Clone, Default)]
pub struct Connections {
    usable: BTreeMap<String, ConnectOptions>,
    /// Why the others cannot be used.
    unusable: BTreeMap<String, String>,
    /// Those whose sessions serve one job after the other.
    reused: BTreeSet<String>,
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

    /// All passwords, which must not appear in any output.
    pub fn secrets(&self) -> impl Iterator<Item = &str> {
        self.usable.values().filter_map(|options| options.password.as_ref()).map(Secret::expose)
    }

    /// The names of all, whether they can be used or not.
    pub(super) fn names(&self) -> Vec<&str> {
        self.usable.keys().chain(self.unusable.keys()).map(String::as_str).collect()
    }

    pub(super) fn named(&self, name: &str) -> Result<Connection, PlaceError> {
        if let Some(why) = self.unusable.get(name) {
            return Err(PlaceError::Refused(why.clone()));
        }
        let Some(options) = self.get(name) else {
            let known = self.known();
            return Err(PlaceError::Refused(format!(
                "this worker knows no connection `{name}`; it knows {known}"
            )));
        };
        let sessions = if self.reused.contains(name) { SessionUse::Reused } else { SessionUse::Fresh };
        // No secret store is asked: the name is all there is to ask by.
        Ok(Connection { options: options.clone(), sessions, secret_id: name.to_owned() })
    }

    /// The names of all that can be used, for messages.
    fn known(&self) -> String {
        let known: Vec<&str> = self.usable.keys().map(String::as_str).collect();
        if known.is_empty() { "none".to_owned() } else { known.join(", ") }
    }
}
