//! Checks of the audit trail: written with the state, never changed, read oldest first.

use crate::audit::AuditRecord;
use crate::contract::report::{Checked, Report, holds, run_checks, same};
use crate::contract::sample::{execution, full_job, job, record};
use crate::contract::together::together;
use crate::ids::JobId;
use crate::ports::{ExecutionWrite, Executions, JobWrite, PortError};
use crate::state::Rev;

/// Records that need several pages in every store.
const MANY: u32 = 130;

pub(super) async fn run(store: &dyn Executions, report: &mut Report) {
    run_checks!(
        report,
        store,
        each_change_brings_its_records,
        a_key_that_is_there_is_left_as_it_is,
        a_known_key_does_not_keep_the_state_from_being_written,
        records_of_racing_notes_are_kept_once,
        the_trail_is_read_oldest_first,
        the_trail_is_read_in_pages,
        trails_do_not_mix,
        a_record_about_end_is_refused,
    );
}

async fn each_change_brings_its_records(store: &dyn Executions) -> Checked {
    let row = execution("audit-changes");
    let id = &row.workflow_execution_id;
    let records: Vec<AuditRecord> = (0..5).map(|number| record(&row, number)).collect();
    store.create(&row, &records[..1]).await?;
    store.record_execution(ExecutionWrite { seen: Rev(1), row: &row, audit: &records[1..2] }).await?;
    let job_row = full_job();
    let (load, audit) = (job("load"), &records[2..4]);
    store.record_job(JobWrite { execution: id, job: &load, seen: None, row: &job_row, audit }).await?;
    store.note(&records[4..]).await?;
    same("the trail", &store.audit(id, 0, 10).await?, &records)
}

async fn a_key_that_is_there_is_left_as_it_is(store: &dyn Executions) -> Checked {
    let row = execution("audit-same-key");
    let first = record(&row, 1);
    let other = AuditRecord { detail: "edited".to_owned(), by: "somebody else".to_owned(), ..first.clone() };
    store.note(std::slice::from_ref(&first)).await?;
    store.note(std::slice::from_ref(&other)).await?;
    store.note(&[record(&row, 2), other]).await?;
    same("the trail", &store.audit(&row.workflow_execution_id, 0, 10).await?, &vec![first, record(&row, 2)])
}

async fn a_known_key_does_not_keep_the_state_from_being_written(store: &dyn Executions) -> Checked {
    let row = execution("audit-known");
    let known = [record(&row, 1)];
    store.note(&known).await?;
    store.create(&row, &known).await?;
    let found = store.execution(&row.workflow_execution_id).await?;
    same("the row", &found.map(|found| found.row), &Some(row))
}

async fn records_of_racing_notes_are_kept_once(store: &dyn Executions) -> Checked {
    let row = execution("audit-race");
    let records: Vec<AuditRecord> = (0..4).map(|number| record(&row, number)).collect();
    let notes = (0..12_usize).map(|number| store.note(&records[number % 3..]));
    for done in together(notes).await {
        done?;
    }
    same("the trail", &store.audit(&row.workflow_execution_id, 0, 100).await?, &records)
}

async fn the_trail_is_read_oldest_first(store: &dyn Executions) -> Checked {
    let row = execution("audit-order");
    // Neither the keys nor the order of writing tell the times.
    let mut records: Vec<AuditRecord> = (0..9).map(|number| record(&row, number)).collect();
    for (number, record) in records.iter_mut().enumerate() {
        record.distinct = format!("{}", number * 7 % 9);
    }
    let shuffled: Vec<AuditRecord> = (0..9).map(|number| records[number * 4 % 9].clone()).collect();
    for record in &shuffled {
        store.note(std::slice::from_ref(record)).await?;
    }
    same("the trail", &store.audit(&row.workflow_execution_id, 0, 100).await?, &records)
}

async fn the_trail_is_read_in_pages(store: &dyn Executions) -> Checked {
    let row = execution("audit-pages");
    let id = &row.workflow_execution_id;
    let records: Vec<AuditRecord> = (0..MANY).map(|number| record(&row, number)).collect();
    store.note(&records).await?;
    same("the first ones", &store.audit(id, 0, 7).await?, &records[..7].to_vec())?;
    same("some in the middle", &store.audit(id, 90, 30).await?, &records[90..120].to_vec())?;
    same("the last ones", &store.audit(id, 125, 100).await?, &records[125..].to_vec())?;
    same("beyond the end", &store.audit(id, 130, 10).await?, &Vec::new())
}

async fn trails_do_not_mix(store: &dyn Executions) -> Checked {
    let (one, other) = (execution("audit-one"), execution("audit-one-2"));
    store.note(&[record(&one, 1), record(&other, 2)]).await?;
    same("one", &store.audit(&one.workflow_execution_id, 0, 10).await?, &vec![record(&one, 1)])?;
    same("the other", &store.audit(&other.workflow_execution_id, 0, 10).await?, &vec![record(&other, 2)])
}

async fn a_record_about_end_is_refused(store: &dyn Executions) -> Checked {
    let row = execution("audit-end");
    let mut about_end = record(&row, 1);
    about_end.subject.job_id = Some(JobId::end());
    let noted = store.note(&[record(&row, 2), about_end.clone()]).await;
    holds("a note is refused", matches!(noted, Err(PortError::Refused { .. })))?;
    let created = store.create(&row, &[about_end]).await;
    holds("a change is refused", matches!(created, Err(PortError::Refused { .. })))?;
    same("the row", &store.execution(&row.workflow_execution_id).await?, &None)?;
    same("the trail", &store.audit(&row.workflow_execution_id, 0, 10).await?, &Vec::new())
}
