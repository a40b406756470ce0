//! Calls of AWS services as JSON over plain HTTP, for what a test asks the local endpoint itself: quicker than the AWS CLI,
//! and no SDK outside the product's adapters. Only for services that speak JSON; the endpoint checks no signature.

use std::io::{self, BufReader};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::{Value, json};

use crate::http::{Answer, Request};
use crate::postgres::Postgres;

/// Longest wait for an answer: a long poll's 20 s, and some for the endpoint.
const ANSWER_LIMIT: Duration = Duration::from_secs(50);
/// The account that the local endpoint plays.
const ACCOUNT: &str = "123456789012";
/// Access key id of whoever needs none of his own.
pub const ANONYMOUS: &str = "test";

/// A caller of one endpoint, or of a proxy in front of it.
#[derive(Debug, Clone)]
pub struct AwsClient {
    host: String,
    key: String,
}

/// An error that a service answered.
#[derive(Debug)]
pub struct Refusal {
    /// HTTP status.
    pub status: u16,
    /// The error's document.
    pub text: String,
}

impl AwsClient {
    /// A caller of `http://HOST:PORT`.
    pub fn new(endpoint: &str) -> AwsClient {
        AwsClient { host: endpoint.trim_start_matches("http://").to_owned(), key: ANONYMOUS.to_owned() }
    }

    /// The same with an access key id of its own, by which the endpoint tells callers apart.
    #[must_use]
    pub fn by(self, key: &str) -> AwsClient {
        AwsClient { key: key.to_owned(), ..self }
    }

    /// Calls `DynamoDB`: the operation's name, and its input.
    pub fn dynamodb(&self, operation: &str, input: &Value) -> Value {
        self.call("dynamodb", &format!("DynamoDB_20120810.{operation}"), input)
    }

    /// Calls SQS.
    pub fn sqs(&self, operation: &str, input: &Value) -> Value {
        self.call("sqs", &format!("AmazonSQS.{operation}"), input)
    }

    /// Calls `EventBridge`.
    pub fn events(&self, operation: &str, input: &Value) -> Value {
        self.call("events", &format!("AWSEvents.{operation}"), input)
    }

    /// Calls `CloudWatch` Logs.
    pub fn logs(&self, operation: &str, input: &Value) -> Value {
        self.call("logs", &format!("Logs_20140328.{operation}"), input)
    }

    /// Calls Secrets Manager.
    pub fn secrets(&self, operation: &str, input: &Value) -> Value {
        self.call("secretsmanager", &format!("secretsmanager.{operation}"), input)
    }

    /// Makes the secret of a connection to this database, with the keys that old secrets have.
    pub fn connection_secret(&self, name: &str, database: &Postgres) {
        let secret = json!({
            "host": database.host(), "port": database.port().to_string(), "username": database.user(),
            "password": database.password(), "dbname": database.database(),
        });
        let token = format!("{:032}", std::process::id());
        let input = json!({"Name": name, "SecretString": secret.to_string(), "ClientRequestToken": token});
        self.secrets("CreateSecret", &input);
    }

    /// Puts one event on a stack's bus, as anybody may: `Workflow Start` begins an execution.
    pub fn put_event(&self, bus: &str, detail_type: &str, detail: &Value) {
        let entry = json!({
            "Source": "test", "DetailType": detail_type, "EventBusName": bus, "Detail": detail.to_string(),
        });
        let answer = self.events("PutEvents", &json!({ "Entries": [entry] }));
        assert_eq!(answer["FailedEntryCount"], 0, "{answer}");
    }

    /// All rows of a table whose partition key has this value, in order, however many pages it takes.
    pub fn rows(&self, table: &str, key: &str, value: &str) -> Vec<Value> {
        let mut input = json!({
            "TableName": table, "ConsistentRead": true, "KeyConditionExpression": "#key = :value",
            "ExpressionAttributeNames": {"#key": key}, "ExpressionAttributeValues": {":value": {"S": value}},
        });
        let mut rows = Vec::new();
        loop {
            let page = self.dynamodb("Query", &input);
            rows.extend(page["Items"].as_array().cloned().unwrap_or_default());
            let Some(last) = page.get("LastEvaluatedKey") else { return rows };
            input["ExclusiveStartKey"] = last.clone();
        }
    }

    /// The URL of a queue of this account.
    pub fn queue_url(&self, queue: &str) -> String {
        format!("http://{}/{ACCOUNT}/{queue}", self.host)
    }

    /// The ARN of a queue of this account.
    pub fn queue_arn(queue: &str) -> String {
        format!("arn:aws:sqs:us-east-1:{ACCOUNT}:{queue}")
    }

    /// Calls any service that speaks JSON.
    ///
    /// # Panics
    /// When the endpoint does not answer, or answers with an error.
    pub fn call(&self, service: &str, target: &str, input: &Value) -> Value {
        match self.try_call(service, target, input) {
            Ok(Ok(answer)) => answer,
            Ok(Err(refusal)) => {
                panic_with(&format!("{target} answered {}: {}", refusal.status, refusal.text))
            }
            Err(error) => panic_with(&format!("{target} got no answer: {error}")),
        }
    }

    /// Calls any service that speaks JSON, whatever comes of it.
    ///
    /// # Errors
    /// The outer: no answer came. The inner: the service answered with an error.
    pub fn try_call(&self, service: &str, target: &str, input: &Value) -> io::Result<Result<Value, Refusal>> {
        let mut connection = TcpStream::connect(&self.host)?;
        connection.set_nodelay(true)?;
        connection.set_read_timeout(Some(ANSWER_LIMIT))?;
        let scope = format!("Credential={}/20260101/us-east-1/{service}/aws4_request", self.key);
        let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let request = Request {
            method: "POST".to_owned(),
            path: "/".to_owned(),
            headers: vec![
                header("host", &self.host),
                header("content-type", "application/x-amz-json-1.0"),
                header("x-amz-target", target),
                header(
                    "authorization",
                    &format!("AWS4-HMAC-SHA256 {scope}, SignedHeaders=host, Signature=0"),
                ),
            ],
            body: input.to_string().into_bytes(),
        };
        request.write(&mut connection)?;
        let answer = Answer::read(&mut BufReader::new(connection), "POST")?;
        if answer.status != 200 {
            return Ok(Err(Refusal { status: answer.status, text: answer.text() }));
        }
        // An operation that returns nothing answers with an empty body.
        Ok(Ok(serde_json::from_slice(&answer.body).unwrap_or(Value::Null)))
    }
}

#[expect(clippy::panic, reason = "a test helper: the caller is a test, and a panic is how a test fails")]
fn panic_with(message: &str) -> ! {
    panic!("{message}")
}
