//! An execution environment of AWS Lambda, played on a loopback port: the runtime API, and the function's real executable
//! on it. Owns that process: it is started when the first invocation comes, again after it has died, and ended with the
//! value. Where the events come from is `aws_event_source`'s affair.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde_json::Value;

use crate::http::{Answer, Reply, Request, Server, is_gone};

const API: &str = "/2018-06-01/runtime";
/// Between two looks at whether somebody has died: the function, or a caller that waits for an invocation.
const LOOK: Duration = Duration::from_millis(20);
const ARN: &str = "arn:aws:lambda:us-east-1:123456789012:function:dispatcher";

/// What is to be run, and how.
#[derive(Debug, Clone)]
pub struct Function {
    /// The executable, a `bootstrap` on AWS.
    pub program: PathBuf,
    /// Its variables, beside those that Lambda sets. Nothing of this process's environment comes through.
    pub environment: Vec<(String, String)>,
    /// Longest time for one invocation; then the process is killed.
    pub timeout: Duration,
    /// Where its standard output and error go; they are appended.
    pub log: PathBuf,
}

/// One execution environment: one invocation at a time.
#[derive(Debug)]
pub struct Environment {
    function: Function,
    running: Option<Running>,
    count: u64,
    /// Process id of the function, for somebody who would kill it.
    pid: Arc<Mutex<Option<u32>>>,
}

/// How an invocation ended when it did not end well.
#[derive(Debug)]
pub enum Failure {
    /// The function said so, in these words.
    Error(String),
    /// The process ended in the middle of it.
    Crashed,
    /// It took too long.
    TimedOut,
}

#[derive(Debug)]
struct Running {
    process: Child,
    /// Closes its port when it is dropped.
    _server: Server,
    desk: Arc<Desk>,
    results: Receiver<(String, Result<Value, String>)>,
}

/// Where invocations wait for the function, and their results for us.
#[derive(Debug)]
struct Desk {
    waiting: Mutex<VecDeque<(String, Value, Duration)>>,
    arrived: Condvar,
    results: Mutex<Sender<(String, Result<Value, String>)>>,
}

impl Environment {
    /// An environment that has not been used yet.
    pub fn new(function: Function) -> Environment {
        Environment { function, running: None, count: 0, pid: Arc::default() }
    }

    /// The process id of the function while it runs.
    pub fn pid(&self) -> Arc<Mutex<Option<u32>>> {
        Arc::clone(&self.pid)
    }

    /// Hands the function one event and waits for what it returns.
    ///
    /// # Errors
    /// [`Failure`]
    pub fn invoke(&mut self, event: &Value) -> Result<Value, Failure> {
        self.count += 1;
        let id = format!("00000000-0000-4000-8000-{:012}", self.count);
        let deadline = Instant::now() + self.function.timeout;
        let timeout = self.function.timeout;
        let running = self.start();
        lock(&running.desk.waiting).push_back((id.clone(), event.clone(), timeout));
        running.desk.arrived.notify_one();
        loop {
            match running.results.recv_timeout(LOOK) {
                Ok((answered, Ok(value))) if answered == id => return Ok(value),
                Ok((answered, Err(text))) if answered == id || answered == "init" => {
                    return Err(Failure::Error(text));
                }
                _ => {}
            }
            if running.process.try_wait().is_ok_and(|status| status.is_some()) {
                self.end();
                return Err(Failure::Crashed);
            }
            if Instant::now() > deadline {
                self.end();
                return Err(Failure::TimedOut);
            }
        }
    }

    fn start(&mut self) -> &mut Running {
        let running = self.running.take().unwrap_or_else(|| Running::start(&self.function));
        *lock(&self.pid) = Some(running.process.id());
        self.running.insert(running)
    }

    fn end(&mut self) {
        *lock(&self.pid) = None;
        if let Some(mut running) = self.running.take() {
            // It may have ended by itself.
            let _ended = running.process.kill();
            let _reaped = running.process.wait();
        }
    }
}

impl Drop for Environment {
    fn drop(&mut self) {
        self.end();
    }
}

impl Running {
    fn start(function: &Function) -> Running {
        let (sender, results) = channel();
        let desk = Arc::new(Desk {
            waiting: Mutex::default(),
            arrived: Condvar::new(),
            results: Mutex::new(sender),
        });
        let answering = Arc::clone(&desk);
        let server = Server::start(move |request, connection| answering.answer(request, connection));
        let log = std::fs::File::options()
            .create(true)
            .append(true)
            .open(&function.log)
            .expect("the test has made the folder of the function's log");
        let errors = log.try_clone().expect("an open file can be opened twice");
        let process = Command::new(&function.program)
            .env_clear()
            .envs([
                ("AWS_LAMBDA_RUNTIME_API", server.address().to_string().as_str()),
                ("AWS_LAMBDA_FUNCTION_NAME", "dispatcher"),
                ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
                ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256"),
                ("AWS_LAMBDA_LOG_GROUP_NAME", "/aws/lambda/dispatcher"),
                ("AWS_LAMBDA_LOG_STREAM_NAME", "test"),
                ("_HANDLER", "bootstrap"),
            ])
            .envs(function.environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(log)
            .stderr(errors)
            .spawn()
            .expect("the function's executable was built and starts");
        Running { process, _server: server, desk, results }
    }
}

impl Desk {
    fn answer(&self, request: &Request, connection: &std::net::TcpStream) -> Reply {
        let Some(path) = request.path.strip_prefix(API) else {
            return Reply::Answer(Answer::new(404, "text/plain", request.path.clone()));
        };
        let parts: Vec<&str> = path.split('/').skip(1).collect();
        match (request.method.as_str(), parts.as_slice()) {
            ("GET", ["invocation", "next"]) => self.next(connection),
            ("POST", ["invocation", id, "response"]) => {
                self.settle(id, Ok(serde_json::from_slice(&request.body).unwrap_or(Value::Null)))
            }
            ("POST", ["invocation", id, "error"]) => self.settle(id, Err(request.text())),
            ("POST", ["init", "error"]) => self.settle("init", Err(request.text())),
            _ => Reply::Answer(Answer::new(404, "text/plain", request.path.clone())),
        }
    }

    /// The next invocation, whenever one comes; none for a caller that has gone, or it would be lost.
    fn next(&self, connection: &std::net::TcpStream) -> Reply {
        loop {
            if is_gone(connection) {
                return Reply::Cut;
            }
            let waiting = lock(&self.waiting);
            let waited = self.arrived.wait_timeout_while(waiting, LOOK, |waiting| waiting.is_empty());
            let (mut waiting, _) = waited.unwrap_or_else(PoisonError::into_inner);
            let Some((id, event, timeout)) = waiting.pop_front() else { continue };
            let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
            let answer = Answer::new(200, "application/json", event.to_string())
                .with("lambda-runtime-aws-request-id", id)
                .with("lambda-runtime-deadline-ms", (now + timeout).as_millis().to_string())
                .with("lambda-runtime-invoked-function-arn", ARN)
                .with("lambda-runtime-trace-id", "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Sampled=1");
            return Reply::Answer(answer);
        }
    }

    fn settle(&self, id: &str, result: Result<Value, String>) -> Reply {
        // Nobody waits for a result when the environment is being ended.
        let _heard = lock(&self.results).send((id.to_owned(), result));
        Reply::Answer(Answer::new(202, "application/json", "{}"))
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
