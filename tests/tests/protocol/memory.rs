//! Ports in memory, with the conditions of the contract and a queue that delivers twice, in any order. Owns nothing durable:
//! it exists so that thousands of random graphs can be run through the real dispatcher in seconds.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

use async_trait::async_trait;
use fleet_core::alert::{Alert, StatusChange};
use fleet_core::audit::AuditRecord;
use fleet_core::ids::{ExecutionId, JobId, VersionHash, WorkflowId};
use fleet_core::ports::{
    Admission, Admitted, Announcer, Created, Current, Definitions, Delivery, ExecutionWrite, Executions,
    Filter, JobWrite, MessageId, Outgoing, PortError, Queue, Receipt, Recorded, Telling, Told,
};
use fleet_core::state::{ExecutionRow, JobRow, Rev, Versioned};
use fleet_core::time::{Millis, Timestamp};
use fleet_core::workflow::Definition;

type Answer<T> = Result<T, PortError>;

#[derive(Default)]
struct State {
    executions: BTreeMap<ExecutionId, Versioned<ExecutionRow>>,
    jobs: BTreeMap<(ExecutionId, JobId), Versioned<JobRow>>,
    audit: BTreeMap<String, AuditRecord>,
    definitions: BTreeMap<VersionHash, Arc<Definition>>,
    current: BTreeMap<WorkflowId, Current>,
    alerts: Vec<Alert>,
}

/// Store, definitions and announcer in one.
#[derive(Default)]
pub(crate) struct Memory(Mutex<State>);

impl Memory {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().expect("no test panics while it holds the lock")
    }

    pub(crate) fn alerts(&self) -> Vec<Alert> {
        self.lock().alerts.clone()
    }

    pub(crate) fn audit_records(&self) -> Vec<AuditRecord> {
        self.lock().audit.values().cloned().collect()
    }
}

impl State {
    fn note(&mut self, records: &[AuditRecord]) {
        for record in records {
            self.audit.entry(record.key()).or_insert_with(|| record.clone());
        }
    }

    fn write_job(&mut self, write: &JobWrite<'_>) -> Recorded<JobRow> {
        let key = (write.execution.clone(), write.job.clone());
        let present = self.jobs.get(&key);
        if present.map(|found| found.rev) != write.seen {
            return Recorded::Stale(present.cloned().map(Box::new));
        }
        let rev = Rev(present.map_or(0, |found| found.rev.0) + 1);
        self.jobs.insert(key, Versioned { rev, row: write.row.clone() });
        self.note(write.audit);
        Recorded::Done(rev)
    }
}

#[async_trait]
impl Executions for Memory {
    async fn create(&self, row: &ExecutionRow, audit: &[AuditRecord]) -> Answer<Created> {
        let mut state = self.lock();
        if let Some(found) = state.executions.get(&row.workflow_execution_id) {
            return Ok(Created::Existing(Box::new(found.clone())));
        }
        let first = Versioned { rev: Rev(1), row: row.clone() };
        state.executions.insert(row.workflow_execution_id.clone(), first);
        state.note(audit);
        Ok(Created::New(Rev(1)))
    }

    async fn execution(&self, id: &ExecutionId) -> Answer<Option<Versioned<ExecutionRow>>> {
        Ok(self.lock().executions.get(id).cloned())
    }

    async fn record_execution(&self, write: ExecutionWrite<'_>) -> Answer<Recorded<ExecutionRow>> {
        let mut state = self.lock();
        let id = &write.row.workflow_execution_id;
        let Some(found) = state.executions.get(id).cloned() else { return Ok(Recorded::Stale(None)) };
        if found.rev != write.seen {
            return Ok(Recorded::Stale(Some(Box::new(found))));
        }
        let rev = Rev(found.rev.0 + 1);
        state.executions.insert(id.clone(), Versioned { rev, row: write.row.clone() });
        state.note(write.audit);
        Ok(Recorded::Done(rev))
    }

    async fn jobs(&self, id: &ExecutionId, jobs: &[JobId]) -> Answer<Vec<Option<Versioned<JobRow>>>> {
        let state = self.lock();
        Ok(jobs.iter().map(|job| state.jobs.get(&(id.clone(), job.clone())).cloned()).collect())
    }

