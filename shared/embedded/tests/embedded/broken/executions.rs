//! Stores that break one rule each.

use async_trait::async_trait;
use fleet_core::audit::AuditRecord;
use fleet_core::contract::{self, Report};
use fleet_core::ids::{ExecutionId, JobId};
use fleet_core::ports::{
    Admission, Admitted, Created, ExecutionWrite, Executions, Filter, JobWrite, PortError, Recorded, Teller,
    Telling, Told,
};
use fleet_core::state::{ExecutionRow, JobRow, Rev, Versioned};
use fleet_core::time::Timestamp;
use fleet_embedded::Store;
use tokio::task::JoinSet;

use super::is_noticed;
use crate::common::Bench;

/// Suites for one broken rule: some break only where two meet, and on a busy machine they may pass each other by once.
const TRIES_MAX: usize = 5;

/// The rule that is broken.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Fault {
    CreateOverwrites,
    ExecutionWriteIgnoresWhatWasSeen,
    JobWriteIgnoresWhatWasSeen,
    JobWriteIsNotAtomic,
    JobsComeInAnyOrder,
    PagesRepeat,
    AuditIsDropped,
    AuditIsWrittenWithStaleWrites,
    TellIgnoresTheCursor,
    TellIsNotAtomic,
    TellIgnoresGenerations,
    TellCountsTwice,
    TellKeepsTheSlot,
    AdmitIgnoresTheLimit,
    AdmitIgnoresGenerations,
    NobodyIsHeld,
    EverythingIsDue,
    ListsIgnoreTheFilter,
    PagesGoByTimeAlone,
}

struct Broken {
    inner: Store,
    fault: Fault,
}

impl Broken {
    async fn rev(&self, execution: &ExecutionId, job: &JobId) -> Result<Option<Rev>, PortError> {
        let found = self.inner.jobs(execution, std::slice::from_ref(job)).await?;
        Ok(found.into_iter().flatten().next().map(|found| found.rev))
    }

    async fn generation(&self, execution: &ExecutionId) -> Result<u32, PortError> {
        Ok(self.inner.execution(execution).await?.map_or(0, |found| found.row.generation))
    }

    /// Tellers as they would be without the condition on their cursors.
    async fn moved(&self, telling: &Telling<'_>) -> Result<Vec<Teller>, PortError> {
        let ids: Vec<JobId> = telling.tellers.iter().map(|teller| teller.job.clone()).collect();
        let rows = self.inner.jobs(telling.execution, &ids).await?;
        let moved = |(teller, row): (&Teller, Option<Versioned<JobRow>>)| Teller {
            from: row.map_or(teller.from, |found| found.row.told),
            ..teller.clone()
        };
        Ok(telling.tellers.iter().zip(rows).map(moved).collect())
    }
}

#[async_trait]
impl Executions for Broken {
    async fn create(&self, row: &ExecutionRow, audit: &[AuditRecord]) -> Result<Created, PortError> {
        let audit = if self.fault == Fault::AuditIsDropped { &[] } else { audit };
        let answer = self.inner.create(row, audit).await?;
        if let (Fault::CreateOverwrites, Created::Existing(found)) = (self.fault, &answer) {
            self.inner.record_execution(ExecutionWrite { seen: found.rev, row, audit }).await?;
            return Ok(Created::New(Rev(1)));
        }
        Ok(answer)
    }

    async fn execution(&self, id: &ExecutionId) -> Result<Option<Versioned<ExecutionRow>>, PortError> {
        self.inner.execution(id).await
    }

    async fn record_execution(
        &self,
        mut write: ExecutionWrite<'_>,
    ) -> Result<Recorded<ExecutionRow>, PortError> {
        if self.fault == Fault::ExecutionWriteIgnoresWhatWasSeen
            && let Some(found) = self.inner.execution(&write.row.workflow_execution_id).await?
        {
            write.seen = found.rev;
        }
        if self.fault == Fault::AuditIsWrittenWithStaleWrites {
            self.inner.note(write.audit).await?;
        }
        self.inner.record_execution(write).await
    }

    async fn jobs(
        &self,
        id: &ExecutionId,
        jobs: &[JobId],
    ) -> Result<Vec<Option<Versioned<JobRow>>>, PortError> {
        let mut found = self.inner.jobs(id, jobs).await?;
        if self.fault == Fault::JobsComeInAnyOrder {
            found.sort_by_key(|found| found.as_ref().map(|found| found.row.fence));
        }
        Ok(found)
    }

    async fn job_page(
        &self,
        id: &ExecutionId,
        after: Option<&JobId>,
        limit: usize,
    ) -> Result<Vec<(JobId, Versioned<JobRow>)>, PortError> {
        let mut page = self.inner.job_page(id, after, limit).await?;
        if self.fault == Fault::PagesRepeat && after.is_some() && page.len() > 1 {
            page[0] = page[1].clone();
        }
        Ok(page)
    }

    async fn record_job(&self, mut write: JobWrite<'_>) -> Result<Recorded<JobRow>, PortError> {
        let as_seen = self.rev(write.execution, write.job).await? == write.seen;
        if self.fault == Fault::JobWriteIgnoresWhatWasSeen {
            write.seen = self.rev(write.execution, write.job).await?;
        }
        let answer = self.inner.record_job(write.clone()).await?;
        match (self.fault, &answer, as_seen) {
            (Fault::JobWriteIsNotAtomic, Recorded::Stale(Some(found)), true) => {
                self.inner.record_job(JobWrite { seen: Some(found.rev), ..write }).await
            }
            _ => Ok(answer),
        }
    }

