//! The store of the model: compare-and-set on a revision, and what the worker makes of its answer. Watches every row that is
//! written. Decides nothing.

use crate::state::{Broken, Row, State, Stored};

/// What came of a conditional write.
pub(crate) enum Wrote {
    /// It took effect, now or when its answer was lost; this is the row now.
    Done(Stored),
    /// The row is not as it had been seen; this is how it is.
    Stale(Option<Stored>),
}

impl State {
    /// Writes `row` over the revision that was seen. A writer that ignores revisions is one of the planted faults.
    pub(crate) fn compare_and_set(&mut self, seen: Option<u8>, row: Row, blind: bool) -> Wrote {
        let found = self.stored;
        if found.map(|found| found.rev) != seen && !blind {
            return Wrote::Stale(found);
        }
        if let Some(old) = found {
            self.watch(old.row, row);
        }
        let stored = Stored { rev: found.map_or(0, |found| found.rev) + 1, row };
        self.stored = Some(stored);
        Wrote::Done(stored)
    }

    /// As `worker::record` does it: a row that is found stale may be the very one that was to be written.
    pub(crate) fn record(&mut self, seen: Option<u8>, row: Row, blind: bool) -> Wrote {
        match self.compare_and_set(seen, row, blind) {
            Wrote::Stale(Some(found)) if took_effect(row, found.row) => Wrote::Done(found),
            wrote => wrote,
        }
    }

    /// Whether a write over the revision that was seen would take effect.
    pub(crate) fn is_current(&self, seen: Option<u8>) -> bool {
        self.stored.map(|stored| stored.rev) == seen
    }

    /// Notes that a rule was broken.
    pub(crate) fn note(&mut self, broken: Broken) {
        self.broken |= broken as u8;
    }

    fn watch(&mut self, old: Row, new: Row) {
        if old.status.is_settled() {
            self.note(Broken::SettledChanged);
        }
        if new.fence < old.fence || new.attempt < old.attempt {
            self.note(Broken::Fell);
        }
    }
}

/// What `worker::record` compares, of what a row of the model has. Without the times of start and end this takes more rows
/// for its own than the worker does; the lease and the fence tell them apart all the same.
pub(crate) fn took_effect(ours: Row, found: Row) -> bool {
    ours.status == found.status
        && ours.attempt == found.attempt
        && ours.fence == found.fence
        && ours.lease == found.lease
        && ours.not_before == found.not_before
        && ours.result == found.result
}
