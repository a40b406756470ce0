//! The warehouse stand-in keeps its promises: found by tests, stopped and started with its data, and gone
//! when its owner is gone.

use std::process::Command;
use std::time::{Duration, Instant};

use fleet_tests::postgres::{Postgres, StopMode};

const DEADLINE: Duration = Duration::from_secs(20);

#[test]
fn a_private_server_survives_restarts_with_its_data() {
    let server = Postgres::start();
    server.psql("create table t as select 42 as x");
    server.restart(StopMode::Immediate);
    assert_eq!(server.psql("select x from t"), "42");
    server.stop(StopMode::Fast);
    assert!(!reachable(&server), "it still answers after stop");
    server.start_again();
    assert_eq!(server.psql("select x from t"), "42");
}

#[test]
fn databases_of_a_shared_server_are_apart() {
    let shared = Postgres::shared();
    let (one, two) = (shared.new_database(), shared.new_database());
    one.psql("create table t as select 1 as x");
    two.psql("create table t as select 2 as x");
    assert_eq!((one.psql("select x from t"), two.psql("select x from t")), ("1".to_owned(), "2".to_owned()));
    let name = one.database().to_owned();
    drop(one);
    assert_eq!(shared.psql(&format!("select count(*) from pg_database where datname = '{name}'")), "0");
}

#[test]
fn a_wrong_password_is_refused() {
    let server = Postgres::shared();
    let uri = server.uri().replace(server.password(), "wrong");
    let output = Command::new(server.psql_path()).args(["-X", "-d", &uri, "-c", "select 1"]).output();
    let message = String::from_utf8_lossy(&output.expect("psql starts").stderr).into_owned();
    assert!(message.contains("password authentication failed"), "{message}");
}

#[test]
fn a_server_is_gone_when_its_owner_was_killed() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/postgres.sh");
    let command =
        r#"eval "$(bash "$0" start "$1" --until $$)" && printf %s "$FLEET_TEST_PG" > "$2" && kill -9 $$"#;
    let noted = dir.path().join("uri");
    let mut owner = Command::new("bash");
    owner.args(["-c", command, script]).arg(dir.path().join("server")).arg(&noted);
    owner.stderr(std::process::Stdio::null()).status().expect("bash starts");
    let uri = std::fs::read_to_string(&noted).expect("the server was started before its owner was killed");
    let address = uri.rsplit_once('@').and_then(|(_, rest)| rest.split_once('/')).expect("host and port").0;
    let deadline = Instant::now() + DEADLINE;
    while std::net::TcpStream::connect(address).is_ok() {
        assert!(Instant::now() < deadline, "the server at {address} outlives its owner");
        // The pause between two looks.
        std::thread::park_timeout(Duration::from_millis(50));
    }
}

fn reachable(server: &Postgres) -> bool {
    std::net::TcpStream::connect((server.host(), server.port())).is_ok()
}
