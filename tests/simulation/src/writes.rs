//! Writes to the store, each watched: what was, what is now, who wrote it. Owns the order: the write, its line in the
//! trace, the rules.

use fleet_core::audit::AuditRecord;
use fleet_core::ids::{ExecutionId, JobId};
use fleet_core::ports::{Admitted, Created, Gain, Recorded, Teller, Told};
use fleet_core::state::{ExecutionRow, JobRow, Rev};

use crate::link::{Answer, Caller};
use crate::watch::{ExecutionChanged, JobChanged};
use crate::world::Lasting;

type Key<'a> = (&'a ExecutionId, &'a JobId);

impl Lasting {
    pub(crate) fn create(&mut self, caller: &Caller, row: &ExecutionRow, audit: &[AuditRecord]) -> Created {
        let created = self.store.create(row, audit);
        let how = if matches!(created, Created::New(_)) { "creates" } else { "finds created" };
        let line = || format!("{how} {}", row.workflow_execution_id);
        self.trace.say(caller.now, &caller.name, line);
        created
    }

    pub(crate) fn record_execution(
        &mut self,
        caller: &Caller,
        seen: Rev,
        row: &ExecutionRow,
        audit: &[AuditRecord],
    ) -> Recorded<ExecutionRow> {
        let id = &row.workflow_execution_id;
        let before = self.store.executions.get(id).map(|entry| entry.row.row.clone());
        let is_new = self.is_new(id, audit);
        let recorded = self.store.record_execution(seen, row, audit);
        let (Recorded::Done(_), Some(before)) = (&recorded, before) else {
            self.trace.say(caller.now, &caller.name, || format!("{id}: stale"));
            return recorded;
        };
        let line = || {
            let kinds: Vec<_> = audit.iter().map(|record| record.kind).collect();
            let (generation, cancel) = (row.generation, row.cancel.is_some());
            let failed = row.failed.as_ref().map(ToString::to_string).unwrap_or_default();
            format!("{id}: {} g{generation} failed:{failed} cancel:{cancel} {kinds:?}", row.status)
        };
        self.trace.say(caller.now, &caller.name, line);
        let entry = &self.store.executions[id];
        let definition = self.store.version(&row.version);
        let change = ExecutionChanged { before: &before, after: row, audit, is_new };
        let rule = definition.map_or(Ok(()), |definition| change.check(entry, &definition));
        self.hold(rule);
        recorded
    }

    pub(crate) fn record_job(
        &mut self,
        caller: &Caller,
        key: Key<'_>,
        seen: Option<Rev>,
        row: &JobRow,
        audit: &[AuditRecord],
    ) -> Recorded<JobRow> {
        let before = self.row(key);
        let is_new = self.is_new(key.0, audit);
        let recorded = self.store.record_job(key, seen, row, audit);
        match recorded {
            Recorded::Done(_) => self.watch_job(caller, key, &before, row, (audit, is_new)),
            Recorded::Stale(_) => {
                self.trace.say(caller.now, &caller.name, || format!("{}/{}: stale", key.0, key.1));
            }
        }
        recorded
    }

    pub(crate) fn admit(
        &mut self,
        caller: &Caller,
        key: Key<'_>,
        write: (Option<Rev>, &JobRow),
        bounds: (u32, u32),
        audit: &[AuditRecord],
    ) -> Admitted {
        let before = self.row(key);
        let is_new = self.is_new(key.0, audit);
        let admitted = self.store.admit(key, write, bounds, audit);
        match &admitted {
            Admitted::Done(_) => self.watch_job(caller, key, &before, write.1, (audit, is_new)),
            Admitted::Full => {
                self.trace.say(caller.now, &caller.name, || format!("{}/{}: no slot", key.0, key.1));
            }
            Admitted::Stale(_) => {
                self.trace.say(caller.now, &caller.name, || format!("{}/{}: admission stale", key.0, key.1));
            }
        }
        admitted
    }

    pub(crate) fn tell(
        &mut self,
        caller: &Caller,
        id: &ExecutionId,
        generation: u32,
        (tellers, gains): (&[Teller], &[Gain]),
    ) -> Answer<Told> {
        let told = self.store.tell(id, generation, tellers, gains)?;
        let line = || {
            let tellers: Vec<String> = tellers
                .iter()
                .map(|t| format!("{} {}→{}{}", t.job, t.from, t.to, if t.frees_slot { " frees" } else { "" }))
                .collect();
            let gains: Vec<String> =
                gains.iter().map(|g| format!("{} +{}/{}/{}", g.job, g.settled, g.good, g.bad)).collect();
            format!("{id}: tells g{generation} [{}] to [{}]: {told:?}", tellers.join(", "), gains.join(", "))
        };
        self.trace.say(caller.now, &caller.name, line);
        if told == Told::Done {
            let rule = self.told_rightly(id, gains);
            self.hold(rule);
        }
        Ok(told)
    }

    fn told_rightly(&mut self, id: &ExecutionId, gains: &[Gain]) -> Result<(), String> {
        let entry = &self.store.executions[id];
        let Some(definition) = self.store.version(&entry.row.row.version) else { return Ok(()) };
        for gain in gains {
            self.watch.tally(entry, &definition, &gain.job)?;
        }
        self.watch.slots(entry, &definition)
    }

    fn watch_job(
        &mut self,
        caller: &Caller,
        key: Key<'_>,
        before: &JobRow,
        after: &JobRow,
        (audit, is_new): (&[AuditRecord], bool),
    ) {
        let line = || {
            let kinds: Vec<_> = audit.iter().map(|record| record.kind).collect();
            let until = after.lease.as_ref().map(|lease| lease.until.to_string()).unwrap_or_default();
            let (turn, fence) = (after.turn, after.fence);
            format!(
                "{}/{}: {} → {} turn {}.{} fence {fence} g{} {until} {kinds:?}",
                key.0, key.1, before.status, after.status, turn.attempt, turn.look, after.generation
            )
        };
        self.trace.say(caller.now, &caller.name, line);
        self.commits += 1;
        if after.fence > before.fence {
            self.warehouse.claimed((key.0, key.1, after.fence), self.commits);
        }
        let entry = &self.store.executions[key.0];
        let Some(definition) = self.store.version(&entry.row.row.version) else { return };
        let change = JobChanged { caller, key, before, after, audit, is_new };
        let rule = change
            .check(&mut self.watch, entry, &definition, &self.warehouse)
            .and_then(|()| self.watch.slots(entry, &definition));
        self.hold(rule);
    }

    fn row(&self, (id, job): Key<'_>) -> JobRow {
        self.store.executions.get(id).map(|entry| entry.job(job)).unwrap_or_default()
    }

    /// Whether any of these records is not in the trail yet.
    fn is_new(&self, id: &ExecutionId, audit: &[AuditRecord]) -> bool {
        let Some(entry) = self.store.executions.get(id) else { return true };
        audit.iter().any(|record| !entry.audit.contains_key(&record.key()))
    }
}
