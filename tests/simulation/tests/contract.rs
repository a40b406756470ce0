//! The store and the queue in memory pass the contract suites: what is tested on top of them is tested against the ports.

use std::sync::Arc;

use fleet_core::contract::{self, Later, QUEUE_MAX_RECEIVES, QUEUE_VISIBILITY, QueueBench};
use fleet_core::ports::Clock;
use fleet_core::time::{Millis, Timestamp};
use fleet_simulation::memory::{QueueSettings, Reliable, SharedQueue, SharedStore};
use tokio::time::Instant;

#[tokio::test]
async fn executions() {
    contract::executions(&SharedStore::<Reliable>::default()).await.assert_passed();
}

#[tokio::test]
async fn definitions() {
    contract::definitions(&SharedStore::<Reliable>::default()).await.assert_passed();
}

#[tokio::test(start_paused = true)]
async fn queue() {
    let (began, base) = (Instant::now(), Timestamp::from_millis(1_795_312_800_000));
    let passed = move || Millis(u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX));
    let clock = Clock::new(move || base + passed());
    let new = |receives_max| {
        let settings = QueueSettings { visibility: QUEUE_VISIBILITY, receives_max };
        SharedQueue::new(settings, clock.clone(), Reliable)
    };
    let dead_letters = Arc::new(new(None));
    let queue = new(Some(QUEUE_MAX_RECEIVES)).with_dead_letters(Arc::clone(&dead_letters));
    let pass = |span: Millis| -> Later<()> { Box::pin(tokio::time::advance(span.to_std())) };
    let bench = QueueBench { queue: &queue, dead_letters: dead_letters.as_ref(), pass: &pass };
    contract::queue(&bench).await.assert_passed();
}
