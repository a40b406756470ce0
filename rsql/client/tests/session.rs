//! Sessions against a real server: replies, COPY, cancel, lost connections, and the errands of `sessions`.
//!
//! Authentication and TLS are in `login.rs`.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]

use std::time::{Duration, Instant};

use fleet_tests::postgres::{Postgres, StopMode};
use rsql_client::session::Transaction;
use rsql_client::{
    ConnectOptions, Reply, Session, SessionError, Sessions, query_first_cell, terminate_sessions,
};
use tokio_util::sync::CancellationToken;

/// Long enough for a slow machine, short enough to fail a test that hangs.
const PATIENCE: Duration = Duration::from_secs(30);

fn options(server: &Postgres) -> ConnectOptions {
    ConnectOptions::from_uri(server.uri()).unwrap()
}

async fn session() -> Session {
    Session::connect(&options(Postgres::shared())).await.unwrap()
}

/// Runs a query string and shows its replies, one a line.
async fn replies(session: &mut Session, sql: &[u8]) -> Vec<String> {
    session.send_query(sql).await.unwrap();
    let mut shown = Vec::new();
    loop {
        let reply = session.next_reply().await.unwrap();
        shown.push(show(&reply));
        match reply {
            Reply::CopyIn { .. } => {
                session.send_copy_data(b"1\n2\n").await.unwrap();
                session.finish_copy().await.unwrap();
            }
            Reply::Ready(_) => return shown,
            _ => {}
        }
    }
}

fn show(reply: &Reply) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    match reply {
        Reply::Columns(columns) => {
            format!("columns {}", columns.iter().map(|c| text(&c.name)).collect::<Vec<_>>().join(","))
        }
        Reply::Row(row) => {
            let cells = row.cells().map(|c| c.map_or("NULL".to_owned(), text)).collect::<Vec<_>>();
            format!("row {}", cells.join(","))
        }
        Reply::Complete(tag) => format!("complete {}", text(tag)),
        Reply::Error(message) => format!("error {} {}", message.sqlstate(), message.message()),
        Reply::Notice(message) => format!("notice {}", message.message()),
        Reply::Parameter(name, value) => format!("parameter {name}={value}"),
        Reply::CopyData(data) => format!("data {:?}", text(data)),
        Reply::Ready(Transaction::Idle) => "ready".to_owned(),
        other => format!("{other:?}"),
    }
}

/// Waits until `query` answers `expect` on the server.
fn until(server: &Postgres, query: &str, expect: &str) {
    let begun = Instant::now();
    while server.psql(query) != expect {
        assert!(begun.elapsed() < PATIENCE, "{query} never answers {expect}");
    }
}

fn until_asleep(server: &Postgres, session: &Session) {
    let pid = session.backend_pid().unwrap();
    until(server, &format!("select wait_event from pg_stat_activity where pid = {pid}"), "PgSleep");
}

async fn check(sql: &str, expect: &[&str]) {
    let mut session = session().await;
    assert_eq!(replies(&mut session, sql.as_bytes()).await, expect, "{sql}");
    session.close().await;
}

#[tokio::test]
async fn replies_come_in_the_order_of_the_protocol() {
    check("select 1 as a, null as b", &["columns a,b", "row 1,NULL", "complete SELECT 1", "ready"]).await;
    check("", &["Empty", "ready"]).await;
    check(
        "select 1 as x; select 2/0 as y; select 3",
        &["columns x", "row 1", "complete SELECT 1", "error 22012 division by zero", "ready"],
    )
    .await;
    check("do $$ begin raise notice 'hi'; end $$", &["notice hi", "complete DO", "ready"]).await;
    check("set application_name = 'x'", &["complete SET", "parameter application_name=x", "ready"]).await;
    check("begin", &["complete BEGIN", "Ready(Open)"]).await;
    check("begin; select 1/0", &["complete BEGIN", "error 22012 division by zero", "Ready(Failed)"]).await;
}

#[tokio::test]
async fn copy_goes_both_ways() {
    check(
        "create temp table t (a int); copy t from stdin; copy t to stdout",
        &[
            "complete CREATE TABLE",
            "CopyIn { binary: false }",
            "complete COPY 2",
            "CopyOut { binary: false }",
            "data \"1\\n\"",
            "data \"2\\n\"",
            "CopyDone",
            "complete COPY 2",
            "ready",
        ],
    )
    .await;
}

