//! The announcer over SNS and EventBridge: the contract, read back from subscribed queues, and what is AWS's own.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};

use aws_sdk_sqs::types::QueueAttributeName;
use fleet_aws::{Account, Announcer, Bus, Queue};
use fleet_core::alert::{Alert, AlertKind, StatusChange};
use fleet_core::contract::{self, Later, Published};
use fleet_core::ids::{ExecutionId, JobId, WorkflowId};
use fleet_core::ports::{Announcer as _, Queue as _};
use fleet_core::state::{JobResult, StatementFault, Turn};
use fleet_core::time::{Millis, Timestamp};
use fleet_core::wire::{Event, Start};
use serde_json::{Value, json};

use crate::common::{account, sdk};

/// Time to wait for a message that is there.
const WAIT: Millis = Millis::from_secs(10);

fn alert(topic: Option<&str>) -> Alert {
    let error = StatementFault {
        file: "load_fact.rsql".to_owned(),
        line: 12,
        sqlstate: "23502".to_owned(),
        message: "null value in column \"id\"".to_owned(),
        statement: "insert into fact\nselect * from stage where a < 1".to_owned(),
    };
    Alert {
        kind: AlertKind::JobFailed,
        workflow_id: WorkflowId::parse("night").unwrap(),
        workflow_execution_id: ExecutionId::parse("night-1").unwrap(),
        job_id: Some(JobId::parse("load_fact").unwrap()),
        turn: Turn { attempt: 2, look: 0 },
        at: Timestamp::from_millis(0),
        topic: topic.map(str::to_owned),
        message: "job load_fact failed in attempt 2".to_owned(),
        result: Some(JobResult { exit_code: Some(3), error: Some(error), ..JobResult::default() }),
    }
}

/// A new queue of this stack, for reading back what was published.
async fn new_queue(account: &Account, suffix: &str) -> Queue {
    let name = format!("{}-{suffix}", account.stack().name());
    let sqs = aws_sdk_sqs::Client::new(&sdk().await);
    sqs.create_queue()
        .queue_name(&name)
        .attributes(QueueAttributeName::VisibilityTimeout, "600")
        .send()
        .await
        .unwrap();
    Queue::open(account, &name).await.unwrap()
}

async fn subscribe(topic_arn: &str, protocol: &str, endpoint: &str) {
    let sns = aws_sdk_sns::Client::new(&sdk().await);
    sns.subscribe().topic_arn(topic_arn).protocol(protocol).endpoint(endpoint).send().await.unwrap();
}

fn topic_arn(name: &str) -> String {
    format!("arn:aws:sns:us-east-1:123456789012:{name}")
}

async fn announcer(account: &Account) -> Announcer {
    Announcer::new(account, &Queue::open(account, &account.stack().events_queue()).await.unwrap())
}

/// Everything that is in a queue, in order.
async fn drain(queue: &Queue) -> Vec<Value> {
    let mut found = Vec::new();
    loop {
        let page = queue.receive(10, Millis(0)).await.unwrap();
        if page.is_empty() {
            return found;
        }
        let receipts: Vec<_> = page.iter().map(|delivery| delivery.receipt.clone()).collect();
        queue.delete(&receipts).await.unwrap();
        found.extend(page.iter().map(|delivery| serde_json::from_str::<Value>(&delivery.body).unwrap()));
    }
}

fn published_alert(notice: &Value) -> Alert {
    serde_json::from_str(notice["Message"].as_str().unwrap()).unwrap()
}

