//! Lambda's event source for a queue, played: long polls, batches handed to the function, and what the function did not
//! report as failed deleted. Owns the threads that do so, one for each environment. It goes to whatever endpoint it is
//! given, so that a counting proxy sees its requests as well.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use serde_json::{Value, json};

use crate::aws_client::AwsClient;
use crate::lambda::{Environment, Failure, Function};

/// As many messages as one call receives.
pub const BATCH: usize = 10;
/// Short, so that the threads end soon after they are told to; the service itself polls for 20 s.
const POLL_SECONDS: u64 = 1;
/// Longest time for one invocation, as on AWS.
const FUNCTION_LIMIT: Duration = Duration::from_secs(20);
/// Between two tries while the endpoint does not answer.
const RETRY: Duration = Duration::from_millis(50);

/// The way from a queue into a function.
#[derive(Debug, Clone)]
pub struct Mapping {
    /// Endpoint of the receives and deletes.
    pub endpoint: String,
    /// Access key id of them: on AWS, those of the function's role.
    pub key: String,
    /// The queue's name.
    pub queue: String,
    /// The function.
    pub function: Function,
    /// How many environments work side by side.
    pub environments: usize,
    /// How soon a message that was not dealt with comes again.
    pub visibility: Duration,
    /// Most messages of one invocation, up to [`BATCH`].
    pub batch: usize,
}

/// What a mapping has done so far.
#[derive(Debug, Clone, Default)]
pub struct Tally {
    /// Invocations.
    pub invocations: u64,
    /// Messages handed over.
    pub messages: u64,
    /// Invocations that ended in an error or a time-out, in words.
    pub errors: Vec<String>,
    /// Invocations in which the process died.
    pub crashes: u64,
    /// Bodies of messages that the function reported as failed.
    pub failed: Vec<String>,
}

/// A mapping at work, until it is dropped.
#[derive(Debug)]
pub struct EventSource {
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
    pids: Vec<Arc<Mutex<Option<u32>>>>,
}

#[derive(Debug)]
struct Shared {
    mapping: Mapping,
    is_over: AtomicBool,
    tally: Mutex<Tally>,
}

impl Function {
    /// The dispatcher of a stack: as Lambda runs it, with the credentials and the endpoint of `environment`.
    pub fn dispatcher(
        program: PathBuf,
        stack: &str,
        environment: Vec<(String, String)>,
        log: PathBuf,
    ) -> Function {
        let mut environment = environment;
        environment.push(("FLEET_STACK".to_owned(), stack.to_owned()));
        Function { program, environment, timeout: FUNCTION_LIMIT, log }
    }
}

impl EventSource {
    /// Begins to poll.
    pub fn start(mapping: Mapping) -> EventSource {
        let environments: Vec<_> =
            (0..mapping.environments).map(|_| Environment::new(mapping.function.clone())).collect();
        let pids = environments.iter().map(Environment::pid).collect();
        let shared = Arc::new(Shared { mapping, is_over: AtomicBool::new(false), tally: Mutex::default() });
        let polling = |environment| {
            let shared = Arc::clone(&shared);
            std::thread::spawn(move || shared.poll(environment))
        };
        let threads = environments.into_iter().map(polling).collect();
        EventSource { shared, threads, pids }
    }

    /// What it has done so far.
    pub fn tally(&self) -> Tally {
        lock(&self.shared.tally).clone()
    }

    /// The process ids of the functions that run now.
    pub fn pids(&self) -> Vec<u32> {
        self.pids.iter().filter_map(|pid| *lock(pid)).collect()
    }
}

impl Drop for EventSource {
    fn drop(&mut self) {
        self.shared.is_over.store(true, Ordering::Relaxed);
        for thread in self.threads.drain(..) {
            // A thread that panicked has said so on standard error.
            let _joined = thread.join();
        }
    }
}

impl Shared {
    fn poll(&self, mut environment: Environment) {
        let aws = AwsClient::new(&self.mapping.endpoint).by(&self.mapping.key);
        let url = aws.queue_url(&self.mapping.queue);
        let ask = json!({
            "QueueUrl": url, "MaxNumberOfMessages": self.mapping.batch.min(BATCH), "WaitTimeSeconds": POLL_SECONDS,
            "VisibilityTimeout": self.mapping.visibility.as_secs(),
            "AttributeNames": ["All"], "MessageAttributeNames": ["All"],
        });
        while !self.is_over.load(Ordering::Relaxed) {
            let Ok(Ok(answer)) = aws.try_call("sqs", "AmazonSQS.ReceiveMessage", &ask) else {
                std::thread::sleep(RETRY);
                continue;
            };
            let Some(messages) = answer["Messages"].as_array().filter(|messages| !messages.is_empty()) else {
                continue;
            };
            let done = self.hand_over(&mut environment, messages);
            self.delete(&aws, &url, &done);
        }
    }

    /// Returns the messages that are dealt with.
    fn hand_over<'a>(&self, environment: &mut Environment, messages: &'a [Value]) -> Vec<&'a Value> {
        let records: Vec<Value> = messages.iter().map(|message| self.record(message)).collect();
        let result = environment.invoke(&json!({ "Records": records }));
        let mut tally = lock(&self.tally);
        tally.invocations += 1;
        tally.messages += u64::try_from(messages.len()).unwrap_or(u64::MAX);
        let answer = match result {
            Ok(answer) => answer,
            Err(Failure::Crashed) => {
                tally.crashes += 1;
                return Vec::new();
            }
            Err(failure) => {
                tally.errors.push(format!("{failure:?}"));
                return Vec::new();
            }
        };
        let failed: Vec<&str> = answer["batchItemFailures"]
            .as_array()
            .map(|failures| {
                failures.iter().filter_map(|failure| failure["itemIdentifier"].as_str()).collect()
            })
            .unwrap_or_default();
        let is_failed = |message: &&Value| failed.iter().any(|id| message["MessageId"] == **id);
        let (bad, done): (Vec<_>, Vec<_>) = messages.iter().partition(is_failed);
        tally.failed.extend(bad.iter().map(|message| text(&message["Body"])));
        done
    }

    fn delete(&self, aws: &AwsClient, url: &str, messages: &[&Value]) {
        if messages.is_empty() {
            return;
        }
        let entry = |(number, message): (usize, &&Value)| json!({"Id": number.to_string(), "ReceiptHandle": message["ReceiptHandle"]});
        let entries: Vec<Value> = messages.iter().enumerate().map(entry).collect();
        // What is not deleted comes again, as on AWS: the function must bear that.
        let _deleted = aws.try_call(
            "sqs",
            "AmazonSQS.DeleteMessageBatch",
            &json!({ "QueueUrl": url, "Entries": entries }),
        );
    }

    /// A message as Lambda shows it to a function: other names, and the attributes' values by another shape.
    fn record(&self, message: &Value) -> Value {
        let attributes = message["MessageAttributes"].as_object().cloned().unwrap_or_default();
        let shown = attributes.into_iter().map(|(name, attribute)| {
            let shape = json!({
                "stringValue": attribute["StringValue"], "dataType": attribute["DataType"],
                "stringListValues": [], "binaryListValues": [],
            });
            (name, shape)
        });
        json!({
            "messageId": message["MessageId"], "receiptHandle": message["ReceiptHandle"], "body": message["Body"],
            "attributes": message["Attributes"],
            "messageAttributes": shown.collect::<serde_json::Map<_, _>>(),
            "md5OfBody": message["MD5OfBody"], "eventSource": "aws:sqs", "awsRegion": "us-east-1",
            "eventSourceARN": AwsClient::queue_arn(&self.mapping.queue),
        })
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
