//! `rsqlctl mark`: declares one job succeeded or skipped by hand.

use std::time::{Duration, Instant};

use clap::ValueEnum;
use fleet_core::ids::{ExecutionId, JobId};
use fleet_core::state::resume::{Standing, mark};
use fleet_core::state::{ExecutionRow, JobRow, JobStatus};
use fleet_core::wire::{Event, Mark, MarkedAs};
use fleet_core::workflow::Definition;
use serde::Serialize;

use crate::context::Context;
use crate::engine::Engine;
use crate::exit;
use crate::fleet::Fleet;
use crate::options::RequestArgs;
use crate::output::remark;
use crate::serving::Role;
use crate::signals::Signals;

/// Declare one job succeeded or skipped
///
/// For work that was done by hand, or is not wanted this time. In an open execution the job must not have settled, and its
/// dependents go on from there; in one that has ended, `rsqlctl resume` goes on from there.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The execution
    #[arg(value_name = "EXECUTION")]
    execution: ExecutionId,

    /// The job
    #[arg(value_name = "JOB")]
    job: JobId,

    /// What it shall count as
    #[arg(value_enum, value_name = "STATUS")]
    status: Status,

    #[command(flatten)]
    request: RequestArgs,
}

pub(crate) const EXAMPLES: &str = "\
Examples:
  rsqlctl mark nightly-2026-11-21 load_fact succeeded --reason 'loaded by hand'
  rsqlctl resume nightly-2026-11-21 --reason 'go on after load_fact' --wait

JSON: { workflow_execution_id, job_id, status }";

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Status {
    /// As if it had run well
    Succeeded,
    /// As if its `run_if` had not been met
    Skipped,
}

impl Status {
    const fn marked_as(self) -> MarkedAs {
        match self {
            Self::Succeeded => MarkedAs::Succeeded,
            Self::Skipped => MarkedAs::Skipped,
        }
    }

    const fn job_status(self) -> JobStatus {
        match self {
            Self::Succeeded => JobStatus::Succeeded,
            Self::Skipped => JobStatus::Skipped,
        }
    }
}

#[derive(Serialize)]
struct Marked<'a> {
    workflow_execution_id: &'a ExecutionId,
    job_id: &'a JobId,
    status: JobStatus,
}

/// A mark that is not carried out for so long has met a change of the job, or nobody carries anything out.
const MARK_MAX: Duration = Duration::from_secs(60);

pub(crate) async fn run(args: &Args, context: &mut Context) -> anyhow::Result<u8> {
    let fleet = context.fleet().await?;
    let (id, job) = (&args.execution, &args.job);
    let execution = fleet.execution(id).await?;
    let definition = fleet.definition(&execution).await?;
    Fleet::job(&definition, job)?;
    let standing = standing(&fleet, &execution, &definition, job).await?;
    check(&row(&fleet, args).await?, args, standing, &fleet)?;
    let ask = args.request.ask(&execution, fleet.now());
    fleet.send(&Event::Mark(Mark { ask, job_id: job.clone(), status: args.status.marked_as() })).await?;
    let mut signals = Signals::catch()?;
    let mut engine = Engine::idle();
    let carried_out = until_marked(&fleet, args, &mut engine, &mut signals).await;
    engine.drain(&mut signals, || ()).await?;
    if !carried_out? {
        remark("no longer waiting; the mark is queued");
        return Ok(exit::INTERRUPTED);
    }
    let marked = Marked { workflow_execution_id: id, job_id: job, status: args.status.job_status() };
    context.out.answer(&marked, |marked, _| format!("{} {}\n", marked.job_id, marked.status))?;
    if !execution.status.is_open() {
        remark(&format!("to go on from there:\n  rsqlctl resume {id} --reason '…'"));
    }
    Ok(exit::OK)
}

async fn row(fleet: &Fleet, args: &Args) -> anyhow::Result<JobRow> {
    let found = fleet.executions.jobs(&args.execution, std::slice::from_ref(&args.job)).await?;
    Ok(found.into_iter().next().flatten().map(|found| found.row).unwrap_or_default())
}

/// Where the job stands in its execution.
async fn standing(
    fleet: &Fleet,
    execution: &ExecutionRow,
    definition: &Definition,
    job: &JobId,
) -> anyhow::Result<Standing> {
    if !execution.status.is_open() {
        return Ok(Standing::Ended(execution.generation));
    }
    let needs = definition.find(job).map(|ix| definition.needs(ix)).unwrap_or_default();
    let needs: Vec<JobId> = needs.iter().filter_map(|ix| Some(definition.job(*ix)?.id.clone())).collect();
    let rows = fleet.executions.jobs(&execution.workflow_execution_id, &needs).await?;
    let settled = rows.iter().all(|found| found.as_ref().is_some_and(|found| found.row.status.is_settled()));
    Ok(if settled { Standing::Ready } else { Standing::Unready })
}

/// The rule that the dispatcher will apply, so that the operator hears of it at once.
fn check(row: &JobRow, args: &Args, standing: Standing, fleet: &Fleet) -> anyhow::Result<()> {
    match mark(row, args.status.marked_as(), standing, fleet.now()) {
        Ok(_) => Ok(()),
        Err(why) => anyhow::bail!("mark job {} of {}: {why}", args.job, args.execution),
    }
}

/// Whether it was carried out, rather than the wait ended by a signal.
async fn until_marked(
    fleet: &Fleet,
    args: &Args,
    engine: &mut Engine,
    signals: &mut Signals,
) -> anyhow::Result<bool> {
    let begun = Instant::now();
    loop {
        engine.fill_in(fleet, &[Role::Dispatcher])?;
        engine.check()?;
        if row(fleet, args).await?.status == args.status.job_status() {
            return Ok(true);
        }
        if begun.elapsed() > MARK_MAX {
            anyhow::bail!(
                "job {} was not marked within {} s; see `rsqlctl audit {}`",
                args.job,
                MARK_MAX.as_secs(),
                args.execution
            );
        }
        tokio::select! {
            () = signals.next() => return Ok(false),
            () = tokio::time::sleep(fleet.look()) => {}
        }
    }
}
