//! Servers that cannot reset a session in full: a script there gets a session of its own, under its own name from the login
//! on, and the server is not asked again.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use rsql_client::{ConnectOptions, SessionPool, Sessions, query_first_cell};
use tokio_util::sync::CancellationToken;

/// Process id in the login of every session.
const PID: i32 = 7;

/// The server and its listener.
const HOLDERS_AT_REST: usize = 2;
/// Long enough for a slow machine, short enough to fail a test that hangs.
const PATIENCE: Duration = Duration::from_secs(30);

/// What a server says of itself.
#[derive(Clone, Copy)]
struct Kind {
    /// The parameter of the login.
    server_version: &'static str,
    /// The answer to `version()`.
    version: &'static str,
    /// The answer to `pg_backend_pid()`.
    pid: i32,
    /// Languages beside the usual ones.
    languages: Option<&'static str>,
    /// Whether a change of the session's name is reported.
    reports_name: bool,
    /// SQLSTATE of the answer to `DISCARD ALL`.
    refuses: Option<&'static str>,
}

/// A PostgreSQL that can do all that is asked.
const GOOD: Kind = Kind {
    server_version: "15.18",
    version: "PostgreSQL 15.18 on x86_64-pc-linux-gnu",
    pid: PID,
    languages: None,
    reports_name: true,
    refuses: None,
};

/// A server that takes any number of sessions, and what they have said, one line a login or query.
struct Server {
    port: u16,
    said: Arc<Mutex<Vec<String>>>,
}

impl Server {
    fn start(kind: Kind) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let said = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&said);
        // Ends with the process: it waits for sessions as long as there may be any.
        std::thread::spawn(move || {
            for socket in listener.incoming() {
                let log = Arc::clone(&log);
                std::thread::spawn(move || serve(socket.unwrap(), kind, &log));
            }
        });
        Server { port, said }
    }

    /// Three scripts (a precondition's query will do) one after the other; gives what the server has heard.
    async fn three_scripts(&self) -> Vec<String> {
        let pool = SessionPool::default();
        for name in ["rsql/x/a/1", "rsql/x/b/1", "rsql/x/c/1"] {
            let uri = format!(
                "postgresql://u@127.0.0.1:{}/d?sslmode=disable&application_name={name}&query_group={name}",
                self.port
            );
            let connect = ConnectOptions::from_uri(&uri).unwrap();
            let taken = pool.take(&connect).await.map(Box::new);
            let sessions = Sessions::Kept { pool: pool.clone(), taken };
            let token = CancellationToken::new();
            let cell = query_first_cell(&connect, sessions, "select work", &token).await.unwrap();
            assert_eq!(cell.as_deref(), Some("1"));
        }
        pool.close().await;
        // The last words of a session may still be on their way: each that is served holds the list.
        let begun = Instant::now();
        while Arc::strong_count(&self.said) > HOLDERS_AT_REST {
            assert!(begun.elapsed() < PATIENCE, "a session was not closed");
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        self.said.lock().unwrap().clone()
    }
}

fn serve(mut socket: TcpStream, kind: Kind, said: &Mutex<Vec<String>>) {
    let mut length = [0; 4];
    socket.read_exact(&mut length).unwrap();
    let startup = String::from_utf8(body(&mut socket, length)).unwrap();
    let name = startup.split('\0').skip_while(|part| *part != "application_name").nth(1).unwrap_or_default();
    said.lock().unwrap().push(format!("login {name}"));
    let welcome = [
        message(b'R', &0_i32.to_be_bytes()),
        parameter("server_version", kind.server_version),
        parameter("application_name", name),
        message(b'K', &[PID.to_be_bytes(), 9_i32.to_be_bytes()].concat()),
        message(b'Z', b"I"),
    ];
    socket.write_all(&welcome.concat()).unwrap();
    let mut tag = [0];
    // The other side may be gone without a word.
    while socket.read_exact(&mut tag).is_ok() && tag == *b"Q" {
        socket.read_exact(&mut length).unwrap();
        let sql = String::from_utf8(body(&mut socket, length)).unwrap();
        let sql = sql.trim_end_matches('\0');
        said.lock()
            .unwrap()
            .push(sql.split(" TO -").next().unwrap().split(" TO 0").next().unwrap().to_owned());
        if socket.write_all(&answer(sql, kind, name)).is_err() {
            return;
        }
    }
}

fn answer(sql: &str, kind: Kind, login_name: &str) -> Vec<u8> {
    let mut parts = Vec::new();
    if !kind.reports_name {
        // As a server too old, or a proxy, that says nothing of names after the login.
    } else if let Some((_, name)) = sql.split_once("application_name TO ") {
        parts.push(parameter("application_name", name.trim_matches('\'')));
    } else if sql == "DISCARD ALL" {
        parts.push(parameter("application_name", login_name));
    }
    match kind.refuses.filter(|_| sql == "DISCARD ALL") {
        Some(code) => parts.push(message(b'E', format!("SERROR\0VERROR\0C{code}\0Mno\0\0").as_bytes())),
        None if sql.contains("pg_backend_pid") => {
            parts.push(row(&[Some(&kind.pid.to_string()), Some(kind.version), kind.languages, None]));
        }
        None if sql == "select work" => parts.push(row(&[Some("1")])),
        None => parts.push(message(b'C', b"DONE\0")),
    }
    parts.push(message(b'Z', b"I"));
    parts.concat()
}

