//! The SQLite store: executions, jobs, audit trail, workflows and queues in one file, shared by all processes that use the
//! state directory.
//!
//! Owns opening and closing, one writer thread and some reading connections a process. Everything that it answers is on
//! disk. Does not know what a status means beyond "settled", "open" and "held", and decides nothing.

mod audit;
mod definitions;
mod executions;
mod fault;
mod jobs;
mod marks;
mod readers;
mod schema;
mod telling;
#[cfg(test)]
mod tests;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Weak};

use fleet_core::ports::{Clock, PortError};
use rusqlite::Connection;

use self::definitions::Versions;
use self::readers::Readers;
use self::schema::Found;
use self::writer::Writer;
use crate::queue::{Bells, Queue, QueueSettings};

pub(crate) use self::fault::Fault;
pub(crate) use self::marks::Mark;
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
/// A clone is another handle of the same store. When the last handle (queues included) is dropped, what was sent is
/// written and the files are closed.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

/// What the handles of one store share.
pub(crate) struct Inner {
    file: PathBuf,
    clock: Clock,
    bells: Arc<Bells>,
    readers: Arc<Readers>,
    versions: Versions,
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
            Found::Ready => {}
            Found::Newer(found) => return Err(OpenError::Newer { path: file, found, known: schema::SCHEMA }),
            Found::Foreign => return Err(OpenError::Foreign { path: file }),
        }
        let bells = Arc::new(Bells::default());
        let writer = Writer::start(conn, Arc::clone(&bells))
            .map_err(|source| OpenError::Thread { path: file.clone(), source })?;
        let readers = Arc::new(Readers::new(file.clone()));
        let versions = Versions::default();
        Ok(Self { inner: Arc::new(Inner { file, clock, bells, readers, versions, writer }) })
    }

    /// A queue of this store; queues of one name are the same queue, in every process.
    #[must_use]
    pub fn queue(&self, name: &str, settings: QueueSettings) -> Queue {
        Queue::new(Arc::clone(&self.inner), name, settings)
    }

    /// The database file.
    #[must_use]
    pub fn file(&self) -> &Path {
        &self.inner.file
    }

    pub(crate) fn inner(&self) -> &Inner {
        &self.inner
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

    /// Runs `query` on a reading connection. `what` is the verb and its object, for messages.
    pub(crate) async fn read<T, F>(&self, what: impl FnOnce() -> String, query: F) -> Result<T, PortError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, Fault> + Send + 'static,
    {
        self.readers.read(query).await.map_err(|fault| fault.into_port_error(what(), &self.file))
    }

    /// Runs `action` on the writer; returns when it is durable. `what` is the verb and its object, for messages.
    pub(crate) async fn write<T, F>(&self, what: impl FnOnce() -> String, action: F) -> Result<T, PortError>
    where
        T: Send + 'static,
        F: FnMut(&Connection) -> Result<Effect<T>, Fault> + Send + 'static,
    {
        self.writer.submit(action).await.map_err(|fault| fault.into_port_error(what(), &self.file))
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
