//! The store before an endpoint that answers by a script: conflicts, pages cut short and indexes that lag, none of which the
//! local endpoint shows.

use fleet_core::audit::{AuditKind, AuditRecord, AuditSubject};
use fleet_core::ids::{ExecutionId, JobId};
use fleet_core::ports::{Admission, Admitted, Executions, JobWrite, PortError, Recorded};
use fleet_core::state::{JobRow, JobStatus, ROW_FORMAT, Rev, Turn, Versioned};
use fleet_core::time::Timestamp;
use serde_json::{Value, json};

use super::{Store, StoreSettings};
use crate::tests::scripted::{self, Asked};

async fn scripted(answers: Vec<Value>) -> (Store, Asked) {
    let (account, asked) = scripted::account(answers).await;
    (Store::new(&account, StoreSettings::default()), asked)
}

fn operations(asked: &Asked) -> Vec<String> {
    asked.lock().unwrap().iter().map(|(operation, _)| operation.clone()).collect()
}

fn cancelled(reasons: &[Value]) -> Value {
    json!({
        "__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
        "Message": "Transaction cancelled, please refer cancellation reasons for specific reasons",
        "CancellationReasons": reasons,
    })
}

fn reason(code: &str) -> Value {
    json!({ "Code": code, "Message": "because" })
}

fn unmet(item: &Value) -> Value {
    json!({ "Code": "ConditionalCheckFailed", "Message": "The conditional request failed", "Item": item })
}

fn execution() -> ExecutionId {
    ExecutionId::parse("night-1").unwrap()
}

fn job() -> JobId {
    JobId::parse("load").unwrap()
}

fn record() -> AuditRecord {
    AuditRecord {
        subject: AuditSubject {
            workflow_id: "night".parse().unwrap(),
            workflow_execution_id: Some(execution()),
            job_id: Some(job()),
            turn: Turn::default(),
            generation: 0,
        },
        kind: AuditKind::Skipped,
        at: Timestamp::default(),
        by: "test".to_owned(),
        detail: String::new(),
        distinct: String::new(),
    }
}

fn row(status: JobStatus) -> JobRow {
    JobRow { format: ROW_FORMAT, status, ..JobRow::default() }
}

/// A job's item as the endpoint writes it.
fn job_item(status: &str, rev: u32) -> Value {
    json!({
        "workflow_execution_id": {"S": "night-1"}, "item": {"S": "JOB#load"}, "rev": {"N": rev.to_string()},
        "data": {"S": json!({"format": 1, "status": status}).to_string()},
    })
}

async fn record_job(store: &Store) -> Result<Recorded<JobRow>, PortError> {
    let (execution, job, row, audit) = (execution(), job(), row(JobStatus::Skipped), [record()]);
    let seen = Some(Rev(4));
    store.record_job(JobWrite { execution: &execution, job: &job, seen, row: &row, audit: &audit }).await
}

#[tokio::test]
async fn a_transaction_that_met_another_is_made_again_as_the_same_one() {
    let conflict = cancelled(&[reason("TransactionConflict"), reason("None")]);
    let throttled = cancelled(&[reason("None"), reason("ThrottlingError")]);
    let (store, asked) = scripted(vec![conflict, throttled, json!({})]).await;
    assert_eq!(record_job(&store).await.unwrap(), Recorded::Done(Rev(5)));
    let asked = asked.lock().unwrap();
    let tokens: Vec<&Value> = asked.iter().map(|(_, body)| &body["ClientRequestToken"]).collect();
    assert_eq!(tokens.len(), 3);
    assert!(tokens[0].is_string() && tokens.iter().all(|token| *token == tokens[0]), "{tokens:?}");
}

