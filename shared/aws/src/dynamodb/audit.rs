//! The audit trail: records are only ever added. Owns their keys and their items, which are put where nothing is. A record
//! whose key is there already stays as it is, and does not keep the rest of its transaction from taking effect: the change is
//! made again without it. That is rare, and costs nothing as long as it does not happen.

use std::collections::HashSet;

use aws_sdk_dynamodb::types::TransactWriteItem;
use fleet_core::audit::{AuditRecord, AuditSubject};
use fleet_core::ids::{JobId, WorkflowId};
use fleet_core::ports::PortError;
use futures_util::future::try_join_all;

use super::Store;
use super::fault::{Answer, Fault};
use super::layout::{attribute, key, number, text};
use super::read::{Freshness, Order, Query};
use super::rows::text_of;
use super::write::{self, Expression};

/// Records noted at the same time when there are many: as fast as a partition takes them, without a crowd.
const NOTES_AT_ONCE: usize = 10;

const SECONDS_A_DAY: i64 = 86_400;

/// The writes of these records, each key once.
pub(super) fn actions(
    table: &str,
    keep_days: Option<u32>,
    records: &[AuditRecord],
) -> Result<Vec<TransactWriteItem>, Fault> {
    let mut known = HashSet::new();
    let mut actions = Vec::with_capacity(records.len());
    for record in records {
        let (scope, name) = (scope(&record.subject), record.key());
        if record.subject.job_id == Some(JobId::end()) {
            return Err(Fault::Refused(format!("audit record {name} is about END, which is no job")));
        }
        if known.insert((scope.clone(), name.clone())) {
            actions.push(action(table, keep_days, record, (&scope, &name))?);
        }
    }
    Ok(actions)
}

fn action(
    table: &str,
    keep_days: Option<u32>,
    record: &AuditRecord,
    (scope, name): (&str, &str),
) -> Result<TransactWriteItem, Fault> {
    let mut item = key((attribute::SCOPE, scope), (attribute::KEY, name));
    item.insert(attribute::DATA.to_owned(), text(serde_json::to_string(record)?));
    if let Some(days) = keep_days {
        let seconds = record.at.as_millis() / 1_000 + i64::from(days) * SECONDS_A_DAY;
        let expires_at = number(u64::try_from(seconds).unwrap_or_default());
        item.insert(attribute::EXPIRES_AT.to_owned(), expires_at);
    }
    let absent = Expression::new("attribute_not_exists(#data)").name("#data", attribute::DATA);
    Ok(write::put(table, item, absent))
}

fn scope(subject: &AuditSubject) -> String {
    match &subject.workflow_execution_id {
        Some(execution) => execution.to_string(),
        None => workflow_scope(&subject.workflow_id),
    }
}

/// No execution id has a slash in it.
fn workflow_scope(workflow: &WorkflowId) -> String {
    format!("workflow/{workflow}")
}

impl Store {
    /// Makes a change of state with its records: all of it or nothing. The answer is about the change alone.
    pub(super) async fn commit_audited(
        &self,
        change: &[TransactWriteItem],
        audit: &[AuditRecord],
    ) -> Result<Answer, Fault> {
        let mut records = self.audited(audit)?;
        loop {
            let unmet = match self.commit(change.iter().chain(&records).cloned().collect()).await? {
                Answer::Done => return Ok(Answer::Done),
                Answer::Unmet(unmet) => unmet,
            };
            let (rows, known) = unmet.split_at(change.len().min(unmet.len()));
            if rows.iter().any(Option::is_some) {
                return Ok(Answer::Unmet(rows.to_vec()));
            }
            let before = records.len();
            let new = records.into_iter().zip(known).filter(|(_, known)| known.is_none());
            records = new.map(|(record, _)| record).collect();
            if records.len() == before {
                return Err(Fault::Unavailable("the transaction was cancelled without a reason".to_owned()));
            }
        }
    }

    /// The writes of records.
    fn audited(&self, records: &[AuditRecord]) -> Result<Vec<TransactWriteItem>, Fault> {
        actions(self.audit_table(), self.settings().audit_keep_days, records)
    }

    /// Adds records that come with no change of state. Each by itself: a transaction would cost twice as much, and a record
    /// that is there already is no fault when the whole is repeated.
    pub(super) async fn add_notes(&self, records: &[AuditRecord]) -> Result<(), Fault> {
        let actions = self.audited(records)?;
        for some in actions.chunks(NOTES_AT_ONCE) {
            try_join_all(some.iter().map(|action| self.commit(vec![action.clone()]))).await?;
        }
        Ok(())
    }

    /// Records of a scope, oldest first by their own times. The keys tell no times, so that all of a trail is read for each
    /// of its pages.
    pub(super) async fn trail(
        &self,
        scope: &str,
        skip: usize,
        limit: usize,
    ) -> Result<Vec<AuditRecord>, Fault> {
        let keys =
            Expression::new("#scope = :scope").name("#scope", attribute::SCOPE).value(":scope", text(scope));
        let query = Query {
            table: self.audit_table().to_owned(),
            index: None,
            keys,
            order: Order::Rising,
            freshness: Freshness::Consistent,
        };
        let items = self.pages(&query, usize::MAX).await?;
        let mut records = Vec::with_capacity(items.len());
        for item in &items {
            records.push(serde_json::from_str::<AuditRecord>(text_of(item, attribute::DATA)?)?);
        }
        records.sort_by_key(|record| record.at);
        Ok(records.into_iter().skip(skip).take(limit).collect())
    }

    /// The audit trail of a workflow itself (its deployments), oldest first, `limit` records after the first `skip`.
    ///
    /// # Errors
    /// [`PortError`]
    pub async fn workflow_audit(
        &self,
        workflow: &WorkflowId,
        skip: usize,
        limit: usize,
    ) -> Result<Vec<AuditRecord>, PortError> {
        let found = self.trail(&workflow_scope(workflow), skip, limit).await;
        found.map_err(|fault| fault.into_port_error(format!("read the audit trail of workflow {workflow}")))
    }
}
