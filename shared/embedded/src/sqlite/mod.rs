//! The SQLite store: executions, jobs, audit trail, workflows and queues in one file, shared by all processes that use the
//! state directory.
//!
//! Owns opening and closing, one writer thread and some reading connections a process, and whether an answer waits for the
//! disk ([`Store::ahead`]). Does not know what a status means beyond "settled", "open" and "held", and decides nothing.

mod audit;
mod definitions;
mod disk;
mod executions;
mod fault;
mod folding;
mod jobs;
mod marks;
mod readers;
mod schema;
mod telling;
#[cfg(test)]
mod tests;
mod workers;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Weak};

use fleet_core::ports::{Clock, PortError};
use rusqlite::Connection;

use self::definitions::Versions;
use self::disk::Disk;
use self::folding::Folding;
use self::readers::Readers;
use self::schema::Found;
use self::writer::Writer;
use crate::queue::{Bells, Queue, QueueSettings};

pub(crate) use self::fault::Fault;
pub(crate) use self::marks::Mark;
pub use self::workers::Roster;
pub(crate) use self::writer::Effect;

/// Why the state cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The directory is not there and cannot be made.
    #[error("make the state directory {}", path.display())]
    Directory {
        /// The directory.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A newer release has been here.
    #[error(
        "open {}: it has schema {found}, this release knows schemas up to {known}; upgrade this program, or use another \
         state directory", path.display()
    )]
    Newer {
        /// The database.
        path: PathBuf,
        /// Its schema number.
        found: i64,
        /// The highest that this release knows.
        known: i64,
    },
    /// Another program's database has our name.
    #[error("open {}: it is a database of another program; use another state directory", path.display())]
    Foreign {
        /// The database.
        path: PathBuf,
    },
    /// It cannot be read or written; the text says why, and the remedy.
    #[error("{0}")]
    Unusable(PortError),
    /// The system gives no thread.
    #[error("start the thread that writes {}", path.display())]
    Thread {
        /// The database.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
}

/// The state of an embedded fleet: implements `Executions` and `Definitions`, and gives out queues.
///
/// What it answers, and all that the answer rests on, would survive a loss of power; [`Store::ahead`] gives a handle that
/// does not wait for that.
///
/// A clone is another handle of the same store. When the last handle (queues included) is dropped, what was sent is
/// written and the files are closed.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
    answers: Answers,
}

/// When a handle answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Answers {
    /// Once the answer would survive a loss of power.
    Secured,
    /// Once it would survive the death of every process.
    Ahead,
}

/// What the handles of one store share.
pub(crate) struct Inner {
    file: PathBuf,
    clock: Clock,
    bells: Arc<Bells>,
    readers: Arc<Readers>,
    versions: Versions,
    disk: Disk,
    writer: Writer,
}

impl Store {
    /// Opens the store in `state_dir`, making both when they are not there. `clock` gives the time of visibility and
    /// delays; the rows carry their own times.
    ///
    /// # Errors
    /// [`OpenError`] names the path and the remedy. Nothing is left half-made.
    pub fn open(state_dir: &Path, clock: Clock) -> Result<Self, OpenError> {
        std::fs::create_dir_all(state_dir)
            .map_err(|source| OpenError::Directory { path: state_dir.to_owned(), source })?;
        let file = state_dir.join(schema::FILE_NAME);
        let (conn, found) = schema::open_writer(&file).map_err(|fault| unusable(fault, &file))?;
        match found {
            // One that was older has been brought up to date.
            Found::Ready | Found::Older(_) => {}
            Found::Newer(found) => return Err(OpenError::Newer { path: file, found, known: schema::SCHEMA }),
            Found::Foreign => return Err(OpenError::Foreign { path: file }),
        }
        let bells = Arc::new(Bells::default());
        let thread = |source| OpenError::Thread { path: file.clone(), source };
        let folding = Folding::start(&file).map_err(|fault| unusable(fault, &file))?;
        let writer = Writer::start(conn, Arc::clone(&bells), folding).map_err(thread)?;
        let disk = Disk::start(&file).map_err(thread)?;
        let readers = Arc::new(Readers::new(file.clone()));
        let versions = Versions::default();
        let inner = Inner { file, clock, bells, readers, versions, disk, writer };
        Ok(Self { inner: Arc::new(inner), answers: Answers::Secured })
    }

    /// A handle of the same store whose answers run ahead of the disk: they survive the death of every process, while a
    /// loss of power may take the last of them, as if the machine had stopped a moment before. For dispatcher and worker,
    /// who ask for [`Executions::secure`](fleet_core::ports::Executions::secure) before anything happens outside of the
    /// store that could not be taken back.
    #[must_use]
    pub fn ahead(&self) -> Self {
        Self { inner: Arc::clone(&self.inner), answers: Answers::Ahead }
    }

    /// A queue of this store; queues of one name are the same queue, in every process. It answers as this handle does.
    #[must_use]
    pub fn queue(&self, name: &str, settings: QueueSettings) -> Queue {
        Queue::new(self.clone(), name, settings)
    }

    /// The database file.
    #[must_use]
    pub fn file(&self) -> &Path {
        &self.inner.file
    }

    pub(crate) fn inner(&self) -> &Arc<Inner> {
        &self.inner
    }

    /// Runs `query` on a reading connection. `what` is the verb and its object, for messages.
    pub(crate) async fn read<T, F>(&self, what: impl Fn() -> String, query: F) -> Result<T, PortError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, Fault> + Send + 'static,
    {
        let found = self.inner.readers.read(query).await;
        self.answer(what, found).await
    }

    /// As [`Self::read`], for a few rows found by their keys.
    pub(crate) async fn look_up<T, F>(&self, what: impl Fn() -> String, query: F) -> Result<T, PortError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, Fault> + Send + 'static,
    {
        let found = self.inner.readers.look_up(query).await;
        self.answer(what, found).await
    }

    /// Runs `action` on the writer. `what` is the verb and its object, for messages.
    pub(crate) async fn write<T, F>(&self, what: impl Fn() -> String, action: F) -> Result<T, PortError>
    where
        T: Send + 'static,
        F: FnMut(&Connection) -> Result<Effect<T>, Fault> + Send + 'static,
    {
        let done = self.inner.writer.submit(action).await;
        self.answer(what, done).await
    }

    async fn answer<T>(&self, what: impl Fn() -> String, found: Result<T, Fault>) -> Result<T, PortError> {
        let value = found.map_err(|fault| fault.into_port_error(what(), self.file()))?;
        if self.answers == Answers::Secured {
            self.secured(what).await?;
        }
        Ok(value)
    }

    /// Returns when all that was answered before is on the disk.
    async fn secured(&self, what: impl Fn() -> String) -> Result<(), PortError> {
        self.inner.disk.secure().await.map_err(|fault| fault.into_port_error(what(), self.file()))
    }
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Store").field(&self.inner.file).finish()
    }
}

impl Inner {
    pub(crate) fn clock(&self) -> &Clock {
        &self.clock
    }

    pub(crate) fn bells(&self) -> &Bells {
        &self.bells
    }

    /// Has `action` run on the writer without waiting for it; does nothing when the store is gone.
    pub(crate) fn post<F>(store: &Weak<Self>, action: F)
    where
        F: FnMut(&Connection) -> Result<Effect<()>, Fault> + Send + 'static,
    {
        if let Some(store) = store.upgrade() {
            store.writer.post(action);
        }
    }
}

fn unusable(fault: Fault, file: &Path) -> OpenError {
    OpenError::Unusable(fault.into_port_error(format!("open {}", file.display()), file))
}
