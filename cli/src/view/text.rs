//! Executions and jobs as text: the head of an execution, its table of jobs, its failing statements. Owns their columns.

use std::fmt::Write as _;

use fleet_core::state::{JobStatus, Request, SkipCause};
use fleet_core::time::Millis;

use super::{Brief, Execution, Job};
use crate::output::{
    Align, Cell, Output, Palette, Table, Tone, count, execution_tone, job_tone, one_line, optional,
    printable, span, time,
};

/// Executions as a table.
pub(crate) fn brief_table(list: &[Brief], palette: Palette) -> String {
    let mut table = Table::new(&[
        ("EXECUTION", Align::Left),
        ("WORKFLOW", Align::Left),
        ("STATUS", Align::Left),
        ("STARTED", Align::Left),
        ("RAN", Align::Right),
        ("BY", Align::Left),
        ("REASON", Align::Left),
    ]);
    for brief in list {
        table.row(vec![
            Cell::from(&brief.workflow_execution_id),
            Cell::from(&brief.workflow_id),
            Cell::toned(execution_tone(brief.status), &brief.status),
            Cell::from(time(brief.started_at)),
            Cell::from(span(Millis(brief.run_time_ms))),
            Cell::from(&brief.started_by),
            Cell::from(&brief.reason),
        ]);
    }
    table.render(palette)
}

/// What there is to say of an execution as a whole.
pub(crate) fn head(execution: &Execution, out: &Output) -> String {
    let brief = &execution.brief;
    let mut text = String::new();
    let mut line = |name: &str, value: &str| {
        let _ = writeln!(text, "{} {value}", out.palette.paint(Tone::Strong, &format!("{name:<10}")));
    };
    line("Execution", brief.workflow_execution_id.as_str());
    line("Workflow", &format!("{}, version {}", brief.workflow_id, brief.version));
    line("Status", &status(execution, out.palette));
    line(
        "Started",
        &with_reason(&format!("{} by {}", time(brief.started_at), brief.started_by), &brief.reason),
    );
    if let Some(at) = brief.scheduled_at {
        line("Scheduled", &time(at));
    }
    if let Some(request) = &brief.resumed {
        line("Resumed", &asked(request));
    }
    if let Some(cancel) = &brief.cancel {
        line("Cancel", &asked(&cancel.request));
    }
    let ran = span(Millis(brief.run_time_ms));
    match brief.ended_at {
        Some(at) => line("Ended", &format!("{}, after {ran}", time(at))),
        None => line("Running", &format!("for {ran}{}", optional_deadline(execution))),
    }
    let own = |name: &str| !matches!(name, "workflow_id" | "workflow_execution_id");
    let values = execution
        .bindings
        .iter()
        .filter(|(name, _)| own(name))
        .map(|(name, value)| format!("{name}={value}"));
    line("Values", &one_line(&values.collect::<Vec<_>>().join(" ")));
    text
}

fn optional_deadline(execution: &Execution) -> String {
    execution.deadline.map(|at| format!(", cancelled at {}", time(at))).unwrap_or_default()
}

fn asked(request: &Request) -> String {
    with_reason(&format!("{} by {}", time(request.at), request.by), &request.reason)
}

fn with_reason(what: &str, reason: &str) -> String {
    one_line(&if reason.is_empty() { what.to_owned() } else { format!("{what}: {reason}") })
}

fn status(execution: &Execution, palette: Palette) -> String {
    let brief = &execution.brief;
    let painted = palette.paint(execution_tone(brief.status), &brief.status.to_string());
    let jobs = format!("{} of {} jobs settled", execution.settled(), execution.jobs.len());
    match &brief.failed_job {
        Some(job) => format!("{painted}, {jobs}, first failure: {job}"),
        None => format!("{painted}, {jobs}"),
    }
}

