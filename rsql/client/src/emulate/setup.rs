//! Making a PostgreSQL session fit for the emulation: how it reads literals, from the start; the functions and views in its
//! database, once a statement needs them.

use rsql_sql::emulate::{SCHEMA, shims};

use super::Emulation;
use crate::error::SessionError;
use crate::options::ConnectOptions;
use crate::session::{Reply, Session, Transaction};
use crate::sessions::literal;

/// Lock under which one session at a time makes the schema; any number that others are unlikely to use.
const LOCK: i64 = 7_273_716_020_001;
/// Redshift's literals know backslashes; our own texts have none.
const SETTINGS: &str = "SET standard_conforming_strings = off; SET escape_string_warning = off";
/// What the server is going to say of them.
const REPORTED: (&str, &str) = ("standard_conforming_strings", "off");

/// A session that was opened, prepared.
///
/// # Errors
/// As those of the session.
pub(crate) fn prepared(opened: Result<Session, SessionError>) -> Result<Session, SessionError> {
    let mut session = opened?;
    prepare(&mut session)?;
    Ok(session)
}

/// Prepares a session that asks for the emulation, if its server is not Redshift. Nothing is sent before the first query,
/// which takes the settings along.
///
/// # Errors
/// As those of the session.
pub(crate) fn prepare(session: &mut Session) -> Result<(), SessionError> {
    if session.options().emulation.is_none() || session.is_redshift() {
        return Ok(());
    }
    session.begin_with(SETTINGS, REPORTED)
}

/// Sees to it that the functions and views are there, in whatever transaction the session is. A server that lets nobody make
/// the schema is used without: statements that need it then fail one by one, with the server's own message.
///
/// # Errors
/// As those of the session.
pub(crate) async fn equip(session: &mut Session) -> Result<(), SessionError> {
    if is_equipped(session).await? {
        return Ok(());
    }
    match session.transaction() {
        Transaction::Idle => make(session).await,
        Transaction::Open | Transaction::Failed => make_apart(session.options()).await,
    }
}

async fn is_equipped(session: &mut Session) -> Result<bool, SessionError> {
    let stamp = literal(shims::STAMP);
    let known = format!(
        "SELECT 1 FROM pg_catalog.pg_namespace WHERE nspname = '{SCHEMA}' \
         AND pg_catalog.obj_description(oid, 'pg_namespace') = {stamp}"
    );
    Ok(run(session, &known).await?.rows > 0)
}

/// Makes the schema in a session of its own: neither may the script's transaction end for it, nor may what is made go with
/// that.
async fn make_apart(options: &ConnectOptions) -> Result<(), SessionError> {
    let options = ConnectOptions { emulation: None, ..options.clone() };
    match Session::connect(&options).await {
        Ok(mut other) => {
            let made = make(&mut other).await;
            other.close().await;
            made
        }
        Err(error) => {
            tracing::warn!(%error, "schema {SCHEMA} could not be made");
            Ok(())
        }
    }
}

async fn make(session: &mut Session) -> Result<(), SessionError> {
    let stamp = literal(shims::STAMP);
    let scripts = shims::SCRIPTS.concat();
    let made = format!(
        "SET LOCAL client_min_messages = error; SELECT pg_catalog.pg_advisory_xact_lock({LOCK}); \
         CREATE SCHEMA IF NOT EXISTS {SCHEMA}; {scripts}; COMMENT ON SCHEMA {SCHEMA} IS {stamp}"
    );
    // One query string is one transaction, whatever becomes of it.
    if let Some(reason) = run(session, &made).await?.refused {
        tracing::warn!(%reason, "schema {SCHEMA} could not be made");
    }
    Ok(())
}

impl Emulation {
    /// Equips the session's database, once. A failed transaction takes no question; its end is the next chance.
    pub(super) async fn equip(&mut self, session: &mut Session) -> Result<(), SessionError> {
        if self.equipped || session.transaction() == Transaction::Failed {
            return Ok(());
        }
        self.internal = true;
        let is_equipped = is_equipped(session).await?;
        if !is_equipped && session.transaction() == Transaction::Idle {
            make(session).await?;
        }
        self.internal = false;
        if !is_equipped && session.transaction() != Transaction::Idle {
            make_apart(session.options()).await?;
        }
        self.equipped = true;
        Ok(())
    }
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
