//! What may become of an EXECUTION row.

use fleet_core::audit::{AuditKind, AuditRecord};
use fleet_core::state::{CancelCause, ExecutionRow, ExecutionStatus, JobStatus};
use fleet_core::workflow::Definition;

use crate::memory::Entry;

/// A write that took effect.
pub(crate) struct ExecutionChanged<'a> {
    pub(crate) before: &'a ExecutionRow,
    pub(crate) after: &'a ExecutionRow,
    pub(crate) audit: &'a [AuditRecord],
    /// Whether a record of it is new in the trail.
    pub(crate) is_new: bool,
}

impl ExecutionChanged<'_> {
    /// Holds the write against the rules; `entry` shows it done.
    pub(crate) fn check(&self, entry: &Entry, definition: &Definition) -> Result<(), String> {
        let id = &self.after.workflow_execution_id;
        self.follows().map_err(|broken| format!("execution {id}: {broken}"))?;
        if self.before.status == ExecutionStatus::Running && !self.after.status.is_open() {
            self.ends_rightly(entry, definition).map_err(|broken| format!("execution {id}: {broken}"))?;
        }
        Ok(())
    }

    fn follows(&self) -> Result<(), String> {
        use ExecutionStatus as S;
        let (before, after) = (self.before, self.after);
        let kind = match (before.status, after.status) {
            (from, to) if from == to => None,
            (S::Running, S::Succeeded | S::Failed | S::Cancelled) => Some(AuditKind::Ended),
            (S::Succeeded | S::Failed | S::Cancelled, S::Resuming) => Some(AuditKind::ResumeRequested),
            (S::Resuming, S::Running) => Some(AuditKind::Resumed),
            (from, to) => return Err(format!("{from} cannot become {to}")),
        };
        if let Some(kind) = kind {
            let told = self.audit.iter().any(|record| record.kind == kind);
            if !told || !self.is_new {
                return Err(format!("became {} without an audit record of its own ({kind:?})", after.status));
            }
        }
        let resumes = before.status != after.status && after.status == S::Resuming;
        if after.generation != before.generation + u32::from(resumes) {
            return Err(format!("generation {} became {}", before.generation, after.generation));
        }
        let same = before.version == after.version && before.bindings == after.bindings;
        if !same || before.started != after.started {
            return Err("what was fixed at its start has changed".to_owned());
        }
        if !before.status.is_open() && !resumes && before.ended_at != after.ended_at {
            return Err(format!("is {} and was ended once more", before.status));
        }
        if before.announced && !after.announced && !resumes {
            return Err("forgets that its end was announced".to_owned());
        }
        Ok(())
    }

    /// END: every job is settled, and the outcome follows from them.
    fn ends_rightly(&self, entry: &Entry, definition: &Definition) -> Result<(), String> {
        let mut failed = None;
        for job in &definition.jobs {
            let row = entry.job(&job.id);
            if !row.status.is_settled() {
                return Err(format!("ended while {} is {}", job.id, row.status));
            }
            if row.status == JobStatus::Failed && !job.allow_failure {
                failed = Some(&job.id);
            }
        }
        let expect = match (&self.after.cancel, failed) {
            (Some(cancel), _) if cancel.cause == CancelCause::Operator => ExecutionStatus::Cancelled,
            (Some(_), _) | (None, Some(_)) => ExecutionStatus::Failed,
            (None, None) => ExecutionStatus::Succeeded,
        };
        if self.after.status != expect {
            let why = failed.map(|job| format!(", since {job} failed")).unwrap_or_default();
            return Err(format!("ended as {}, not as {expect}{why}", self.after.status));
        }
        Ok(())
    }
}
