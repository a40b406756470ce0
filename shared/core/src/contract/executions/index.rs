//! Checks of what is found over many executions: those that are due, and lists.

use crate::contract::report::{Checked, Report, holds, run_checks, same};
use crate::contract::sample::{execution, execution_id, minute, workflow};
use crate::ids::{ExecutionId, WorkflowId};
use crate::ports::{Before, ExecutionWrite, Executions, Filter, PortError};
use crate::state::{ExecutionRow, ExecutionStatus, Request, Rev};
use crate::time::Timestamp;

/// Times of these checks, earlier than those of all others, so that the store need not be empty.
const EARLY: i64 = 1_000_000_000_000;

pub(super) async fn run(store: &dyn Executions, report: &mut Report) {
    run_checks!(
        report,
        store,
        the_most_overdue_come_first,
        ended_ones_are_due_too_and_those_without_a_time_are_not,
        a_new_time_counts_at_once,
        lists_are_newest_first,
        lists_keep_to_their_filter,
        lists_are_paged,
        executions_of_one_instant_are_each_on_one_page,
    );
}

fn early(seconds: i64) -> Timestamp {
    Timestamp::from_millis(EARLY + seconds * 1_000)
}

async fn open(
    store: &dyn Executions,
    name: &str,
    attention_at: Option<Timestamp>,
) -> Result<ExecutionRow, PortError> {
    let row = ExecutionRow { attention_at, ..execution(name) };
    store.create(&row, &[]).await?;
    Ok(row)
}

fn ids(names: &[&str]) -> Vec<ExecutionId> {
    names.iter().map(|name| execution_id(name)).collect()
}

async fn the_most_overdue_come_first(store: &dyn Executions) -> Checked {
    for (name, seconds) in [("due-b", 20), ("due-c", 30), ("due-a", 10), ("due-d", 40)] {
        open(store, name, Some(early(seconds))).await?;
    }
    same("before the first", &store.due(early(9), 10).await?, &Vec::new())?;
    same("at the third", &store.due(early(30), 10).await?, &ids(&["due-a", "due-b", "due-c"]))?;
    same("two at most", &store.due(early(99), 2).await?, &ids(&["due-a", "due-b"]))
}

async fn ended_ones_are_due_too_and_those_without_a_time_are_not(store: &dyn Executions) -> Checked {
    let names = ["due-ended", "due-failed", "due-cancelled"];
    let statuses = [ExecutionStatus::Succeeded, ExecutionStatus::Failed, ExecutionStatus::Cancelled];
    for (name, status) in names.into_iter().zip(statuses) {
        let row = ExecutionRow { attention_at: Some(early(-5)), status, ..execution(name) };
        store.create(&row, &[]).await?;
    }
    open(store, "due-never", None).await?;
    let resuming = ExecutionRow {
        attention_at: Some(early(-6)),
        status: ExecutionStatus::Resuming,
        ..execution("due-resuming")
    };
    store.create(&resuming, &[]).await?;
    // An end is due until it is announced.
    let expect = ids(&["due-resuming", "due-cancelled", "due-ended", "due-failed"]);
    same("those due", &store.due(early(-5), 10).await?, &expect)
}

async fn a_new_time_counts_at_once(store: &dyn Executions) -> Checked {
    let row = open(store, "due-moved", Some(early(-100))).await?;
    let later = ExecutionRow { attention_at: Some(early(-50)), ..row };
    store.record_execution(ExecutionWrite { seen: Rev(1), row: &later, audit: &[] }).await?;
    same("at the old time", &store.due(early(-100), 10).await?, &Vec::new())?;
    same("at the new one", &store.due(early(-50), 10).await?, &ids(&["due-moved"]))?;
    let announced = ExecutionRow { status: ExecutionStatus::Succeeded, attention_at: None, ..later };
    store.record_execution(ExecutionWrite { seen: Rev(2), row: &announced, audit: &[] }).await?;
    same("once it has none", &store.due(early(-50), 10).await?, &Vec::new())
}

