//! The audit trail of an execution: complete, without gaps, and with one end for each job. Owns the grammar of a job's
//! records.

use std::collections::BTreeSet;

use fleet_core::audit::{AuditKind, AuditRecord};
use fleet_core::ids::JobId;
use fleet_core::state::{JobStatus, Turn};
use fleet_core::time::Timestamp;

use crate::checks::is_given_up;
use crate::ledger::Run;

/// Everything that is wrong with the trail of an execution.
pub(crate) fn check(run: &Run) -> Vec<String> {
    let mut found = Vec::new();
    let whole = |kind: AuditKind| run.audit.iter().filter(|record| record.kind == kind).count();
    for kind in [AuditKind::Started, AuditKind::Ended] {
        if whole(kind) != 1 {
            found.push(format!("{} records {kind:?} instead of one", whole(kind)));
        }
    }
    for job in &run.definition.jobs {
        if let Err(fault) = check_job(run, &job.id) {
            let kinds: Vec<_> = of(run, &job.id).map(|record| (record.kind, record.subject.turn)).collect();
            found.push(format!("the trail of {} {fault}: {kinds:?}", job.id));
        }
    }
    found
}

/// Numbers of the attempts that were claimed.
pub(crate) fn attempts(run: &Run, job: &JobId) -> BTreeSet<u32> {
    of(run, job).filter(|record| is_claim(record.kind)).map(|record| record.subject.turn.attempt).collect()
}

/// When a job was settled.
pub(crate) fn settled_at(run: &Run, job: &JobId) -> Option<Timestamp> {
    of(run, job).find(|record| is_final(record.kind)).map(|record| record.at)
}

/// Whether a record begins an attempt, or a look.
pub(crate) fn is_claim(kind: AuditKind) -> bool {
    matches!(kind, AuditKind::AttemptStarted | AuditKind::TakenOver)
}

/// Whether a record settles a job.
pub(crate) fn is_final(kind: AuditKind) -> bool {
    matches!(kind, AuditKind::Succeeded | AuditKind::Failed | AuditKind::Skipped | AuditKind::Cancelled)
}

fn of<'r>(run: &'r Run, job: &JobId) -> impl Iterator<Item = &'r AuditRecord> {
    let job = job.clone();
    run.audit.iter().filter(move |record| record.subject.job_id.as_ref() == Some(&job))
}

/// A job's records tell one story: each turn is claimed once and ends once, or its worker was lost and the next one says so;
/// the last turn settles the job.
fn check_job(run: &Run, job: &JobId) -> Result<(), String> {
    let row = run.jobs.get(job).ok_or("has no row beside it")?;
    let finals: Vec<&AuditRecord> = of(run, job).filter(|record| is_final(record.kind)).collect();
    let [last] = finals.as_slice() else { return Err(format!("has {} ends", finals.len())) };
    let expect = match row.status {
        JobStatus::Succeeded => AuditKind::Succeeded,
        JobStatus::Failed => AuditKind::Failed,
        JobStatus::Skipped => AuditKind::Skipped,
        JobStatus::Cancelled => AuditKind::Cancelled,
        open => return Err(format!("ends, and the job is {open}")),
    };
    if last.kind != expect {
        return Err(format!("ends otherwise than the job, which is {}", row.status));
    }
    let mut claims: Vec<&AuditRecord> = of(run, job).filter(|record| is_claim(record.kind)).collect();
    claims.sort_by_key(|record| record.subject.turn);
    let Some(first) = claims.first() else {
        return if last.kind == AuditKind::Skipped { Ok(()) } else { Err("has no attempt".to_owned()) };
    };
    if first.subject.turn != (Turn { attempt: 1, look: 0 }) || first.kind != AuditKind::AttemptStarted {
        return Err("does not begin with the first attempt".to_owned());
    }
    for pair in claims.windows(2) {
        follows(run, job, pair[0].subject.turn, pair[1])?;
    }
    let end = claims[claims.len() - 1].subject.turn;
    if last.subject.turn != end || row.turn != end || !ends(run, job, end).is_empty() {
        return Err(format!("ends with another turn than the last one claimed, {end:?}"));
    }
    fenced(run, job, end, is_given_up(row))
}

fn ends(run: &Run, job: &JobId, turn: Turn) -> Vec<AuditKind> {
    let is_end = |kind| matches!(kind, AuditKind::LookedAt | AuditKind::WillRetry | AuditKind::HandedOver);
    of(run, job)
        .filter(|record| record.subject.turn == turn && is_end(record.kind))
        .map(|record| record.kind)
        .collect()
}

fn follows(run: &Run, job: &JobId, turn: Turn, next: &AuditRecord) -> Result<(), String> {
    let next_attempt = Turn { attempt: turn.attempt + 1, look: 0 };
    let expect = match ends(run, job, turn).as_slice() {
        [] => (AuditKind::TakenOver, next_attempt),
        [AuditKind::LookedAt] => (AuditKind::AttemptStarted, Turn { look: turn.look + 1, ..turn }),
        [_] => (AuditKind::AttemptStarted, next_attempt),
        several => return Err(format!("ends {turn:?} {} times", several.len())),
    };
    if (next.kind, next.subject.turn) == expect {
        return Ok(());
    }
    Err(format!("goes on from {turn:?} to {:?} instead of {expect:?}", (next.kind, next.subject.turn)))
}

/// What came too late is of a turn that was lost: it has no other end.
fn fenced(run: &Run, job: &JobId, last: Turn, is_given_up: bool) -> Result<(), String> {
    for record in of(run, job).filter(|record| record.kind == AuditKind::Fenced) {
        let turn = record.subject.turn;
        let settled_it = turn == last && !is_given_up;
        if settled_it || !ends(run, job, turn).is_empty() {
            return Err(format!("has a fenced result of {turn:?}, which counted"));
        }
    }
    Ok(())
}
