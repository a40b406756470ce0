//! Small errands on a session of their own: a single value for a precondition, and ending the sessions of a lost worker.
//!
//! Does not run scripts.

use std::time::Duration;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::emulate;
use crate::error::SessionError;
use crate::options::ConnectOptions;
use crate::reuse::Trace;
use crate::run::Sessions;
use crate::session::{Reply, Session};

/// How long [`terminate_sessions`] waits for terminated sessions to be gone.
pub const TERMINATE_TIMEOUT: Duration = Duration::from_secs(5);
/// Pause between two looks at whether they are.
const TERMINATE_POLL: Duration = Duration::from_millis(50);
/// Time a cancelled query has to answer.
const CANCEL_ANSWER_TIMEOUT: Duration = Duration::from_secs(5);
/// PostgreSQL keeps this many bytes of an application name.
const APPLICATION_NAME_BYTES_MAX: usize = 63;

/// Runs `sql` and gives the first cell of its first row; `None` for NULL and for no row.
///
/// # Errors
/// [`SessionError::Connect`], [`SessionError::Server`] when the statement is refused, [`SessionError::Cancelled`] when
/// the token fires (the query is then cancelled on the server), [`SessionError::ConnectionLost`].
pub async fn query_first_cell(
    connect: &ConnectOptions,
    sessions: Sessions,
    sql: &str,
    cancel: &CancellationToken,
) -> Result<Option<String>, SessionError> {
    let loan = tokio::select! {
        biased;
        () = cancel.cancelled() => return Err(SessionError::Cancelled),
        loan = sessions.open(connect) => loan?,
    };
    let (mut session, ticket) = loan.into_parts();
    let canceller = session.canceller();
    let outcome = tokio::select! {
        biased;
        outcome = first_cell_emulated(&mut session, sql) => Some(outcome),
        () = cancel.cancelled() => None,
    };
    if let Some(outcome) = outcome {
        match ticket {
            Some(ticket) if !matches!(&outcome, Err(error) if error.ends_session()) => {
                ticket.give_back(Some(session), Trace::of_statement(sql.as_bytes())).await;
            }
            _ => session.close().await,
        }
        return outcome;
    }
    canceller.cancel().await?;
    // The server's answer says that the query has really ended; without it the session is dropped all the same.
    let drained = tokio::time::timeout(CANCEL_ANSWER_TIMEOUT, drain(&mut session)).await;
    tracing::debug!(answered = drained.is_ok(), "query cancelled");
    session.close().await;
    Err(SessionError::Cancelled)
}

/// Ends all sessions with this application name, of the same user and on the same database, and waits until they are
/// gone, at most [`TERMINATE_TIMEOUT`]. Gives the number of sessions that were told to end.
///
/// Another fleet may use the same server, and schedules give its executions the same names: what it has running on its
/// own database is left alone. So is a session that a script opened as another user or on another database.
///
/// PostgreSQL is asked by `pg_stat_activity`. Redshift keeps no application name there, so its sessions are found
/// through `stl_connection_log`, which only a superuser (or a user with unrestricted SYSLOG ACCESS) sees in full.
///
/// # Errors
/// [`SessionError::StillThere`] when some outlive the wait, else as [`query_first_cell`].
pub async fn terminate_sessions(
    connect: &ConnectOptions,
    application_name: &str,
) -> Result<u32, SessionError> {
    // A session of the same name would end itself.
    let connect = ConnectOptions { application_name: "rsql/terminate".to_owned(), ..connect.clone() };
    let mut session = Session::connect(&connect).await?;
    let outcome = terminate_in(&mut session, application_name).await;
    session.close().await;
    outcome
}

