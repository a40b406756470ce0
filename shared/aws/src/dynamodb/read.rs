//! Reading items: by their keys, and in pages by a part of the key. Owns batches, pages and what is left unread of them.

use aws_sdk_dynamodb::types::KeysAndAttributes;
use fleet_core::ids::{ExecutionId, JobId};
use fleet_core::state::{ExecutionRow, JobRow, Versioned};

use super::Store;
use super::fault::{self, Fault};
use super::layout::{self, Item};
use super::rows;
use super::write::{Expression, some};

/// Most keys of one batch (DynamoDB quota).
const BATCH_MAX: usize = 100;

/// Where to look, and how.
#[derive(Debug, Clone)]
pub(super) struct Query {
    pub(super) table: String,
    /// The index; none for the table itself.
    pub(super) index: Option<&'static str>,
    /// The condition on the key.
    pub(super) keys: Expression,
    pub(super) order: Order,
    pub(super) freshness: Freshness,
}

/// In which order of their sort keys items come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    Rising,
    Falling,
}

/// Whether all writes that were answered must be seen. Global indexes cannot promise it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Freshness {
    Consistent,
    Lagging,
}

/// Some items, and where the next page begins if there is one.
pub(super) struct Page {
    pub(super) items: Vec<Item>,
    pub(super) next: Option<Item>,
}

impl Store {
    /// One item, read consistently.
    pub(super) async fn get(&self, table: &str, key: Item) -> Result<Option<Item>, Fault> {
        let request = self.client().get_item().table_name(table).set_key(Some(key)).consistent_read(true);
        let found = fault::patiently(|| async { request.clone().send().await.map_err(fault::fault) }).await?;
        Ok(found.item)
    }

    /// The items of these keys that are there, in any order, read consistently. No key may come twice.
    pub(super) async fn batch(&self, table: &str, keys: Vec<Item>) -> Result<Vec<Item>, Fault> {
        let mut found = Vec::with_capacity(keys.len());
        for batch in keys.chunks(BATCH_MAX) {
            self.read_batch(table, batch.to_vec(), &mut found).await?;
        }
        Ok(found)
    }

    /// Asks again for what was left out for want of room or throughput, without a pause as long as each answer brings
    /// something.
    async fn read_batch(&self, table: &str, mut keys: Vec<Item>, found: &mut Vec<Item>) -> Result<(), Fault> {
        let mut pauses = fault::pauses();
        while !keys.is_empty() {
            let wanted = KeysAndAttributes::builder().set_keys(Some(keys)).consistent_read(true).build();
            let wanted = wanted.map_err(|error| Fault::Refused(error.to_string()))?;
            let request = self.client().batch_get_item().request_items(table, wanted);
            let answer =
                fault::patiently(|| async { request.clone().send().await.map_err(fault::fault) }).await?;
            let before = found.len();
            found.extend(answer.responses.into_iter().flatten().flat_map(|(_, items)| items));
            keys = answer.unprocessed_keys.into_iter().flatten().flat_map(|(_, left)| left.keys).collect();
            if keys.is_empty() || found.len() > before {
                continue;
            }
            let pause = pauses.next();
            let pause = pause.ok_or_else(|| Fault::Crowded(format!("table {table} answers no more keys")))?;
            tokio::time::sleep(pause).await;
        }
        Ok(())
    }

    /// A page of at most `limit` items from `start`.
    pub(super) async fn page(
        &self,
        query: &Query,
        start: Option<Item>,
        limit: Option<usize>,
    ) -> Result<Page, Fault> {
        let request = self
            .client()
            .query()
            .table_name(&query.table)
            .set_index_name(query.index.map(ToOwned::to_owned))
            .key_condition_expression(&query.keys.text)
            .set_expression_attribute_names(some(query.keys.names.clone()))
            .set_expression_attribute_values(some(query.keys.values.clone()))
            .scan_index_forward(query.order == Order::Rising)
            .consistent_read(query.freshness == Freshness::Consistent)
            .set_limit(limit.map(|limit| i32::try_from(limit).unwrap_or(i32::MAX)))
            .set_exclusive_start_key(start);
        let answer =
            fault::patiently(|| async { request.clone().send().await.map_err(fault::fault) }).await?;
        Ok(Page { items: answer.items.unwrap_or_default(), next: answer.last_evaluated_key })
    }

    /// All items, `limit` at most.
    pub(super) async fn pages(&self, query: &Query, limit: usize) -> Result<Vec<Item>, Fault> {
        let mut found = Vec::new();
        let mut start = None;
        while found.len() < limit {
            let left = limit - found.len();
            let page = self.page(query, start, (left < usize::MAX / 2).then_some(left)).await?;
            found.extend(page.items);
            start = page.next;
            if start.is_none() {
                break;
            }
        }
        Ok(found)
    }

    /// All items of a table, with these attributes or all of them; consistent page by page.
    pub(super) async fn scan(&self, table: &str, attributes: Option<Expression>) -> Result<Vec<Item>, Fault> {
        let (mut found, mut start) = (Vec::new(), None);
        let (text, names) = attributes.map(|some| (Some(some.text), some.names)).unwrap_or_default();
        loop {
            let request = self
                .client()
                .scan()
                .table_name(table)
                .set_projection_expression(text.clone())
                .set_expression_attribute_names(some(names.clone()))
                .consistent_read(true)
                .set_exclusive_start_key(start);
            let answer =
                fault::patiently(|| async { request.clone().send().await.map_err(fault::fault) }).await?;
            found.extend(answer.items.unwrap_or_default());
            start = answer.last_evaluated_key;
            if start.is_none() {
                return Ok(found);
            }
        }
    }

    pub(super) async fn find_execution(
        &self,
        id: &ExecutionId,
    ) -> Result<Option<Versioned<ExecutionRow>>, Fault> {
        let found = self.get(self.executions_table(), layout::execution_key(id)).await?;
        found.as_ref().map(rows::read_execution).transpose()
    }

    pub(super) async fn find_job(
        &self,
        execution: &ExecutionId,
        job: &JobId,
    ) -> Result<Option<Versioned<JobRow>>, Fault> {
        let found = self.get(self.executions_table(), layout::job_key(execution, job)).await?;
        found.as_ref().map(rows::read_job).transpose()
    }
}
