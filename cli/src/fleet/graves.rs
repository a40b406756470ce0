//! Dead letters of a fleet on AWS: its two queues of them, read and put back message by message, since SQS's own redrive
//! knows no queue of a job's pool. Owns how they are looked at without being lost.

use fleet_aws::Queue;
use fleet_core::ports::{Definitions as _, Delivery, Outgoing, PortError, Queue as _};
use fleet_core::time::Millis;
use fleet_core::wire::JobMessage;

use super::aws::Aws;
use super::letters::{LETTERS_MAX, Letter};

/// Longest wait for a message: long enough for SQS to ask all its hosts, which it does not when it may answer at once.
const WAIT: Millis = Millis::from_secs(1);

/// The dead letters of all queues. They are hidden while they are read, and shown again after it.
///
/// # Errors
/// When a queue cannot be read.
pub(super) async fn letters(aws: &Aws) -> anyhow::Result<Vec<Letter>> {
    let mut letters = Vec::new();
    for name in graves(aws) {
        let grave = Queue::open(&aws.account, &name).await?;
        let mut found = all(&grave).await?;
        for delivery in &found {
            grave.hide(&delivery.receipt, Millis(0)).await?;
        }
        found.sort_by_key(|delivery| delivery.sent_at);
        letters.extend(found.into_iter().map(|delivery| Letter {
            queue: name.clone(),
            id: delivery.id.0,
            sent_at: delivery.sent_at,
            body: delivery.body,
        }));
    }
    Ok(letters)
}

/// Puts every dead letter back into its queue: each is sent before it is deleted, so that none is lost. Tells how many.
///
/// # Errors
/// When a queue cannot be read or written.
pub(super) async fn redrive(aws: &Aws) -> anyhow::Result<usize> {
    let mut redriven = 0;
    for name in graves(aws) {
        let grave = Queue::open(&aws.account, &name).await?;
        for delivery in all(&grave).await? {
            let home = home(aws, &name, &delivery).await?;
            let message = Outgoing::now(delivery.body).in_trace(delivery.trace);
            home.send(&[message]).await?;
            grave.delete(&[delivery.receipt]).await?;
            redriven += 1;
        }
    }
    Ok(redriven)
}

fn graves(aws: &Aws) -> [String; 2] {
    let stack = aws.account.stack();
    [stack.dead_events_queue(), stack.dead_jobs_queue()]
}

async fn all(grave: &Queue) -> Result<Vec<Delivery>, PortError> {
    let mut found = Vec::new();
    while found.len() < LETTERS_MAX {
        let deliveries = grave.receive(fleet_core::ports::BATCH_MAX, WAIT).await?;
        if deliveries.is_empty() {
            break;
        }
        found.extend(deliveries);
    }
    Ok(found)
}

/// The queue that a letter died in. The dead letters of all pools lie together: the pool of a job stands in its workflow.
async fn home(aws: &Aws, grave: &str, delivery: &Delivery) -> anyhow::Result<Queue> {
    let stack = aws.account.stack();
    if grave == stack.dead_events_queue() {
        return Ok(aws.events().await?);
    }
    let default = stack.jobs_queue(None);
    let Some(pool) = pool(aws, &delivery.body).await? else {
        return Ok(Queue::open(&aws.account, &default).await?);
    };
    match Queue::open(&aws.account, &stack.jobs_queue(Some(&pool))).await {
        // As the dispatcher does with a pool that is not there.
        Err(PortError::Refused { .. }) => Ok(Queue::open(&aws.account, &default).await?),
        opened => Ok(opened?),
    }
}

async fn pool(aws: &Aws, body: &str) -> Result<Option<String>, PortError> {
    let Ok(message) = JobMessage::from_text(body) else { return Ok(None) };
    let Some(definition) = aws.store.version(&message.workflow_id, &message.version).await? else {
        return Ok(None);
    };
    let job = definition.find(&message.job_id).and_then(|ix| definition.job(ix));
    let queue = job.and_then(|job| job.queue.as_deref()).or(definition.queue.as_deref());
    Ok(queue.map(str::to_owned))
}
