//! Rows there and back, and how many bytes they take, by the rules of DynamoDB for the size of an item.

use fleet_core::audit::{AuditKind, AuditRecord, AuditSubject};
use fleet_core::ids::{ExecutionId, VersionHash, WorkflowId};
use fleet_core::state::{ExecutionStatus, JobResult, Lease, Request, StatementFault, Turn};
use fleet_core::time::Timestamp;

use super::super::audit;
use super::*;

/// Bytes of one write unit.
const WRITE_UNIT: usize = 1024;

fn at(minute: i64) -> Timestamp {
    Timestamp::from_millis(1_780_000_000_000 + minute * 60_000)
}

fn execution_id() -> ExecutionId {
    ExecutionId::parse("nightly_sales-20261122T020000Z").unwrap()
}

fn execution() -> ExecutionRow {
    ExecutionRow {
        format: ROW_FORMAT,
        workflow_execution_id: execution_id(),
        workflow_id: WorkflowId::parse("nightly_sales").unwrap(),
        version: VersionHash::parse("00ff00ff00ff00ff").unwrap(),
        status: ExecutionStatus::Running,
        generation: 2,
        bindings: [("business_date", "2026-11-21"), ("region", "emea")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into(),
        scheduled_at: Some(at(0)),
        started: Request { by: "schedule".to_owned(), reason: String::new(), at: at(0) },
        generation_at: at(0),
        resumed: None,
        ended_at: None,
        deadline: Some(at(1_440)),
        late_at: None,
        cancel: None,
        failed: None,
        slots_used: 3,
        attention_at: Some(at(1)),
        redrives: 0,
        progress: 12,
        announced: false,
    }
}

/// A job of several needs that runs for the first time.
fn running() -> JobRow {
    JobRow {
        format: ROW_FORMAT,
        status: JobStatus::Running,
        turn: Turn { attempt: 1, look: 0 },
        fence: 1,
        lease: Some(Lease {
            worker: "ip-10-0-3-117/4711/3".to_owned(),
            message: "5a1c3a5e-93c6-4c1d-9d1f-0f6d0a4f7f55".to_owned(),
            until: at(9),
        }),
        tally: Tally { settled: 4, good: 3, bad: 1 },
        ready_at: Some(at(1)),
        first_started_at: Some(at(2)),
        started_at: Some(at(2)),
        ..JobRow::default()
    }
}

fn succeeded() -> JobRow {
    JobRow {
        status: JobStatus::Succeeded,
        lease: None,
        ended_at: Some(at(5)),
        told: 4,
        result: Some(JobResult { exit_code: Some(0), rows: 123_456, ..JobResult::default() }),
        ..running()
    }
}

fn failed() -> JobRow {
    let fault = StatementFault {
        file: "sales/stage_orders.rsql".to_owned(),
        line: 112,
        sqlstate: "42P01".to_owned(),
        message: "relation \"staging.orders\" does not exist".to_owned(),
        statement: "insert into s ".repeat(15).chars().take(200).collect(),
    };
    let result = JobResult { exit_code: Some(3), error: Some(fault), ..JobResult::default() };
    JobRow { status: JobStatus::Failed, result: Some(result), ..succeeded() }
}

fn item_of(row: &JobRow) -> Item {
    let (execution, job) = (execution_id(), JobId::parse("stage_orders").unwrap());
    let write = JobWrite { execution: &execution, job: &job, seen: Some(Rev(7)), row, audit: &[] };
    job_item(&write, Rev(8)).unwrap()
}

fn size(item: &Item) -> usize {
    item.iter().map(|(name, value)| name.len() + value_size(value)).sum()
}

fn value_size(value: &AttributeValue) -> usize {
    match value {
        AttributeValue::S(text) => text.len(),
        // One byte for two significant digits, and one more.
        AttributeValue::N(digits) => digits.len().div_ceil(2) + 1,
        AttributeValue::Bool(_) => 1,
        other => panic!("no row has {other:?}"),
    }
}

#[test]
fn job_rows_read_back_whole() {
    for row in [JobRow::default(), running(), succeeded(), failed(), JobRow { slot: true, ..running() }] {
        assert_eq!(read_job(&item_of(&row)), Ok(Versioned { rev: Rev(8), row }));
    }
}

#[test]
fn execution_rows_read_back_whole() {
    for row in
        [execution(), ExecutionRow { attention_at: None, status: ExecutionStatus::Failed, ..execution() }]
    {
        let item = execution_item(&row, Rev(3)).unwrap();
        assert_eq!(item.contains_key(attribute::OPEN), row.status.is_open());
        assert_eq!(item.contains_key(attribute::DUE), row.attention_at.is_some());
        assert_eq!(read_execution(&item), Ok(Versioned { rev: Rev(3), row }));
    }
}

#[test]
fn attributes_are_the_truth() {
    let mut job = item_of(&running());
    job.insert(attribute::TOLD.to_owned(), number(9_u32));
    job.insert(attribute::GENERATION.to_owned(), number(5_u32));
    let read = read_job(&job).unwrap().row;
    assert_eq!((read.told, read.generation), (9, 5));
    let mut item = execution_item(&execution(), Rev(3)).unwrap();
    item.insert(attribute::SLOTS_USED.to_owned(), number(1_u32));
    assert_eq!(read_execution(&item).unwrap().row.slots_used, 1);
}

#[test]
fn a_row_made_by_counting_is_the_default_row_with_its_counts() {
    let counted = [
        (attribute::REV, 2_u32),
        (attribute::GENERATION, 1),
        (attribute::NEEDS_SETTLED, 2),
        (attribute::NEEDS_BAD, 2),
    ];
    let item = counted.map(|(name, count)| (name.to_owned(), number(count))).into();
    let row = JobRow { generation: 1, tally: Tally { settled: 2, good: 0, bad: 2 }, ..JobRow::default() };
    assert_eq!(read_job(&item), Ok(Versioned { rev: Rev(2), row }));
}

#[test]
fn what_a_newer_release_wrote_is_refused() {
    let mut item = item_of(&running());
    item.insert(attribute::LAYOUT.to_owned(), number(LAYOUT + 1));
    assert!(matches!(read_job(&item), Err(Fault::Refused(_))));
    let newer = item_of(&JobRow { format: ROW_FORMAT + 1, ..running() });
    assert!(matches!(read_job(&newer), Err(Fault::Refused(_))));
    let newer = execution_item(&ExecutionRow { format: ROW_FORMAT + 1, ..execution() }, Rev(1)).unwrap();
    assert!(matches!(read_execution(&newer), Err(Fault::Refused(_))));
}

#[test]
fn what_cannot_be_read_is_refused() {
    let mut item = item_of(&running());
    item.insert(attribute::DATA.to_owned(), text("{"));
    assert!(matches!(read_job(&item), Err(Fault::Refused(_))));
    item.insert(attribute::DATA.to_owned(), number(1_u32));
    assert!(matches!(read_job(&item), Err(Fault::Refused(_))));
    let mut item = item_of(&running());
    item.insert(attribute::TOLD.to_owned(), text("three"));
    assert!(matches!(read_job(&item), Err(Fault::Refused(_))));
}

/// A record as the transaction of a claim puts it.
fn record_item() -> Item {
    let record = AuditRecord {
        subject: AuditSubject {
            workflow_id: WorkflowId::parse("nightly_sales").unwrap(),
            workflow_execution_id: Some(execution_id()),
            job_id: Some(JobId::parse("stage_orders").unwrap()),
            turn: Turn { attempt: 1, look: 0 },
            generation: 0,
        },
        kind: AuditKind::AttemptStarted,
        at: at(2),
        by: "ip-10-0-3-117/4711/3".to_owned(),
        detail: "waited 850ms in the queue".to_owned(),
        distinct: String::new(),
    };
    let put = audit::actions("audit", Some(365), &[record]).unwrap().remove(0).put;
    put.unwrap().item
}

#[test]
fn usual_rows_take_one_write_unit() {
    let sizes = [
        ("running", size(&item_of(&running()))),
        ("succeeded", size(&item_of(&succeeded()))),
        ("failed", size(&item_of(&failed()))),
        ("execution", size(&execution_item(&execution(), Rev(3)).unwrap())),
        ("record", size(&record_item())),
    ];
    assert!(sizes.iter().all(|(_, bytes)| *bytes <= WRITE_UNIT), "{sizes:?}");
    println!("{sizes:?}");
}
