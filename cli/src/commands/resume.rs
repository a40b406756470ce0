//! `rsqlctl resume`: restarts a finished execution from its failures.

use fleet_core::ids::ExecutionId;
use fleet_core::wire::{Ask, Event};
use serde::Serialize;

use super::{result, start};
use crate::context::Context;
use crate::engine;
use crate::exit;
use crate::options::RequestArgs;
use crate::progress::Stream;
use crate::serving::{self, Role};
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
    let fleet = context.fleet()?;
    let id = &args.execution;
    let execution = fleet.execution(id).await?;
    if execution.status.is_open() {
        anyhow::bail!("execution {id} is {}; only one that has ended can be resumed", execution.status);
    }
    if args.wait && !serving::is_served(&fleet.project.state, Role::Worker)? {
        engine::missing_variables(&fleet, &*fleet.definition(&execution).await?)?;
    }
    let request = &args.request;
    let ask = Ask {
        workflow_execution_id: id.clone(),
        by: request.who(),
        reason: request.reason.clone(),
        at: fleet.now(),
        generation: Some(execution.generation),
    };
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
