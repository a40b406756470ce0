//! Two listeners to a stack's alerts: a subscribed queue and a subscribed HTTP endpoint. Owns the subscriptions; what an alert
//! says is the tests' affair.

use std::sync::{Arc, Mutex, PoisonError};

use crate::aws_client::AwsClient;
use crate::http::{Answer, Reply, Server};
use crate::moto::Moto;
use serde_json::{Value, json};

/// Both, from now on until it is dropped.
pub struct Alerts {
    aws: AwsClient,
    url: String,
    /// What the queue has brought so far: a message is received once.
    received: Mutex<Vec<String>>,
    posts: Arc<Mutex<Vec<String>>>,
    _endpoint: Server,
}

impl Alerts {
    /// Subscribes both to the stack's topic.
    pub fn listen(moto: &Moto, stack: &str) -> Alerts {
        let aws = AwsClient::new(moto.endpoint());
        let queue = format!("{stack}-heard");
        aws.sqs("CreateQueue", &json!({"QueueName": queue}));
        let posts: Arc<Mutex<Vec<String>>> = Arc::default();
        let inbox = Arc::clone(&posts);
        let endpoint = Server::start(move |request, _| {
            inbox.lock().unwrap_or_else(PoisonError::into_inner).push(request.text());
            Reply::Answer(Answer::new(200, "text/plain", ""))
        });
        let topic = format!("arn:aws:sns:us-east-1:123456789012:{stack}-alerts");
        let hook = format!("http://{}/hook", endpoint.address());
        for (protocol, address) in [("sqs", AwsClient::queue_arn(&queue)), ("http", hook)] {
            moto.aws(&[
                "sns",
                "subscribe",
                "--topic-arn",
                &topic,
                "--protocol",
                protocol,
                "--notification-endpoint",
                &address,
            ]);
        }
        Alerts { url: aws.queue_url(&queue), aws, received: Mutex::default(), posts, _endpoint: endpoint }
    }

    /// The alerts' texts that the queue has brought so far.
    pub fn queued(&self) -> Vec<String> {
        let input = json!({"QueueUrl": self.url, "MaxNumberOfMessages": 10, "WaitTimeSeconds": 1});
        let answer = self.aws.sqs("ReceiveMessage", &input);
        let mut received = self.received.lock().unwrap_or_else(PoisonError::into_inner);
        for message in answer["Messages"].as_array().into_iter().flatten() {
            received.push(notified(message["Body"].as_str().unwrap_or_default()));
            let input = json!({"QueueUrl": self.url, "ReceiptHandle": message["ReceiptHandle"]});
            self.aws.sqs("DeleteMessage", &input);
        }
        received.clone()
    }

    /// The alerts' texts that were posted so far; the confirmation of the subscription is none.
    pub fn posted(&self) -> Vec<String> {
        let posts = self.posts.lock().unwrap_or_else(PoisonError::into_inner);
        posts.iter().map(|post| notified(post)).filter(|text| !text.is_empty()).collect()
    }
}

/// The message within a notification's envelope.
fn notified(envelope: &str) -> String {
    let envelope: Value = serde_json::from_str(envelope).unwrap_or_default();
    let is_one = envelope["Type"] == "Notification";
    envelope["Message"].as_str().filter(|_| is_one).unwrap_or_default().to_owned()
}
