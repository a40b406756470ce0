//! Sessions kept between scripts: lent, given back, reset in full in between, closed in time.
//!
//! Owns when a session may serve again. Runs no scripts. Only servers that can reset a session in full are asked; with all
//! others each script gets a session of its own, as without a pool.

mod idle;
mod reset;
mod traces;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use tokio::time::Instant;

use self::idle::{Idle, State, Sweep};
use self::reset::Unfit;
pub(crate) use self::traces::Trace;
use crate::error::SessionError;
use crate::options::ConnectOptions;
use crate::session::Session;

/// The name of a session at rest. A script's own `RESET ALL` leads back to it, and never to the name of another script's
/// attempt, which has more parts.
pub const NAME_AT_REST: &str = "rsql/at-rest";
/// How long a session rests unused: longer than the pauses within a batch, shorter than anybody would wonder about.
const IDLE_LIMIT: Duration = Duration::from_secs(30);
/// How long a session serves. What only new sessions know of, such as another default of the role, is known after that; and
/// what a server process gathers goes. A new session a minute costs nothing that could be measured.
const LIFETIME: Duration = Duration::from_secs(60);
/// How long the answers to a reset may take: it is quick, so a server that takes longer is stuck or out of reach, and a new
/// session tells.
const ANSWER_LIMIT: Duration = Duration::from_secs(5);

/// How long sessions are kept.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Unused.
    pub idle: Duration,
    /// In all.
    pub lifetime: Duration,
    /// Waiting for the answers to a reset.
    pub answer: Duration,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { idle: IDLE_LIMIT, lifetime: LIFETIME, answer: ANSWER_LIMIT }
    }
}

/// Sessions that serve one script after the other. Clones share them. There are never more of one connection than scripts
/// have run on it at the same time, since a new one is opened only where none rests.
#[derive(Clone, Default)]
pub struct SessionPool {
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    limits: Limits,
    state: Mutex<State>,
}

/// A session at work, and the way back to its pool.
#[derive(Debug)]
pub struct Loan {
    session: Session,
    ticket: Option<Ticket>,
}

/// What a pool knows of a session.
#[derive(Debug)]
pub(crate) struct Ticket {
    pool: SessionPool,
    /// How it was opened: everything that makes a session, the password included.
    opened_with: ConnectOptions,
    opened_at: Instant,
    /// Sessions of an earlier epoch are out of date.
    epoch: u64,
    /// The parameters that the server reported at the login.
    parameters: BTreeMap<String, String>,
    /// Whether its server has proved what it is.
    proven: bool,
}

impl std::fmt::Debug for SessionPool {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SessionPool").field("idle", &self.state().idle_count()).finish_non_exhaustive()
    }
}

impl Loan {
    /// A session that nobody wants back.
    pub(crate) fn of_its_own(session: Session) -> Loan {
        Loan { session, ticket: None }
    }

    pub(crate) fn into_parts(self) -> (Session, Option<Ticket>) {
        (self.session, self.ticket)
    }

    /// The server process of the session.
    #[must_use]
    pub fn backend_pid(&self) -> Option<i32> {
        self.session.backend_pid()
    }
}

impl SessionPool {
    /// An empty pool with other limits than the default's.
    #[must_use]
    pub fn new(limits: Limits) -> SessionPool {
        SessionPool { shared: Arc::new(Shared { limits, state: Mutex::default() }) }
    }

    /// A session that rests, as new and under the name of `connect`; `None` where there is none. One that has died
    /// meanwhile is passed over. Dropping the future closes the session.
    pub async fn take(&self, connect: &ConnectOptions) -> Option<Loan> {
        let opened_with = at_rest(connect);
        loop {
            let oldest = Instant::now().checked_sub(self.shared.limits.lifetime);
            let (taken, old) = self.state().take(&opened_with, oldest);
            close_soon(old);
            let Idle { session, ticket, owed, .. } = taken?;
            if let Some(loan) = self.wake(session, ticket, owed, connect).await {
                return Some(loan);
            }
        }
    }

