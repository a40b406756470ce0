//! The minute's tick: deadlines, late alerts, and executions without progress. Owns when an execution is looked at next.
//! Reads only executions that are due.

use fleet_core::alert::AlertKind;
use fleet_core::audit::AuditKind;
use fleet_core::ids::ExecutionId;
use fleet_core::state::{Cancel, CancelCause, ExecutionRow, ExecutionStatus, Request, Turn};
use fleet_core::time::{Millis, Timestamp};
use fleet_core::workflow::{AlertOn, Definition};

use crate::fault::Fault;
use crate::open::Open;
use crate::redrive::Redriven;
use crate::{DISPATCHER, Ports};

/// Executions looked at in one step; a tick takes as many steps as there are due executions, up to [`STEPS_MAX`].
const DUE_MAX: usize = 100;
/// Steps of one tick, so that it ends; what is left is due at the next one.
const STEPS_MAX: usize = 50;
/// First look at an execution for lost progress. A message lives far longer, so progress is lost only by a purge, a full
/// dead-letter queue or an outage.
const REDRIVE_FIRST: Millis = Millis::from_mins(5);
/// Longest time between two such looks.
const REDRIVE_MAX: Millis = Millis::from_mins(60);

/// Sets when an execution that starts (or is resumed) at `now` is late, has run out of time, and is looked at.
pub(crate) fn set_times(row: &mut ExecutionRow, definition: &Definition, now: Timestamp) {
    row.deadline = definition.timeout.map(|timeout| now + timeout);
    let wants_late = definition.alerts.on.contains(&AlertOn::Late);
    row.late_at = definition.alerts.late_after.filter(|_| wants_late).map(|after| now + after);
    (row.redrives, row.progress) = (0, 0);
    row.attention_at = next_look(row, now);
}

/// The next time a tick looks at an open execution.
fn next_look(row: &ExecutionRow, now: Timestamp) -> Option<Timestamp> {
    let pause = Millis(REDRIVE_FIRST.0.saturating_mul(1 << row.redrives.min(16))).min(REDRIVE_MAX);
    let deadline = row.deadline.filter(|_| row.cancel.is_none());
    [Some(now + pause), deadline, row.late_at].into_iter().flatten().min()
}

/// Looks at every execution that is due.
pub(crate) async fn tick(ports: &Ports, now: Timestamp) -> Result<(), Fault> {
    let mut last = None;
    for _ in 0..STEPS_MAX {
        let due = ports.executions.due(now, DUE_MAX).await?;
        for id in &due {
            match look(ports, id, now).await {
                Ok(()) | Err(Fault::Superseded | Fault::Later) => {}
                // One bad execution must not keep the others from being looked at, now or at the next tick.
                Err(fault) => {
                    tracing::error!(execution = %id, %fault, "look at an execution that is due");
                    put_off(ports, id, now).await?;
                    last = Some(fault);
                }
            }
        }
        if due.len() < DUE_MAX {
            break;
        }
    }
    last.map_or(Ok(()), Err)
}

async fn put_off(ports: &Ports, id: &ExecutionId, now: Timestamp) -> Result<(), Fault> {
    let Some(mut open) = Open::read(ports, id, now).await? else { return Ok(()) };
    let change = |row: &ExecutionRow| {
        let attention_at = Some(now + REDRIVE_FIRST);
        Ok(row.attention_at.is_some_and(|at| at <= now).then(|| ExecutionRow { attention_at, ..row.clone() }))
    };
    open.amend(change, &[]).await?;
    Ok(())
}

async fn look(ports: &Ports, id: &ExecutionId, now: Timestamp) -> Result<(), Fault> {
    let Some(mut open) = Open::read(ports, id, now).await? else { return Ok(()) };
    if open.row.status == ExecutionStatus::Resuming {
        let ask = open.row.resumed.clone();
        return crate::resume::drive(open, ask).await;
    }
    if !open.row.status.is_open() {
        return open.announce_end().await;
    }
    if open.row.deadline.is_some_and(|deadline| now >= deadline) && open.row.cancel.is_none() {
        let reason = "the workflow's timeout has passed".to_owned();
        let request = Request { by: DISPATCHER.to_owned(), reason, at: now };
        open.cancel(Cancel { request, cause: CancelCause::Timeout }).await?;
    }
    if open.row.late_at.is_some_and(|late| now >= late) {
        open.alert_late().await?;
    }
    let redriven = open.redrive().await?;
    open.postpone(redriven).await
}

impl Open<'_> {
    /// Alerts, and takes the alarm away at once: whatever fails afterwards must not raise it again.
    async fn alert_late(&mut self) -> Result<(), Fault> {
        let since = self.now.since(self.row.generation_at);
        let alert = self.alert(AlertKind::Late, format!("it has been running for {since}, and is not done"));
        self.ports.alert(&alert).await?;
        let audit = self.audit(None, Turn::default(), AuditKind::Late, String::new());
        let change = |row: &ExecutionRow| Ok(Some(ExecutionRow { late_at: None, ..row.clone() }));
        self.amend(change, &[audit]).await?;
        Ok(())
    }

    /// Says when to look next. Looks that find nothing to do become rarer.
    async fn postpone(&mut self, redriven: Redriven) -> Result<(), Fault> {
        let Redriven { sent, progress } = redriven;
        let now = self.now;
        let mut audit = Vec::new();
        if sent > 0 {
            let mut record =
                self.audit(None, Turn::default(), AuditKind::Redriven, format!("{sent} messages sent again"));
            record.distinct = now.to_string();
            audit.push(record);
        }
        let change = |row: &ExecutionRow| {
            let mut next = row.clone();
            next.redrives = if progress == row.progress { row.redrives + 1 } else { 0 };
            next.progress = progress;
            next.attention_at = next_look(&next, now);
            Ok(row.status.is_open().then_some(next))
        };
        self.amend(change, &audit).await?;
        Ok(())
    }
}
