//! The roster: reports replace each other, processes leave, and those that were killed are forgotten after a day.

use fleet_core::roster::WorkerStatus;
use fleet_core::time::{Millis, Timestamp};
use fleet_embedded::Roster;

use crate::common::Bench;

fn status(worker: &str, slots: u32, seen_at: Timestamp) -> WorkerStatus {
    WorkerStatus {
        worker: worker.to_owned(),
        host: "etl-1".to_owned(),
        pid: 4711,
        version: "0.1.0".to_owned(),
        queues: vec![("jobs".to_owned(), slots)],
        running: Vec::new(),
        draining: false,
        started_at: seen_at,
        seen_at,
    }
}

async fn seen(roster: &Roster) -> Vec<(String, u32)> {
    let workers = roster.workers().await.expect("the roster can be read");
    workers.iter().map(|status| (status.worker.clone(), status.slots())).collect()
}

#[tokio::test]
async fn the_last_word_counts_until_a_worker_leaves_or_a_day_has_passed() {
    let Bench { dir, hand, store } = Bench::new();
    let roster = Roster::new(&store);
    for (worker, slots) in [("b", 1), ("a", 4), ("b", 2), ("c", 9)] {
        roster.report(&status(worker, slots, hand.now())).await.unwrap();
    }
    roster.leave("c").await.unwrap();
    roster.leave("never there").await.unwrap();
    let both = [("a".to_owned(), 4), ("b".to_owned(), 2)];
    assert_eq!(seen(&roster).await, both);

    let other = fleet_embedded::Store::open(dir.path(), hand.clock()).unwrap();
    assert_eq!(seen(&Roster::new(&other)).await, both, "another process sees the same");

    hand.turn(Millis::from_mins(24 * 60));
    roster.report(&status("a", 5, hand.now())).await.unwrap();
    assert_eq!(seen(&roster).await, [("a".to_owned(), 5), both[1].clone()], "b was heard of a day ago");
    hand.turn(Millis(1));
    roster.report(&status("a", 5, hand.now())).await.unwrap();
    assert_eq!(seen(&roster).await, [("a".to_owned(), 5)]);
}
