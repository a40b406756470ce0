//! What every `Queue` adapter must do.

use std::collections::BTreeSet;

use super::report::{Checked, Mismatch, Report, holds, refused, run_checks, same};
use super::together::{Later, together};
use crate::ports::{BATCH_MAX, DELAY_MAX, Delivery, Outgoing, PortError, Queue, Receipt, send_in_batches};
use crate::time::Millis;

/// Visibility timeout that the queue of the bench must have. Short, since some adapters' time can only be waited for.
pub const QUEUE_VISIBILITY: Millis = Millis::from_secs(4);
/// Deliveries after which the bench's queue must give a message to its dead letters.
pub const QUEUE_MAX_RECEIVES: u32 = 3;
/// Waits for messages that must come. Long, since it only takes its time in a failing test.
const PATIENCE: Millis = Millis::from_secs(20);
/// Looks in a row that may bring nothing before messages that must come are given up: some adapters find all of them only
/// in several looks.
const EMPTY_LOOKS_MAX: usize = 3;
/// Messages that need many batches.
const MANY: usize = 120;

/// What the suite needs: an empty queue with the settings above, its dead letters, and a way to let time pass for them.
pub struct QueueBench<'a> {
    /// The queue.
    pub queue: &'a dyn Queue,
    /// The queue of its dead letters.
    pub dead_letters: &'a dyn Queue,
    /// Lets this much time pass, as the queue sees it.
    pub pass: &'a (dyn Fn(Millis) -> Later<()> + Sync),
}

/// Runs the suite. Each check leaves the queue empty, unless it fails.
pub async fn queue(bench: &QueueBench<'_>) -> Report {
    let mut report = Report::default();
    run_checks!(
        report,
        bench,
        an_empty_queue_gives_nothing,
        a_message_arrives_as_it_was_sent,
        a_trace_travels_with_its_message,
        a_received_message_is_hidden_and_comes_again,
        a_deleted_message_never_comes_again,
        a_stale_receipt_does_nothing,
        a_message_can_be_shown_at_once,
        a_message_can_be_hidden_longer,
        a_delayed_message_comes_later,
        a_waiting_receiver_gets_what_is_sent,
        a_batch_arrives_whole,
        a_batch_beyond_the_limit_is_refused,
        a_delay_beyond_the_limit_is_refused,
        no_more_than_asked_for_are_received,
        many_messages_all_arrive,
        racing_receivers_share_the_messages,
        a_message_received_too_often_goes_to_the_dead_letters,
    );
    report
}

fn message(body: &str) -> Outgoing {
    Outgoing::now(body.to_owned())
}

fn messages(stem: &str, count: usize) -> Vec<Outgoing> {
    (0..count).map(|number| message(&format!("{stem} {number}"))).collect()
}

/// Receives one message that must be there.
async fn one(queue: &dyn Queue) -> Result<Delivery, Mismatch> {
    let found = queue.receive(1, PATIENCE).await?;
    found.into_iter().next().ok_or_else(|| Mismatch::new("no message came"))
}

async fn none(queue: &dyn Queue, when: &str) -> Checked {
    same(when, &queue.receive(BATCH_MAX, Millis(0)).await?, &Vec::new())
}

/// Receives and deletes until `count` messages have come.
async fn collect(queue: &dyn Queue, count: usize) -> Result<Vec<Delivery>, PortError> {
    let (mut found, mut empty_looks) = (Vec::new(), 0);
    while found.len() < count && empty_looks < EMPTY_LOOKS_MAX {
        let page = queue.receive(BATCH_MAX, PATIENCE).await?;
        let receipts: Vec<Receipt> = page.iter().map(|delivery| delivery.receipt.clone()).collect();
        queue.delete(&receipts).await?;
        empty_looks = if page.is_empty() { empty_looks + 1 } else { 0 };
        found.extend(page);
    }
    Ok(found)
}

fn bodies(deliveries: &[Delivery]) -> Vec<&str> {
    let mut bodies: Vec<&str> = deliveries.iter().map(|delivery| delivery.body.as_str()).collect();
    bodies.sort_unstable();
    bodies
}

fn sent(messages: &[Outgoing]) -> Vec<&str> {
    let mut bodies: Vec<&str> = messages.iter().map(|message| message.body.as_str()).collect();
    bodies.sort_unstable();
    bodies
}

async fn an_empty_queue_gives_nothing(bench: &QueueBench<'_>) -> Checked {
    none(bench.queue, "without waiting").await?;
    same("after waiting", &bench.queue.receive(1, Millis::from_secs(1)).await?, &Vec::new())?;
    bench.queue.send(&[]).await?;
    bench.queue.delete(&[]).await?;
    none(bench.queue, "after sending nothing").await
}

