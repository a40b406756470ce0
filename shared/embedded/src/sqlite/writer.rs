//! The one thread of a process that writes: group commit. It takes all commands that wait, runs each in its own savepoint
//! inside one transaction, commits once, and then answers them all. Owns the order of writes and their
//! atomicity; what a command does is its closure's affair.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rusqlite::Connection;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

use super::fault::Fault;
use super::folding::Folding;
use super::schema::with_lock_retries;
use crate::queue::Bells;

/// Commands that may wait for the writer; further callers wait in their own tasks.
pub(super) const WAITING_MAX: usize = 4_096;
/// Commands of one transaction. Bounds what a failed commit repeats, and how long other processes wait for the lock.
const GROUP_MAX: usize = 512;
/// How often the writer looks whether another process has written, so that waiting receivers look again.
const FOREIGN_POLL: Duration = Duration::from_millis(150);

/// What a command leaves behind.
pub(crate) enum Effect<T> {
    /// Its changes stay.
    Keep(T),
    /// Its changes are taken back; its answer stands.
    Undo(T),
}

/// Sends commands to the writer thread. Dropping it ends the thread, after everything that was sent.
pub(super) struct Writer {
    commands: Option<Sender<Box<dyn Command>>>,
    room: Arc<Semaphore>,
    thread: Option<JoinHandle<()>>,
}

/// One change, as the writer sees it.
trait Command: Send {
    /// Runs it, and tells what is to become of its changes.
    fn run(&mut self, conn: &Connection) -> Ran;
    /// Hands the outcome over, or the fault that took it back.
    fn answer(self: Box<Self>, lost: Option<Fault>);
}

/// How a command went.
enum Ran {
    Keep,
    Undo,
    Failed(Fault),
}

struct Pending<T, F> {
    action: F,
    outcome: Result<T, Fault>,
    reply: oneshot::Sender<Result<T, Fault>>,
    _room: Option<OwnedSemaphorePermit>,
}

impl<T, F> Command for Pending<T, F>
where
    T: Send,
    F: FnMut(&Connection) -> Result<Effect<T>, Fault> + Send,
{
    fn run(&mut self, conn: &Connection) -> Ran {
        let (outcome, ran) = match (self.action)(conn) {
            Ok(Effect::Keep(value)) => (Ok(value), Ran::Keep),
            Ok(Effect::Undo(value)) => (Ok(value), Ran::Undo),
            Err(fault) => (Err(fault.clone()), Ran::Failed(fault)),
        };
        self.outcome = outcome;
        ran
    }

    fn answer(self: Box<Self>, lost: Option<Fault>) {
        let outcome = match lost {
            Some(fault) => Err(fault),
            None => self.outcome,
        };
        // Nobody waits any more when the caller was cancelled; the value's own drop sees to what must be given back.
        drop(self.reply.send(outcome));
    }
}

impl Writer {
    /// Starts the thread on a connection that nobody else uses.
    pub(super) fn start(conn: Connection, bells: Arc<Bells>, folding: Folding) -> std::io::Result<Self> {
        let (commands, inbox) = channel();
        let thread = std::thread::Builder::new()
            .name("fleet-writer".to_owned())
            .spawn(move || Loop { conn, inbox, bells, folding }.run())?;
        Ok(Self {
            commands: Some(commands),
            room: Arc::new(Semaphore::new(WAITING_MAX)),
            thread: Some(thread),
        })
    }

    /// Runs `action` in the next group and returns its answer once that is committed. It may run more than once, but its
    /// changes stay once at most.
    pub(super) async fn submit<T, F>(&self, action: F) -> Result<T, Fault>
    where
        T: Send + 'static,
        F: FnMut(&Connection) -> Result<Effect<T>, Fault> + Send + 'static,
    {
        let room = Arc::clone(&self.room).acquire_owned().await.map_err(|_| Fault::Gone)?;
        let answer = self.push(action, Some(room));
        answer.await.unwrap_or(Err(Fault::Gone))
    }

    /// Sends a command whose answer nobody waits for.
    pub(super) fn post<F>(&self, action: F)
    where
        F: FnMut(&Connection) -> Result<Effect<()>, Fault> + Send + 'static,
    {
        drop(self.push(action, None));
    }

    /// How many more commands may wait.
    #[cfg(test)]
    pub(super) fn room(&self) -> usize {
        self.room.available_permits()
    }

