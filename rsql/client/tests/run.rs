//! The worker's entry `run_script` against a real server: output, report, cancel, isolation of runs in one process.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]

use std::path::Path;
use std::time::{Duration, Instant};

use fleet_tests::postgres::Postgres;
use rsql_client::{
    ConnectOptions, Ending, OutputLine, RunReport, ScriptRun, Sessions, ShellPolicy, Stream, run_script,
};
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

/// Long enough for a slow machine, short enough to fail a test that hangs.
const PATIENCE: Duration = Duration::from_secs(30);

/// A script root with scripts in it.
struct Root(tempfile::TempDir);

impl Root {
    fn new(scripts: &[(&str, &str)]) -> Root {
        let root = Root(tempfile::tempdir().unwrap());
        for (name, text) in scripts {
            let path = root.0.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        root
    }

    fn run(&self, script: &str) -> ScriptRun {
        ScriptRun {
            script: self.0.path().join(script),
            script_root: self.0.path().to_owned(),
            connect: ConnectOptions::from_uri(Postgres::shared().uri()).unwrap(),
            sessions: Sessions::Fresh,
            variables: Vec::new(),
            environment: vec![("PATH".to_owned(), std::env::var("PATH").unwrap())],
            shell: ShellPolicy::Allowed,
            program_name: "rsql".to_owned(),
            not_after: None,
        }
    }
}

/// Runs to the end and gives the lines, standard error marked by `!`.
async fn lines(run: ScriptRun) -> (Vec<String>, RunReport) {
    let (out, mut received) = mpsc::channel(4);
    let running = tokio::spawn(run_script(run, out, CancellationToken::new()));
    let mut lines = Vec::new();
    while let Some(line) = received.recv().await {
        lines.push(show(&line));
    }
    (lines, running.await.unwrap())
}

fn show(line: &OutputLine) -> String {
    let text = String::from_utf8_lossy(&line.bytes);
    match line.stream {
        Stream::Stdout => text.into_owned(),
        Stream::Stderr => format!("! {text}"),
    }
}

async fn check(script: &str, expect: &[&str], ending: Ending) -> RunReport {
    let root = Root::new(&[("job.sql", script)]);
    let (got, report) = lines(root.run("job.sql")).await;
    assert_eq!(got, expect, "{script}");
    assert_eq!(report.ending, ending, "{script}");
    report
}

#[tokio::test]
async fn output_comes_by_lines_and_in_order() {
    let script = "\\echo one\nselect 1/0;\n\\! echo child; echo noise >&2; printf 'no newline'\n\\echo ' joined'\n\\echo -n last";
    let expect = [
        "one",
        "! rsql:job.sql:2: ERROR:  division by zero",
        "child",
        "! noise",
        "no newline joined",
        "last",
    ];
    let root = Root::new(&[("job.sql", script)]);
    let (mut got, report) = lines(root.run("job.sql")).await;
    // The two streams of a child are two pipes: only within one of them is there an order.
    if got.get(2).is_some_and(|line| line == "! noise") {
        got.swap(2, 3);
    }
    assert_eq!(got, expect);
    assert_eq!((report.ending, report.exit_code), (Ending::Exited(0), 0));
}

#[tokio::test]
async fn what_programs_print_reaches_the_script() {
    let script = "\\set name `echo captured; echo noise >&2`\n\\echo :name\n\\echo `printf 'two words'`\n\
                  create temp table fed (x int);\n\\copy fed from program 'seq 3'\nselect sum(x) as total from fed \\gset\n\\echo :total\n";
    let expect = ["! noise", "captured", "two words", "CREATE TABLE", "COPY 3", "6"];
    let root = Root::new(&[("job.sql", script)]);
    let (got, report) = lines(root.run("job.sql")).await;
    assert_eq!(got, expect);
    assert_eq!(report.ending, Ending::Exited(0));
}

#[tokio::test]
async fn the_report_tells_the_last_failure() {
    let script = "\\set ON_ERROR_STOP on\nselect 1 as a;\n\ninsert into\n  nowhere values (1);\n\\echo no";
    let root = Root::new(&[("sub/job.sql", script)]);
    let (_, report) = lines(root.run("sub/job.sql")).await;
    assert_eq!((report.ending.clone(), report.exit_code), (Ending::Exited(3), 3));
    assert_eq!((report.statements, report.rows), (2, 1));
    assert!(report.backend_pid.is_some());
    let error = report.last_error.unwrap();
    assert_eq!((error.file.as_str(), error.line), ("sub/job.sql", 4));
    assert_eq!(error.statement, "insert into\n  nowhere values (1);");
    assert_eq!(
        (error.sqlstate.as_str(), error.message.as_str()),
        ("42P01", "relation \"nowhere\" does not exist")
    );
}

#[tokio::test]
async fn exit_codes_are_the_scripts_own() {
    for (script, code, stopped_by_error) in [
        ("select 1;", 0, false),
        ("\\exit 12", 12, false),
        ("select 1/0;", 0, false),
        ("\\set ON_ERROR_STOP 1\n\\nosuch", 3, true),
        ("\\set ON_ERROR_STOP 1\nselect 1/0;\n\\exit 7", 3, true),
        ("select 1/0;\n\\exit 3", 3, false),
        ("\\rset maxerror 3\nselect 1/0;", 8, true),
        ("\\rset maxerror 9\nselect 1/0;\n\\exit 8", 8, false),
        // What the process would show: the low byte of a number, but never success for an error that stops.
        ("\\exit 256", 0, false),
        ("\\exit 300", 44, false),
        ("\\exit -1", 255, false),
        ("\\rset errorlevel 22012 severity 256\n\\rset maxerror 3\nselect 1/0;", 255, true),
    ] {
        let root = Root::new(&[("job.sql", script)]);
        let (_, report) = lines(root.run("job.sql")).await;
        assert_eq!((report.ending, report.exit_code), (Ending::Exited(code), code), "{script}");
        assert_eq!(report.stopped_by_error, stopped_by_error, "{script}");
    }
    let root = Root::new(&[]);
    let (got, report) = lines(root.run("missing.sql")).await;
    assert_eq!(report.ending, Ending::Exited(1));
    assert_eq!(got, ["! rsql: error: missing.sql: No such file or directory"]);
}

#[tokio::test]
async fn runs_share_a_process_and_nothing_else() {
    let before = std::env::current_dir().unwrap();
    let script = "\\cd sub\n\\setenv MINE :mine\n\\! echo $MINE $(basename $PWD) [$FLEET_TEST_PG]\n\\i ../inc.sql\n\\getenv path HOME\n\\echo :{?path}";
    let root = Root::new(&[("job.sql", script), ("sub/x", ""), ("inc.sql", "\\echo included\n")]);
    let runs = (0..8).map(|number| {
        let mut run = root.run("job.sql");
        run.variables = vec![("mine".to_owned(), format!("run{number}"))];
        tokio::spawn(lines(run))
    });
    for (number, run) in runs.collect::<Vec<_>>().into_iter().enumerate() {
        let (got, report) = run.await.unwrap();
        assert_eq!(got, [format!("run{number} sub []"), "included".to_owned(), "FALSE".to_owned()]);
        assert_eq!(report.ending, Ending::Exited(0));
    }
    assert_eq!(std::env::current_dir().unwrap(), before);
}

#[tokio::test]
async fn scripts_stay_in_their_root_and_programs_can_be_forbidden() {
    let root =
        Root::new(&[("root/job.sql", "\\i ../outside.sql\n\\i link.sql\n"), ("outside.sql", "\\echo no\n")]);
    let inner = root.0.path().join("root");
    std::os::unix::fs::symlink(root.0.path().join("outside.sql"), inner.join("link.sql")).unwrap();
    let mut run = root.run("root/job.sql");
    run.script_root = inner.clone();
    let (got, _) = lines(run).await;
    let denied = "Permission denied (outside the script root)";
    assert_eq!(
        got,
        [
            format!("! rsql:job.sql:1: error: ../outside.sql: {denied}"),
            format!("! rsql:job.sql:2: error: link.sql: {denied}")
        ]
    );

    let marker = root.0.path().join("marker");
    let text = format!(
        "\\! touch {m}\n\\set x `touch {m}`\n\\copy (select 1) to program 'touch {m}'\n\\o |touch {m}\nselect 1;\n",
        m = marker.display()
    );
    std::fs::write(inner.join("shell.sql"), text).unwrap();
    let mut run = root.run("root/shell.sql");
    run.shell = ShellPolicy::Denied;
    let (_, report) = lines(run).await;
    assert_eq!(report.ending, Ending::Exited(0));
    assert!(!marker.exists(), "a program was started");
}

/// Starts `script`, waits for a line `ready`, then for `at_work`, cancels, and gives the report and how long it took.
async fn cancelled(
    script: &str,
    at_work: impl Fn() -> bool + Send + 'static,
) -> (RunReport, Vec<String>, Duration) {
    let root = Root::new(&[("job.sql", script)]);
    let (out, mut received) = mpsc::channel(64);
    let token = CancellationToken::new();
    let running = tokio::spawn(run_script(root.run("job.sql"), out, token.clone()));
    assert_eq!(received.recv().await.map(|line| show(&line)).as_deref(), Some("ready"));
    tokio::task::spawn_blocking(move || {
        let begun = Instant::now();
        while !at_work() {
            assert!(begun.elapsed() < PATIENCE, "the script never gets to work");
        }
    })
    .await
    .unwrap();
    let begun = Instant::now();
    token.cancel();
    let mut rest = Vec::new();
    while let Some(line) = received.recv().await {
        rest.push(show(&line));
    }
    (running.await.unwrap(), rest, begun.elapsed())
}

#[tokio::test]
async fn nothing_begins_after_its_time() {
    let root = Root::new(&[("job.sql", "\\echo begun\nselect 1;\n")]);
    let cancel = CancellationToken::new();
    let (over, not_after) = watch::channel(tokio::time::Instant::now());
    let run = ScriptRun { not_after: Some(not_after), ..root.run("job.sql") };
    let (out, mut lines) = mpsc::channel(4);
    let running = tokio::spawn(run_script(run, out, cancel.clone()));
    // A script that begins says so at once, and one that does not has nothing to be waited for.
    let said = tokio::time::timeout(Duration::from_millis(500), lines.recv()).await;
    assert!(said.is_err(), "it has begun");
    cancel.cancel();
    let report = running.await.unwrap();
    assert_eq!((report.ending, report.backend_pid.is_some()), (Ending::Cancelled, true));
    // The same with a moment that has been moved on.
    over.send_replace(tokio::time::Instant::now() + Duration::from_secs(600));
    let run = ScriptRun { not_after: Some(over.subscribe()), ..root.run("job.sql") };
    assert_eq!(self::lines(run).await.0[0], "begun");
}

#[tokio::test]
async fn cancel_ends_the_query_on_the_server() {
    let mark = format!("cancel-test-{}", std::process::id());
    let query = format!("select pg_sleep(60) /* {mark} */");
    let look = format!(
        "select count(*) from pg_stat_activity where state = 'active' and query like '%{mark}%' \
         and pid <> pg_backend_pid()"
    );
    let at_work = {
        let look = look.clone();
        move || Postgres::shared().psql(&look) == "1"
    };
    let (report, rest, took) = cancelled(&format!("\\echo ready\n{query};\n\\echo no\n"), at_work).await;
    assert_eq!((report.ending, report.exit_code), (Ending::Cancelled, 130));
    assert_eq!(rest, ["! rsql:job.sql:2: ERROR:  canceling statement due to user request"]);
    assert!(took < Duration::from_secs(5), "{took:?}");
    assert_eq!(Postgres::shared().psql(&look), "0");
}

#[tokio::test]
async fn cancel_kills_children_with_their_children() {
    let folder = tempfile::tempdir().unwrap();
    let pid_file = folder.path().join("pid");
    let script = format!(
        "\\echo ready\n\\! sh -c 'echo $$ > {0}.new; mv {0}.new {0}; sleep 60'\n\\echo no\n",
        pid_file.display()
    );
    let seen = pid_file.clone();
    let (report, rest, took) = cancelled(&script, move || seen.exists()).await;
    assert_eq!(report.ending, Ending::Cancelled);
    assert!(rest.is_empty(), "{rest:?}");
    assert!(took < Duration::from_secs(5), "{took:?}");
    let pid = std::fs::read_to_string(&pid_file).unwrap();
    let begun = Instant::now();
    // Dead, or a zombie that its new parent has not reaped yet.
    let alive = || {
        let status = std::fs::read_to_string(format!("/proc/{}/stat", pid.trim())).unwrap_or_default();
        !status.is_empty() && !status.contains(") Z ")
    };
    while alive() {
        assert!(begun.elapsed() < PATIENCE, "the grandchild lives on");
    }
}

#[tokio::test]
async fn a_slow_reader_holds_the_script_up_and_loses_nothing() {
    let root =
        Root::new(&[("job.sql", "\\pset format unaligned\nselect g from generate_series(1, 20000) g;\n")]);
    let (out, mut received) = mpsc::channel(1);
    let running = tokio::spawn(run_script(root.run("job.sql"), out, CancellationToken::new()));
    received.recv().await.unwrap();
    // With room for one line the run cannot be over while its lines are not read.
    for _ in 0..1000 {
        tokio::task::yield_now().await;
    }
    assert!(!running.is_finished());
    let mut count = 1;
    while received.recv().await.is_some() {
        count += 1;
    }
    assert!(count > 20_000, "{count}");
    assert_eq!(running.await.unwrap().ending, Ending::Exited(0));
}

#[tokio::test]
async fn a_cancel_is_heard_while_nobody_reads() {
    let root = Root::new(&[("job.sql", "select g from generate_series(1, 50000) g;\n")]);
    let (out, mut received) = mpsc::channel(1);
    let token = CancellationToken::new();
    let running = tokio::spawn(run_script(root.run("job.sql"), out, token.clone()));
    received.recv().await.unwrap();
    token.cancel();
    let report = tokio::time::timeout(PATIENCE, running).await.unwrap().unwrap();
    assert_eq!(report.ending, Ending::Cancelled);
    drop(received);
}

#[tokio::test]
async fn a_closed_output_stops_the_script() {
    let root = Root::new(&[("job.sql", "\\echo one\n\\echo two\nselect pg_sleep(60);\n")]);
    let (out, received) = mpsc::channel(1);
    drop(received);
    let run = run_script(root.run("job.sql"), out, CancellationToken::new());
    let report = tokio::time::timeout(PATIENCE, run).await.unwrap();
    assert_eq!(report.ending, Ending::OutputClosed);
}

#[tokio::test]
async fn connections_that_fail_are_told_from_those_that_break() {
    let root = Root::new(&[("job.sql", "select 1;\n")]);
    let mut run = root.run("job.sql");
    run.connect.database = "nosuchdatabase".to_owned();
    let (got, report) = lines(run).await;
    let server = Postgres::shared();
    let message = format!(
        "connection to server at \"{}\", port {} failed: FATAL:  database \"nosuchdatabase\" does not exist",
        server.host(),
        server.port()
    );
    assert_eq!(got, [format!("! rsql: error: {message}")]);
    assert_eq!((report.ending, report.exit_code), (Ending::ConnectFailed(message), 2));

    let moves = "\\echo before\n\\c nosuchdatabase\n\\echo after\n";
    let root = Root::new(&[("job.sql", moves)]);
    let (got, report) = lines(root.run("job.sql")).await;
    assert_eq!(got.first().map(String::as_str), Some("before"));
    assert!(matches!(report.ending, Ending::ConnectFailed(_)), "{:?}", report.ending);
    assert_eq!(report.exit_code, 2);

    let suicide = "\\echo before\nselect pg_terminate_backend(pg_backend_pid());\n\\echo after\n";
    let report = {
        let root = Root::new(&[("job.sql", suicide)]);
        lines(root.run("job.sql")).await.1
    };
    assert!(matches!(report.ending, Ending::ConnectionLost(_)), "{:?}", report.ending);
    assert_eq!(report.exit_code, 2);
}

#[tokio::test]
async fn a_script_sees_its_session() {
    let server = Postgres::shared();
    let root = Root::new(&[("job.sql", "\\echo :DBNAME :USER :PORT\nshow application_name;\n")]);
    let mut run = root.run("job.sql");
    run.connect.application_name = "rsql/e/j/1".to_owned();
    let (got, _) = lines(run).await;
    let first = format!("{} {} {}", server.database(), server.user(), server.port());
    assert_eq!(got, [&first, " application_name ", "------------------", " rsql/e/j/1", "(1 row)", ""]);
    assert!(Path::new(root.0.path()).exists());
}

#[tokio::test]
async fn bytes_pass_untouched() {
    check("\\echo caf\u{e9} \u{1F980}", &["caf\u{e9} \u{1F980}"], Ending::Exited(0)).await;
    check("", &[], Ending::Exited(0)).await;
}
