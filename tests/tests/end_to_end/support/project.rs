//! A project in a folder of its own, with a database of its own, and the commands that a test gives it. Owns where files
//! lie and which environment commands see. Knows nothing of any topic.

use std::cell::Cell;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use fleet_tests::binaries;
use fleet_tests::postgres::Postgres;
use tempfile::TempDir;

use super::{Audit, Execution, SOON, Served, eventually};

/// What all projects begin with: where scripts note that they ran, and what they load.
const TABLES: &str =
    "create table run_log (job text, attempt int, pid int, app text, others int, at timestamptz);
     create table loaded (job text, at timestamptz default clock_timestamp());";

/// The first lines of a script: stop at an error, note who runs, and how many sessions of the same job there are beside.
const NOTE: &str = "\\set ON_ERROR_STOP on
insert into run_log select :'job_id', :attempt, pg_backend_pid(), current_setting('application_name'),
  (select count(*) from pg_stat_activity where pid <> pg_backend_pid() and datname = current_database()
    and application_name like 'rsql/' || :'workflow_execution_id' || '/' || :'job_id' || '/%'), clock_timestamp();
";

/// A project that is being written.
pub(crate) struct Setup {
    folder: TempDir,
    database: Postgres,
    workflows: usize,
    worker: String,
    alerts: String,
    state: Option<PathBuf>,
}

/// A project whose workflows are deployed.
pub(crate) struct Project {
    folder: TempDir,
    database: Postgres,
    /// What every command is started through, such as a look into a small disk.
    wrapper: Vec<String>,
    /// What every command finds in its environment besides.
    environment: Vec<(String, String)>,
    served: Cell<usize>,
}

/// What a command came to.
#[derive(Debug)]
pub(crate) struct Done {
    /// Exit code; none when a signal ended it.
    pub(crate) code: Option<i32>,
    /// Data.
    pub(crate) stdout: String,
    /// Remarks and errors.
    pub(crate) stderr: String,
}

impl Setup {
    /// With a database of its own on the shared server.
    pub(crate) fn new() -> Setup {
        Setup::on(Postgres::shared().new_database())
    }

    /// On a database that the test brings.
    pub(crate) fn on(database: Postgres) -> Setup {
        database.psql(TABLES);
        let folder = tempfile::tempdir().expect("a temporary folder");
        for part in ["scripts", "workflows"] {
            std::fs::create_dir(folder.path().join(part)).expect("the new folder can be written");
        }
        let worker = "{ slots: 4, lease: 2s, drain_limit: 20s }".to_owned();
        Setup { folder, database, workflows: 0, worker, alerts: "{ print: false }".to_owned(), state: None }
    }

    /// The `worker` settings.
    pub(crate) fn worker(mut self, settings: &str) -> Setup {
        settings.clone_into(&mut self.worker);
        self
    }

    /// The `alerts` settings.
    pub(crate) fn alerts(mut self, settings: &str) -> Setup {
        settings.clone_into(&mut self.alerts);
        self
    }

    /// The state directory, when it is not to be the usual one.
    pub(crate) fn state(mut self, directory: &Path) -> Setup {
        self.state = Some(directory.to_owned());
        self
    }

    /// A script as it is.
    pub(crate) fn script(self, name: &str, text: &str) -> Setup {
        std::fs::write(self.folder.path().join("scripts").join(name), text)
            .expect("the script root can be written");
        self
    }

    /// An RSQL script that first notes in `run_log` that it runs.
    pub(crate) fn noting(self, name: &str, text: &str) -> Setup {
        self.script(name, &format!("{NOTE}{text}"))
    }

    /// A workflow file; `connection: warehouse` is added at its top.
    pub(crate) fn workflow(mut self, text: &str) -> Setup {
        self.workflows += 1;
        let file = self.folder.path().join(format!("workflows/w{}.yaml", self.workflows));
        std::fs::write(file, format!("connection: warehouse\n{text}"))
            .expect("the new folder can be written");
        self
    }

    /// Writes `project.yaml` and deploys nothing yet.
    pub(crate) fn written(self) -> Project {
        let state = self.state.unwrap_or_else(|| self.folder.path().join(".fleet"));
        let text = format!(
            "state: {}\nconnections:\n  warehouse:\n    host: ${{PGHOST}}\n    port: ${{PGPORT}}\n    \
             database: ${{PGDATABASE}}\n    user: ${{PGUSER}}\n    password_env: PGPASSWORD\nalerts: {}\nworker: {}\n",
            state.display(),
            self.alerts,
            self.worker
        );
        std::fs::write(self.folder.path().join("project.yaml"), text).expect("the new folder can be written");
        Project {
            folder: self.folder,
            database: self.database,
            wrapper: Vec::new(),
            environment: Vec::new(),
            served: Cell::new(0),
        }
    }

    /// Writes everything and deploys it.
    pub(crate) fn deployed(self) -> Project {
        let project = self.written();
        project.ok(&["deploy", "--reason", "test"]);
        project
    }
}

impl Project {
    /// From now on commands are started through these words.
    pub(crate) fn through(mut self, wrapper: Vec<String>) -> Project {
        self.wrapper = wrapper;
        self
    }

    /// From now on commands find these variables, too.
    pub(crate) fn with_environment(mut self, pairs: Vec<(String, String)>) -> Project {
        self.environment = pairs;
        self
    }

    /// The project's folder.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// A file in the usual state directory, as text; empty when it is not there.
    pub(crate) fn state_file(&self, name: &str) -> String {
        std::fs::read_to_string(self.folder.path().join(".fleet").join(name)).unwrap_or_default()
    }

    /// Its database.
    pub(crate) fn database(&self) -> &Postgres {
        &self.database
    }

