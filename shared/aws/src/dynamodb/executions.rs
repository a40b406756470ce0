//! The `Executions` port on DynamoDB: each change is one conditional write, or one transaction with its audit records.

use std::collections::HashMap;

use async_trait::async_trait;
use aws_sdk_dynamodb::types::TransactWriteItem;
use fleet_core::audit::AuditRecord;
use fleet_core::ids::{ExecutionId, JobId};
use fleet_core::ports::{
    Admission, Admitted, Created, ExecutionWrite, Executions, Filter, JobWrite, PortError, Recorded, Telling,
    Told,
};
use fleet_core::state::{ExecutionRow, JobRow, Rev, Versioned};
use fleet_core::time::Timestamp;

use super::Store;
use super::fault::{Answer, Fault};
use super::layout::{self, Item, attribute, number};
use super::rows;
use super::telling::rev_written;
use super::write::{Expression, put};

#[async_trait]
impl Executions for Store {
    async fn create(&self, row: &ExecutionRow, audit: &[AuditRecord]) -> Result<Created, PortError> {
        let created = self.create_row(row, audit).await;
        created
            .map_err(|fault| fault.into_port_error(format!("create execution {}", row.workflow_execution_id)))
    }

    async fn execution(&self, id: &ExecutionId) -> Result<Option<Versioned<ExecutionRow>>, PortError> {
        let found = self.find_execution(id).await;
        found.map_err(|fault| fault.into_port_error(format!("read execution {id}")))
    }

    async fn record_execution(&self, write: ExecutionWrite<'_>) -> Result<Recorded<ExecutionRow>, PortError> {
        let recorded = self.write_execution(&write).await;
        let id = &write.row.workflow_execution_id;
        recorded.map_err(|fault| fault.into_port_error(format!("record execution {id}")))
    }

    async fn jobs(
        &self,
        id: &ExecutionId,
        jobs: &[JobId],
    ) -> Result<Vec<Option<Versioned<JobRow>>>, PortError> {
        let found = self.read_jobs(id, jobs).await;
        found.map_err(|fault| fault.into_port_error(format!("read jobs of {id}")))
    }

    async fn job_page(
        &self,
        id: &ExecutionId,
        after: Option<&JobId>,
        limit: usize,
    ) -> Result<Vec<(JobId, Versioned<JobRow>)>, PortError> {
        let found = self.page_of_jobs(id, after, limit).await;
        found.map_err(|fault| fault.into_port_error(format!("read jobs of {id}")))
    }

    async fn record_job(&self, write: JobWrite<'_>) -> Result<Recorded<JobRow>, PortError> {
        let recorded = self.write_job(&write).await;
        let (execution, job) = (write.execution, write.job);
        recorded.map_err(|fault| fault.into_port_error(format!("record job {job} of {execution}")))
    }

    async fn tell(&self, telling: Telling<'_>) -> Result<Told, PortError> {
        let told = self.tell_in_one(&telling).await;
        told.map_err(|fault| fault.into_port_error(format!("tell dependents in {}", telling.execution)))
    }

    async fn admit(&self, admission: Admission<'_>) -> Result<Admitted, PortError> {
        let admitted = self.admit_in_one(&admission).await;
        let (execution, job) = (admission.job.execution, admission.job.job);
        admitted.map_err(|fault| fault.into_port_error(format!("admit job {job} of {execution}")))
    }

    async fn longest_held(&self, id: &ExecutionId) -> Result<Option<(JobId, Versioned<JobRow>)>, PortError> {
        let found = self.first_in_line(id).await;
        found.map_err(|fault| fault.into_port_error(format!("look for held jobs of {id}")))
    }

    async fn due(&self, now: Timestamp, limit: usize) -> Result<Vec<ExecutionId>, PortError> {
        let found = self.due_rows(now, limit).await;
        found.map_err(|fault| fault.into_port_error("look for executions that are due".to_owned()))
    }

    async fn list(&self, filter: &Filter, limit: usize) -> Result<Vec<ExecutionRow>, PortError> {
        let found = self.listed_rows(filter, limit).await;
        found.map_err(|fault| fault.into_port_error("list executions".to_owned()))
    }

