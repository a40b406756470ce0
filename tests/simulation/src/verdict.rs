//! What must hold when all is over. Owns the question whether it is, and the rules about whole executions: outcomes that
//! follow from the jobs, alerts, a complete trail. What must hold at each step is the watch's.

use std::collections::BTreeSet;

use fleet_core::alert::AlertKind;
use fleet_core::audit::AuditKind;
use fleet_core::ids::ExecutionId;
use fleet_core::state::{ExecutionStatus, JobRow, JobStatus, SkipCause};
use fleet_core::time::Timestamp;
use fleet_core::wire::Event;
use fleet_core::workflow::{AlertOn, Definition, Job, RunIf};

use crate::memory::Entry;
use crate::run::Summary;
use crate::watch::is_met;
use crate::world::{Lasting, QueueName};

/// Alerts about one end at most: each repetition takes a fault between the alert and the note that it was published.
const ALERTS_MAX: usize = 40;

/// What is not over yet, if anything.
pub(crate) fn unfinished(
    lasting: &Lasting,
    started: &BTreeSet<ExecutionId>,
    now: Timestamp,
) -> Option<String> {
    for id in started {
        match lasting.store.executions.get(id) {
            None if !is_dead(lasting, id) => return Some(format!("execution {id} has not begun")),
            _ => {}
        }
    }
    for (id, entry) in &lasting.store.executions {
        let row = &entry.row.row;
        if row.status.is_open() {
            return Some(format!("execution {id} is {}; {}", row.status, waits(entry)));
        }
        if !row.announced {
            return Some(format!("the end of execution {id} is not announced"));
        }
    }
    let tick = Event::Tick.to_text();
    let left = [QueueName::Events, QueueName::Jobs, QueueName::DeadJobs].into_iter().find_map(|name| {
        let body = lasting.queues[name as usize].bodies().find(|body| *body != tick)?;
        Some(format!("{name:?} holds {body}"))
    });
    left.or_else(|| {
        let alive = lasting.warehouse.alive(now);
        (alive > 0).then(|| format!("{alive} sessions are open"))
    })
}

/// Whether an event of an execution was received too often and lies where an operator sees it.
fn is_dead(lasting: &Lasting, id: &ExecutionId) -> bool {
    let needle = format!("\"{id}\"");
    lasting.queues[QueueName::DeadEvents as usize].bodies().any(|body| body.contains(&needle))
}

fn waits(entry: &Entry) -> String {
    let open = entry.jobs.iter().filter(|(_, found)| !found.row.status.is_settled());
    let open: Vec<String> = open.map(|(job, found)| format!("{job} is {}", found.row.status)).collect();
    open.join(", ")
}

/// Holds everything against the rules, and counts.
pub(crate) fn give(lasting: &Lasting, started: &[ExecutionId], now: Timestamp) -> Result<Summary, String> {
    if let Some(open) = unfinished(lasting, &started.iter().cloned().collect(), now) {
        return Err(open);
    }
    let mut summary = Summary::default();
    for (id, entry) in &lasting.store.executions {
        let definition = lasting.store.version(&entry.row.row.version);
        let definition = definition.ok_or_else(|| format!("the version of {id} is gone"))?;
        whole(lasting, entry, &definition).map_err(|broken| format!("execution {id}: {broken}"))?;
        summary.executions += 1;
        summary.jobs += definition.jobs.len() as u64;
        summary.resumes += u64::from(entry.row.row.generation);
        let count = |kind| entry.audit.values().filter(|record| record.kind == kind).count() as u64;
        summary.takeovers += count(AuditKind::TakenOver);
        summary.fenced += count(AuditKind::Fenced);
    }
    summary.sessions = lasting.warehouse.opened;
    summary.virtual_ms = u64::try_from(now.as_millis() - crate::world::BEGINNING.as_millis()).unwrap_or(0);
    Ok(summary)
}

fn whole(lasting: &Lasting, entry: &Entry, definition: &Definition) -> Result<(), String> {
    let row = &entry.row.row;
    // Whoever would have given it back lies among the dead letters; after the end nobody waits for it.
    if row.slots_used != 0 && !is_dead(lasting, &row.workflow_execution_id) {
        return Err(format!("{} slots are in use at its end", row.slots_used));
    }
    count(entry, "start", |kind| kind == AuditKind::Started, 1)?;
    count(entry, "end", |kind| kind == AuditKind::Ended, row.generation as usize + 1)?;
    if row.status == ExecutionStatus::Failed && definition.alerts.on.contains(&AlertOn::Failure) {
        alerted(lasting, entry)?;
    }
    for job in &definition.jobs {
        let found = entry.job(&job.id);
        of_job(lasting, entry, definition, (job, &found))
            .map_err(|broken| format!("{}: {broken}", job.id))?;
    }
    Ok(())
}

fn count(entry: &Entry, what: &str, kind: impl Fn(AuditKind) -> bool, expect: usize) -> Result<(), String> {
    let seen = entry.audit.values().filter(|record| kind(record.kind)).count();
    if seen == expect { Ok(()) } else { Err(format!("{seen} records of its {what}, not {expect}")) }
}

