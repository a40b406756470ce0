//! The roster on SQLite: a row for each worker process that serves the state directory, with the last that it has said of
//! itself. Owns the rows and when they are forgotten. Does not judge who is alive: the times are there for that.

use fleet_core::ports::PortError;
use fleet_core::roster::WorkerStatus;
use fleet_core::time::Millis;
use rusqlite::{Connection, params};

use super::fault::Fault;
use super::{Effect, Store};

/// How long a process that was killed stays in the roster: long enough to be noticed by somebody who comes in the morning.
const KEPT: Millis = Millis::from_mins(24 * 60);

/// Who serves a state directory.
#[derive(Debug, Clone)]
pub struct Roster {
    store: Store,
}

impl Roster {
    /// The roster in this store.
    #[must_use]
    pub fn new(store: &Store) -> Self {
        // A report that a loss of power takes is made good by the next.
        Self { store: store.ahead() }
    }

    /// Keeps what a worker says of itself, instead of what it said before, and forgets those that were silent for a day.
    ///
    /// # Errors
    /// [`PortError`]; the next report makes up for it.
    pub async fn report(&self, status: &WorkerStatus) -> Result<(), PortError> {
        let (worker, seen_at) = (status.worker.clone(), status.seen_at.as_millis());
        let data = serde_json::to_string(status).map_err(Fault::from);
        let what = || format!("report worker {}", status.worker);
        let action = move |conn: &Connection| {
            let data = data.as_ref().map_err(Clone::clone)?;
            conn.prepare_cached(
                "INSERT INTO workers (worker, seen_at, data) VALUES (?1, ?2, ?3)
                 ON CONFLICT (worker) DO UPDATE SET seen_at = excluded.seen_at, data = excluded.data",
            )?
            .execute(params![worker, seen_at, data])?;
            conn.prepare_cached("DELETE FROM workers WHERE seen_at < ?1")?
                .execute([seen_at.saturating_sub_unsigned(KEPT.0)])?;
            Ok(Effect::Keep(()))
        };
        self.store.write(what, action).await
    }

    /// Takes a worker that has ended out of the roster.
    ///
    /// # Errors
    /// [`PortError`]; it stays there as one that is not heard of.
    pub async fn leave(&self, worker: &str) -> Result<(), PortError> {
        let name = worker.to_owned();
        let action = move |conn: &Connection| {
            conn.prepare_cached("DELETE FROM workers WHERE worker = ?1")?.execute([&name])?;
            Ok(Effect::Keep(()))
        };
        self.store.write(|| format!("take worker {worker} out of the roster"), action).await
    }

    /// The last report of every worker, by their names. One that was killed is among them for a day.
    ///
    /// # Errors
    /// [`PortError`]
    pub async fn workers(&self) -> Result<Vec<WorkerStatus>, PortError> {
        let query = |conn: &Connection| {
            let mut statement = conn.prepare_cached("SELECT data FROM workers ORDER BY worker")?;
            let mut rows = statement.query([])?;
            let mut found = Vec::new();
            while let Some(row) = rows.next()? {
                found.push(serde_json::from_str(row.get_ref(0)?.as_str().map_err(rusqlite::Error::from)?)?);
            }
            Ok(found)
        };
        self.store.read(|| "read the roster".to_owned(), query).await
    }
}
