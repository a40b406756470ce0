//! A proxy between the fleet and the AWS endpoint that counts what passes and, where it is told to, breaks it: throttling,
//! errors of the service, no answer at all, answers lost after the request took effect. Owns the faults' wire form. Which
//! call is broken is decided by whoever starts it.

use std::collections::BTreeMap;
use std::io::{self, BufReader};
use std::net::TcpStream;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::Value;

use crate::http::{Answer, Reply, Request, Server, is_gone};

/// Between two looks at whether a caller still waits, while the service has not answered.
const LOOK: Duration = Duration::from_millis(50);
/// Lists in requests that carry one entry for each thing asked for.
const ENTRIES: &[&str] = &["Entries", "TransactItems", "logEvents"];

/// One request that reached the proxy.
#[derive(Debug, Clone)]
pub struct Call {
    /// As the signature names it: `dynamodb`, `sqs`, `events`, `logs`, `sns` …
    pub service: String,
    /// `UpdateItem`, `SendMessageBatch` … For S3 the method.
    pub operation: String,
    /// Messages, items or events in it; 1 for a request that takes no list.
    pub entries: usize,
    /// Length of the request's body.
    pub request_bytes: usize,
    /// Length of the answer's body, once there is one.
    pub answer_bytes: usize,
    /// The document, where it is JSON.
    pub input: Value,
    /// Status of the answer that the caller got; none when it got none.
    pub status: Option<u16>,
    /// What the proxy did to it.
    pub fault: Option<Fault>,
}

/// A way to break one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// Refused: too many requests.
    Throttled,
    /// Refused: the service is unwell (500).
    Broken,
    /// The connection is closed before the service sees the request.
    Cut,
    /// Nothing happens until the caller gives up.
    Silent,
    /// The request takes effect, and the connection is closed instead of the answer.
    AnswerLost,
}

/// At work until it is dropped.
#[derive(Debug)]
pub struct AwsProxy {
    server: Server,
    calls: Arc<Mutex<Vec<Call>>>,
}

impl AwsProxy {
    /// Passes everything on to the endpoint.
    pub fn counting(endpoint: &str) -> AwsProxy {
        AwsProxy::start(endpoint, |_| None)
    }

    /// Asks `plan` about each call before it goes on. The plan may also wait, or kill somebody.
    pub fn start(endpoint: &str, plan: impl Fn(&Call) -> Option<Fault> + Send + Sync + 'static) -> AwsProxy {
        let calls: Arc<Mutex<Vec<Call>>> = Arc::default();
        let host = endpoint.trim_start_matches("http://").to_owned();
        let kept = Arc::clone(&calls);
        let server = Server::start(move |request, caller| {
            let mut call = Call::of(request);
            call.fault = plan(&call);
            let reply = answer(&host, request, &call, caller);
            if let Reply::Answer(answer) = &reply {
                call.status = Some(answer.status);
                call.answer_bytes = answer.body.len();
            }
            lock(&kept).push(call);
            reply
        });
        AwsProxy { server, calls }
    }

    /// `http://127.0.0.1:PORT`, for `AWS_ENDPOINT_URL`.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.server.address())
    }

    /// The calls so far, in the order in which they were answered.
    pub fn calls(&self) -> Vec<Call> {
        lock(&self.calls).clone()
    }

    /// How many calls of each service and operation were answered so far.
    pub fn counts(&self) -> BTreeMap<(String, String), u64> {
        let mut counts = BTreeMap::new();
        for call in lock(&self.calls).iter() {
            *counts.entry((call.service.clone(), call.operation.clone())).or_default() += 1;
        }
        counts
    }

    /// How often each fault was done.
    pub fn faults(&self) -> BTreeMap<Fault, u64> {
        let mut counts = BTreeMap::new();
        for fault in lock(&self.calls).iter().filter_map(|call| call.fault) {
            *counts.entry(fault).or_default() += 1;
        }
        counts
    }
}

