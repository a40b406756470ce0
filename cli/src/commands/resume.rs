//! `rsqlctl resume`: restarts a finished execution from its failures.

use fleet_core::ids::ExecutionId;
use fleet_core::state::resume::{NeedIsReset, counts_anew, is_reset};
use fleet_core::state::{ExecutionRow, ExecutionStatus, JobRow};
use fleet_core::wire::Event;
use serde::Serialize;

use super::{result, start};
use crate::context::Context;
use crate::exit;
use crate::fleet::Fleet;
use crate::options::RequestArgs;
use crate::progress::Stream;
use crate::wait::{self, Wait};

/// Restart a finished execution from its failures
///
/// What failed, was skipped or cancelled runs again, and everything downstream of it; what succeeded before that stays.
/// The execution keeps its id, version and values; attempts go on counting.
///
/// With `--wait`, as `rsqlctl start --wait`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The execution
    #[arg(value_name = "EXECUTION")]
    execution: ExecutionId,

    /// Wait for the end, and end with the execution's own result
    #[arg(short, long)]
    wait: bool,

    #[command(flatten)]
    request: RequestArgs,
}

pub(crate) const EXAMPLES: &str = "\
Examples:
  rsqlctl resume nightly-2026-11-21 --reason 'added the missing airline' --wait

Exit codes with --wait: 0 succeeded, 3 failed, 4 cancelled, 7 no longer waiting.

JSON: { workflow_execution_id, requested: \"resume\" }; with --wait the document of `rsqlctl status`.";

#[derive(Serialize)]
struct Requested<'a> {
    workflow_execution_id: &'a ExecutionId,
    requested: &'static str,
}

pub(crate) async fn run(args: &Args, context: &mut Context) -> anyhow::Result<u8> {
    let fleet = context.fleet().await?;
    let id = &args.execution;
    let execution = fleet.execution(id).await?;
    if execution.status.is_open() {
        anyhow::bail!("execution {id} is {}; only one that has ended can be resumed", execution.status);
    }
    if execution.status == ExecutionStatus::Succeeded && !has_work_left(&fleet, &execution).await? {
        anyhow::bail!("execution {id} succeeded, and nothing is left to do");
    }
    if args.wait {
        fleet.check_variables(&*fleet.definition(&execution).await?)?;
    }
    let ask = args.request.ask(&execution, fleet.now());
    fleet.send(&Event::Resume(ask)).await?;
    if args.wait {
        let wait =
            Wait { id, generation: execution.generation + 1, fill_in: &start::NEEDED, stream: Stream::Err };
        let waited = wait::until_over(&fleet, &wait, &mut context.out).await?;
        return result::show(&waited, id, context);
    }
    let requested = Requested { workflow_execution_id: id, requested: "resume" };
    context.out.answer(&requested, |requested, _| format!("{}\n", requested.workflow_execution_id))?;
    start::say_if_unserved(&fleet, &format!("the resume of {id} is queued"))?;
    Ok(exit::OK)
}

/// Rows read at once.
const PAGE: usize = 500;

/// Whether a resume of a succeeded execution would run anything: an excused failure, or what follows from a mark. The
/// dispatcher asks the same, so that the operator hears of it at once.
async fn has_work_left(fleet: &Fleet, execution: &ExecutionRow) -> anyhow::Result<bool> {
    let next = execution.generation + 1;
    let mut after = None;
    loop {
        let page = fleet.executions.job_page(&execution.workflow_execution_id, after.as_ref(), PAGE).await?;
        let left = |row: &JobRow| is_reset(row, NeedIsReset::No, next) || counts_anew(row, next);
        if page.iter().any(|(_, found)| left(&found.row)) {
            return Ok(true);
        }
        let Some((last, _)) = page.last() else { return Ok(false) };
        after = Some(last.clone());
    }
}