#[tokio::test]
async fn a_failed_copy_leaves_the_session_usable() {
    let mut session = session().await;
    replies(&mut session, b"create temp table t (a int)").await;
    session.send_query(b"copy t from stdin").await.unwrap();
    assert!(matches!(session.next_reply().await, Ok(Reply::CopyIn { binary: false })));
    session.fail_copy("changed my mind").await.unwrap();
    let Ok(Reply::Error(message)) = session.next_reply().await else { panic!("no error") };
    assert!(message.message().contains("changed my mind"), "{message}");
    assert!(matches!(session.next_reply().await, Ok(Reply::Ready(Transaction::Idle))));
    assert_eq!(replies(&mut session, b"select 1 as a").await[1], "row 1");
}

#[tokio::test]
async fn text_that_is_not_utf8_passes_through() {
    let database = Postgres::shared().new_database();
    let ascii = format!("{}_ascii", database.database());
    let admin = Postgres::shared();
    admin.psql(&format!("create database {ascii} encoding 'SQL_ASCII' locale 'C' template template0"));
    let mut session =
        Session::connect(&ConnectOptions { database: ascii.clone(), ..options(admin) }).await.unwrap();
    session.send_query(b"select 'a\xffb' as \"n\xfe\"").await.unwrap();
    let Ok(Reply::Columns(columns)) = session.next_reply().await else { panic!("no columns") };
    assert_eq!(&columns[0].name[..], b"n\xfe");
    let Ok(Reply::Row(row)) = session.next_reply().await else { panic!("no row") };
    assert_eq!(row.cells().collect::<Vec<_>>(), [Some(&b"a\xffb"[..])]);
    session.close().await;
    admin.psql(&format!("drop database {ascii} with (force)"));
}

#[tokio::test]
async fn query_group_is_set_where_known_and_ignored_elsewhere() {
    // PostgreSQL has no such setting: connecting works, and the session is clean.
    let with_group =
        ConnectOptions { query_group: Some("it's etl".to_owned()), ..options(Postgres::shared()) };
    let mut session = Session::connect(&with_group).await.unwrap();
    assert_eq!(
        replies(&mut session, b"select 1 as a").await,
        ["columns a", "row 1", "complete SELECT 1", "ready"]
    );
}

#[tokio::test]
async fn a_running_query_is_cancelled_from_elsewhere() {
    let mut session = session().await;
    let canceller = session.canceller();
    let begun = Instant::now();
    session.send_query(b"select pg_sleep(60)").await.unwrap();
    // A request that comes before the query has begun would be lost.
    until_asleep(Postgres::shared(), &session);
    canceller.cancel().await.unwrap();
    let mut error = None;
    loop {
        match session.next_reply().await.unwrap() {
            Reply::Error(message) => error = Some(message.sqlstate()),
            Reply::Ready(_) => break,
            _ => {}
        }
    }
    assert_eq!(error.as_deref(), Some("57014"));
    assert!(begun.elapsed() < PATIENCE);
}

#[tokio::test]
async fn a_lost_connection_is_told_from_a_refused_statement() {
    let mut session = session().await;
    let pid = session.backend_pid().unwrap();
    Postgres::shared().psql(&format!("select pg_terminate_backend({pid}, 10000)"));
    session.send_query(b"select 1").await.ok();
    let mut fatal = None;
    let error = loop {
        match session.next_reply().await {
            Ok(Reply::Error(message)) => fatal = Some(message),
            Ok(_) => {}
            Err(error) => break error,
        }
    };
    let fatal = fatal.expect("the server says why before it closes");
    assert!(fatal.is_fatal());
    assert_eq!(fatal.sqlstate(), "57P01");
    assert!(matches!(error, SessionError::ConnectionLost(_)), "{error:?}");
    assert!(error.ends_session());
}

#[tokio::test]
async fn a_server_that_dies_is_noticed() {
    let server = Postgres::start();
    let mut session = Session::connect(&options(&server)).await.unwrap();
    session.send_query(b"select pg_sleep(60)").await.unwrap();
    until_asleep(&server, &session);
    server.stop(StopMode::Immediate);
    let ended = tokio::time::timeout(PATIENCE, async {
        loop {
            if let Err(error) = session.next_reply().await {
                return error;
            }
        }
    });
    assert!(matches!(ended.await.unwrap(), SessionError::ConnectionLost(_)));
    let refused = Session::connect(&options(&server)).await.unwrap_err();
    let expect = format!(
        "connection to server at \"127.0.0.1\", port {} failed: Connection refused\n\
         \tIs the server running on that host and accepting TCP/IP connections?",
        server.port()
    );
    assert_eq!(refused.to_string(), expect);
}

