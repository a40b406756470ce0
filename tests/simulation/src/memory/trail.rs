//! The audit trail of one execution: records are only ever added, each key once.

use std::collections::BTreeSet;

use fleet_core::audit::AuditRecord;
use fleet_core::ids::JobId;
use fleet_core::ports::PortError;

/// See the module.
#[derive(Debug, Clone, Default)]
pub struct Trail {
    keys: BTreeSet<String>,
    /// By their times; of one time as they came.
    records: Vec<AuditRecord>,
}

impl Trail {
    /// Whether these records may be written at all.
    ///
    /// # Errors
    /// [`PortError::Refused`] when one is about END, which is no job.
    pub fn takes(records: &[AuditRecord]) -> Result<(), PortError> {
        let end = JobId::end();
        let Some(wrong) = records.iter().find(|record| record.subject.job_id.as_ref() == Some(&end)) else {
            return Ok(());
        };
        let what = format!("write the audit record {}", wrong.key());
        Err(PortError::Refused { what, cause: "END is no job".to_owned() })
    }

    /// Adds records; one whose key is there is left as it is. The number that were new.
    pub fn add(&mut self, records: &[AuditRecord]) -> usize {
        let before = self.records.len();
        for record in records {
            if self.keys.insert(record.key()) {
                let at = self.records.partition_point(|earlier| earlier.at <= record.at);
                self.records.insert(at, record.clone());
            }
        }
        self.records.len() - before
    }

    /// Whether a record with this key is there.
    #[must_use]
    pub fn contains_key(&self, key: &str) -> bool {
        self.keys.contains(key)
    }

    /// All records, the oldest first.
    pub fn values(&self) -> impl Iterator<Item = &AuditRecord> {
        self.records.iter()
    }
}
