//! Sessions that serve one job after the other, on a real PostgreSQL. What a reset undoes is the client's to prove; here it
//! is which job gets which session, and what is told of it.

use fleet_core::ports::LogStream;
use fleet_core::state::JobStatus;
use fleet_tests::postgres::Postgres;

use crate::scripts::{gone_within_a_second_of_a_cancel, until};
use crate::site::Site;

/// A job leaves something behind, another looks.
const TWO_JOBS: &str = "workflow: w\nconnection: warehouse\njobs:\n  - { id: load, script: load.rsql }\n  \
                        - { id: next, script: next.rsql }\n  - { id: look, precondition: { sql: \"select pg_backend_pid()\" } }\n";
const LEAVE: &str = "\\set RFORMAT on\n\\pset format unaligned\n\\pset tuples_only on\nselect pg_backend_pid();\nset work_mem = '77MB';\nbegin;\n\
                     create temp table left_behind (x int);\n";
const LOOK: &str = "\\set RFORMAT on\n\\pset format unaligned\n\\pset tuples_only on\nselect pg_backend_pid();\nshow work_mem;\n\
                    select to_regclass('pg_temp.left_behind') is null;\nshow application_name;\n";

/// A site with those jobs, whose first has ended; gives its server process.
async fn after_the_first_job(reused: bool) -> (Site, String) {
    let mut site = Site::of(TWO_JOBS, Some(Postgres::shared().new_database()));
    site.reused = reused;
    site.write("load.rsql", LEAVE);
    site.write("next.rsql", LOOK);
    site.run().await;
    let pid = site.out().into_iter().find(|line| line.parse::<u32>().is_ok()).unwrap();
    (site, pid)
}

/// Runs another job; gives what was written since.
async fn run(site: &Site, job: &str) -> (Vec<String>, String) {
    let (out, told) = (site.out().len(), site.told().len());
    site.bench.jobs.put(site.bench.message(job, 1, 0).to_text());
    site.bench.until_done().await;
    (site.out().split_off(out), site.told().split_off(told))
}

fn of_pid(site: &Site, pid: &str) -> String {
    let of = format!("select count(*) from pg_stat_activity where pid = {pid}");
    site.warehouse.as_ref().unwrap().psql(&of)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_next_job_gets_the_session_as_new() {
    let (mut site, pid) = after_the_first_job(true).await;
    assert!(!site.told().contains("reused"), "{}", site.told());
    let (out, told) = run(&site, "next").await;
    let seen: Vec<&str> = out.iter().map(String::as_str).filter(|line| !line.contains(" is ")).collect();
    assert_eq!(seen, [&pid, "4MB", "t", "rsql/x-1/next/1"]);
    assert!(told.contains(&format!("as rsql/x-1/next/1, in a reused session (process {pid})")), "{told}");
    let (_, told) = run(&site, "look").await;
    assert!(told.contains(&format!("the query gives {pid}")), "{told}");
    assert_eq!(of_pid(&site, &pid), "1");
    site.bench.end().await;
    until(&site, "the drain has closed the session", |site| of_pid(site, &pid) == "0").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sessions_are_fresh_unless_told_otherwise() {
    let (site, pid) = after_the_first_job(false).await;
    let (out, told) = run(&site, "next").await;
    assert!(!out.contains(&pid) && !told.contains("reused"), "{out:?} {told}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn looking_for_an_attempt_that_ended_spares_its_session() {
    let text = "select 'process ' || pg_backend_pid();\n\\if `test $FLEET_ATTEMPT = 1; echo $?`\n\\else\n\\exit 4\n\\endif\n";
    let mut site = Site::with_warehouse("load.rsql", text, ", retry: { attempts: 2, backoff: 10ms }");
    site.reused = true;
    site.run().await;
    assert_eq!(site.bench.row().status, JobStatus::Succeeded, "{}", site.told());
    let pid = |attempt| {
        let out = site.bench.store.lines(attempt, LogStream::Out);
        out.into_iter().find(|line| line.contains("process ")).unwrap()
    };
    assert_eq!(pid(1), pid(2));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cancel_ends_the_query_in_a_kept_session() {
    let mut site = Site::with_warehouse("load.rsql", "select pg_sleep(300);\n", "");
    site.reused = true;
    gone_within_a_second_of_a_cancel(&mut site).await;
}
