//! The tables, and how a connection is set up. Owns the schema number and its upgrades. Does not know what rows mean.

use std::path::{Path, PathBuf};

use fleet_core::state::retry;
use fleet_core::time::Millis;
use rusqlite::{Connection, OpenFlags, TransactionBehavior};

use super::fault::Fault;

/// Name of the database in the state directory.
pub(super) const FILE_NAME: &str = "fleet.sqlite3";
/// Number of the tables below with all their later steps, kept in `user_version`.
pub(super) const SCHEMA: i64 = FIRST_SCHEMA + STEPS.len() as i64;
/// Number of the tables without any step.
const FIRST_SCHEMA: i64 = 1;
/// Marks the file as ours (`application_id`): the letters `RSQF`.
pub(super) const APPLICATION_ID: i64 = 0x5253_5146;
/// How long SQLite itself waits for a lock. Group commits take milliseconds; longer pauses are the retry module's.
const BUSY_WAIT: Millis = Millis(250);
/// Statements kept prepared on each connection: more than this crate has.
const STATEMENTS_MAX: usize = 96;
/// What is left of the log after a burst.
const LOG_BYTES_KEPT: i64 = 64 << 20;
/// Page cache of the writer, in KiB (negative by SQLite's convention): the pages that are written again and again.
const WRITER_CACHE_KIB: i64 = -4_000;
/// Page cache of every other connection: what is read now and then, the system's own cache holds for all of them.
const CACHE_KIB: i64 = -500;
/// Pauses between tries at the write lock: with the longest below some ten seconds in all, after which something hangs.
const LOCK_TRIES: usize = 40;
/// The first pause for the write lock.
const LOCK_PAUSE_FIRST: Millis = Millis(2);
/// The longest pause for the write lock.
const LOCK_PAUSE_MAX: Millis = Millis(100);

// Job and execution rows are JSON, and the columns beside it are what conditions, indices and counting need. Where both
// hold a field (revision, tally, cursor, slot), the column is the truth and the JSON an old copy.
const TABLES: &str = "
CREATE TABLE workflows (
    workflow_id TEXT PRIMARY KEY NOT NULL,
    version     TEXT,
    data        TEXT NOT NULL
);
CREATE TABLE versions (
    workflow_id TEXT NOT NULL,
    version     TEXT NOT NULL,
    data        BLOB NOT NULL,
    UNIQUE (workflow_id, version)
);
CREATE TABLE executions (
    execution_id TEXT NOT NULL UNIQUE,
    workflow_id  TEXT NOT NULL,
    started_at   INTEGER NOT NULL,
    open         INTEGER NOT NULL,
    attention_at INTEGER,
    generation   INTEGER NOT NULL,
    slots_used   INTEGER NOT NULL,
    rev          INTEGER NOT NULL,
    data         TEXT NOT NULL
);
CREATE INDEX executions_newest ON executions (started_at, execution_id);
CREATE INDEX executions_of_workflow ON executions (workflow_id, started_at, execution_id);
CREATE INDEX executions_open ON executions (started_at, execution_id) WHERE open = 1;
CREATE INDEX executions_open_of_workflow ON executions (workflow_id, started_at, execution_id) WHERE open = 1;
CREATE INDEX executions_due ON executions (attention_at, execution_id) WHERE attention_at IS NOT NULL;
CREATE TABLE jobs (
    execution_id  TEXT NOT NULL,
    job_id        TEXT NOT NULL,
    generation    INTEGER NOT NULL,
    settled       INTEGER NOT NULL,
    told          INTEGER NOT NULL,
    slot          INTEGER NOT NULL,
    held_since    INTEGER,
    needs_settled INTEGER NOT NULL,
    needs_good    INTEGER NOT NULL,
    needs_bad     INTEGER NOT NULL,
    rev           INTEGER NOT NULL,
    data          TEXT NOT NULL,
    UNIQUE (execution_id, job_id)
);
CREATE INDEX jobs_held ON jobs (execution_id, held_since, job_id) WHERE held_since IS NOT NULL;
CREATE TABLE audit (
    seq   INTEGER PRIMARY KEY,
    scope TEXT NOT NULL,
    key   TEXT NOT NULL,
    at    INTEGER NOT NULL,
    data  TEXT NOT NULL,
    UNIQUE (scope, key)
);
CREATE INDEX audit_oldest ON audit (scope, at, seq);
CREATE TRIGGER audit_is_never_edited BEFORE UPDATE ON audit
BEGIN SELECT RAISE(ABORT, 'audit records are never edited'); END;
CREATE TABLE messages (
    seq        INTEGER PRIMARY KEY AUTOINCREMENT,
    id         TEXT NOT NULL,
    queue      TEXT NOT NULL,
    body       TEXT NOT NULL,
    sent_at    INTEGER NOT NULL,
    visible_at INTEGER NOT NULL,
    receives   INTEGER NOT NULL DEFAULT 0,
    turn       INTEGER NOT NULL DEFAULT 0,
    died_in    TEXT
);
CREATE INDEX messages_next ON messages (queue, visible_at, seq);
CREATE TABLE schedule_marks (
    workflow_id TEXT NOT NULL,
    schedule    TEXT NOT NULL,
    fired_until INTEGER NOT NULL,
    UNIQUE (workflow_id, schedule)
);
";

