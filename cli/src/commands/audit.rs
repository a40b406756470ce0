//! `rsqlctl audit`: the audit trail of an execution.

use fleet_core::audit::{AuditKind, AuditRecord};
use fleet_core::ids::{ExecutionId, JobId, WorkflowId};
use fleet_core::time::Timestamp;
use serde::Serialize;

use crate::context::Context;
use crate::exit;
use crate::output::{Align, Cell, Palette, Table, optional};

/// Show the audit trail of an execution
///
/// Every change of an execution and its jobs, oldest first: what, when, by whom and why. Records are only ever added.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The execution
    #[arg(value_name = "EXECUTION")]
    execution: ExecutionId,

    /// Only what concerns this job
    #[arg(long, value_name = "JOB")]
    job: Option<JobId>,
}

pub(crate) const EXAMPLES: &str = "\
Examples:
  rsqlctl audit nightly-2026-11-21
  rsqlctl audit nightly-2026-11-21 --job load_fact
  rsqlctl audit nightly-2026-11-21 -o json | jq -r '.records[] | select(.kind == \"marked\") | .by'

JSON: { records: [{ workflow_id, workflow_execution_id, job_id, attempt, look, generation, kind, at, by, detail }] }
What there is none of is null: the attempt of what concerns no attempt, the look of what is no precondition.";

#[derive(Serialize)]
struct Trail {
    records: Vec<Record>,
}

/// One record, for programs.
#[derive(Serialize)]
struct Record {
    workflow_id: WorkflowId,
    workflow_execution_id: Option<ExecutionId>,
    job_id: Option<JobId>,
    /// Counted from 1.
    attempt: Option<u32>,
    /// Of a precondition, counted from 0 within its attempt.
    look: Option<u32>,
    generation: u32,
    kind: AuditKind,
    at: Timestamp,
    by: String,
    detail: String,
}

impl From<AuditRecord> for Record {
    fn from(record: AuditRecord) -> Self {
        let AuditRecord { subject, kind, at, by, detail, .. } = record;
        let has_look = kind == AuditKind::LookedAt || subject.turn.look > 0;
        Self {
            workflow_id: subject.workflow_id,
            workflow_execution_id: subject.workflow_execution_id,
            job_id: subject.job_id,
            attempt: Some(subject.turn.attempt).filter(|attempt| *attempt > 0),
            look: has_look.then_some(subject.turn.look),
            generation: subject.generation,
            kind,
            at,
            by,
            detail,
        }
    }
}

pub(crate) async fn run(args: &Args, context: &mut Context) -> anyhow::Result<u8> {
    let fleet = context.fleet().await?;
    let id = fleet.execution(&args.execution).await?.workflow_execution_id;
    let of_job = |record: &AuditRecord| args.job.is_none() || record.subject.job_id == args.job;
    let records = fleet.audit(&id, of_job).await?.into_iter().map(Record::from).collect();
    context.out.answer(&Trail { records }, |trail, out| table(&trail.records, out.palette))?;
    Ok(exit::OK)
}

fn table(records: &[Record], palette: Palette) -> String {
    let mut table = Table::new(&[
        ("AT", Align::Left),
        ("JOB", Align::Left),
        ("ATTEMPT", Align::Right),
        ("WHAT", Align::Left),
        ("BY", Align::Left),
        ("DETAIL", Align::Left),
    ]);
    for record in records {
        table.row(vec![
            Cell::from(record.at),
            Cell::from(optional(record.job_id.as_ref(), ToString::to_string)),
            Cell::from(optional(record.attempt, |attempt| attempt.to_string())),
            Cell::from(kind(record)),
            Cell::from(&record.by),
            Cell::from(&record.detail),
        ]);
    }
    table.render(palette)
}

/// `attempt_started` as `attempt started`.
fn kind(record: &Record) -> String {
    let name = serde_json::to_value(record.kind).ok();
    let name = name.as_ref().and_then(|name| name.as_str()).unwrap_or_default();
    name.replace('_', " ")
}
