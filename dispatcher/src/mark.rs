//! Declaring one job succeeded or skipped by hand. Owns the order of the write and the telling; the rules are in
//! `fleet_core::state::resume`.

use fleet_core::audit::{AuditKind, AuditRecord};
use fleet_core::ports::Recorded;
use fleet_core::state::resume::{self, Standing};
use fleet_core::state::{ExecutionStatus, JobRow, Turn, Versioned};
use fleet_core::time::Timestamp;
use fleet_core::wire::{Mark, MarkedAs};
use fleet_core::workflow::JobIx;

use crate::Ports;
use crate::fault::Fault;
use crate::open::{Open, WRITE_TRIES_MAX};
use crate::tell::Settled;

/// Carries out a mark. One that the rules forbid is noted in the audit; the CLI asks the same rules before it sends.
pub(crate) async fn mark(ports: &Ports, mark: &Mark, now: Timestamp) -> Result<(), Fault> {
    let id = &mark.ask.workflow_execution_id;
    let Some(mut open) = Open::read(ports, id, now).await? else {
        return Err(Fault::Rejected(format!("mark: there is no execution `{id}`")));
    };
    let Some(job) = open.definition.find(&mark.job_id) else {
        let reason = format!("workflow `{}` has no job `{}`", open.row.workflow_id, mark.job_id);
        return open.refuse(&mark.ask, "mark", &reason).await;
    };
    if open.is_of_another_generation(&mark.ask) {
        return open.refuse(&mark.ask, "mark", "the execution has been resumed since").await;
    }
    for _ in 0..WRITE_TRIES_MAX {
        let found = open.rows(&[job]).await?.pop().flatten();
        let standing = open.standing(job, found.as_ref()).await?;
        let (seen, row) = found.map(|found| (Some(found.rev), found.row)).unwrap_or_default();
        if open.is_superseded(&row) {
            return open.refuse(&mark.ask, "mark", "the execution has been resumed since").await;
        }
        let marked = match resume::mark(&row, mark.status, standing, mark.ask.at) {
            Ok(marked) => JobRow { generation: open.row.generation, ..marked },
            // The second delivery finds its own work done.
            Err(_) if row.ended_at == Some(mark.ask.at) => return open.tell_mark(mark, job, standing).await,
            Err(reason) => {
                return open.refuse(&mark.ask, "mark", &format!("{}: {reason}", mark.job_id)).await;
            }
        };
        let audit = audit(&open, mark, row.turn);
        if let Recorded::Done(_) = open.record(&mark.job_id, seen, &marked, &[audit]).await? {
            return open.tell_mark(mark, job, standing).await;
        }
    }
    Err(Fault::Contended(format!("job {} of execution {id}", mark.job_id)))
}

fn audit(open: &Open<'_>, mark: &Mark, turn: Turn) -> AuditRecord {
    let status = match mark.status {
        MarkedAs::Succeeded => "succeeded",
        MarkedAs::Skipped => "skipped",
    };
    AuditRecord {
        by: mark.ask.by.clone(),
        distinct: mark.ask.at.to_string(),
        ..open.audit(Some(&mark.job_id), turn, AuditKind::Marked, format!("{status}: {}", mark.ask.reason))
    }
}

impl Open<'_> {
    async fn standing(&self, job: JobIx, row: Option<&Versioned<JobRow>>) -> Result<Standing, Fault> {
        match self.row.status {
            ExecutionStatus::Resuming => Err(Fault::Later),
            ExecutionStatus::Running => {
                let ready = self.is_ready(job, row, &self.lone_needs(&[job]).await?);
                Ok(if ready { Standing::Ready } else { Standing::Unready })
            }
            ExecutionStatus::Succeeded | ExecutionStatus::Failed | ExecutionStatus::Cancelled => {
                Ok(Standing::Ended(self.row.generation))
            }
        }
    }

    /// In an open execution the dependents are told; in one that has ended, a resume will count the marked job. A lone need
    /// that failed may not have been heard of yet: its failure must not be missed by an END that this mark brings about.
    async fn tell_mark(&mut self, mark: &Mark, job: JobIx, standing: Standing) -> Result<(), Fault> {
        if matches!(standing, Standing::Ended(_)) {
            return Ok(());
        }
        let needs = self.definition.needs(job).to_vec();
        let rows = self.rows(&needs).await?;
        let needs = needs.into_iter().zip(rows).filter_map(|(job, row)| Some(Settled { job, row: row?.row }));
        let needs: Vec<Settled> = needs.collect();
        self.flag_failure(&needs).await?;
        Ok(self.send_settled([mark.job_id.clone()]).await?)
    }
}