/// What came later, each a schema of its own. Steps are added and never changed: there are files that have made them. A
/// process of the release before may be at work on the file meanwhile, so a step takes nothing away and needs no value from
/// its writers.
const STEPS: &[&str] = &[
    "
CREATE TABLE workers (
    worker  TEXT PRIMARY KEY NOT NULL,
    seen_at INTEGER NOT NULL,
    data    TEXT NOT NULL
);
",
    "ALTER TABLE messages ADD COLUMN trace TEXT;",
];

/// What the file turned out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Found {
    /// Ours, with the tables of this release.
    Ready,
    /// Ours, of an older release with this schema number.
    Older(i64),
    /// Ours, but of a newer release with this schema number.
    Newer(i64),
    /// Somebody else's database.
    Foreign,
}

/// Opens a connection for writing and sees to the tables.
pub(super) fn open_writer(file: &Path) -> Result<(Connection, Found), Fault> {
    let mut conn = Connection::open(file)?;
    set_up(&conn)?;
    conn.pragma_update(None, "cache_size", WRITER_CACHE_KIB)?;
    if conn.is_readonly("main")? {
        return Err(Fault::ReadOnly);
    }
    let found = with_lock_retries(|| create_or_check(&mut conn))?;
    Ok((conn, found))
}

/// Opens a connection that only reads.
pub(super) fn open_reader(file: &Path) -> Result<Connection, Fault> {
    let conn = open_present(file)?;
    conn.pragma_update(None, "query_only", true)?;
    Ok(conn)
}

/// Opens a connection that folds the log into the file.
pub(super) fn open_folder(file: &Path) -> Result<Connection, Fault> {
    open_present(file)
}

fn open_present(file: &Path) -> Result<Connection, Fault> {
    let flags =
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_URI;
    let conn = Connection::open_with_flags(file, flags)?;
    set_up(&conn)?;
    Ok(conn)
}

/// The log of this database: commits that are not folded into the file yet.
pub(super) fn log_of(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push("-wal");
    PathBuf::from(name)
}

/// Brings all of the log into the file and onto the disk, and has the log begin anew.
pub(super) fn fold_log(file: &Path) -> Result<(), Fault> {
    let conn = Connection::open(file)?;
    set_up(&conn)?;
    let busy: bool = conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
    if busy { Err(Fault::Busy) } else { Ok(()) }
}

/// Runs `attempt` until it does not find the database locked, within a bounded number of pauses.
pub(super) fn with_lock_retries<T>(mut attempt: impl FnMut() -> Result<T, Fault>) -> Result<T, Fault> {
    let mut pauses = retry::pauses(LOCK_PAUSE_FIRST, LOCK_PAUSE_MAX, LOCK_TRIES);
    loop {
        match attempt() {
            Err(Fault::Busy) => match pauses.next() {
                Some(pause) => std::thread::sleep(pause),
                None => return Err(Fault::Busy),
            },
            other => return other,
        }
    }
}

