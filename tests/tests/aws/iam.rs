//! Connections by temporary IAM credentials, in jobs: a small server answers as Redshift and Redshift Serverless do, which the
//! local endpoint does not; the credentials lead to the private PostgreSQL.

use std::sync::{Arc, Mutex};

use fleet_tests::http::{Answer, Reply, Request, Server};
use fleet_tests::postgres::Postgres;
use serde_json::json;

use crate::support::{Fleet, Setup};

/// Notes as whom it runs.
const NOTE: &str =
    "\\set ON_ERROR_STOP on\ninsert into run_log values (:'job_id', :attempt, current_user);\n";

/// What the services know and were asked, shared with whoever answers for them.
struct State {
    host: String,
    port: u16,
    /// Users of the cluster and of the workgroup.
    users: [String; 2],
    /// Of both.
    password: String,
    asked: Vec<String>,
}

/// The services of two warehouses: cluster `prod`, with the user `etl`, and workgroup `night`.
struct Warehouses {
    _server: Server,
    state: Arc<Mutex<State>>,
    users: [String; 2],
}

impl Warehouses {
    /// Starts them, and makes a fleet that finds them.
    fn start() -> (Warehouses, Fleet) {
        let postgres = Postgres::shared();
        let (host, port) = (postgres.host().to_owned(), postgres.port());
        let state =
            State { host, port, users: Default::default(), password: String::new(), asked: Vec::new() };
        let state = Arc::new(Mutex::new(state));
        let kept = Arc::clone(&state);
        let server = Server::start(move |request, _| {
            Reply::Answer(answer(request, &mut kept.lock().expect("nobody panics with it")))
        });
        let endpoint = format!("http://{}", server.address());
        let environment = ["AWS_ENDPOINT_URL_REDSHIFT", "AWS_ENDPOINT_URL_REDSHIFT_SERVERLESS"];
        let environment = environment.map(|name| (name.to_owned(), endpoint.clone())).to_vec();
        let fleet = Fleet::with(Setup { environment, ..Setup::default() });
        // Those of other tests live on the same PostgreSQL.
        let users = [format!("IAM:{}", fleet.stack), format!("IAMR:{}", fleet.stack)];
        state.lock().expect("nobody panics with it").users.clone_from(&users);
        for user in &users {
            fleet
                .database
                .psql(&format!("create role \"{user}\" login; grant insert on run_log to \"{user}\""));
        }
        let warehouses = Warehouses { _server: server, state, users };
        warehouses.change_password("first");
        (warehouses, fleet)
    }

    /// From now on nobody is let in by an older password.
    fn change_password(&self, password: &str) {
        for user in &self.users {
            Postgres::shared().psql(&format!("alter role \"{user}\" password '{password}'"));
        }
        password.clone_into(&mut self.state.lock().expect("nobody panics with it").password);
    }

    /// How often the services were asked this.
    fn asks(&self, name: &str) -> usize {
        let state = self.state.lock().expect("nobody panics with it");
        state.asked.iter().filter(|asked| *asked == name).count()
    }
}

impl Drop for Warehouses {
    fn drop(&mut self) {
        if std::thread::panicking() {
            return;
        }
        // The fleet's database, where they have rights, is gone by then: it was made later.
        for user in &self.users {
            Postgres::shared().psql(&format!("drop role \"{user}\""));
        }
    }
}

