//! What every `Logs` adapter must do.

use super::report::{Checked, Report, run_checks, same};
use super::sample::{execution_id, job, minute};
use super::together::Later;
use crate::ports::{AttemptName, LogLine, LogStream, Logs};
use crate::time::Millis;

/// Lines that need several requests in some stores.
const MANY: u32 = 3_000;
/// Bytes of a long line.
const LONG: usize = 20_000;

struct Bench<'a> {
    logs: &'a dyn Logs,
    read: &'a (dyn Fn(AttemptName) -> Later<Vec<LogLine>> + Sync),
}

/// Runs the suite. `read` gives the lines of an attempt in their order, by whatever way operators read them.
pub async fn logs(logs: &dyn Logs, read: &(dyn Fn(AttemptName) -> Later<Vec<LogLine>> + Sync)) -> Report {
    let mut report = Report::default();
    let bench = &Bench { logs, read };
    run_checks!(
        report,
        bench,
        lines_read_back_in_order,
        what_was_there_stays,
        attempts_have_logs_of_their_own,
        strange_lines_read_back,
        many_lines_read_back,
        writing_nothing_is_no_fault,
    );
    report
}

fn attempt(execution: &str, attempt: u32) -> AttemptName {
    AttemptName { execution: execution_id(execution), job: job("load"), attempt }
}

fn line(number: u32, stream: LogStream, text: &str) -> LogLine {
    LogLine { at: minute(0) + Millis(number.into()), stream, text: text.to_owned() }
}

async fn lines_read_back_in_order(bench: &Bench<'_>) -> Checked {
    let name = attempt("log-order", 1);
    let lines = [
        line(1, LogStream::Worker, "attempt 1 begins"),
        line(2, LogStream::Out, "hello"),
        line(2, LogStream::Err, "ERROR:  no"),
        line(3, LogStream::Out, "same time, later"),
    ];
    let mut log = bench.logs.open(&name).await?;
    log.write(&lines[..1]).await?;
    same("after the first write", &(bench.read)(name.clone()).await, &lines[..1].to_vec())?;
    log.write(&lines[1..]).await?;
    same("after the second", &(bench.read)(name).await, &lines.to_vec())
}

async fn what_was_there_stays(bench: &Bench<'_>) -> Checked {
    let name = attempt("log-stays", 1);
    let lines = [line(1, LogStream::Out, "before"), line(2, LogStream::Out, "after")];
    bench.logs.open(&name).await?.write(&lines[..1]).await?;
    bench.logs.open(&name).await?.write(&lines[1..]).await?;
    same("the log", &(bench.read)(name).await, &lines.to_vec())
}

async fn attempts_have_logs_of_their_own(bench: &Bench<'_>) -> Checked {
    let (first, second) = (attempt("log-own", 1), attempt("log-own", 2));
    let lines = [line(1, LogStream::Out, "first"), line(2, LogStream::Out, "second")];
    let mut one = bench.logs.open(&first).await?;
    let mut two = bench.logs.open(&second).await?;
    two.write(&lines[1..]).await?;
    one.write(&lines[..1]).await?;
    same("the first", &(bench.read)(first).await, &lines[..1].to_vec())?;
    same("the second", &(bench.read)(second).await, &lines[1..].to_vec())
}

async fn strange_lines_read_back(bench: &Bench<'_>) -> Checked {
    let name = attempt("log-strange", 1);
    let long = "x".repeat(LONG);
    let texts = [
        "",
        " ",
        "  leading and trailing  ",
        "tab\tand \u{1f600} näh",
        "2026-11-22T02:00:00.123Z out no",
        &long,
    ];
    let lines: Vec<LogLine> =
        (0..).zip(texts).map(|(number, text)| line(number, LogStream::Out, text)).collect();
    bench.logs.open(&name).await?.write(&lines).await?;
    same("the log", &(bench.read)(name).await, &lines)
}

async fn many_lines_read_back(bench: &Bench<'_>) -> Checked {
    let name = attempt("log-many", 1);
    let lines: Vec<LogLine> = (0..MANY)
        .map(|number| line(number, LogStream::Out, &format!("line {number} of many, and some text")))
        .collect();
    bench.logs.open(&name).await?.write(&lines).await?;
    same("the log", &(bench.read)(name).await, &lines)
}

async fn writing_nothing_is_no_fault(bench: &Bench<'_>) -> Checked {
    let name = attempt("log-nothing", 1);
    bench.logs.open(&name).await?.write(&[]).await?;
    same("the log", &(bench.read)(name).await, &Vec::new())
}
