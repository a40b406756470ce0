//! Calls that several tasks of this process share: what they ask for within a few milliseconds goes out as one batch, since
//! SQS charges by the call. Owns the gathering and the answer to each. Each asker waits until its own entries are through,
//! so that nothing is promised that has not happened.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use fleet_core::ports::PortError;
use futures_util::future::BoxFuture;
use tokio::sync::oneshot;

use crate::batches::BatchLimits;

/// What became of one entry.
pub(super) type Outcome = Result<(), PortError>;
/// Makes one call; gives an outcome an entry, in their order.
pub(super) type Call<T> = Box<dyn Fn(Vec<T>) -> BoxFuture<'static, Vec<Outcome>> + Send + Sync>;

/// How calls are shared.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sharing {
    /// What one call takes.
    pub(super) limits: BatchLimits,
    /// How long the first entry waits for others.
    pub(super) linger: Duration,
}

/// One kind of call to one queue.
pub(super) struct SharedCalls<T> {
    what: String,
    sharing: Sharing,
    bytes_of: fn(&T) -> usize,
    call: Call<T>,
    waiting: Mutex<Waiting<T>>,
}

struct Waiting<T> {
    entries: Vec<Entry<T>>,
    /// Whether a task will come for the entries.
    is_awaited: bool,
}

struct Entry<T> {
    asked: T,
    answer: oneshot::Sender<Outcome>,
}

impl<T: Send + 'static> SharedCalls<T> {
    /// `what` is the verb and its object, for errors.
    pub(super) fn new(what: String, sharing: Sharing, bytes_of: fn(&T) -> usize, call: Call<T>) -> Arc<Self> {
        let waiting = Mutex::new(Waiting { entries: Vec::new(), is_awaited: false });
        Arc::new(Self { what, sharing, bytes_of, call, waiting })
    }

    /// Carries these through, with whatever others ask for meanwhile. The first fault among them is the answer; the others of
    /// them may be through.
    pub(super) async fn carry(self: &Arc<Self>, asked: Vec<T>) -> Outcome {
        let answers: Vec<_> = asked.into_iter().map(|asked| self.add(asked)).collect();
        let mut outcome = Ok(());
        for answer in answers {
            let lost = || PortError::Unavailable {
                what: self.what.clone(),
                cause: "the call was given up, since the process is ending".to_owned(),
            };
            outcome = outcome.and(answer.await.unwrap_or_else(|_| Err(lost())));
        }
        outcome
    }

    fn add(self: &Arc<Self>, asked: T) -> oneshot::Receiver<Outcome> {
        let (answer, receiver) = oneshot::channel();
        let mut waiting = self.waiting();
        waiting.entries.push(Entry { asked, answer });
        if waiting.entries.len() >= self.sharing.limits.entries_max {
            let batch = self.take(&mut waiting);
            tokio::spawn(Arc::clone(self).make(batch));
        } else if !waiting.is_awaited {
            waiting.is_awaited = true;
            tokio::spawn(Arc::clone(self).gather());
        }
        receiver
    }

    /// Gives others a moment to join, then makes the calls. They are made here, so that a caller that is dropped meanwhile
    /// takes nobody's call along.
    async fn gather(self: Arc<Self>) {
        // Wherever the pause ends, and be it with the runtime, the next entry calls for another.
        let awaited = Awaited(&self);
        tokio::time::sleep(self.sharing.linger).await;
        // Before the entries are taken: one that comes in between is taken here, and its own task finds nothing to do.
        drop(awaited);
        let mut waiting = self.waiting();
        while !waiting.entries.is_empty() {
            let batch = self.take(&mut waiting);
            tokio::spawn(Arc::clone(&self).make(batch));
        }
    }

    async fn make(self: Arc<Self>, batch: Vec<Entry<T>>) {
        let (asked, answers): (Vec<T>, Vec<_>) =
            batch.into_iter().map(|entry| (entry.asked, entry.answer)).unzip();
        for (answer, outcome) in answers.into_iter().zip((self.call)(asked).await) {
            // Whoever asked may have gone.
            let _ = answer.send(outcome);
        }
    }

    fn take(&self, waiting: &mut Waiting<T>) -> Vec<Entry<T>> {
        self.sharing.limits.take_head(&mut waiting.entries, |entry| (self.bytes_of)(&entry.asked))
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting<T>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Awaited<'a, T: Send + 'static>(&'a SharedCalls<T>);

impl<T: Send + 'static> Drop for Awaited<'_, T> {
    fn drop(&mut self) {
        self.0.waiting().is_awaited = false;
    }
}

#[cfg(test)]
mod tests {
    use futures_util::future::join_all;

    use super::*;

    type Seen = Arc<Mutex<Vec<Vec<u32>>>>;

    /// Calls that refuse odd numbers, and what was asked in each.
    fn calls() -> (Arc<SharedCalls<u32>>, Seen) {
        let seen = Seen::default();
        let noted = Arc::clone(&seen);
        let call: Call<u32> = Box::new(move |asked| {
            noted.lock().unwrap().push(asked.clone());
            let outcome = |number: &u32| match number % 2 {
                0 => Ok(()),
                _ => Err(PortError::Refused { what: "count".to_owned(), cause: number.to_string() }),
            };
            let outcomes = asked.iter().map(outcome).collect();
            Box::pin(async move { outcomes })
        });
        let limits = BatchLimits { entries_max: 10, bytes_max: 100 };
        let sharing = Sharing { limits, linger: Duration::from_millis(20) };
        (SharedCalls::new("count".to_owned(), sharing, |_| 1, call), seen)
    }

    #[tokio::test]
    async fn what_is_asked_at_the_same_time_shares_calls() {
        let (calls, seen) = calls();
        let outcomes = join_all((0..25).map(|number| calls.carry(vec![number * 2]))).await;
        assert!(outcomes.iter().all(Result::is_ok));
        let sizes: Vec<usize> = seen.lock().unwrap().iter().map(Vec::len).collect();
        assert_eq!(sizes, [10, 10, 5]);
        calls.carry(vec![0]).await.unwrap();
        assert_eq!(seen.lock().unwrap().len(), 4, "one that comes later has a call of its own");
    }

    #[tokio::test]
    async fn each_asker_gets_the_outcome_of_its_own() {
        let (calls, seen) = calls();
        let outcomes =
            join_all([calls.carry(vec![2, 4]), calls.carry(vec![6, 7, 9]), calls.carry(vec![])]).await;
        let faults: Vec<_> =
            outcomes.into_iter().map(|outcome| outcome.err().map(|error| error.to_string())).collect();
        assert_eq!(faults, [None, Some("count: 7".to_owned()), None]);
        assert_eq!(*seen.lock().unwrap(), [[2, 4, 6, 7, 9]]);
    }

    #[tokio::test]
    async fn an_asker_that_goes_takes_nothing_along() {
        let (calls, seen) = calls();
        let gone = tokio::time::timeout(Duration::ZERO, calls.carry(vec![2]));
        let (gone, stays) = tokio::join!(gone, calls.carry(vec![4]));
        assert!(gone.is_err() && stays.is_ok());
        assert_eq!(*seen.lock().unwrap(), [[2, 4]]);
    }

    #[test]
    fn the_end_of_one_runtime_does_not_hold_up_another() {
        let (calls, _) = calls();
        let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime()
            .block_on(async { tokio::time::timeout(Duration::ZERO, calls.carry(vec![2])).await })
            .unwrap_err();
        runtime()
            .block_on(async { tokio::time::timeout(Duration::from_secs(20), calls.carry(vec![4])).await })
            .unwrap()
            .unwrap();
    }
}
