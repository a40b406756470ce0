//! Ports in memory, with the conditions of the contract, a queue that delivers twice and in any order, and faults on demand:
//! a call fails before its effect, or after it with its answer lost. Owns nothing durable: it exists so that thousands of
//! random graphs can be run through the real dispatcher in seconds.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

use async_trait::async_trait;
use fleet_core::alert::{Alert, StatusChange};
use fleet_core::audit::AuditRecord;
use fleet_core::ids::{ExecutionId, JobId, VersionHash, WorkflowId};
use fleet_core::ports::{
    Admission, Admitted, Announcer, Before, Created, Current, Definitions, Delivery, ExecutionWrite,
    Executions, Filter, JobWrite, MessageId, Outgoing, PortError, Queue, Receipt, Recorded,
    TELLING_ITEMS_MAX, Telling, Told,
};
use fleet_core::state::{ExecutionRow, JobRow, JobStatus, Rev, Versioned};
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
    /// Something was written that a loss of power would take.
    is_ahead: bool,
}

/// One call in so many fails before its effect, and one after it.
const SLIPS_ONE_IN: u64 = 25;

/// Fails calls by the seed that it was given; without one it never does.
#[derive(Default)]
pub(crate) struct Slips(AtomicU64);

impl Slips {
    pub(crate) fn seed(&self, seed: u64) {
        self.0.store(seed, Ordering::Relaxed);
    }

    fn slip(&self) -> Answer<()> {
        let dice = self.0.load(Ordering::Relaxed);
        if dice == 0 {
            return Ok(());
        }
        let next = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.0.store(next.max(1), Ordering::Relaxed);
        if !(next >> 33).is_multiple_of(SLIPS_ONE_IN) {
            return Ok(());
        }
        Err(PortError::Unavailable { what: "call a port".to_owned(), cause: "the test said so".to_owned() })
    }
}

/// Store, definitions and announcer in one.
#[derive(Default)]
pub(crate) struct Memory {
    state: Mutex<State>,
    pub(crate) slips: Arc<Slips>,
}

impl Memory {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no test panics while it holds the lock")
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
        self.is_ahead |= !records.is_empty();
        for record in records {
            assert_ne!(record.subject.job_id, Some(JobId::end()), "{}", record.key());
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
        self.is_ahead = true;
        self.jobs.insert(key, Versioned { rev, row: write.row.clone() });
        self.note(write.audit);
        Recorded::Done(rev)
    }
}

#[async_trait]
impl Executions for Memory {
    async fn create(&self, row: &ExecutionRow, audit: &[AuditRecord]) -> Answer<Created> {
        self.slips.slip()?;
        let mut state = self.lock();
        if let Some(found) = state.executions.get(&row.workflow_execution_id) {
            return Ok(Created::Existing(Box::new(found.clone())));
        }
        let first = Versioned { rev: Rev(1), row: row.clone() };
        state.executions.insert(row.workflow_execution_id.clone(), first);
        state.note(audit);
        self.slips.slip()?;
        Ok(Created::New(Rev(1)))
    }

    async fn execution(&self, id: &ExecutionId) -> Answer<Option<Versioned<ExecutionRow>>> {
        self.slips.slip()?;
        Ok(self.lock().executions.get(id).cloned())
    }

    async fn record_execution(&self, write: ExecutionWrite<'_>) -> Answer<Recorded<ExecutionRow>> {
        self.slips.slip()?;
        let mut state = self.lock();
        let id = &write.row.workflow_execution_id;
        let Some(found) = state.executions.get(id).cloned() else { return Ok(Recorded::Stale(None)) };
        if found.rev != write.seen {
            return Ok(Recorded::Stale(Some(Box::new(found))));
        }
        let rev = Rev(found.rev.0 + 1);
        state.executions.insert(id.clone(), Versioned { rev, row: write.row.clone() });
        state.note(write.audit);
        self.slips.slip()?;
        Ok(Recorded::Done(rev))
    }

    async fn jobs(&self, id: &ExecutionId, jobs: &[JobId]) -> Answer<Vec<Option<Versioned<JobRow>>>> {
        self.slips.slip()?;
        let state = self.lock();
        Ok(jobs.iter().map(|job| state.jobs.get(&(id.clone(), job.clone())).cloned()).collect())
    }

    async fn job_page(
        &self,
        id: &ExecutionId,
        after: Option<&JobId>,
        limit: usize,
    ) -> Answer<Vec<(JobId, Versioned<JobRow>)>> {
        self.slips.slip()?;
        let state = self.lock();
        let rows = state.jobs.iter().filter(|((execution, job), _)| {
            execution == id && *job != JobId::end() && after.is_none_or(|after| job > after)
        });
        Ok(rows.take(limit).map(|((_, job), row)| (job.clone(), row.clone())).collect())
    }

    async fn record_job(&self, write: JobWrite<'_>) -> Answer<Recorded<JobRow>> {
        self.slips.slip()?;
        let recorded = self.lock().write_job(&write);
        self.slips.slip()?;
        Ok(recorded)
    }

    async fn tell(&self, telling: Telling<'_>) -> Answer<Told> {
        self.slips.slip()?;
        let mut state = self.lock();
        let key = |job: &JobId| (telling.execution.clone(), job.clone());
        let named = telling
            .tellers
            .iter()
            .map(|teller| &teller.job)
            .chain(telling.gains.iter().map(|gain| &gain.job));
        let items = telling.tellers.len() + telling.gains.len();
        if named.collect::<BTreeSet<_>>().len() < items || items >= TELLING_ITEMS_MAX {
            let cause = "a job is named twice, or there are too many".to_owned();
            return Err(PortError::Refused { what: "tell".to_owned(), cause });
        }
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
        self.slips.slip()?;
        Ok(Told::Done)
    }