    fn push<T, F>(&self, action: F, room: Option<OwnedSemaphorePermit>) -> oneshot::Receiver<Result<T, Fault>>
    where
        T: Send + 'static,
        F: FnMut(&Connection) -> Result<Effect<T>, Fault> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let command = Pending { action, outcome: Err(Fault::Gone), reply, _room: room };
        if let Some(commands) = &self.commands {
            // A send fails only when the thread has ended; the reply is dropped then, which the caller sees as closed.
            drop(commands.send(Box::new(command)));
        }
        answer
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.commands = None;
        let Some(thread) = self.thread.take() else { return };
        // The last handle may be dropped by an answer on the very thread, which cannot wait for itself.
        if thread.thread().id() == std::thread::current().id() {
            return;
        }
        if thread.join().is_err() {
            tracing::error!("the thread that writes the state ended by a panic");
        }
    }
}

struct Loop {
    conn: Connection,
    inbox: Receiver<Box<dyn Command>>,
    bells: Arc<Bells>,
    folding: Folding,
}

impl Loop {
    fn run(mut self) {
        let mut looked_at = Instant::now();
        let mut seen = self.data_version();
        loop {
            match self.inbox.recv_timeout(FOREIGN_POLL) {
                Ok(first) => {
                    let group = self.group(first);
                    let commands = group.len();
                    self.commit(group);
                    self.folding.committed(commands, &self.conn);
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
            if looked_at.elapsed() >= FOREIGN_POLL {
                looked_at = Instant::now();
                let version = self.data_version();
                if version != seen {
                    seen = version;
                    self.bells.ring_all();
                }
            }
        }
    }

    /// Changes with each commit of another connection, not with our own. Costs no lock and no read of the file.
    fn data_version(&self) -> i64 {
        self.conn.pragma_query_value(None, "data_version", |row| row.get(0)).unwrap_or_default()
    }

    fn group(&self, first: Box<dyn Command>) -> Vec<Box<dyn Command>> {
        let mut group = vec![first];
        while group.len() < GROUP_MAX {
            let Ok(next) = self.inbox.try_recv() else { break };
            group.push(next);
        }
        group
    }

    fn commit(&self, mut group: Vec<Box<dyn Command>>) {
        let lost = match self.transact(&mut group) {
            Ok(()) => None,
            Err(Lost::AtBegin(fault)) => Some(fault),
            // One of them may be at fault, for instance by its size: each gets its own chance.
            Err(Lost::Later(_)) if group.len() > 1 => return self.commit_singly(group),
            Err(Lost::Later(fault)) => Some(fault),
        };
        for command in group {
            command.answer(lost.clone());
        }
    }

    fn commit_singly(&self, group: Vec<Box<dyn Command>>) {
        for command in group {
            self.commit(vec![command]);
        }
    }

    fn transact(&self, group: &mut [Box<dyn Command>]) -> Result<(), Lost> {
        with_lock_retries(|| self.execute("BEGIN IMMEDIATE")).map_err(Lost::AtBegin)?;
        let done = self.run_each(group).and_then(|()| self.execute("COMMIT"));
        done.map_err(|fault| {
            if !self.conn.is_autocommit()
                && let Err(error) = self.execute("ROLLBACK")
            {
                tracing::error!(?error, "cannot roll back");
            }
            Lost::Later(fault)
        })
    }

    fn run_each(&self, group: &mut [Box<dyn Command>]) -> Result<(), Fault> {
        for command in group {
            self.execute("SAVEPOINT command")?;
            match command.run(&self.conn) {
                Ran::Keep => {}
                // A full disk and some other faults end the whole transaction on their own.
                Ran::Failed(fault) if self.conn.is_autocommit() => return Err(fault),
                Ran::Undo | Ran::Failed(_) => self.execute("ROLLBACK TO command")?,
            }
            self.execute("RELEASE command")?;
        }
        Ok(())
    }

    fn execute(&self, sql: &str) -> Result<(), Fault> {
        self.conn.prepare_cached(sql)?.execute([])?;
        Ok(())
    }
}

/// Where a transaction was lost.
enum Lost {
    /// The write lock was not to be had: no command has run.
    AtBegin(Fault),
    /// While running or committing.
    Later(Fault),
}
