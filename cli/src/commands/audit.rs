//! `rsqlctl audit`: the audit trail of an execution.

use fleet_core::audit::AuditRecord;
use fleet_core::ids::{ExecutionId, JobId};
use fleet_core::ports::Executions as _;
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

JSON: { records: [{ workflow_id, workflow_execution_id, job_id, turn: { attempt, look }, generation, kind, at, by, detail }] }";

/// Records of one read.
const PAGE: usize = 1_000;

#[derive(Serialize)]
struct Trail {
    records: Vec<AuditRecord>,
}

pub(crate) async fn run(args: &Args, context: &mut Context) -> anyhow::Result<u8> {
    let fleet = context.fleet()?;
    let id = fleet.execution(&args.execution).await?.workflow_execution_id;
    let mut records = Vec::new();
    let mut read = 0;
    loop {
        let page = fleet.store.audit(&id, read, PAGE).await?;
        read += page.len();
        let is_last = page.len() < PAGE;
        records.extend(
            page.into_iter().filter(|record| args.job.is_none() || record.subject.job_id == args.job),
        );
        if is_last {
            break;
        }
    }
    context.out.answer(&Trail { records }, |trail, out| table(&trail.records, out.palette))?;
    Ok(exit::OK)
}

fn table(records: &[AuditRecord], palette: Palette) -> String {
    let mut table = Table::new(&[
        ("AT", Align::Left),
        ("JOB", Align::Left),
        ("ATTEMPT", Align::Right),
        ("WHAT", Align::Left),
        ("BY", Align::Left),
        ("DETAIL", Align::Left),
    ]);
    for record in records {
        let attempt = Some(record.subject.turn.attempt).filter(|attempt| *attempt > 0);
        table.row(vec![
            Cell::from(record.at),
            Cell::from(optional(record.subject.job_id.as_ref(), ToString::to_string)),
            Cell::from(optional(attempt, |attempt| attempt.to_string())),
            Cell::from(kind(record)),
            Cell::from(&record.by),
            Cell::from(&record.detail),
        ]);
    }
    table.render(palette)
}

/// `attempt_started` as `attempt started`.
fn kind(record: &AuditRecord) -> String {
    let name = serde_json::to_value(record.kind).ok();
    let name = name.as_ref().and_then(|name| name.as_str()).unwrap_or_default();
    name.replace('_', " ")
}