fn body(socket: &mut TcpStream, length: [u8; 4]) -> Vec<u8> {
    let mut body = vec![0; usize::try_from(u32::from_be_bytes(length)).unwrap() - 4];
    socket.read_exact(&mut body).unwrap();
    // The version of the protocol, in the first message, is no text.
    if body.starts_with(&[0, 3, 0, 0]) { body.split_off(4) } else { body }
}

fn message(tag: u8, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len() + 4).unwrap();
    [&[tag], &length.to_be_bytes()[..], body].concat()
}

fn parameter(name: &str, value: &str) -> Vec<u8> {
    message(b'S', format!("{name}\0{value}\0").as_bytes())
}

fn row(cells: &[Option<&str>]) -> Vec<u8> {
    let mut body = u16::try_from(cells.len()).unwrap().to_be_bytes().to_vec();
    for cell in cells {
        let length = cell.map_or(-1, |text| i32::try_from(text.len()).unwrap());
        body.extend_from_slice(&length.to_be_bytes());
        body.extend_from_slice(cell.unwrap_or_default().as_bytes());
    }
    [message(b'D', &body), message(b'C', b"SELECT 1\0")].concat()
}

#[tokio::test]
async fn a_server_that_can_is_asked_for_one_session() {
    let said = Server::start(GOOD).three_scripts().await;
    let proof = said.iter().find(|sql| sql.contains("pg_backend_pid")).unwrap().clone();
    let expect = [
        "login rsql/at-rest",
        "SET seed",
        "select work",
        "DISCARD ALL",
        // Once a session.
        &proof,
        "SET seed",
        "select work",
        "DISCARD ALL",
        "SET seed",
        "select work",
        "DISCARD ALL",
    ];
    assert_eq!(said, expect);
}

#[tokio::test]
async fn redshift_is_left_alone() {
    let expect = [
        "login rsql/at-rest",
        "login rsql/x/a/1",
        "SET query_group TO 'rsql/x/a/1'",
        "select work",
        "login rsql/x/b/1",
        "SET query_group TO 'rsql/x/b/1'",
        "select work",
        "login rsql/x/c/1",
        "SET query_group TO 'rsql/x/c/1'",
        "select work",
    ];
    let redshift = Kind { server_version: "8.0.2", version: "PostgreSQL 8.0.2, Redshift 1.0.1", ..GOOD };
    assert_eq!(Server::start(redshift).three_scripts().await, expect);
    let old = Kind { server_version: "9.3.25", version: "PostgreSQL 9.3.25", ..GOOD };
    let said = Server::start(old).three_scripts().await;
    assert!(!said.iter().any(|sql| sql == "DISCARD ALL"), "{said:?}");
    assert!(said.contains(&"login rsql/x/c/1".to_owned()), "{said:?}");
}

#[tokio::test]
async fn a_server_that_fails_the_first_reset_is_not_asked_again() {
    for (kind, why) in [
        (Kind { refuses: Some("0A000"), ..GOOD }, "not supported"),
        (Kind { refuses: Some("42601"), ..GOOD }, "not known"),
        (Kind { pid: 8, ..GOOD }, "a pooler"),
        (Kind { version: "PostgreSQL 9.4.26 (Greenplum Database 6.25.3)", ..GOOD }, "Greenplum"),
        (Kind { version: "CockroachDB CCL v23.1", ..GOOD }, "CockroachDB"),
        (Kind { languages: Some("plperl"), ..GOOD }, "PL/Perl"),
    ] {
        let said = Server::start(kind).three_scripts().await;
        let logins: Vec<&String> = said.iter().filter(|line| line.starts_with("login")).collect();
        assert_eq!(logins, ["login rsql/at-rest", "login rsql/x/b/1", "login rsql/x/c/1"], "{why}");
        assert_eq!(said.iter().filter(|sql| *sql == "DISCARD ALL").count(), 1, "{why}");
        assert_eq!(said.iter().filter(|sql| *sql == "select work").count(), 3, "{why}");
    }
}

#[tokio::test]
async fn a_server_that_does_not_confirm_names_is_left_alone() {
    let said = Server::start(Kind { reports_name: false, ..GOOD }).three_scripts().await;
    let expect = [
        "login rsql/at-rest",
        "SET seed",
        "login rsql/x/a/1",
        "select work",
        "login rsql/x/b/1",
        "select work",
        "login rsql/x/c/1",
        "select work",
    ];
    assert_eq!(said, expect);
}

#[tokio::test]
async fn a_passing_error_costs_the_session_alone() {
    let said = Server::start(Kind { refuses: Some("53200"), ..GOOD }).three_scripts().await;
    let logins: Vec<&String> = said.iter().filter(|line| line.starts_with("login")).collect();
    assert_eq!(logins, ["login rsql/at-rest"; 3]);
}
