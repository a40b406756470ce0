//! Scripts and preconditions in earnest: child processes, and a real PostgreSQL as the warehouse.

use std::path::Path;
use std::time::{Duration, Instant};

use fleet_core::ports::LogStream;
use fleet_core::state::{ExecutionStatus, JobStatus, Lease, Turn};
use fleet_core::time::Millis;
use fleet_tests::postgres::Postgres;
use worker::run::session_name;

use crate::site::Site;
use crate::support::{Bench, execution_id, job_id};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_shell_script_is_given_who_it_is_and_where_to_connect() {
    let text = "#!/bin/sh\necho \"$1|$2|$#\"\necho $FLEET_WORKFLOW_ID $FLEET_EXECUTION_ID $FLEET_JOB_ID $FLEET_ATTEMPT\n\
                echo $PGHOST $PGPORT $PGUSER $PGDATABASE $PGAPPNAME\necho $RSPASSWORD\necho \"$DAY\" $LANG\necho ${PATH%%:*}\n\
                pwd\necho oops >&2\nexit 7\n";
    let more =
        ", args: [\"$(id) 'x' \\\"y\\\"\", \"{{ business_date }}\"], env: { DAY: \"{{ business_date }}\" }";
    let mut site = Site::new("load.sh", text, more);
    site.run().await;
    let root = site.root.path().canonicalize().unwrap();
    assert_eq!(
        site.out(),
        [
            "$(id) 'x' \"y\"|2026-11-21|2",
            "w x-1 load 1",
            "127.0.0.1 1 etl dev rsql/x-1/load/1",
            "[redacted]",
            "2026-11-21 C.UTF-8",
            "/opt/rsql/bin",
            root.to_str().unwrap(),
        ]
    );
    assert_eq!(site.bench.store.lines(1, LogStream::Err), ["oops"]);
    assert_eq!(
        (site.bench.row().status, site.bench.row().result.unwrap().exit_code),
        (JobStatus::Failed, Some(7))
    );
    assert!(site.told().contains("etl@127.0.0.1:1/dev as rsql/x-1/load/1"), "{}", site.told());
    assert!(site.bench.store.records()[0].detail.starts_with("script load.sh sha256:"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_end_by_signal_counts_as_shells_count() {
    let mut site = Site::new("load.sh", "kill -9 $$\n", "");
    site.run().await;
    let result = site.bench.row().result.unwrap();
    assert_eq!((result.exit_code, result.message.as_str()), (Some(137), "ended by signal 9"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_script_leaves_behind_does_not_hold_the_worker() {
    let mut site = Site::new("load.sh", "sleep 300 &\necho $!\n", "");
    let began = Instant::now();
    site.run().await;
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
    assert_eq!(site.bench.row().status, JobStatus::Succeeded);
    let pid = site.out().remove(0);
    // Dead, though perhaps not yet reaped by whoever inherits it.
    let gone = |_: &Bench| {
        let state = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        state.is_empty() || state.contains(") Z ")
    };
    site.bench.until("the process that was left behind is gone", gone).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn output_is_kept_whole() {
    // A line of 300,000 bytes, one that is no text, and one without an end.
    let text = "head -c 300000 /dev/zero | tr '\\0' x\necho\nprintf 'a\\377b\\n'\nprintf 'no end'\n";
    let mut site = Site::new("load.sh", text, "");
    site.run().await;
    let out = site.out();
    let (long, rest) = out.split_at(out.len() - 2);
    assert_eq!(long.concat().len(), 300_000);
    assert!(long.len() > 1 && long.iter().all(|part| part.bytes().all(|byte| byte == b'x')));
    assert_eq!(rest, ["a\u{fffd}b", "no end"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cancelled_shell_script_may_clean_up() {
    let text = "trap 'echo cleaning; exit 3' TERM\necho ready\nsleep 300 &\nwait\n";
    let mut site = Site::new("load.sh", text, "");
    site.bench.send(1, 0);
    site.start();
    site.bench.until("it runs", |bench| !bench.store.lines(1, LogStream::Out).is_empty()).await;
    site.cancel().await;
    site.bench.until_done().await;
    assert_eq!(site.bench.row().status, JobStatus::Cancelled);
    assert_eq!(site.out(), ["ready", "cleaning"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cancelled_shell_script_that_does_not_listen_is_killed() {
    let text = "trap '' TERM\necho ready\nwhile true; do sleep 1; done\n";
    let mut site = Site::new("load.sh", text, "");
    site.bench.send(1, 0);
    site.start();
    site.bench.until("it runs", |bench| !bench.store.lines(1, LogStream::Out).is_empty()).await;
    site.cancel().await;
    let waited = site.bench.until_done().await;
    assert!(waited >= worker::run::KILL_GRACE && waited < Millis::from_secs(15), "{waited}");
    assert_eq!(site.bench.row().status, JobStatus::Cancelled);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cancel_ends_the_query_of_a_shell_script() {
    let psql = Postgres::shared().psql_path();
    let text = format!("trap '' TERM\n{} -X -c 'select pg_sleep(300)'\nexit 4\n", psql.display());
    let mut site = Site::with_warehouse("load.sh", &text, "");
    gone_within_a_second_of_a_cancel(&mut site).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cancel_ends_the_query_of_an_rsql_script() {
    let mut site = Site::with_warehouse("load.rsql", "select pg_sleep(300);\n", "");
    gone_within_a_second_of_a_cancel(&mut site).await;
}

pub(crate) async fn gone_within_a_second_of_a_cancel(site: &mut Site) {
    site.bench.send(1, 0);
    site.start();
    until(&*site, "the query runs", |site| site.busy() == "1").await;
    let began = Instant::now();
    site.cancel().await;
    until(&*site, "the query is gone", |site| site.busy() == "0").await;
    assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
    site.bench.until_done().await;
    assert_eq!(site.bench.row().status, JobStatus::Cancelled);
}

pub(crate) async fn until(site: &Site, what: &str, met: impl Fn(&Site) -> bool) {
    site.bench.until(what, |_| tokio::task::block_in_place(|| met(site))).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_rsql_script_runs_in_the_engine() {
    let text = "\\echo :workflow_execution_id :job_id :attempt :day\nselect :'day'::date + 1 as next;\n";
    let mut site = Site::with_warehouse("load.rsql", text, ", vars: { day: \"{{ business_date }}\" }");
    site.run().await;
    let out = site.out();
    assert_eq!(out[0], "x-1 load 1 2026-11-21", "{out:?}");
    assert!(out.iter().any(|line| line.contains("2026-11-22")), "{out:?}");
    assert_eq!((site.bench.row().status, site.bench.row().result.unwrap().rows), (JobStatus::Succeeded, 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failing_statement_is_named() {
    let text = "\\set ON_ERROR_STOP 1\nselect 1;\nselect * from nowhere;\n";
    let mut site = Site::with_warehouse("load.rsql", text, "");
    site.run().await;
    let result = site.bench.row().result.unwrap();
    let error = result.error.expect("the statement that failed");
    assert_eq!((site.bench.row().status, result.exit_code), (JobStatus::Failed, Some(3)));
    assert_eq!((error.file.as_str(), error.line, error.sqlstate.as_str()), ("load.rsql", 3, "42P01"));
    assert!(error.statement.contains("select * from nowhere"), "{}", error.statement);
    assert_eq!(site.bench.alerts().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stop_at_an_error_is_no_exit_code_of_the_authors() {
    async fn check(text: &str, code: i32, expect: &str) {
        let more = ", retry: { attempts: 2, backoff: 10ms, on: [exit_code] }";
        let mut site = Site::with_warehouse("load.rsql", text, more);
        site.run().await;
        assert_eq!(site.bench.row().result.unwrap().exit_code, Some(code), "{text}");
        assert_eq!(site.bench.audit()[1], expect, "{text}");
    }
    check("\\rset maxerror 3\nselect 1/0;\n", 8, "Failed 1.0").await;
    check("\\set ON_ERROR_STOP 1\nselect 1/0;\n", 3, "Failed 1.0").await;
    check("select 1/0;\n\\exit 8\n", 8, "WillRetry 1.0").await;
    check("select 1/0;\n\\exit 3\n", 3, "WillRetry 1.0").await;
}

/// A client of the first attempt, at work.
async fn lost_client(site: &Site) -> std::process::Child {
    let warehouse = site.warehouse.as_ref().unwrap();
    let client = std::process::Command::new(warehouse.psql_path())
        .args(["-X", "-d", warehouse.uri(), "-c", "select pg_sleep(300)"])
        .env("PGAPPNAME", session_name(&execution_id(), &job_id("load"), 1))
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    until(site, "the lost attempt works", |site| site.busy() == "1").await;
    client
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_that_was_left_before_a_resume_is_gone_before_the_job_runs() {
    let mut site = Site::with_warehouse("load.sh", "echo second\n", "");
    let mut client = lost_client(&site).await;
    site.bench.store.write("load", |row| row.turn.attempt = 1);
    site.bench.send(2, 0);
    site.start();
    site.bench.until_done().await;
    assert_eq!(site.busy(), "0");
    assert!(!client.wait().unwrap().success());
    assert_eq!(site.bench.audit(), ["AttemptStarted 2.0", "Succeeded 2.0"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_attempts_session_is_gone_before_the_next_one_runs() {
    let mut site = Site::with_warehouse("load.sh", "echo second\n", "");
    let mut client = lost_client(&site).await;
    let message = site.bench.send(1, 0);
    let until = site.bench.clock.now() - Millis::from_mins(1);
    site.bench.store.write("load", |row| {
        row.status = JobStatus::Running;
        row.turn = Turn { attempt: 1, look: 0 };
        row.fence = 1;
        row.lease = Some(Lease { worker: "lost/1".to_owned(), message, until });
    });
    site.start();
    site.bench.until_done().await;
    assert_eq!(site.busy(), "0");
    assert!(!client.wait().unwrap().success());
    assert_eq!(site.bench.audit(), ["TakenOver 2.0", "Succeeded 2.0"]);
    assert_eq!(site.bench.store.lines(2, LogStream::Out), ["second"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn jobs_that_cannot_run_say_why() {
    async fn check(yaml: &str, prepare: impl FnOnce(&Path), expect: &str) {
        let mut site = Site::of(yaml, None);
        prepare(site.root.path());
        site.run().await;
        let message = site.bench.row().result.unwrap().message;
        assert_eq!(site.bench.row().status, JobStatus::Failed);
        assert!(message.contains(expect), "{message}");
        assert_eq!(site.told().matches(expect).count(), 1, "{}", site.told());
    }
    let yaml = |head: &str, job: &str| format!("workflow: w\n{head}jobs:\n  - {{ id: load, {job} }}\n");
    let write = |root: &Path| std::fs::write(root.join("a.rsql"), "").unwrap();
    let script = "script: a.rsql, retry: { attempts: 3 }";
    check(&yaml("connection: warehouse\n", script), |_| (), "script a.rsql cannot be opened").await;
    check(&yaml("connection: other\n", script), write, "no connection `other`; it knows warehouse").await;
    let link = |root: &Path| std::os::unix::fs::symlink("/etc/passwd", root.join("a.rsql")).unwrap();
    check(&yaml("connection: warehouse\n", script), link, "outside the script root").await;
    check(&yaml("", "precondition: { s3: \"s3://b/x\" }"), |_| (), "this fleet does not run on AWS").await;
    let unbound = "script: a.sh, env: { A: \"{{ scheduled_date | format('%H') }}\" }";
    let shell = |root: &Path| std::fs::write(root.join("a.sh"), "").unwrap();
    check(&yaml("", unbound), shell, "env `A`: ").await;
    let interpreter = |root: &Path| std::fs::write(root.join("a.sh"), "#!/no/such -x\necho\n").unwrap();
    let expect = "a.sh cannot be started by its interpreter /no/such: No such file or directory";
    check(&yaml("", "script: a.sh"), interpreter, expect).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn credentials_of_statements_are_shown_nowhere() {
    let keys = "aws_access_key_id=AKIAOPEN;aws_secret_access_key=sEcReTo";
    let copy = format!("copy nowhere from 's3://b/x' credentials '{keys}' csv;");
    let user = "alter user nobody_here password 'open-sesame';";
    for (text, kept) in [(copy.as_str(), "s3://b/x"), (user, "alter user nobody_here")] {
        let script = format!("\\set ON_ERROR_STOP 1\n\\set ECHO all\n\\echo :my_secret\n{text}\n");
        let mut site = Site::with_warehouse("load.rsql", &script, ", vars: { my_secret: hidden }");
        site.run().await;
        let result = site.bench.row().result.unwrap();
        let statement = &result.error.as_ref().expect("the statement that failed").statement;
        assert!(statement.contains(kept) && statement.contains("'[redacted]'"), "{statement}");
        let err = site.bench.store.lines(1, LogStream::Err).join("\n");
        let alerts = site.bench.alerts();
        let all = format!(
            "{result:?} {:?} {err} {} {alerts:?} {:?}",
            site.out(),
            site.told(),
            site.bench.store.records()
        );
        assert!(site.out().iter().any(|line| line.contains("[redacted]")), "{all}");
        for secret in ["AKIAOPEN", "sEcReTo", "open-sesame", "hidden"] {
            assert!(!all.contains(secret), "{secret} in {all}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn values_of_variables_with_secret_names_are_masked() {
    let text = "echo $Api_Token $DAY $pin_key; exit 4\n";
    let more = ", env: { Api_Token: \"t-{{ business_date }}\", DAY: \"{{ business_date }}\", pin_key: abc }";
    let mut site = Site::new("load.sh", text, more);
    site.run().await;
    // Three characters are too few to be looked for.
    assert_eq!(site.out(), ["[redacted] 2026-11-21 abc"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_script_that_names_no_connection_gets_the_only_one() {
    let staged = "workflow_id: w\nworkflow_stages: [{ execution_type: parallel, scripts: [load.rsql] }]\n";
    let mut site = Site::of(staged, Some(Postgres::shared().new_database()));
    site.write("load.rsql", "select 'connected';\n");
    site.run().await;
    assert_eq!(site.bench.row().status, JobStatus::Succeeded, "{}", site.told());
    assert!(site.told().contains("connects to "), "{}", site.told());

    let mut site = Site::of(staged, None);
    site.more_connections = vec!["lake"];
    site.write("load.rsql", "select 'never';\n");
    site.run().await;
    let message = site.bench.row().result.unwrap().message;
    let expect = "job load names no connection, nor does its workflow; \
        name one of those that this worker knows: lake, warehouse";
    assert!(message.contains(expect), "{message}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_warehouse_that_is_away_is_worth_another_try() {
    let mut site = Site::new("load.rsql", "select 1;\n", ", retry: { attempts: 2, backoff: 10ms }");
    site.run().await;
    assert_eq!(
        site.bench.audit(),
        ["AttemptStarted 1.0", "WillRetry 1.0", "AttemptStarted 2.0", "Failed 2.0"]
    );
    let message = site.bench.row().result.unwrap().message;
    assert!(message.contains("127.0.0.1"), "{message}");
}

/// Looks once: whether it is met, and what the log says.
async fn look(precondition: &str, more: &str, prepare: impl FnOnce(&Site)) -> (bool, String) {
    let job = format!("{{ id: load, precondition: {{ {precondition} }}, poll: 1h{more} }}");
    let yaml = format!("workflow: w\njobs:\n  - {job}\n");
    let warehouse = more.contains("connection").then(|| Postgres::shared().new_database());
    let mut site = Site::of(&yaml, warehouse);
    prepare(&site);
    site.bench.send(1, 0);
    site.start();
    site.bench.until("it has looked", |bench| bench.audit().len() == 2).await;
    let told = site.bench.store.lines(1, LogStream::Worker);
    let met = match site.bench.audit()[1].as_str() {
        "Succeeded 1.0" => true,
        "LookedAt 1.0" => false,
        other => panic!("{precondition}: {other}: {told:?}"),
    };
    (met, told.join("\n"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_and_times_are_looked_at() {
    let day = "file: \"in/{{ business_date }}/*.csv\"";
    let land = |site: &Site| {
        std::fs::create_dir_all(site.root.path().join("in/2026-11-21")).unwrap();
        site.write("in/2026-11-21/a.csv", "x");
    };
    let (met, told) = look(day, "", land).await;
    assert!(met && told.contains("found ") && told.contains("in/2026-11-21/a.csv"), "{told}");
    let (met, told) = look(day, "", |_| ()).await;
    assert!(!met && told.contains("matches in/2026-11-21/*.csv"), "{told}");
    // The bench's clock begins at 02:00 UTC of the scheduled date.
    let (met, told) = look("time: \"01:59\", timezone: UTC", "", |_| ()).await;
    assert!(met && told.contains("it is past 01:59 UTC of 2026-11-22"), "{told}");
    let (met, _) = look("time: \"04:00\", timezone: Europe/Berlin", "", |_| ()).await;
    assert!(!met);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_warehouse_is_asked() {
    let more = ", connection: warehouse, vars: { day: \"{{ business_date }}\" }";
    let sql = "sql: \"select count(*) from landed where day = :'day'\"";
    let prepare = |day: &'static str| {
        move |site: &Site| {
            let warehouse = site.warehouse.as_ref().unwrap();
            warehouse.psql(&format!("create table landed as select date '{day}' as day"));
        }
    };
    let (met, told) = look(sql, more, prepare("2026-11-21")).await;
    assert!(met && told.contains("the query gives 1"), "{told}");
    let (met, told) = look(sql, more, prepare("2026-11-20")).await;
    assert!(!met && told.contains("the query gives 0"), "{told}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_workflows_last_execution_is_looked_at() {
    let other = |status: ExecutionStatus, ago: Millis| {
        move |site: &Site| {
            let ended = site.bench.clock.now() - ago;
            site.bench.store.add_execution(|row| {
                row.workflow_id = fleet_core::ids::WorkflowId::parse("upstream").unwrap();
                row.workflow_execution_id = fleet_core::ids::ExecutionId::parse("upstream-1").unwrap();
                row.status = status;
                row.ended_at = (!status.is_open()).then_some(ended);
            });
        }
    };
    async fn check(prepare: impl FnOnce(&Site), expect: (bool, &str)) {
        let (met, told) = look("workflow: upstream, within: 12h", "", prepare).await;
        assert!(met == expect.0 && told.contains(expect.1), "{told}");
    }
    check(|_| (), (false, "upstream has not run yet")).await;
    check(other(ExecutionStatus::Succeeded, Millis::from_mins(60)), (true, "upstream-1 succeeded at ")).await;
    check(other(ExecutionStatus::Succeeded, Millis::from_mins(900)), (false, "longer ago than 12h")).await;
    check(other(ExecutionStatus::Failed, Millis(0)), (false, "upstream-1 is failed")).await;
    check(other(ExecutionStatus::Running, Millis(0)), (false, "upstream-1 is running")).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_warehouse_that_is_away_is_asked_again() {
    // Nobody listens where a site without a warehouse connects to.
    let (met, told) = look("sql: \"select 1\"", "", |_| ()).await;
    assert!(!met && told.contains("127.0.0.1"), "{told}");
    let ends_itself = "sql: \"select pg_terminate_backend(pg_backend_pid())\"";
    let (met, told) = look(ends_itself, ", connection: warehouse", |_| ()).await;
    assert!(!met && told.contains("server closed the connection"), "{told}");
}
