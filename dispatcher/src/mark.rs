//! Declaring one job succeeded or skipped by hand. Owns the order of the write and the telling; the rules are in
//! `fleet_core::state::resume`.

use fleet_core::audit::{AuditKind, AuditRecord};
use fleet_core::ports::Recorded;
use fleet_core::state::ExecutionStatus;
use fleet_core::state::resume::{self, OpenExecution};
use fleet_core::time::Timestamp;
use fleet_core::wire::{Mark, MarkedAs};

use crate::Ports;
use crate::fault::Fault;
use crate::open::{Open, WRITE_TRIES_MAX};

/// Carries out a mark. One that the rules forbid goes to the dead letters with its reason; the CLI asks the same rules
/// before it sends.
pub(crate) async fn mark(ports: &Ports, mark: &Mark, now: Timestamp) -> Result<(), Fault> {
    let id = &mark.ask.workflow_execution_id;
    let Some(open) = Open::read(ports, id, now).await? else {
        return Err(Fault::Rejected(format!("mark: there is no execution `{id}`")));
    };
    let Some(job) = open.definition.find(&mark.job_id) else {
        return Err(Fault::Rejected(format!(
            "mark: workflow `{}` has no job `{}`",
            open.row.workflow_id, mark.job_id
        )));
    };
    let execution = match open.row.status {
        ExecutionStatus::Resuming => return Err(Fault::Later),
        status if status.is_open() => OpenExecution::Yes,
        _ => OpenExecution::No,
    };
    for _ in 0..WRITE_TRIES_MAX {
        let found = open.rows(&[job]).await?.pop().flatten();
        let (seen, row) = found.map(|found| (Some(found.rev), found.row)).unwrap_or_default();
        let audit = audit(&open, mark, row.turn);
        let marked = match resume::mark(&row, mark.status, execution, mark.ask.at) {
            Ok(marked) => fleet_core::state::JobRow { generation: open.row.generation, ..marked },
            // The second delivery finds its own work done.
            Err(_) if row.ended_at == Some(mark.ask.at) => return open.tell_mark(mark, execution).await,
            Err(reason) => return Err(Fault::Rejected(format!("mark {}: {reason}", mark.job_id))),
        };
        if let Recorded::Done(_) = open.record(&mark.job_id, seen, &marked, &[audit]).await? {
            return open.tell_mark(mark, execution).await;
        }
    }
    Err(Fault::Contended(format!("job {} of execution {id}", mark.job_id)))
}

fn audit(open: &Open<'_>, mark: &Mark, turn: fleet_core::state::Turn) -> AuditRecord {
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
    /// In an open execution the dependents are told; in one that has ended, a resume will count the marked job.
    async fn tell_mark(&self, mark: &Mark, execution: OpenExecution) -> Result<(), Fault> {
        match execution {
            OpenExecution::Yes => Ok(self.send_settled([mark.job_id.clone()]).await?),
            OpenExecution::No => Ok(()),
        }
    }
}
