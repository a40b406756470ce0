//! `rsqlctl logs`: the output of scripts, as it came. Owns which attempts are shown, and the following of a whole execution.
//! The order of lines of several jobs is `merged`'s.

mod merged;

use std::collections::BTreeMap;
use std::time::Duration;

use fleet_core::ids::{ExecutionId, JobId};
use fleet_core::ports::{AttemptName, LogLine, LogStream};
use fleet_core::time::Timestamp;
use serde::Serialize;

use crate::context::Context;
use crate::exit::{self, Failure};
use crate::fleet::{Fleet, LogReader};
use crate::output::{Format, Output, Tone, remark};
use crate::signals::Signals;

/// Show the logs of an execution
///
/// Each line with its time and where it came from: `out` and `err` are the script's streams, `worker` is the worker's own
/// remark. Without a job, the lines of all jobs by their times; with `-f`, as they come, until the execution is over. Of
/// each job the last attempt is shown, unless `--attempt` or `--all` say otherwise.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The execution
    #[arg(value_name = "EXECUTION")]
    execution: ExecutionId,

    /// Only this job
    #[arg(value_name = "JOB")]
    job: Option<JobId>,

    /// This attempt, counted from 1
    #[arg(long, value_name = "N", requires = "job", value_parser = clap::value_parser!(u32).range(1..))]
    attempt: Option<u32>,

    /// All attempts
    #[arg(long, conflicts_with = "attempt")]
    all: bool,

    /// Go on with lines as they come, until the execution is over
    #[arg(short, long, conflicts_with_all = ["attempt", "all"])]
    follow: bool,

    /// Only the text that scripts wrote, without times and remarks
    #[arg(long)]
    plain: bool,
}

pub(crate) const EXAMPLES: &str = "\
Examples:
  rsqlctl logs nightly-2026-11-21 load_fact
  rsqlctl logs nightly-2026-11-21 load_fact --attempt 1
  rsqlctl logs nightly-2026-11-21 -f

JSON, a document a line: { job_id, attempt, at, stream: out|err|worker, text }";

/// Time between two looks for new lines.
const LOOK: Duration = Duration::from_millis(150);

/// One line, for programs.
#[derive(Serialize)]
struct Line<'a> {
    job_id: &'a JobId,
    attempt: u32,
    at: Timestamp,
    stream: &'static str,
    text: &'a str,
}

/// How lines are shown.
#[derive(Clone, Copy)]
struct Style {
    plain: bool,
    name_job: bool,
}

pub(crate) async fn run(args: &Args, context: &mut Context) -> anyhow::Result<u8> {
    let fleet = context.fleet().await?;
    let row = fleet.execution(&args.execution).await?;
    if let Some(job) = &args.job {
        Fleet::job(&*fleet.definition(&row).await?, job)?;
    }
    let style = Style { plain: args.plain, name_job: args.job.is_none() };
    if args.follow {
        return follow(&fleet, args, style, &mut context.out).await;
    }
    let (mut shown, mut earlier) = (Vec::new(), Vec::new());
    for (job, attempts) in jobs(&fleet, args).await? {
        let (wanted, left_out) = wanted(args, attempts);
        if left_out > 0 {
            earlier.push(job.to_string());
        }
        shown.extend(wanted.into_iter().map(|attempt| name(args, &job, attempt)));
    }
    if shown.is_empty() {
        return Err(nothing(args));
    }
    if args.job.is_some() {
        for attempt in &shown {
            show(&fleet, attempt, style, &mut context.out).await?;
        }
    } else {
        merged::show(&fleet, &shown, style, &mut context.out).await?;
    }
    if !earlier.is_empty() {
        remark(&format!("there are earlier attempts of {}; --all shows them", earlier.join(", ")));
    }
    Ok(exit::OK)
}

fn nothing(args: &Args) -> anyhow::Error {
    let id = &args.execution;
    Failure::not_found(match (&args.job, args.attempt) {
        (Some(job), Some(attempt)) => format!("job `{job}` of {id} has no log of attempt {attempt}"),
        (Some(job), None) => format!("job `{job}` of {id} has not run, so there is no log"),
        (None, _) => format!("no job of {id} has run, so there are no logs"),
    })
}

