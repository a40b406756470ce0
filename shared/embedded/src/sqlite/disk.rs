//! Bringing the log to the disk. A commit survives the death of every process at once; a loss of power it survives when the
//! log has been brought to the disk since. Owns the one thread of a process that does so, for all who wait at a time, and what
//! follows when the disk fails. Does not choose who waits: see `Answers`.
//!
//! The log is one file with one order of commits, so that it is enough to sync it as a file: with what was answered here goes
//! all that came before, of other processes too, and what a loss of power takes is always the end of it.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;

use tokio::sync::oneshot;

use super::fault::Fault;
use super::schema;

/// Asks the thread for the disk. Dropping it ends the thread, after everything that was asked.
pub(super) struct Disk {
    asks: Option<Sender<Ask>>,
    thread: Option<JoinHandle<()>>,
}

type Ask = oneshot::Sender<Result<(), Fault>>;

impl Disk {
    /// Starts the thread for the log of this database.
    pub(super) fn start(file: &Path) -> io::Result<Self> {
        let (asks, inbox) = channel();
        let worker = Loop { file: file.to_owned(), inbox, log: None, is_doubtful: false };
        let thread = std::thread::Builder::new().name("fleet-disk".to_owned()).spawn(move || worker.run())?;
        Ok(Self { asks: Some(asks), thread: Some(thread) })
    }

    /// Returns when all that was committed before this call is on the disk.
    pub(super) async fn secure(&self) -> Result<(), Fault> {
        let (reply, answer) = oneshot::channel();
        let asked = self.asks.as_ref().is_some_and(|asks| asks.send(reply).is_ok());
        if !asked {
            return Err(Fault::Gone);
        }
        answer.await.unwrap_or(Err(Fault::Gone))
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        self.asks = None;
        if let Some(thread) = self.thread.take()
            && thread.thread().id() != std::thread::current().id()
            && thread.join().is_err()
        {
            tracing::error!("the thread that brings the log to the disk ended by a panic");
        }
    }
}

struct Loop {
    file: PathBuf,
    inbox: Receiver<Ask>,
    log: Option<File>,
    /// A sync has failed: what the system tells of the log from then on says nothing about what is on the disk.
    is_doubtful: bool,
}

impl Loop {
    fn run(mut self) {
        while let Ok(first) = self.inbox.recv() {
            // Whoever asks from here on may have committed too late for this sync.
            let waiting: Vec<Ask> = std::iter::once(first).chain(self.inbox.try_iter()).collect();
            let done = self.sync();
            for ask in waiting {
                // Nobody waits any more when the caller was cancelled.
                drop(ask.send(done.clone()));
            }
        }
    }

    fn sync(&mut self) -> Result<(), Fault> {
        if self.is_doubtful {
            schema::fold_log(&self.file)?;
            self.is_doubtful = false;
        }
        let log = match self.log.take() {
            Some(log) => log,
            None => open(&self.file)?,
        };
        if let Err(error) = log.sync_data() {
            self.is_doubtful = true;
            return Err(Fault::from(error));
        }
        self.log = Some(log);
        Ok(())
    }
}

/// Opens the log, which is there for as long as a connection is, and brings its name to the disk.
fn open(file: &Path) -> Result<File, Fault> {
    let log = File::open(schema::log_of(file))?;
    if let Some(directory) = file.parent() {
        File::open(directory)?.sync_all()?;
    }
    Ok(log)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_log_that_cannot_be_reached_is_told_and_tried_again() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("fleet.sqlite3");
        let disk = Disk::start(&file).unwrap();
        assert!(matches!(disk.secure().await, Err(Fault::Shut(_))));
        std::fs::write(schema::log_of(&file), "commits").unwrap();
        assert_eq!(disk.secure().await, Ok(()));
    }
}
