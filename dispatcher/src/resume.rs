//! Restart from failure. Owns the passage of a finished execution through `resuming`: it takes every row over into the new
//! generation, then resets in dependency order what failed, was skipped or cancelled and everything downstream, completes the
//! tellings of what is kept, sends what is ready, and opens the execution again. It can be killed at any point and repeated:
//! a row that was reset in the new generation has been done.

use std::collections::BTreeMap;

use fleet_core::audit::{AuditKind, AuditRecord};
use fleet_core::ids::JobId;
use fleet_core::ports::Recorded;
use fleet_core::state::readiness::{self, Readiness};
use fleet_core::state::resume::{NeedIsReset, counts_anew, is_reset, keep, reset};
use fleet_core::state::{
    ExecutionChange, ExecutionRow, ExecutionStatus, JobRow, JobStatus, Request, Tally, Turn, Versioned,
};
use fleet_core::time::Timestamp;
use fleet_core::wire::Ask;
use fleet_core::workflow::JobIx;
use futures_util::future::try_join_all;

use crate::Ports;
use crate::fault::Fault;
use crate::open::{Open, WRITE_TRIES_MAX};
use crate::tell::Settled;
use crate::tick;

/// Rows read or written at once.
const PAGE_MAX: usize = 200;

/// Carries out an operator's resume.
pub(crate) async fn resume(ports: &Ports, ask: &Ask, now: Timestamp) -> Result<(), Fault> {
    let id = &ask.workflow_execution_id;
    let Some(mut open) = Open::read(ports, id, now).await? else {
        return Err(Fault::Rejected(format!("resume: there is no execution `{id}`")));
    };
    let request = Request { by: ask.by.clone(), reason: ask.reason.clone(), at: ask.at };
    // The second delivery of a request that was begun: go on with it, or find it done.
    if open.row.resumed.as_ref() == Some(&request) {
        return match open.row.status {
            ExecutionStatus::Resuming => drive(open, Some(request)).await,
            _ => Ok(()),
        };
    }
    if open.is_of_another_generation(ask) {
        return open.refuse(ask, "resume", "the execution has been resumed since").await;
    }
    match open.row.status {
        ExecutionStatus::Running => {
            return open.refuse(ask, "resume", "it is running; cancel it first, or wait").await;
        }
        ExecutionStatus::Resuming => {
            return open.refuse(ask, "resume", "another resume is under way").await;
        }
        ExecutionStatus::Succeeded if !open.has_work_left().await? => {
            return open.refuse(ask, "resume", "it succeeded, and nothing is left to do").await;
        }
        ExecutionStatus::Succeeded | ExecutionStatus::Failed | ExecutionStatus::Cancelled => {
            // What the end owes to others is paid before it is forgotten.
            open.announce_end().await?;
            open.begin_resume(&request).await?;
        }
    }
    drive(open, Some(request)).await
}

/// Does, or goes on with, the work of a resume.
pub(crate) async fn drive(mut open: Open<'_>, request: Option<Request>) -> Result<(), Fault> {
    let rows = open.take_over_rows().await?;
    let ready = open.reset_rows(rows).await?;
    open.start_reset(ready).await?;
    open.end_resume(request).await
}

type Rows = BTreeMap<JobIx, Versioned<JobRow>>;

