//! The store on DynamoDB beyond the contract: items that people put there themselves, what the tables hold, and what is
//! refused.

use std::sync::Arc;

use fleet_aws::{Roster, Store, StoreSettings};
use fleet_core::audit::{AuditKind, AuditRecord, AuditSubject};
use fleet_core::ids::{ExecutionId, JobId, VersionHash, WorkflowId};
use fleet_core::ports::{Current, Definitions, Executions, Gain, JobWrite, PortError, Teller, Telling, Told};
use fleet_core::roster::{RunningAttempt, WorkerStatus};
use fleet_core::state::{JobRow, JobStatus, ROW_FORMAT, Turn};
use fleet_core::time::Timestamp;
use fleet_core::workflow::{self, Definition, ScriptCheck};
use fleet_tests::aws_client::AwsClient;
use fleet_tests::moto::Moto;
use serde_json::{Value, json};

use crate::common::{account, account_of};

async fn store() -> Store {
    Store::new(&account().await, StoreSettings::default())
}

fn at(minute: i64) -> Timestamp {
    Timestamp::from_millis(1_780_000_000_000 + minute * 60_000)
}

fn id<T: std::str::FromStr<Err: std::fmt::Debug>>(text: &str) -> T {
    text.parse().unwrap()
}

/// A caller of the endpoint, and the store of a new stack there.
async fn by_hand() -> (AwsClient, Store, String) {
    let stack = Moto::shared().stack();
    let store = Store::new(&account_of(&stack).await, StoreSettings::default());
    (AwsClient::new(Moto::shared().endpoint()), store, stack)
}

fn compiled(current: &Current) -> Result<Definition, String> {
    let found = workflow::parse(&current.source, &current.text, &|_| ScriptCheck::Unchecked);
    found.map_err(|faults| faults.to_string())
}

fn jobs_and_needs(definition: &Definition) -> Vec<(String, usize)> {
    let jobs = definition.jobs.iter();
    jobs.map(|job| (job.id.to_string(), job.needs.len())).collect()
}

/// The item of the older framework, in its two spellings.
fn older_items() -> [Value; 2] {
    let script = |name: &str| json!({"S": name});
    let stage = |flag: &str, kind: &str, scripts: &[&str]| {
        let scripts: Vec<Value> = scripts.iter().map(|name| script(name)).collect();
        json!({"M": {
            "execution_flag": {"S": flag}, "execution_type": {"S": kind}, "scripts": {"L": scripts},
        }})
    };
    let native = json!({"L": [
        stage("y", "parallel", &["land_orders.sh", "land_stores.sh"]),
        stage("n", "sequential", &["left_out.sh"]),
        stage("Y", "sequential", &["load.sh", "publish.sh"]),
    ]});
    let as_text = json!([
        {"execution_flag": "y", "execution_type": "parallel", "scripts": ["land_orders.sh", "land_stores.sh"]},
        {"execution_flag": "n", "execution_type": "sequential", "scripts": ["left_out.sh"]},
        {"execution_flag": "Y", "execution_type": "sequential", "scripts": ["load.sh", "publish.sh"]},
    ]);
    [native, json!({"S": as_text.to_string()})]
}

#[tokio::test]
async fn an_item_of_the_older_form_put_by_hand_runs_as_it_stands() {
    let (client, store, stack) = by_hand().await;
    let workflow: WorkflowId = id("nightly_sales");
    for stages in older_items() {
        let item = json!({"workflow_id": {"S": "nightly_sales"}, "workflow_stages": stages});
        client.dynamodb("PutItem", &json!({"TableName": format!("{stack}-workflows"), "Item": item}));
        let current = store.current(&workflow).await.unwrap().unwrap();
        assert_eq!((current.version.clone(), current.by.as_str()), (None, ""));
        assert_eq!(current.source, format!("DynamoDB item nightly_sales of table {stack}-workflows"));
        let definition = compiled(&current).unwrap();
        let expect = [("land_orders", 0), ("land_stores", 0), ("load", 2), ("publish", 1)];
        assert_eq!(jobs_and_needs(&definition), expect.map(|(job, needs)| (job.to_owned(), needs)));
        store.keep(&definition).await.unwrap();
        let kept = store.version(&workflow, &definition.version()).await.unwrap().unwrap();
        assert_eq!(kept.canonical_json(), definition.canonical_json());
        // The item stays as it was put.
        assert_eq!(store.current(&workflow).await.unwrap(), Some(current));
    }
}

