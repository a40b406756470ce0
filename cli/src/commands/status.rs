//! `rsqlctl status`: one execution with all its jobs.

use fleet_core::ids::ExecutionId;

use crate::context::Context;
use crate::exit;
use crate::view::{self, Execution};

/// Show an execution and each of its jobs
///
/// Of each job: status, attempts, queue delay (from ready to started), run time, rows, exit code. Of each failed job: the
/// statement that failed with file, line, SQLSTATE and message.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The execution
    #[arg(value_name = "EXECUTION")]
    execution: ExecutionId,
}

pub(crate) const EXAMPLES: &str = "\
Examples:
  rsqlctl status nightly-2026-11-21
  rsqlctl status nightly-2026-11-21 -o json | jq '.jobs[] | select(.status == \"failed\") | .error'

JSON: { workflow_execution_id, workflow_id, version, status, resumes, resumed, started_at, started_by, reason,
        scheduled_at, ended_at, run_time_ms, failed_job, cancel, bindings, deadline,
        jobs: [{ job_id, status, attempts, lost, queue_delay_ms, run_time_ms, rows, exit_code, warning, message,
                 error: { file, line, sqlstate, message, statement }, skip, marked: { by, reason, at }, worker, not_before,
                 started_at, ended_at }] }
What there is none of is null. Statuses of executions: running, resuming, succeeded, failed, cancelled; of jobs: pending,
held, running, waiting, succeeded, failed, skipped, cancelled.";

pub(crate) async fn run(args: &Args, context: &mut Context) -> anyhow::Result<u8> {
    let fleet = context.fleet().await?;
    let execution = Execution::load(&fleet, &args.execution).await?;
    context.out.answer(&execution, |execution, out| {
        [
            view::head(execution, out),
            "\n".to_owned(),
            view::jobs_table(&execution.jobs, out.palette),
            view::faults(execution, out.palette),
        ]
        .concat()
    })?;
    Ok(exit::OK)
}