    /// A new session, under the name of `connect`.
    ///
    /// # Errors
    /// As [`Session::connect`].
    pub async fn open(&self, connect: &ConnectOptions) -> Result<Loan, SessionError> {
        let opened_with = at_rest(connect);
        let epoch = self.state().epoch_for(&opened_with);
        let Some(epoch) = epoch else { return Session::connect(connect).await.map(Loan::of_its_own) };
        let opened_at = Instant::now();
        let session = Session::connect(&opened_with).await?;
        if let Err(why) = reset::may_be_asked(&session) {
            self.refuse(&opened_with, &why);
            session.close().await;
            return Session::connect(connect).await.map(Loan::of_its_own);
        }
        let parameters = session.parameters().clone();
        let pool = self.clone();
        let ticket = Ticket { pool, opened_with, opened_at, epoch, parameters, proven: false };
        match self.wake(session, ticket, 0, connect).await {
            Some(loan) => Ok(loan),
            // A server that lets us in and does not take the name may still do without all this.
            None => Session::connect(connect).await.map(Loan::of_its_own),
        }
    }

    /// Closes all sessions that rest; those at work are closed when they come back.
    pub async fn close(&self) {
        let resting = self.state().close();
        for session in resting {
            session.close().await;
        }
    }

    /// Makes a session ready for work; `None` when it cannot be.
    async fn wake(
        &self,
        mut session: Session,
        mut ticket: Ticket,
        owed: usize,
        connect: &ConnectOptions,
    ) -> Option<Loan> {
        let finish = reset::finish(&mut session, owed, connect, &ticket.parameters);
        let finished = tokio::time::timeout(self.shared.limits.answer, finish).await;
        match finished {
            Ok(Ok(())) => {
                session.keep_name(&ticket.opened_with.application_name);
                // What was owed held the proof, where it was not yet given.
                ticket.proven |= owed > 0;
                return Some(Loan { session, ticket: Some(ticket) });
            }
            Ok(Err(Unfit::Refused(why))) => self.refuse(&ticket.opened_with, &why),
            Ok(Err(Unfit::Changed(why))) => tracing::info!(why, "a session is not used again"),
            Ok(Err(Unfit::Gone(error))) => tracing::debug!(%error, "a session that rested is gone"),
            Err(_) => tracing::info!("a session did not answer in time and is not used again"),
        }
        close_soon(vec![session]);
        None
    }

    /// Sessions of this connection are not kept any more; said once.
    fn refuse(&self, opened_with: &ConnectOptions, why: &str) {
        let (resting, first) = self.state().refuse(opened_with);
        close_soon(resting);
        if first {
            let ConnectOptions { user, host, port, database, .. } = opened_with;
            let connection = format!("{user}@{host}:{port}/{database}");
            tracing::warn!(connection, why, "sessions are not reused: each script gets its own");
        }
    }

    async fn keep(&self, mut session: Session, ticket: Ticket) {
        let Limits { lifetime, answer, .. } = self.shared.limits;
        let current = self.state().epoch_for(&ticket.opened_with) == Some(ticket.epoch);
        if !current || ticket.opened_at.elapsed() >= lifetime {
            return session.close().await;
        }
        session.let_name_go();
        session.give_room_back();
        let owed = match tokio::time::timeout(answer, reset::send(&mut session, ticket.proven)).await {
            Ok(Ok(owed)) => owed,
            Ok(Err(error)) => return tracing::debug!(%error, "a session broke at its script's end"),
            Err(_) => return tracing::debug!("a session did not take its reset"),
        };
        let idle = Idle { session, ticket, owed, since: Instant::now() };
        let put = self.state().put(idle);
        match put {
            Ok(Sweep::Begin) => idle::sweep_later(&self.shared),
            Ok(Sweep::GoesOn) => {}
            Err(idle) => close_soon(vec![idle.session]),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.shared.state()
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("nothing panics while it holds this lock")
    }
}

impl Ticket {
    /// Takes note of what a script has left behind; resets and keeps its session, if there is one and that will do.
    pub(crate) async fn give_back(self, session: Option<Session>, trace: Trace) {
        let pool = self.pool.clone();
        if trace == Trace::Every {
            let outdated = pool.state().begin_epoch();
            close_soon(outdated);
        }
        match session {
            Some(session) if trace == Trace::None => pool.keep(session, self).await,
            Some(session) => session.close().await,
            None => {}
        }
    }
}

/// How the sessions for `connect` are opened: alike for all scripts.
fn at_rest(connect: &ConnectOptions) -> ConnectOptions {
    ConnectOptions { application_name: NAME_AT_REST.to_owned(), query_group: None, ..connect.clone() }
}

/// Says good-bye where nobody waits for it.
fn close_soon(sessions: Vec<Session>) {
    for session in sessions {
        tokio::spawn(session.close());
    }
}
