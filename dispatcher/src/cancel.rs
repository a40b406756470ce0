//! Ending an execution early, by wish or for taking too long. Owns the flag on the execution and the sweep over its jobs:
//! running ones are flagged for their workers, ready ones are cancelled, the rest is skipped as it is told. A sweep over a
//! large graph goes in steps, by event.

use std::collections::BTreeMap;

use fleet_core::audit::{AuditKind, AuditRecord};
use fleet_core::ids::JobId;
use fleet_core::ports::Recorded;
use fleet_core::state::{
    Cancel, CancelCause, ExecutionRow, ExecutionStatus, JobRow, JobStatus, Request, Tally, Turn, Versioned,
    settle,
};
use fleet_core::time::Timestamp;
use fleet_core::wire::{Ask, Event, Sweep};
use fleet_core::workflow::JobIx;
use futures_util::future::try_join_all;

use crate::Ports;
use crate::fault::Fault;
use crate::open::{Open, WRITE_TRIES_MAX};
use crate::send::send_events;
use crate::tell::Settled;

/// Jobs swept in one step.
const SWEEP_MAX: usize = 500;

/// Carries out an operator's cancel.
pub(crate) async fn ask(ports: &Ports, ask: &Ask, now: Timestamp) -> Result<(), Fault> {
    let Some(mut open) = Open::read(ports, &ask.workflow_execution_id, now).await? else {
        return Err(Fault::Rejected(format!(
            "cancel: there is no execution `{}`",
            ask.workflow_execution_id
        )));
    };
    if open.is_of_another_generation(ask) {
        return open.refuse(ask, "cancel", "the execution has been resumed since").await;
    }
    if !open.row.status.is_open() {
        return open.refuse(ask, "cancel", &format!("it is {}", open.row.status)).await;
    }
    let request = Request { by: ask.by.clone(), reason: ask.reason.clone(), at: ask.at };
    open.cancel(Cancel { request, cause: CancelCause::Operator }).await
}

/// Goes on with a cancel.
pub(crate) async fn sweep(ports: &Ports, sweep: &Sweep, now: Timestamp) -> Result<(), Fault> {
    let Some(open) = Open::read(ports, &sweep.workflow_execution_id, now).await? else { return Ok(()) };
    if open.row.status != ExecutionStatus::Running || open.row.generation != sweep.generation {
        return Ok(());
    }
    let Some(cancel) = open.row.cancel.clone() else { return Ok(()) };
    open.sweep_from(sweep.from, &cancel).await
}

