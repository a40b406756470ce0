//! Checks of admission to slots, and of who is held longest.

use crate::contract::report::{Checked, Report, run_checks, same};
use crate::contract::sample::{execution, full_job, job, job_at, minute, numbered, persist, put, record};
use crate::contract::together::together;
use crate::ids::{ExecutionId, JobId};
use crate::ports::{Admission, Admitted, Executions, JobWrite};
use crate::state::{ExecutionRow, JobRow, JobStatus, Rev, Versioned};

/// Jobs that race for slots, and the slots there are.
const RACERS: u32 = 20;
const SLOTS: u32 = 6;

pub(super) async fn run(store: &dyn Executions, report: &mut Report) {
    run_checks!(
        report,
        store,
        an_admission_takes_a_slot_and_writes_the_row,
        an_admission_writes_over_what_was_seen,
        without_a_free_slot_nothing_is_written,
        a_job_that_is_not_as_seen_is_stale,
        stale_comes_before_full,
        another_generation_is_stale,
        without_an_execution_it_is_stale,
        racing_admissions_never_exceed_the_limit,
        the_longest_held_comes_first,
        only_held_jobs_are_held,
    );
}

fn admission<'a>(id: &'a ExecutionId, job: &'a JobId, row: &'a JobRow, seen: Option<Rev>) -> Admission<'a> {
    Admission {
        job: JobWrite { execution: id, job, seen, row, audit: &[] },
        limit: SLOTS,
        generation: row.generation,
    }
}

fn admitted() -> JobRow {
    JobRow { slot: true, ..job_at(JobStatus::Pending) }
}

async fn an_admission_takes_a_slot_and_writes_the_row(store: &dyn Executions) -> Checked {
    let execution = ExecutionRow { slots_used: 2, ..execution("admit-new") };
    let id = &execution.workflow_execution_id;
    store.create(&execution, &[]).await?;
    let (load, row, audit) = (job("load"), admitted(), [record(&execution, 1)]);
    let mut asked = admission(id, &load, &row, None);
    asked.job.audit = &audit;
    same("the answer", &store.admit(asked).await?, &Admitted::Done(Rev(1)))?;
    let expect = Versioned { rev: Rev(2), row: ExecutionRow { slots_used: 3, ..execution.clone() } };
    same("the execution", &store.execution(id).await?, &Some(expect))?;
    same("the row", &store.jobs(id, &[load]).await?, &vec![Some(Versioned { rev: Rev(1), row })])?;
    same("the audit trail", &store.audit(id, 0, 10).await?, &audit.to_vec())
}

async fn an_admission_writes_over_what_was_seen(store: &dyn Executions) -> Checked {
    let execution = execution("admit-over");
    let id = &execution.workflow_execution_id;
    store.create(&execution, &[]).await?;
    let load = job("load");
    put(store, &execution, &load, &job_at(JobStatus::Held)).await?;
    let row = admitted();
    same(
        "the answer",
        &store.admit(admission(id, &load, &row, Some(Rev(1)))).await?,
        &Admitted::Done(Rev(2)),
    )?;
    same("the row", &store.jobs(id, &[load]).await?, &vec![Some(Versioned { rev: Rev(2), row })])
}

/// Asks for admission, and expects this answer and no effect.
async fn nothing(
    store: &dyn Executions,
    execution: &ExecutionRow,
    mut asked: Admission<'_>,
    expect: &Admitted,
) -> Checked {
    let id = &execution.workflow_execution_id;
    let before = (store.execution(id).await?, store.job_page(id, None, 100).await?);
    let audit = [record(execution, 9)];
    asked.job.audit = &audit;
    same("the answer", &store.admit(asked).await?, expect)?;
    same("the rows", &(store.execution(id).await?, store.job_page(id, None, 100).await?), &before)?;
    same("the audit trail", &store.audit(id, 0, 10).await?, &Vec::new())
}

async fn without_a_free_slot_nothing_is_written(store: &dyn Executions) -> Checked {
    let execution = ExecutionRow { slots_used: SLOTS, ..execution("admit-full") };
    let id = &execution.workflow_execution_id;
    store.create(&execution, &[]).await?;
    let (new, held, row) = (job("new"), job("held"), admitted());
    put(store, &execution, &held, &job_at(JobStatus::Held)).await?;
    nothing(store, &execution, admission(id, &new, &row, None), &Admitted::Full).await?;
    nothing(store, &execution, admission(id, &held, &row, Some(Rev(1))), &Admitted::Full).await
}

