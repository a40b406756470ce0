//! A bench with a script root and a warehouse, for scripts and preconditions in earnest.

use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::sync::Arc;

use fleet_core::ports::LogStream;
use fleet_tests::postgres::Postgres;
use rsql_client::ConnectOptions;
use rsql_client::run::ShellPolicy;
use tempfile::TempDir;
use worker::{Connections, LocalPlace, Place, ScriptRunner, ScriptSettings};

use crate::support::{Bench, EXECUTION, cancel};

/// A bench with a script root and a warehouse.
pub(crate) struct Site {
    pub(crate) bench: Bench,
    pub(crate) root: TempDir,
    pub(crate) warehouse: Option<Postgres>,
    /// Names of further connections, which lead to the same place.
    pub(crate) more_connections: Vec<&'static str>,
    /// Whether the sessions of `warehouse` serve one job after the other.
    pub(crate) reused: bool,
    environment: Vec<(String, String)>,
}

impl Site {
    /// The job `load` runs `script`, whose text is given.
    pub(crate) fn new(script: &str, text: &str, more: &str) -> Self {
        let jobs = format!("jobs:\n  - {{ id: load, script: {script}{more} }}\n");
        let site = Self::of(&format!("workflow: w\nconnection: warehouse\n{jobs}"), None);
        site.write(script, text);
        site
    }

    pub(crate) fn with_warehouse(script: &str, text: &str, more: &str) -> Self {
        let mut site = Self::new(script, text, more);
        site.warehouse = Some(Postgres::shared().new_database());
        site
    }

    pub(crate) fn of(yaml: &str, warehouse: Option<Postgres>) -> Self {
        Self {
            bench: Bench::real(yaml),
            root: tempfile::tempdir().unwrap(),
            warehouse,
            more_connections: Vec::new(),
            reused: false,
            environment: vec![("LANG".to_owned(), "C.UTF-8".to_owned())],
        }
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        std::fs::write(self.root.path().join(name), text).unwrap();
    }

    pub(crate) fn root(&self) -> PathBuf {
        self.root.path().canonicalize().unwrap()
    }

    /// Puts a program where the helper of older scripts looks for the one that reads secrets.
    pub(crate) fn program(&mut self, name: &str, text: &str) {
        self.write(name, text);
        let path = self.root().join(name);
        std::fs::set_permissions(&path, PermissionsExt::from_mode(0o755)).unwrap();
        self.environment.push(("FLEET_WORKER".to_owned(), path.to_str().unwrap().to_owned()));
    }

    pub(crate) fn start(&mut self) {
        let uri = self.warehouse.as_ref().map_or("postgresql://etl:sesame42@127.0.0.1:1/dev", Postgres::uri);
        let options = ConnectOptions::from_uri(uri).unwrap();
        let names = self.more_connections.iter().copied().chain(["warehouse"]);
        let connections = Connections::new(names.map(|name| (name.to_owned(), options.clone())));
        let connections = if self.reused { connections.with_reused("warehouse") } else { connections };
        let secrets = connections.secrets().map(str::to_owned).collect();
        let place = LocalPlace::new(self.root.path().to_owned(), connections).unwrap();
        self.start_in(Arc::new(place), secrets);
    }

    /// Starts the agent in this place.
    pub(crate) fn start_in(&mut self, place: Arc<dyn Place>, secrets: Vec<String>) {
        let runner = ScriptRunner::new(ScriptSettings {
            place,
            shell: ShellPolicy::Allowed,
            program_dir: "/opt/rsql/bin".into(),
            environment: self.environment.clone(),
            secrets,
            executions: Arc::clone(&self.bench.store.kept) as _,
            clock: self.bench.clock.clone(),
        });
        self.bench.start_with(Arc::new(runner));
    }

    /// Runs the first attempt to its end.
    pub(crate) async fn run(&mut self) {
        self.bench.send(1, 0);
        self.start();
        self.bench.until_done().await;
    }

    pub(crate) fn out(&self) -> Vec<String> {
        self.bench.store.lines(1, LogStream::Out)
    }

    pub(crate) fn err(&self) -> Vec<String> {
        self.bench.store.lines(1, LogStream::Err)
    }

    pub(crate) fn told(&self) -> String {
        self.bench.store.lines(1, LogStream::Worker).join("\n")
    }

    /// Sessions of the job's attempts that are doing something.
    pub(crate) fn busy(&self) -> String {
        let warehouse = self.warehouse.as_ref().expect("the site has a warehouse");
        // Other tests run at the same time, on the same server and under the same names.
        let of = format!("datname = current_database() and application_name like 'rsql/{EXECUTION}/load/%'");
        warehouse.psql(&format!("select count(*) from pg_stat_activity where {of} and state = 'active'"))
    }

    pub(crate) async fn cancel(&self) {
        let flag = cancel(self.bench.clock.now());
        self.bench.store.write("load", |row| row.cancel = Some(flag));
    }
}
