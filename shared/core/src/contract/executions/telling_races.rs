//! Checks of telling under races: counts stay exact, whatever meets.

use super::telling::{gain, rows, teller};
use crate::contract::report::{Checked, Report, run_checks, same};
use crate::contract::sample::{execution, job, job_at, numbered, persist, put};
use crate::contract::together::together;
use crate::ids::JobId;
use crate::ports::{ExecutionWrite, Executions, Gain, JobWrite, Recorded, Teller, Telling, Told};
use crate::state::{ExecutionRow, JobRow, JobStatus, Rev, Tally};

/// Tellings at the same time.
const RACERS: u32 = 24;

pub(super) async fn run(store: &dyn Executions, report: &mut Report) {
    run_checks!(
        report,
        store,
        of_racing_copies_of_a_telling_one_counts,
        racing_tellings_are_all_counted,
        a_count_makes_a_job_write_stale,
        a_freed_slot_makes_an_execution_write_stale,
    );
}

async fn of_racing_copies_of_a_telling_one_counts(store: &dyn Executions) -> Checked {
    let execution = execution("race-copies");
    let (a, both) = (job("a"), job("both"));
    put(store, &execution, &a, &job_at(JobStatus::Failed)).await?;
    let (tellers, gains) = ([teller(&a, 0, 1)], [gain(&both, 0, 1)]);
    let telling = Telling {
        execution: &execution.workflow_execution_id,
        generation: 0,
        tellers: &tellers,
        gains: &gains,
    };
    let answers = together((0..RACERS).map(|_| persist(|| store.tell(telling.clone())))).await;
    let mut done = 0;
    for answer in answers {
        done += u32::from(answer? == Told::Done);
    }
    same("tellings that took effect", &done, &1)?;
    let found = rows(store, &execution, &[&a, &both]).await?;
    same("the cursor", &found[0].row.told, &1)?;
    same("the tally", &found[1].row.tally, &Tally { settled: 1, good: 0, bad: 1 })
}

async fn racing_tellings_are_all_counted(store: &dyn Executions) -> Checked {
    let execution = execution("race-counts");
    store.create(&ExecutionRow { slots_used: RACERS, ..execution.clone() }, &[]).await?;
    let ids = numbered("a", RACERS);
    for id in &ids {
        put(store, &execution, id, &JobRow { slot: true, ..job_at(JobStatus::Succeeded) }).await?;
    }
    let both = job("both");
    let gains = [gain(&both, 1, 0), gain(&JobId::end(), 1, 0)];
    let tellers: Vec<Teller> = ids.iter().map(|id| Teller { frees_slot: true, ..teller(id, 0, 2) }).collect();
    let tell = |teller| tell_one(store, &execution, teller, &gains);
    for answer in together(tellers.iter().map(tell)).await {
        same("an answer", &answer?, &Told::Done)?;
    }
    let found = rows(store, &execution, &[&both, &JobId::end()]).await?;
    let expect = Tally { settled: RACERS, good: RACERS, bad: 0 };
    same("the tallies", &[found[0].row.tally, found[1].row.tally], &[expect, expect])?;
    let after = store.execution(&execution.workflow_execution_id).await?;
    same("slots in use", &after.map(|after| after.row.slots_used), &Some(0))
}

async fn tell_one(
    store: &dyn Executions,
    execution: &ExecutionRow,
    teller: &Teller,
    gains: &[Gain],
) -> Result<Told, crate::ports::PortError> {
    let tellers = std::slice::from_ref(teller);
    persist(|| {
        store.tell(Telling { execution: &execution.workflow_execution_id, generation: 0, tellers, gains })
    })
    .await
}

async fn a_count_makes_a_job_write_stale(store: &dyn Executions) -> Checked {
    let execution = execution("race-write");
    let id = &execution.workflow_execution_id;
    let (a, both) = (job("a"), job("both"));
    put(store, &execution, &a, &job_at(JobStatus::Succeeded)).await?;
    put(store, &execution, &both, &job_at(JobStatus::Pending)).await?;
    let (tellers, gains) = ([teller(&a, 0, 1)], [gain(&both, 1, 0)]);
    store.tell(Telling { execution: id, generation: 0, tellers: &tellers, gains: &gains }).await?;
    for stale in [&a, &both] {
        let row = job_at(JobStatus::Cancelled);
        let write = JobWrite { execution: id, job: stale, seen: Some(Rev(1)), row: &row, audit: &[] };
        let found = rows(store, &execution, &[stale]).await?.remove(0);
        same("the answer", &store.record_job(write).await?, &Recorded::Stale(Some(Box::new(found))))?;
    }
    Ok(())
}

async fn a_freed_slot_makes_an_execution_write_stale(store: &dyn Executions) -> Checked {
    let execution = ExecutionRow { slots_used: 1, ..execution("race-execution") };
    let id = &execution.workflow_execution_id;
    store.create(&execution, &[]).await?;
    let a = job("a");
    put(store, &execution, &a, &JobRow { slot: true, ..job_at(JobStatus::Succeeded) }).await?;
    let tellers = [Teller { frees_slot: true, ..teller(&a, 0, 1) }];
    store.tell(Telling { execution: id, generation: 0, tellers: &tellers, gains: &[] }).await?;
    let late = store.record_execution(ExecutionWrite { seen: Rev(1), row: &execution, audit: &[] }).await?;
    let found = store.execution(id).await?.map(Box::new);
    same("the answer", &late, &Recorded::Stale(found))
}