fn set_up(conn: &Connection) -> Result<(), Fault> {
    conn.busy_timeout(BUSY_WAIT.to_std())?;
    conn.set_prepared_statement_cache_capacity(STATEMENTS_MAX);
    // NORMAL keeps the file sound whatever happens, and each commit whole; `disk` brings commits to the disk where somebody
    // waits for it.
    conn.pragma_update(None, "synchronous", "NORMAL")?;
    conn.pragma_update(None, "cache_size", CACHE_KIB)?;
    conn.pragma_update(None, "temp_store", "MEMORY")?;
    conn.pragma_update(None, "journal_size_limit", LOG_BYTES_KEPT)?;
    // `folding` does that.
    conn.pragma_update(None, "wal_autocheckpoint", 0)?;
    Ok(())
}

fn create_or_check(conn: &mut Connection) -> Result<Found, Fault> {
    let found = look(conn)?;
    match found {
        Found::Newer(_) => return Ok(found),
        Found::Foreign if !is_empty(conn)? => return Ok(found),
        Found::Ready | Found::Older(_) | Found::Foreign => use_log(conn)?,
    }
    if found == Found::Ready {
        return Ok(found);
    }
    let transaction = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
    // Another process may have been first.
    let has = match look(&transaction)? {
        Found::Older(schema) => schema,
        Found::Foreign if is_empty(&transaction)? => {
            transaction.execute_batch(TABLES)?;
            transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
            FIRST_SCHEMA
        }
        found => return Ok(found),
    };
    for step in STEPS.iter().skip(usize::try_from(has - FIRST_SCHEMA).unwrap_or(0)) {
        transaction.execute_batch(step)?;
    }
    transaction.pragma_update(None, "user_version", SCHEMA)?;
    transaction.commit()?;
    look(conn)
}

fn use_log(conn: &Connection) -> Result<(), Fault> {
    Ok(conn.pragma_update(None, "journal_mode", "WAL")?)
}

fn look(conn: &Connection) -> Result<Found, Fault> {
    let application: i64 = conn.pragma_query_value(None, "application_id", |row| row.get(0))?;
    let schema: i64 = conn.pragma_query_value(None, "user_version", |row| row.get(0))?;
    Ok(match (application, schema) {
        (APPLICATION_ID, SCHEMA) => Found::Ready,
        (APPLICATION_ID, newer) if newer > SCHEMA => Found::Newer(newer),
        (APPLICATION_ID, older) if older >= FIRST_SCHEMA => Found::Older(older),
        _ => Found::Foreign,
    })
}

fn is_empty(conn: &Connection) -> Result<bool, Fault> {
    let tables: i64 = conn.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    Ok(tables == 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_the_first_release_is_brought_up_to_date_and_keeps_its_rows() {
        let dir = tempfile::tempdir().expect("there is a place for temporary files");
        let file = dir.path().join(FILE_NAME);
        let first = Connection::open(&file).expect("a new file can be made");
        first.execute_batch(TABLES).expect("it is legal SQL");
        first.execute_batch("INSERT INTO workflows VALUES ('night', NULL, '{}')").expect("a row fits");
        let message =
            "INSERT INTO messages (id, queue, body, sent_at, visible_at) VALUES ('m', 'q', '{}', 0, 0)";
        first.execute_batch(message).expect("a row fits");
        first.pragma_update(None, "application_id", APPLICATION_ID).expect("it can be set");
        first.pragma_update(None, "user_version", FIRST_SCHEMA).expect("it can be set");
        for _ in 0..2 {
            let (conn, found) = open_writer(&file).expect("it can be opened");
            assert_eq!(found, Found::Ready);
            let count = |sql: &str| conn.query_row(sql, [], |row| row.get::<_, i64>(0)).expect("it is there");
            assert_eq!(count("SELECT count(*) FROM workflows"), 1);
            assert_eq!(count("SELECT count(*) FROM workers"), 0);
            assert_eq!(count("SELECT count(*) FROM messages WHERE trace IS NULL"), 1);
            // As a process of the release before goes on writing.
            conn.execute_batch("SAVEPOINT s").expect("it is legal SQL");
            conn.execute_batch(message).expect("a row fits");
            conn.execute_batch("ROLLBACK TO s").expect("it is legal SQL");
        }
    }
}