    async fn note(&self, audit: &[AuditRecord]) -> Result<(), PortError> {
        let noted = self.add_notes(audit).await;
        noted.map_err(|fault| fault.into_port_error("add to the audit trail".to_owned()))
    }

    async fn audit(
        &self,
        id: &ExecutionId,
        skip: usize,
        limit: usize,
    ) -> Result<Vec<AuditRecord>, PortError> {
        let found = self.trail(id.as_str(), skip, limit).await;
        found.map_err(|fault| fault.into_port_error(format!("read the audit trail of {id}")))
    }
}

impl Store {
    async fn create_row(&self, row: &ExecutionRow, audit: &[AuditRecord]) -> Result<Created, Fault> {
        let item = rows::execution_item(row, Rev(1))?;
        let action = put(self.executions_table(), item, if_absent());
        let Some(found) = self.commit_with(action, audit).await? else {
            return Ok(Created::New(Rev(1)));
        };
        Ok(Created::Existing(Box::new(rows::read_execution(&found)?)))
    }

    async fn write_execution(&self, write: &ExecutionWrite<'_>) -> Result<Recorded<ExecutionRow>, Fault> {
        let rev = Rev(write.seen.0 + 1);
        let item = rows::execution_item(write.row, rev)?;
        let action = put(self.executions_table(), item, if_seen(Some(write.seen)));
        match self.commit_with(action, write.audit).await? {
            None => Ok(Recorded::Done(rev)),
            Some(found) if found.is_empty() => Ok(Recorded::Stale(None)),
            Some(found) => Ok(Recorded::Stale(Some(Box::new(rows::read_execution(&found)?)))),
        }
    }

    async fn write_job(&self, write: &JobWrite<'_>) -> Result<Recorded<JobRow>, Fault> {
        let action = job_put(self.executions_table(), write)?;
        match self.commit_with(action, write.audit).await? {
            None => Ok(Recorded::Done(rev_written(write))),
            Some(found) if found.is_empty() => Ok(Recorded::Stale(None)),
            Some(found) => Ok(Recorded::Stale(Some(Box::new(rows::read_job(&found)?)))),
        }
    }

    /// Writes a row with its audit records. Nothing when that took effect, else the row as it is.
    async fn commit_with(
        &self,
        action: TransactWriteItem,
        audit: &[AuditRecord],
    ) -> Result<Option<Item>, Fault> {
        match self.commit_audited(&[action], audit).await? {
            Answer::Done => Ok(None),
            Answer::Unmet(unmet) => Ok(Some(unmet.into_iter().next().flatten().unwrap_or_default())),
        }
    }

    async fn read_jobs(
        &self,
        id: &ExecutionId,
        jobs: &[JobId],
    ) -> Result<Vec<Option<Versioned<JobRow>>>, Fault> {
        if let [job] = jobs {
            return Ok(vec![self.find_job(id, job).await?]);
        }
        let mut found: HashMap<String, Versioned<JobRow>> = HashMap::with_capacity(jobs.len());
        let mut names: Vec<String> = jobs.iter().map(layout::job_item_name).collect();
        let asked = names.clone();
        names.sort_unstable();
        names.dedup();
        let keys = names
            .iter()
            .map(|name| layout::key((attribute::EXECUTION, id.as_str()), (attribute::ITEM, name)))
            .collect();
        for item in self.batch(self.executions_table(), keys).await? {
            found.insert(rows::text_of(&item, attribute::ITEM)?.to_owned(), rows::read_job(&item)?);
        }
        Ok(asked.iter().map(|name| found.get(name).cloned()).collect())
    }
}

/// The write of a job's row over the one, or none, that was seen.
pub(super) fn job_put(table: &str, write: &JobWrite<'_>) -> Result<TransactWriteItem, Fault> {
    Ok(put(table, rows::job_item(write, rev_written(write))?, if_seen(write.seen)))
}

fn if_seen(seen: Option<Rev>) -> Expression {
    match seen {
        None => if_absent(),
        Some(rev) => Expression::new("rev = :seen").value(":seen", number(rev.0)),
    }
}

fn if_absent() -> Expression {
    Expression::new("attribute_not_exists(rev)")
}