impl Call {
    fn of(request: &Request) -> Call {
        let scope: Vec<&str> = request.header("authorization").unwrap_or_default().splitn(6, '/').collect();
        let service = scope.get(3).copied().unwrap_or("unsigned").to_owned();
        let target = request.header("x-amz-target").and_then(|target| target.rsplit('.').next());
        let form = || {
            let text = request.text();
            let action = text.split('&').find_map(|pair| pair.strip_prefix("Action="))?;
            Some(action.to_owned())
        };
        let operation = target.map(str::to_owned).or_else(form).unwrap_or_else(|| request.method.clone());
        let input: Value = serde_json::from_slice(&request.body).unwrap_or(Value::Null);
        let lists = ENTRIES.iter().filter_map(|name| input[name].as_array()).map(Vec::len);
        let items = input["RequestItems"].as_object().into_iter().flat_map(serde_json::Map::values);
        let items = items.map(|table| table.as_array().or(table["Keys"].as_array()).map_or(0, Vec::len));
        let entries = lists.chain(items).sum::<usize>().max(1);
        let request_bytes = request.body.len();
        Call { service, operation, entries, request_bytes, answer_bytes: 0, input, status: None, fault: None }
    }

    /// Whether it changes something: such an answer may get lost after the request took effect.
    pub fn is_write(&self) -> bool {
        const READS: &[&str] =
            &["Get", "BatchGet", "Query", "Scan", "List", "Describe", "Receive", "HEAD", "Filter"];
        !READS.iter().any(|read| self.operation.starts_with(read)) && self.operation != "TransactGetItems"
    }
}

fn answer(host: &str, request: &Request, call: &Call, caller: &TcpStream) -> Reply {
    match call.fault {
        None => forward(host, request, caller).map_or(Reply::Cut, Reply::Answer),
        Some(Fault::Throttled) => Reply::Answer(throttled(call)),
        Some(Fault::Broken) => Reply::Answer(broken(call)),
        Some(Fault::Cut) => Reply::Cut,
        Some(Fault::AnswerLost) => {
            // Whether the service answered or not: the caller does not hear it.
            let _unheard = forward(host, request, caller);
            Reply::Cut
        }
        Some(Fault::Silent) => {
            while !is_gone(caller) {
                std::thread::sleep(LOOK);
            }
            Reply::Cut
        }
    }
}

/// One connection for each request: a caller that goes away in the middle of a long poll takes it along, so that the service
/// hands no message to nobody.
fn forward(host: &str, request: &Request, caller: &TcpStream) -> io::Result<Answer> {
    let mut upstream = TcpStream::connect(host)?;
    upstream.set_nodelay(true)?;
    request.write(&mut upstream)?;
    upstream.set_read_timeout(Some(LOOK))?;
    while let Err(error) = upstream.peek(&mut [0]) {
        if !matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) {
            return Err(error);
        }
        if is_gone(caller) {
            return Err(io::ErrorKind::ConnectionAborted.into());
        }
    }
    upstream.set_read_timeout(None)?;
    Answer::read(&mut BufReader::new(upstream), &request.method)
}

fn throttled(call: &Call) -> Answer {
    match call.service.as_str() {
        "dynamodb" => json_error(400, "com.amazonaws.dynamodb.v20120810#ThrottlingException"),
        "sqs" => json_error(400, "com.amazonaws.sqs#RequestThrottled"),
        "s3" => xml_error(503, "SlowDown"),
        "sns" | "sts" => xml_error(400, "Throttling"),
        _ => json_error(400, "ThrottlingException"),
    }
}

fn broken(call: &Call) -> Answer {
    match call.service.as_str() {
        "s3" | "sns" | "sts" => xml_error(500, "InternalFailure"),
        "dynamodb" => json_error(500, "com.amazonaws.dynamodb.v20120810#InternalServerError"),
        _ => json_error(500, "InternalFailure"),
    }
}

fn json_error(status: u16, kind: &str) -> Answer {
    let body = serde_json::json!({ "__type": kind, "message": "put in by the proxy" });
    Answer::new(status, "application/x-amz-json-1.0", body.to_string())
}

fn xml_error(status: u16, code: &str) -> Answer {
    let error = format!("<Code>{code}</Code><Message>put in by the proxy</Message>");
    let text = match code {
        // S3's form has no envelope.
        "SlowDown" => format!("<Error>{error}</Error>"),
        _ => format!("<ErrorResponse><Error><Type>Sender</Type>{error}</Error></ErrorResponse>"),
    };
    Answer::new(status, "text/xml", text)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
