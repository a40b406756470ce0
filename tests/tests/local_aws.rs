//! The local AWS endpoint and what plays the rest of AWS around it: that it is atomic where AWS is, that it loses nothing,
//! that stacks are whole, and that functions, event sources and faults behave as the real ones.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use fleet_tests::aws_client::{ANONYMOUS, AwsClient};
use fleet_tests::aws_event_source::{BATCH, EventSource, Mapping};
use fleet_tests::aws_proxy::{AwsProxy, Fault};
use fleet_tests::lambda::{Environment, Failure, Function};
use fleet_tests::moto::Moto;
use serde_json::{Value, json};

/// A function that fails on a body `bad`, dies on `die`, throws on `throw`, and answers with the bodies it got otherwise.
const BOOTSTRAP: &str = r#"#!/usr/bin/env python3
import json, os, urllib.request
api = f"http://{os.environ['AWS_LAMBDA_RUNTIME_API']}/2018-06-01/runtime/invocation"
while True:
    with urllib.request.urlopen(f"{api}/next") as answer:
        name, event = answer.headers["Lambda-Runtime-Aws-Request-Id"], json.load(answer)
    bodies = [record["body"] for record in event["Records"]]
    if "die" in bodies:
        os._exit(1)
    failures = [{"itemIdentifier": record["messageId"]} for record in event["Records"] if record["body"] == "bad"]
    kind, result = ("error", {"errorMessage": "thrown"}) if "throw" in bodies else ("response", {"batchItemFailures": failures, "bodies": bodies})
    urllib.request.urlopen(urllib.request.Request(f"{api}/{name}/{kind}", json.dumps(result).encode()))
"#;

fn function(dir: &Path) -> Function {
    let program: PathBuf = dir.join("bootstrap");
    std::fs::write(&program, BOOTSTRAP).unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    let environment = vec![("PATH".to_owned(), std::env::var("PATH").unwrap())];
    Function { program, environment, timeout: Duration::from_secs(20), log: dir.join("log") }
}

fn records(bodies: &[&str]) -> Value {
    let records: Vec<Value> = bodies.iter().map(|body| json!({"messageId": body, "body": body})).collect();
    json!({ "Records": records })
}

#[test]
fn a_stack_has_all_its_resources_and_its_rule_leads_to_the_dispatchers_queue() {
    let moto = Moto::shared();
    let stack = moto.stack_with_pools(&["finance"]);
    let tables = moto.aws(&["dynamodb", "list-tables"]);
    for table in ["workflows", "versions", "executions", "audit"] {
        assert!(tables.contains(&format!("\"{stack}-{table}\"")), "{table} in {tables}");
    }
    let queues = moto.aws(&["sqs", "list-queues", "--queue-name-prefix", &stack]);
    for queue in ["events", "dead-events", "jobs", "jobs-finance", "dead-jobs"] {
        assert!(queues.contains(&format!("/{stack}-{queue}\"")), "{queue} in {queues}");
    }
    let aws = AwsClient::new(moto.endpoint());
    aws.put_event(&stack, "Workflow Start", &json!({"workflow_id": "night"}));
    let url = aws.queue_url(&format!("{stack}-events"));
    let message = aws.sqs("ReceiveMessage", &json!({"QueueUrl": url, "WaitTimeSeconds": 5}));
    let body: Value = serde_json::from_str(message["Messages"][0]["Body"].as_str().unwrap()).unwrap();
    assert_eq!(body["detail"]["workflow_id"], "night");
}