#[tokio::test]
async fn a_fault_in_an_item_put_by_hand_is_shown_in_its_text() {
    let (client, store, stack) = by_hand().await;
    let item = json!({"workflow_id": {"S": "nightly"}, "workflow_stages": {"L": [{"M": {
        "execution_type": {"S": "paralel"}, "scripts": {"L": [{"S": "a.sh"}]},
    }}]}});
    client.dynamodb("PutItem", &json!({"TableName": format!("{stack}-workflows"), "Item": item}));
    let faults = compiled(&store.current(&id("nightly")).await.unwrap().unwrap()).unwrap_err();
    assert!(faults.contains("DynamoDB item nightly of table") && faults.contains("paralel"), "{faults}");
}

#[tokio::test]
async fn a_name_that_no_workflow_can_have_hides_no_other() {
    let (client, store, stack) = by_hand().await;
    let table = format!("{stack}-workflows");
    for name in ["good", "not a name"] {
        let item = json!({"workflow_id": {"S": name}, "jobs": {"L": []}});
        client.dynamodb("PutItem", &json!({"TableName": table, "Item": item}));
    }
    let all = store.all().await.unwrap();
    assert_eq!(all.iter().map(|current| current.workflow_id.as_str()).collect::<Vec<_>>(), ["good"]);
}

fn definition(note: &str) -> Definition {
    let text =
        format!("workflow: nightly\njobs:\n  - {{ id: load, script: load.sql, description: {note} }}\n");
    workflow::parse("nightly.yaml", &text, &|_| ScriptCheck::Unchecked).unwrap()
}

fn current(definition: &Definition, text: &str) -> Current {
    Current {
        workflow_id: definition.workflow_id.clone(),
        text: text.to_owned(),
        source: "nightly.yaml".to_owned(),
        version: Some(definition.version()),
        by: "ünal".to_owned(),
        at: at(0),
    }
}

#[tokio::test]
async fn a_text_of_any_length_is_current() {
    let store = store().await;
    let definition = definition("first");
    for text in [String::new(), "x".repeat(32_000), "näh\n".repeat(200_000)] {
        let current = current(&definition, &text);
        store.deploy(&current, &definition, &[]).await.unwrap();
        assert_eq!(store.current(&definition.workflow_id).await.unwrap(), Some(current));
    }
}

#[tokio::test]
async fn a_version_is_there_once_its_first_piece_is() {
    let (client, store, stack) = by_hand().await;
    let (table, definition) = (format!("{stack}-versions"), definition("first"));
    store.keep(&definition).await.unwrap();
    let rows = client.rows(&table, "workflow_id", "nightly");
    assert_eq!(rows.len(), 1);
    let key = json!({"workflow_id": rows[0]["workflow_id"], "part": rows[0]["part"]});
    client.dynamodb("DeleteItem", &json!({"TableName": table, "Key": key}));
    let mut later = rows[0].clone();
    later.as_object_mut().unwrap().remove("chunks");
    later["part"] = json!({"S": format!("{}#0001", definition.version())});
    client.dynamodb("PutItem", &json!({"TableName": table, "Item": later}));
    let version: VersionHash = definition.version();
    assert!(store.version(&definition.workflow_id, &version).await.unwrap().is_none());
    // Once read, it is kept: another handle of the same store asks nobody.
    client.dynamodb(
        "DeleteItem",
        &json!({"TableName": table, "Key": json!({
            "workflow_id": later["workflow_id"], "part": later["part"],
        })}),
    );
    store.keep(&definition).await.unwrap();
    let read = store.version(&definition.workflow_id, &version).await.unwrap().unwrap();
    client.dynamodb("DeleteItem", &json!({"TableName": table, "Key": key}));
    let again = store.clone().version(&definition.workflow_id, &version).await.unwrap().unwrap();
    assert!(Arc::ptr_eq(&read, &again));
}

