//! What `start --wait`, `resume --wait`, `cancel` and `watch` end with: the summary, the last line, the exit code.

use fleet_core::ids::ExecutionId;

use crate::context::Context;
use crate::exit;
use crate::output::{Format, remark};
use crate::view::{self, Execution};
use crate::wait::Waited;

/// Shows how a wait ended and gives the exit code that says so.
///
/// # Errors
/// When standard output cannot be written.
pub(super) fn show(waited: &Waited, id: &ExecutionId, context: &mut Context) -> anyhow::Result<u8> {
    match waited {
        Waited::Over(execution) => {
            summary(execution, context)?;
            Ok(exit::code_for(execution.brief.status))
        }
        Waited::Interrupted => {
            remark(&format!(
                "no longer waiting; the execution goes on wherever the fleet runs:\n  \
                 rsqlctl watch {id}\n  rsqlctl cancel {id} --reason '…'"
            ));
            Ok(exit::INTERRUPTED)
        }
    }
}

fn summary(execution: &Execution, context: &mut Context) -> anyhow::Result<()> {
    let out = &mut context.out;
    if out.format == Format::Json {
        return out.json(execution);
    }
    let brief = &execution.brief;
    out.write(&view::jobs_table(&execution.jobs, out.palette))?;
    out.write(&view::faults(execution, out.palette))?;
    out.line(&format!("{} {}", brief.workflow_execution_id, brief.status))
}