#[test]
fn the_endpoint_is_atomic_and_loses_nothing() {
    let moto = Moto::shared();
    let stack = moto.stack();
    let check = Path::new(env!("CARGO_MANIFEST_DIR")).join("moto/check.py");
    let output = Command::new(moto.bin().join("python")).arg(check).arg(stack).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn an_environment_outlives_errors_and_is_made_anew_after_a_crash() {
    let dir = tempfile::tempdir().unwrap();
    let mut environment = Environment::new(function(dir.path()));
    assert_eq!(environment.invoke(&records(&["a"])).unwrap()["bodies"], json!(["a"]));
    let thrown = environment.invoke(&records(&["throw"]));
    assert!(matches!(&thrown, Err(Failure::Error(text)) if text.contains("thrown")), "{thrown:?}");
    let first = *environment.pid().lock().unwrap();
    assert!(matches!(environment.invoke(&records(&["die"])), Err(Failure::Crashed)));
    assert_eq!(environment.invoke(&records(&["b"])).unwrap()["bodies"], json!(["b"]));
    assert_ne!(*environment.pid().lock().unwrap(), first);
}

#[test]
fn an_event_source_deletes_what_was_dealt_with_and_brings_the_rest_again() {
    let moto = Moto::shared();
    let (stack, dir) = (moto.stack(), tempfile::tempdir().unwrap());
    let aws = AwsClient::new(moto.endpoint());
    let queue = format!("{stack}-events");
    let url = aws.queue_url(&queue);
    for body in ["good", "bad"] {
        aws.sqs("SendMessage", &json!({"QueueUrl": url, "MessageBody": body}));
    }
    let source = EventSource::start(Mapping {
        endpoint: moto.endpoint().to_owned(),
        key: ANONYMOUS.to_owned(),
        queue,
        function: function(dir.path()),
        environments: 1,
        visibility: Duration::from_secs(1),
        batch: BATCH,
    });
    let deadline = Instant::now() + Duration::from_secs(20);
    while source.tally().failed.len() < 2 {
        assert!(Instant::now() < deadline, "{:?}", source.tally());
        std::thread::sleep(Duration::from_millis(20));
    }
    let tally = source.tally();
    assert!(tally.failed.iter().all(|body| body == "bad"), "{tally:?}");
    assert_eq!(tally.messages, 1 + u64::try_from(tally.failed.len()).unwrap());
    drop(source);
    let left = aws.sqs("GetQueueAttributes", &json!({"QueueUrl": url, "AttributeNames": ["All"]}));
    let count = |name: &str| left["Attributes"][name].as_str().unwrap().parse::<u32>().unwrap();
    assert_eq!(count("ApproximateNumberOfMessages") + count("ApproximateNumberOfMessagesNotVisible"), 1);
}

#[test]
fn the_proxy_counts_calls_and_breaks_those_it_is_told_to() {
    let moto = Moto::shared();
    let stack = moto.stack();
    let proxy =
        AwsProxy::start(moto.endpoint(), |call| match call.input["Item"]["workflow_id"]["S"].as_str()? {
            "throttled" => Some(Fault::Throttled),
            "broken" => Some(Fault::Broken),
            "cut" => Some(Fault::Cut),
            "lost" => Some(Fault::AnswerLost),
            _ => None,
        });
    let (through, direct) = (AwsClient::new(&proxy.endpoint()), AwsClient::new(moto.endpoint()));
    let table = format!("{stack}-workflows");
    let put = |id: &str| {
        let item = json!({"TableName": table, "Item": {"workflow_id": {"S": id}}});
        through.try_call("dynamodb", "DynamoDB_20120810.PutItem", &item)
    };
    assert!(put("whole").unwrap().is_ok());
    assert_eq!(put("throttled").unwrap().unwrap_err().status, 400);
    assert_eq!(put("broken").unwrap().unwrap_err().status, 500);
    assert!(put("cut").is_err());
    assert!(put("lost").is_err());
    let stored = |id: &str| !direct.rows(&table, "workflow_id", id).is_empty();
    let seen = ["whole", "throttled", "broken", "cut", "lost"].map(stored);
    assert_eq!(seen, [true, false, false, false, true]);
    assert_eq!(proxy.counts()[&("dynamodb".to_owned(), "PutItem".to_owned())], 5);
    assert_eq!(proxy.faults().len(), 4);
}
