//! `rsqlctl watch`: follows an execution to its end.

use fleet_core::ids::ExecutionId;
use fleet_core::ports::Filter;

use super::result;
use crate::context::Context;
use crate::exit::{self, Failure};
use crate::fleet::Fleet;
use crate::output::Format;
use crate::progress::Stream;
use crate::wait::{self, Wait, Waited};

/// Follow an execution to its end
///
/// On a terminal a progress bar and a line a job; elsewhere a line for each thing that happens. Ends with the execution's
/// own result. Watching runs nothing: somebody else must (`rsqlctl local`, or a `start --wait`).
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The execution; without it, the open one that was started last
    #[arg(value_name = "EXECUTION")]
    execution: Option<ExecutionId>,
}

pub(crate) const EXAMPLES: &str = "\
Examples:
  rsqlctl watch
  rsqlctl watch nightly-2026-11-21

Exit codes: 0 succeeded, 3 failed, 4 cancelled, 7 no longer watching.

JSON: the document of `rsqlctl status`, once the execution is over.";

pub(crate) async fn run(args: &Args, context: &mut Context) -> anyhow::Result<u8> {
    let fleet = context.fleet().await?;
    let id = match &args.execution {
        Some(id) => fleet.execution(id).await?.workflow_execution_id,
        None => newest(&fleet).await?,
    };
    // JSON is one document, at the end; the way there is then a remark.
    let stream = if context.out.format == Format::Json { Stream::Err } else { Stream::Out };
    let wait = Wait { id: &id, generation: 0, fill_in: &[], stream };
    match wait::until_over(&fleet, &wait, &mut context.out).await? {
        Waited::Interrupted => Ok(exit::INTERRUPTED),
        waited @ Waited::Over(_) => result::show(&waited, &id, context),
    }
}

async fn newest(fleet: &Fleet) -> anyhow::Result<ExecutionId> {
    let filter = Filter { open_only: true, ..Filter::default() };
    let open = fleet.executions.list(&filter, 1).await?;
    let newest = open.into_iter().next().map(|row| row.workflow_execution_id);
    newest
        .ok_or_else(|| Failure::not_found("no execution is open; `rsqlctl list` shows those that have ended"))
}
