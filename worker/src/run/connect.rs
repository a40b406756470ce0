//! The connection of an attempt. Owns which one a job gets, the attempt's name on its sessions, and that its password stays
//! out of logs. Where its values come from is the place's to say.

use fleet_core::workflow::{ScriptKind, Work};
use rsql_client::{ConnectOptions, SessionError};

use super::{Refusal, ScriptRunner, session_name, values};
use crate::place::{Connection, Freshness, PlaceError};
use crate::runner::Ran;
use crate::task::Task;

/// SQLSTATEs of refused credentials begin with this.
const REFUSED_CREDENTIALS: &str = "28";

impl ScriptRunner {
    /// The connection of a job, which must have one, with the attempt's name on its sessions. A job that names none, as in
    /// the older stage form, gets the only one there is; among several there is no guess.
    pub(super) async fn connection(&self, task: &Task, freshness: Freshness) -> Result<Connection, Ran> {
        if let Some(connection) = self.maybe_connection(task, freshness).await? {
            return Ok(connection);
        }
        let (job, names) = (task.job_id(), self.settings.place.connection_names());
        let known = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
        Err(Refusal(format!(
            "job {job} names no connection, nor does its workflow; name one of those that this worker knows: {known}"
        ))
        .into())
    }

    /// As [`Self::connection`], for a job that can do without; a name that is not known is refused all the same.
    pub(super) async fn maybe_connection(
        &self,
        task: &Task,
        freshness: Freshness,
    ) -> Result<Option<Connection>, Ran> {
        match self.connection_name(task) {
            Some(name) => Ok(Some(self.named(name, task, freshness).await?)),
            None => Ok(None),
        }
    }

    /// The name of a job's connection: the one it gives, or the only one there is. A shell script gets none unasked, since
    /// it may well do without; one that is given a secret's id asks.
    pub(super) fn connection_name<'n>(&'n self, task: &'n Task) -> Option<&'n str> {
        let job = task.job();
        let asks = !matches!(job.work, Work::Script { kind: ScriptKind::Sh, .. })
            || job.args.iter().any(values::names_secret);
        task.connection().or_else(|| match self.settings.place.connection_names()[..] {
            [name] if asks => Some(name),
            _ => None,
        })
    }

    async fn named(&self, name: &str, task: &Task, freshness: Freshness) -> Result<Connection, PlaceError> {
        let mut connection = self.settings.place.connection(name, freshness).await?;
        if let Some(password) = &connection.options.password {
            self.redactor.learn(password.expose());
        }
        let session = session_name(task.execution_id(), task.job_id(), task.turn.attempt);
        connection.options.application_name.clone_from(&session);
        connection.options.query_group = Some(session);
        Ok(connection)
    }
}

/// Where a connection goes, for logs: no secret is in it.
pub(super) fn shown(options: &ConnectOptions) -> String {
    format!("{}@{}:{}/{}", options.user, options.host, options.port, options.database)
}

/// Whether the server does not take these credentials: newer ones may serve.
pub(super) fn refused_credentials(sqlstate: Option<&str>) -> bool {
    sqlstate.is_some_and(|state| state.starts_with(REFUSED_CREDENTIALS))
}

/// As [`refused_credentials`], of a session that could not be opened.
pub(super) fn refused_login(error: &SessionError) -> bool {
    matches!(error, SessionError::Connect { sqlstate, .. } if refused_credentials(sqlstate.as_deref()))
}
