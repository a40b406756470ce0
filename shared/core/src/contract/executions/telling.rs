//! Checks of telling: cursors and tallies move together, under all conditions or not at all.

use crate::contract::report::{Checked, Mismatch, Report, refused, run_checks, same};
use crate::contract::sample::{execution, job, job_at, numbered, put};
use crate::ids::JobId;
use crate::ports::{Executions, Gain, TELLING_ITEMS_MAX, Teller, Telling, Told};
use crate::state::{ExecutionRow, JobRow, JobStatus, Rev, Tally, Versioned};

pub(super) async fn run(store: &dyn Executions, report: &mut Report) {
    run_checks!(
        report,
        store,
        cursors_move_and_tallies_grow,
        a_job_without_a_row_gets_one_by_counting,
        the_rest_of_a_counted_row_stays,
        a_cursor_that_has_moved_is_stale,
        a_teller_must_be_settled,
        a_teller_must_be_there,
        one_stale_teller_takes_all_back,
        a_newer_generation_is_stale,
        an_older_generation_is_told,
        a_slot_is_given_back_once,
        a_slot_not_held_is_not_given_back,
        a_full_transaction_is_taken,
        a_transaction_beyond_the_limit_is_refused,
        a_job_named_twice_is_refused,
    );
}

pub(super) fn teller(id: &JobId, from: u32, to: u32) -> Teller {
    Teller { job: id.clone(), from, to, frees_slot: false }
}

pub(super) fn gain(id: &JobId, good: u32, bad: u32) -> Gain {
    Gain { job: id.clone(), settled: good + bad, good, bad }
}

pub(super) async fn rows(
    store: &dyn Executions,
    execution: &ExecutionRow,
    ids: &[&JobId],
) -> Result<Vec<Versioned<JobRow>>, Mismatch> {
    let ids: Vec<JobId> = ids.iter().map(|id| (*id).clone()).collect();
    let found = store.jobs(&execution.workflow_execution_id, &ids).await?;
    found
        .into_iter()
        .collect::<Option<_>>()
        .ok_or_else(|| Mismatch::new(format!("one of {ids:?} has no row")))
}

async fn tell(
    store: &dyn Executions,
    execution: &ExecutionRow,
    generation: u32,
    tellers: &[Teller],
    gains: &[Gain],
) -> Result<Told, Mismatch> {
    let execution = &execution.workflow_execution_id;
    Ok(store.tell(Telling { execution, generation, tellers, gains }).await?)
}

fn settled(generation: u32) -> JobRow {
    JobRow { generation, ..job_at(JobStatus::Succeeded) }
}

async fn cursors_move_and_tallies_grow(store: &dyn Executions) -> Checked {
    let execution = execution("tell-grow");
    let (a, b, both) = (job("a"), job("b"), job("both"));
    let counted = Tally { settled: 5, good: 3, bad: 2 };
    put(store, &execution, &a, &settled(0)).await?;
    put(store, &execution, &b, &JobRow { told: 4, ..job_at(JobStatus::Failed) }).await?;
    put(store, &execution, &both, &JobRow { tally: counted, ..JobRow::default() }).await?;
    let tellers = [teller(&a, 0, 2), teller(&b, 4, 7)];
    same("the answer", &tell(store, &execution, 0, &tellers, &[gain(&both, 1, 1)]).await?, &Told::Done)?;
    let found = rows(store, &execution, &[&a, &b, &both]).await?;
    same("the cursors", &[found[0].row.told, found[1].row.told], &[2, 7])?;
    same("the tally", &found[2].row.tally, &Tally { settled: 7, good: 4, bad: 3 })?;
    same("the revisions", &[found[0].rev, found[1].rev, found[2].rev], &[Rev(2), Rev(2), Rev(2)])
}

async fn a_job_without_a_row_gets_one_by_counting(store: &dyn Executions) -> Checked {
    let execution = execution("tell-new");
    let (a, both) = (job("a"), job("both"));
    put(store, &execution, &a, &settled(2)).await?;
    tell(store, &execution, 2, &[teller(&a, 0, 1)], &[gain(&both, 0, 1), gain(&JobId::end(), 1, 0)]).await?;
    let made = |good, bad| Versioned {
        rev: Rev(1),
        row: JobRow { generation: 2, tally: Tally { settled: 1, good, bad }, ..JobRow::default() },
    };
    same("the rows", &rows(store, &execution, &[&both, &JobId::end()]).await?, &vec![made(0, 1), made(1, 0)])
}

