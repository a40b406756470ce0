//! What must hold when all is over. Owns the rules; each says what it found wrong, in a line that names execution and job.

use std::collections::{BTreeMap, BTreeSet};

use fleet_core::alert::AlertKind;
use fleet_core::audit::AuditKind;
use fleet_core::ids::JobId;
use fleet_core::state::{ExecutionStatus, JobRow, JobStatus};
use fleet_core::time::Timestamp;
use fleet_core::workflow::{Job, Work};

use crate::ledger::{Ledger, Run};
use crate::oracle::{self, Fate};
use crate::{trail, work};

/// Alerts of one kind about one thing. Each delivery of the message behind it may end with a killed process after the
/// alert was kept; messages of jobs are delivered five times at most.
const ALERTS_MAX: usize = 5;

/// Everything that does not hold.
pub(crate) fn all(ledger: &Ledger, started: &[String]) -> Vec<String> {
    let mut found = Vec::new();
    let known: BTreeSet<&str> = ledger.runs.iter().map(|run| run.id().as_str()).collect();
    for id in started.iter().filter(|id| !known.contains(id.as_str())) {
        found.push(format!("{id}: its start was answered, and nothing is known of it"));
    }
    for run in &ledger.runs {
        let id = run.id();
        let mut faults = fates(run);
        faults.extend(trail::check(run));
        faults.extend(alerts(ledger, run));
        faults.extend(warehouse(ledger, run));
        faults.extend(order(ledger, run));
        faults.extend(parallel(run));
        if !ledger.announced.contains(id.as_str()) {
            faults.push("its end was not announced".to_owned());
        }
        found.extend(faults.into_iter().map(|fault| format!("{id}: {fault}")));
    }
    found.extend(ledger.warehouse.side_by_side.iter().map(|row| format!("two attempts at work: {row}")));
    found.extend(ledger.torn.iter().map(|line| format!("a line is torn: {line}")));
    found
}

/// Whether the job was given up since its workers were lost: by the rule for jobs that seem to kill them, or since its
/// `retry.on` forbids another try.
pub(crate) fn is_given_up(row: &JobRow) -> bool {
    let message = row.result.as_ref().map_or("", |result| result.message.as_str());
    let for_its_losses = message.starts_with("it has lost 5 workers") && row.losses == 5;
    let by_its_author = message.ends_with("`retry.on` does not name lost_worker") && row.losses == 1;
    row.status == JobStatus::Failed && (for_its_losses || by_its_author)
}

/// Jobs and execution came to what the scripts imply.
fn fates(run: &Run) -> Vec<String> {
    let fails = |job: &&Job| work::fails(job) || run.jobs.get(&job.id).is_some_and(is_given_up);
    let failing = run.definition.jobs.iter().filter(fails).map(|job| job.id.clone()).collect();
    let fates: BTreeMap<JobId, Fate> = oracle::fates(&run.definition, &failing);
    let mut found = Vec::new();
    for (job, fate) in &fates {
        let row = run.jobs.get(job);
        let status = row.map_or(JobStatus::Pending, |row| row.status);
        if status != fate.status() {
            let result = row.and_then(|row| row.result.as_ref());
            found.push(format!("{job} is {status} instead of {}: {result:?}", fate.status()));
        }
    }
    let expect = oracle::ending(&fates);
    if run.row.status != expect {
        found.push(format!("it is {} instead of {expect}", run.row.status));
    }
    found
}

