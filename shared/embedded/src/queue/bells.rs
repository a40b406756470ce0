//! One bell a queue name: whoever sends rings it, whoever waits hears it. Only inside the process; the writer rings all of
//! them when another process has written.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Notify;

#[derive(Default)]
pub(crate) struct Bells(Mutex<HashMap<String, Arc<Notify>>>);

impl Bells {
    /// The bell of this queue.
    pub(crate) fn of(&self, queue: &str) -> Arc<Notify> {
        let mut bells = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(bell) = bells.get(queue) {
            return Arc::clone(bell);
        }
        Arc::clone(bells.entry(queue.to_owned()).or_default())
    }

    /// Has every waiting receiver look again.
    pub(crate) fn ring_all(&self) {
        let bells = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for bell in bells.values() {
            bell.notify_waiters();
        }
    }
}
