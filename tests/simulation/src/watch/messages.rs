//! What may be deleted from the jobs queue.

use fleet_core::ids::{ExecutionId, JobId};
use fleet_core::ports::Receipt;
use fleet_core::state::JobStatus;

use crate::link::Caller;
use crate::world::{Lasting, QueueName};

/// Invariant: whoever has claimed a job keeps the message until the attempt's end is recorded. It is what brings another
/// worker when this one dies: a tick that looks for lost progress minutes later must not be needed for that.
pub(crate) fn may_be_deleted(lasting: &Lasting, caller: &Caller, receipt: &Receipt) -> Result<(), String> {
    // A receipt is a message's number and that of its delivery; see `memory::Queue`.
    let Some((number, _)) = receipt.0.split_once('-') else { return Ok(()) };
    let id = format!("m{number}");
    let running = lasting.store.executions.iter().flat_map(|(execution, entry)| {
        let running = entry.jobs.iter().filter(|(_, found)| found.row.status == JobStatus::Running);
        running.map(move |(job, found)| ((execution, job), &found.row))
    });
    for (of, row) in running {
        let is_its = row.lease.as_ref().is_some_and(|lease| lease.message == id);
        let key = (of.0.clone(), of.1.clone());
        let holder = lasting.watch.holders.get(&key);
        // Another worker, whose clock is behind, may put the message of a later turn back as a new one.
        let is_holder = holder.is_some_and(|holder| holder.process == caller.name);
        if is_its && is_holder && !has_another(lasting, of) {
            return Err(format!("message {id} is deleted while job {} of {} runs with it", of.1, of.0));
        }
    }
    Ok(())
}

/// Whether another message would bring a worker.
fn has_another(lasting: &Lasting, (execution, job): (&ExecutionId, &JobId)) -> bool {
    let needles = [format!("\"workflow_execution_id\":\"{execution}\""), format!("\"job_id\":\"{job}\"")];
    let names = [QueueName::Jobs, QueueName::DeadJobs];
    let bodies = names.into_iter().flat_map(|name| lasting.queues[name as usize].bodies());
    bodies.filter(|body| needles.iter().all(|needle| body.contains(needle))).count() > 1
}
