//! One batch of events. Owns the grouping of settled jobs by execution and the fate of each message. Does not delete
//! messages: the shell does, after this returns.

use std::collections::BTreeMap;

use fleet_core::alert::{Alert, AlertKind};
use fleet_core::ids::{ExecutionId, WorkflowId};
use fleet_core::ports::{Delivery, MessageId, Receipt};
use fleet_core::state::Turn;
use fleet_core::time::{Millis, Timestamp};
use fleet_core::wire::{Event, JobSettled, Start};
use futures_util::future::{join, join_all};

use crate::fault::{Fault, while_resuming};
use crate::{Ports, cancel, mark, resume, spans, start, tick, walk};

/// What became of a batch.
#[derive(Debug, Default)]
pub struct Report {
    /// Carried out: delete these.
    pub done: Vec<Receipt>,
    /// Hide these for so long; they cannot be carried out just now.
    pub later: Vec<(Receipt, Millis)>,
    /// Made no sense, for the reason that whoever asked has been told. They are among those done.
    pub rejected: Vec<(MessageId, String)>,
    /// Failed, with the reason: leave them alone. They come again, and in the end go to the dead letters.
    pub failed: Vec<(MessageId, String)>,
}

/// Carries out a batch of events. Every effect is durable when it returns; repeating it does no harm.
pub async fn handle(ports: &Ports, batch: &[Delivery], now: Timestamp) -> Report {
    let mut report = Report::default();
    let mut settled: BTreeMap<ExecutionId, Vec<(&Delivery, JobSettled)>> = BTreeMap::new();
    let mut others = Vec::new();
    for delivery in batch {
        match Event::from_text(&delivery.body) {
            Ok(Event::JobSettled(mut event)) => {
                event.again |= delivery.received > 1;
                settled.entry(event.workflow_execution_id.clone()).or_default().push((delivery, event));
            }
            Ok(event) => others.push((delivery, event)),
            Err(error) => report.failed.push((delivery.id.clone(), error.to_string())),
        }
    }
    let walks = settled.into_values().map(|group| async move {
        let (deliveries, events): (Vec<&Delivery>, Vec<JobSettled>) = group.into_iter().unzip();
        let walk = walk::settled(ports, &events, now);
        let outcome = spans::traced("job_settled", &deliveries, walk).await;
        (deliveries, outcome)
    });
    let singles = others.into_iter().map(|(delivery, event)| async move {
        let (what, single) = (spans::name(&event), one(ports, delivery, event, now));
        (vec![delivery], spans::traced(what, &[delivery], single).await)
    });
    let (walks, singles) = join(join_all(walks), join_all(singles)).await;
    for (deliveries, outcome) in walks.into_iter().chain(singles) {
        report.add(&deliveries, &outcome);
    }
    report
}

async fn one(ports: &Ports, delivery: &Delivery, event: Event, now: Timestamp) -> Result<(), Fault> {
    match event {
        Event::Start(event) => {
            let outcome = start::start(ports, &event, &delivery.id, now).await;
            if let Err(Fault::Rejected(reason)) = &outcome {
                ports.alert(&rejection(&event, &delivery.id, reason, now)?).await?;
            }
            outcome
        }
        Event::JobSettled(event) => walk::settled(ports, &[event], now).await,
        Event::Walk(rest) => walk::settled(ports, &walk::events(rest), now).await,
        Event::Cancel(ask) => cancel::ask(ports, &ask, now).await,
        Event::Sweep(sweep) => cancel::sweep(ports, &sweep, now).await,
        Event::Resume(ask) => resume::resume(ports, &ask, now).await,
        Event::Mark(mark) => mark::mark(ports, &mark, now).await,
        Event::Tick => tick::tick(ports, now).await,
    }
}

fn rejection(event: &Start, message: &MessageId, reason: &str, now: Timestamp) -> Result<Alert, Fault> {
    let workflow_id: WorkflowId = event.workflow_id.clone();
    Ok(Alert {
        kind: AlertKind::Rejected,
        workflow_execution_id: start::execution_id(event, message)?,
        workflow_id,
        job_id: None,
        turn: Turn::default(),
        at: now,
        topic: None,
        message: reason.to_owned(),
        result: None,
    })
}

impl Report {
    /// Adds what became of other messages.
    pub(crate) fn absorb(&mut self, other: Self) {
        self.done.extend(other.done);
        self.later.extend(other.later);
        self.rejected.extend(other.rejected);
        self.failed.extend(other.failed);
    }

    fn add(&mut self, deliveries: &[&Delivery], outcome: &Result<(), Fault>) {
        let receipts = deliveries.iter().map(|delivery| delivery.receipt.clone());
        match outcome {
            Ok(()) | Err(Fault::Superseded) => self.done.extend(receipts),
            // It has been told of; left in the queue it would be carried out when nobody expects it any more.
            Err(Fault::Rejected(reason)) => {
                // No fault of the dispatcher: its errors are counted, and call people.
                tracing::warn!(reason, "an event was rejected");
                self.done.extend(receipts);
                self.rejected.extend(deliveries.iter().map(|delivery| (delivery.id.clone(), reason.clone())));
            }
            Err(Fault::Later) => {
                let put_back =
                    |delivery: &&Delivery| (delivery.receipt.clone(), while_resuming(delivery.received));
                self.later.extend(deliveries.iter().map(put_back));
            }
            Err(fault) => {
                let text = fault.to_string();
                self.failed.extend(deliveries.iter().map(|delivery| (delivery.id.clone(), text.clone())));
            }
        }
    }
}
