//! The connections that jobs can name. Owns the way from a name to where a session goes. Reads no configuration: the edge
//! does, and brings complete options.

use std::collections::{BTreeMap, BTreeSet};

use fleet_core::workflow::{ScriptKind, Work};
use rsql_client::{ConnectOptions, Secret};

use super::Refusal;
use crate::task::Task;

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

    /// The connection of a job, which must have one, with the attempt's name on its sessions. A job that names none, as
    /// in the older stage form, gets the only one there is; among several there is no guess.
    pub(super) fn of(&self, task: &Task) -> Result<ConnectOptions, Refusal> {
        let Some(name) = self.name_for(task) else {
            let (job, known) = (task.job_id(), self.known());
            return Err(Refusal(format!(
                "job {job} names no connection, nor does its workflow; name one of those that this worker knows: {known}"
            )));
        };
        self.named(name, task)
    }

    /// As [`Connections::of`], for a job that can do without; a name that is not known is refused all the same.
    pub(super) fn maybe_of(&self, task: &Task) -> Result<Option<ConnectOptions>, Refusal> {
        self.name_for(task).map(|name| self.named(name, task)).transpose()
    }

    /// The name of a job's connection: the one it gives, or the only one there is. A shell script gets none unasked, since
    /// it may well do without.
    pub(super) fn name_for<'n>(&'n self, task: &'n Task) -> Option<&'n str> {
        let must_connect = !matches!(task.job().work, Work::Script { kind: ScriptKind::Sh, .. });
        task.connection().or_else(|| {
            let mut names = self.usable.keys().chain(self.unusable.keys()).map(String::as_str);
            names.next().filter(|_| must_connect && names.next().is_none())
        })
    }

    /// Whether a job may run in a session that served another before.
    pub(super) fn reuses(&self, task: &Task) -> bool {
        self.name_for(task).is_some_and(|name| self.reused.contains(name))
    }

    fn named(&self, name: &str, task: &Task) -> Result<ConnectOptions, Refusal> {
        if let Some(why) = self.unusable.get(name) {
            return Err(Refusal(why.clone()));
        }
        let Some(options) = self.get(name) else {
            let known = self.known();
            return Err(Refusal(format!("this worker knows no connection `{name}`; it knows {known}")));
        };
        let session = super::session_name(task.execution_id(), task.job_id(), task.turn.attempt);
        Ok(ConnectOptions {
            application_name: session.clone(),
            query_group: Some(session),
            ..options.clone()
        })
    }

    /// The names of all that can be used, for messages.
    fn known(&self) -> String {
        let known: Vec<&str> = self.usable.keys().map(String::as_str).collect();
        if known.is_empty() { "none".to_owned() } else { known.join(", ") }
    }
}

/// Where a connection goes, for logs: no secret is in it.
pub(super) fn shown(options: &ConnectOptions) -> String {
    format!("{}@{}:{}/{}", options.user, options.host, options.port, options.database)
}
