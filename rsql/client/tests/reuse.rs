//! Sessions that serve one script after the other, on a real server: nothing leaks from one to the next, and none that is
//! dead, cancelled or changed for good is handed out. Odd servers are in `reuse_refused.rs`.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]

use std::time::{Duration, Instant};

use fleet_tests::postgres::{Postgres, StopMode};
use rsql_client::reuse::{Limits, NAME_AT_REST};
use rsql_client::{
    ConnectOptions, Ending, RunReport, ScriptRun, SessionPool, Sessions, ShellPolicy, Stream,
    query_first_cell, run_script, terminate_sessions,
};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// Long enough for a slow machine, short enough to fail a test that hangs.
const PATIENCE: Duration = Duration::from_secs(30);
/// The sessions of a script are named after it.
const NAMES: [&str; 3] = ["rsql/x/a/1", "rsql/x/b/1", "rsql/x/c/1"];

/// A pool, a place for scripts, and where they connect.
struct Bench {
    pool: SessionPool,
    root: tempfile::TempDir,
    connect: ConnectOptions,
}

impl Bench {
    fn new(server: &Postgres) -> Bench {
        Bench::with(server, SessionPool::default())
    }

    fn with(server: &Postgres, pool: SessionPool) -> Bench {
        let connect = ConnectOptions::from_uri(server.uri()).unwrap();
        Bench { pool, root: tempfile::tempdir().unwrap(), connect }
    }

    fn named(&self, name: &str) -> ConnectOptions {
        ConnectOptions { application_name: name.to_owned(), ..self.connect.clone() }
    }

    fn run_in(&self, sessions: Sessions, name: &str, text: &str) -> ScriptRun {
        let script = self.root.path().join(format!("{}.rsql", name.replace('/', "_")));
        std::fs::write(&script, text).unwrap();
        ScriptRun {
            script,
            script_root: self.root.path().to_owned(),
            connect: self.named(name),
            sessions,
            variables: Vec::new(),
            environment: Vec::new(),
            shell: ShellPolicy::Denied,
            program_name: "rsql".to_owned(),
            not_after: None,
        }
    }

    async fn kept(&self, name: &str) -> Sessions {
        let taken = self.pool.take(&self.named(name)).await.map(Box::new);
        Sessions::Kept { pool: self.pool.clone(), taken }
    }

    /// Runs a script in a session of the pool: what it writes, and the server's process.
    async fn run(&self, name: &str, text: &str) -> (String, i32) {
        let (shown, report) = show(self.run_in(self.kept(name).await, name, text)).await;
        (shown, report.backend_pid.unwrap())
    }

    async fn run_fresh(&self, name: &str, text: &str) -> String {
        show(self.run_in(Sessions::Fresh, name, text)).await.0
    }
}

async fn show(run: ScriptRun) -> (String, RunReport) {
    let (out, mut received) = mpsc::channel(4);
    let running = tokio::spawn(run_script(run, out, CancellationToken::new()));
    let mut shown = String::new();
    while let Some(line) = received.recv().await {
        let mark = if line.stream == Stream::Stderr { "! " } else { "" };
        shown.push_str(&format!("{mark}{}\n", String::from_utf8_lossy(&line.bytes)));
    }
    (shown, running.await.unwrap())
}