    async fn admit(&self, admission: Admission<'_>) -> Answer<Admitted> {
        self.slips.slip()?;
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
        self.slips.slip()?;
        Ok(Admitted::Done(rev))
    }

    async fn longest_held(&self, id: &ExecutionId) -> Answer<Option<(JobId, Versioned<JobRow>)>> {
        self.slips.slip()?;
        let state = self.lock();
        let held = state
            .jobs
            .iter()
            .filter(|((execution, _), row)| execution == id && row.row.status == JobStatus::Held);
        Ok(held.min_by_key(|(_, row)| row.row.held_since).map(|((_, job), row)| (job.clone(), row.clone())))
    }

    async fn due(&self, now: Timestamp, limit: usize) -> Answer<Vec<ExecutionId>> {
        self.slips.slip()?;
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
        self.slips.slip()?;
        let state = self.lock();
        let mut rows: Vec<ExecutionRow> = state
            .executions
            .values()
            .map(|found| found.row.clone())
            .filter(|row| filter.workflow.as_ref().is_none_or(|workflow| *workflow == row.workflow_id))
            .filter(|row| !filter.open_only || row.status.is_open())
            .filter(|row| filter.before.as_ref().is_none_or(|before| Before::of(row) < *before))
            .collect();
        rows.sort_by_key(|row| std::cmp::Reverse(Before::of(row)));
        rows.truncate(limit);
        Ok(rows)
    }

    async fn secure(&self) -> Answer<()> {
        self.slips.slip()?;
        self.lock().is_ahead = false;
        Ok(())
    }

    async fn note(&self, audit: &[AuditRecord]) -> Answer<()> {
        self.slips.slip()?;
        self.lock().note(audit);
        Ok(())
    }

    async fn audit(&self, id: &ExecutionId, skip: usize, limit: usize) -> Answer<Vec<AuditRecord>> {
        self.slips.slip()?;
        let state = self.lock();
        let mine =
            state.audit.values().filter(|record| record.subject.workflow_execution_id.as_ref() == Some(id));
        Ok(mine.skip(skip).take(limit).cloned().collect())
    }
}

#[async_trait]
impl Definitions for Memory {
    async fn deploy(&self, current: &Current, definition: &Definition, audit: &[AuditRecord]) -> Answer<()> {
        self.slips.slip()?;
        let mut state = self.lock();
        state.definitions.insert(definition.version(), Arc::new(definition.clone()));
        state.current.insert(current.workflow_id.clone(), current.clone());
        state.note(audit);
        Ok(())
    }

    async fn keep(&self, definition: &Definition) -> Answer<()> {
        self.slips.slip()?;
        self.lock().definitions.insert(definition.version(), Arc::new(definition.clone()));
        Ok(())
    }

    async fn current(&self, workflow: &WorkflowId) -> Answer<Option<Current>> {
        self.slips.slip()?;
        Ok(self.lock().current.get(workflow).cloned())
    }

    async fn version(&self, _: &WorkflowId, version: &VersionHash) -> Answer<Option<Arc<Definition>>> {
        self.slips.slip()?;
        Ok(self.lock().definitions.get(version).cloned())
    }

    async fn all(&self) -> Answer<Vec<Current>> {
        self.slips.slip()?;
        Ok(self.lock().current.values().cloned().collect())
    }
}

#[async_trait]
impl Announcer for Memory {
    async fn alert(&self, alert: &Alert) -> Answer<()> {
        self.slips.slip()?;
        let mut state = self.lock();
        assert!(!state.is_ahead, "an alert before the state is secured");
        state.alerts.push(alert.clone());
        drop(state);
        self.slips.slip()
    }

    async fn announce(&self, _: &[StatusChange]) -> Answer<()> {
        self.slips.slip()?;
        assert!(!self.lock().is_ahead, "an announcement before the state is secured");
        Ok(())
    }
}

/// A queue whose messages are taken by hand. What is taken may be given back, which is a second delivery.
#[derive(Default)]
pub(crate) struct Pile {
    inner: Mutex<(u64, Vec<Delivery>)>,
    slips: Arc<Slips>,
}

impl Pile {
    pub(crate) fn new(slips: Arc<Slips>) -> Self {
        Self { inner: Mutex::default(), slips }
    }

    /// Takes the message at `pick` modulo the number there is.
    pub(crate) fn take(&self, pick: usize) -> Option<Delivery> {
        let mut pile = self.inner.lock().expect("no test panics while it holds the lock");
        let at = pick.checked_rem(pile.1.len())?;
        Some(pile.1.swap_remove(at))
    }

    /// Delivers a message again.
    pub(crate) fn give_back(&self, mut delivery: Delivery) {
        delivery.received += 1;
        self.inner.lock().expect("no test panics while it holds the lock").1.push(delivery);
    }

    pub(crate) fn len(&self) -> usize {
        self.inner.lock().expect("no test panics while it holds the lock").1.len()
    }
}

#[async_trait]
impl Queue for Pile {
    async fn send(&self, messages: &[Outgoing]) -> Answer<()> {
        self.slips.slip()?;
        let mut pile = self.inner.lock().expect("no test panics while it holds the lock");
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
        self.slips.slip()
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
