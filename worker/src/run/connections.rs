//! The connections that jobs can name. Owns the way from a name to where a session goes. Reads no configuration: the edge
//! does, and brings complete options.

use std::collections::BTreeMap;

use rsql_client::{ConnectOptions, Secret};

use super::Refusal;
use crate::task::Task;

/// Named connections.
#[derive(Debug, Clone, Default)]
pub struct Connections {
    usable: BTreeMap<String, ConnectOptions>,
    /// Why the others cannot be used.
    unusable: BTreeMap<String, String>,
}

impl Connections {
    /// These connections.
    #[must_use]
    pub fn new(named: impl IntoIterator<Item = (String, ConnectOptions)>) -> Self {
        Self { usable: named.into_iter().collect(), unusable: BTreeMap::new() }
    }

    /// Adds a connection that is known and cannot be used: a job that names it is refused with this sentence.
    #[must_use]
    pub fn with_unusable(mut self, name: impl Into<String>, why: impl Into<String>) -> Self {
        self.unusable.insert(name.into(), why.into());
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

    /// The connection of a job, which must have one, with the attempt's name on its sessions.
    pub(super) fn of(&self, task: &Task) -> Result<ConnectOptions, Refusal> {
        let refusal = || Refusal(format!("job {} names no connection, nor does its workflow", task.job_id()));
        self.maybe_of(task)?.ok_or_else(refusal)
    }

    /// As [`Connections::of`], for a job that can do without; a name that is not known is refused all the same.
    pub(super) fn maybe_of(&self, task: &Task) -> Result<Option<ConnectOptions>, Refusal> {
        let Some(name) = task.connection() else { return Ok(None) };
        let Some(options) = self.get(name) else {
            if let Some(why) = self.unusable.get(name) {
                return Err(Refusal(why.clone()));
            }
            let known: Vec<&str> = self.usable.keys().map(String::as_str).collect();
            let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
            return Err(Refusal(format!("this worker knows no connection `{name}`; it knows {known}")));
        };
        let session = super::session_name(task.execution_id(), task.job_id(), task.turn.attempt);
        Ok(Some(ConnectOptions {
            application_name: session.clone(),
            query_group: Some(session),
            ..options.clone()
        }))
    }
}

/// Where a connection goes, for logs: no secret is in it.
pub(super) fn shown(options: &ConnectOptions) -> String {
    format!("{}@{}:{}/{}", options.user, options.host, options.port, options.database)
}
