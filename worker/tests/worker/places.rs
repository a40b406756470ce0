//! Jobs in a place whose answers change: passwords that are rotated, objects that land, services that are away.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use fleet_core::ports::LogStream;
use fleet_core::state::JobStatus;
use fleet_tests::postgres::Postgres;
use rsql_client::{ConnectOptions, Secret};
use worker::place::{Connection, Freshness, PlaceError, Script, ScriptRoot, SessionUse};
use worker::{Connections, LocalPlace, Place};

use crate::site::Site;

/// A password that no server takes any more.
const OUTDATED: &str = "spring2026";

/// Scripts of a directory; the rest as the test says.
struct Fickle {
    local: LocalPlace,
    /// Where the connection `warehouse` leads, once it is asked for anew.
    warehouse: ConnectOptions,
    asked: Mutex<Vec<Freshness>>,
    /// The answers to further looks for objects; then there is none.
    objects: Mutex<VecDeque<Result<&'static str, PlaceError>>>,
}

impl Fickle {
    fn new(site: &Site) -> Self {
        let uri = site.warehouse.as_ref().map_or("postgresql://etl@127.0.0.1:1/dev", Postgres::uri);
        Self {
            local: LocalPlace::new(site.root(), Connections::default()).unwrap(),
            warehouse: ConnectOptions::from_uri(uri).unwrap(),
            asked: Mutex::default(),
            objects: Mutex::default(),
        }
    }

    fn asked(&self) -> Vec<Freshness> {
        self.asked.lock().unwrap().clone()
    }
}

#[async_trait]
impl Place for Fickle {
    fn connection_names(&self) -> Vec<&str> {
        vec!["warehouse"]
    }

    async fn connection(&self, name: &str, freshness: Freshness) -> Result<Connection, PlaceError> {
        if name != "warehouse" {
            return Err(PlaceError::Unavailable(format!("the secret of {name} cannot be read: throttled")));
        }
        self.asked.lock().unwrap().push(freshness);
        let mut options = self.warehouse.clone();
        if freshness == Freshness::Known {
            options.password = Some(Secret::new(OUTDATED));
        }
        Ok(Connection { options, sessions: SessionUse::Fresh, secret_id: "prod/dw".to_owned() })
    }

    async fn root(&self) -> Result<ScriptRoot, PlaceError> {
        self.local.root().await
    }

    async fn script(&self, path: &str) -> Result<Script, PlaceError> {
        self.local.script(path).await
    }

    async fn object(&self, uri: &str) -> Result<Option<String>, PlaceError> {
        let next = self.objects.lock().unwrap().pop_front();
        next.transpose().map(|found| found.map(|key| format!("{uri} as {key}")))
    }
}

