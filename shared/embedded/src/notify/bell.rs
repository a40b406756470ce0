//! What the poster's thread waits for: news, a question whether all is posted, and the end. Owns the waiting alone.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

#[derive(Default)]
pub(super) struct Bell {
    signs: Mutex<Signs>,
    changed: Condvar,
}

#[derive(Default)]
struct Signs {
    /// There is an alert more.
    rung: bool,
    /// Somebody waits, so that a pause is to be cut short.
    hurried: bool,
    /// How often anybody has asked.
    questions: u64,
    ended: bool,
}

impl Bell {
    pub(super) fn ring(&self) {
        self.signs().rung = true;
        self.changed.notify_one();
    }

    /// Gives the number of the question.
    pub(super) fn ask(&self) -> u64 {
        let mut signs = self.signs();
        signs.hurried = true;
        signs.questions += 1;
        self.changed.notify_one();
        signs.questions
    }

    pub(super) fn end(&self) {
        self.signs().ended = true;
        self.changed.notify_one();
    }

    pub(super) fn has_ended(&self) -> bool {
        self.signs().ended
    }

    /// The number of the newest question.
    pub(super) fn questions(&self) -> u64 {
        self.signs().questions
    }

    /// Waits for news, a question or the end.
    pub(super) fn wait(&self, limit: Duration) {
        self.wait_while(limit, |signs| !signs.rung && !signs.hurried && !signs.ended);
    }

    /// Waits for a question or the end. News do not count: what failed for one alert will fail for the next.
    pub(super) fn pause(&self, limit: Duration) {
        self.wait_while(limit, |signs| !signs.hurried && !signs.ended);
    }

    fn wait_while(&self, limit: Duration, quiet: impl Fn(&Signs) -> bool) {
        let waited = self.changed.wait_timeout_while(self.signs(), limit, |signs| quiet(signs));
        let (mut signs, _) = waited.unwrap_or_else(PoisonError::into_inner);
        signs.rung = false;
        signs.hurried = false;
    }

    fn signs(&self) -> MutexGuard<'_, Signs> {
        self.signs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
