//! Redshift's SQL in a worker's jobs whose warehouse is PostgreSQL: COPY from S3 and UNLOAD to S3, with the worker's own
//! account, and statements that say how literals are read.

use serde_json::json;

use crate::support::{Fleet, Seen};

/// What lies in the bucket before.
const ORDERS: &str = "id;note\n1;first\n2;\n3;with \\\\ one\n";
/// What the job leaves there.
const UNLOADED: &str = "1;first\n3;with \\\\ one\n";

/// Loads, computes with what only Redshift has, and unloads.
const SCRIPT: &str = "\\set ON_ERROR_STOP on
create table orders (id int encode az64, note varchar(20)) diststyle key distkey (id) sortkey (id);
copy orders from 's3://BUCKET/in/' iam_role default delimiter ';' ignoreheader 1 emptyasnull escape;
insert into run_log select nvl(note, 'none'), id, len(note)::text from orders;
insert into run_log values ('as on Redshift', 0, 'a\\\\d');
set standard_conforming_strings = on;
insert into run_log values ('as on PostgreSQL', 0, 'a\\\\d');
unload ('select id, note from orders where note is not null order by id')
  to 's3://BUCKET/out/orders_' iam_role default delimiter ';' escape parallel off;
";

/// Runs `SCRIPT` with this said of the connection.
fn run(fleet: &Fleet, manner: &str, status: &str) -> Seen {
    fleet.script("load.rsql", &SCRIPT.replace("BUCKET", &fleet.stack));
    let jobs = json!([{"id": "load", "script": "load.rsql", "connection": "lake"}]);
    fleet.define(&json!({"workflow_id": "night", "jobs": jobs}));
    let connection = format!("--connection=lake={}/warehouse{manner}", fleet.stack);
    let (_source, host) = (fleet.dispatch(), fleet.worker_with(&[&connection]));
    fleet.start("night", "run-1");
    let seen = fleet.wait_for("run-1", status);
    assert!(host.terminate().success());
    seen
}

/// Copies between the test's folder and the bucket that has the stack's name.
fn copy(fleet: &Fleet, from: &str, to: &str) {
    fleet.moto.aws(&["s3", "cp", "--quiet", from, to]);
}

#[test]
fn a_job_loads_from_s3_and_unloads_to_s3() {
    let fleet = Fleet::new();
    let file = fleet.folder().join("orders");
    let (path, bucket) = (file.to_str().expect("it is text"), format!("s3://{}", fleet.stack));
    fleet.moto.aws(&["s3", "mb", &bucket]);
    std::fs::write(&file, ORDERS).expect("the test's folder can be written");
    copy(&fleet, path, &format!("{bucket}/in/orders.csv"));

    run(&fleet, ",emulate_redshift=true", "succeeded");
    let noted = fleet.database.psql("select job, attempt, execution from run_log order by attempt, job desc");
    assert_eq!(
        noted,
        "as on Redshift|0|a\\d\nas on PostgreSQL|0|a\\\\d\nfirst|1|5\nnone|2|\nwith \\ one|3|10"
    );
    copy(&fleet, &format!("{bucket}/out/orders_000"), path);
    assert_eq!(std::fs::read_to_string(&file).expect("it was copied"), UNLOADED);
}

#[test]
fn a_connection_that_does_not_ask_for_it_goes_without() {
    let fleet = Fleet::new();
    let seen = run(&fleet, "", "failed");
    assert_eq!(seen.summary(), "load failed 1");
    assert_eq!(fleet.database.psql("select to_regclass('orders') is null"), "t");
}