#[tokio::test]
async fn a_loser_is_shown_the_row_without_another_read() {
    let shown = cancelled(&[unmet(&job_item("running", 7)), reason("None")]);
    let (store, asked) = scripted(vec![shown]).await;
    let found = Versioned { rev: Rev(7), row: row(JobStatus::Running) };
    assert_eq!(record_job(&store).await.unwrap(), Recorded::Stale(Some(Box::new(found))));
    assert_eq!(operations(&asked), ["TransactWriteItems"]);
}

#[tokio::test]
async fn a_record_that_is_there_already_is_left_out_the_second_time() {
    let known = cancelled(&[reason("None"), unmet(&json!({"scope": {"S": "night-1"}}))]);
    let (store, asked) = scripted(vec![known, json!({})]).await;
    assert_eq!(record_job(&store).await.unwrap(), Recorded::Done(Rev(5)));
    assert_eq!(operations(&asked), ["TransactWriteItems", "PutItem"]);
}

#[tokio::test]
async fn what_is_wrong_is_refused_at_once() {
    let (store, asked) = scripted(vec![cancelled(&[reason("ValidationError"), reason("None")])]).await;
    let refused = record_job(&store).await.unwrap_err();
    assert!(matches!(refused, PortError::Refused { .. }), "{refused:?}");
    let text = "record job load of night-1: action 1 of 2: ValidationError: because";
    assert_eq!((refused.to_string().as_str(), operations(&asked).len()), (text, 1));
}

async fn admit(answers: Vec<Value>) -> (Admitted, Vec<String>) {
    let (store, asked) = scripted(answers).await;
    let (execution, job, row) = (execution(), job(), row(JobStatus::Pending));
    let write = JobWrite { execution: &execution, job: &job, seen: None, row: &row, audit: &[] };
    let admission = Admission { job: write, limit: 2, generation: 1 };
    (store.admit(admission).await.unwrap(), operations(&asked))
}

fn execution_item(generation: u32) -> Value {
    json!({ "rev": {"N": "1"}, "generation": {"N": generation.to_string()}, "slots_used": {"N": "2"} })
}

#[tokio::test]
async fn a_want_of_slots_is_told_from_another_generation() {
    let full = cancelled(&[unmet(&execution_item(1)), reason("None")]);
    assert_eq!(admit(vec![full]).await, (Admitted::Full, vec!["TransactWriteItems".to_owned()]));

    let resumed = cancelled(&[unmet(&execution_item(2)), reason("None")]);
    let (answer, operations) = admit(vec![resumed, json!({})]).await;
    assert_eq!(answer, Admitted::Stale(None));
    assert_eq!(operations, ["TransactWriteItems", "GetItem"]);

    let both = cancelled(&[unmet(&execution_item(1)), unmet(&job_item("running", 7))]);
    let found = Versioned { rev: Rev(7), row: row(JobStatus::Running) };
    assert_eq!(admit(vec![both]).await.0, Admitted::Stale(Some(Box::new(found))));
}

#[tokio::test]
async fn what_a_batch_leaves_out_is_asked_for_again() {
    let table = "rsql-fleet-executions";
    let left = json!({"workflow_execution_id": {"S": "night-1"}, "item": {"S": "JOB#b"}});
    let item = |job: &str| json!({"item": {"S": format!("JOB#{job}")}, "rev": {"N": "1"}});
    let nothing =
        json!({"Responses": {}, "UnprocessedKeys": {table: {"Keys": [left], "ConsistentRead": true}}});
    let some = json!({
        "Responses": {table: [item("a"), item("c")]},
        "UnprocessedKeys": {table: {"Keys": [left], "ConsistentRead": true}},
    });
    let rest = json!({"Responses": {table: [item("b")]}, "UnprocessedKeys": {}});
    let (store, asked) = scripted(vec![some, nothing, rest]).await;
    let jobs = ["a", "b", "c"].map(|id| JobId::parse(id).unwrap());
    let found = store.jobs(&execution(), &jobs).await.unwrap();
    assert!(found.iter().all(Option::is_some), "{found:?}");
    let asked = asked.lock().unwrap();
    for (_, body) in &asked[1..] {
        let again = &body["RequestItems"][table];
        assert_eq!((&again["Keys"], &again["ConsistentRead"]), (&json!([left]), &json!(true)));
    }
}