fn alerted(lasting: &Lasting, entry: &Entry) -> Result<(), String> {
    let id = &entry.row.row.workflow_execution_id;
    let about = |alert: &&fleet_core::alert::Alert| {
        alert.kind == AlertKind::ExecutionFailed && alert.workflow_execution_id == *id
    };
    let count = lasting.alerts.iter().filter(about).count();
    let most = ALERTS_MAX * (entry.row.row.generation as usize + 1);
    if count == 0 || count > most {
        return Err(format!("it failed with {count} alerts"));
    }
    Ok(())
}

fn of_job(
    lasting: &Lasting,
    entry: &Entry,
    definition: &Definition,
    (job, row): (&Job, &JobRow),
) -> Result<(), String> {
    let keeps_slot = row.slot && !is_dead(lasting, &entry.row.row.workflow_execution_id);
    if !row.status.is_settled() || keeps_slot || row.held_since.is_some() {
        return Err(format!("is {}, slot: {}, at the end", row.status, row.slot));
    }
    trail(entry, job, row)?;
    let wanted = definition.alerts.on.contains(&AlertOn::Failure) && !job.allow_failure;
    if row.status == JobStatus::Failed && wanted {
        let about = |alert: &&fleet_core::alert::Alert| {
            alert.job_id.as_ref() == Some(&job.id)
                && alert.workflow_execution_id == entry.row.row.workflow_execution_id
                && matches!(alert.kind, AlertKind::JobFailed | AlertKind::Poisoned)
        };
        let alerts = lasting.alerts.iter().filter(about).count();
        if alerts == 0 || alerts > ALERTS_MAX * (entry.row.row.generation as usize + 1) {
            return Err(format!("failed with {alerts} alerts"));
        }
    }
    follows(entry, definition, job, row)
}

/// The trail tells each claim once, and each end of a generation once.
fn trail(entry: &Entry, job: &Job, row: &JobRow) -> Result<(), String> {
    let mine = || entry.audit.values().filter(|record| record.subject.job_id.as_ref() == Some(&job.id));
    let claims =
        mine().filter(|record| matches!(record.kind, AuditKind::AttemptStarted | AuditKind::TakenOver));
    let claims = claims.count() as u64;
    if claims != row.fence {
        return Err(format!("{} claims, and {claims} records of them", row.fence));
    }
    let ends = |kind: AuditKind| {
        use AuditKind as A;
        matches!(kind, A::Succeeded | A::Failed | A::Skipped | A::Cancelled)
    };
    for generation in 0..=entry.row.row.generation {
        let count =
            mine().filter(|record| record.subject.generation == generation && ends(record.kind)).count();
        if count > 1 {
            return Err(format!("settled {count} times in generation {generation}"));
        }
    }
    let kind = match row.status {
        JobStatus::Succeeded => AuditKind::Succeeded,
        JobStatus::Failed => AuditKind::Failed,
        JobStatus::Cancelled => AuditKind::Cancelled,
        _ => AuditKind::Skipped,
    };
    if !mine().any(|record| record.kind == kind || record.kind == AuditKind::Marked) {
        return Err(format!("is {} without a record", row.status));
    }
    Ok(())
}

/// A job's end follows from its needs: what ran had its `run_if` met, what was skipped had a cause that holds.
fn follows(entry: &Entry, definition: &Definition, job: &Job, row: &JobRow) -> Result<(), String> {
    let marked = |id| entry.job(id).marked_in.is_some();
    let needs = definition.find(&job.id).map(|ix| definition.needs(ix)).unwrap_or_default();
    let touched = needs.iter().filter_map(|need| definition.job(*need)).any(|need| marked(&need.id));
    // A mark after the end changes what dependents would see, until a resume counts anew; and what is marked needs its needs
    // settled, and no more.
    if touched || is_marked(entry, job, row) {
        return Ok(());
    }
    let met = is_met(entry, definition, &job.id)?;
    let carries_on = matches!(job.run_if, RunIf::AllSucceeded | RunIf::AnySucceeded);
    let execution = &entry.row.row;
    let holds = match (row.status, row.skip) {
        (JobStatus::Skipped, Some(SkipCause::NeedFailed)) => !met && carries_on,
        (JobStatus::Skipped, Some(SkipCause::RunIf)) => !met,
        (JobStatus::Skipped, Some(SkipCause::Stopped)) => met && execution.failed.is_some() && carries_on,
        (JobStatus::Skipped | JobStatus::Cancelled, _) => execution.cancel.is_some(),
        // Dead letters fail a job that nobody ever claimed.
        _ => met || row.fence == 0,
    };
    if holds {
        return Ok(());
    }
    let (status, skip) = (row.status, row.skip);
    Err(format!("is {status} ({skip:?}), although its run_if {:?} is met: {met}", job.run_if))
}

fn is_marked(entry: &Entry, job: &Job, row: &JobRow) -> bool {
    let mut records = entry.audit.values();
    records.any(|record| {
        record.kind == AuditKind::Marked
            && record.subject.job_id.as_ref() == Some(&job.id)
            && record.subject.generation >= row.reset_in
    })
}