impl Open<'_> {
    async fn begin_resume(&mut self, request: &Request) -> Result<(), Fault> {
        let (definition, now) = (self.definition.clone(), self.now);
        let audit = AuditRecord {
            by: request.by.clone(),
            distinct: request.at.to_string(),
            ..self.audit(None, Turn::default(), AuditKind::ResumeRequested, request.reason.clone())
        };
        let change = |row: &ExecutionRow| {
            let mut next = row.clone();
            next.status = row.status.after(ExecutionChange::BeginResume)?;
            next.generation += 1;
            next.generation_at = now;
            next.resumed = Some(request.clone());
            (next.ended_at, next.cancel, next.failed) = (None, None, None);
            (next.slots_used, next.announced) = (0, false);
            tick::set_times(&mut next, &definition, now);
            Ok(Some(next))
        };
        self.amend(change, &[audit]).await?;
        Ok(())
    }

    /// Whether a resume of a succeeded execution would run anything: an excused failure, or what follows from a mark.
    async fn has_work_left(&self) -> Result<bool, Fault> {
        let next = self.row.generation + 1;
        let rows = self.all_rows().await?;
        let mut found = rows.values().map(|found| &found.row);
        Ok(found.any(|row| is_reset(row, NeedIsReset::No, next) || counts_anew(row, next)))
    }

    async fn end_resume(&mut self, request: Option<Request>) -> Result<(), Fault> {
        let mut audit = self.audit(None, Turn::default(), AuditKind::Resumed, String::new());
        if let Some(request) = request {
            audit.by = request.by;
        }
        let change = |row: &ExecutionRow| {
            if row.status != ExecutionStatus::Resuming {
                return Ok(None);
            }
            let status = row.status.after(ExecutionChange::EndResume)?;
            Ok(Some(ExecutionRow { status, ..row.clone() }))
        };
        if self.amend(change, &[audit]).await? {
            self.announce_status().await?;
        }
        Ok(())
    }

    /// Brings every row into the new generation as it stands, so that nothing of the old one, such as a mark that is just
    /// being written, can change it any more: what is decided from the rows must come out the same however often an
    /// interrupted resume is repeated.
    async fn take_over_rows(&self) -> Result<Rows, Fault> {
        let rows: Vec<_> = self.all_rows().await?.into_iter().collect();
        let mut taken = Rows::new();
        for page in rows.chunks(PAGE_MAX) {
            let writes = page.iter().map(|(job, found)| self.take_over(*job, found.clone()));
            taken.extend(try_join_all(writes).await?);
        }
        Ok(taken)
    }

    async fn take_over(
        &self,
        job: JobIx,
        found: Versioned<JobRow>,
    ) -> Result<(JobIx, Versioned<JobRow>), Fault> {
        let key = self.key(job);
        let mut found = found;
        for _ in 0..WRITE_TRIES_MAX {
            if self.is_superseded(&found.row) {
                return Err(Fault::Superseded);
            }
            if found.row.generation == self.row.generation {
                return Ok((job, found));
            }
            let taken = JobRow { generation: self.row.generation, ..found.row.clone() };
            match self.record(&key, Some(found.rev), &taken, &[]).await? {
                Recorded::Done(rev) => return Ok((job, Versioned { rev, row: taken })),
                Recorded::Stale(Some(now)) => found = *now,
                Recorded::Stale(None) => return Err(Fault::Superseded),
            }
        }
        Err(Fault::Contended(format!("job {key} of execution {}", self.id())))
    }

    async fn all_rows(&self) -> Result<Rows, Fault> {
        let mut rows = Rows::new();
        let mut after: Option<JobId> = None;
        loop {
            let page = self.ports.executions.job_page(self.id(), after.as_ref(), PAGE_MAX).await?;
            let last = page.last().map(|(id, _)| id.clone());
            let found = page.into_iter().filter_map(|(id, row)| Some((self.definition.find(&id)?, row)));
            rows.extend(found);
            if last.is_none() {
                return Ok(rows);
            }
            after = last;
        }
    }

    /// Rewrites the rows in dependency order; gives back the rows of all jobs that are reset and have not begun.
    async fn reset_rows(&self, mut rows: Rows) -> Result<Rows, Fault> {
        let mut is_reset_job = vec![false; self.definition.jobs.len()];
        let mut resets_dependents = vec![false; self.definition.jobs.len()];
        let mut open = Rows::new();
        let order: Vec<JobIx> = self.definition.topological().to_vec();
        for page in order.chunks(PAGE_MAX) {
            let mut writes = Vec::new();
            for job in page {
                let need = self.definition.needs(*job).iter().any(|need| resets_dependents[need.0 as usize]);
                let need = if need { NeedIsReset::Yes } else { NeedIsReset::No };
                let found = rows.remove(job);
                let row = found.as_ref().map(|found| found.row.clone()).unwrap_or_default();
                let at = job.0 as usize;
                is_reset_job[at] = is_reset(&row, need, self.row.generation);
                resets_dependents[at] = is_reset_job[at] || counts_anew(&row, self.row.generation);
                writes.push((*job, found));
            }
            let kept = self.kept_tallies(&is_reset_job, page).await?;
            let writes = writes.into_iter().map(|(job, found)| {
                let tally = is_reset_job[job.0 as usize].then(|| kept.get(&job).copied().unwrap_or_default());
                self.rewrite(job, found, tally)
            });
            open.extend(try_join_all(writes).await?.into_iter().flatten());
        }
        self.rewrite_end(&is_reset_job).await?;
        Ok(open)
    }

    /// What the kept needs of the reset jobs of a page count. A job is kept only when all its needs are, so its row is final.
    async fn kept_tallies(
        &self,
        is_reset_job: &[bool],
        page: &[JobIx],
    ) -> Result<BTreeMap<JobIx, Tally>, Fault> {
        let mut tallies = BTreeMap::new();
        for job in page.iter().filter(|job| is_reset_job[job.0 as usize]) {
            tallies.insert(*job, self.kept_tally(*job, is_reset_job).await?);
        }
        Ok(tallies)
    }

    async fn kept_tally(&self, job: JobIx, is_reset_job: &[bool]) -> Result<Tally, Fault> {
        let needs = self.definition.needs(job).iter().copied();
        let kept: Vec<JobIx> = needs.filter(|need| !is_reset_job[need.0 as usize]).collect();
        let mut sum = Tally::default();
        for page in kept.chunks(PAGE_MAX) {
            for (need, row) in page.iter().zip(self.rows(page).await?) {
                let row = row.map(|found| found.row).unwrap_or_default();
                let counts = self.counts(&Settled { job: *need, row });
                sum.settled += counts.settled;
                sum.good += counts.good;
                sum.bad += counts.bad;
            }
        }
        Ok(sum)
    }

    /// Writes one row: reset with a tally, kept without. Gives the row back if it is reset and has not begun.
    async fn rewrite(
        &self,
        job: JobIx,
        found: Option<Versioned<JobRow>>,
        tally: Option<Tally>,
    ) -> Result<Option<(JobIx, Versioned<JobRow>)>, Fault> {
        let key = self.key(job);
        let generation = self.row.generation;
        let mut found = found;
        for _ in 0..WRITE_TRIES_MAX {
            let row = found.as_ref().map(|found| found.row.clone()).unwrap_or_default();
            if self.is_superseded(&row) {
                return Err(Fault::Superseded);
            }
            if row.reset_in == generation {
                let open = [JobStatus::Pending, JobStatus::Skipped].contains(&row.status);
                return Ok(found.filter(|_| open).map(|found| (job, found)));
            }
            let (wanted, audit) = match tally {
                Some(tally) => {
                    let why = format!("was {}", row.status);
                    let audit = self.audit(Some(&key), row.turn, AuditKind::Reset, why);
                    (reset(&row, tally, generation), vec![audit])
                }
                None => {
                    let told = u32::try_from(self.counting_dependents(job).len()).unwrap_or(u32::MAX);
                    if row.told == told && !row.slot {
                        return Ok(None);
                    }
                    (keep(&row, told, generation), Vec::new())
                }
            };
            match self.record(&key, found.as_ref().map(|found| found.rev), &wanted, &audit).await? {
                Recorded::Done(rev) => {
                    return Ok(tally.is_some().then_some((job, Versioned { rev, row: wanted })));
                }
                Recorded::Stale(now) => found = now.map(|now| *now),
            }
        }
        Err(Fault::Contended(format!("job {key} of execution {}", self.id())))
    }

    /// END counts anew, too, where it counts.
    async fn rewrite_end(&self, is_reset_job: &[bool]) -> Result<(), Fault> {
        let end = self.definition.end();
        if self.definition.needs_count(end) < 2 {
            return Ok(());
        }
        let tally = self.kept_tally(end, is_reset_job).await?;
        for _ in 0..WRITE_TRIES_MAX {
            let found = self.rows(&[end]).await?.pop().flatten();
            let row = found.as_ref().map(|found| found.row.clone()).unwrap_or_default();
            if self.is_superseded(&row) {
                return Err(Fault::Superseded);
            }
            if row.reset_in == self.row.generation {
                return Ok(());
            }
            let wanted = reset(&row, tally, self.row.generation);
            if let Recorded::Done(_) =
                self.record(&JobId::end(), found.map(|found| found.rev), &wanted, &[]).await?
            {
                return Ok(());
            }
        }
        Err(Fault::Contended(format!("END of execution {}", self.id())))
    }

    /// Sends what is ready among the reset jobs and skips what is decided already; asks for END when nothing is left.
    async fn start_reset(&self, reset: Rows) -> Result<(), Fault> {
        let (jobs, rows): (Vec<JobIx>, Vec<Versioned<JobRow>>) = reset.into_iter().unzip();
        let mut ready = Vec::new();
        let mut skipped = Vec::new();
        for (job, found) in jobs.into_iter().zip(rows) {
            // Skipped by this very resume, before it was interrupted, and perhaps never told of.
            if found.row.status == JobStatus::Skipped {
                skipped.push(self.key(job));
                continue;
            }
            let run_if = self.definition.job(job).map(|job| job.run_if).unwrap_or_default();
            let needs = self.definition.needs_count(job);
            match readiness::decide(run_if, needs, found.row.tally, self.stopping()) {
                Readiness::NotYet => {}
                Readiness::Ready => ready.push((job, Some(found))),
                Readiness::Skip(cause) => {
                    let done = self.skip(job, Some(found), cause).await?;
                    skipped.extend(done.map(|settled| self.key(settled.job)));
                }
            }
        }
        self.start_ready(ready).await?;
        self.send_settled(skipped).await?;
        let sink = self.definition.needs(self.definition.end()).first().map(|sink| self.key(*sink));
        Ok(self.send_settled(sink).await?)
    }
}
