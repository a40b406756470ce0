//! What becomes of calls whose answers never come, or tell of single entries that failed.

use std::time::Duration;

use fleet_core::ports::{Outgoing, PortError, Queue as _, Receipt};
use fleet_core::time::Millis;
use serde_json::{Value, json};

use super::Queue;
use crate::tests::scripted::{self, Asked};

/// A queue whose service gives these answers, after the one to where it is.
async fn queue(answers: Vec<Value>) -> (Queue, Asked) {
    let mut all = vec![json!({ "QueueUrl": "http://127.0.0.1/123456789012/q" })];
    all.extend(answers);
    let (account, asked) = scripted::account(all).await;
    let queue = Queue::open(&account, "q").await.unwrap();
    asked.lock().unwrap().clear();
    (queue, asked)
}

fn operations(asked: &Asked) -> Vec<String> {
    asked.lock().unwrap().iter().map(|(operation, _)| operation.clone()).collect()
}

#[tokio::test]
async fn a_poll_without_an_answer_ends_soon_after_its_wait() {
    let (queue, _) = queue(Vec::new()).await;
    tokio::time::pause();
    let began = tokio::time::Instant::now();
    let error = queue.receive(1, Millis::from_secs(20)).await.unwrap_err();
    assert!(matches!(error, PortError::Unavailable { .. }), "{error}");
    assert!(began.elapsed() <= Duration::from_secs(31), "{:?}", began.elapsed());
}

#[tokio::test]
async fn a_message_that_failed_in_a_batch_is_sent_alone() {
    let failed = json!([{ "Id": "1", "SenderFault": false, "Code": "InternalError" }]);
    let sent = json!([{ "Id": "0", "MessageId": "m", "MD5OfMessageBody": "" }]);
    let alone = json!({ "MessageId": "m", "MD5OfMessageBody": "" });
    let (queue, asked) = queue(vec![json!({ "Successful": sent, "Failed": failed }), alone]).await;
    let second = Outgoing::after(Millis(1_500), "second").in_trace(Some("00-a-b-01".to_owned()));
    queue.send(&[Outgoing::now("first"), second]).await.unwrap();
    assert_eq!(operations(&asked), ["SendMessageBatch", "SendMessage"]);
    let body = asked.lock().unwrap()[1].1.clone();
    assert_eq!((&body["MessageBody"], &body["DelaySeconds"]), (&json!("second"), &json!(2)));
    assert_eq!(body["MessageAttributes"]["traceparent"]["StringValue"], "00-a-b-01");
}

#[tokio::test]
async fn a_message_that_sqs_will_never_take_is_refused_to_its_sender_alone() {
    let failed = json!([{
        "Id": "1", "SenderFault": true, "Code": "InvalidMessageContents", "Message": "it has a character that is none",
    }]);
    let sent = json!([{ "Id": "0", "MessageId": "m", "MD5OfMessageBody": "" }]);
    let (queue, asked) = queue(vec![json!({ "Successful": sent, "Failed": failed })]).await;
    let (good, bad) = ([Outgoing::now("good")], [Outgoing::now("bad")]);
    let (good, bad) = tokio::join!(queue.send(&good), queue.send(&bad));
    good.unwrap();
    let error = bad.unwrap_err();
    assert!(matches!(error, PortError::Refused { .. }));
    assert_eq!(
        error.to_string(),
        "send to queue `q`: InvalidMessageContents: it has a character that is none"
    );
    assert_eq!(operations(&asked), ["SendMessageBatch"], "both went in one call");
}

#[tokio::test]
async fn a_message_that_the_answer_leaves_out_is_not_taken_for_sent() {
    let sent = json!([{ "Id": "1", "MessageId": "m", "MD5OfMessageBody": "" }]);
    let (queue, _) = queue(vec![json!({ "Successful": sent, "Failed": [] })]).await;
    let (lost, told) = ([Outgoing::now("lost")], [Outgoing::now("told")]);
    let (lost, told) = tokio::join!(queue.send(&lost), queue.send(&told));
    assert!(matches!(lost, Err(PortError::Unavailable { .. })) && told.is_ok());
}

#[tokio::test]
async fn deletes_of_several_tasks_share_a_call_and_stale_receipts_are_passed_over() {
    let failed = json!([
        { "Id": "0", "SenderFault": true, "Code": "ReceiptHandleIsInvalid" },
        { "Id": "1", "SenderFault": false, "Code": "InternalError" },
    ]);
    let (queue, asked) = queue(vec![json!({ "Successful": [], "Failed": failed }), json!({})]).await;
    let receipts = ["1@stale", "2@failed", "3@fine"].map(|text| [Receipt(text.to_owned())]);
    let [stale, failed, fine] = &receipts;
    let (stale, failed, fine) = tokio::join!(queue.delete(stale), queue.delete(failed), queue.delete(fine));
    stale.and(failed).and(fine).unwrap();
    assert_eq!(operations(&asked), ["DeleteMessageBatch", "DeleteMessage"]);
    assert_eq!(asked.lock().unwrap()[1].1["ReceiptHandle"], "failed");
}