async fn until(server: &Postgres, sql: &str, expect: &str) {
    let begun = Instant::now();
    while tokio::task::block_in_place(|| server.psql(sql)) != expect {
        assert!(begun.elapsed() < PATIENCE, "never {expect}: {sql}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn alive(pid: i32) -> String {
    format!("select count(*) from pg_stat_activity where pid = {pid}")
}

/// What a script may leave behind, and how another would see it.
const LEAKS: [(&str, &str); 31] = [
    ("set work_mem = '77MB';", "show work_mem;"),
    ("set session search_path to pg_catalog;", "show search_path;"),
    ("set timezone to 'Asia/Tokyo'; set datestyle to german;", "show timezone; show datestyle;"),
    ("set session_replication_role = replica;", "show session_replication_role;"),
    (
        "set session characteristics as transaction isolation level serializable, read only;",
        "show transaction_isolation; create table not_read_only (x int); drop table not_read_only;",
    ),
    ("set default_transaction_read_only = on;", "show default_transaction_read_only;"),
    ("set client_encoding to latin1;", "show client_encoding;\n\\encoding\n\\echo :ENCODING"),
    ("set standard_conforming_strings = off;", "select 'a\\\\b';\n\\set x 'a\\\\b'\nselect :'x';"),
    ("set application_name to 'mine';", "show application_name;"),
    ("set role reuse_somebody;", "select current_user = session_user; show role;"),
    (
        "set session authorization reuse_somebody;",
        "select session_user = 'reuse_somebody'; show is_superuser;",
    ),
    ("create temp table t (x int);", "select to_regclass('pg_temp.t');"),
    ("create temp view v as select 1;", "select to_regclass('pg_temp.v');"),
    ("create temp sequence s; select nextval('s');", "select to_regclass('pg_temp.s'); select lastval();"),
    // The schema of temporary objects stays, and nothing in it.
    (
        "create function pg_temp.seven() returns int language sql as 'select 7';",
        "select count(*) from pg_proc where proname = 'seven';",
    ),
    ("create type pg_temp.pair as (a int, b int);", "select count(*) from pg_type where typname = 'pair';"),
    ("select nextval('numbers');", "select currval('numbers');"),
    ("prepare p as select 1;", "execute p; select count(*) from pg_prepared_statements;"),
    ("declare c cursor with hold for select 1;", "select count(*) from pg_cursors; fetch c;"),
    ("listen changes;", "select count(*) from pg_listening_channels(); notify changes;\nselect 1;"),
    (
        "select pg_advisory_lock(42), pg_advisory_lock_shared(43);",
        "select count(*) from pg_locks where locktype = 'advisory' and pid = pg_backend_pid();",
    ),
    ("begin; create table half_done (x int);", "select to_regclass('half_done');"),
    ("begin; select 1/0;", "select 'goes on';"),
    ("begin; savepoint a; select pg_notify('changes', 'late');", "savepoint b;"),
    ("begin; select lo_open(lo_create(0), 131072);", "select lo_tell(0);"),
    (
        "delete from drawn; select setseed(0.5); insert into drawn select random(); select setseed(0.5);",
        "select random() in (table drawn);",
    ),
    (
        "set statement_timeout = '20s'; set lock_timeout = '21s';",
        "show statement_timeout; show lock_timeout;",
    ),
    ("copy numbered from stdin;\n1\n", "select 'no copy';"),
    ("\\set mine 1\n\\set ON_ERROR_STOP on", "\\echo :mine :ON_ERROR_STOP"),
    ("select 1/0;", "\\echo :LAST_ERROR_MESSAGE :LAST_ERROR_SQLSTATE :ERROR :ROW_COUNT :ACTIVITYCOUNT"),
    ("\\pset tuples_only on\n\\timing on\n\\rset rformat on", "\\pset tuples_only\n\\rset width\n\\timing"),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_leaks_from_one_script_to_the_next() {
    let server = Postgres::shared().new_database();
    server.psql("create sequence numbers; create table drawn (v float8); create table numbered (x int)");
    server.psql("do $$ begin create role reuse_somebody; exception when duplicate_object then null; end $$");
    let bench = Bench::new(&server);
    for (leave, look) in LEAKS {
        let expect = bench.run_fresh(NAMES[1], look).await;
        let together = bench.run_fresh(NAMES[1], &format!("\\o /dev/null\n{leave}\n\\.\n\\o\n{look}")).await;
        assert_ne!(together, expect, "the look does not show what is left: {leave}");

        let (_, first) = bench.run(NAMES[0], leave).await;
        let (seen, second) = bench.run(NAMES[1], look).await;
        assert_eq!(seen, expect, "{leave}");
        assert_eq!(second, first, "not in the same session: {leave}");
    }
}

/// What no reset undoes, or makes other sessions out of date.
const LASTING: [&str; 8] = [
    "load 'plpgsql';",
    "set my.batch = 7;",
    "select set_config('my.batch', '7', false);",
    "do $$ begin execute 'load ''plpgsql'''; end $$;",
    "select slot_name from pg_create_physical_replication_slot('reuse_test', true, true);",
    "alter database :DBNAME set work_mem = '9MB';",
    "\\connect - - - -",
    "\\connect - - - -\n\\connect - - - -\nselect 1;",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_that_no_reset_restores_is_closed() {
    let server = Postgres::shared().new_database();
    let bench = Bench::new(&server);
    for leave in LASTING {
        let (_, first) = bench.run(NAMES[0], "select 1;").await;
        let (_, second) = bench.run(NAMES[1], leave).await;
        let look = "select current_setting('my.batch', true) is null; show application_name;";
        let (seen, third) = bench.run(NAMES[2], look).await;
        assert!(third != first && third != second, "{leave}");
        assert_eq!(seen, bench.run_fresh(NAMES[2], look).await, "{leave}");
        until(&server, &alive(first), "0").await;
        until(&server, &alive(second), "0").await;
        bench.pool.take(&bench.named("rsql/x/d/1")).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_changed_default_is_known_to_the_next_script() {
    let server = Postgres::shared().new_database();
    let bench = Bench::new(&server);
    // One rests while the other changes what both began with.
    let resting = bench.pool.open(&bench.named(NAMES[0])).await.unwrap();
    let pid = resting.backend_pid().unwrap();
    let run = bench.run_in(
        Sessions::Kept { pool: bench.pool.clone(), taken: Some(Box::new(resting)) },
        NAMES[0],
        "select 1;",
    );
    let other = bench.pool.open(&bench.named(NAMES[1])).await.unwrap();
    show(run).await;
    let change = "alter database :DBNAME set work_mem = '9MB';";
    let sessions = Sessions::Kept { pool: bench.pool.clone(), taken: Some(Box::new(other)) };
    show(bench.run_in(sessions, NAMES[1], change)).await;
    let (seen, next) = bench.run(NAMES[2], "\\pset tuples_only\nshow work_mem;").await;
    assert!(seen.contains("9MB") && next != pid, "{seen}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_carries_its_scripts_name_and_no_other() {
    let server = Postgres::shared().new_database();
    let bench = Bench::new(&server);
    let rest = "select application_name, state from pg_stat_activity where datname = current_database() \
                and pid <> pg_backend_pid()";
    let (_, first) = bench.run(NAMES[0], "select 1;").await;
    until(&server, rest, &format!("{NAME_AT_REST}|idle")).await;
    // What leads back to the name of the login leads to the script's own.
    let look = "select application_name from pg_stat_activity where pid = pg_backend_pid();\n";
    for text in [
        "",
        "reset application_name;",
        "reset all;",
        "discard all;",
        "set application_name to default;",
        "begin; reset all; select 1;",
        "begin; reset all; commit;",
        "begin; reset all; rollback;",
        "begin; reset all\\; select 1/0;\nrollback;",
        "begin; reset all; select 1/0; rollback;",
        "set application_name to 'mine'; reset application_name;",
        "do $$ begin execute 'reset all'; end $$;",
    ] {
        let (seen, pid) = bench.run(NAMES[1], &format!("\\o /dev/null\n{text}\n\\o\n{look}")).await;
        assert!(seen.contains(NAMES[1]), "{text}: {seen}");
        assert_eq!(pid, first, "{text}");
    }
    // A name of the script's own choice stays, as in a session of its own.
    let (seen, _) = bench.run(NAMES[1], &format!("set application_name to 'mine';\n{look}")).await;
    assert!(seen.contains("mine"), "{seen}");
    // So is one after `\connect`.
    let (seen, _) = bench.run(NAMES[2], &format!("\\connect - - - -\nreset all;\n{look}")).await;
    assert!(seen.contains(NAMES[2]), "{seen}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn dead_sessions_are_replaced_unseen() {
    let server = Postgres::start();
    let bench = Bench::new(&server);
    let (expect, first) = bench.run(NAMES[0], "select 'fine';").await;
    server.psql(&format!("select pg_terminate_backend({first}, 10000)"));
    let (seen, second) = bench.run(NAMES[1], "select 'fine';").await;
    assert_eq!(seen, expect);
    assert_ne!(first, second);
    for mode in [StopMode::Fast, StopMode::Immediate] {
        tokio::task::block_in_place(|| server.restart(mode));
        assert_eq!(bench.run(NAMES[2], "select 'fine';").await.0, expect);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_that_is_ended_at_work_is_lost_and_not_kept() {
    let server = Postgres::shared().new_database();
    let bench = Bench::new(&server);
    let (_, first) = bench.run(NAMES[0], "select 1;").await;
    let run = bench.run_in(bench.kept(NAMES[1]).await, NAMES[1], "reset all;\nselect pg_sleep(60);\n");
    let running = tokio::spawn(show(run));
    let asleep =
        format!("select count(*) from pg_stat_activity where pid = {first} and query like '%pg_sleep%'");
    until(&server, &asleep, "1").await;
    // By the name of the attempt, as a worker does that takes it over.
    assert_eq!(terminate_sessions(&bench.connect, NAMES[0]).await.unwrap(), 0);
    assert_eq!(terminate_sessions(&bench.connect, NAMES[1]).await.unwrap(), 1);
    let (_, report) = running.await.unwrap();
    assert!(matches!(report.ending, Ending::ConnectionLost(_)), "{:?}", report.ending);
    let (_, next) = bench.run(NAMES[2], "select 1;").await;
    assert_ne!(next, first);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cancelled_scripts_session_is_closed() {
    let server = Postgres::shared().new_database();
    let bench = Bench::new(&server);
    let (_, first) = bench.run(NAMES[0], "select 1;").await;
    let run = bench.run_in(bench.kept(NAMES[1]).await, NAMES[1], "select pg_sleep(60);\n");
    let (out, mut received) = mpsc::channel(4);
    let cancel = CancellationToken::new();
    let running = tokio::spawn(run_script(run, out, cancel.clone()));
    let asleep =
        format!("select count(*) from pg_stat_activity where pid = {first} and query like '%pg_sleep%'");
    until(&server, &asleep, "1").await;
    cancel.cancel();
    while received.recv().await.is_some() {}
    assert_eq!(running.await.unwrap().ending, Ending::Cancelled);
    assert!(bench.pool.take(&bench.named(NAMES[2])).await.is_none());
    until(&server, &alive(first), "0").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sessions_rest_and_serve_for_a_limited_time() {
    let server = Postgres::shared().new_database();
    let briefly = Limits { idle: Duration::from_millis(50), ..Limits::default() };
    let bench = Bench::with(&server, SessionPool::new(briefly));
    for _ in 0..2 {
        let (_, pid) = bench.run(NAMES[0], "select 1;").await;
        until(&server, &alive(pid), "0").await;
    }
    let once = Limits { lifetime: Duration::ZERO, ..Limits::default() };
    let bench = Bench::with(&server, SessionPool::new(once));
    let (_, first) = bench.run(NAMES[0], "select 1;").await;
    let (_, second) = bench.run(NAMES[0], "select 1;").await;
    assert_ne!(first, second);
    until(&server, &alive(first), "0").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_closed_pool_keeps_nothing() {
    let server = Postgres::shared().new_database();
    let bench = Bench::new(&server);
    let at_work = bench.kept(NAMES[0]).await;
    let (_, resting) = bench.run(NAMES[0], "select 1;").await;
    bench.pool.close().await;
    until(&server, &alive(resting), "0").await;
    let (_, report) = show(bench.run_in(at_work, NAMES[0], "select 1;")).await;
    until(&server, &alive(report.backend_pid.unwrap()), "0").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sessions_are_shared_by_nobody_else() {
    let server = Postgres::shared().new_database();
    let bench = Bench::new(&server);
    bench.run(NAMES[0], "select 1;").await;
    let mine = bench.named(NAMES[1]);
    for other in [
        ConnectOptions { database: "dev".to_owned(), ..mine.clone() },
        ConnectOptions { user: "reuse_somebody".to_owned(), ..mine.clone() },
        ConnectOptions { password: None, ..mine.clone() },
        ConnectOptions { port: 1, ..mine.clone() },
        ConnectOptions { server_options: Some("-c work_mem=1MB".to_owned()), ..mine.clone() },
        ConnectOptions { sslmode: rsql_client::SslMode::Disable, ..mine.clone() },
    ] {
        assert!(bench.pool.take(&other).await.is_none(), "{other:?}");
    }
    assert!(bench.pool.take(&mine).await.is_some());
    assert!(bench.pool.take(&mine).await.is_none());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn preconditions_share_the_sessions() {
    let server = Postgres::shared().new_database();
    let bench = Bench::new(&server);
    let (_, pid) = bench.run(NAMES[0], "set work_mem = '77MB';").await;
    let token = CancellationToken::new();
    let ask = async |sql: &str| {
        let sessions = bench.kept(NAMES[1]).await;
        query_first_cell(&bench.named(NAMES[1]), sessions, sql, &token).await
    };
    assert_eq!(ask("show work_mem").await.unwrap().as_deref(), Some("4MB"));
    assert!(ask("select nothing").await.is_err());
    assert_eq!(ask("select pg_backend_pid()").await.unwrap(), Some(pid.to_string()));
    assert_eq!(ask("show application_name").await.unwrap().as_deref(), Some(NAMES[1]));
    ask("select set_config('my.batch', '7', false)").await.unwrap();
    assert_ne!(ask("select pg_backend_pid()").await.unwrap(), Some(pid.to_string()));
}
