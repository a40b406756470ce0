//! From settled jobs to what becomes ready. Owns the order of things: the failed flag, then the telling, then the decision
//! on each dependent, then sends, then slots, then END. Dead paths are walked in the same pass, up to a bound; the rest
//! goes on by event.

use std::collections::{BTreeMap, BTreeSet};

use fleet_core::alert::StatusChange;
use fleet_core::audit::AuditKind;
use fleet_core::ports::Recorded;
use fleet_core::state::readiness::{self, Readiness};
use fleet_core::state::{ExecutionStatus, JobRow, JobStatus, Rev, SkipCause, Tally, Versioned, settle};
use fleet_core::time::Timestamp;
use fleet_core::wire::{JobSettled, Walk};
use fleet_core::workflow::JobIx;
use futures_util::future::try_join_all;

use crate::Ports;
use crate::fault::Fault;
use crate::open::Open;
use crate::send::Runnable;
use crate::tell::Settled;

/// Jobs skipped in one pass before the rest of a dead path goes on by event, so that no invocation grows with the graph.
const SKIPS_MAX: usize = 500;

/// The jobs of a walk that goes on, as if each had its own event. A part of it may have been done before.
pub(crate) fn events(rest: Walk) -> Vec<JobSettled> {
    let Walk { workflow_execution_id, generation, jobs } = rest;
    let event = |job_id| JobSettled {
        workflow_execution_id: workflow_execution_id.clone(),
        job_id,
        generation,
        again: true,
    };
    jobs.into_iter().map(event).collect()
}

/// Carries out the news that jobs of one execution have settled.
pub(crate) async fn settled(ports: &Ports, events: &[JobSettled], now: Timestamp) -> Result<(), Fault> {
    let Some(first) = events.first() else { return Ok(()) };
    let Some(mut open) = Open::read(ports, &first.workflow_execution_id, now).await? else {
        tracing::warn!(execution = %first.workflow_execution_id, "a job settled in an execution that is not there");
        return Ok(());
    };
    match open.row.status {
        ExecutionStatus::Resuming => return Err(Fault::Later),
        ExecutionStatus::Running => {}
        ExecutionStatus::Succeeded | ExecutionStatus::Failed | ExecutionStatus::Cancelled => {
            return open.late_news(events).await;
        }
    }
    let front = open.front(events).await?;
    if front.is_empty() {
        return Ok(());
    }
    open.is_first_pass = events.iter().all(|event| !event.again);
    open.flag_failure(&front).await?;
    open.walk(front).await
}

/// What one pass over a front found.
#[derive(Default)]
struct Decided {
    ready: Vec<(JobIx, Option<Versioned<JobRow>>)>,
    skip: Vec<(JobIx, Option<Versioned<JobRow>>, SkipCause)>,
    /// Dependents that were skipped before: their own telling is finished, not assumed.
    again: Vec<Settled>,
    end: bool,
}

