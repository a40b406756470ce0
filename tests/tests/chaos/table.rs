//! The counts of a run, as a table. Owns what is counted and how it is shown.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::time::{Duration, SystemTime};

use fleet_core::audit::AuditKind;
use fleet_core::state::{ExecutionStatus, JobStatus};
use fleet_core::time::{Millis, Timestamp};

use crate::checks::is_given_up;
use crate::fleet::Toll;
use crate::ledger::Ledger;
use crate::storm::{Kind, Past};
use crate::trail;

/// What the table needs beside the ledger.
pub(crate) struct Facts<'a> {
    /// Seed of the run.
    pub(crate) seed: u64,
    /// The faults.
    pub(crate) past: &'a [Past],
    /// What happened to the processes.
    pub(crate) toll: &'a Toll,
    /// Starts of executions that were refused, and repeated.
    pub(crate) starts_refused: usize,
    /// How long it took.
    pub(crate) times: Times,
}

/// The times of a run.
pub(crate) struct Times {
    /// From the first fault to the end of the last.
    pub(crate) storm: Duration,
    /// From then until all was over.
    pub(crate) calm: Duration,
}

/// The whole table.
pub(crate) fn render(facts: &Facts<'_>, ledger: &Ledger) -> String {
    let mut text = String::new();
    let mut row = |name: &str, value: String| {
        writeln!(text, "| {name} | {value} |").expect("a String takes all");
    };
    row("seed", facts.seed.to_string());
    row("faults", facts.past.len().to_string());
    let mut kinds: BTreeMap<Kind, usize> = BTreeMap::new();
    for past in facts.past {
        *kinds.entry(past.kind).or_default() += 1;
    }
    for (kind, count) in kinds {
        row(&format!("· {}", kind.named()), count.to_string());
    }
    for (name, value) in process_counts(facts).into_iter().chain(state_counts(ledger)) {
        row(name, value);
    }
    row(
        "longest recovery, from the end of a fault to the next job that settled",
        longest_recovery(facts, ledger),
    );
    row("from the first fault to the end of the last", shown(facts.times.storm));
    row("from then until all was over", shown(facts.times.calm));
    format!("| what | count |\n|---|---|\n{text}")
}

fn process_counts(facts: &Facts<'_>) -> Vec<(&'static str, String)> {
    vec![
        ("processes started", facts.toll.starts.to_string()),
        ("· of these refused to start without a disk to write on", facts.toll.refused.to_string()),
        ("starts of executions refused, and repeated", facts.starts_refused.to_string()),
    ]
}

fn state_counts(ledger: &Ledger) -> Vec<(&'static str, String)> {
    let runs = &ledger.runs;
    let ended = |status| runs.iter().filter(|run| run.row.status == status).count();
    let rows = || runs.iter().flat_map(|run| run.jobs.values());
    let jobs = |status| rows().filter(|row| row.status == status).count();
    let records = |kind| runs.iter().flat_map(|run| &run.audit).filter(|record| record.kind == kind).count();
    let begun = &ledger.warehouse.begun;
    let counts = [
        ("executions", runs.len()),
        ("· succeeded", ended(ExecutionStatus::Succeeded)),
        ("· failed, as their scripts imply", ended(ExecutionStatus::Failed)),
        ("jobs", rows().count()),
        ("· succeeded", jobs(JobStatus::Succeeded)),
        ("· failed", jobs(JobStatus::Failed)),
        ("· skipped", jobs(JobStatus::Skipped)),
        ("· given up since workers were lost", rows().filter(|row| is_given_up(row)).count()),
        ("attempts and looks begun", records(AuditKind::AttemptStarted) + records(AuditKind::TakenOver)),
        ("· of these after the loss of a worker (takeovers)", records(AuditKind::TakenOver)),
        ("· seen at work in the warehouse", begun.len()),
        ("· whose work was committed", ledger.warehouse.done.len()),
        ("· of these once more, since nobody heard of the first commit", done_again(ledger)),
        ("retries", records(AuditKind::WillRetry)),
        ("handed over in a drain", records(AuditKind::HandedOver)),
        ("looks at what was not met yet", records(AuditKind::LookedAt)),
        ("results that came too late (fenced)", records(AuditKind::Fenced)),
        ("driven again by the tick", records(AuditKind::Redriven)),
        ("alerts", ledger.alerts.len()),
        ("audit records", runs.iter().map(|run| run.audit.len()).sum()),
    ];
    counts.map(|(name, count)| (name, count.to_string())).into()
}

/// Commits of a job's work beyond the first.
fn done_again(ledger: &Ledger) -> usize {
    let done = &ledger.warehouse.done;
    let jobs: BTreeSet<_> = done.keys().map(|(execution, job, _)| (execution, job)).collect();
    done.len() - jobs.len()
}

fn longest_recovery(facts: &Facts<'_>, ledger: &Ledger) -> String {
    let mut settled: Vec<Timestamp> = ledger
        .runs
        .iter()
        .flat_map(|run| &run.audit)
        .filter(|record| trail::is_final(record.kind))
        .map(|record| record.at)
        .collect();
    settled.sort_unstable();
    let recovery = |past: &Past| {
        let ended = timestamp(past.ended);
        let next = settled.get(settled.partition_point(|at| *at < ended))?;
        Some((next.since(ended), ended, past.kind))
    };
    let Some((span, at, kind)) = facts.past.iter().filter_map(recovery).max() else {
        return "none".to_owned();
    };
    format!("{} (after: {}, over at {at})", shown(span.to_std()), kind.named())
}

fn timestamp(time: SystemTime) -> Timestamp {
    let since = time.duration_since(SystemTime::UNIX_EPOCH).expect("the clock is past 1970");
    Timestamp::from_millis(i64::try_from(since.as_millis()).expect("for some ages to come"))
}

fn shown(span: Duration) -> String {
    Millis(u64::try_from(span.as_millis()).unwrap_or(u64::MAX)).to_string()
}
