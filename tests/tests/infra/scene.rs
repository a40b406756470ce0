//! A deployed fleet at work: the function that was deployed behind the event source that was deployed, hosts as launched, a
//! warehouse, a project in S3, an operator. Owns how each part is told what the deployment has made, and which access key id
//! it goes by. What happens then is `nights`'s.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use fleet_tests::alerts::Alerts;
use fleet_tests::aws_event_source::{EventSource, Mapping};
use fleet_tests::binaries;
use fleet_tests::lambda::Function;
use fleet_tests::postgres::Postgres;
use fleet_tests::seen::Seen;
use fleet_tests::tree;
use fleet_tests::wait::{SOON, eventually};
use serde_json::{Value, json};

use crate::deployment::{Deployment, told};

/// Access key id of the dispatcher's program, and of Lambda where it acts for it: they have one role.
pub(crate) const DISPATCHER: &str = "DISPATCHER";
/// Access key id of whoever uses rsqlctl.
pub(crate) const OPERATOR: &str = "OPERATOR";
/// Access key id of EventBridge's rules, which have no role: the queue's policy lets them.
const RULE: &str = "RULE";
/// Access key id of EventBridge Scheduler.
pub(crate) const SCHEDULER: &str = "SCHEDULER";

/// A deployed fleet with what it works on.
pub(crate) struct Scene<'a> {
    pub(crate) deployment: &'a Deployment,
    pub(crate) database: Postgres,
    pub(crate) alerts: Alerts,
    pub(crate) source: EventSource,
    /// The target of the deployed rule of the tick.
    tick: Value,
    project: PathBuf,
}