    async fn job_page(
        &self,
        id: &ExecutionId,
        after: Option<&JobId>,
        limit: usize,
    ) -> Answer<Vec<(JobId, Versioned<JobRow>)>> {
        let state = self.lock();
        let rows = state.jobs.iter().filter(|((execution, job), _)| {
            execution == id && *job != JobId::end() && after.is_none_or(|after| job > after)
        });
        Ok(rows.take(limit).map(|((_, job), row)| (job.clone(), row.clone())).collect())
    }

    async fn record_job(&self, write: JobWrite<'_>) -> Answer<Recorded<JobRow>> {
        Ok(self.lock().write_job(&write))
    }

    async fn tell(&self, telling: Telling<'_>) -> Answer<Told> {
        let mut state = self.lock();
        let key = |job: &JobId| (telling.execution.clone(), job.clone());
        let tellers_hold = telling.tellers.iter().all(|teller| {
            state.jobs.get(&key(&teller.job)).is_some_and(|found| {
                let row = &found.row;
                row.status.is_settled()
                    && row.told == teller.from
                    && (row.slot || !teller.frees_slot)
                    && row.generation <= telling.generation
            })
        });
        let gains_hold = telling.gains.iter().all(|gain| {
            state.jobs.get(&key(&gain.job)).is_none_or(|found| found.row.generation <= telling.generation)
        });
        if !tellers_hold || !gains_hold {
            return Ok(Told::Stale);
        }
        for teller in telling.tellers {
            let found = state.jobs.get_mut(&key(&teller.job)).expect("it was there above");
            found.rev.0 += 1;
            found.row.told = teller.to;
            if teller.frees_slot {
                found.row.slot = false;
                let execution = state.executions.get_mut(telling.execution).expect("it has jobs");
                execution.rev.0 += 1;
                execution.row.slots_used -= 1;
            }
        }
        for gain in telling.gains {
            let none = Versioned { rev: Rev(0), row: JobRow::default() };
            let found = state.jobs.entry(key(&gain.job)).or_insert(none);
            found.rev.0 += 1;
            found.row.tally.settled += gain.settled;
            found.row.tally.good += gain.good;
            found.row.tally.bad += gain.bad;
        }
        Ok(Told::Done)
    }

    async fn admit(&self, admission: Admission<'_>) -> Answer<Admitted> {
        let mut state = self.lock();
        let Some(execution) = state.executions.get(admission.job.execution).cloned() else {
            return Ok(Admitted::Stale(None));
        };
        if execution.row.generation != admission.generation {
            return Ok(Admitted::Stale(None));
        }
        let present = state.jobs.get(&(admission.job.execution.clone(), admission.job.job.clone())).cloned();
        if present.as_ref().map(|found| found.rev) != admission.job.seen {
            return Ok(Admitted::Stale(present.map(Box::new)));
        }
        if execution.row.slots_used >= admission.limit {
            return Ok(Admitted::Full);
        }
        let Recorded::Done(rev) = state.write_job(&admission.job) else { return Ok(Admitted::Stale(None)) };
        let execution = state.executions.get_mut(admission.job.execution).expect("it was there above");
        execution.rev.0 += 1;
        execution.row.slots_used += 1;
        Ok(Admitted::Done(rev))
    }

    async fn longest_held(&self, id: &ExecutionId) -> Answer<Option<(JobId, Versioned<JobRow>)>> {
        let state = self.lock();
        let held =
            state.jobs.iter().filter(|((execution, _), row)| execution == id && row.row.held_since.is_some());
        Ok(held.min_by_key(|(_, row)| row.row.held_since).map(|((_, job), row)| (job.clone(), row.clone())))
    }

    async fn due(&self, now: Timestamp, limit: usize) -> Answer<Vec<ExecutionId>> {
        let state = self.lock();
        let mut due: Vec<(Timestamp, ExecutionId)> = state
            .executions
            .iter()
            .filter_map(|(id, row)| Some((row.row.attention_at.filter(|at| *at <= now)?, id.clone())))
            .collect();
        due.sort();
        Ok(due.into_iter().take(limit).map(|(_, id)| id).collect())
    }

