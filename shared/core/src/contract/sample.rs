//! Rows, records and definitions for the checks. Owns nothing that the product uses.

use crate::audit::{AuditKind, AuditRecord, AuditSubject};
use crate::ids::{ExecutionId, JobId, VersionHash, WorkflowId};
use crate::ports::{Executions, JobWrite, PortError, Recorded};
use crate::state::{
    ExecutionRow, ExecutionStatus, JobResult, JobRow, JobStatus, Lease, ROW_FORMAT, Request, Rev,
    StatementFault, Tally, Turn,
};
use crate::time::Timestamp;
use crate::workflow::Definition;

use super::report::Mismatch;

/// Some minute of the year 2026, the same in each run.
pub(super) fn minute(number: u32) -> Timestamp {
    Timestamp::from_millis(1_780_000_000_000 + i64::from(number) * 60_000)
}

pub(super) fn workflow(name: &str) -> WorkflowId {
    WorkflowId::parse(name).expect("the checks use legal names")
}

pub(super) fn execution_id(name: &str) -> ExecutionId {
    ExecutionId::parse(name).expect("the checks use legal names")
}

pub(super) fn job(name: &str) -> JobId {
    JobId::parse(name).expect("the checks use legal names")
}

/// Names with the same stem in text order.
pub(super) fn numbered(stem: &str, count: u32) -> Vec<JobId> {
    (0..count).map(|number| job(&format!("{stem}{number:05}"))).collect()
}

/// An open execution of a workflow of its own.
pub(super) fn execution(name: &str) -> ExecutionRow {
    ExecutionRow {
        format: ROW_FORMAT,
        workflow_execution_id: execution_id(name),
        workflow_id: workflow(&format!("w-{name}")),
        version: VersionHash::parse("00ff").expect("it is a legal version"),
        status: ExecutionStatus::Running,
        generation: 0,
        bindings: [("business_date".to_owned(), "2026-11-21".to_owned())].into(),
        scheduled_at: None,
        started: Request { by: "contract".to_owned(), reason: String::new(), at: minute(0) },
        generation_at: minute(0),
        resumed: None,
        ended_at: None,
        deadline: None,
        late_at: None,
        cancel: None,
        failed: None,
        slots_used: 0,
        attention_at: None,
        redrives: 0,
        progress: 9,
        announced: false,
    }
}

/// A row with something in every field that a store could lose.
pub(super) fn full_job() -> JobRow {
    JobRow {
        format: ROW_FORMAT,
        generation: 3,
        reset_in: 2,
        marked_in: Some(1),
        status: JobStatus::Running,
        turn: Turn { attempt: 2, look: 5 },
        failures: 1,
        losses: 1,
        fence: 7,
        lease: Some(Lease { worker: "w/1".to_owned(), message: "m".to_owned(), until: minute(9) }),
        not_before: Some(minute(8)),
        tally: Tally { settled: 6, good: 4, bad: 2 },
        told: 11,
        slot: true,
        held_since: Some(minute(1)),
        cancel: None,
        ready_at: Some(minute(2)),
        first_started_at: Some(minute(3)),
        started_at: Some(minute(4)),
        ended_at: Some(minute(5)),
        result: Some(JobResult {
            exit_code: Some(3),
            rows: u64::from(u32::MAX) * 5,
            message: "näh: 'quoted' \"text\"\nand a second line".to_owned(),
            error: Some(StatementFault {
                sqlstate: "42P01".to_owned(),
                line: 12,
                ..StatementFault::default()
            }),
            warning: true,
        }),
        skip: None,
    }
}

pub(super) fn job_at(status: JobStatus) -> JobRow {
    JobRow { format: ROW_FORMAT, status, ..JobRow::default() }
}

/// A record of this execution; the number tells it apart.
pub(super) fn record(execution: &ExecutionRow, number: u32) -> AuditRecord {
    AuditRecord {
        subject: AuditSubject {
            workflow_id: execution.workflow_id.clone(),
            workflow_execution_id: Some(execution.workflow_execution_id.clone()),
            job_id: Some(job("load")),
            turn: Turn { attempt: 1, look: 0 },
            generation: execution.generation,
        },
        kind: AuditKind::AttemptStarted,
        at: minute(number),
        by: "contract".to_owned(),
        detail: String::new(),
        distinct: format!("{number:06}"),
    }
}

/// A workflow whose jobs each need the one before; `note` tells versions apart.
pub(super) fn definition(workflow: &str, jobs: u32, note: &str) -> Definition {
    let job = |number: u32| {
        let needs: Vec<u32> = number.checked_sub(1).into_iter().collect();
        let path = format!("scripts/step_{number:05}.sql");
        serde_json::json!({
            "id": format!("step_{number:05}"),
            "work": { "script": { "path": path, "kind": "sql" } },
            "needs": needs,
            "description": note,
        })
    };
    let jobs: Vec<_> = (0..jobs).map(job).collect();
    let text = serde_json::json!({
        "format": Definition::FORMAT,
        "workflow_id": workflow,
        "on_failure": "stop",
        "alerts": { "on": ["failure"] },
        "jobs": jobs,
    });
    serde_json::from_value(text).expect("the checks use legal definitions")
}

/// Writes a first row for a job.
pub(super) async fn put(
    store: &dyn Executions,
    execution: &ExecutionRow,
    job: &JobId,
    row: &JobRow,
) -> Result<Rev, Mismatch> {
    let write = JobWrite { execution: &execution.workflow_execution_id, job, seen: None, row, audit: &[] };
    match store.record_job(write).await? {
        Recorded::Done(rev) => Ok(rev),
        Recorded::Stale(found) => Err(Mismatch::new(format!("the first row of {job} is stale: {found:?}"))),
    }
}

/// How often a check repeats a call that a busy adapter could not serve.
const TRIES_MAX: usize = 50;

/// Calls until the answer is another than "unavailable", as every caller of a port does.
pub(super) async fn persist<T, F: Future<Output = Result<T, PortError>>>(
    call: impl Fn() -> F,
) -> Result<T, PortError> {
    let mut tries = 1;
    loop {
        match call().await {
            Err(PortError::Unavailable { .. }) if tries < TRIES_MAX => tries += 1,
            answer => return answer,
        }
    }
}