fn published_change(event: &Value) -> StatusChange {
    assert_eq!(event["source"], "rsql-fleet");
    let mut detail = event["detail"].clone();
    detail["detail_type"] = event["detail-type"].clone();
    serde_json::from_value(detail).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_contract() {
    let account = account().await;
    let (alerts, changes) = (new_queue(&account, "alerts-copy").await, new_queue(&account, "changes").await);
    subscribe(&topic_arn(&account.stack().alerts_topic()), "sqs", &alerts.arn()).await;
    let events = aws_sdk_eventbridge::Client::new(&sdk().await);
    let (bus, rule) = (account.stack().bus(), format!("{}-changes", account.stack().name()));
    let pattern = json!({ "source": ["rsql-fleet"] }).to_string();
    events.put_rule().event_bus_name(&bus).name(&rule).event_pattern(pattern).send().await.unwrap();
    let target =
        aws_sdk_eventbridge::types::Target::builder().id("changes").arn(changes.arn()).build().unwrap();
    events.put_targets().event_bus_name(&bus).rule(&rule).targets(target).send().await.unwrap();

    let seen = Arc::new(Mutex::new(Published::default()));
    let published = move || -> Later<Published> {
        let (alerts, changes, seen) = (alerts.clone(), changes.clone(), Arc::clone(&seen));
        Box::pin(async move {
            let new_alerts: Vec<Alert> = drain(&alerts).await.iter().map(published_alert).collect();
            let new_changes: Vec<StatusChange> = drain(&changes).await.iter().map(published_change).collect();
            let mut seen = seen.lock().unwrap();
            seen.alerts.extend(new_alerts);
            seen.changes.extend(new_changes);
            seen.clone()
        })
    };
    contract::announcer(&announcer(&account).await, &published).await.assert_passed();
}

#[tokio::test]
async fn subscribers_can_filter_by_attributes() {
    let account = account().await;
    let alerts = new_queue(&account, "alerts-copy").await;
    subscribe(&topic_arn(&account.stack().alerts_topic()), "sqs", &alerts.arn()).await;
    announcer(&account).await.alert(&alert(None)).await.unwrap();
    let notice = drain(&alerts).await.remove(0);
    let attributes = notice["MessageAttributes"].as_object().unwrap();
    let seen: BTreeMap<&str, &str> =
        attributes.iter().map(|(name, value)| (name.as_str(), value["Value"].as_str().unwrap())).collect();
    let expect = [
        ("workflow", "night"),
        ("execution", "night-1"),
        ("severity", "error"),
        ("kind", "job_failed"),
        ("status", "failed"),
    ];
    assert_eq!(seen, BTreeMap::from(expect));
    assert_eq!(notice["Subject"], "[error] night: job failed: load_fact");
}

#[tokio::test]
async fn a_workflows_own_topic_is_named_by_name_or_arn() {
    let account = account().await;
    let name = format!("{}-etl", account.stack().name());
    let sns = aws_sdk_sns::Client::new(&sdk().await);
    sns.create_topic().name(&name).send().await.unwrap();
    let (own, default) = (new_queue(&account, "own").await, new_queue(&account, "default").await);
    subscribe(&topic_arn(&name), "sqs", &own.arn()).await;
    subscribe(&topic_arn(&account.stack().alerts_topic()), "sqs", &default.arn()).await;
    let announcer = announcer(&account).await;
    for topic in [name.clone(), topic_arn(&name)] {
        announcer.alert(&alert(Some(&topic))).await.unwrap();
        assert_eq!((drain(&own).await.len(), drain(&default).await.len()), (1, 0), "{topic}");
    }
}

#[tokio::test]
async fn an_alert_for_a_topic_that_is_not_there_goes_to_the_stacks_own() {
    let account = account().await;
    let default = new_queue(&account, "default").await;
    subscribe(&topic_arn(&account.stack().alerts_topic()), "sqs", &default.arn()).await;
    announcer(&account).await.alert(&alert(Some("nowhere"))).await.unwrap();
    let found = published_alert(&drain(&default).await.remove(0));
    let expect = format!(
        "job load_fact failed in attempt 2 (this came here since we failed to publish an alert to topic `{}`: NotFound",
        topic_arn("nowhere")
    );
    assert!(found.message.starts_with(&expect), "{}", found.message);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_http_endpoint_gets_what_chats_want() {
    let account = account().await;
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}/", listener.local_addr().unwrap());
    let posted = std::thread::spawn(move || read_posted(&listener));
    subscribe(&topic_arn(&account.stack().alerts_topic()), "http", &endpoint).await;
    announcer(&account).await.alert(&alert(None)).await.unwrap();
    let notice = posted.join().unwrap();
    let document: Value = serde_json::from_str(notice["Message"].as_str().unwrap()).unwrap();
    assert_eq!(document["source"], "custom");
    assert_eq!(document["metadata"]["threadId"], "night-1");
}

/// The first notification that is posted; what else comes is answered and passed over.
fn read_posted(listener: &TcpListener) -> Value {
    loop {
        let (mut stream, _) = listener.accept().unwrap();
        let (mut bytes, mut chunk) = (Vec::new(), [0; 4096]);
        let body: Value = loop {
            let count = stream.read(&mut chunk).unwrap();
            bytes.extend_from_slice(&chunk[..count]);
            let text = String::from_utf8_lossy(&bytes);
            let body = text.split_once("\r\n\r\n").and_then(|(_, body)| serde_json::from_str(body).ok());
            match body {
                Some(body) => break body,
                None if count == 0 => break Value::Null,
                None => {}
            }
        };
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").unwrap();
        if body["Type"] == "Notification" {
            return body;
        }
    }
}

/// From the bus to the dispatcher's queue, where each delivery of one event asks for the same execution.
#[tokio::test]
async fn a_start_by_hand_reaches_the_dispatcher() {
    let account = account().await;
    let events = Queue::open(&account, &account.stack().events_queue()).await.unwrap();
    let workflow_id = WorkflowId::parse("night").unwrap();
    let start = Start {
        workflow_id,
        workflow_execution_id: None,
        params: BTreeMap::new(),
        scheduled_at: None,
        timezone: None,
        by: "me".to_owned(),
        reason: "why not".to_owned(),
    };
    let event_id = Bus::new(&account).start(&start, None).await.unwrap();
    let found = events.receive(1, WAIT).await.unwrap().remove(0);
    let Event::Start(read) = Event::from_text(&found.body).unwrap() else { unreachable!("{}", found.body) };
    let id = ExecutionId::parse(&format!("night-{event_id}")).unwrap();
    assert_eq!(read, Start { workflow_execution_id: Some(id), ..start });
}
