//! What the embedded queues do beyond the contract: waiting, receivers that give up, and the helpers for operators.

use std::time::Duration;

use crate::common::{Bench, patient};
use fleet_core::ports::{Outgoing, Queue as _};
use fleet_core::time::Millis;
use fleet_embedded::{QueueDepth, QueueSettings};
use tokio::time::timeout;

/// For what must happen. It only takes its time in a failing test.
const PATIENCE: Duration = Duration::from_secs(30);

fn message(body: &str) -> Outgoing {
    Outgoing::now(body.to_owned())
}

fn mortal() -> QueueSettings {
    QueueSettings {
        visibility: Millis::from_secs(30),
        max_receives: Some(2),
        dead_letters: Some("dead".to_owned()),
    }
}

#[tokio::test]
async fn a_receiver_waits_for_the_end_of_a_delay() {
    let bench = Bench::new();
    let queue = bench.store.queue("jobs", patient());
    queue.send(&[Outgoing::after(Millis::from_mins(10), "late")]).await.unwrap();
    let receiver = queue.clone();
    let waiting = tokio::spawn(async move { receiver.receive(1, Millis::from_secs(60)).await.unwrap() });
    tokio::task::yield_now().await;
    bench.hand.turn(Millis::from_mins(10));
    let found = timeout(PATIENCE, waiting).await.unwrap().unwrap();
    assert_eq!(found[0].body, "late");
}

#[tokio::test]
async fn a_receiver_wakes_when_a_message_is_shown_again() {
    let bench = Bench::new();
    let queue = bench.store.queue("jobs", patient());
    queue.send(&[message("again")]).await.unwrap();
    let first = queue.receive(1, Millis(0)).await.unwrap().remove(0);
    let receiver = queue.clone();
    let waiting = tokio::spawn(async move { receiver.receive(1, Millis::from_secs(60)).await.unwrap() });
    tokio::task::yield_now().await;
    queue.hide(&first.receipt, Millis(0)).await.unwrap();
    let found = timeout(PATIENCE, waiting).await.unwrap().unwrap();
    assert_eq!((found[0].body.as_str(), found[0].received), ("again", 2));
}

#[tokio::test]
async fn what_a_crashed_process_held_can_be_shown_at_once() {
    let bench = Bench::new();
    let (queue, other) = (bench.store.queue("events", patient()), bench.store.queue("jobs", patient()));
    queue.send(&[message("held"), Outgoing::after(Millis::from_mins(10), "late")]).await.unwrap();
    other.send(&[message("another queue's")]).await.unwrap();
    for held in [&queue, &other] {
        assert_eq!(held.receive(1, Millis(0)).await.unwrap().len(), 1);
    }
    assert_eq!(queue.release().await.unwrap(), 1);
    let found = queue.receive(10, Millis(0)).await.unwrap();
    let seen: Vec<_> = found.iter().map(|delivery| (delivery.body.as_str(), delivery.received)).collect();
    assert_eq!(seen, [("held", 2)]);
    assert!(other.receive(10, Millis(0)).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_receiver_that_gives_up_loses_no_message() {
    let bench = Bench::new();
    let queue = bench.store.queue("jobs", patient());
    queue.send(&[message("precious")]).await.unwrap();
    for _ in 0..50 {
        // Polled a few times and dropped, at whatever point it had reached.
        let mut receiving = Box::pin(queue.receive(1, Millis(0)));
        for _ in 0..3 {
            tokio::select! {
                biased;
                found = &mut receiving => {
                    for delivery in found.unwrap() {
                        queue.hide(&delivery.receipt, Millis(0)).await.unwrap();
                    }
                    break;
                }
                () = tokio::task::yield_now() => {}
            }
        }
    }
    let found = timeout(PATIENCE, queue.receive(1, Millis::from_secs(60))).await.unwrap().unwrap();
    assert_eq!(found[0].body, "precious");
}

#[tokio::test]
async fn operators_see_how_full_a_queue_is() {
    let bench = Bench::new();
    let queue = bench.store.queue("jobs", mortal());
    let late = Outgoing::after(Millis::from_mins(1), "late");
    queue.send(&[message("a"), message("b"), message("c"), late]).await.unwrap();
    queue.receive(1, Millis(0)).await.unwrap();
    let expect = QueueDepth { visible: 2, in_flight: 1, delayed: 1, dead: 0 };
    assert_eq!(queue.depth().await.unwrap(), expect);
    bench.hand.turn(Millis::from_mins(2));
    let expect = QueueDepth { visible: 4, in_flight: 0, delayed: 0, dead: 0 };
    assert_eq!(queue.depth().await.unwrap(), expect);
}

#[tokio::test]
async fn operators_put_dead_letters_back() {
    let bench = Bench::new();
    let (queue, other) = (bench.store.queue("jobs", mortal()), bench.store.queue("other", mortal()));
    for queue in [&queue, &other] {
        queue.send(&[message(queue.name())]).await.unwrap();
        for _ in 0..2 {
            assert_eq!(queue.receive(1, Millis(0)).await.unwrap().len(), 1);
            bench.hand.turn(Millis::from_secs(30));
        }
        assert_eq!(queue.receive(1, Millis(0)).await.unwrap(), Vec::new());
        assert_eq!(queue.depth().await.unwrap(), QueueDepth { dead: 1, ..QueueDepth::default() });
    }
    let dead = queue.dead(10).await.unwrap();
    assert_eq!(dead.iter().map(|dead| dead.body.as_str()).collect::<Vec<_>>(), ["jobs"]);
    assert_eq!(queue.redrive(10).await.unwrap(), 1);
    let again = queue.receive(1, Millis(0)).await.unwrap().remove(0);
    assert_eq!((again.body.as_str(), again.received, again.id), ("jobs", 1, dead[0].id.clone()));
    assert_eq!(queue.redrive(10).await.unwrap(), 0);
    assert_eq!(other.depth().await.unwrap().dead, 1);
}

#[tokio::test]
async fn receipts_of_another_queue_do_nothing() {
    let bench = Bench::new();
    let (queue, other) = (bench.store.queue("jobs", patient()), bench.store.queue("other", patient()));
    queue.send(&[message("mine")]).await.unwrap();
    let delivery = queue.receive(1, Millis(0)).await.unwrap().remove(0);
    other.delete(std::slice::from_ref(&delivery.receipt)).await.unwrap();
    bench.hand.turn(Millis::from_secs(30));
    assert_eq!(queue.receive(1, Millis(0)).await.unwrap()[0].body, "mine");
    let malformed = fleet_core::ports::Receipt("no receipt".to_owned());
    let error = queue.delete(&[malformed]).await.unwrap_err();
    assert_eq!(error.to_string(), "delete from queue jobs: `no receipt` is no receipt of this queue");
}

#[tokio::test]
async fn limits_are_told() {
    let bench = Bench::new();
    let queue = bench.store.queue("jobs", patient());
    let large = "x".repeat(600 << 10);
    let error = queue.send(&[message(&large), message(&large)]).await.unwrap_err();
    let expect = "send to queue jobs: 1228800 bytes in one call, at most 1048576 are allowed";
    assert_eq!(error.to_string(), expect);
    queue.send(&[message("a")]).await.unwrap();
    let delivery = queue.receive(1, Millis(0)).await.unwrap().remove(0);
    let error = queue.hide(&delivery.receipt, Millis::from_mins(12 * 60 + 1)).await.unwrap_err();
    let expect = "hide a message of queue jobs: a visibility timeout of 12h1m, at most 12h is allowed";
    assert_eq!(error.to_string(), expect);
}