    /// Rows of a query, `|` between columns.
    pub(crate) fn psql(&self, sql: &str) -> String {
        self.database.psql(sql)
    }

    /// Runs `rsqlctl` to its end.
    pub(crate) fn rsqlctl(&self, args: &[&str]) -> Done {
        let output = self.command(args).stdin(Stdio::null()).output().expect("rsqlctl starts");
        Done::of(&output)
    }

    /// Runs `rsqlctl`, which must succeed; returns its data.
    pub(crate) fn ok(&self, args: &[&str]) -> String {
        self.expect(args, 0).stdout
    }

    /// Runs `rsqlctl`, which must end with `code`.
    pub(crate) fn expect(&self, args: &[&str], code: i32) -> Done {
        let done = self.rsqlctl(args);
        assert_eq!(done.code, Some(code), "rsqlctl {args:?} said:\n{}{}", done.stderr, done.stdout);
        done
    }

    /// Starts a workflow under an id and leaves it to whoever serves.
    pub(crate) fn start(&self, workflow: &str, id: &str) {
        self.ok(&["start", workflow, "--id", id, "--reason", "test"]);
    }

    /// Starts a workflow and waits for its end, which must bring this exit code.
    pub(crate) fn run(&self, workflow: &str, id: &str, code: i32) -> Execution {
        self.expect(&["start", workflow, "--id", id, "--reason", "test", "--wait"], code);
        self.execution(id).expect("an execution that was waited for is there")
    }

    /// An execution as `status` shows it; none when there is none.
    pub(crate) fn execution(&self, id: &str) -> Option<Execution> {
        let done = self.rsqlctl(&["status", id, "-o", "json"]);
        (done.code == Some(0)).then(|| Execution(done.json()))
    }

    /// Waits until an execution has this status.
    pub(crate) fn wait_for(&self, id: &str, status: &str) -> Execution {
        let seen = |execution: &Execution| execution.status() == status;
        let mut last = None;
        eventually(&format!("{id} to be {status}"), SOON, || {
            last = self.execution(id);
            last.clone().filter(seen)
        })
    }

    /// Waits until a job has this status.
    pub(crate) fn wait_for_job(&self, id: &str, job: &str, status: &str) -> Execution {
        let seen = |execution: &Execution| execution.job_status(job) == status;
        eventually(&format!("{job} of {id} to be {status}"), SOON, || self.execution(id).filter(seen))
    }

    /// The audit trail of an execution.
    pub(crate) fn audit(&self, id: &str) -> Audit {
        let done = self.expect(&["audit", id, "-o", "json"], 0);
        Audit(
            done.json()["records"]
                .as_array()
                .cloned()
                .unwrap_or_else(|| panic!("no records: {}", done.stdout)),
        )
    }

    /// The alerts written so far.
    pub(crate) fn alerts(&self) -> Vec<serde_json::Value> {
        let lines = self.state_file("alerts.jsonl");
        lines.lines().map(|line| serde_json::from_str(line).expect("a line of the alerts is JSON")).collect()
    }

    /// Starts `rsqlctl local` with these options.
    pub(crate) fn serve(&self, args: &[&str]) -> Served {
        self.spawn(&[&["local"], args].concat())
    }

    /// Starts `rsqlctl` and leaves it running.
    pub(crate) fn spawn(&self, args: &[&str]) -> Served {
        let number = self.served.replace(self.served.get() + 1);
        Served::start(self.command(args), self.folder.path(), number)
    }

    /// Waits until a session of this job is in the middle of `pg_sleep`, for long enough that its worker has renewed the
    /// lease. Returns the server's process id.
    pub(crate) fn wait_for_sleep(&self, job: &str, attempt: u32) -> String {
        let sql = format!(
            "select pid from pg_stat_activity where application_name like 'rsql/%/{job}/{attempt}' and state = 'active'
             and query ~ 'pg_sleep' and datname = current_database() and clock_timestamp() - query_start > '1 second'"
        );
        eventually(&format!("attempt {attempt} of {job} to be busy"), SOON, || {
            Some(self.psql(&sql)).filter(|pid| !pid.is_empty())
        })
    }

    /// How many sessions the fleet's jobs have open.
    pub(crate) fn sessions(&self) -> String {
        self.psql(
            "select count(*) from pg_stat_activity where application_name like 'rsql/%' and datname = current_database()",
        )
    }

    fn command(&self, args: &[&str]) -> Command {
        let program = binaries::rsqlctl();
        let mut words = self.wrapper.iter();
        let mut command = match words.next() {
            Some(first) => {
                let mut command = Command::new(first);
                command.args(words).arg(program);
                command
            }
            None => Command::new(program),
        };
        command.arg("--project").arg(self.folder.path()).args(args).envs(self.database.env());
        // What a script must not get to see, since its workflow did not give it.
        command.env("OPERATORS_OWN", "secret");
        command.envs(self.environment.iter().cloned());
        command
    }
}

/// What somebody needs who looks at a failed test.
impl Drop for Project {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            return;
        }
        let list = self.rsqlctl(&["list", "-o", "json"]);
        let executions: serde_json::Value = serde_json::from_str(&list.stdout).unwrap_or_default();
        for execution in executions["executions"].as_array().into_iter().flatten() {
            let id = execution["workflow_execution_id"].as_str().unwrap_or_default();
            for args in [&["status", id][..], &["audit", id], &["logs", id, "--all"]] {
                let done = self.rsqlctl(args);
                eprintln!("{args:?}\n{}{}", done.stdout, done.stderr);
            }
        }
    }
}

impl Done {
    fn of(output: &Output) -> Done {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Done { code: output.status.code(), stdout: text(&output.stdout), stderr: text(&output.stderr) }
    }

    /// The data as JSON.
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error} in: {}", self.stdout))
    }
}
