//! The queue over SQS: the contract, and what is SQS's own.

use std::time::Duration;

use aws_sdk_sqs::types::QueueAttributeName;
use fleet_aws::Queue;
use fleet_core::contract::{self, Later, QUEUE_MAX_RECEIVES, QUEUE_VISIBILITY, QueueBench};
use fleet_core::ports::{Outgoing, PortError, Queue as _, Receipt};
use fleet_core::time::{Millis, Timestamp};

use crate::common::{account, account_of, sdk};

/// Time to wait for a message that is there.
const WAIT: Millis = Millis::from_secs(10);
/// A little more than was asked for: the endpoint's timers are its own.
const GRACE: Duration = Duration::from_millis(150);

#[tokio::test(flavor = "multi_thread")]
async fn the_contract() {
    let account = account().await;
    let name = format!("{}-contract", account.stack().name());
    let dead = format!("{name}-dead");
    let sqs = aws_sdk_sqs::Client::new(&sdk().await);
    sqs.create_queue().queue_name(&dead).send().await.unwrap();
    let dead_letters = Queue::open(&account, &dead).await.unwrap();
    let redrive = serde_json::json!({
        "deadLetterTargetArn": dead_letters.arn(),
        "maxReceiveCount": QUEUE_MAX_RECEIVES,
    });
    let create = sqs.create_queue().queue_name(&name);
    let create = create
        .attributes(QueueAttributeName::VisibilityTimeout, (QUEUE_VISIBILITY.0 / 1_000).to_string())
        .attributes(QueueAttributeName::RedrivePolicy, redrive.to_string());
    create.send().await.unwrap();
    let queue = Queue::open(&account, &name).await.unwrap();
    let pass = |span: Millis| -> Later<()> { Box::pin(tokio::time::sleep(span.to_std() + GRACE)) };
    let bench = QueueBench { queue: &queue, dead_letters: &dead_letters, pass: &pass };
    contract::queue(&bench).await.assert_passed();
}

#[tokio::test]
async fn a_message_carries_its_trace_and_time() {
    let account = account().await;
    let queue = Queue::open(&account, &account.stack().events_queue()).await.unwrap();
    let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".to_owned();
    let traced = Outgoing::now("traced").in_trace(Some(trace.clone()));
    queue.send(&[traced, Outgoing::now("plain")]).await.unwrap();
    let mut found = Vec::new();
    while found.len() < 2 {
        found.extend(queue.receive(10, WAIT).await.unwrap());
    }
    found.sort_by(|a, b| b.body.cmp(&a.body));
    assert_eq!([&found[0].trace, &found[1].trace], [&Some(trace), &None]);
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    let now = Timestamp::from_millis(i64::try_from(now.as_millis()).unwrap());
    assert!(now.since(found[0].sent_at) < Millis::from_mins(5) && found[0].sent_at < now);
}

#[tokio::test]
async fn a_queue_that_is_not_there_is_named_with_its_stack() {
    let account = account_of("nowhere").await;
    let error = Queue::open(&account, "nowhere-events").await.unwrap_err();
    assert!(matches!(error, PortError::Refused { .. }));
    assert_eq!(
        error.to_string(),
        "look up queue `nowhere-events`: there is none in us-east-1; install stack `nowhere` there, or name the stack and region that are meant"
    );
}

#[tokio::test]
async fn the_arn_is_read_from_the_address() {
    let account = account().await;
    let name = account.stack().events_queue();
    let queue = Queue::open(&account, &name).await.unwrap();
    assert_eq!(queue.arn(), format!("arn:aws:sqs:us-east-1:123456789012:{name}"));
}

#[tokio::test]
async fn what_no_queue_takes_is_refused_as_a_whole() {
    let account = account().await;
    let queue = Queue::open(&account, &account.stack().events_queue()).await.unwrap();
    let large = Outgoing::now("x".repeat(1_048_577));
    let error = queue.send(&[Outgoing::now("beside it"), large]).await.unwrap_err();
    assert!(matches!(error, PortError::Refused { .. }), "{error}");
    assert!(error.to_string().contains("a message has 1048577 bytes"), "{error}");
    assert_eq!(queue.receive(10, Millis(0)).await.unwrap(), []);
}

#[tokio::test]
async fn a_batch_beyond_the_bytes_of_one_call_is_sent_in_several() {
    let account = account().await;
    let queue = Queue::open(&account, &account.stack().events_queue()).await.unwrap();
    let messages: Vec<_> = (0..3).map(|number| Outgoing::now(number.to_string().repeat(500_000))).collect();
    queue.send(&messages).await.unwrap();
    let mut lengths = Vec::new();
    while lengths.len() < 3 {
        lengths.extend(queue.receive(10, WAIT).await.unwrap().into_iter().map(|found| found.body.len()));
    }
    assert_eq!(lengths, [500_000; 3]);
}

/// SQS would refuse to hide it for so long, and the message would be lost to its job for 12 hours of silence.
#[tokio::test]
async fn a_message_is_hidden_for_no_more_than_what_is_left_of_twelve_hours() {
    let account = account().await;
    let queue = Queue::open(&account, &account.stack().jobs_queue(None)).await.unwrap();
    queue.send(&[Outgoing::now("long")]).await.unwrap();
    let found = queue.receive(1, WAIT).await.unwrap().remove(0);
    queue.hide(&found.receipt, Millis::from_mins(24 * 60)).await.unwrap();
    let hidden = |client: aws_sdk_sqs::Client, name: String| async move {
        let url = client.get_queue_url().queue_name(name).send().await.unwrap().queue_url.unwrap();
        let wanted = QueueAttributeName::ApproximateNumberOfMessagesNotVisible;
        let found = client.get_queue_attributes().queue_url(url).attribute_names(wanted.clone()).send().await;
        found.unwrap().attributes.unwrap()[&wanted].clone()
    };
    let sqs = aws_sdk_sqs::Client::new(&sdk().await);
    assert_eq!(hidden(sqs, queue.name().to_owned()).await, "1");
    // Its 12 hours are over: as far as the receipt tells, and then as SQS itself says.
    let handle = found.receipt.0.split_once('@').unwrap().1;
    for receipt in [Receipt(format!("0@{handle}")), Receipt(handle.to_owned())] {
        queue.hide(&receipt, Millis::from_mins(24 * 60)).await.unwrap();
        assert_eq!(queue.receive(1, Millis(0)).await.unwrap(), [], "it stays hidden as long as it was");
    }
    queue.hide(&found.receipt, Millis(0)).await.unwrap();
    assert_eq!(queue.receive(1, WAIT).await.unwrap()[0].received, 2);
}

#[tokio::test]
async fn receipts_that_are_none_are_ignored() {
    let account = account().await;
    let queue = Queue::open(&account, &account.stack().jobs_queue(None)).await.unwrap();
    let [timed, bare] = ["1@nothing", "nothing either"].map(|text| Receipt(text.to_owned()));
    queue.hide(&timed, Millis::from_secs(5)).await.unwrap();
    queue.hide(&bare, Millis::from_secs(5)).await.unwrap();
    queue.delete(&[timed, bare]).await.unwrap();
}
