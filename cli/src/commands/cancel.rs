//! `rsqlctl cancel`: ends an execution early.

use fleet_core::ids::ExecutionId;
use fleet_core::state::ExecutionStatus;
use fleet_core::wire::Event;
use serde::Serialize;

use super::{result, start};
use crate::context::Context;
use crate::exit;
use crate::options::RequestArgs;
use crate::output::remark;
use crate::progress::Stream;
use crate::serving::Role;
use crate::wait::{self, Wait, Waited};

/// End an execution early
///
/// Queued jobs are cancelled, queries that run are cancelled on the server, scripts are ended, and whatever becomes ready
/// is skipped. `rsqlctl resume` takes the execution up again.
///
/// Where no `rsqlctl local` serves the state directory, this process carries the cancel out itself, to the end.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The execution
    #[arg(value_name = "EXECUTION")]
    execution: ExecutionId,

    /// Wait until it has ended
    #[arg(short, long)]
    wait: bool,

    #[command(flatten)]
    request: RequestArgs,
}

pub(crate) const EXAMPLES: &str = "\
Examples:
  rsqlctl cancel nightly-2026-11-21 --reason 'wrong business date' --wait

Ends with 0 once the cancel is asked for, or, with --wait, once the execution is cancelled.

JSON: { workflow_execution_id, requested: \"cancel\" }; with --wait the document of `rsqlctl status`.";

#[derive(Serialize)]
struct Requested<'a> {
    workflow_execution_id: &'a ExecutionId,
    requested: &'static str,
}

pub(crate) async fn run(args: &Args, context: &mut Context) -> anyhow::Result<u8> {
    let fleet = context.fleet().await?;
    let id = &args.execution;
    let execution = fleet.execution(id).await?;
    if !execution.status.is_open() {
        anyhow::bail!("execution {id} has ended already: it {}", how(execution.status));
    }
    let ask = args.request.ask(&execution, fleet.now());
    fleet.send(&Event::Cancel(ask)).await?;
    let is_served = fleet.is_served(Role::Dispatcher)?;
    if args.wait || !is_served {
        let wait =
            Wait { id, generation: execution.generation, fill_in: &start::NEEDED, stream: Stream::Err };
        let waited = wait::until_over(&fleet, &wait, &mut context.out).await?;
        let code = result::show(&waited, id, context)?;
        return Ok(wanted(&waited, code));
    }
    let requested = Requested { workflow_execution_id: id, requested: "cancel" };
    context.out.answer(&requested, |requested, _| format!("{}\n", requested.workflow_execution_id))?;
    remark("the cancel is under way; `rsqlctl status` shows how far it has come");
    Ok(exit::OK)
}

/// A cancelled execution is what was wanted here.
fn wanted(waited: &Waited, code: u8) -> u8 {
    match waited {
        Waited::Over(execution) if execution.brief.status == ExecutionStatus::Cancelled => exit::OK,
        _ => code,
    }
}

const fn how(status: ExecutionStatus) -> &'static str {
    match status {
        ExecutionStatus::Succeeded => "succeeded",
        ExecutionStatus::Failed => "failed",
        ExecutionStatus::Cancelled => "was cancelled",
        ExecutionStatus::Running | ExecutionStatus::Resuming => "is running",
    }
}