/// The jobs asked for that have logs, in the order in which they first ran, with their attempts.
async fn jobs(fleet: &Fleet, args: &Args) -> anyhow::Result<Vec<(JobId, Vec<u32>)>> {
    let mut jobs = fleet.logs.attempts(&args.execution).await?;
    jobs.retain(|(job, _)| args.job.as_ref().is_none_or(|wanted| wanted == job));
    Ok(jobs)
}

/// The attempts asked for, and how many earlier ones nobody has asked about.
fn wanted(args: &Args, mut attempts: Vec<u32>) -> (Vec<u32>, usize) {
    let mut earlier = 0;
    match args.attempt {
        Some(wanted) => attempts.retain(|attempt| *attempt == wanted),
        None if args.all => {}
        None => earlier = attempts.drain(..attempts.len().saturating_sub(1)).count(),
    }
    (attempts, earlier)
}

fn name(args: &Args, job: &JobId, attempt: u32) -> AttemptName {
    AttemptName { execution: args.execution.clone(), job: job.clone(), attempt }
}

async fn show(fleet: &Fleet, attempt: &AttemptName, style: Style, out: &mut Output) -> anyhow::Result<()> {
    let mut reader = fleet.logs.read(attempt);
    while !out.is_closed() {
        let lines = reader.next().await?;
        if lines.is_empty() {
            break;
        }
        write(attempt, &lines, style, out)?;
    }
    Ok(())
}

/// Follows the logs of all jobs (or of one) at once.
async fn follow(fleet: &Fleet, args: &Args, style: Style, out: &mut Output) -> anyhow::Result<u8> {
    let mut signals = Signals::catch()?;
    let mut followed: BTreeMap<(JobId, u32), (AttemptName, LogReader)> = BTreeMap::new();
    loop {
        // Asked before the lines are read, so that the last ones are not missed.
        let over = !fleet.execution(&args.execution).await?.status.is_open();
        for (job, attempts) in jobs(fleet, args).await? {
            for attempt in attempts {
                followed.entry((job.clone(), attempt)).or_insert_with(|| {
                    let name = name(args, &job, attempt);
                    let reader = fleet.logs.read(&name);
                    (name, reader)
                });
            }
        }
        for (name, reader) in followed.values_mut() {
            loop {
                let lines = reader.next().await?;
                if lines.is_empty() {
                    break;
                }
                write(name, &lines, style, out)?;
            }
        }
        if over || out.is_closed() {
            return Ok(exit::OK);
        }
        tokio::select! {
            () = signals.next() => return Ok(exit::INTERRUPTED),
            () = tokio::time::sleep(LOOK) => {}
        }
    }
}

fn write(attempt: &AttemptName, lines: &[LogLine], style: Style, out: &mut Output) -> anyhow::Result<()> {
    let mut text = String::new();
    for line in lines.iter().filter(|line| !style.plain || line.stream != LogStream::Worker) {
        if out.format == Format::Json {
            let (job_id, stream) = (&attempt.job, stream(line.stream));
            out.json_line(&Line { job_id, attempt: attempt.attempt, at: line.at, stream, text: &line.text })?;
            continue;
        }
        if !style.plain {
            text.push_str(&prefix(attempt, line, style, out));
        }
        text.push_str(&line.text);
        text.push('\n');
    }
    out.write(&text)
}

fn prefix(attempt: &AttemptName, line: &LogLine, style: Style, out: &Output) -> String {
    let (tone, stream) = (tone(line.stream), stream(line.stream));
    let stream = out.palette.paint(tone, &format!("{stream:<6}"));
    let at = out.palette.paint(Tone::Dim, &line.at.to_string());
    let job = if style.name_job { format!("{}#{} ", attempt.job, attempt.attempt) } else { String::new() };
    format!("{at} {job}{stream} ")
}

const fn stream(stream: LogStream) -> &'static str {
    match stream {
        LogStream::Out => "out",
        LogStream::Err => "err",
        LogStream::Worker => "worker",
    }
}

const fn tone(stream: LogStream) -> Tone {
    match stream {
        LogStream::Out => Tone::Plain,
        LogStream::Err => Tone::Bad,
        LogStream::Worker => Tone::Dim,
    }
}
