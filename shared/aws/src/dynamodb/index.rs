//! Finding rows by something else than their keys: pages of jobs, who is held longest, who is due, lists. Owns the queries.
//!
//! What a global index says may be some milliseconds old, so the rows that it names are read, consistently, and looked at
//! again. A row that is too new for the index is found a little later: lists and ticks can wait.

use std::collections::HashMap;

use fleet_core::ids::{ExecutionId, JobId};
use fleet_core::ports::Filter;
use fleet_core::state::{ExecutionRow, JobRow, JobStatus, Versioned};
use fleet_core::time::Timestamp;

use super::Store;
use super::fault::Fault;
use super::layout::{self, GATHERED, Item, attribute, by_time, index, text};
use super::read::{Freshness, Order, Query};
use super::rows::{self, text_of};
use super::write::Expression;

/// Most looks at a line that moves on between the look at the index and the one at the row.
const LOOKS_MAX: usize = 8;
/// Rows of an index read at once: as many as one batch reads afterwards.
const INDEX_PAGE: usize = 100;

impl Store {
    /// Jobs after this one, in the order of their ids.
    pub(super) async fn page_of_jobs(
        &self,
        execution: &ExecutionId,
        after: Option<&JobId>,
        limit: usize,
    ) -> Result<Vec<(JobId, Versioned<JobRow>)>, Fault> {
        let (from, to) = layout::jobs_after(after);
        let keys = Expression::new("workflow_execution_id = :execution AND #item BETWEEN :from AND :to")
            .name("#item", attribute::ITEM)
            .value(":execution", text(execution.as_str()))
            .value(":from", text(from))
            .value(":to", text(to));
        let query = self.query(None, keys, Order::Rising);
        let mut found = Vec::new();
        for item in self.pages(&query, limit).await? {
            if let Some(job) = rows::job_id_of(&item)? {
                found.push((job, rows::read_job(&item)?));
            }
        }
        Ok(found)
    }

    /// The index names it, its row is read: in between it may have been let through, and then the next one is first.
    pub(super) async fn first_in_line(
        &self,
        execution: &ExecutionId,
    ) -> Result<Option<(JobId, Versioned<JobRow>)>, Fault> {
        let keys = Expression::new("workflow_execution_id = :execution")
            .value(":execution", text(execution.as_str()));
        let query = self.query(Some(index::HELD), keys, Order::Rising);
        for _ in 0..LOOKS_MAX {
            let page = self.page(&query, None, Some(1)).await?;
            let Some(first) = page.items.first() else { return Ok(None) };
            let Some(job) = rows::job_id_of(first)? else { return Ok(None) };
            if let Some(found) = self.find_job(execution, &job).await?
                && found.row.status == JobStatus::Held
            {
                return Ok(Some((job, found)));
            }
        }
        Err(Fault::Crowded("the line moves faster than it can be looked at".to_owned()))
    }

    pub(super) async fn due_rows(&self, now: Timestamp, limit: usize) -> Result<Vec<ExecutionId>, Fault> {
        let keys = Expression::new("due = :gathered AND attention_at < :end")
            .value(":gathered", text(GATHERED))
            .value(":end", text(layout::just_after(now)));
        let query = self.query(Some(index::ATTENTION), keys, Order::Rising);
        let is_due = |row: &ExecutionRow| row.attention_at.is_some_and(|at| at <= now);
        let mut found = self.rows_of(&query, limit, limit, is_due).await?;
        found.sort_by(|a, b| {
            (a.attention_at, &a.workflow_execution_id).cmp(&(b.attention_at, &b.workflow_execution_id))
        });
        Ok(found.into_iter().map(|row| row.workflow_execution_id).collect())
    }

    pub(super) async fn listed_rows(
        &self,
        filter: &Filter,
        limit: usize,
    ) -> Result<Vec<ExecutionRow>, Fault> {
        // There are few open executions and many that are over: by workflow one would look through all of these.
        let (index, name, value) = match &filter.workflow {
            _ if filter.open_only => (index::OPEN, attribute::OPEN, GATHERED),
            Some(workflow) => (index::WORKFLOW, attribute::WORKFLOW, workflow.as_str()),
            None => (index::STARTED, attribute::LISTED, GATHERED),
        };
        let mut keys = Expression::new("#name = :value").name("#name", name).value(":value", text(value));
        if let Some(before) = &filter.before {
            keys.text.push_str(" AND started < :before");
            keys = keys.value(":before", text(by_time(before.at, before.id.as_str())));
        }
        let query = self.query(Some(index), keys, Order::Falling);
        let is_wanted = |row: &ExecutionRow| {
            let of_workflow = filter.workflow.as_ref().is_none_or(|workflow| row.workflow_id == *workflow);
            of_workflow && (!filter.open_only || row.status.is_open())
        };
        // Open ones of a workflow are picked from all that are open.
        let is_picked = filter.open_only && filter.workflow.is_some();
        let page = if is_picked { INDEX_PAGE } else { limit };
        self.rows_of(&query, limit, page, is_wanted).await
    }

    /// The rows that an index of executions names, in its order, as far as they are wanted; `limit` at most. `page` is how
    /// many it is asked for at once.
    async fn rows_of(
        &self,
        query: &Query,
        limit: usize,
        page: usize,
        is_wanted: impl Fn(&ExecutionRow) -> bool,
    ) -> Result<Vec<ExecutionRow>, Fault> {
        let (mut found, mut start) = (Vec::new(), None);
        while found.len() < limit {
            let named = self.page(query, start, Some(page.min(INDEX_PAGE))).await?;
            let rows = self.executions_named(&named.items).await?;
            found.extend(rows.into_iter().filter(&is_wanted));
            start = named.next;
            if start.is_none() {
                break;
            }
        }
        found.truncate(limit);
        Ok(found)
    }

    async fn executions_named(&self, named: &[Item]) -> Result<Vec<ExecutionRow>, Fault> {
        let mut ids = Vec::with_capacity(named.len());
        for item in named {
            let id = text_of(item, attribute::EXECUTION)?;
            ids.push(ExecutionId::parse(id).map_err(Fault::unreadable)?);
        }
        let keys = ids.iter().map(layout::execution_key).collect();
        let mut rows = HashMap::with_capacity(ids.len());
        for item in self.batch(self.executions_table(), keys).await? {
            let row = rows::read_execution(&item)?.row;
            rows.insert(row.workflow_execution_id.clone(), row);
        }
        Ok(ids.iter().filter_map(|id| rows.remove(id)).collect())
    }

    /// A query of the executions table or one of its indexes, as fresh as it can be.
    fn query(&self, index: Option<&'static str>, keys: Expression, order: Order) -> Query {
        let freshness = match index {
            None | Some(index::HELD) => Freshness::Consistent,
            Some(_) => Freshness::Lagging,
        };
        Query { table: self.executions_table().to_owned(), index, keys, order, freshness }
    }
}
