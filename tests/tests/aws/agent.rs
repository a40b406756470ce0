//! The worker as a service on its host: what it tells the service manager, whoever asks for its health, and the roster; and
//! how it ends, by signals, Spot interruptions and Auto Scaling. Owns no job: one that waits for a file will do.

use std::io::{BufReader, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::net::UnixDatagram;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use fleet_tests::http::{Answer, Reply, Server};
use fleet_tests::{binaries, tree};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::{Value, json};

use crate::support::{Fleet, SOON, eventually};

/// Runs until there is a file `go`, or until it is told to end.
const WAITS: &str = "#!/bin/sh\necho begun\nwhile [ ! -e go ]; do sleep 0.05; done\n";
/// Exit code of a worker that was stopped before its jobs had ended.
const STOPPED: i32 = 3;

/// A worker under a service manager.
struct Service {
    child: Child,
    signs: UnixDatagram,
    log: PathBuf,
    told: Vec<String>,
}

impl Service {
    fn start(fleet: &Fleet, options: &[&str], host: &[(&str, String)]) -> Service {
        let socket = fleet.folder().join("manager");
        let signs = UnixDatagram::bind(&socket).expect("the test's folder is new");
        signs.set_nonblocking(true).expect("a socket can be told not to wait");
        let log = fleet.folder().join("service.log");
        let file = std::fs::File::create(&log).expect("the test's folder can be written");
        let child = Command::new(binaries::worker())
            .args(["--stack", &fleet.stack, "--health", "127.0.0.1:0", "--poll-wait", "1s"])
            .args(["--connection", &format!("warehouse={}/warehouse", fleet.stack)])
            .arg("--scripts")
            .arg(fleet.folder().join("scripts"))
            .arg("--spool")
            .arg(fleet.folder().join("spool"))
            .args(options)
            .env_clear()
            .envs(fleet.environment())
            .env("NOTIFY_SOCKET", &socket)
            .env("WATCHDOG_USEC", "2000000")
            .envs(host.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(file)
            .spawn()
            .expect("the worker was built and starts");
        let mut service = Service { child, signs, log, told: Vec::new() };
        service.until_told("READY=1");
        service
    }

    /// Waits for a line to the service manager.
    fn until_told(&mut self, line: &str) {
        eventually(&format!("{line} for the service manager"), SOON, || {
            let mut buffer = [0; 4096];
            while let Ok(length) = self.signs.recv(&mut buffer) {
                let text = String::from_utf8_lossy(&buffer[..length]);
                self.told.extend(text.lines().map(str::to_owned));
            }
            self.told.iter().any(|told| told.starts_with(line)).then_some(())
        });
    }

    fn health(&self) -> (u16, Value) {
        let said = std::fs::read_to_string(&self.log).unwrap_or_default();
        let address =
            said.split_once("http://").and_then(|(_, rest)| rest.split_once('/')).map(|found| found.0);
        let mut stream = TcpStream::connect(address.expect("the log says where")).expect("it listens");
        stream.write_all(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n").expect("it reads");
        let answer = Answer::read(&mut BufReader::new(stream), "GET").expect("it answers");
        (answer.status, serde_json::from_slice(&answer.body).expect("it is JSON"))
    }

    fn signal(&self, signal: Signal) {
        let pid = i32::try_from(self.child.id()).expect("process ids are small");
        kill(Pid::from_raw(pid), signal).expect("a child that was not waited for can be signalled");
    }

    fn ended(&mut self) -> ExitStatus {
        eventually("the end of the worker", SOON, || {
            self.child.try_wait().expect("a child can be waited for")
        })
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // Both fail only when it has ended and been waited for, which is what is wanted.
        let _killed = self.child.kill();
        let _reaped = self.child.wait();
        if std::thread::panicking() {
            eprintln!("--- the worker had said:\n{}", std::fs::read_to_string(&self.log).unwrap_or_default());
        }
    }
}

/// A worker that is at a job that waits.
fn at_work(fleet: &Fleet, options: &[&str], host: &[(&str, String)]) -> Service {
    fleet.script("waits.sh", WAITS);
    let jobs = json!([{"id": "waits", "script": "waits.sh"}]);
    fleet.define(&json!({"workflow_id": "night", "jobs": jobs}));
    let service = Service::start(fleet, options, host);
    fleet.start("night", "run-1");
    eventually("the job to begin", SOON, || {
        let (_, health) = service.health();
        (health["running"][0]["job"] == "waits").then_some(())
    });
    service
}

/// What the roster has of the only worker.
fn roster(fleet: &Fleet) -> Option<Value> {
    let rows = fleet.aws.rows(&format!("{}-executions", fleet.stack), "workflow_execution_id", "#workers");
    let data = rows.first()?["data"]["S"].as_str()?;
    Some(serde_json::from_str(data).expect("a report is JSON"))
}

#[test]
fn it_drains_and_tells_everybody() {
    let fleet = Fleet::new();
    let _source = fleet.dispatch();
    let mut service = at_work(&fleet, &["--queue", "default=2"], &[]);
    let (status, health) = service.health();
    assert_eq!(
        (status, &health["alive"], &health["draining"]),
        (200, &json!(true), &json!(false)),
        "{health:#}"
    );
    assert_eq!(health["queues"], json!([["default", 2]]));
    assert_eq!(health["running"][0]["execution"], "run-1");
    assert_eq!(roster(&fleet).expect("it is on the roster")["worker"], health["worker"]);
    service.until_told("WATCHDOG=1");

    service.signal(Signal::SIGTERM);
    for line in ["STOPPING=1", "EXTEND_TIMEOUT_USEC=", "STATUS=draining: 1 at work"] {
        service.until_told(line);
    }
    assert_eq!(service.health().1["draining"], true);
    eventually("the roster to show the drain", SOON, || (roster(&fleet)?["draining"] == true).then_some(()));
    fleet.script("go", "");
    assert_eq!(service.ended().code(), Some(0));
    let seen = fleet.wait_for("run-1", "succeeded");
    assert_eq!(seen.kinds(Some("waits")), ["attempt_started", "succeeded"]);
    assert_eq!(roster(&fleet), None, "who ends in good order leaves the roster");
}

#[test]
fn told_twice_it_hands_over_at_once() {
    let fleet = Fleet::new();
    let _source = fleet.dispatch();
    let mut service = at_work(&fleet, &[], &[]);
    service.signal(Signal::SIGTERM);
    service.until_told("STOPPING=1");
    service.signal(Signal::SIGINT);
    assert_eq!(service.ended().code(), Some(STOPPED));
    fleet.script("go", "");
    let _next = fleet.worker();
    let seen = fleet.wait_for("run-1", "succeeded");
    assert_eq!(seen.summary(), "waits succeeded 2");
}

/// The instance metadata of a host, which say nothing of its end until a path and its text are put in.
fn metadata(news: &Arc<Mutex<Option<(&'static str, String)>>>) -> Server {
    let news = Arc::clone(news);
    Server::start(move |request, _| {
        let news = news.lock().expect("no test panics with it");
        let known = match request.path.as_str() {
            "/latest/api/token" => Some("token"),
            "/latest/meta-data/instance-id" => Some("i-0123"),
            asked => news.as_ref().filter(|(path, _)| asked == *path).map(|(_, text)| text.as_str()),
        };
        let answer = match known {
            Some(text) => Answer::new(200, "text/plain", text),
            None => Answer::new(404, "text/plain", ""),
        };
        Reply::Answer(answer.with("x-aws-ec2-metadata-token-ttl-seconds", "600"))
    })
}

fn on(address: SocketAddr) -> [(&'static str, String); 2] {
    [
        ("AWS_EC2_METADATA_DISABLED", "false".to_owned()),
        ("AWS_EC2_METADATA_SERVICE_ENDPOINT", format!("http://{address}")),
    ]
}

#[test]
fn before_a_spot_interruption_jobs_are_handed_over() {
    let fleet = Fleet::new();
    let news = Arc::default();
    let host = metadata(&news);
    let _source = fleet.dispatch();
    let mut service = at_work(&fleet, &["--drain-limit", "10m"], &on(host.address()));
    // The reserve for the hand-over begins soon; the drain's own limit is far away.
    let at = jiff::Timestamp::now() + Duration::from_secs(37);
    let notice = json!({"action": "terminate", "time": format!("{at:.0}")});
    *news.lock().expect("no test panics with it") =
        Some(("/latest/meta-data/spot/instance-action", notice.to_string()));
    service.until_told("STOPPING=1");
    assert_eq!(service.ended().code(), Some(STOPPED));
    let seen = fleet.seen("run-1").expect("it was started");
    assert_eq!(seen.kinds(Some("waits")), ["attempt_started", "handed_over"]);
}

#[test]
fn auto_scaling_is_told_that_the_host_may_go() {
    let fleet = Fleet::new();
    let end = ("/latest/meta-data/autoscaling/target-lifecycle-state", "Terminated".to_owned());
    let host = metadata(&Arc::new(Mutex::new(Some(end))));
    // The AWS CLI of the host, which tells what it was called with.
    fleet.script("aws", &format!("#!/bin/sh\necho \"$*\" > {}/called\n", fleet.folder().display()));
    let path = std::env::var("PATH").unwrap_or_default();
    let path = format!("{}/scripts:{path}", fleet.folder().display());
    let mut variables = on(host.address()).to_vec();
    variables.push(("PATH", path));
    let options = ["--auto-scaling-group", "etl", "--lifecycle-hook", "drain"];
    let mut service = Service::start(&fleet, &options, &variables);
    assert_eq!(service.ended().code(), Some(0));
    let called = std::fs::read_to_string(fleet.folder().join("called")).expect("the AWS CLI was called");
    assert_eq!(
        called.trim(),
        "autoscaling complete-lifecycle-action --lifecycle-action-result CONTINUE --auto-scaling-group-name etl \
         --lifecycle-hook-name drain --instance-id i-0123 --region us-east-1"
    );
}

#[test]
fn the_unit_file_is_sound() {
    let unit = std::fs::read_to_string(tree::root().join("worker/systemd/rsql-fleet-worker.service"));
    let unit = unit.expect("the unit file is in the tree");
    for setting in ["Type=notify", "WatchdogSec=60", "KillMode=mixed", "Restart=on-failure"] {
        assert!(unit.lines().any(|line| line == setting), "{setting} is not set");
    }
    // The path is the one thing that this host need not have.
    let worker = binaries::worker();
    let unit = unit.replace("/opt/rsql-fleet/bin/worker", &worker.display().to_string());
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("rsql-fleet-worker.service");
    std::fs::write(&file, unit).expect("the folder is new");
    let Ok(verified) = Command::new("systemd-analyze").arg("verify").arg(&file).output() else { return };
    let said = String::from_utf8_lossy(&verified.stderr).into_owned();
    assert!(verified.status.success() && said.is_empty(), "{said}");
}