async fn run(site: &mut Site) -> Arc<Fickle> {
    let place = Arc::new(Fickle::new(site));
    site.bench.send(1, 0);
    site.start_in(Arc::clone(&place) as _, Vec::new());
    site.bench.until_done().await;
    place
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_password_that_was_changed_is_asked_for_once_more() {
    let mut site = Site::with_warehouse("load.rsql", "", "");
    let password = site.warehouse.as_ref().unwrap().password().to_owned();
    site.write("load.rsql", &format!("select 'in';\n\\warn {OUTDATED} {password}\n"));
    let place = run(&mut site).await;
    assert_eq!(site.bench.row().status, JobStatus::Succeeded, "{} {:?}", site.told(), site.err());
    assert_eq!(place.asked(), [Freshness::Known, Freshness::Renewed]);
    let said = site.err();
    assert!(said[0].contains("password authentication failed"), "{said:?}");
    assert_eq!(said.last().unwrap(), "[redacted] [redacted]", "what was learned on the way is kept out");
    assert_eq!(site.bench.audit(), ["AttemptStarted 1.0", "Succeeded 1.0"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_look_in_the_warehouse_does_so_too() {
    let yaml = "workflow: w\nconnection: warehouse\njobs:\n  - { id: load, precondition: { sql: \"select true\" } }\n";
    let mut site = Site::of(yaml, Some(Postgres::shared().new_database()));
    let place = run(&mut site).await;
    assert_eq!(site.bench.row().status, JobStatus::Succeeded, "{}", site.told());
    assert_eq!(place.asked(), [Freshness::Known, Freshness::Renewed]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn credentials_that_stay_refused_fail_the_job() {
    let mut site = Site::with_warehouse("load.rsql", "select 1;\n", "");
    let mut place = Fickle::new(&site);
    place.warehouse.password = Some(Secret::new("autumn2026"));
    let place = Arc::new(place);
    site.bench.send(1, 0);
    site.start_in(Arc::clone(&place) as _, Vec::new());
    site.bench.until_done().await;
    assert_eq!(site.bench.row().status, JobStatus::Failed);
    assert_eq!(place.asked(), [Freshness::Known, Freshness::Renewed], "no account is locked by many tries");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_shell_script_gets_the_known_password_first_and_a_new_one_at_its_next_attempt() {
    let mut site = Site::with_warehouse(
        "load.sh",
        "test \"$RSPASSWORD\" != spring2026\n",
        ", retry: { attempts: 2, backoff: 1ms, max: 1ms, on: [any] }",
    );
    let place = run(&mut site).await;
    assert_eq!(site.bench.row().status, JobStatus::Succeeded, "{}", site.told());
    assert_eq!(place.asked().last(), Some(&Freshness::Renewed));
    assert_eq!(site.bench.audit().last().unwrap(), "Succeeded 2.0");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_secret_out_of_reach_is_a_failed_connection() {
    let mut site = Site::new("load.rsql", "select 1;\n", ", connection: other");
    run(&mut site).await;
    assert_eq!(site.bench.audit(), ["AttemptStarted 1.0", "Failed 1.0"]);
    let told = site.told();
    assert!(told.contains("the secret of other cannot be read: throttled"), "{told}");
    assert!(told.contains("the connection failed"), "which is worth another try: {told}");
}

fn landed() -> Site {
    let look = "precondition: { s3: \"s3://landing/{{ business_date }}/*.gz\" }, poll: 1s";
    Site::of(&format!("workflow: w\njobs:\n  - {{ id: load, {look} }}\n"), None)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_object_is_waited_for() {
    let mut site = landed();
    let place = Arc::new(Fickle::new(&site));
    let away = PlaceError::Unavailable("list s3://landing: SlowDown".to_owned());
    place.objects.lock().unwrap().extend([Err(away), Ok("a.gz")]);
    site.bench.send(1, 0);
    site.start_in(Arc::clone(&place) as _, Vec::new());
    site.bench.until_done().await;
    assert_eq!(site.bench.row().status, JobStatus::Succeeded);
    assert_eq!(
        site.bench.audit(),
        ["AttemptStarted 1.0", "LookedAt 1.0", "AttemptStarted 1.1", "Succeeded 1.1"]
    );
    let told = site.bench.store.lines(1, LogStream::Worker).join("\n");
    for expect in [
        "looks for an object s3://landing/2026-11-21/*.gz",
        "list s3://landing: SlowDown",
        "found s3://landing/2026-11-21/*.gz as a.gz",
    ] {
        assert!(told.contains(expect), "{told}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bucket_that_is_not_there_fails_the_job() {
    let mut site = landed();
    let place = Arc::new(Fickle::new(&site));
    place
        .objects
        .lock()
        .unwrap()
        .push_back(Err(PlaceError::Refused("there is no bucket landing".to_owned())));
    site.bench.send(1, 0);
    site.start_in(Arc::clone(&place) as _, Vec::new());
    site.bench.until_done().await;
    let row = site.bench.row();
    assert_eq!(
        (row.status, row.result.unwrap().message.as_str()),
        (JobStatus::Failed, "there is no bucket landing")
    );
}