/// Every failure is told, and not without end; nothing else is.
fn alerts(ledger: &Ledger, run: &Run) -> Vec<String> {
    let mut counts: BTreeMap<(String, Option<&JobId>), usize> = BTreeMap::new();
    let of_run = ledger.alerts.iter().filter(|alert| alert.workflow_execution_id == *run.id());
    for alert in of_run {
        let job = alert.job_id.as_ref().filter(|_| alert.kind != AlertKind::ExecutionFailed);
        *counts.entry((format!("{:?}", alert.kind), job)).or_default() += 1;
    }
    let mut expect = BTreeSet::new();
    if run.row.status == ExecutionStatus::Failed {
        expect.insert((format!("{:?}", AlertKind::ExecutionFailed), None));
    }
    for job in run.definition.jobs.iter().filter(|job| !job.allow_failure) {
        if run.jobs.get(&job.id).is_some_and(|row| row.status == JobStatus::Failed) {
            expect.insert((format!("{:?}", AlertKind::JobFailed), Some(&job.id)));
        }
    }
    let mut found = Vec::new();
    for what in expect.iter().filter(|what| !counts.contains_key(*what)) {
        found.push(format!("no alert {what:?}"));
    }
    for (what, count) in &counts {
        if !expect.contains(what) {
            found.push(format!("{count} alerts {what:?} about nothing"));
        } else if *count > ALERTS_MAX {
            found.push(format!("{count} alerts {what:?}"));
        }
    }
    found
}

/// The work of each job is there once if it succeeded, and not if it did not run; attempts that the warehouse saw are those
/// of the trail.
fn warehouse(ledger: &Ledger, run: &Run) -> Vec<String> {
    let id = run.id().as_str();
    let mut found = Vec::new();
    for job in run.definition.jobs.iter().filter(|job| matches!(job.work, Work::Script { .. })) {
        let name = job.id.as_str();
        let row = run.jobs.get(&job.id);
        let has_work = ledger.warehouse.work.contains(&(id.to_owned(), name.to_owned()));
        let claimed = trail::attempts(run, &job.id);
        let of_job = |(execution, job, _): &&(String, String, u32)| execution == id && job == name;
        for (.., attempt) in ledger.warehouse.begun.keys().filter(of_job) {
            if !claimed.contains(attempt) {
                found.push(format!("attempt {attempt} of {name} ran, and the trail does not know it"));
            }
        }
        match row.map(|row| (row.status, row.turn.attempt)) {
            Some((JobStatus::Succeeded, attempt)) => {
                let key = (id.to_owned(), name.to_owned(), attempt);
                if !has_work || !ledger.warehouse.done.contains_key(&key) {
                    found.push(format!("{name} succeeded in attempt {attempt}, and its work is not there"));
                }
            }
            _ if has_work && !row.is_some_and(is_given_up) => {
                found.push(format!("{name} did not succeed, and its work is there"));
            }
            _ => {}
        }
    }
    found
}

/// No job began before its needs were settled.
fn order(ledger: &Ledger, run: &Run) -> Vec<String> {
    let mut found = Vec::new();
    for job in &run.definition.jobs {
        let key = |attempt| (run.id().as_str().to_owned(), job.id.as_str().to_owned(), attempt);
        let Some((_, began)) = ledger.warehouse.begun.range(key(0)..=key(u32::MAX)).next() else { continue };
        for need in job.needs.iter().filter_map(|need| run.definition.job(*need)) {
            if trail::settled_at(run, &need.id).is_none_or(|settled| settled > *began) {
                found.push(format!("{} began at {began}, before {} was settled", job.id, need.id));
            }
        }
    }
    found
}

/// `max_parallel` holds: from the first claim of a job to its end it has a slot.
fn parallel(run: &Run) -> Vec<String> {
    let Some(limit) = run.definition.max_parallel else { return Vec::new() };
    let mut changes: Vec<(Timestamp, i64)> = Vec::new();
    for job in &run.definition.jobs {
        let first = run.audit.iter().find(|record| {
            record.subject.job_id.as_ref() == Some(&job.id) && record.kind == AuditKind::AttemptStarted
        });
        if let (Some(first), Some(settled)) = (first, trail::settled_at(run, &job.id)) {
            changes.extend([(first.at, 1), (settled, -1)]);
        }
    }
    // Of one millisecond, the ends first: a slot is free before the next job begins.
    changes.sort_unstable();
    let mut at_work = 0;
    let mut most = 0;
    for (_, change) in changes {
        at_work += change;
        most = most.max(at_work);
    }
    if most > i64::from(limit) {
        vec![format!("{most} jobs at a time, and max_parallel is {limit}")]
    } else {
        Vec::new()
    }
}
