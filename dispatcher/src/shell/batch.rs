//! Between Lambda's batches of SQS messages and the dispatcher's. Owns their two forms: messages in, and which of them Lambda
//! shall not delete out. Carries out nothing.

use std::collections::BTreeSet;

use aws_lambda_events::sqs::{SqsEvent, SqsMessage};
use dispatcher::Report;
use fleet_core::ports::{Delivery, MessageId, Receipt};
use fleet_core::time::Timestamp;
use serde::Serialize;

/// Message attribute that carries the trace.
const TRACEPARENT: &str = "traceparent";
/// What SQS counts deliveries in.
const RECEIVE_COUNT: &str = "ApproximateReceiveCount";
/// When SQS took the message, in milliseconds since the epoch.
const SENT: &str = "SentTimestamp";

/// What Lambda takes as an answer to a batch where `ReportBatchItemFailures` is set.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Answer {
    /// The messages that stay in the queue; Lambda deletes all others.
    batch_item_failures: Vec<Failure>,
}

#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Failure {
    item_identifier: String,
}

/// The messages of a batch.
pub(crate) fn deliveries(event: SqsEvent, now: Timestamp) -> Vec<Delivery> {
    event.records.into_iter().map(|message| delivery(message, now)).collect()
}

fn delivery(message: SqsMessage, now: Timestamp) -> Delivery {
    let number = |name: &str| message.attributes.get(name).and_then(|text| text.parse::<i64>().ok());
    let received = number(RECEIVE_COUNT).and_then(|count| u32::try_from(count).ok()).unwrap_or(1);
    let sent_at = number(SENT).map_or(now, Timestamp::from_millis);
    let trace = message.message_attributes.get(TRACEPARENT).and_then(|value| value.string_value.clone());
    Delivery {
        id: MessageId(message.message_id.unwrap_or_default()),
        receipt: Receipt(message.receipt_handle.unwrap_or_default()),
        body: message.body.unwrap_or_default(),
        received,
        sent_at,
        trace,
    }
}

/// Keeps every message that is not known to be done, whatever else became of it.
pub(crate) fn answer(batch: &[Delivery], report: &Report) -> Answer {
    let done: BTreeSet<&Receipt> = report.done.iter().collect();
    let kept = batch.iter().filter(|delivery| !done.contains(&delivery.receipt));
    let failure = |delivery: &Delivery| Failure { item_identifier: delivery.id.0.clone() };
    Answer { batch_item_failures: kept.map(failure).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use fleet_core::time::Millis;
    use serde_json::json;

    const NOW: Timestamp = Timestamp::from_millis(1_795_312_800_000);

    fn read(records: &serde_json::Value) -> Vec<Delivery> {
        let event =
            serde_json::from_value(json!({ "Records": records })).expect("a batch as Lambda sends it");
        deliveries(event, NOW)
    }

    fn message(id: &str) -> Delivery {
        Delivery {
            id: MessageId(id.to_owned()),
            receipt: Receipt(format!("r-{id}")),
            body: "{}".to_owned(),
            received: 1,
            sent_at: NOW,
            trace: None,
        }
    }

    #[test]
    fn messages_as_lambda_hands_them_over() {
        let full = json!([{
            "messageId": "m1", "receiptHandle": "r1", "body": "{\"event\":\"tick\"}",
            "attributes": { "ApproximateReceiveCount": "3", "SentTimestamp": "1795312799000" },
            "messageAttributes": { "traceparent": { "stringValue": "00-1-2-01", "dataType": "String" } },
            "md5OfBody": "…", "eventSource": "aws:sqs", "eventSourceARN": "arn:…", "awsRegion": "eu-west-1"
        }]);
        let expect = Delivery {
            id: MessageId("m1".to_owned()),
            receipt: Receipt("r1".to_owned()),
            body: "{\"event\":\"tick\"}".to_owned(),
            received: 3,
            sent_at: NOW - Millis::from_secs(1),
            trace: Some("00-1-2-01".to_owned()),
        };
        assert_eq!(read(&full), [expect]);
        let bare = json!([{ "messageId": "m", "receiptHandle": "r-m", "body": "{}" }]);
        assert_eq!(read(&bare), [message("m")]);
        let odd = json!([{
            "messageId": "m", "receiptHandle": "r-m", "body": "{}",
            "attributes": { "ApproximateReceiveCount": "many" }, "messageAttributes": null
        }]);
        assert_eq!(read(&odd), [message("m")]);
    }

    #[test]
    fn what_is_not_done_stays() {
        let batch = [message("a"), message("b"), message("c"), message("d")];
        let check = |report: &Report, expect: &[&str]| {
            let kept: Vec<_> = expect.iter().map(|id| json!({ "itemIdentifier": id })).collect();
            let seen = serde_json::to_value(answer(&batch, report)).expect("it has strings only");
            assert_eq!(seen, json!({ "batchItemFailures": kept }));
        };
        let done = |ids: &[&str]| ids.iter().map(|id| Receipt(format!("r-{id}"))).collect();
        check(&Report { done: done(&["a", "b", "c", "d"]), ..Report::default() }, &[]);
        check(&Report { done: done(&["d", "a"]), ..Report::default() }, &["b", "c"]);
        let later = vec![(Receipt("r-b".to_owned()), Millis::from_secs(1))];
        let failed = vec![(MessageId("c".to_owned()), "read event: …".to_owned())];
        let rejected = vec![(MessageId("d".to_owned()), "it is not deployed".to_owned())];
        check(&Report { done: done(&["a", "d"]), later, failed, rejected }, &["b", "c"]);
        check(&Report::default(), &["a", "b", "c", "d"]);
    }
}