#[tokio::test]
async fn a_server_that_says_nothing_runs_into_the_timeout() {
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = silent.local_addr().unwrap().port();
    let mut options = ConnectOptions::from_uri(&format!("postgresql://u@127.0.0.1:{port}/d")).unwrap();
    options.connect_timeout = Some(Duration::from_millis(200));
    let error = Session::connect(&options).await.unwrap_err().to_string();
    assert_eq!(error, format!("connection to server at \"127.0.0.1\", port {port} failed: timeout expired"));
}

#[tokio::test]
async fn rows_wait_for_their_reader() {
    // 400 MB would not fit in any buffer on the way: the server is held up after the first rows.
    let mut session = session().await;
    session.send_query(b"select repeat('x', 100000) from generate_series(1, 4000)").await.unwrap();
    for _ in 0..3 {
        session.next_reply().await.unwrap();
    }
    let pid = session.backend_pid().unwrap();
    let waiting = format!("select wait_event from pg_stat_activity where pid = {pid}");
    until(Postgres::shared(), &waiting, "ClientWrite");
    let mut rows = 2;
    loop {
        match session.next_reply().await.unwrap() {
            Reply::Row(_) => rows += 1,
            Reply::Ready(_) => break,
            _ => {}
        }
    }
    assert_eq!(rows, 4000);
}

#[tokio::test]
async fn the_first_cell_answers_a_precondition() {
    let options = options(Postgres::shared());
    let token = CancellationToken::new();
    for (sql, expect) in [
        ("select true, false", Some("t")),
        ("select null", None),
        ("select 1 where false", None),
        ("create temp table x (a int); select count(*) from x", Some("0")),
    ] {
        let cell = query_first_cell(&options, Sessions::Fresh, sql, &token).await.unwrap();
        assert_eq!(cell.as_deref(), expect, "{sql}");
    }
    let refused = query_first_cell(&options, Sessions::Fresh, "select nothing", &token).await.unwrap_err();
    assert!(matches!(&refused, SessionError::Server(m) if m.sqlstate() == "42703"), "{refused:?}");
    let copy =
        query_first_cell(&options, Sessions::Fresh, "create temp table x (a int); copy x from stdin", &token)
            .await;
    assert!(matches!(copy, Err(SessionError::Server(_))));
}

#[tokio::test]
async fn a_precondition_can_be_cancelled() {
    let server = Postgres::shared();
    let mut options = options(server);
    options.application_name = format!("cancelled-{}", std::process::id());
    let token = CancellationToken::new();
    let running = tokio::spawn({
        let (options, token) = (options.clone(), token.clone());
        async move { query_first_cell(&options, Sessions::Fresh, "select pg_sleep(60)", &token).await }
    });
    let sessions = format!(
        "select count(*) from pg_stat_activity where application_name = '{}' and query like '%pg_sleep%'",
        options.application_name
    );
    let gone = sessions.clone();
    // On a thread of its own, since the query under test runs on this one.
    tokio::task::spawn_blocking(move || until(server, &sessions, "1")).await.unwrap();
    token.cancel();
    assert!(matches!(running.await.unwrap(), Err(SessionError::Cancelled)));
    until(server, &gone, "0");
}

#[tokio::test]
async fn sessions_are_ended_by_their_name() {
    let server = Postgres::shared();
    let name = format!("rsql/lost'worker/{}/{}", std::process::id(), "x".repeat(80));
    let named = ConnectOptions { application_name: name.clone(), ..options(server) };
    let mut lost = Session::connect(&named).await.unwrap();
    let _other = session().await;
    // Another fleet's, whose execution has the same id.
    let elsewhere = server.new_database();
    let same_name = ConnectOptions { application_name: name.clone(), ..options(&elsewhere) };
    let mut spared = Session::connect(&same_name).await.unwrap();
    assert_eq!(terminate_sessions(&options(server), &name).await.unwrap(), 1);
    assert_eq!(terminate_sessions(&options(server), &name).await.unwrap(), 0);
    lost.send_query(b"select 1").await.ok();
    while lost.next_reply().await.is_ok() {}
    assert!(replies(&mut spared, b"select 1").await.contains(&"complete SELECT 1".to_owned()));
}
