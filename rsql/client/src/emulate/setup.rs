//! Making a PostgreSQL session fit for the emulation: the functions and views in its database, and how it reads literals.

use rsql_sql::emulate::{SCHEMA, shims};

use crate::error::SessionError;
use crate::session::{Reply, Session};
use crate::sessions::literal;

/// Lock under which one session at a time makes the schema; any number that others are unlikely to use.
const LOCK: i64 = 7_273_716_020_001;

/// A session that was opened, prepared.
///
/// # Errors
/// As those of the session.
pub(crate) async fn prepared(opened: Result<Session, SessionError>) -> Result<Session, SessionError> {
    let mut session = opened?;
    prepare(&mut session).await?;
    Ok(session)
}

/// Prepares a session that asks for the emulation, if its server is not Redshift. A server that lets nobody make the
/// schema is used without: statements that need it then fail one by one, with the server's own message.
///
/// # Errors
/// As those of the session.
pub(crate) async fn prepare(session: &mut Session) -> Result<(), SessionError> {
    if session.options().emulation.is_none() || session.is_redshift() {
        return Ok(());
    }
    // Redshift's literals know backslashes; our own texts have none.
    run(session, "SET standard_conforming_strings = off; SET escape_string_warning = off").await?;
    let stamp = literal(shims::STAMP);
    let known = format!(
        "SELECT 1 FROM pg_catalog.pg_namespace WHERE nspname = '{SCHEMA}' \
         AND pg_catalog.obj_description(oid, 'pg_namespace') = {stamp}"
    );
    if run(session, &known).await?.rows > 0 {
        return Ok(());
    }
    let scripts = shims::SCRIPTS.concat();
    let made = format!(
        "BEGIN; SET LOCAL client_min_messages = error; SELECT pg_catalog.pg_advisory_xact_lock({LOCK}); \
         CREATE SCHEMA IF NOT EXISTS {SCHEMA}; {scripts}; COMMENT ON SCHEMA {SCHEMA} IS {stamp}; COMMIT"
    );
    let answer = run(session, &made).await?;
    if let Some(reason) = answer.refused {
        tracing::warn!(%reason, "schema {SCHEMA} could not be made");
        run(session, "ROLLBACK").await?;
    }
    Ok(())
}

/// What came of a statement of ours.
#[derive(Default)]
struct Answer {
    rows: usize,
    refused: Option<String>,
}

async fn run(session: &mut Session, sql: &str) -> Result<Answer, SessionError> {
    session.send_query(sql.as_bytes()).await?;
    let mut answer = Answer::default();
    loop {
        match session.next_reply().await? {
            Reply::Row(_) => answer.rows += 1,
            Reply::Error(message) => answer.refused = Some(message.to_string()),
            Reply::Ready(_) => return Ok(answer),
            _ => {}
        }
    }
}