#[tokio::test]
async fn pages_are_followed_to_their_end() {
    let page = |job: &str, next: bool| {
        let mut page = json!({"Items": [{"item": {"S": format!("JOB#{job}")}, "rev": {"N": "1"}}]});
        if next {
            page["LastEvaluatedKey"] =
                json!({"workflow_execution_id": {"S": "night-1"}, "item": {"S": format!("JOB#{job}")}});
        }
        page
    };
    let (store, asked) = scripted(vec![page("a", true), page("b", true), page("c", false)]).await;
    let found = store.job_page(&execution(), None, 9).await.unwrap();
    let ids: Vec<String> = found.iter().map(|(id, _)| id.to_string()).collect();
    assert_eq!(ids, ["a", "b", "c"]);
    let asked = asked.lock().unwrap();
    assert_eq!(asked[2].1["ExclusiveStartKey"]["item"], json!({"S": "JOB#b"}));
    assert_eq!((&asked[0].1["Limit"], &asked[2].1["Limit"]), (&json!(9), &json!(7)));
}

#[tokio::test]
async fn a_job_that_left_the_line_in_between_is_passed_over() {
    let first = |job: &str| json!({"Items": [{"item": {"S": format!("JOB#{job}")}}]});
    let held = job_item("held", 3);
    let answers =
        vec![first("gone"), json!({"Item": job_item("pending", 2)}), first("load"), json!({ "Item": held })];
    let (store, asked) = scripted(answers).await;
    let (id, found) = store.longest_held(&execution()).await.unwrap().unwrap();
    assert_eq!((id, found.rev), (job(), Rev(3)));
    assert_eq!(operations(&asked), ["Query", "GetItem", "Query", "GetItem"]);
    assert_eq!(asked.lock().unwrap()[0].1["ConsistentRead"], json!(true));
}

#[tokio::test]
async fn an_index_that_lags_makes_nobody_due() {
    let row = |name: &str, attention_at: &str| {
        let data = json!({
            "format": 1, "workflow_execution_id": name, "workflow_id": "night", "version": "00ff",
            "status": "running", "generation": 0, "bindings": {}, "attention_at": attention_at,
            "started": {"by": "test", "at": "2026-11-22T02:00:00Z"}, "generation_at": "2026-11-22T02:00:00Z",
        });
        json!({"rev": {"N": "1"}, "data": {"S": data.to_string()}})
    };
    let named = |name: &str| json!({"workflow_execution_id": {"S": name}});
    let rows = [row("night-2", "2026-11-22T02:00:00Z"), row("night-1", "2026-11-22T03:00:00Z")];
    let answers = vec![
        json!({"Items": [named("night-1"), named("night-2"), named("night-3")]}),
        json!({"Responses": {"rsql-fleet-executions": rows}, "UnprocessedKeys": {}}),
    ];
    let (store, _asked) = scripted(answers).await;
    let now = Timestamp::parse("2026-11-22T02:30:00Z").unwrap();
    let due: Vec<String> = store.due(now, 10).await.unwrap().iter().map(ToString::to_string).collect();
    assert_eq!(due, ["night-2"]);
}

#[tokio::test]
async fn a_try_without_an_answer_ends_within_seconds() {
    let (store, _) = scripted(Vec::new()).await;
    tokio::time::pause();
    let begun = tokio::time::Instant::now();
    let error = store.execution(&execution()).await.unwrap_err();
    assert!(matches!(error, PortError::Unavailable { .. }), "{error}");
    // As many tries as the SDK makes, each of which ends before a lease does.
    assert!(begun.elapsed().as_secs() < 30, "{:?}", begun.elapsed());
}