fn record(job: Option<&str>, distinct: &str) -> AuditRecord {
    AuditRecord {
        subject: AuditSubject {
            workflow_id: id("nightly"),
            workflow_execution_id: job.map(|_| id("nightly-1")),
            job_id: job.map(id),
            turn: Turn::default(),
            generation: 0,
        },
        kind: AuditKind::Deployed,
        at: at(0),
        by: "test".to_owned(),
        detail: "first".to_owned(),
        distinct: distinct.to_owned(),
    }
}

#[tokio::test]
async fn records_expire_only_where_that_is_asked_for() {
    let (client, store, stack) = by_hand().await;
    let settings = StoreSettings { audit_keep_days: Some(30) };
    let expiring = Store::new(&account_of(&stack).await, settings);
    let (kept, expires) = (record(Some("a"), ""), record(Some("b"), ""));
    store.note(std::slice::from_ref(&kept)).await.unwrap();
    // One that is there already is not changed by the setting either.
    expiring.note(&[kept, expires]).await.unwrap();
    let rows = client.rows(&format!("{stack}-audit"), "scope", "nightly-1");
    let times: Vec<&Value> = rows.iter().map(|row| &row["expires_at"]["N"]).collect();
    assert_eq!(times, [&Value::Null, &json!((1_780_000_000 + 30 * 86_400).to_string())]);
}

#[tokio::test]
async fn a_known_record_is_left_as_it_is_by_the_change_that_brings_it_again() {
    let store = store().await;
    let (execution, job): (ExecutionId, JobId) = (id("nightly-1"), id("load"));
    let (known, new) = (record(Some("load"), ""), record(Some("load"), "new"));
    store.note(std::slice::from_ref(&known)).await.unwrap();
    let edited = AuditRecord { detail: "edited".to_owned(), ..known.clone() };
    let row = JobRow { format: ROW_FORMAT, ..JobRow::default() };
    // Twice in one change, too, is once.
    let audit = [edited.clone(), new.clone(), new.clone()];
    let write = JobWrite { execution: &execution, job: &job, seen: None, row: &row, audit: &audit };
    store.record_job(write.clone()).await.unwrap();
    let written = store.jobs(&execution, std::slice::from_ref(&job)).await.unwrap().remove(0);
    assert_eq!(written.unwrap().row, row);
    assert_eq!(store.audit(&execution, 0, 10).await.unwrap(), [known, new]);
    let only_known = JobWrite { seen: Some(fleet_core::state::Rev(1)), audit: &audit[..1], ..write };
    store.record_job(only_known).await.unwrap();
    assert_eq!(store.audit(&execution, 0, 10).await.unwrap().len(), 2);
}

#[tokio::test]
async fn deployments_are_audited_under_the_workflow() {
    let store = store().await;
    let (definition, deployed) = (definition("first"), record(None, "first"));
    store.deploy(&current(&definition, "text"), &definition, std::slice::from_ref(&deployed)).await.unwrap();
    assert_eq!(store.workflow_audit(&definition.workflow_id, 0, 10).await.unwrap(), [deployed]);
    assert_eq!(store.workflow_audit(&definition.workflow_id, 1, 10).await.unwrap(), []);
}

