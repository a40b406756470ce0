//! The sessions of a pool that rest, and what is known of their connections. Closes those that have rested for long.
//!
//! Does not speak to servers.

use std::sync::{Arc, Weak};

use tokio::time::Instant;

use super::{Shared, Ticket};
use crate::options::ConnectOptions;
use crate::session::Session;

/// Most sessions that may rest, of all connections: as many as a worker can have slots.
const IDLE_MAX: usize = 1_000;

/// A session that rests.
pub(super) struct Idle {
    pub(super) session: Session,
    pub(super) ticket: Ticket,
    /// Answers to its reset that have not been read.
    pub(super) owed: usize,
    pub(super) since: Instant,
}

/// Whether somebody looks after those that rest for too long.
pub(super) enum Sweep {
    Begin,
    GoesOn,
}

/// What a pool keeps.
#[derive(Default)]
pub(super) struct State {
    /// The longest at rest first.
    idle: Vec<Idle>,
    /// Connections whose servers cannot reset sessions in full.
    refused: Vec<ConnectOptions>,
    epoch: u64,
    closed: bool,
    /// Whether somebody looks after those that rest for too long.
    swept: bool,
}

impl State {
    pub(super) fn idle_count(&self) -> usize {
        self.idle.len()
    }

    /// The session that came last, of those opened like this; and those that were opened before `oldest`, to be closed.
    pub(super) fn take(
        &mut self,
        opened_with: &ConnectOptions,
        oldest: Option<Instant>,
    ) -> (Option<Idle>, Vec<Session>) {
        let old = self.remove(|idle| oldest.is_some_and(|oldest| idle.ticket.opened_at < oldest));
        let at = self.idle.iter().rposition(|idle| idle.ticket.opened_with == *opened_with);
        (at.map(|at| self.idle.remove(at)), old)
    }

    /// Keeps a session; `Err` gives it back where that is not wanted.
    pub(super) fn put(&mut self, idle: Idle) -> Result<Sweep, Box<Idle>> {
        if self.closed || idle.ticket.epoch != self.epoch || self.idle.len() >= IDLE_MAX {
            return Err(Box::new(idle));
        }
        self.idle.push(idle);
        let swept = std::mem::replace(&mut self.swept, true);
        Ok(if swept { Sweep::GoesOn } else { Sweep::Begin })
    }

    /// The present epoch, if sessions of this connection are kept.
    pub(super) fn epoch_for(&self, opened_with: &ConnectOptions) -> Option<u64> {
        (!self.closed && !self.refused.contains(opened_with)).then_some(self.epoch)
    }

    /// Sessions opened until now are out of date; gives those at rest.
    pub(super) fn begin_epoch(&mut self) -> Vec<Session> {
        self.epoch += 1;
        self.remove(|_| true)
    }

    /// Sessions of this connection are not kept any more; gives those at rest, and whether this is news.
    pub(super) fn refuse(&mut self, opened_with: &ConnectOptions) -> (Vec<Session>, bool) {
        let first = !self.refused.contains(opened_with);
        if first {
            self.refused.push(opened_with.clone());
        }
        (self.remove(|idle| idle.ticket.opened_with == *opened_with), first)
    }

    /// No session is kept any more; gives those at rest.
    pub(super) fn close(&mut self) -> Vec<Session> {
        self.closed = true;
        self.remove(|_| true)
    }

    fn remove(&mut self, unwanted: impl Fn(&Idle) -> bool) -> Vec<Session> {
        self.idle.extract_if(.., |idle| unwanted(idle)).map(|idle| idle.session).collect()
    }

    /// Those that have rested since `until`, and when the next one will have; without a next one nobody looks any more.
    fn expire(&mut self, until: Option<Instant>) -> (Vec<Session>, Option<Instant>) {
        let expired = self.remove(|idle| until.is_some_and(|until| idle.since <= until));
        let next = self.idle.first().map(|idle| idle.since);
        self.swept = next.is_some();
        (expired, next)
    }
}

/// Looks after the sessions that rest, until there is none or the pool is gone.
pub(super) fn sweep_later(shared: &Arc<Shared>) {
    let limit = shared.limits.idle;
    tokio::spawn(sweep(Arc::downgrade(shared), Instant::now() + limit));
}

async fn sweep(pool: Weak<Shared>, mut next: Instant) {
    loop {
        tokio::time::sleep_until(next).await;
        let Some(shared) = pool.upgrade() else { return };
        let limit = shared.limits.idle;
        let (expired, since) = shared.state().expire(Instant::now().checked_sub(limit));
        drop(shared);
        for session in expired {
            session.close().await;
        }
        let Some(since) = since else { return };
        next = since + limit;
    }
}