async fn a_job_that_is_not_as_seen_is_stale(store: &dyn Executions) -> Checked {
    let execution = execution("admit-stale");
    let id = &execution.workflow_execution_id;
    store.create(&execution, &[]).await?;
    let (known, row) = (job("known"), admitted());
    put(store, &execution, &known, &full_job()).await?;
    let found = Some(Box::new(Versioned { rev: Rev(1), row: full_job() }));
    let stale = Admitted::Stale(found);
    nothing(store, &execution, admission(id, &known, &row, None), &stale).await?;
    nothing(store, &execution, admission(id, &known, &row, Some(Rev(7))), &stale).await?;
    nothing(store, &execution, admission(id, &job("new"), &row, Some(Rev(1))), &Admitted::Stale(None)).await
}

async fn stale_comes_before_full(store: &dyn Executions) -> Checked {
    let execution = ExecutionRow { slots_used: SLOTS, ..execution("admit-both") };
    let id = &execution.workflow_execution_id;
    store.create(&execution, &[]).await?;
    let (known, row) = (job("known"), admitted());
    put(store, &execution, &known, &full_job()).await?;
    let found = Box::new(Versioned { rev: Rev(1), row: full_job() });
    nothing(store, &execution, admission(id, &known, &row, None), &Admitted::Stale(Some(found))).await
}

async fn another_generation_is_stale(store: &dyn Executions) -> Checked {
    let execution = ExecutionRow { generation: 2, ..execution("admit-generation") };
    let id = &execution.workflow_execution_id;
    store.create(&execution, &[]).await?;
    let load = job("load");
    for generation in [1, 3] {
        let row = JobRow { generation, ..admitted() };
        nothing(store, &execution, admission(id, &load, &row, None), &Admitted::Stale(None)).await?;
    }
    let row = JobRow { generation: 2, ..admitted() };
    same("its own generation", &store.admit(admission(id, &load, &row, None)).await?, &Admitted::Done(Rev(1)))
}

async fn without_an_execution_it_is_stale(store: &dyn Executions) -> Checked {
    let execution = execution("admit-nowhere");
    let (load, row) = (job("load"), admitted());
    let asked = admission(&execution.workflow_execution_id, &load, &row, None);
    nothing(store, &execution, asked, &Admitted::Stale(None)).await
}

async fn racing_admissions_never_exceed_the_limit(store: &dyn Executions) -> Checked {
    let execution = execution("admit-race");
    let id = &execution.workflow_execution_id;
    store.create(&execution, &[]).await?;
    let (ids, row) = (numbered("j", RACERS), admitted());
    let ask = |job| {
        let row = &row;
        persist(move || store.admit(admission(id, job, row, None)))
    };
    let (mut done, mut full) = (0, 0);
    for answer in together(ids.iter().map(ask)).await {
        match answer? {
            Admitted::Done(_) => done += 1,
            Admitted::Full => full += 1,
            Admitted::Stale(_) => {}
        }
    }
    same("admitted and turned away", &(done, full), &(SLOTS, RACERS - SLOTS))?;
    let used = store.execution(id).await?.map(|found| found.row.slots_used);
    same("slots in use", &used, &Some(SLOTS))?;
    let rows = store.job_page(id, None, 100).await?;
    same("jobs with a slot", &rows.iter().filter(|(_, found)| found.row.slot).count(), &(SLOTS as usize))
}

fn held(since: u32) -> JobRow {
    JobRow { held_since: Some(minute(since)), ..job_at(JobStatus::Held) }
}

async fn the_longest_held_comes_first(store: &dyn Executions) -> Checked {
    let execution = execution("held-order");
    let id = &execution.workflow_execution_id;
    for (name, since) in [("a", 5), ("b", 3), ("c", 4)] {
        put(store, &execution, &job(name), &held(since)).await?;
    }
    let first = Some((job("b"), Versioned { rev: Rev(1), row: held(3) }));
    same("the longest held", &store.longest_held(id).await?, &first)?;
    let (b, row) = (job("b"), admitted());
    store.record_job(JobWrite { execution: id, job: &b, seen: Some(Rev(1)), row: &row, audit: &[] }).await?;
    let next = Some((job("c"), Versioned { rev: Rev(1), row: held(4) }));
    same("the next", &store.longest_held(id).await?, &next)
}

async fn only_held_jobs_are_held(store: &dyn Executions) -> Checked {
    let execution = execution("held-only");
    let id = &execution.workflow_execution_id;
    // A row may remember since when it was held.
    for (name, status) in [("a", JobStatus::Pending), ("b", JobStatus::Running), ("c", JobStatus::Cancelled)]
    {
        put(store, &execution, &job(name), &JobRow { status, ..held(1) }).await?;
    }
    same("the longest held", &store.longest_held(id).await?, &None)
}