impl Open<'_> {
    /// Flags the execution and sends the sweep. Repeating it repeats the sweep, which does no harm.
    pub(crate) async fn cancel(&mut self, cancel: Cancel) -> Result<(), Fault> {
        if self.row.status == ExecutionStatus::Resuming {
            return Err(Fault::Later);
        }
        let audit = AuditRecord {
            by: cancel.request.by.clone(),
            distinct: cancel.request.at.to_string(),
            ..self.audit(None, Turn::default(), AuditKind::CancelRequested, cancel.request.reason.clone())
        };
        let change = |row: &ExecutionRow| {
            let flagged = ExecutionRow { cancel: Some(cancel.clone()), ..row.clone() };
            Ok((row.status == ExecutionStatus::Running && row.cancel.is_none()).then_some(flagged))
        };
        if !self.amend(change, std::slice::from_ref(&audit)).await? && self.row.status.is_open() {
            // It is being cancelled already: the second wish changes nothing, and is on record all the same.
            self.ports.executions.note(&[audit]).await?;
        }
        if self.row.status != ExecutionStatus::Running {
            return Ok(());
        }
        let sweep =
            Sweep { workflow_execution_id: self.id().clone(), generation: self.row.generation, from: 0 };
        Ok(send_events(self.ports.events.as_ref(), &[Event::Sweep(sweep)]).await?)
    }

    async fn sweep_from(&self, from: u32, cancel: &Cancel) -> Result<(), Fault> {
        let total = self.definition.jobs.len();
        let to = total.min(from as usize + SWEEP_MAX);
        let jobs: Vec<JobIx> = (from..u32::try_from(to).unwrap_or(u32::MAX)).map(JobIx).collect();
        let rows = self.rows(&jobs).await?;
        let needs = self.lone_needs(&jobs).await?;
        let steps = jobs.into_iter().zip(rows).map(|(job, row)| {
            let ready = self.is_ready(job, row.as_ref(), &needs);
            self.cancel_job(job, row, ready, cancel)
        });
        let ended: Vec<JobId> = try_join_all(steps).await?.into_iter().flatten().collect();
        self.send_settled(ended).await?;
        if to < total {
            let from = u32::try_from(to).unwrap_or(u32::MAX);
            let next =
                Sweep { workflow_execution_id: self.id().clone(), generation: self.row.generation, from };
            send_events(self.ports.events.as_ref(), &[Event::Sweep(next)]).await?;
        }
        Ok(())
    }

    /// What the only needs of these jobs count, for jobs that have one need and so no tally.
    pub(crate) async fn lone_needs(&self, jobs: &[JobIx]) -> Result<BTreeMap<JobIx, Tally>, Fault> {
        let lone = jobs.iter().filter_map(|job| match self.definition.needs(*job) {
            [need] => Some((*job, *need)),
            _ => None,
        });
        let (lone, needs): (Vec<JobIx>, Vec<JobIx>) = lone.unzip();
        let rows = self.rows(&needs).await?;
        let tallies = lone.into_iter().zip(needs).zip(rows).map(|((job, need), row)| {
            let tally =
                row.map(|found| self.counts(&Settled { job: need, row: found.row })).unwrap_or_default();
            (job, tally)
        });
        Ok(tallies.collect())
    }

    /// Whether all needs of a job are settled, so that a message for it may be on the way.
    pub(crate) fn is_ready(
        &self,
        job: JobIx,
        row: Option<&Versioned<JobRow>>,
        lone: &BTreeMap<JobIx, Tally>,
    ) -> bool {
        let tally = lone.get(&job).copied().or(row.map(|found| found.row.tally)).unwrap_or_default();
        tally.settled >= self.definition.needs_count(job)
    }

    /// Flags or cancels one job; its id, if it is settled by this and its dependents are to be told.
    async fn cancel_job(
        &self,
        job: JobIx,
        row: Option<Versioned<JobRow>>,
        ready: bool,
        cancel: &Cancel,
    ) -> Result<Option<JobId>, Fault> {
        let key = self.key(job);
        let (mut seen, mut present) =
            (row.as_ref().map(|found| found.rev), row.map(|found| found.row).unwrap_or_default());
        for _ in 0..WRITE_TRIES_MAX {
            // The rows are read after the execution, and a resume may have come in between.
            if self.is_superseded(&present) {
                return Err(Fault::Superseded);
            }
            let (wanted, audit) = match present.status {
                JobStatus::Running => match settle::flag(&present, cancel) {
                    Some(flagged) => (flagged, Vec::new()),
                    None => return Ok(None),
                },
                // Told again below: an earlier sweep may have died between the write and the event.
                JobStatus::Cancelled => return Ok(Some(key)),
                JobStatus::Pending if !ready => return Ok(None),
                JobStatus::Pending | JobStatus::Held | JobStatus::Waiting => {
                    let mut row = settle::cancel(&present, cancel, self.now)?;
                    row.generation = self.row.generation;
                    let why = cancel.request.reason.clone();
                    (row, vec![self.audit(Some(&key), present.turn, AuditKind::Cancelled, why)])
                }
                JobStatus::Succeeded | JobStatus::Failed | JobStatus::Skipped => return Ok(None),
            };
            match self.record(&key, seen, &wanted, &audit).await? {
                Recorded::Done(_) => return Ok(wanted.status.is_settled().then_some(key)),
                Recorded::Stale(Some(found)) => (seen, present) = (Some(found.rev), found.row),
                Recorded::Stale(None) => return Err(Fault::Superseded),
            }
        }
        Err(Fault::Contended(format!("job {key} of execution {}", self.id())))
    }
}