impl<'a> Scene<'a> {
    /// Sets it up: a secret, an input that has landed, a project; and the dispatcher begins to serve.
    pub(crate) fn set(deployment: &'a Deployment, database: Postgres) -> Scene<'a> {
        let project = deployment.folder().join("project");
        make_project(&project, deployment);
        deployment.aws.connection_secret(&format!("{}/warehouse", deployment.stack), &database);
        land(deployment, &project);
        let mut resources = deployment.look("resources", &deployment.stack);
        let tick = resources["rules"]["default"]["NAME-tick"]["targets"][0].take();
        assert!(tick["Input"].is_object(), "there is no rule of the tick: {resources:#}");
        let alerts = Alerts::listen(&deployment.moto, &deployment.stack);
        let source = EventSource::start(mapping(deployment));
        Scene { deployment, database, alerts, source, tick, project }
    }

    /// Runs rsqlctl as an operator, asserts its exit code and returns its data.
    pub(crate) fn rsqlctl(&self, arguments: &[&str], expect: i32) -> String {
        let output = Command::new(binaries::rsqlctl())
            .args(["--stack", &self.deployment.stack, "--project"])
            .arg(&self.project)
            .args(arguments)
            .env_clear()
            .env("PATH", binaries::folder())
            .envs(self.deployment.environment(OPERATOR))
            .envs(self.database.env())
            .output()
            .expect("rsqlctl starts");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let (said, data) = (text(&output.stderr), text(&output.stdout));
        assert_eq!(output.status.code(), Some(expect), "rsqlctl {arguments:?}:\n{said}\n{data}");
        data
    }

    /// The execution as the tables have it.
    pub(crate) fn seen(&self, id: &str) -> Option<Seen> {
        Seen::read(&self.deployment.aws, &self.deployment.stack, id)
    }

    /// Waits until the execution has this status and its end is announced.
    pub(crate) fn wait_for(&self, id: &str, status: &str) -> Seen {
        let mut last = None;
        let look = || {
            let seen = self.seen(id)?;
            let is_there = seen.status() == status && seen.execution["announced"] == true;
            last = Some(seen.clone());
            is_there.then_some(seen)
        };
        let waited =
            std::panic::AssertUnwindSafe(|| eventually(&format!("{id} to be {status}"), SOON * 3, look));
        std::panic::catch_unwind(waited).unwrap_or_else(|_| {
            let log = std::fs::read_to_string(log_of_dispatcher(self.deployment)).unwrap_or_default();
            panic!("{id} is not {status}: {last:#?}\n--- the dispatcher has said:\n{log}")
        })
    }

    /// Sends the event that a rule or a schedule would send, to the queue that it targets.
    pub(crate) fn fire(&self, key: &str, queue_arn: &str, body: &str) {
        let aws = self.deployment.aws.clone().by(key);
        let url = aws.queue_url(queue_arn.rsplit(':').next().unwrap_or_default());
        aws.sqs("SendMessage", &json!({"QueueUrl": url, "MessageBody": body}));
    }

    /// Puts a message into a queue of the fleet.
    pub(crate) fn send(&self, queue: &str, body: &Value) {
        let aws = &self.deployment.aws;
        let url = aws.queue_url(&format!("{}-{queue}", self.deployment.stack));
        aws.sqs("SendMessage", &json!({"QueueUrl": url, "MessageBody": body.to_string()}));
    }

    /// What the rule of the tick sends.
    pub(crate) fn tick_event(&self) -> &Value {
        &self.tick["Input"]
    }

    /// A minute has passed: the rule of the tick fires.
    pub(crate) fn tick(&self) {
        let queue = self.tick["Arn"].as_str().unwrap_or_default().replace("NAME", &self.deployment.stack);
        self.fire(RULE, &queue, &self.tick_event().to_string());
    }

    /// Messages in a queue of the fleet, those that are being worked on included.
    pub(crate) fn queued(&self, queue: &str) -> u64 {
        self.count(queue, &["", "NotVisible", "Delayed"])
    }

    /// Messages that a receive would bring.
    pub(crate) fn waiting(&self, queue: &str) -> u64 {
        self.count(queue, &[""])
    }

    fn count(&self, queue: &str, kinds: &[&str]) -> u64 {
        let aws = &self.deployment.aws;
        let url = aws.queue_url(&format!("{}-{queue}", self.deployment.stack));
        let answer = aws.sqs("GetQueueAttributes", &json!({"QueueUrl": url, "AttributeNames": ["All"]}));
        let count = |kind: &&str| {
            let name = format!("ApproximateNumberOfMessages{kind}");
            answer["Attributes"][name].as_str().and_then(|count| count.parse::<u64>().ok())
        };
        kinds.iter().filter_map(count).sum()
    }
}

fn log_of_dispatcher(deployment: &Deployment) -> PathBuf {
    deployment.folder().join("dispatcher.log")
}

/// The event source as deployed, with the function as deployed: its own code, variables and time limit.
fn mapping(deployment: &Deployment) -> Mapping {
    let (function, mappings) = (&deployment.made["function"], &deployment.made["mappings"]);
    let [mapping] = mappings.as_array().map(Vec::as_slice).unwrap_or_default() else {
        panic!("the function has not one event source: {mappings:#}")
    };
    assert_eq!(mapping["FunctionArn"], function["FunctionArn"], "{mapping:#}");
    assert_eq!(mapping["FunctionResponseTypes"], json!(["ReportBatchItemFailures"]), "{mapping:#}");
    let queue = mapping["EventSourceArn"].as_str().and_then(|arn| arn.rsplit(':').next()).unwrap_or_default();
    let resources = deployment.look("resources", &deployment.stack);
    let hidden = &resources["queues"][queue.replace(&deployment.stack, "NAME")]["VisibilityTimeout"];
    let hidden = hidden.as_str().and_then(|seconds| seconds.parse().ok());
    let variables = function["Environment"]["Variables"].as_object().cloned().unwrap_or_default();
    let mut environment = deployment.environment(DISPATCHER);
    environment.extend(
        variables.iter().map(|(name, value)| (name.clone(), value.as_str().unwrap_or_default().to_owned())),
    );
    Mapping {
        endpoint: deployment.moto.endpoint().to_owned(),
        key: DISPATCHER.to_owned(),
        queue: queue.to_owned(),
        function: Function {
            program: deployed_program(deployment),
            environment,
            timeout: Duration::from_secs(number(&function["Timeout"])),
            log: log_of_dispatcher(deployment),
        },
        environments: usize::try_from(number(&mapping["ScalingConfig"]["MaximumConcurrency"])).unwrap_or(1),
        visibility: Duration::from_secs(
            hidden.unwrap_or_else(|| panic!("{queue} is not among {resources:#}")),
        ),
        batch: usize::try_from(number(&mapping["BatchSize"])).unwrap_or(1),
    }
}

/// `bootstrap` out of the zip that CloudFormation gave to Lambda, which has its checksum.
fn deployed_program(deployment: &Deployment) -> PathBuf {
    let stack = &deployment.made["stacks"][format!("{}-dispatcher", deployment.stack)];
    let resources = stack["template"]["Resources"].as_object().expect("a template has resources");
    let function = resources.values().find(|resource| resource["Type"] == "AWS::Lambda::Function");
    let code = &function.expect("the stack has the function")["Properties"]["Code"];
    let (bucket, key) = (code["S3Bucket"].as_str(), code["S3Key"].as_str());
    let (Some(bucket), Some(key)) = (bucket, key) else { panic!("the code lies nowhere: {code:#}") };
    let folder = deployment.folder().join("function");
    std::fs::create_dir(&folder).expect("the test's folder can be written");
    let zip = folder.join("code.zip");
    let place = zip.to_str().expect("temporary folders have plain names");
    deployment.moto.aws(&["s3", "cp", "--quiet", &format!("s3://{bucket}/{key}"), place]);
    let unpack = format!(
        "import base64, hashlib, zipfile\n\
         assert base64.b64encode(hashlib.sha256(open({place:?}, 'rb').read()).digest()).decode() == {:?}\n\
         zipfile.ZipFile({place:?}).extract('bootstrap', {:?})",
        deployment.made["function"]["CodeSha256"].as_str().unwrap_or_default(),
        folder.display().to_string(),
    );
    told(Command::new(deployment.moto.bin().join("python")).args(["-c", &unpack]));
    let program = folder.join("bootstrap");
    told(Command::new("chmod").arg("+x").arg(&program));
    program
}

/// The sample project, with its input in the landing bucket and on the hosts' disk, and small workflows for what a night does
/// not do.
fn make_project(project: &Path, deployment: &Deployment) {
    let source = tree::root().join("rsql-scripts");
    std::fs::create_dir(project).expect("the test's folder can be written");
    for part in ["project.yaml", "workflows", "scripts", "data"] {
        told(Command::new("cp").arg("-R").arg(source.join(part)).arg(project));
    }
    let own = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/infra/project/.");
    told(Command::new("cp").args(["-R", own]).arg(project));
    for file in std::fs::read_dir(project.join("workflows")).expect("it was just copied").flatten() {
        let text = std::fs::read_to_string(file.path()).expect("workflows are text");
        let landed = format!("s3: \"s3://{}-landing/{{{{ business_date }}}}/*.csv\"", deployment.stack);
        let text = text
            .replace("file: \"../data/landing/{{ business_date }}/flights.csv\"", &landed)
            .replace("_dir: ../", &format!("_dir: {}/", project.display()))
            .replace("FOLDER", &project.display().to_string());
        std::fs::write(file.path(), text).expect("it was just copied");
    }
    std::fs::create_dir(project.join("out")).expect("it was just made");
}

/// The partner's file, where the night looks for it.
fn land(deployment: &Deployment, project: &Path) {
    let bucket = format!("s3://{}-landing", deployment.stack);
    deployment.moto.aws(&["s3", "mb", &bucket]);
    let file = project.join(format!("data/landing/{}/flights.csv", crate::nights::DATE));
    let file = file.to_str().expect("temporary folders have plain names");
    deployment.moto.aws(&["s3", "cp", "--quiet", file, &format!("{bucket}/{}/", crate::nights::DATE)]);
}

fn number(value: &Value) -> u64 {
    value.as_u64().unwrap_or_else(|| panic!("{value} is no number"))
}
