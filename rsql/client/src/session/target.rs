//! Which of several servers is taken: `target_session_attrs`.
//!
//! Asks only servers that do not tell by themselves.

use super::{Reply, Session};
use crate::error::SessionError;
use crate::options::Target;

/// Whether a server is what is wanted, or libpq's words for why not.
pub(super) async fn check(
    session: &mut Session,
    target: Target,
) -> Result<Result<(), &'static str>, SessionError> {
    Ok(match target {
        Target::Any | Target::PreferStandby => Ok(()),
        Target::ReadWrite if takes_no_changes(session).await? => Err("session is read-only"),
        Target::ReadOnly if !takes_no_changes(session).await? => Err("session is not read-only"),
        Target::Primary if in_recovery(session).await? => Err("server is in hot standby mode"),
        Target::Standby if !in_recovery(session).await? => Err("server is not in hot standby mode"),
        Target::ReadWrite | Target::ReadOnly | Target::Primary | Target::Standby => Ok(()),
    })
}

async fn takes_no_changes(session: &mut Session) -> Result<bool, SessionError> {
    let told = |name| session.parameter(name).map(|value| value == "on");
    match (told("default_transaction_read_only"), told("in_hot_standby")) {
        (Some(read_only), Some(standby)) => Ok(read_only || standby),
        _ => asked(session, "SHOW transaction_read_only", "on").await,
    }
}

async fn in_recovery(session: &mut Session) -> Result<bool, SessionError> {
    match session.parameter("in_hot_standby") {
        Some(value) => Ok(value == "on"),
        None => asked(session, "SELECT pg_catalog.pg_is_in_recovery()", "t").await,
    }
}

/// Whether the server answers so. One that does not know the question, such as Redshift, answers no.
async fn asked(session: &mut Session, sql: &str, expect: &str) -> Result<bool, SessionError> {
    session.send_query(sql.as_bytes()).await?;
    let mut yes = false;
    loop {
        match session.next_reply().await? {
            Reply::Row(row) => yes = row.cells().next().flatten() == Some(expect.as_bytes()),
            Reply::Ready(_) => return Ok(yes),
            _ => {}
        }
    }
}