async fn terminate_in(session: &mut Session, application_name: &str) -> Result<u32, SessionError> {
    let redshift = session.is_redshift();
    let pids = sessions_named(application_name, redshift);
    let terminate = format!("SELECT count(pg_terminate_backend(pid)) FROM ({pids}) AS s");
    let terminated = count(session, &terminate).await?;
    let deadline = Instant::now() + TERMINATE_TIMEOUT;
    let look = format!("SELECT count(*) FROM ({pids}) AS s");
    loop {
        let left = count(session, &look).await?;
        if left == 0 {
            return Ok(terminated);
        }
        if Instant::now() >= deadline {
            return Err(SessionError::StillThere {
                application_name: application_name.to_owned(),
                count: left,
                waited_s: TERMINATE_TIMEOUT.as_secs(),
            });
        }
        tokio::time::sleep(TERMINATE_POLL).await;
    }
}

/// A query for the process ids of the sessions with this name.
fn sessions_named(application_name: &str, redshift: bool) -> String {
    if redshift {
        let name = literal(application_name);
        // Process ids are used again: the log entry must belong to the session that has the id now.
        return format!(
            "SELECT DISTINCT s.process AS pid FROM stv_sessions s JOIN stl_connection_log l ON l.pid = s.process \
             WHERE trim(l.application_name) = {name} AND l.recordtime >= s.starttime - interval '1 minute' \
             AND trim(s.user_name) = current_user AND trim(s.db_name) = current_database() \
             AND s.process <> pg_backend_pid()"
        );
    }
    let name = literal(&name_as_kept(application_name));
    format!(
        "SELECT pid FROM pg_stat_activity WHERE application_name = {name} AND usename = current_user \
         AND datname = current_database() AND pid <> pg_backend_pid()"
    )
}

/// PostgreSQL cuts application names and keeps only printable ASCII, other bytes become `?`.
pub(crate) fn name_as_kept(name: &str) -> String {
    let printable = |b: u8| if (b' '..=b'~').contains(&b) { char::from(b) } else { '?' };
    name.bytes().take(APPLICATION_NAME_BYTES_MAX).map(printable).collect()
}

pub(crate) fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

async fn count(session: &mut Session, sql: &str) -> Result<u32, SessionError> {
    let cell = first_cell(session, sql).await?.unwrap_or_default();
    cell.parse().map_err(|_| SessionError::Protocol(format!("\"{cell}\" instead of a count")))
}

/// As [`first_cell`], for a query that may be Redshift's while the server is not.
async fn first_cell_emulated(session: &mut Session, sql: &str) -> Result<Option<String>, SessionError> {
    emulate::prepare(session)?;
    let rewritten = emulate::rewritten(session, sql).await?;
    first_cell(session, rewritten.as_deref().unwrap_or(sql)).await
}

async fn first_cell(session: &mut Session, sql: &str) -> Result<Option<String>, SessionError> {
    session.send_query(sql.as_bytes()).await?;
    let mut first: Option<Option<String>> = None;
    let mut failure = None;
    loop {
        match session.next_reply().await? {
            Reply::Row(row) if first.is_none() => {
                let cell = row.cells().next().flatten();
                first = Some(cell.map(|bytes| String::from_utf8_lossy(bytes).into_owned()));
            }
            Reply::Error(message) => failure = Some(message),
            // Nothing is copied in here: the statement fails with this reason.
            Reply::CopyIn { .. } => session.fail_copy("no data: only a value is asked for").await?,
            Reply::Ready(_) => break,
            _ => {}
        }
    }
    match failure {
        Some(message) => Err(SessionError::Server(Box::new(message))),
        None => Ok(first.flatten()),
    }
}

async fn drain(session: &mut Session) -> Result<(), SessionError> {
    while !matches!(session.next_reply().await?, Reply::Ready(_)) {}
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_quoted_and_cut_as_the_server_keeps_them() {
        assert_eq!(literal("it's"), "'it''s'");
        assert_eq!(name_as_kept("a/é"), "a/??");
        assert_eq!(name_as_kept(&"x".repeat(99)).len(), 63);
        assert!(sessions_named("a", true).contains("stl_connection_log"));
        assert!(sessions_named("a'b", false).contains("application_name = 'a''b'"));
    }
}
