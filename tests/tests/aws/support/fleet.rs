//! A fleet on the local AWS endpoint: a stack, a warehouse database, scripts in a folder, the real dispatcher behind an event
//! source, real workers. Owns where files lie and which environment processes see. Knows nothing of any topic.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use fleet_tests::aws_client::{ANONYMOUS, AwsClient};
use fleet_tests::aws_event_source::{BATCH, EventSource, Mapping};
use fleet_tests::binaries;
use fleet_tests::lambda::Function;
use fleet_tests::moto::Moto;
use fleet_tests::postgres::Postgres;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::{Host, SOON, Seen, eventually};
use fleet_tests::alerts::Alerts;

/// Where scripts note that they ran.
const TABLE: &str =
    "create table run_log (job text, attempt int, execution text, at timestamptz default clock_timestamp())";
/// What every script of a test does first.
const NOTE: &str = "\\set ON_ERROR_STOP on
insert into run_log values (:'job_id', :attempt, :'workflow_execution_id');
";
/// Lease of the workers.
const LEASE_SECONDS: u64 = 3;
/// Visibility of their messages: a little longer, as in a stack.
const JOBS_VISIBILITY_SECONDS: u64 = 4;
/// Environments of the dispatcher that work side by side.
const ENVIRONMENTS: usize = 2;

/// Where each part finds AWS: the endpoint, or a proxy in front of it.
#[derive(Clone)]
pub(crate) struct Endpoints {
    /// Lambda's event source.
    pub(crate) source: String,
    /// The dispatcher.
    pub(crate) dispatcher: String,
    /// The workers, and whoever else asks for the fleet's environment.
    pub(crate) workers: String,
}

/// What a fleet begins with.
pub(crate) struct Setup {
    /// Where AWS is.
    pub(crate) endpoints: Endpoints,
    /// Environments of the dispatcher.
    pub(crate) environments: usize,
    /// How soon an event comes again that the dispatcher has not dealt with.
    pub(crate) visibility: Duration,
    /// Pools with a queue of their own.
    pub(crate) pools: &'static [&'static str],
    /// What every process finds in its environment besides.
    pub(crate) environment: Vec<(String, String)>,
}

/// A stack with what works for it.
pub(crate) struct Fleet {
    pub(crate) moto: &'static Moto,
    /// The stack's name.
    pub(crate) stack: String,
    /// A caller that goes to the endpoint itself, past any proxy.
    pub(crate) aws: AwsClient,
    pub(crate) database: Postgres,
    setup: Setup,
    folder: TempDir,
    hosts: Cell<usize>,
}

impl Endpoints {
    /// All at one place.
    pub(crate) fn all(endpoint: &str) -> Endpoints {
        Endpoints {
            source: endpoint.to_owned(),
            dispatcher: endpoint.to_owned(),
            workers: endpoint.to_owned(),
        }
    }
}

impl Default for Setup {
    fn default() -> Setup {
        Setup {
            endpoints: Endpoints::all(Moto::shared().endpoint()),
            environments: ENVIRONMENTS,
            visibility: Duration::from_secs(3),
            pools: &[],
            environment: Vec::new(),
        }
    }
}

impl Fleet {
    /// A stack of its own, on the endpoint itself.
    pub(crate) fn new() -> Fleet {
        Fleet::with(Setup::default())
    }

    /// A stack of its own. Nobody works for it yet.
    pub(crate) fn with(setup: Setup) -> Fleet {
        let moto = Moto::shared();
        let stack = moto.stack_with_pools(setup.pools);
        let aws = AwsClient::new(moto.endpoint());
        let database = Postgres::shared().new_database();
        database.psql(TABLE);
        let folder = tempfile::tempdir().expect("a temporary folder");
        std::fs::create_dir(folder.path().join("scripts")).expect("the folder is empty");
        let fleet = Fleet { moto, stack, aws, database, setup, folder, hosts: Cell::new(0) };
        fleet.secret("warehouse");
        fleet.shorten_visibility();
        fleet
    }

    /// The test's folder; `scripts` in it is the script root.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Makes a connection's secret.
    pub(crate) fn secret(&self, connection: &str) {
        let name = format!("{}/{connection}", self.stack);
        self.aws.connection_secret(&name, &self.database);
    }

