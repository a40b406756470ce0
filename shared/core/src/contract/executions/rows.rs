//! Checks of EXECUTION and JOB rows: creating, reading, conditional writes.

use crate::contract::report::{Checked, Mismatch, Report, holds, run_checks, same};
use crate::contract::sample::{
    self, execution, execution_id, full_job, job, job_at, minute, numbered, persist, put, record,
};
use crate::contract::together::together;
use crate::ids::JobId;
use crate::ports::{Created, ExecutionWrite, Executions, JobWrite, Recorded};
use crate::state::{
    Cancel, CancelCause, ExecutionRow, ExecutionStatus, JobRow, JobStatus, Request, Rev, Versioned,
};

/// Writers that race for one row.
const RACERS: u32 = 16;
/// Rows that need several requests or pages in every store.
const MANY: u32 = 230;

pub(super) async fn run(store: &dyn Executions, report: &mut Report) {
    run_checks!(
        report,
        store,
        a_new_execution_reads_back_whole,
        an_id_is_taken_once,
        of_racing_creates_one_wins,
        what_is_not_there_reads_as_none,
        an_execution_is_written_over_what_was_seen,
        a_stale_execution_write_changes_nothing,
        an_execution_that_is_not_there_is_stale,
        a_job_reads_back_whole,
        a_first_job_row_finds_none,
        a_job_is_written_over_what_was_seen,
        a_job_row_that_is_not_there_is_stale,
        a_repeated_job_write_finds_its_own_row,
        of_racing_job_writes_one_wins,
        jobs_are_read_in_the_order_asked_for,
        pages_hold_every_job_once_in_order,
        the_row_of_end_is_on_no_page,
    );
}

fn full_execution(name: &str) -> ExecutionRow {
    let request = Request { by: "ünal".to_owned(), reason: "it's \"late\"".to_owned(), at: minute(7) };
    ExecutionRow {
        status: ExecutionStatus::Resuming,
        generation: 4,
        scheduled_at: Some(minute(1)),
        resumed: Some(request.clone()),
        ended_at: Some(minute(2)),
        deadline: Some(minute(3)),
        late_at: Some(minute(4)),
        cancel: Some(Cancel { request, cause: CancelCause::Timeout }),
        failed: Some(job("load")),
        slots_used: 3,
        attention_at: None,
        redrives: 2,
        announced: true,
        ..execution(name)
    }
}

async fn seen(store: &dyn Executions, row: &ExecutionRow) -> Result<Versioned<ExecutionRow>, Mismatch> {
    let id = &row.workflow_execution_id;
    store.execution(id).await?.ok_or_else(|| Mismatch::new(format!("execution {id} is not there")))
}

async fn a_new_execution_reads_back_whole(store: &dyn Executions) -> Checked {
    let row = full_execution("rows-whole");
    same("the answer", &store.create(&row, &[]).await?, &Created::New(Rev(1)))?;
    same("the row", &seen(store, &row).await?, &Versioned { rev: Rev(1), row })
}

async fn an_id_is_taken_once(store: &dyn Executions) -> Checked {
    let first = execution("rows-taken");
    let second = ExecutionRow { generation: 9, ..first.clone() };
    store.create(&first, &[]).await?;
    let answer = store.create(&second, &[record(&second, 1)]).await?;
    let kept = Versioned { rev: Rev(1), row: first.clone() };
    same("the answer", &answer, &Created::Existing(Box::new(kept.clone())))?;
    same("the row", &seen(store, &first).await?, &kept)?;
    let audit = store.audit(&first.workflow_execution_id, 0, 10).await?;
    same("audit records of the second", &audit, &Vec::new())
}

async fn of_racing_creates_one_wins(store: &dyn Executions) -> Checked {
    let rows: Vec<ExecutionRow> =
        (0..RACERS).map(|number| ExecutionRow { redrives: number, ..execution("rows-race") }).collect();
    let answers = together(rows.iter().map(|row| persist(move || store.create(row, &[])))).await;
    let winner = seen(store, &rows[0]).await?;
    let mut created = 0;
    for (row, answer) in rows.iter().zip(answers) {
        match answer? {
            Created::New(_) => {
                created += 1;
                same("the winner's row", row, &winner.row)?;
            }
            Created::Existing(found) => same("the row that a loser is shown", &found.row, &winner.row)?,
        }
    }
    same("winners", &created, &1)
}