async fn a_message_arrives_as_it_was_sent(bench: &QueueBench<'_>) -> Checked {
    let body = "{\"näh\": \"'quoted'\\n\"}\n\tsecond line";
    bench.queue.send(&[message(body)]).await?;
    let found = one(bench.queue).await?;
    same("the text", &found.body.as_str(), &body)?;
    same("received", &found.received, &1)?;
    holds("it has a name", !found.id.0.is_empty())?;
    Ok(bench.queue.delete(&[found.receipt]).await?)
}

async fn a_trace_travels_with_its_message(bench: &QueueBench<'_>) -> Checked {
    let trace = Some("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".to_owned());
    bench.queue.send(&[message("traced").in_trace(trace.clone()), message("untraced")]).await?;
    for count in 1..=2 {
        let mut found = bench.queue.receive(2, PATIENCE).await?;
        while found.len() < 2 {
            let more = bench.queue.receive(2 - found.len(), PATIENCE).await?;
            holds("both messages come", !more.is_empty())?;
            found.extend(more);
        }
        for delivery in &found {
            let expect = if delivery.body == "traced" { &trace } else { &None };
            same(&format!("the trace of `{}` at delivery {count}", delivery.body), &delivery.trace, expect)?;
        }
        if count == 1 {
            (bench.pass)(QUEUE_VISIBILITY).await;
        } else {
            let receipts: Vec<Receipt> = found.into_iter().map(|delivery| delivery.receipt).collect();
            bench.queue.delete(&receipts).await?;
        }
    }
    Ok(())
}

async fn a_received_message_is_hidden_and_comes_again(bench: &QueueBench<'_>) -> Checked {
    bench.queue.send(&[message("again")]).await?;
    let first = one(bench.queue).await?;
    none(bench.queue, "while it is hidden").await?;
    (bench.pass)(QUEUE_VISIBILITY).await;
    let second = one(bench.queue).await?;
    same("received", &second.received, &2)?;
    same("the name", &second.id, &first.id)?;
    same("when it was sent", &second.sent_at, &first.sent_at)?;
    holds("the handle is another", second.receipt != first.receipt)?;
    Ok(bench.queue.delete(&[second.receipt]).await?)
}

async fn a_deleted_message_never_comes_again(bench: &QueueBench<'_>) -> Checked {
    bench.queue.send(&messages("gone", 2)).await?;
    let found = collect(bench.queue, 2).await?;
    same("the messages", &bodies(&found), &vec!["gone 0", "gone 1"])?;
    (bench.pass)(QUEUE_VISIBILITY).await;
    none(bench.queue, "after the visibility timeout").await?;
    let receipts: Vec<Receipt> = found.into_iter().map(|delivery| delivery.receipt).collect();
    Ok(bench.queue.delete(&receipts).await?)
}

async fn a_stale_receipt_does_nothing(bench: &QueueBench<'_>) -> Checked {
    bench.queue.send(&[message("stale")]).await?;
    let first = one(bench.queue).await?;
    (bench.pass)(QUEUE_VISIBILITY).await;
    let second = one(bench.queue).await?;
    bench.queue.hide(&first.receipt, Millis(0)).await?;
    none(bench.queue, "after a stale handle asked to show it").await?;
    bench.queue.delete(&[first.receipt]).await?;
    bench.queue.hide(&second.receipt, Millis(0)).await?;
    let third = one(bench.queue).await?;
    same("received, after a stale handle asked to delete it", &third.received, &3)?;
    Ok(bench.queue.delete(&[third.receipt]).await?)
}

async fn a_message_can_be_shown_at_once(bench: &QueueBench<'_>) -> Checked {
    bench.queue.send(&[message("shown")]).await?;
    let first = one(bench.queue).await?;
    bench.queue.hide(&first.receipt, Millis(0)).await?;
    let second = one(bench.queue).await?;
    same("received", &second.received, &2)?;
    Ok(bench.queue.delete(&[second.receipt]).await?)
}

async fn a_message_can_be_hidden_longer(bench: &QueueBench<'_>) -> Checked {
    bench.queue.send(&[message("longer")]).await?;
    let first = one(bench.queue).await?;
    bench.queue.hide(&first.receipt, Millis(QUEUE_VISIBILITY.0 * 2)).await?;
    (bench.pass)(QUEUE_VISIBILITY).await;
    none(bench.queue, "after the first half").await?;
    (bench.pass)(QUEUE_VISIBILITY).await;
    let second = one(bench.queue).await?;
    Ok(bench.queue.delete(&[second.receipt]).await?)
}

async fn a_delayed_message_comes_later(bench: &QueueBench<'_>) -> Checked {
    let late = Outgoing::after(QUEUE_VISIBILITY, "late");
    bench.queue.send(&[late, message("early")]).await?;
    let early = one(bench.queue).await?;
    same("the first", &early.body.as_str(), &"early")?;
    bench.queue.delete(&[early.receipt]).await?;
    none(bench.queue, "before the delay is over").await?;
    (bench.pass)(QUEUE_VISIBILITY).await;
    let late = one(bench.queue).await?;
    same("the second", &(late.body.as_str(), late.received), &("late", 1))?;
    Ok(bench.queue.delete(&[late.receipt]).await?)
}