impl Open<'_> {
    /// The rows of the settled jobs that these events are about, without those of older generations. A job that is held
    /// while the execution stops is settled here.
    async fn front(&self, events: &[JobSettled]) -> Result<Vec<Settled>, Fault> {
        let current = events.iter().filter(|event| event.generation == self.row.generation);
        let jobs: BTreeSet<JobIx> = current.filter_map(|event| self.definition.find(&event.job_id)).collect();
        let jobs: Vec<JobIx> = jobs.into_iter().collect();
        let rows = self.rows(&jobs).await?;
        let mut front = Vec::new();
        for (job, found) in jobs.into_iter().zip(rows) {
            let Some(found) = found.filter(|found| !self.is_superseded(&found.row)) else { continue };
            if found.row.status.is_settled() {
                front.push(Settled { job, row: found.row });
            } else if found.row.status == JobStatus::Held {
                let run_if = self.definition.job(job).map(|job| job.run_if).unwrap_or_default();
                if let Some(cause) = readiness::starts(run_if, self.stopping()) {
                    front.extend(self.skip(job, Some(found), cause).await?);
                }
            }
        }
        Ok(front)
    }

    /// News of jobs that settled before END was decided, and came after: a cancel can end an execution through jobs whose needs
    /// were settled and not yet told. Nothing follows from them any more, but they are announced, and give their slots back.
    async fn late_news(&mut self, events: &[JobSettled]) -> Result<(), Fault> {
        let mut front = self.front(events).await?;
        self.ports.announce(&self.news(&front)).await?;
        self.tell(&mut front).await?;
        self.announce_end().await
    }

    /// Sets the execution's failed flag before anybody is told, so that END can never miss a failure.
    pub(crate) async fn flag_failure(&mut self, front: &[Settled]) -> Result<(), Fault> {
        let counts = |settled: &&Settled| {
            let excused = self.definition.job(settled.job).is_some_and(|job| job.allow_failure);
            settled.row.status == JobStatus::Failed && !excused
        };
        let Some(failed) = front.iter().find(counts).map(|settled| self.key(settled.job)) else {
            return Ok(());
        };
        let change = |row: &fleet_core::state::ExecutionRow| {
            let mut flagged = row.clone();
            flagged.failed = Some(failed.clone());
            Ok(row.failed.is_none().then_some(flagged))
        };
        // The settled job's own audit record says why; a flag is not another event.
        self.amend(change, &[]).await?;
        Ok(())
    }

    fn news(&self, front: &[Settled]) -> Vec<StatusChange> {
        let news = |settled: &Settled| StatusChange::Job {
            workflow_id: self.row.workflow_id.clone(),
            workflow_execution_id: self.id().clone(),
            job_id: self.key(settled.job),
            status: settled.row.status,
            at: settled.row.ended_at.unwrap_or(self.now),
        };
        front.iter().map(news).collect()
    }

    /// Tells, decides, sends and skips, front by front; then announces what has settled.
    pub(crate) async fn walk(&mut self, mut front: Vec<Settled>) -> Result<(), Fault> {
        let mut skipped = 0;
        let mut end = false;
        let mut news = Vec::new();
        while !front.is_empty() {
            if skipped > SKIPS_MAX {
                let rest: Vec<_> = front.iter().map(|settled| self.key(settled.job)).collect();
                self.send_settled(rest).await?;
                break;
            }
            news.extend(self.news(&front));
            self.tell(&mut front).await?;
            let decided = self.decide(&front).await?;
            end |= decided.end;
            self.start_ready(decided.ready).await?;
            skipped += decided.skip.len() + decided.again.len();
            front = self.skip_all(decided.skip).await?;
            front.extend(decided.again);
        }
        if self.definition.max_parallel.is_some() {
            self.offer_slots().await?;
        }
        // After the sends, which nobody's announcement should hold up; and before END can close the execution, and with it
        // the way back to this news.
        self.ports.announce(&news).await?;
        if end {
            self.finish().await?;
        }
        Ok(())
    }

    /// Reads the dependents of `front` back and decides on those with all needs settled.
    async fn decide(&self, front: &[Settled]) -> Result<Decided, Fault> {
        let mut alone: BTreeMap<JobIx, Tally> = BTreeMap::new();
        let mut dependents: BTreeSet<JobIx> = BTreeSet::new();
        for settled in front {
            for dependent in self.definition.dependents(settled.job) {
                dependents.insert(*dependent);
                if self.definition.needs_count(*dependent) == 1 {
                    alone.insert(*dependent, self.counts(settled));
                }
            }
        }
        let dependents: Vec<JobIx> = dependents.into_iter().collect();
        let rows = self.dependent_rows(&dependents).await?;
        let mut decided = Decided::default();
        for (job, row) in dependents.into_iter().zip(rows) {
            if row.as_ref().is_some_and(|found| self.is_superseded(&found.row)) {
                return Err(Fault::Superseded);
            }
            let tally =
                alone.get(&job).copied().or(row.as_ref().map(|found| found.row.tally)).unwrap_or_default();
            self.decide_one(job, row, tally, &mut decided);
        }
        Ok(decided)
    }

    /// A dependent with one need has no row before it starts, in the first generation: where its need settled just now, reading
    /// it back would only spare a rare second send, at the price of a read for every job.
    async fn dependent_rows(&self, dependents: &[JobIx]) -> Result<Vec<Option<Versioned<JobRow>>>, Fault> {
        if !self.is_first_pass || self.row.generation > 0 || self.definition.max_parallel.is_some() {
            return self.rows(dependents).await;
        }
        let counting: Vec<JobIx> =
            dependents.iter().copied().filter(|job| self.definition.needs_count(*job) > 1).collect();
        let mut read = self.rows(&counting).await?.into_iter();
        let rows = dependents
            .iter()
            .map(|job| if self.definition.needs_count(*job) > 1 { read.next().flatten() } else { None });
        Ok(rows.collect())
    }

    fn decide_one(&self, job: JobIx, row: Option<Versioned<JobRow>>, tally: Tally, decided: &mut Decided) {
        let needs = self.definition.needs_count(job);
        let Some(definition) = self.definition.job(job) else {
            decided.end |= tally.settled >= needs;
            return;
        };
        match row.as_ref().map_or(JobStatus::Pending, |found| found.row.status) {
            JobStatus::Pending => match readiness::decide(definition.run_if, needs, tally, self.stopping()) {
                Readiness::NotYet => {}
                Readiness::Ready => decided.ready.push((job, row)),
                Readiness::Skip(cause) => decided.skip.push((job, row, cause)),
            },
            JobStatus::Skipped => decided.again.extend(row.map(|found| Settled { job, row: found.row })),
            // Held jobs are offered slots below; the others have a worker, or a message of their own, that goes on.
            JobStatus::Held
            | JobStatus::Running
            | JobStatus::Waiting
            | JobStatus::Succeeded
            | JobStatus::Failed
            | JobStatus::Cancelled => {}
        }
    }

    /// Sends what is ready, through the slots of `max_parallel` where there are any.
    pub(crate) async fn start_ready(
        &self,
        ready: Vec<(JobIx, Option<Versioned<JobRow>>)>,
    ) -> Result<(), Fault> {
        let mut free = Vec::new();
        for (job, row) in ready {
            let first = Runnable::first(job, row.as_ref().map(|found| &found.row));
            let needs_slot = self.definition.job(job).is_some_and(|job| !job.work.is_precondition());
            match self.definition.max_parallel {
                Some(limit) if needs_slot => self.admit_or_hold(first, row, limit).await?,
                _ => free.push(first),
            }
        }
        Ok(self.send(&free).await?)
    }

    async fn skip_all(
        &self,
        skip: Vec<(JobIx, Option<Versioned<JobRow>>, SkipCause)>,
    ) -> Result<Vec<Settled>, Fault> {
        let writes = skip.into_iter().map(|(job, row, cause)| self.skip(job, row, cause));
        Ok(try_join_all(writes).await?.into_iter().flatten().collect())
    }

    /// Settles a job as skipped. Somebody else may have done so, and then it is theirs; or may have done something else
    /// with it, and then there is nothing to tell.
    pub(crate) async fn skip(
        &self,
        job: JobIx,
        row: Option<Versioned<JobRow>>,
        cause: SkipCause,
    ) -> Result<Option<Settled>, Fault> {
        let key = self.key(job);
        let mut seen: Option<Rev> = row.as_ref().map(|found| found.rev);
        let mut present = row.map(|found| found.row).unwrap_or_default();
        for _ in 0..crate::open::WRITE_TRIES_MAX {
            let skipped = settle::skip(&present, cause, self.row.generation, self.now)?;
            let reason = cause.reason().to_owned();
            let audit = self.audit(Some(&key), skipped.turn, AuditKind::Skipped, reason);
            match self.record(&key, seen, &skipped, &[audit]).await? {
                Recorded::Done(_) => return Ok(Some(Settled { job, row: skipped })),
                Recorded::Stale(Some(found)) if self.is_superseded(&found.row) => {
                    return Err(Fault::Superseded);
                }
                Recorded::Stale(Some(found)) if found.row.status == JobStatus::Skipped => {
                    return Ok(Some(Settled { job, row: found.row }));
                }
                Recorded::Stale(Some(found))
                    if matches!(found.row.status, JobStatus::Pending | JobStatus::Held) =>
                {
                    (seen, present) = (Some(found.rev), found.row);
                }
                Recorded::Stale(Some(_)) => return Ok(None),
                Recorded::Stale(None) => return Err(Fault::Superseded),
            }
        }
        Err(Fault::Contended(format!("job {key} of execution {}", self.id())))
    }
}