async fn what_is_not_there_reads_as_none(store: &dyn Executions) -> Checked {
    let id = execution_id("rows-nowhere");
    same("the execution", &store.execution(&id).await?, &None)?;
    same("its jobs", &store.jobs(&id, &[job("a"), job("b")]).await?, &vec![None, None])?;
    same("a page of its jobs", &store.job_page(&id, None, 10).await?, &Vec::new())?;
    same("its held job", &store.longest_held(&id).await?, &None)?;
    same("its audit trail", &store.audit(&id, 0, 10).await?, &Vec::new())
}

async fn an_execution_is_written_over_what_was_seen(store: &dyn Executions) -> Checked {
    let first = execution("rows-over");
    store.create(&first, &[]).await?;
    let row = full_execution("rows-over");
    let write = ExecutionWrite { seen: Rev(1), row: &row, audit: &[] };
    same("the answer", &store.record_execution(write).await?, &Recorded::Done(Rev(2)))?;
    same("the row", &seen(store, &row).await?, &Versioned { rev: Rev(2), row })
}

async fn a_stale_execution_write_changes_nothing(store: &dyn Executions) -> Checked {
    let first = execution("rows-stale");
    store.create(&first, &[]).await?;
    let second = ExecutionRow { redrives: 1, ..first.clone() };
    store.record_execution(ExecutionWrite { seen: Rev(1), row: &second, audit: &[] }).await?;
    let late = ExecutionRow { redrives: 9, ..first.clone() };
    let audit = [record(&late, 1)];
    let answer = store.record_execution(ExecutionWrite { seen: Rev(1), row: &late, audit: &audit }).await?;
    let kept = Versioned { rev: Rev(2), row: second };
    same("the answer", &answer, &Recorded::Stale(Some(Box::new(kept.clone()))))?;
    same("the row", &seen(store, &first).await?, &kept)?;
    let audit = store.audit(&first.workflow_execution_id, 0, 10).await?;
    same("audit records of the stale write", &audit, &Vec::new())
}

async fn an_execution_that_is_not_there_is_stale(store: &dyn Executions) -> Checked {
    let row = execution("rows-never");
    let answer = store.record_execution(ExecutionWrite { seen: Rev(1), row: &row, audit: &[] }).await?;
    same("the answer", &answer, &Recorded::Stale(None))?;
    same("the row", &store.execution(&row.workflow_execution_id).await?, &None)
}

async fn one(
    store: &dyn Executions,
    execution: &ExecutionRow,
    id: &JobId,
) -> Result<Option<Versioned<JobRow>>, Mismatch> {
    let found = store.jobs(&execution.workflow_execution_id, std::slice::from_ref(id)).await?;
    found.into_iter().next().ok_or_else(|| Mismatch::new("one job was asked for, and none answered"))
}

async fn a_job_reads_back_whole(store: &dyn Executions) -> Checked {
    let execution = execution("job-whole");
    let (id, row) = (job("load"), full_job());
    same("the revision", &put(store, &execution, &id, &row).await?, &Rev(1))?;
    same("the row", &one(store, &execution, &id).await?, &Some(Versioned { rev: Rev(1), row }))
}

async fn a_first_job_row_finds_none(store: &dyn Executions) -> Checked {
    let execution = execution("job-first");
    let (id, first) = (job("load"), full_job());
    put(store, &execution, &id, &first).await?;
    let late = job_at(JobStatus::Waiting);
    let audit = [record(&execution, 1)];
    let write = JobWrite {
        execution: &execution.workflow_execution_id,
        job: &id,
        seen: None,
        row: &late,
        audit: &audit,
    };
    let kept = Versioned { rev: Rev(1), row: first };
    same("the answer", &store.record_job(write).await?, &Recorded::Stale(Some(Box::new(kept.clone()))))?;
    same("the row", &one(store, &execution, &id).await?, &Some(kept))?;
    let audit = store.audit(&execution.workflow_execution_id, 0, 10).await?;
    same("audit records of the stale write", &audit, &Vec::new())
}

async fn a_job_is_written_over_what_was_seen(store: &dyn Executions) -> Checked {
    let execution = execution("job-over");
    let id = job("load");
    put(store, &execution, &id, &job_at(JobStatus::Pending)).await?;
    let row = full_job();
    let write = |seen, row| JobWrite {
        execution: &execution.workflow_execution_id,
        job: &id,
        seen: Some(seen),
        row,
        audit: &[],
    };
    same("the answer", &store.record_job(write(Rev(1), &row)).await?, &Recorded::Done(Rev(2)))?;
    let bare = job_at(JobStatus::Succeeded);
    same("the next answer", &store.record_job(write(Rev(2), &bare)).await?, &Recorded::Done(Rev(3)))?;
    same("the row", &one(store, &execution, &id).await?, &Some(Versioned { rev: Rev(3), row: bare }))
}

