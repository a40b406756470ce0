//! Futures polled side by side in one task, so that races need no runtime here. Owns the joining only.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::Poll;

/// A future that an adapter's test hands to a suite.
pub type Later<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// Drives all futures to their ends; outcomes are in the order of the futures.
pub(super) async fn together<F: Future>(futures: impl IntoIterator<Item = F>) -> Vec<F::Output> {
    let mut running: Vec<_> = futures.into_iter().map(|future| (Box::pin(future), None)).collect();
    poll_fn(|context| {
        let mut all_done = true;
        for (future, outcome) in &mut running {
            if outcome.is_some() {
                continue;
            }
            match future.as_mut().poll(context) {
                Poll::Ready(value) => *outcome = Some(value),
                Poll::Pending => all_done = false,
            }
        }
        if all_done { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    running.into_iter().filter_map(|(_, outcome)| outcome).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::task::{Context, Waker};

    #[test]
    fn each_is_polled_until_it_is_done() {
        let countdown = |turns: u32| {
            let mut left = turns;
            poll_fn(move |_| {
                if left == 0 {
                    return Poll::Ready(turns);
                }
                left -= 1;
                Poll::Pending
            })
        };
        let mut joined = Box::pin(together([3, 0, 2].map(countdown)));
        let mut context = Context::from_waker(Waker::noop());
        let polls = (0..10).find_map(|polls| match joined.as_mut().poll(&mut context) {
            Poll::Ready(values) => Some((polls, values)),
            Poll::Pending => None,
        });
        assert_eq!(polls, Some((3, vec![3, 0, 2])));
    }
}