/// Six executions of two workflows in turn, a minute apart; every third is over.
async fn listed(store: &dyn Executions, stem: &str) -> Result<Vec<ExecutionRow>, PortError> {
    let mut rows = Vec::new();
    for number in [3, 0, 5, 1, 4, 2_u32] {
        let status = if number % 3 == 0 { ExecutionStatus::Failed } else { ExecutionStatus::Running };
        let row = ExecutionRow {
            status,
            workflow_id: workflow(&format!("{stem}-{}", number % 2)),
            started: Request { by: "contract".to_owned(), reason: String::new(), at: minute(number) },
            ..execution(&format!("{stem}-{number}"))
        };
        store.create(&row, &[]).await?;
        rows.push(row);
    }
    rows.sort_by_key(|row| row.started.at);
    rows.reverse();
    Ok(rows)
}

async fn lists_are_newest_first(store: &dyn Executions) -> Checked {
    let rows = listed(store, "list-order").await?;
    let filter = Filter { workflow: Some(workflow("list-order-1")), ..Filter::default() };
    let expect: Vec<ExecutionRow> =
        rows.iter().filter(|row| row.workflow_id.as_str().ends_with('1')).cloned().collect();
    same("the list", &store.list(&filter, 10).await?, &expect)?;
    same("two at most", &store.list(&filter, 2).await?, &expect[..2].to_vec())?;
    let all = store.list(&Filter::default(), 1_000).await?;
    holds("the list of all is newest first", all.is_sorted_by(|a, b| a.started.at >= b.started.at))?;
    let mine = all.iter().filter(|row| rows.contains(row)).count();
    same("of these six, in the list of all", &mine, &6)
}

async fn lists_keep_to_their_filter(store: &dyn Executions) -> Checked {
    let rows = listed(store, "list-filter").await?;
    let open_of = |workflow| Filter { workflow, open_only: true, before: None };
    let one = workflow("list-filter-0");
    let expect: Vec<ExecutionRow> =
        rows.iter().filter(|row| row.status.is_open() && row.workflow_id == one).cloned().collect();
    same("open ones of a workflow", &store.list(&open_of(Some(one)), 10).await?, &expect)?;
    let open = store.list(&open_of(None), 1_000).await?;
    holds("all of them are open", open.iter().all(|row| row.status.is_open()))?;
    same("of these six, open", &open.iter().filter(|row| rows.contains(row)).count(), &4)?;
    same("of a workflow without any", &store.list(&open_of(Some(workflow("nobody"))), 10).await?, &Vec::new())
}

async fn lists_are_paged(store: &dyn Executions) -> Checked {
    let rows = listed(store, "list-page").await?;
    let one = workflow("list-page-0");
    let expect: Vec<ExecutionRow> = rows.into_iter().filter(|row| row.workflow_id == one).collect();
    same("all pages", &all_pages(store, &one, expect.len()).await?, &expect)
}

async fn executions_of_one_instant_are_each_on_one_page(store: &dyn Executions) -> Checked {
    let one = workflow("list-instant");
    let mut expect = Vec::new();
    for number in [2, 0, 4, 1, 3_u32] {
        let row = ExecutionRow {
            workflow_id: one.clone(),
            started: Request { by: "contract".to_owned(), reason: String::new(), at: minute(7) },
            ..execution(&format!("list-instant-{number}"))
        };
        store.create(&row, &[]).await?;
        expect.push(row);
    }
    expect.sort_by(|a, b| b.workflow_execution_id.cmp(&a.workflow_execution_id));
    same("all pages", &all_pages(store, &one, expect.len()).await?, &expect)
}

/// The pages of a workflow's executions, two on each, up to some more than are expected: an adapter that repeats pages must
/// not keep the suite from ending.
async fn all_pages(
    store: &dyn Executions,
    workflow: &WorkflowId,
    expected: usize,
) -> Result<Vec<ExecutionRow>, PortError> {
    let mut seen: Vec<ExecutionRow> = Vec::new();
    while seen.len() <= expected {
        let before = seen.last().map(Before::of);
        let filter = Filter { workflow: Some(workflow.clone()), open_only: false, before };
        let page = store.list(&filter, 2).await?;
        if page.is_empty() {
            break;
        }
        seen.extend(page);
    }
    Ok(seen)
}
