//! Sending runnable jobs and events. Owns the making of job messages. Sending twice does no harm: a claim is a conditional
//! write.

use std::collections::BTreeMap;

use fleet_core::ids::{ExecutionId, JobId};
use fleet_core::ports::{Outgoing, PortError, Queue, send_in_batches};
use fleet_core::state::{JobRow, Turn};
use fleet_core::time::Millis;
use fleet_core::wire::{Event, JobMessage, JobSettled};
use fleet_core::workflow::JobIx;

use crate::open::Open;

/// A job and the turn that is to be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Runnable {
    pub(crate) job: JobIx,
    pub(crate) turn: Turn,
}

impl Runnable {
    /// The first turn of a job that has not begun in this generation: attempts go on counting through resumes.
    pub(crate) fn first(job: JobIx, row: Option<&JobRow>) -> Self {
        let attempt = row.map_or(0, |row| row.turn.attempt) + 1;
        Self { job, turn: Turn { attempt, look: 0 } }
    }
}

impl Open<'_> {
    /// Sends jobs to the queues of their pools.
    pub(crate) async fn send(&self, runnable: &[Runnable]) -> Result<(), PortError> {
        let mut pools: BTreeMap<Option<&str>, Vec<Outgoing>> = BTreeMap::new();
        for item in runnable {
            let Some(job) = self.definition.job(item.job) else { continue };
            let pool = job.queue.as_deref().or(self.definition.queue.as_deref());
            let message = JobMessage {
                workflow_execution_id: self.id().clone(),
                workflow_id: self.row.workflow_id.clone(),
                version: self.row.version.clone(),
                job_id: job.id.clone(),
                turn: item.turn,
                generation: self.row.generation,
                ready_at: self.now,
            };
            pools.entry(pool).or_default().push(Outgoing { body: message.to_text(), delay: Millis(0) });
        }
        for (pool, messages) in pools {
            send_in_batches(self.ports.jobs.get(pool), &messages).await?;
        }
        Ok(())
    }

    /// Tells the dispatcher (itself, by event) that these jobs have settled.
    pub(crate) async fn send_settled(&self, jobs: impl IntoIterator<Item = JobId>) -> Result<(), PortError> {
        let events =
            jobs.into_iter().map(|job| settled(self.id(), job, self.row.generation)).collect::<Vec<_>>();
        send_events(self.ports.events.as_ref(), &events).await
    }
}

pub(crate) fn settled(execution: &ExecutionId, job_id: JobId, generation: u32) -> Event {
    Event::JobSettled(JobSettled { workflow_execution_id: execution.clone(), job_id, generation })
}

pub(crate) async fn send_events(queue: &dyn Queue, events: &[Event]) -> Result<(), PortError> {
    let messages: Vec<Outgoing> =
        events.iter().map(|event| Outgoing { body: event.to_text(), delay: Millis(0) }).collect();
    send_in_batches(queue, &messages).await
}
