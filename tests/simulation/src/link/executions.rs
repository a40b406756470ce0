//! The `Executions` port of a process: each call copies what it was given, since it may take effect when its caller is gone.

use async_trait::async_trait;
use fleet_core::audit::AuditRecord;
use fleet_core::ids::{ExecutionId, JobId};
use fleet_core::ports::{
    Admission, Admitted, Created, ExecutionWrite, Executions, Filter, JobWrite, Recorded, Telling, Told,
};
use fleet_core::state::{ExecutionRow, JobRow, Versioned};
use fleet_core::time::Timestamp;

use super::{Answer, Kind, Link};

#[async_trait]
impl Executions for Link {
    async fn create(&self, row: &ExecutionRow, audit: &[AuditRecord]) -> Answer<Created> {
        let (row, audit) = (row.clone(), audit.to_vec());
        self.call(
            "create",
            Kind::Transaction,
            move |lasting, caller| Ok(lasting.create(caller, &row, &audit)),
        )
        .await
    }

    async fn execution(&self, id: &ExecutionId) -> Answer<Option<Versioned<ExecutionRow>>> {
        let id = id.clone();
        self.call("execution", Kind::Single, move |lasting, _| Ok(lasting.store.execution(&id))).await
    }

    async fn record_execution(&self, write: ExecutionWrite<'_>) -> Answer<Recorded<ExecutionRow>> {
        let (seen, row, audit) = (write.seen, write.row.clone(), write.audit.to_vec());
        self.call("record_execution", Kind::Transaction, move |lasting, caller| {
            Ok(lasting.record_execution(caller, seen, &row, &audit))
        })
        .await
    }

    async fn jobs(&self, id: &ExecutionId, jobs: &[JobId]) -> Answer<Vec<Option<Versioned<JobRow>>>> {
        let (id, jobs) = (id.clone(), jobs.to_vec());
        self.call("jobs", Kind::Single, move |lasting, _| Ok(lasting.store.jobs(&id, &jobs))).await
    }

    async fn job_page(
        &self,
        id: &ExecutionId,
        after: Option<&JobId>,
        limit: usize,
    ) -> Answer<Vec<(JobId, Versioned<JobRow>)>> {
        let (id, after) = (id.clone(), after.cloned());
        self.call("job_page", Kind::Single, move |lasting, _| {
            Ok(lasting.store.job_page(&id, after.as_ref(), limit))
        })
        .await
    }

    async fn record_job(&self, write: JobWrite<'_>) -> Answer<Recorded<JobRow>> {
        let (id, job, seen) = (write.execution.clone(), write.job.clone(), write.seen);
        let (row, audit) = (write.row.clone(), write.audit.to_vec());
        self.call("record_job", Kind::Transaction, move |lasting, caller| {
            Ok(lasting.record_job(caller, (&id, &job), seen, &row, &audit))
        })
        .await
    }

    async fn tell(&self, telling: Telling<'_>) -> Answer<Told> {
        let (id, generation) = (telling.execution.clone(), telling.generation);
        let (tellers, gains) = (telling.tellers.to_vec(), telling.gains.to_vec());
        self.call("tell", Kind::Transaction, move |lasting, caller| {
            lasting.tell(caller, &id, generation, (&tellers, &gains))
        })
        .await
    }

    async fn admit(&self, admission: Admission<'_>) -> Answer<Admitted> {
        let JobWrite { execution, job, seen, row, audit } = admission.job;
        let (id, job, row, audit) = (execution.clone(), job.clone(), row.clone(), audit.to_vec());
        let bounds = (admission.limit, admission.generation);
        self.call("admit", Kind::Transaction, move |lasting, caller| {
            Ok(lasting.admit(caller, (&id, &job), (seen, &row), bounds, &audit))
        })
        .await
    }

    async fn longest_held(&self, id: &ExecutionId) -> Answer<Option<(JobId, Versioned<JobRow>)>> {
        let id = id.clone();
        self.call("longest_held", Kind::Single, move |lasting, _| Ok(lasting.store.longest_held(&id))).await
    }

    async fn due(&self, now: Timestamp, limit: usize) -> Answer<Vec<ExecutionId>> {
        self.call("due", Kind::Single, move |lasting, _| Ok(lasting.store.due(now, limit))).await
    }

    async fn list(&self, filter: &Filter, limit: usize) -> Answer<Vec<ExecutionRow>> {
        let filter = filter.clone();
        self.call("list", Kind::Single, move |lasting, _| Ok(lasting.store.list(&filter, limit))).await
    }

    async fn note(&self, audit: &[AuditRecord]) -> Answer<()> {
        let audit = audit.to_vec();
        self.call("note", Kind::Single, move |lasting, caller| {
            for record in &audit {
                let line = || format!("notes {} {}", record.key(), record.detail);
                lasting.trace.say(caller.now, &caller.name, line);
            }
            lasting.store.note(&audit);
            Ok(())
        })
        .await
    }

    async fn secure(&self) -> Answer<()> {
        self.call("secure", Kind::Single, |lasting, _| {
            lasting.secured = lasting.commits;
            Ok(())
        })
        .await
    }

    async fn audit(&self, id: &ExecutionId, skip: usize, limit: usize) -> Answer<Vec<AuditRecord>> {
        let id = id.clone();
        self.call("audit", Kind::Single, move |lasting, _| {
            let entry = lasting.store.executions.get(&id);
            let records = entry.into_iter().flat_map(|entry| entry.audit.values());
            Ok(records.skip(skip).take(limit).cloned().collect())
        })
        .await
    }
}
