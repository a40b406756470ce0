//! `rsqlctl list`: executions, newest first, or the workflows that are deployed.

use fleet_core::ids::{VersionHash, WorkflowId};
use fleet_core::ports::Filter;
use fleet_core::state::ExecutionStatus;
use fleet_core::time::Timestamp;
use serde::Serialize;

use crate::context::Context;
use crate::exit;
use crate::fleet::Fleet;
use crate::output::{Align, Cell, Palette, Table, Tone, execution_tone, optional, remark, time};
use crate::view::{self, Brief};

/// List executions, newest first, or workflows
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Only executions of this workflow
    #[arg(short, long, value_name = "WORKFLOW", conflicts_with = "workflows")]
    workflow: Option<WorkflowId>,

    /// Only executions that have not ended
    #[arg(long, conflicts_with = "workflows")]
    open: bool,

    /// At most so many
    #[arg(short = 'n', long, default_value_t = 20, value_name = "COUNT", value_parser = at_least_one())]
    #[arg(conflicts_with = "workflows")]
    limit: usize,

    /// Workflows that are deployed, with their schedules
    #[arg(long)]
    workflows: bool,
}

pub(crate) const EXAMPLES: &str = "\
Examples:
  rsqlctl list --open
  rsqlctl list --workflow nightly_sales -n 5
  rsqlctl list --workflows
  rsqlctl list -o json | jq -r '.executions[] | select(.status == \"failed\") | .workflow_execution_id'

JSON: { executions: [the document of `rsqlctl status` without jobs] } or
      { workflows: [{ workflow_id, version, description, jobs, schedules: [{ cron, timezone, next }],
        source, deployed_at, deployed_by, last: { workflow_execution_id, status, … } }] }";

fn at_least_one() -> clap::builder::RangedU64ValueParser<usize> {
    clap::builder::RangedU64ValueParser::new().range(1..)
}

#[derive(Serialize)]
struct Executions {
    executions: Vec<Brief>,
}

#[derive(Serialize)]
struct Workflows {
    workflows: Vec<Workflow>,
}

#[derive(Serialize)]
struct Workflow {
    workflow_id: WorkflowId,
    version: VersionHash,
    description: Option<String>,
    jobs: usize,
    schedules: Vec<Schedule>,
    source: String,
    deployed_at: Timestamp,
    deployed_by: String,
    last: Option<Brief>,
}

#[derive(Serialize)]
struct Schedule {
    cron: String,
    timezone: String,
    next: Option<Timestamp>,
}

pub(crate) async fn run(args: &Args, context: &mut Context) -> anyhow::Result<u8> {
    let fleet = context.fleet().await?;
    if args.workflows {
        let list = Workflows { workflows: workflows(&fleet).await? };
        context.out.answer(&list, |list, out| workflow_table(&list.workflows, out.palette))?;
        if list.workflows.is_empty() {
            remark("no workflow is deployed yet; `rsqlctl deploy` registers those of the project");
        }
        return Ok(exit::OK);
    }
    let filter = Filter { workflow: args.workflow.clone(), open_only: args.open, before: None };
    let rows = fleet.executions.list(&filter, args.limit).await?;
    let now = fleet.now();
    let list = Executions { executions: rows.iter().map(|row| Brief::of(row, now)).collect() };
    context.out.answer(&list, |list, out| view::brief_table(&list.executions, out.palette))?;
    if list.executions.is_empty() {
        remark("there is no such execution; `rsqlctl start WORKFLOW` starts one");
    }
    Ok(exit::OK)
}

async fn workflows(fleet: &Fleet) -> anyhow::Result<Vec<Workflow>> {
    let mut list = Vec::new();
    for item in fleet.definitions.all().await? {
        let (current, definition) = match fleet.workflow(&item.workflow_id).await {
            // One that was put there by hand and has faults must not hide the others.
            Err(error) if exit::code_of(&error) == exit::INVALID => {
                remark(&format!("workflow {} is left out: {error}", item.workflow_id));
                continue;
            }
            found => found?,
        };
        let filter = Filter { workflow: Some(item.workflow_id.clone()), ..Filter::default() };
        let now = fleet.now();
        let last = fleet.executions.list(&filter, 1).await?.first().map(|row| Brief::of(row, now));
        let schedules = definition.schedules.iter().map(|schedule| Schedule {
            cron: schedule.cron.to_string(),
            timezone: schedule.timezone.to_string(),
            next: schedule.next_after(now),
        });
        list.push(Workflow {
            workflow_id: item.workflow_id,
            version: definition.version(),
            description: definition.description.clone(),
            jobs: definition.jobs.len(),
            schedules: schedules.collect(),
            source: current.source,
            deployed_at: current.at,
            deployed_by: current.by,
            last,
        });
    }
    Ok(list)
}

fn workflow_table(list: &[Workflow], palette: Palette) -> String {
    let mut table = Table::new(&[
        ("WORKFLOW", Align::Left),
        ("VERSION", Align::Left),
        ("JOBS", Align::Right),
        ("NEXT START", Align::Left),
        ("LAST", Align::Left),
        ("DEPLOYED", Align::Left),
        ("BY", Align::Left),
        ("DESCRIPTION", Align::Left),
    ]);
    for workflow in list {
        let next = workflow.schedules.iter().filter_map(|schedule| schedule.next).min();
        let last: Option<ExecutionStatus> = workflow.last.as_ref().map(|last| last.status);
        table.row(vec![
            Cell::from(&workflow.workflow_id),
            Cell::from(&workflow.version),
            Cell::from(workflow.jobs),
            Cell::from(optional(next, time)),
            Cell::toned(last.map_or(Tone::Plain, execution_tone), &optional(last, |last| last.to_string())),
            Cell::from(time(workflow.deployed_at)),
            Cell::from(&workflow.deployed_by),
            Cell::from(workflow.description.as_deref().unwrap_or_default()),
        ]);
    }
    table.render(palette)
}