fn answer(request: &Request, state: &mut State) -> Answer {
    let target = request.header("x-amz-target").and_then(|target| target.rsplit('.').next());
    let body = request.text();
    let action = || body.split('&').find_map(|pair| pair.strip_prefix("Action="));
    let name = target.or_else(action).unwrap_or_default().to_owned();
    state.asked.push(name.clone());
    let State { host, port, users: [of_cluster, of_workgroup], password, .. } = state;
    let json = |value: serde_json::Value| Answer::new(200, "application/x-amz-json-1.1", value.to_string());
    let xml = |result: String| {
        let space = "http://redshift.amazonaws.com/doc/2012-12-01/";
        let text = format!(
            "<{name}Response xmlns=\"{space}\"><{name}Result>{result}</{name}Result></{name}Response>"
        );
        Answer::new(200, "text/xml", text)
    };
    match name.as_str() {
        "GetClusterCredentials" if body.contains("DbUser=etl") && body.contains("ClusterIdentifier=prod") => {
            xml(format!(
                "<DbUser>{of_cluster}</DbUser><DbPassword>{password}</DbPassword>\
                 <Expiration>2100-01-01T00:00:00Z</Expiration>"
            ))
        }
        "DescribeClusters" => xml(format!(
            "<Clusters><Cluster><Endpoint><Address>{host}</Address><Port>{port}</Port></Endpoint></Cluster></Clusters>"
        )),
        "GetCredentials" => json(json!({
            "dbUser": of_workgroup, "dbPassword": password, "expiration": 4_102_444_800.0,
        })),
        "GetWorkgroup" => json(json!({"workgroup": {"endpoint": {"address": host, "port": port}}})),
        _ => Answer::new(400, "text/plain", format!("{name} is not answered: {body}")),
    }
}

/// The worker's options for both warehouses. The private PostgreSQL has no certificate.
fn connections(fleet: &Fleet) -> [String; 2] {
    let database = fleet.database.database();
    [
        format!("--connection=dw=cluster:prod,database={database},db_user=etl,sslmode=disable"),
        format!("--connection=serverless=workgroup:night,database={database},sslmode=disable"),
    ]
}

#[test]
fn jobs_of_a_cluster_and_a_workgroup_share_their_credentials() {
    let (warehouses, fleet) = Warehouses::start();
    fleet.script("note.rsql", NOTE);
    fleet.script(
        "note.sh",
        "#!/bin/sh\nrsql -X -c \"insert into run_log values ('shell', 1, current_user)\"\n",
    );
    let job = |id: &str, script: &str, connection: &str| json!({"id": id, "script": script, "connection": connection});
    let jobs = json!([
        job("first", "note.rsql", "dw"),
        job("second", "note.rsql", "dw"),
        job("shell", "note.sh", "dw"),
        job("third", "note.rsql", "serverless"),
    ]);
    fleet.define(&json!({"workflow_id": "night", "jobs": jobs}));
    let connections = connections(&fleet);
    let (_source, host) = (fleet.dispatch(), fleet.worker_with(&connections.each_ref().map(String::as_str)));
    fleet.start("night", "run-1");
    fleet.wait_for("run-1", "succeeded");
    assert!(host.terminate().success());

    let [of_cluster, of_workgroup] = &warehouses.users;
    let noted = fleet.database.psql("select job, execution from run_log order by job");
    assert_eq!(
        noted,
        format!("first|{of_cluster}\nsecond|{of_cluster}\nshell|{of_cluster}\nthird|{of_workgroup}")
    );
    for name in ["GetClusterCredentials", "DescribeClusters", "GetCredentials", "GetWorkgroup"] {
        assert_eq!(warehouses.asks(name), 1, "{name}");
    }
}

#[test]
fn refused_credentials_are_asked_for_anew() {
    let (warehouses, fleet) = Warehouses::start();
    fleet.script("note.rsql", NOTE);
    // Nobody is asked twice within some seconds, so that the first tries may be refused, too.
    let retry = json!({"attempts": 100, "backoff": "2s", "max": "2s", "on": ["any"]});
    let jobs = json!([{"id": "note", "script": "note.rsql", "connection": "dw", "retry": retry}]);
    fleet.define(&json!({"workflow_id": "night", "jobs": jobs}));
    let connections = connections(&fleet);
    let (_source, host) = (fleet.dispatch(), fleet.worker_with(&connections.each_ref().map(String::as_str)));
    fleet.start("night", "run-1");
    let seen = fleet.wait_for("run-1", "succeeded");
    assert_eq!(seen.summary(), "note succeeded 1");

    warehouses.change_password("second");
    fleet.start("night", "run-2");
    fleet.wait_for("run-2", "succeeded");
    assert!(host.terminate().success());
    assert_eq!(fleet.database.psql("select count(*) from run_log"), "2");
    assert_eq!(warehouses.asks("GetClusterCredentials"), 2);
}
