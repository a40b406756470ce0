//! Connections for reading, off the async threads but for look-ups. Owns how many there are. A read sees everything that was answered
//! before it began: in WAL mode each transaction starts from the last commit.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rusqlite::Connection;
use tokio::sync::Semaphore;

use super::fault::Fault;
use super::schema::{open_reader, with_lock_retries};

/// Reads at the same time: they take turns on few cores anyhow, and each connection has its own cache.
const READERS_MAX: usize = 4;

pub(super) struct Readers {
    file: PathBuf,
    idle: Mutex<Vec<Connection>>,
    turns: Semaphore,
}

impl Readers {
    pub(super) fn new(file: PathBuf) -> Self {
        Self { file, idle: Mutex::new(Vec::new()), turns: Semaphore::new(READERS_MAX) }
    }

    /// Runs `query` in one read transaction.
    pub(super) async fn read<T, F>(self: &Arc<Self>, query: F) -> Result<T, Fault>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, Fault> + Send + 'static,
    {
        let _turn = self.turns.acquire().await.map_err(|_| Fault::Gone)?;
        let pool = Arc::clone(self);
        tokio::task::spawn_blocking(move || pool.run(query)).await.map_err(|_| Fault::Gone)?
    }

    /// Runs `query` on the caller's thread, for a look-up of a few rows: to wake another thread takes longer than the answer.
    /// A first look, for which a connection has to be opened, goes to another thread all the same.
    pub(super) async fn look_up<T, F>(self: &Arc<Self>, query: F) -> Result<T, Fault>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, Fault> + Send + 'static,
    {
        if self.idle().is_empty() {
            return self.read(query).await;
        }
        self.run(query)
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Connection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn run<T>(&self, query: impl FnOnce(&Connection) -> Result<T, Fault>) -> Result<T, Fault> {
        let idle = self.idle().pop();
        let mut conn = match idle {
            Some(conn) => conn,
            None => with_lock_retries(|| open_reader(&self.file))?,
        };
        // A connection that failed is closed rather than kept.
        let found = {
            let snapshot = conn.transaction()?;
            query(&snapshot)?
        };
        self.idle().push(conn);
        Ok(found)
    }
}
