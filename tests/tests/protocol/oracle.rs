//! What a run must come to, told naively: by walking the graph in order, with sets and no counting. Owns the second opinion
//! that the dispatcher is held against.

use std::collections::{BTreeMap, BTreeSet};

use fleet_core::ids::JobId;
use fleet_core::state::{ExecutionStatus, JobStatus};
use fleet_core::workflow::{Definition, RunIf};

/// How a job ends, and whether a failure is behind it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Fate {
    Succeeded,
    Failed,
    Excused,
    SkippedByFailure,
    SkippedQuietly,
}

impl Fate {
    pub(crate) fn status(self) -> JobStatus {
        match self {
            Self::Succeeded => JobStatus::Succeeded,
            Self::Failed | Self::Excused => JobStatus::Failed,
            Self::SkippedByFailure | Self::SkippedQuietly => JobStatus::Skipped,
        }
    }
}

/// The fate of every job when nothing stops the rest (`on_failure: continue`).
pub(crate) fn fates(definition: &Definition, failing: &BTreeSet<JobId>) -> BTreeMap<JobId, Fate> {
    let mut fates: BTreeMap<JobId, Fate> = BTreeMap::new();
    for ix in definition.topological() {
        let job = definition.job(*ix).expect("END is not in the order");
        let needs: Vec<Fate> =
            job.needs.iter().map(|need| fates[&definition.job(*need).expect("needs are jobs").id]).collect();
        let passes = |fate: &Fate| matches!(fate, Fate::Succeeded | Fate::Excused);
        let hurt = |fate: &Fate| matches!(fate, Fate::Failed | Fate::Excused | Fate::SkippedByFailure);
        let (runs, otherwise) = match job.run_if {
            RunIf::AllSucceeded => (needs.iter().all(passes), needs.iter().any(hurt)),
            RunIf::AnySucceeded => (needs.is_empty() || needs.iter().any(passes), needs.iter().any(hurt)),
            RunIf::AnyFailed => (needs.iter().any(hurt), false),
            RunIf::AllSettled => (true, false),
        };
        let fate = match (runs, failing.contains(&job.id)) {
            (true, false) => Fate::Succeeded,
            (true, true) if job.allow_failure => Fate::Excused,
            (true, true) => Fate::Failed,
            (false, _) if otherwise => Fate::SkippedByFailure,
            (false, _) => Fate::SkippedQuietly,
        };
        fates.insert(job.id.clone(), fate);
    }
    fates
}

/// How the execution ends.
pub(crate) fn ending(fates: &BTreeMap<JobId, Fate>) -> ExecutionStatus {
    if fates.values().any(|fate| *fate == Fate::Failed) {
        ExecutionStatus::Failed
    } else {
        ExecutionStatus::Succeeded
    }
}
