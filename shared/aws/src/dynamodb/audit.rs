//! The audit trail: records are only ever added. Owns their keys and their items. A record whose key is there already stays as
//! it is, and does not keep the rest of its transaction from taking effect: that is why they are updates which give an
//! attribute a value only where it has none, and carry no condition.

use std::collections::HashSet;

use aws_sdk_dynamodb::types::TransactWriteItem;
use fleet_core::audit::{AuditRecord, AuditSubject};
use fleet_core::ids::{JobId, WorkflowId};
use fleet_core::ports::PortError;
use futures_util::future::try_join_all;

use super::Store;
use super::fault::Fault;
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
    let mut change = Expression::new("SET #data = if_not_exists(#data, :data)")
        .name("#data", attribute::DATA)
        .value(":data", text(serde_json::to_string(record)?));
    if let Some(days) = keep_days {
        let seconds = record.at.as_millis() / 1_000 + i64::from(days) * SECONDS_A_DAY;
        change.text.push_str(", expires_at = if_not_exists(expires_at, :expires_at)");
        change = change.value(":expires_at", number(u64::try_from(seconds).unwrap_or_default()));
    }
    Ok(write::update(table, key((attribute::SCOPE, scope), (attribute::KEY, name)), change, ""))
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
    /// The writes of records that go with a change of state.
    pub(super) fn audited(&self, records: &[AuditRecord]) -> Result<Vec<TransactWriteItem>, Fault> {
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
