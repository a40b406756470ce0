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
            self.hear();
            self.told.iter().any(|told| told.starts_with(line)).then_some(())
        });
    }

    /// Takes what the service manager was told. A manager that lets it pile up would stop the worker.
    fn hear(&mut self) {
        let mut buffer = [0; 4096];
        while let Ok(length) = self.signs.recv(&mut buffer) {
            let text = String::from_utf8_lossy(&buffer[..length]);
            self.told.extend(text.lines().map(str::to_owned));
        }
    }

    fn said(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// Waits for a line in its log.
    fn until_said(&mut self, text: &str) {
        eventually(&format!("`{text}` in the log"), SOON, || {
            self.hear();
            self.said().contains(text).then_some(())
        });
    }

    fn health(&self) -> (u16, Value) {
        let said = self.said();
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
            self.hear();
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
            eprintln!("--- the worker had said:\n{}", self.said());
        }
    }
}

/// A worker that is at a job that waits.
fn at_work(fleet: &Fleet, options: &[&str], host: &[(&str, String)]) -> Service {
    fleet.script("waits.sh", WAITS);
    let jobs = json!([{"id": "waits", "script": "waits.sh"}]);
    fleet.define(&json!({"workflow_id": "night", "jobs": jobs}));
    let mut service = Service::start(fleet, options, host);
    fleet.start("night", "run-1");
    eventually("the job to begin", SOON, || {
        service.hear();
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

/// What the instance metadata of a host say of its end, by path.
type News = Arc<Mutex<Vec<(&'static str, String)>>>;

const LIFECYCLE: &str = "/latest/meta-data/autoscaling/target-lifecycle-state";
const SPOT: &str = "/latest/meta-data/spot/instance-action";

/// The instance metadata of a host.
fn metadata(instance: &str, news: &News) -> Server {
    let (instance, news) = (instance.to_owned(), Arc::clone(news));
    Server::start(move |request, _| {
        let news = news.lock().expect("no test panics with it");
        let known = match request.path.as_str() {
            "/latest/api/token" => Some("token"),
            "/latest/meta-data/instance-id" => Some(instance.as_str()),
            asked => news.iter().find(|(path, _)| asked == *path).map(|(_, text)| text.as_str()),
        };
        let answer = match known {
            Some(text) => Answer::new(200, "text/plain", text),
            None => Answer::new(404, "text/plain", ""),
        };
        Reply::Answer(answer.with("x-aws-ec2-metadata-token-ttl-seconds", "600"))
    })
}

fn tell(news: &News, path: &'static str, text: impl Into<String>) {
    news.lock().expect("no test panics with it").push((path, text.into()));
}

/// A Spot interruption after the time that the hand-over keeps for itself, and this much more.
fn spot_notice(more: Duration) -> String {
    let at = jiff::Timestamp::now() + Duration::from_secs(30) + more;
    json!({"action": "terminate", "time": format!("{at:.0}")}).to_string()
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
    let news = News::default();
    let host = metadata("i-0123", &news);
    let _source = fleet.dispatch();
    // The drain's own limit is far away.
    let mut service = at_work(&fleet, &["--drain-limit", "10m"], &on(host.address()));
    tell(&news, SPOT, spot_notice(Duration::from_secs(7)));
    service.until_told("STOPPING=1");
    assert_eq!(service.ended().code(), Some(STOPPED));
    let seen = fleet.seen("run-1").expect("it was started");
    assert_eq!(seen.kinds(Some("waits")), ["attempt_started", "handed_over"]);
}

/// An AWS CLI of the host that notes what it was called with, and does nothing. It stands before the real one, for calls that
/// the local endpoint does not have.
fn noting_cli(fleet: &Fleet) -> (&'static str, String) {
    fleet.script("aws", &format!("#!/bin/sh\necho \"$*\" >> {}/called\n", fleet.folder().display()));
    let path = std::env::var("PATH").unwrap_or_default();
    ("PATH", format!("{}/scripts:{path}", fleet.folder().display()))
}

const OF_A_GROUP: [&str; 4] = ["--auto-scaling-group", "etl", "--lifecycle-hook", "drain"];
const COMPLETED: &str = "autoscaling complete-lifecycle-action --lifecycle-action-result CONTINUE \
     --lifecycle-hook-name drain --instance-id i-0123 --auto-scaling-group-name etl --region us-east-1";

#[test]
fn auto_scaling_is_told_that_the_host_may_go() {
    let fleet = Fleet::new();
    let news = News::default();
    tell(&news, LIFECYCLE, "Terminated");
    let host = metadata("i-0123", &news);
    let mut variables = on(host.address()).to_vec();
    variables.push(noting_cli(&fleet));
    let mut service = Service::start(&fleet, &OF_A_GROUP, &variables);
    assert_eq!(service.ended().code(), Some(0));
    let called = std::fs::read_to_string(fleet.folder().join("called")).expect("the AWS CLI was called");
    // Nothing of protection: the group takes the host already.
    assert_eq!(called.lines().collect::<Vec<_>>(), [COMPLETED]);
}

#[test]
fn a_spot_interruption_cuts_the_drain_for_the_group_short() {
    let fleet = Fleet::new();
    let news = News::default();
    let host = metadata("i-0123", &news);
    let _source = fleet.dispatch();
    let mut variables = on(host.address()).to_vec();
    variables.push(noting_cli(&fleet));
    let options = [["--drain-limit", "10m"].as_slice(), &OF_A_GROUP].concat();
    let mut service = at_work(&fleet, &options, &variables);
    tell(&news, LIFECYCLE, "Terminated");
    service.until_told("STOPPING=1");
    tell(&news, SPOT, spot_notice(Duration::ZERO));
    assert_eq!(service.ended().code(), Some(STOPPED));
    let seen = fleet.seen("run-1").expect("it was started");
    assert_eq!(seen.kinds(Some("waits")), ["attempt_started", "handed_over"]);
    let called = std::fs::read_to_string(fleet.folder().join("called")).expect("the AWS CLI was called");
    assert_eq!(called.lines().last(), Some(COMPLETED));
}

/// An Auto Scaling group with one host.
struct Group<'a> {
    fleet: &'a Fleet,
    name: String,
}

impl<'a> Group<'a> {
    fn make(fleet: &'a Fleet) -> Self {
        let name = format!("{}-workers-default", fleet.stack);
        let launch = ["create-launch-configuration", "--launch-configuration-name", &name];
        Self::call(
            fleet,
            &[launch.as_slice(), &["--image-id", "ami-12c6146b", "--instance-type", "t3.micro"]].concat(),
        );
        let group = ["create-auto-scaling-group", "--auto-scaling-group-name", &name];
        let size = ["--min-size", "1", "--max-size", "1", "--availability-zones", "us-east-1a"];
        let launch = ["--launch-configuration-name", &name];
        Self::call(fleet, &[group.as_slice(), &size, &launch].concat());
        Self { fleet, name }
    }

    fn call(fleet: &Fleet, arguments: &[&str]) -> String {
        fleet.moto.aws(&[["autoscaling"].as_slice(), arguments].concat())
    }

    /// What the group has of its only host.
    fn host(&self) -> Value {
        let described = Self::call(
            self.fleet,
            &["describe-auto-scaling-groups", "--auto-scaling-group-names", &self.name, "--output", "json"],
        );
        let described: Value = serde_json::from_str(&described).expect("the CLI prints JSON");
        described["AutoScalingGroups"][0]["Instances"][0].clone()
    }

    /// A worker of this host, by its options and variables.
    fn worker(&self, metadata: &Server) -> ([&str; 2], Vec<(&'static str, String)>) {
        let path = std::env::var("PATH").unwrap_or_default();
        let mut variables = on(metadata.address()).to_vec();
        variables.push(("PATH", format!("{}:{path}", self.fleet.moto.bin().display())));
        (["--auto-scaling-group", &self.name], variables)
    }
}

#[test]
fn a_host_with_jobs_at_work_is_not_the_one_that_scales_in() {
    let fleet = Fleet::new();
    let group = Group::make(&fleet);
    let instance = group.host()["InstanceId"].as_str().expect("it has a host").to_owned();
    let host = metadata(&instance, &News::default());
    let (options, variables) = group.worker(&host);
    let _source = fleet.dispatch();
    let mut service = at_work(&fleet, &options, &variables);
    service.until_said("the Auto Scaling group leaves this host alone");
    assert_eq!(group.host()["ProtectedFromScaleIn"], true);

    service.signal(Signal::SIGTERM);
    service.until_told("STOPPING=1");
    fleet.script("go", "");
    assert_eq!(service.ended().code(), Some(0));
    assert_eq!(group.host()["ProtectedFromScaleIn"], false);
    assert_eq!(fleet.wait_for("run-1", "succeeded").summary(), "waits succeeded 1");
}

#[test]
fn a_host_that_cannot_be_protected_works_all_the_same() {
    const REFUSED: &str =
        "An error occurred (ValidationError) when calling the SetInstanceProtection operation";
    let fleet = Fleet::new();
    let host = metadata("i-0123", &News::default());
    let path = noting_cli(&fleet);
    fleet.script("aws", &format!("#!/bin/sh\necho >&2\necho '{REFUSED}' >&2\nexit 254\n"));
    let mut variables = on(host.address()).to_vec();
    variables.push(path);
    let _source = fleet.dispatch();
    let mut service = at_work(&fleet, &["--auto-scaling-group", "etl"], &variables);
    service.until_said(&format!("not protected from scale-in; should it be chosen, it drains: {REFUSED}"));
    service.signal(Signal::SIGTERM);
    service.until_told("STOPPING=1");
    fleet.script("go", "");
    assert_eq!(service.ended().code(), Some(0));
    assert_eq!(fleet.wait_for("run-1", "succeeded").summary(), "waits succeeded 1");
}

#[test]
fn a_package_that_nobody_has_set_up_says_what_to_set() {
    let output = Command::new(binaries::worker()).env_clear().output().expect("the worker starts");
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("Set FLEET_SCRIPTS in /etc/rsql-fleet/worker.env"), "{said}");
}

#[test]
fn the_unit_file_is_sound() {
    let unit = std::fs::read_to_string(tree::root().join("worker/systemd/rsql-fleet-worker.service"));
    let unit = unit.expect("the unit file is in the tree");
    let settings = ["Type=notify", "WatchdogSec=60", "KillMode=mixed", "Restart=on-failure"];
    for setting in settings.into_iter().chain(["RestartPreventExitStatus=2 3"]) {
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