#[tokio::test]
async fn a_telling_that_is_one_cursor_is_one_plain_write() {
    let store = store().await;
    let (execution, job): (ExecutionId, JobId) = (id("nightly-1"), id("load"));
    let row = JobRow { format: ROW_FORMAT, status: JobStatus::Succeeded, ..JobRow::default() };
    let write = JobWrite { execution: &execution, job: &job, seen: None, row: &row, audit: &[] };
    store.record_job(write).await.unwrap();
    let tellers = [Teller { job: job.clone(), from: 0, to: 1, frees_slot: false }];
    let gains: &[Gain] = &[];
    let telling = || Telling { execution: &execution, generation: 0, tellers: &tellers, gains };
    assert_eq!(store.tell(telling()).await.unwrap(), Told::Done);
    assert_eq!(store.tell(telling()).await.unwrap(), Told::Stale);
    assert_eq!(store.jobs(&execution, &[job]).await.unwrap()[0].as_ref().unwrap().row.told, 1);
}

#[tokio::test]
async fn rows_asked_for_twice_are_given_twice() {
    let store = store().await;
    let (execution, job): (ExecutionId, JobId) = (id("nightly-1"), id("load"));
    let row = JobRow { format: ROW_FORMAT, ..JobRow::default() };
    let write = JobWrite { execution: &execution, job: &job, seen: None, row: &row, audit: &[] };
    store.record_job(write).await.unwrap();
    let found = store.jobs(&execution, &[job.clone(), id("other"), job.clone()]).await.unwrap();
    assert_eq!(found.iter().map(Option::is_some).collect::<Vec<_>>(), [true, false, true]);
    assert_eq!(store.jobs(&execution, &[]).await.unwrap(), []);
}

#[tokio::test]
async fn without_its_tables_every_call_is_refused_and_says_what_is_missing() {
    let store = Store::new(&account_of("t-none").await, StoreSettings::default());
    let refused = store.execution(&id("nightly-1")).await.unwrap_err();
    assert!(matches!(refused, PortError::Refused { .. }), "{refused:?}");
    assert!(
        refused.to_string().starts_with("read execution nightly-1: ResourceNotFoundException"),
        "{refused}"
    );
    assert!(matches!(store.note(&[record(Some("a"), "")]).await, Err(PortError::Refused { .. })));
    assert!(matches!(store.all().await, Err(PortError::Refused { .. })));
}

#[tokio::test]
async fn a_row_that_no_item_can_hold_is_refused() {
    let store = store().await;
    let (execution, job): (ExecutionId, JobId) = (id("nightly-1"), id("load"));
    let result = fleet_core::state::JobResult { message: "x".repeat(500_000), ..Default::default() };
    let row = JobRow { format: ROW_FORMAT, result: Some(result), ..JobRow::default() };
    let write = JobWrite { execution: &execution, job: &job, seen: None, row: &row, audit: &[] };
    assert!(matches!(store.record_job(write).await, Err(PortError::Refused { .. })));
}

fn status(worker: &str, minute: i64) -> WorkerStatus {
    let running = RunningAttempt { execution: id("nightly-1"), job: id("load"), attempt: 2, since: at(1) };
    WorkerStatus {
        worker: worker.to_owned(),
        host: "etl-1".to_owned(),
        pid: 4_711,
        version: "0.1.0".to_owned(),
        queues: vec![("jobs".to_owned(), 8)],
        running: vec![running],
        draining: false,
        started_at: at(0),
        seen_at: at(minute),
    }
}

#[tokio::test]
async fn the_roster_has_the_last_report_of_each_worker() {
    let (client, store, stack) = by_hand().await;
    let roster = Roster::new(&store);
    assert_eq!(roster.workers().await.unwrap(), []);
    for report in [status("b/1", 1), status("a/1", 1), status("b/1", 2)] {
        roster.report(&report).await.unwrap();
    }
    assert_eq!(roster.workers().await.unwrap(), [status("a/1", 1), status("b/1", 2)]);
    let rows = client.rows(&format!("{stack}-executions"), "workflow_execution_id", "#workers");
    assert_eq!(rows[0]["expires_at"]["N"], json!((1_780_000_000 + 60 + 86_400).to_string()));
    roster.leave("a/1").await.unwrap();
    roster.leave("a/1").await.unwrap();
    assert_eq!(roster.workers().await.unwrap(), [status("b/1", 2)]);
}
