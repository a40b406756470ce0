//! Sending runnable jobs and events. Owns the making of job messages. Sending twice does no harm: a claim is a conditional
//! write.

use std::collections::BTreeMap;

use fleet_core::ids::JobId;
use fleet_core::ports::{Outgoing, PortError, Queue, send_in_batches};
use fleet_core::state::{JobRow, Turn};
use fleet_core::wire::{Event, JobMessage, Walk};
use fleet_core::workflow::JobIx;

use crate::open::Open;

/// Jobs of one event: with the longest ids it stays within SQS's 1 MiB.
const WALK_JOBS_MAX: usize = 5_000;

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
    /// The queue of a job's pool.
    pub(crate) fn queue_of(&self, job: JobIx) -> &dyn Queue {
        let pool = self.definition.job(job).and_then(|job| job.queue.as_deref());
        self.ports.jobs.get(pool.or(self.definition.queue.as_deref()))
    }

    /// Sends jobs to the queues of their pools.
    pub(crate) async fn send(&self, runnable: &[Runnable]) -> Result<(), PortError> {
        let mut pools: BTreeMap<Option<&str>, Vec<Outgoing>> = BTreeMap::new();
        let trace = fleet_telemetry::current_traceparent();
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
            pools.entry(pool).or_default().push(Outgoing::now(message.to_text()).in_trace(trace.clone()));
        }
        for (pool, messages) in pools {
            send_in_batches(self.ports.jobs.get(pool), &messages).await?;
        }
        Ok(())
    }

    /// Tells the dispatcher (itself, by event) that these jobs have settled. As few events as hold them: were each to get
    /// its own, one repeated delivery would multiply with every step of a wide dead path.
    pub(crate) async fn send_settled(&self, jobs: impl IntoIterator<Item = JobId>) -> Result<(), PortError> {
        let jobs: Vec<JobId> = jobs.into_iter().collect();
        let walk = |jobs: &[JobId]| {
            Event::Walk(Walk {
                workflow_execution_id: self.id().clone(),
                generation: self.row.generation,
                jobs: jobs.to_vec(),
            })
        };
        let events: Vec<Event> = jobs.chunks(WALK_JOBS_MAX).map(walk).collect();
        send_events(self.ports.events.as_ref(), &events).await
    }
}

pub(crate) async fn send_events(queue: &dyn Queue, events: &[Event]) -> Result<(), PortError> {
    let trace = fleet_telemetry::current_traceparent();
    let message = |event: &Event| Outgoing::now(event.to_text()).in_trace(trace.clone());
    let messages: Vec<Outgoing> = events.iter().map(message).collect();
    send_in_batches(queue, &messages).await
}
