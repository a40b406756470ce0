//! Folding the log into the file, beside the writer: left to itself, SQLite has the writer do it in the middle of its work,
//! and everybody who waits for a commit waits for megabytes of pages to reach the disk. Owns the thread that folds, and when
//! the writer must help after all. The log begins anew by itself once it is folded whole.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;

use rusqlite::Connection;

use super::fault::Fault;
use super::schema;

/// Commands of the writer between two folds: their pages are on the disk within some milliseconds.
const COMMANDS_EACH: usize = 256;
/// Passes of one fold. While the writer goes on, each leaves only what was committed meanwhile.
const PASSES_MAX: usize = 4;
/// A log of so many pages is folded by the writer itself, which no commit can run ahead of: it would grow without end where
/// the writer never rests. 64 MB.
const PAGES_MAX: i64 = 16_000;

/// The writer's side. Dropping it ends the thread.
pub(super) struct Folding {
    asks: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
    /// The thread cannot keep up.
    is_behind: Arc<AtomicBool>,
    commands: usize,
}

impl Folding {
    /// Starts the thread, with a connection of its own.
    pub(super) fn start(file: &Path) -> Result<Self, Fault> {
        let (asks, inbox) = channel();
        let is_behind = Arc::new(AtomicBool::new(false));
        let folder = Folder { conn: schema::open_folder(file)?, inbox, is_behind: Arc::clone(&is_behind) };
        let thread =
            std::thread::Builder::new().name("fleet-folder".to_owned()).spawn(move || folder.run())?;
        Ok(Self { asks: Some(asks), thread: Some(thread), is_behind, commands: 0 })
    }

    /// Says that so many commands were committed, on the writer's own connection.
    pub(super) fn committed(&mut self, commands: usize, conn: &Connection) {
        self.commands += commands;
        if self.commands < COMMANDS_EACH {
            return;
        }
        self.commands = 0;
        if self.is_behind.swap(false, Ordering::Relaxed)
            && let Err(error) = fold(conn)
        {
            tracing::warn!(?error, "the writer cannot fold the log; it grows meanwhile");
        }
        if let Some(asks) = &self.asks {
            // Fails only when the thread has ended.
            let _ = asks.send(());
        }
    }
}

impl Drop for Folding {
    fn drop(&mut self) {
        self.asks = None;
        if self.thread.take().is_some_and(|thread| thread.join().is_err()) {
            tracing::error!("the thread that folds the log ended by a panic");
        }
    }
}

struct Folder {
    conn: Connection,
    inbox: Receiver<()>,
    is_behind: Arc<AtomicBool>,
}

impl Folder {
    fn run(self) {
        while self.inbox.recv().is_ok() {
            // One fold is the answer to all who have asked.
            while self.inbox.try_recv().is_ok() {}
            match self.fold_whole() {
                Ok(left) => self.is_behind.store(left > PAGES_MAX, Ordering::Relaxed),
                Err(error) => tracing::warn!(?error, "the log cannot be folded; it grows meanwhile"),
            }
        }
    }

    /// Folds until nothing is left, if the writer lets it; gives the pages of a log that could not be folded whole.
    fn fold_whole(&self) -> Result<i64, Fault> {
        let mut pages = 0;
        for _ in 0..PASSES_MAX {
            let (all, folded) = fold(&self.conn)?;
            if folded >= all {
                return Ok(0);
            }
            pages = all;
        }
        Ok(pages)
    }
}

/// Folds what can be folded without waiting for anybody: the pages of the log, and how many of them are in the file now.
fn fold(conn: &Connection) -> Result<(i64, i64), Fault> {
    let found = conn.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |row| Ok((row.get(1)?, row.get(2)?)))?;
    Ok(found)
}
