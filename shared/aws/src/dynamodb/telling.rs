//! The two transactions that touch several rows: telling dependents, and admission to a slot. Owns their conditions; one that
//! does not hold keeps all of it from being written.

use aws_sdk_dynamodb::types::{AttributeValue, TransactWriteItem};
use fleet_core::ports::{Admission, Admitted, Gain, JobWrite, Teller, Telling, Told};
use fleet_core::state::Rev;

use super::Store;
use super::executions::job_put;
use super::fault::{Answer, Fault};
use super::layout::{self, Item, attribute, number};
use super::rows::{self, number_of};
use super::write::{Expression, update};

/// What each written row counts.
const ONE_REV: u64 = 1;

impl Store {
    pub(super) async fn tell_in_one(&self, telling: &Telling<'_>) -> Result<Told, Fault> {
        if let Some(fault) = telling.fault() {
            return Err(Fault::Refused(fault));
        }
        let mut actions = Vec::with_capacity(telling.tellers.len() + telling.gains.len() + 1);
        for teller in telling.tellers {
            actions.push(self.cursor_moved(telling, teller));
        }
        for gain in telling.gains {
            actions.push(self.tally_grown(telling, gain));
        }
        let freed = telling.tellers.iter().filter(|teller| teller.frees_slot).count();
        if freed > 0 {
            actions.push(self.slots_freed(telling, freed as u64));
        }
        match self.commit(actions).await? {
            Answer::Done => Ok(Told::Done),
            Answer::Unmet(_) => Ok(Told::Stale),
        }
    }

    fn cursor_moved(&self, telling: &Telling<'_>, teller: &Teller) -> TransactWriteItem {
        let mut change = Expression::new("SET told = :to")
            .value(":to", number(teller.to))
            .value(":from", number(teller.from))
            .value(":generation", number(telling.generation))
            .value(":one", number(ONE_REV))
            .value(":yes", AttributeValue::Bool(true));
        let mut condition = "settled = :yes AND told = :from AND generation <= :generation".to_owned();
        if teller.frees_slot {
            change.text.push_str(", slot = :no");
            change = change.value(":no", AttributeValue::Bool(false));
            condition.push_str(" AND slot = :yes");
        }
        change.text.push_str(" ADD rev :one");
        update(self.executions_table(), layout::job_key(telling.execution, &teller.job), change, &condition)
    }

    /// Makes the row if there is none.
    fn tally_grown(&self, telling: &Telling<'_>, gain: &Gain) -> TransactWriteItem {
        let change = Expression::new(
            "SET generation = if_not_exists(generation, :generation) \
             ADD rev :one, needs_settled :settled, needs_good :good, needs_bad :bad",
        )
        .value(":generation", number(telling.generation))
        .value(":one", number(ONE_REV))
        .value(":settled", number(gain.settled))
        .value(":good", number(gain.good))
        .value(":bad", number(gain.bad));
        let condition = "attribute_not_exists(generation) OR generation <= :generation";
        update(self.executions_table(), layout::job_key(telling.execution, &gain.job), change, condition)
    }

    fn slots_freed(&self, telling: &Telling<'_>, freed: u64) -> TransactWriteItem {
        let change = Expression::new("SET slots_used = slots_used - :freed ADD rev :one")
            .value(":freed", number(freed))
            .value(":one", number(ONE_REV))
            .value(":generation", number(telling.generation));
        let condition = "generation <= :generation AND slots_used >= :freed";
        update(self.executions_table(), layout::execution_key(telling.execution), change, condition)
    }

    pub(super) async fn admit_in_one(&self, admission: &Admission<'_>) -> Result<Admitted, Fault> {
        let write = &admission.job;
        let change = [self.slot_taken(admission), job_put(self.executions_table(), write)?];
        let unmet = match self.commit_audited(&change, write.audit).await? {
            Answer::Done => return Ok(Admitted::Done(rev_written(write))),
            Answer::Unmet(unmet) => unmet,
        };
        let mut unmet = unmet.into_iter();
        let (execution, job) = (unmet.next().flatten(), unmet.next().flatten());
        match (execution, job) {
            (_, Some(job)) => stale(&job),
            (Some(execution), None) if is_full(&execution, admission)? => Ok(Admitted::Full),
            _ => {
                let found = self.find_job(write.execution, write.job).await?;
                Ok(Admitted::Stale(found.map(Box::new)))
            }
        }
    }

    fn slot_taken(&self, admission: &Admission<'_>) -> TransactWriteItem {
        let change = Expression::new("SET slots_used = slots_used + :one_slot ADD rev :one")
            .value(":one_slot", number(1_u32))
            .value(":one", number(ONE_REV))
            .value(":generation", number(admission.generation))
            .value(":limit", number(admission.limit));
        let condition = "generation = :generation AND slots_used < :limit";
        update(self.executions_table(), layout::execution_key(admission.job.execution), change, condition)
    }
}

/// The job's condition held, so that a want of slots is the whole answer, unless the execution is another by now.
fn is_full(execution: &Item, admission: &Admission<'_>) -> Result<bool, Fault> {
    let is_there = execution.contains_key(attribute::REV);
    let same = number_of(execution, attribute::GENERATION)? == u64::from(admission.generation);
    Ok(is_there && same)
}

fn stale(job: &Item) -> Result<Admitted, Fault> {
    let found = if job.is_empty() { None } else { Some(Box::new(rows::read_job(job)?)) };
    Ok(Admitted::Stale(found))
}

/// The revision of the row once this write has taken effect.
pub(super) fn rev_written(write: &JobWrite<'_>) -> Rev {
    Rev(write.seen.map_or(0, |seen| seen.0) + 1)
}
