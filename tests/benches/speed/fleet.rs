//! The fleet as its users run it: a project on disk, `rsqlctl local` serving it, `rsqlctl start` beside it. Owns the
//! processes. What they leave behind is read in `records`.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use fleet_tests::binaries;
use fleet_tests::postgres::Postgres;
use tempfile::TempDir;

use crate::graph::{self, Shape, Work};
use crate::records::Changes;

/// Jobs at a time, for all tools alike.
pub(crate) const SLOTS: usize = 8;
/// Name of the workflow that is measured.
pub(crate) const BENCH: &str = "bench";
/// Name of one that runs first, so that what is measured is a service at work and not its first steps.
const WARM_UP: &str = "warm_up";
const WARM_UP_JOBS: usize = 20;
/// A fleet that hangs must not hang the bench.
const WAIT_MAX: Duration = Duration::from_secs(300);
/// Between two looks at a file. No time is told by them.
const LOOK: Duration = Duration::from_millis(10);

/// Whether jobs get a session each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sessions {
    /// A new one for each job: the default.
    Fresh,
    /// One that an earlier job has used, reset in full: `sessions: reused`.
    Reused,
}

/// What is traced while the fleet works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trace {
    /// Nothing, as in production.
    Off,
    /// Beginning and end of each run, in microseconds.
    Runs,
}

/// A project, served by a process of its own until this is dropped.
pub(crate) struct Fleet {
    folder: TempDir,
    server: Option<Child>,
    login: Vec<(&'static str, String)>,
}

impl Fleet {
    /// Makes a project with one workflow, deploys it, serves it, and has it do some work.
    pub(crate) fn serve(
        database: &Postgres,
        sessions: Sessions,
        trace: Trace,
        (shape, work): (Shape, Work),
    ) -> Self {
        let mut fleet = Self::project(database, sessions);
        fleet.add_workflow(BENCH, &graph::workflow(BENCH, shape, work));
        fleet.add_workflow(WARM_UP, &graph::workflow(WARM_UP, Shape::Chain(WARM_UP_JOBS), work));
        fleet.deploy();
        fleet.begin(trace);
        fleet.run(WARM_UP, WARM_UP);
        fleet
    }

    /// A project without workflows, which nobody serves yet.
    pub(crate) fn project(database: &Postgres, sessions: Sessions) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let fleet = Self { folder, server: None, login: database.env().to_vec() };
        fleet.write("scripts/one.sql", graph::SCRIPT);
        fleet.write("scripts/nothing.rsql", graph::NOTHING);
        let reused = if sessions == Sessions::Reused { ", sessions: reused" } else { "" };
        let project = format!(
            "worker: {{ slots: {SLOTS} }}\nalerts: {{ print: false }}\nconnections:\n  warehouse: {{ host: \"{}\", \
             port: {}, database: \"{}\", user: \"{}\", password_env: PGPASSWORD{reused} }}\n",
            database.host(),
            database.port(),
            database.database(),
            database.user()
        );
        fleet.write("project.yaml", &project);
        fleet
    }

    /// Writes a workflow file.
    pub(crate) fn add_workflow(&self, name: &str, text: &str) {
        self.write(&format!("workflows/{name}.yaml"), text);
    }

    /// Registers all workflows.
    pub(crate) fn deploy(&self) {
        self.rsqlctl(&["deploy"]);
    }

    /// Whether this release can reuse sessions: its project file then has a key for it.
    pub(crate) fn can_reuse(database: &Postgres) -> bool {
        let fleet = Self::project(database, Sessions::Reused);
        fleet.add_workflow(BENCH, &graph::workflow(BENCH, Shape::Chain(1), Work::Nothing));
        fleet.command(&["validate"]).output().is_ok_and(|output| output.status.success())
    }

    /// Starts the process that serves, and waits until it does.
    pub(crate) fn begin(&mut self, trace: Trace) {
        let filter = if trace == Trace::Runs { "warn,worker::attempt=debug" } else { "warn" };
        let said = File::create(self.said()).expect("the project's folder is writable");
        let mut command = self.command(&["local"]);
        command.env("RUST_LOG", filter).stdin(Stdio::null()).stdout(Stdio::null()).stderr(said);
        self.server = Some(command.spawn().expect("rsqlctl can be started"));
        until("the fleet serves", || self.traced().contains("stop with Ctrl-C"));
    }

    /// The serving process.
    pub(crate) fn pid(&self) -> u32 {
        self.server.as_ref().expect("the fleet was begun").id()
    }

    /// The state directory.
    pub(crate) fn state(&self) -> PathBuf {
        self.folder.path().join(".fleet")
    }

    /// Starts an execution. Returns when it is there.
    pub(crate) fn start(&self, workflow: &str, id: &str) {
        self.rsqlctl(&["start", workflow, "--id", id]);
    }

    /// Runs an execution to its end, and gives what changed.
    pub(crate) fn run(&self, workflow: &str, id: &str) -> Changes {
        self.start(workflow, id);
        let changes = self.wait_for(id, |changes| changes.end.is_some());
        let end = changes.end.as_ref().map(|(_, status)| status.as_str());
        assert_eq!(end, Some("succeeded"), "the execution that is measured failed");
        changes
    }

    /// Waits until an execution has come so far.
    pub(crate) fn wait_for(&self, id: &str, enough: impl Fn(&Changes) -> bool) -> Changes {
        let mut changes = Changes::of(self.state().join("events.jsonl"), id);
        until("the execution comes so far", || {
            changes.read_on();
            enough(&changes)
        });
        changes
    }

    /// What the serving process has written on standard error: its traces.
    pub(crate) fn traced(&self) -> String {
        std::fs::read_to_string(self.said()).expect("the serving process writes there")
    }

    /// Runs a command of the operator, which must succeed.
    pub(crate) fn rsqlctl(&self, args: &[&str]) {
        let output = self.command(args).output().expect("rsqlctl can be started");
        assert!(
            output.status.success(),
            "rsqlctl {args:?} failed: {}",
            String::from_utf8_lossy(&output.stderr)
        );
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(binaries::rsqlctl());
        command.arg("--project").arg(self.folder.path()).args(args);
        command.envs(self.login.iter().map(|(name, value)| (name, value.as_str())));
        command
    }

    fn said(&self) -> PathBuf {
        self.folder.path().join("said.txt")
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap_or(Path::new("."))).expect("the folder is writable");
        std::fs::write(path, text).expect("the folder is writable");
    }
}

impl Drop for Fleet {
    fn drop(&mut self) {
        let Some(mut server) = self.server.take() else { return };
        // What it has under way is of no interest any more; both fail only when it has ended already.
        let _ = server.kill();
        let _ = server.wait();
    }
}

/// Polls a condition.
///
/// # Panics
/// When it does not come true in time; the message says what was waited for.
pub(crate) fn until(what: &str, mut condition: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !condition() {
        assert!(begun.elapsed() < WAIT_MAX, "not within {} s: {what}", WAIT_MAX.as_secs());
        std::thread::sleep(LOOK);
    }
}