    /// A lost worker's messages come again as soon as its lease, which is short here, is over.
    fn shorten_visibility(&self) {
        let pools = self.setup.pools.iter().map(|pool| format!("{}-jobs-{pool}", self.stack));
        for queue in pools.chain([format!("{}-jobs", self.stack)]) {
            let attributes = json!({"VisibilityTimeout": JOBS_VISIBILITY_SECONDS.to_string()});
            let input = json!({"QueueUrl": self.aws.queue_url(&queue), "Attributes": attributes});
            self.aws.sqs("SetQueueAttributes", &input);
        }
    }

    /// Writes a script as it stands.
    pub(crate) fn script(&self, name: &str, text: &str) {
        use std::os::unix::fs::PermissionsExt as _;
        let path = self.folder().join("scripts").join(name);
        std::fs::create_dir_all(path.parent().expect("a file lies in a folder"))
            .expect("a folder can be made");
        std::fs::write(&path, text).expect("the test's folder can be written");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).expect("it was just written");
    }

    /// Writes an RSQL script that notes in `run_log` that it runs, and then does `text`.
    pub(crate) fn noting(&self, name: &str, text: &str) {
        self.script(name, &format!("{NOTE}{text}"));
    }

    /// Puts a workflow into the workflows table by hand, as people of the older framework do.
    pub(crate) fn define(&self, workflow: &Value) {
        let attribute = |value: &Value| match value {
            Value::String(text) => json!({"S": text}),
            Value::Number(number) => json!({"N": number.to_string()}),
            other => json!({"S": other.to_string()}),
        };
        let fields = workflow.as_object().expect("a workflow is an object");
        let item: serde_json::Map<_, _> =
            fields.iter().map(|(name, value)| (name.clone(), attribute(value))).collect();
        self.aws
            .dynamodb("PutItem", &json!({"TableName": format!("{}-workflows", self.stack), "Item": item}));
    }

    /// Puts a start event on the bus.
    pub(crate) fn start(&self, workflow: &str, id: &str) {
        let detail = json!({"workflow_id": workflow, "workflow_execution_id": id});
        self.aws.put_event(&self.stack, "Workflow Start", &detail);
    }

    /// Begins to listen to the stack's alerts.
    pub(crate) fn hear_alerts(&self) -> Alerts {
        Alerts::listen(self.moto, &self.stack)
    }

    /// Sends the dispatcher an event past the bus.
    pub(crate) fn send_event(&self, body: &str) {
        let url = self.aws.queue_url(&format!("{}-events", self.stack));
        self.aws.sqs("SendMessage", &json!({"QueueUrl": url, "MessageBody": body}));
    }

    /// The dispatcher as Lambda would run it.
    pub(crate) fn function(&self) -> Function {
        let environment = self.environment_at(&self.setup.endpoints.dispatcher);
        Function::dispatcher(
            binaries::dispatcher(),
            &self.stack,
            environment,
            self.folder().join("dispatcher.log"),
        )
    }

    /// Begins to hand events to the dispatcher.
    pub(crate) fn dispatch(&self) -> EventSource {
        EventSource::start(Mapping {
            endpoint: self.setup.endpoints.source.clone(),
            key: ANONYMOUS.to_owned(),
            queue: format!("{}-events", self.stack),
            function: self.function(),
            environments: self.setup.environments,
            visibility: self.setup.visibility,
            batch: BATCH,
        })
    }

    /// Starts a worker with four slots on the common queue.
    pub(crate) fn worker(&self) -> Host {
        self.worker_with(&[])
    }

    /// Starts a worker with these options as well.
    pub(crate) fn worker_with(&self, options: &[&str]) -> Host {
        let number = self.hosts.replace(self.hosts.get() + 1);
        let mut command = Command::new(binaries::worker());
        command
            .args(["--stack", &self.stack, "--health", "none", "--drain-limit", "2s", "--poll-wait", "1s"])
            .arg("--scripts")
            .arg(self.folder().join("scripts"))
            .arg("--spool")
            .arg(self.folder().join(format!("spool-{number}")))
            .args(["--connection", &format!("warehouse={}/warehouse", self.stack)])
            .args(options)
            .env_clear()
            // An option goes before it.
            .env("FLEET_LEASE", format!("{LEASE_SECONDS}s"))
            .envs(self.environment());
        Host::start(command, self.folder().join(format!("worker-{number}.log")))
    }

    /// Runs rsqlctl on the stack, with the test's folder as the project, asserts its exit code and returns its data.
    pub(crate) fn rsqlctl(&self, args: &[&str], expect: i32) -> String {
        let output = Command::new(binaries::rsqlctl())
            .args(["--stack", &self.stack, "--project"])
            .arg(self.folder())
            .args(args)
            .env_clear()
            .envs(self.environment())
            .envs(self.database.env())
            .output()
            .expect("rsqlctl starts");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let (said, data) = (text(&output.stderr), text(&output.stdout));
        assert_eq!(output.status.code(), Some(expect), "rsqlctl {args:?}:\n{said}\n{data}");
        data
    }

    /// What workers and operators see of the world.
    pub(crate) fn environment(&self) -> Vec<(String, String)> {
        self.environment_at(&self.setup.endpoints.workers)
    }

    fn environment_at(&self, endpoint: &str) -> Vec<(String, String)> {
        let mut environment = self.moto.environment();
        environment.retain(|(name, _)| name != "AWS_ENDPOINT_URL");
        environment.push(("AWS_ENDPOINT_URL".to_owned(), endpoint.to_owned()));
        let path = std::env::var("PATH").unwrap_or_default();
        environment.push(("PATH".to_owned(), format!("{}:{path}", binaries::folder().display())));
        environment.push(("HOME".to_owned(), self.folder().display().to_string()));
        environment.extend(self.setup.environment.iter().cloned());
        environment
    }

    /// The execution as the tables have it.
    pub(crate) fn seen(&self, id: &str) -> Option<Seen> {
        Seen::read(&self.aws, &self.stack, id)
    }

    /// Waits until the execution has this status and its end is announced.
    pub(crate) fn wait_for(&self, id: &str, status: &str) -> Seen {
        self.wait_within(id, status, SOON)
    }

    /// The same for what takes longer.
    pub(crate) fn wait_within(&self, id: &str, status: &str, within: Duration) -> Seen {
        let mut last = None;
        let look = || {
            let seen = self.seen(id)?;
            let is_there = seen.status() == status && seen.execution["announced"] == true;
            last = Some(seen.clone());
            is_there.then_some(seen)
        };
        let found = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            eventually(&format!("{id} to be {status}"), within, look)
        }));
        found.unwrap_or_else(|_| {
            let log = std::fs::read_to_string(self.folder().join("dispatcher.log")).unwrap_or_default();
            panic!("{id} is not {status}: {last:#?}\n--- the dispatcher has said:\n{log}")
        })
    }

    /// Asserts what must hold of an execution that has ended: see [`Seen::check`]; and that each attempt ran its script once.
    pub(crate) fn check(&self, seen: &Seen, needs: &BTreeMap<String, Vec<String>>) {
        seen.check(needs);
        let twice =
            "select job, attempt, count(*) from run_log group by execution, job, attempt having count(*) > 1";
        assert_eq!(self.database.psql(twice), "", "an attempt ran twice");
    }

    /// Messages in a queue of the stack, those that are being worked on included.
    pub(crate) fn queued(&self, queue: &str) -> u64 {
        let url = self.aws.queue_url(&format!("{}-{queue}", self.stack));
        let answer = self.aws.sqs("GetQueueAttributes", &json!({"QueueUrl": url, "AttributeNames": ["All"]}));
        let counts = ["", "NotVisible", "Delayed"].map(|kind| {
            let name = format!("ApproximateNumberOfMessages{kind}");
            answer["Attributes"][name]
                .as_str()
                .and_then(|count| count.parse::<u64>().ok())
                .unwrap_or_default()
        });
        counts.iter().sum()
    }

    /// Waits until a queue of the stack is empty.
    pub(crate) fn wait_for_empty(&self, queue: &str) {
        eventually(&format!("queue {queue} to be empty"), SOON, || (self.queued(queue) == 0).then_some(()));
    }
}
