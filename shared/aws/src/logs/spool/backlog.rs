//! What waits to be sent of one log stream. Owns the order of its records and how far they have been sent. Does no I/O.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::{Notify, watch};

/// Waiting bytes that are sent without waiting for more: half of what one call takes.
const URGENT_BYTES: u64 = 512 * 1024;

/// Where a record lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::logs) struct RecordRef {
    pub(super) segment: u64,
    pub(super) offset: u64,
    /// Length of its frame in bytes.
    pub(super) bytes: u64,
    /// Number after its last line.
    pub(in crate::logs) end: u64,
}

/// What there is to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::logs) enum Look {
    /// Nothing waits, and more may come.
    Idle,
    /// Nothing waits, and nobody has the log open.
    Over,
    /// Something waits, and may wait for more to be sent with.
    Waiting,
    /// Something waits that somebody waits for.
    Urgent,
}

/// The records of one log stream that have not been sent.
#[derive(Debug)]
pub(in crate::logs) struct Backlog {
    stream: String,
    state: Mutex<State>,
    changed: Notify,
    /// All lines below this number have been sent.
    sent: watch::Sender<u64>,
}

#[derive(Debug, Default)]
struct State {
    records: VecDeque<RecordRef>,
    bytes: u64,
    /// Lines below this number are wanted at once.
    urgent: u64,
    /// Logs that are open.
    writers: usize,
}

impl Backlog {
    /// What was left of a stream: these records, of which the lines below `sent` have been sent.
    pub(in crate::logs) fn new(stream: String, records: VecDeque<RecordRef>, sent: u64) -> Self {
        let bytes = records.iter().map(|record| record.bytes).sum();
        let state = State { records, bytes, ..State::default() };
        let (changed, sent) = (Notify::new(), watch::Sender::new(sent));
        Self { stream, state: Mutex::new(state), changed, sent }
    }

    /// Name of the log stream.
    pub(in crate::logs) fn stream(&self) -> &str {
        &self.stream
    }

    /// A log of it has been opened.
    pub(in crate::logs) fn opened(&self) {
        self.state().writers += 1;
    }

    /// A log of it has been closed.
    pub(in crate::logs) fn closed(&self) {
        self.state().writers -= 1;
        self.changed.notify_one();
    }

    /// Records have come to the disk.
    pub(super) fn landed(&self, records: impl IntoIterator<Item = RecordRef>) {
        let mut state = self.state();
        for record in records {
            state.bytes += record.bytes;
            state.records.push_back(record);
        }
        drop(state);
        self.changed.notify_one();
    }

    pub(in crate::logs) fn look(&self) -> Look {
        let state = self.state();
        let urgent = state.bytes >= URGENT_BYTES || state.writers == 0 || state.urgent > *self.sent.borrow();
        match (state.records.is_empty(), urgent) {
            (true, _) if state.writers == 0 => Look::Over,
            (true, _) => Look::Idle,
            (false, true) => Look::Urgent,
            (false, false) => Look::Waiting,
        }
    }

    /// Waits for a change of what [`Backlog::look`] says. One waits at a time.
    pub(in crate::logs) async fn changed(&self) {
        self.changed.notified().await;
    }

    /// The first records, with some `bytes` in all, and the number of the first line that has not been sent.
    pub(in crate::logs) fn first(&self, bytes: u64) -> (Vec<RecordRef>, u64) {
        let state = self.state();
        let mut sum = 0;
        let some = state.records.iter().take_while(|record| {
            let taken = sum < bytes;
            sum += record.bytes;
            taken
        });
        (some.copied().collect(), *self.sent.borrow())
    }

    /// Lines below `up_to` have been sent. Gives the records that are done with.
    pub(in crate::logs) fn sent(&self, up_to: u64) -> Vec<RecordRef> {
        let mut state = self.state();
        let count = state.records.iter().take_while(|record| record.end <= up_to).count();
        let done: Vec<RecordRef> = state.records.drain(..count).collect();
        state.bytes -= done.iter().map(|record| record.bytes).sum::<u64>();
        drop(state);
        self.sent.send_replace(up_to);
        done
    }

    /// Asks for what waits to be sent at once.
    pub(in crate::logs) fn hurry(&self) -> u64 {
        let mut state = self.state();
        let end = state.records.back().map_or(0, |record| record.end);
        state.urgent = state.urgent.max(end);
        drop(state);
        self.changed.notify_one();
        end
    }

    /// Waits until what is there now has been sent.
    pub(in crate::logs) async fn flush(&self) {
        let end = self.hurry();
        let mut sent = self.sent.subscribe();
        // It cannot fail: the sender is here.
        let _ = sent.wait_for(|sent| *sent >= end).await;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