async fn the_rest_of_a_counted_row_stays(store: &dyn Executions) -> Checked {
    let execution = execution("tell-rest");
    let (a, waiting) = (job("a"), job("waiting"));
    let before = JobRow { told: 1, slot: true, fence: 3, generation: 1, ..job_at(JobStatus::Waiting) };
    put(store, &execution, &a, &JobRow { slot: true, fence: 8, ..settled(1) }).await?;
    put(store, &execution, &waiting, &before).await?;
    tell(store, &execution, 4, &[teller(&a, 0, 1)], &[gain(&waiting, 1, 0)]).await?;
    let found = rows(store, &execution, &[&a, &waiting]).await?;
    same("the teller", &found[0].row, &JobRow { slot: true, fence: 8, told: 1, ..settled(1) })?;
    same("the dependent", &found[1].row, &JobRow { tally: Tally { settled: 1, good: 1, bad: 0 }, ..before })
}

/// Tells, and expects that nothing came of it.
async fn nothing(
    store: &dyn Executions,
    execution: &ExecutionRow,
    generation: u32,
    tellers: &[Teller],
    gains: &[Gain],
) -> Checked {
    let id = &execution.workflow_execution_id;
    let before = (store.execution(id).await?, store.job_page(id, None, 100).await?);
    same("the answer", &tell(store, execution, generation, tellers, gains).await?, &Told::Stale)?;
    same("the rows", &(store.execution(id).await?, store.job_page(id, None, 100).await?), &before)
}

async fn a_cursor_that_has_moved_is_stale(store: &dyn Executions) -> Checked {
    let execution = execution("tell-moved");
    let (a, both) = (job("a"), job("both"));
    put(store, &execution, &a, &settled(0)).await?;
    let (first, gains) = ([teller(&a, 0, 2)], [gain(&both, 1, 0)]);
    same("the first answer", &tell(store, &execution, 0, &first, &gains).await?, &Told::Done)?;
    nothing(store, &execution, 0, &first, &gains).await?;
    nothing(store, &execution, 0, &[teller(&a, 1, 2)], &gains).await?;
    nothing(store, &execution, 0, &[teller(&a, 3, 4)], &gains).await?;
    same("the next answer", &tell(store, &execution, 0, &[teller(&a, 2, 3)], &gains).await?, &Told::Done)
}

async fn a_teller_must_be_settled(store: &dyn Executions) -> Checked {
    let execution = execution("tell-unsettled");
    let both = job("both");
    let unsettled = [JobStatus::Pending, JobStatus::Held, JobStatus::Running, JobStatus::Waiting];
    for (id, status) in numbered("u", 4).iter().zip(unsettled) {
        put(store, &execution, id, &job_at(status)).await?;
        nothing(store, &execution, 0, &[teller(id, 0, 1)], &[gain(&both, 1, 0)]).await?;
    }
    let settled = [JobStatus::Succeeded, JobStatus::Failed, JobStatus::Skipped, JobStatus::Cancelled];
    for (id, status) in numbered("s", 4).iter().zip(settled) {
        put(store, &execution, id, &job_at(status)).await?;
        let answer = tell(store, &execution, 0, &[teller(id, 0, 1)], &[gain(&both, 1, 0)]).await?;
        same("the answer of a settled one", &answer, &Told::Done)?;
    }
    Ok(())
}

async fn a_teller_must_be_there(store: &dyn Executions) -> Checked {
    let execution = execution("tell-absent");
    nothing(store, &execution, 0, &[teller(&job("a"), 0, 1)], &[gain(&job("both"), 1, 0)]).await
}

async fn one_stale_teller_takes_all_back(store: &dyn Executions) -> Checked {
    let execution = execution("tell-all");
    store.create(&ExecutionRow { slots_used: 1, ..execution.clone() }, &[]).await?;
    let (a, b, c, both) = (job("a"), job("b"), job("c"), job("both"));
    put(store, &execution, &a, &JobRow { slot: true, ..settled(0) }).await?;
    put(store, &execution, &b, &JobRow { told: 1, ..settled(0) }).await?;
    put(store, &execution, &c, &settled(0)).await?;
    let freeing = Teller { frees_slot: true, ..teller(&a, 0, 1) };
    let tellers = [freeing, teller(&b, 0, 1), teller(&c, 0, 1)];
    nothing(store, &execution, 0, &tellers, &[gain(&both, 1, 0)]).await
}

async fn a_newer_generation_is_stale(store: &dyn Executions) -> Checked {
    let execution = execution("tell-newer");
    store.create(&ExecutionRow { generation: 2, slots_used: 1, ..execution.clone() }, &[]).await?;
    let (old, new, holder, gains) = (job("old"), job("new"), job("holder"), [gain(&job("both"), 1, 0)]);
    put(store, &execution, &old, &settled(1)).await?;
    put(store, &execution, &new, &settled(2)).await?;
    put(store, &execution, &holder, &JobRow { slot: true, ..settled(1) }).await?;
    put(store, &execution, &job("reset"), &JobRow { generation: 2, ..JobRow::default() }).await?;
    nothing(store, &execution, 1, &[teller(&new, 0, 1)], &gains).await?;
    nothing(store, &execution, 1, &[teller(&old, 0, 1)], &[gain(&job("reset"), 1, 0)]).await?;
    nothing(store, &execution, 1, &[Teller { frees_slot: true, ..teller(&holder, 0, 1) }], &gains).await
}