async fn a_waiting_receiver_gets_what_is_sent(bench: &QueueBench<'_>) -> Checked {
    type Step<'a> = std::pin::Pin<Box<dyn Future<Output = Result<Vec<Delivery>, PortError>> + Send + 'a>>;
    let waiting: Step<'_> = Box::pin(bench.queue.receive(1, PATIENCE));
    let sending: Step<'_> = Box::pin(async {
        bench.queue.send(&[message("awaited")]).await?;
        Ok(Vec::new())
    });
    let mut found = Vec::new();
    for answer in together([waiting, sending]).await {
        found.extend(answer?);
    }
    same("the messages", &bodies(&found), &vec!["awaited"])?;
    let receipts: Vec<Receipt> = found.into_iter().map(|delivery| delivery.receipt).collect();
    Ok(bench.queue.delete(&receipts).await?)
}

async fn a_batch_arrives_whole(bench: &QueueBench<'_>) -> Checked {
    let batch = messages("batch", BATCH_MAX);
    bench.queue.send(&batch).await?;
    let found = collect(bench.queue, BATCH_MAX).await?;
    same("the messages", &bodies(&found), &sent(&batch))?;
    let names: BTreeSet<_> = found.iter().map(|delivery| &delivery.id).collect();
    same("different names", &names.len(), &BATCH_MAX)
}

async fn a_batch_beyond_the_limit_is_refused(bench: &QueueBench<'_>) -> Checked {
    refused("one message too many", &bench.queue.send(&messages("many", BATCH_MAX + 1)).await)?;
    none(bench.queue, "afterwards").await
}

async fn a_delay_beyond_the_limit_is_refused(bench: &QueueBench<'_>) -> Checked {
    let delay = Millis(DELAY_MAX.0 + 1_000);
    let late = Outgoing::after(delay, "too late");
    refused("a second too much", &bench.queue.send(&[message("beside it"), late]).await)?;
    none(bench.queue, "afterwards").await
}

async fn no_more_than_asked_for_are_received(bench: &QueueBench<'_>) -> Checked {
    bench.queue.send(&messages("some", 5)).await?;
    let page = bench.queue.receive(2, PATIENCE).await?;
    holds("one or two are received", (1..=2).contains(&page.len()))?;
    let receipts: Vec<Receipt> = page.iter().map(|delivery| delivery.receipt.clone()).collect();
    bench.queue.delete(&receipts).await?;
    let rest = collect(bench.queue, 5 - page.len()).await?;
    same("all of them", &(rest.len() + page.len()), &5)
}

async fn many_messages_all_arrive(bench: &QueueBench<'_>) -> Checked {
    let many = messages("many", MANY);
    send_in_batches(bench.queue, &many).await?;
    let found = collect(bench.queue, MANY).await?;
    same("the messages", &bodies(&found), &sent(&many))
}

async fn racing_receivers_share_the_messages(bench: &QueueBench<'_>) -> Checked {
    let many = messages("race", MANY);
    send_in_batches(bench.queue, &many).await?;
    let receivers = (0..MANY).map(|_| bench.queue.receive(3, Millis(0)));
    let mut found = Vec::new();
    for page in together(receivers).await {
        found.extend(page?);
    }
    for receipts in found.chunks(BATCH_MAX) {
        let receipts: Vec<Receipt> = receipts.iter().map(|delivery| delivery.receipt.clone()).collect();
        bench.queue.delete(&receipts).await?;
    }
    let different: BTreeSet<&str> = found.iter().map(|delivery| delivery.body.as_str()).collect();
    same("messages given to two receivers", &(found.len() - different.len()), &0)?;
    let rest = collect(bench.queue, MANY - found.len()).await?;
    same("all of them", &(found.len() + rest.len()), &MANY)
}

async fn a_message_received_too_often_goes_to_the_dead_letters(bench: &QueueBench<'_>) -> Checked {
    bench.queue.send(&messages("poison", 2)).await?;
    for round in 1..=QUEUE_MAX_RECEIVES {
        let mut received = Vec::new();
        while received.len() < 2 {
            received.push(one(bench.queue).await?.received);
        }
        same("received", &received, &vec![round; 2])?;
        none(bench.dead_letters, "the dead letters before").await?;
        (bench.pass)(QUEUE_VISIBILITY).await;
    }
    none(bench.queue, "instead of one delivery more").await?;
    let dead = collect(bench.dead_letters, 2).await?;
    same("the dead letters", &bodies(&dead), &vec!["poison 0", "poison 1"])
}