/// The jobs of an execution as a table.
pub(crate) fn jobs_table(jobs: &[Job], palette: Palette) -> String {
    let mut table = Table::new(&[
        ("JOB", Align::Left),
        ("STATUS", Align::Left),
        ("ATTEMPTS", Align::Right),
        ("QUEUED", Align::Right),
        ("RAN", Align::Right),
        ("ROWS", Align::Right),
        ("EXIT", Align::Right),
        ("REMARK", Align::Left),
    ]);
    for job in jobs {
        table.row(vec![
            Cell::from(&job.job_id),
            Cell::toned(tone(job), &job.status),
            Cell::from(job.attempts),
            Cell::from(optional(job.queue_delay_ms, |ms| span(Millis(ms)))),
            Cell::from(optional(job.run_time_ms, |ms| span(Millis(ms)))),
            Cell::from(optional(job.rows.filter(|_| job.exit_code.is_some()), count)),
            Cell::from(optional(job.exit_code, |code| code.to_string())),
            Cell::from(remark_on(job)),
        ]);
    }
    table.render(palette)
}

fn tone(job: &Job) -> Tone {
    if job.warning { Tone::Warn } else { job_tone(job.status) }
}

/// What is remarkable about a job, in few words.
pub(crate) fn remark_on(job: &Job) -> String {
    if let Some(marked) = &job.marked {
        return with_reason(&format!("marked by {}", marked.by), &marked.reason);
    }
    match (job.status, job.skip) {
        (JobStatus::Skipped, Some(cause)) => skipped(cause).to_owned(),
        (JobStatus::Running, _) => {
            job.worker.as_ref().map(|worker| format!("on {worker}")).unwrap_or_default()
        }
        (JobStatus::Waiting, _) => {
            let until = job.not_before.map(|at| format!("next try at {}", time(at))).unwrap_or_default();
            join(&until, job.message.as_deref())
        }
        (JobStatus::Succeeded, _) if job.warning => join("warning", job.message.as_deref()),
        (JobStatus::Failed, _) => match &job.error {
            Some(error) => format!("{}:{}: {}", error.file, error.line, error.message),
            None => job.message.clone().unwrap_or_default(),
        },
        (JobStatus::Held, _) => "for want of a slot of max_parallel".to_owned(),
        (JobStatus::Cancelled, _) => job.message.clone().unwrap_or_default(),
        (JobStatus::Pending | JobStatus::Succeeded | JobStatus::Skipped, _) => String::new(),
    }
}

fn join(what: &str, message: Option<&str>) -> String {
    match message {
        Some(message) if !what.is_empty() => format!("{what}; {message}"),
        Some(message) => message.to_owned(),
        None => what.to_owned(),
    }
}

const fn skipped(cause: SkipCause) -> &'static str {
    match cause {
        SkipCause::NeedFailed => "a need failed",
        SkipCause::RunIf => "its run_if is not met",
        SkipCause::Stopped => "stopped after a failure elsewhere",
        SkipCause::Cancelled => "the execution was cancelled",
        SkipCause::Marked => "marked by an operator",
    }
}

/// The failing statement of each failed job, with the commands to look closer.
pub(crate) fn faults(execution: &Execution, palette: Palette) -> String {
    let mut text = String::new();
    for job in execution.jobs.iter().filter(|job| job.status == JobStatus::Failed) {
        let _ = writeln!(text, "\n{} failed{}", palette.paint(Tone::Bad, job.job_id.as_str()), place(job));
        if let Some(error) = &job.error {
            let _ = writeln!(text, "  {}", printable(&error.message));
            for line in printable(&error.statement).lines() {
                let _ = writeln!(text, "  | {line}");
            }
        } else if let Some(message) = &job.message {
            let _ = writeln!(text, "  {}", printable(message));
        }
        let _ = writeln!(text, "  rsqlctl logs {} {}", execution.brief.workflow_execution_id, job.job_id);
    }
    text
}

fn place(job: &Job) -> String {
    let code = job.exit_code.map(|code| format!(", exit code {code}")).unwrap_or_default();
    match &job.error {
        Some(error) => format!(" at {}:{}, SQLSTATE {}{code}", error.file, error.line, error.sqlstate),
        None => code,
    }
}
