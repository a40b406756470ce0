//! Which states are one: what makes no difference to anybody is taken away, names included. Without it the search would be
//! many times larger and find nothing more. Changes nothing that an action or a property could tell.

use crate::state::{Message, Phase, Row, State, Stored, small};
use crate::store::took_effect;

/// The revision of a row that has changed since.
pub(crate) const STALE: u8 = 0;
/// The revision of the row as it is.
const PRESENT: u8 = 1;
/// In a lease: a worker whose process is no more.
const GONE: u8 = u8::MAX;

impl State {
    /// Takes away what makes no difference to anybody: what is written in a row that a worker has seen and that has changed
    /// since, and the count of revisions beyond "the present one" and "an older one".
    pub(crate) fn tidy(&mut self) {
        for worker in &mut self.workers {
            worker.phase.forget(self.stored);
            worker.phase.renumber();
        }
        if let Some(stored) = &mut self.stored {
            stored.rev = PRESENT;
        }
        self.rename();
    }

    /// An id that nothing refers to.
    pub(crate) fn free_id(&self) -> u8 {
        let receipts = self.workers.iter().filter_map(|worker| worker.receipt).map(|receipt| receipt.id);
        let messages = self.queue.iter().map(|message| message.id);
        let leases = self.rows().filter_map(|row| row.lease).map(|lease| lease.message);
        leases.chain(receipts).chain(messages).max().map_or(0, |id| id + 1)
    }

    /// Names of workers and messages that are gone, or that nothing tells apart, are made the same.
    fn rename(&mut self) {
        let leases = self.rows().filter_map(|row| row.lease).map(|lease| lease.message);
        let receipts = self.workers.iter().filter_map(|worker| worker.receipt).map(|receipt| receipt.id);
        let mut order: Vec<u8> = leases.chain(receipts).collect();
        let mut rest: Vec<Message> =
            self.queue.iter().filter(|message| !order.contains(&message.id)).copied().collect();
        rest.sort_unstable_by_key(|message| (message.attempt, message.again, message.hidden));
        order.extend(rest.iter().map(|message| message.id));
        let mut names: Vec<u8> = Vec::with_capacity(order.len());
        for id in order {
            if !names.contains(&id) {
                names.push(id);
            }
        }
        let new = |id: u8| names.iter().position(|name| *name == id).map_or(id, small);
        for message in &mut self.queue {
            message.id = new(message.id);
        }
        self.queue.sort_unstable_by_key(|message| message.id);
        for receipt in self.workers.iter_mut().filter_map(|worker| worker.receipt.as_mut()) {
            receipt.id = new(receipt.id);
        }
        self.each_row(|row| {
            if let Some(lease) = &mut row.lease {
                lease.message = new(lease.message);
            }
        });
    }

    /// The process of this name is gone; the one that follows has a name of its own.
    pub(crate) fn rename_worker(&mut self, gone: usize) {
        self.each_row(|row| {
            if let Some(lease) = row.lease.as_mut().filter(|lease| usize::from(lease.worker) == gone) {
                lease.worker = GONE;
            }
        });
    }

    fn rows(&self) -> impl Iterator<Item = Row> {
        let seen = self.workers.iter().flat_map(|worker| worker.phase.rows());
        self.stored.map(|stored| stored.row).into_iter().chain(seen)
    }

    /// Changes every row: the stored one, and those that workers have seen or are about to write.
    pub(crate) fn each_row(&mut self, mut change: impl FnMut(&mut Row)) {
        if let Some(stored) = &mut self.stored {
            change(&mut stored.row);
        }
        for worker in &mut self.workers {
            for row in worker.phase.rows_mut() {
                change(row);
            }
        }
    }
}

impl Phase {
    /// The rows that it has seen or is about to write.
    fn rows(mut self) -> impl Iterator<Item = Row> {
        let rows = self.rows_mut().map(|row| *row).collect::<Vec<_>>();
        rows.into_iter()
    }

    fn rows_mut(&mut self) -> impl Iterator<Item = &mut Row> {
        let (one, other) = match self {
            Self::Claiming { row, .. } | Self::GivingUp { row, .. } => (Some(row), None),
            Self::Claimed { held, .. } | Self::Running { held, .. } | Self::Finished { held, .. } => {
                (Some(&mut held.seen.row), None)
            }
            Self::Recording { held, row, .. } => (Some(&mut held.seen.row), Some(row)),
            Self::Idle | Self::Sending { .. } | Self::Deleting => (None, None),
        };
        one.into_iter().chain(other)
    }

    /// What of the phase depends on the row that the worker has seen.
    fn forget(&mut self, stored: Option<Stored>) {
        let current = |seen: Option<u8>| stored.map(|stored| stored.rev) == seen;
        let unheard = |row: Row| stored.is_some_and(|stored| took_effect(row, stored.row));
        match self {
            Self::Claiming { row, seen, .. } | Self::GivingUp { row, seen, .. } if !current(*seen) => {
                *seen = Some(STALE);
                if !unheard(*row) {
                    *row = Row::default();
                }
            }
            Self::Claimed { held, .. }
            | Self::Running { held, .. }
            | Self::Finished { held, .. }
            | Self::Recording { held, .. }
                if !current(Some(held.seen.rev)) =>
            {
                held.seen = Stored { rev: STALE, row: Row::default() };
            }
            _ => {}
        }
        if let Self::Recording { held, good, row, .. } = *self
            && !unheard(row)
        {
            *self = Self::Finished { held, good };
        }
    }

    fn renumber(&mut self) {
        match self {
            Self::Claiming { seen: Some(rev), .. } | Self::GivingUp { seen: Some(rev), .. } => {
                *rev = (*rev).min(PRESENT);
            }
            Self::Claimed { held, .. } | Self::Running { held, .. } | Self::Finished { held, .. } => {
                held.seen.rev = held.seen.rev.min(PRESENT);
            }
            _ => {}
        }
    }
}
