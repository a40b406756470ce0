//! A batch whose messages keep each other from nothing: one that panics or does not end in time goes aside, and the others
//! are carried out. Owns which messages are carried out together. What is cut off can be repeated, as all of it can.

use std::future::Future;
use std::panic::AssertUnwindSafe;

use fleet_core::ports::{Delivery, MessageId};
use fleet_core::time::Timestamp;
use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, join, join_all};
use tokio::time::Instant;

use crate::Ports;
use crate::handle::{Report, handle};

/// A message that has been received more often is carried out by itself: it may be what keeps the others of its batch.
const TOGETHER_MAX: u32 = 3;

const PANICKED: &str = "it panicked; its message is in this log";
const LATE: &str = "it was not done in time";

/// Carries out a batch as [`handle`] does, until this time if one is given. What is not done then has failed, and comes again.
pub async fn handle_apart(
    ports: &Ports,
    batch: &[Delivery],
    now: Timestamp,
    until: Option<Instant>,
) -> Report {
    let carry_out = |batch: Vec<Delivery>| {
        let ports = ports.clone();
        async move { handle(&ports, &batch, now).await }.boxed()
    };
    apart(batch, until, &carry_out).await
}

/// Carries out some messages, all together.
type CarryOut<'a> = dyn Fn(Vec<Delivery>) -> BoxFuture<'static, Report> + Sync + 'a;

/// How it ended.
enum Ended {
    Well(Report),
    Panicked,
    Late,
}

async fn apart(batch: &[Delivery], until: Option<Instant>, carry_out: &CarryOut<'_>) -> Report {
    let (fresh, suspect): (Vec<_>, Vec<_>) =
        batch.iter().cloned().partition(|delivery| delivery.received <= TOGETHER_MAX);
    let together = together(&fresh, until, carry_out);
    let alone = join_all(suspect.iter().map(|delivery| alone(delivery, until, carry_out)));
    let (mut report, rest) = join(together, alone).await;
    rest.into_iter().for_each(|one| report.absorb(one));
    report
}

/// All at once; should that panic, one after the other, so that only the one that panics has failed.
async fn together(batch: &[Delivery], until: Option<Instant>, carry_out: &CarryOut<'_>) -> Report {
    let mut report = Report::default();
    if batch.is_empty() {
        return report;
    }
    match guarded(carry_out(batch.to_vec()), until).await {
        Ended::Well(done) => return done,
        Ended::Late => report.failed.extend(batch.iter().map(|delivery| failed(delivery, LATE))),
        Ended::Panicked => {
            for delivery in batch {
                report.absorb(alone(delivery, until, carry_out).await);
            }
        }
    }
    report
}

async fn alone(delivery: &Delivery, until: Option<Instant>, carry_out: &CarryOut<'_>) -> Report {
    let reason = match guarded(carry_out(vec![delivery.clone()]), until).await {
        Ended::Well(report) => return report,
        Ended::Panicked => PANICKED,
        Ended::Late => LATE,
    };
    Report { failed: vec![failed(delivery, reason)], ..Report::default() }
}

async fn guarded(work: impl Future<Output = Report>, until: Option<Instant>) -> Ended {
    // All that is shared is behind the ports, which have to bear a caller that dies at any await.
    let work = AssertUnwindSafe(work).catch_unwind();
    let ended = match until {
        Some(until) => tokio::time::timeout_at(until, work).await,
        None => Ok(work.await),
    };
    match ended {
        Ok(Ok(report)) => Ended::Well(report),
        Ok(Err(_)) => Ended::Panicked,
        Err(_) => Ended::Late,
    }
}

fn failed(delivery: &Delivery, reason: &str) -> (MessageId, String) {
    (delivery.id.clone(), reason.to_owned())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use fleet_core::ports::Receipt;

    use super::*;

    fn message(body: &str, received: u32) -> Delivery {
        Delivery {
            id: MessageId(body.to_owned()),
            receipt: Receipt(body.to_owned()),
            body: body.to_owned(),
            received,
            sent_at: Timestamp::default(),
            trace: None,
        }
    }

    /// Carries out messages whose text is how they end.
    async fn carry_out(batch: Vec<Delivery>) -> Report {
        for delivery in &batch {
            match delivery.body.as_str() {
                "panics" => panic!("as it was asked to"),
                "hangs" => std::future::pending().await,
                _ => {}
            }
        }
        Report { done: batch.iter().map(|delivery| delivery.receipt.clone()).collect(), ..Report::default() }
    }

    async fn check(batch: &[(&str, u32)], done: &[&str], failed: &[(&str, &str)]) {
        let batch: Vec<_> = batch.iter().map(|(body, received)| message(body, *received)).collect();
        let until = Instant::now() + Duration::from_millis(20);
        let report = apart(&batch, Some(until), &|batch| carry_out(batch).boxed()).await;
        let seen: Vec<_> = report.done.iter().map(|receipt| receipt.0.as_str()).collect();
        assert_eq!(seen, done);
        let seen: Vec<_> = report.failed.iter().map(|(id, why)| (id.0.as_str(), why.as_str())).collect();
        assert_eq!(seen, failed);
    }

    #[tokio::test]
    async fn messages_that_go_aside() {
        check(&[], &[], &[]).await;
        check(&[("a", 1), ("b", 9)], &["a", "b"], &[]).await;
        check(&[("a", 1), ("panics", 1), ("b", 1)], &["a", "b"], &[("panics", PANICKED)]).await;
        check(&[("panics", 4), ("a", 1)], &["a"], &[("panics", PANICKED)]).await;
        // At first nobody knows whose fault it is.
        check(&[("a", 1), ("hangs", 3)], &[], &[("a", LATE), ("hangs", LATE)]).await;
        check(&[("a", 3), ("hangs", 4), ("b", 4)], &["a", "b"], &[("hangs", LATE)]).await;
    }
}