    async fn tell(&self, mut telling: Telling<'_>) -> Result<Told, PortError> {
        let before = self.moved(&telling).await?;
        let kept: Vec<Teller> =
            telling.tellers.iter().map(|teller| Teller { frees_slot: false, ..teller.clone() }).collect();
        match self.fault {
            Fault::TellIgnoresTheCursor => telling.tellers = &before,
            Fault::TellIgnoresGenerations => telling.generation = u32::MAX,
            Fault::TellKeepsTheSlot => telling.tellers = &kept,
            Fault::TellCountsTwice => {
                self.inner.tell(Telling { tellers: &[], ..telling.clone() }).await?;
            }
            _ => {}
        }
        let answer = self.inner.tell(telling.clone()).await?;
        if self.fault == Fault::TellIsNotAtomic && answer == Told::Stale && before == telling.tellers {
            let now = self.moved(&telling).await?;
            return self.inner.tell(Telling { tellers: &now, ..telling }).await;
        }
        Ok(answer)
    }

    async fn admit(&self, mut admission: Admission<'_>) -> Result<Admitted, PortError> {
        match self.fault {
            Fault::AdmitIgnoresTheLimit => admission.limit = u32::MAX,
            Fault::AdmitIgnoresGenerations => {
                admission.generation = self.generation(admission.job.execution).await?;
            }
            _ => {}
        }
        self.inner.admit(admission).await
    }

    async fn longest_held(&self, id: &ExecutionId) -> Result<Option<(JobId, Versioned<JobRow>)>, PortError> {
        if self.fault == Fault::NobodyIsHeld {
            return Ok(None);
        }
        self.inner.longest_held(id).await
    }

    async fn due(&self, now: Timestamp, limit: usize) -> Result<Vec<ExecutionId>, PortError> {
        let now = if self.fault == Fault::EverythingIsDue { Timestamp::from_millis(i64::MAX) } else { now };
        self.inner.due(now, limit).await
    }

    async fn list(&self, filter: &Filter, limit: usize) -> Result<Vec<ExecutionRow>, PortError> {
        if self.fault == Fault::ListsIgnoreTheFilter {
            return self.inner.list(&Filter::default(), limit).await;
        }
        let mut filter = filter.clone();
        if self.fault == Fault::PagesGoByTimeAlone
            && let Some(before) = &mut filter.before
        {
            // Nothing of the same time comes after the least of all ids.
            before.id = ExecutionId::parse("0").expect("it is a legal id");
        }
        self.inner.list(&filter, limit).await
    }

    async fn note(&self, audit: &[AuditRecord]) -> Result<(), PortError> {
        self.inner.note(audit).await
    }

    async fn audit(
        &self,
        id: &ExecutionId,
        skip: usize,
        limit: usize,
    ) -> Result<Vec<AuditRecord>, PortError> {
        self.inner.audit(id, skip, limit).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn stores_that_break_a_rule_are_noticed() {
    let faults = [
        (Fault::CreateOverwrites, "an_id_is_taken_once"),
        (Fault::ExecutionWriteIgnoresWhatWasSeen, "a_stale_execution_write_changes_nothing"),
        (Fault::JobWriteIgnoresWhatWasSeen, "a_first_job_row_finds_none"),
        (Fault::JobWriteIsNotAtomic, "of_racing_job_writes_one_wins"),
        (Fault::JobsComeInAnyOrder, "jobs_are_read_in_the_order_asked_for"),
        (Fault::PagesRepeat, "pages_hold_every_job_once_in_order"),
        (Fault::AuditIsDropped, "each_change_brings_its_records"),
        (Fault::AuditIsWrittenWithStaleWrites, "a_stale_execution_write_changes_nothing"),
        (Fault::TellIgnoresTheCursor, "a_cursor_that_has_moved_is_stale"),
        (Fault::TellIsNotAtomic, "of_racing_copies_of_a_telling_one_counts"),
        (Fault::TellIgnoresGenerations, "a_newer_generation_is_stale"),
        (Fault::TellCountsTwice, "cursors_move_and_tallies_grow"),
        (Fault::TellKeepsTheSlot, "a_slot_is_given_back_once"),
        (Fault::AdmitIgnoresTheLimit, "racing_admissions_never_exceed_the_limit"),
        (Fault::AdmitIgnoresGenerations, "another_generation_is_stale"),
        (Fault::NobodyIsHeld, "the_longest_held_comes_first"),
        (Fault::EverythingIsDue, "the_most_overdue_come_first"),
        (Fault::ListsIgnoreTheFilter, "lists_keep_to_their_filter"),
        (Fault::PagesGoByTimeAlone, "executions_of_one_instant_are_each_on_one_page"),
    ];
    let mut suites = JoinSet::new();
    for (fault, check) in faults {
        suites.spawn(async move {
            let mut report = report_of(fault).await;
            for _ in 1..TRIES_MAX {
                if report.failed_checks().contains(&check) {
                    break;
                }
                report = report_of(fault).await;
            }
            (fault, report, check)
        });
    }
    for (fault, report, check) in suites.join_all().await {
        is_noticed(&format!("{fault:?}"), &report, check);
    }
}

async fn report_of(fault: Fault) -> Report {
    let bench = Bench::new();
    contract::executions(&Broken { inner: bench.store.clone(), fault }).await
}