async fn an_older_generation_is_told(store: &dyn Executions) -> Checked {
    let execution = execution("tell-older");
    let (a, both) = (job("a"), job("both"));
    put(store, &execution, &a, &settled(1)).await?;
    put(store, &execution, &both, &JobRow { generation: 1, ..JobRow::default() }).await?;
    let answer = tell(store, &execution, 3, &[teller(&a, 0, 1)], &[gain(&both, 1, 0)]).await?;
    same("the answer", &answer, &Told::Done)?;
    let found = rows(store, &execution, &[&a, &both]).await?;
    same("the generations", &[found[0].row.generation, found[1].row.generation], &[1, 1])
}

async fn a_slot_is_given_back_once(store: &dyn Executions) -> Checked {
    let execution = execution("tell-slot");
    store.create(&ExecutionRow { slots_used: 3, ..execution.clone() }, &[]).await?;
    let (a, b) = (job("a"), job("b"));
    put(store, &execution, &a, &JobRow { slot: true, ..settled(0) }).await?;
    put(store, &execution, &b, &JobRow { slot: true, ..settled(0) }).await?;
    let freeing = [&a, &b].map(|id| Teller { frees_slot: true, ..teller(id, 0, 1) });
    same("the answer", &tell(store, &execution, 0, &freeing, &[]).await?, &Told::Done)?;
    let after = store.execution(&execution.workflow_execution_id).await?;
    let expect = Versioned { rev: Rev(2), row: ExecutionRow { slots_used: 1, ..execution.clone() } };
    same("the execution", &after, &Some(expect))?;
    let found = rows(store, &execution, &[&a, &b]).await?;
    same("the slots held", &[found[0].row.slot, found[1].row.slot], &[false, false])?;
    nothing(store, &execution, 0, &freeing, &[]).await
}

async fn a_slot_not_held_is_not_given_back(store: &dyn Executions) -> Checked {
    let execution = execution("tell-no-slot");
    store.create(&ExecutionRow { slots_used: 1, ..execution.clone() }, &[]).await?;
    let a = job("a");
    put(store, &execution, &a, &settled(0)).await?;
    nothing(store, &execution, 0, &[Teller { frees_slot: true, ..teller(&a, 0, 1) }], &[]).await
}

async fn a_full_transaction_is_taken(store: &dyn Executions) -> Checked {
    let execution = execution("tell-full");
    let a = job("a");
    put(store, &execution, &a, &settled(0)).await?;
    let dependents = numbered("d", TELLING_ITEMS_MAX as u32 - 1);
    let gains: Vec<Gain> = dependents.iter().map(|id| gain(id, 1, 0)).collect();
    same("the answer", &tell(store, &execution, 0, &[teller(&a, 0, 99)], &gains).await?, &Told::Done)?;
    let found = rows(store, &execution, &dependents.iter().collect::<Vec<_>>()).await?;
    let counted = found.iter().filter(|found| found.row.tally.settled == 1).count();
    same("dependents counted", &counted, &dependents.len())
}

async fn a_transaction_beyond_the_limit_is_refused(store: &dyn Executions) -> Checked {
    let execution = execution("tell-beyond");
    let a = job("a");
    put(store, &execution, &a, &settled(0)).await?;
    let gains: Vec<Gain> = numbered("d", TELLING_ITEMS_MAX as u32).iter().map(|id| gain(id, 1, 0)).collect();
    let tellers = [teller(&a, 0, 100)];
    let telling = Telling {
        execution: &execution.workflow_execution_id,
        generation: 0,
        tellers: &tellers,
        gains: &gains,
    };
    refused("one item more than the limit", &store.tell(telling).await)
}

async fn a_job_named_twice_is_refused(store: &dyn Executions) -> Checked {
    let execution = execution("tell-twice");
    let (a, both) = (job("a"), job("both"));
    put(store, &execution, &a, &settled(0)).await?;
    let (tellers, twice, itself) =
        ([teller(&a, 0, 1)], [gain(&both, 1, 0), gain(&both, 1, 0)], [gain(&a, 1, 0)]);
    for (what, gains) in [("a dependent twice", twice.as_slice()), ("a teller that gains", itself.as_slice())]
    {
        let execution = &execution.workflow_execution_id;
        let telling = Telling { execution, generation: 0, tellers: &tellers, gains };
        refused(what, &store.tell(telling).await)?;
    }
    Ok(())
}