    async fn list(&self, filter: &Filter, limit: usize) -> Answer<Vec<ExecutionRow>> {
        let state = self.lock();
        let mut rows: Vec<ExecutionRow> = state
            .executions
            .values()
            .map(|found| found.row.clone())
            .filter(|row| filter.workflow.as_ref().is_none_or(|workflow| *workflow == row.workflow_id))
            .filter(|row| !filter.open_only || row.status.is_open())
            .filter(|row| filter.before.is_none_or(|before| row.started.at < before))
            .collect();
        rows.sort_by_key(|row| std::cmp::Reverse(row.started.at));
        rows.truncate(limit);
        Ok(rows)
    }

    async fn note(&self, audit: &[AuditRecord]) -> Answer<()> {
        self.lock().note(audit);
        Ok(())
    }

    async fn audit(&self, id: &ExecutionId, skip: usize, limit: usize) -> Answer<Vec<AuditRecord>> {
        let state = self.lock();
        let mine =
            state.audit.values().filter(|record| record.subject.workflow_execution_id.as_ref() == Some(id));
        Ok(mine.skip(skip).take(limit).cloned().collect())
    }
}

#[async_trait]
impl Definitions for Memory {
    async fn deploy(&self, current: &Current, definition: &Definition, audit: &[AuditRecord]) -> Answer<()> {
        let mut state = self.lock();
        state.definitions.insert(definition.version(), Arc::new(definition.clone()));
        state.current.insert(current.workflow_id.clone(), current.clone());
        state.note(audit);
        Ok(())
    }

    async fn keep(&self, definition: &Definition) -> Answer<()> {
        self.lock().definitions.insert(definition.version(), Arc::new(definition.clone()));
        Ok(())
    }

    async fn current(&self, workflow: &WorkflowId) -> Answer<Option<Current>> {
        Ok(self.lock().current.get(workflow).cloned())
    }

    async fn version(&self, _: &WorkflowId, version: &VersionHash) -> Answer<Option<Arc<Definition>>> {
        Ok(self.lock().definitions.get(version).cloned())
    }

    async fn all(&self) -> Answer<Vec<Current>> {
        Ok(self.lock().current.values().cloned().collect())
    }
}

#[async_trait]
impl Announcer for Memory {
    async fn alert(&self, alert: &Alert) -> Answer<()> {
        self.lock().alerts.push(alert.clone());
        Ok(())
    }

    async fn announce(&self, _: &[StatusChange]) -> Answer<()> {
        Ok(())
    }
}

/// A queue whose messages are taken by hand. What is taken may be given back, which is a second delivery.
#[derive(Default)]
pub(crate) struct Pile(Mutex<(u64, Vec<Delivery>)>);

impl Pile {
    /// Takes the message at `pick` modulo the number there is.
    pub(crate) fn take(&self, pick: usize) -> Option<Delivery> {
        let mut pile = self.0.lock().expect("no test panics while it holds the lock");
        let at = pick.checked_rem(pile.1.len())?;
        Some(pile.1.swap_remove(at))
    }

    /// Delivers a message again.
    pub(crate) fn give_back(&self, delivery: Delivery) {
        self.0.lock().expect("no test panics while it holds the lock").1.push(delivery);
    }

    pub(crate) fn len(&self) -> usize {
        self.0.lock().expect("no test panics while it holds the lock").1.len()
    }
}

#[async_trait]
impl Queue for Pile {
    async fn send(&self, messages: &[Outgoing]) -> Answer<()> {
        let mut pile = self.0.lock().expect("no test panics while it holds the lock");
        for message in messages {
            pile.0 += 1;
            let id = format!("m{}", pile.0);
            pile.1.push(Delivery {
                id: MessageId(id.clone()),
                receipt: Receipt(id),
                body: message.body.clone(),
                received: 1,
                sent_at: Timestamp::from_millis(0),
            });
        }
        Ok(())
    }

    async fn receive(&self, _: usize, _: Millis) -> Answer<Vec<Delivery>> {
        Ok(self.take(0).into_iter().collect())
    }

    async fn hide(&self, _: &Receipt, _: Millis) -> Answer<()> {
        Ok(())
    }

    async fn delete(&self, _: &[Receipt]) -> Answer<()> {
        Ok(())
    }
}
