//! What agents show of themselves, as metrics: how attempts ended, and the use of slots. Owns what counts as what. Nothing of
//! the protocol rests on it.

use std::sync::Arc;
use std::time::Duration;

use fleet_aws::{AttemptMetrics, AttemptOutcome, Metrics};
use fleet_core::state::settle::AttemptEnd;
use tokio_util::sync::CancellationToken;
use worker::{Ended, Outcome, Vitals};

use super::status::Status;

/// Between two looks at the slots.
const SLOTS_PAUSE: Duration = Duration::from_secs(5);

/// Has each attempt of this agent counted.
pub(crate) fn count_attempts(metrics: &Metrics, queue: &str, vitals: &Vitals) {
    let (metrics, queue) = (metrics.clone(), queue.to_owned());
    vitals.observe(move |ended| {
        let Some(outcome) = outcome(ended) else { return };
        metrics.attempt(&AttemptMetrics {
            workflow: ended.workflow.as_str(),
            queue: &queue,
            queue_delay: ended.queue_delay,
            run_time: ended.run_time,
            outcome,
        });
    });
}

/// Measures the slots in use until `over`. A worker that drains offers none: it is no part of the fleet's strength any more.
pub(crate) async fn measure_slots(metrics: Metrics, status: Arc<Status>, over: CancellationToken) {
    let count = |slots: usize| u32::try_from(slots).unwrap_or(u32::MAX);
    loop {
        for (queue, vitals) in &status.queues {
            let seen = vitals.read();
            let offered = (!status.drain.is_cancelled()).then(|| count(seen.slots));
            metrics.slots(queue, count(seen.busy), offered);
        }
        tokio::select! {
            () = over.cancelled() => return,
            () = tokio::time::sleep(SLOTS_PAUSE) => {}
        }
    }
}

/// Nothing for what was no attempt.
fn outcome(ended: &Ended<'_>) -> Option<AttemptOutcome> {
    Some(match ended.outcome {
        Outcome::Failed | Outcome::Retried if ended.end == AttemptEnd::TimedOut => AttemptOutcome::TimedOut,
        Outcome::Succeeded => AttemptOutcome::Succeeded,
        Outcome::Failed => AttemptOutcome::Failed,
        Outcome::Retried => AttemptOutcome::Retried,
        Outcome::Looked => AttemptOutcome::NotYet,
        Outcome::Cancelled | Outcome::HandedOver => AttemptOutcome::Cancelled,
        Outcome::Fenced | Outcome::Abandoned => AttemptOutcome::Lost,
        Outcome::Skipped | Outcome::PassedOn | Outcome::Unreadable => return None,
    })
}