async fn a_job_row_that_is_not_there_is_stale(store: &dyn Executions) -> Checked {
    let execution = execution("job-never");
    let (id, row) = (job("load"), full_job());
    let write = JobWrite {
        execution: &execution.workflow_execution_id,
        job: &id,
        seen: Some(Rev(1)),
        row: &row,
        audit: &[],
    };
    same("the answer", &store.record_job(write).await?, &Recorded::Stale(None))?;
    same("the row", &one(store, &execution, &id).await?, &None)
}

async fn a_repeated_job_write_finds_its_own_row(store: &dyn Executions) -> Checked {
    let execution = execution("job-again");
    let id = job("load");
    put(store, &execution, &id, &job_at(JobStatus::Pending)).await?;
    let row = full_job();
    let write = JobWrite {
        execution: &execution.workflow_execution_id,
        job: &id,
        seen: Some(Rev(1)),
        row: &row,
        audit: &[],
    };
    store.record_job(write.clone()).await?;
    let expect = Recorded::Stale(Some(Box::new(Versioned { rev: Rev(2), row: row.clone() })));
    same("the second answer", &store.record_job(write).await?, &expect)
}

async fn of_racing_job_writes_one_wins(store: &dyn Executions) -> Checked {
    let execution = execution("job-race");
    let id = job("load");
    for round in 0..3_u32 {
        let rows: Vec<JobRow> =
            (0..RACERS).map(|number| JobRow { fence: (round * 100 + number).into(), ..full_job() }).collect();
        let write = |row| JobWrite {
            execution: &execution.workflow_execution_id,
            job: &id,
            seen: (round > 0).then_some(Rev(round.into())),
            row,
            audit: &[],
        };
        let answers = together(rows.iter().map(|row| persist(move || store.record_job(write(row))))).await;
        let winner = one(store, &execution, &id).await?;
        let mut done = 0;
        for (row, answer) in rows.iter().zip(answers) {
            let shown = match answer? {
                Recorded::Done(rev) => {
                    done += 1;
                    Some(Versioned { rev, row: row.clone() })
                }
                Recorded::Stale(found) => found.map(|found| *found),
            };
            same("the winner's own row, or the row that a loser is shown", &shown, &winner)?;
        }
        same("winners", &done, &1)?;
    }
    Ok(())
}

async fn jobs_are_read_in_the_order_asked_for(store: &dyn Executions) -> Checked {
    let execution = execution("job-order");
    let ids = numbered("j", MANY);
    // Every third has no row.
    for (number, id) in ids.iter().enumerate().filter(|(number, _)| number % 3 != 0) {
        put(store, &execution, id, &JobRow { fence: number as u64, ..JobRow::default() }).await?;
    }
    let asked: Vec<JobId> = ids.iter().rev().cloned().collect();
    let found = store.jobs(&execution.workflow_execution_id, &asked).await?;
    let fences: Vec<Option<u64>> =
        found.into_iter().map(|found| found.map(|found| found.row.fence)).collect();
    let expect: Vec<Option<u64>> =
        (0..u64::from(MANY)).rev().map(|number| (number % 3 != 0).then_some(number)).collect();
    same("the rows", &fences, &expect)
}

async fn pages_hold_every_job_once_in_order(store: &dyn Executions) -> Checked {
    let execution = execution("job-pages");
    let ids = numbered("j", MANY);
    for id in ids.iter().rev() {
        put(store, &execution, id, &job_at(JobStatus::Succeeded)).await?;
    }
    put(store, &sample::execution("job-pages-2"), &job("other"), &job_at(JobStatus::Succeeded)).await?;
    let mut seen: Vec<JobId> = Vec::new();
    // An adapter that repeats pages must not keep the suite from ending.
    while seen.len() <= ids.len() {
        let page = store.job_page(&execution.workflow_execution_id, seen.last(), 100).await?;
        holds("a page has no more than was asked for", page.len() <= 100)?;
        if page.is_empty() {
            break;
        }
        seen.extend(page.into_iter().map(|(id, _)| id));
    }
    same("all pages", &seen, &ids)
}

async fn the_row_of_end_is_on_no_page(store: &dyn Executions) -> Checked {
    let execution = execution("job-end");
    let row = full_job();
    for id in [JobId::end(), job("A"), job("z")] {
        put(store, &execution, &id, &row).await?;
    }
    let page = store.job_page(&execution.workflow_execution_id, None, 10).await?;
    let ids: Vec<JobId> = page.into_iter().map(|(id, _)| id).collect();
    same("the page", &ids, &vec![job("A"), job("z")])?;
    same("END by name", &one(store, &execution, &JobId::end()).await?, &Some(Versioned { rev: Rev(1), row }))
}
