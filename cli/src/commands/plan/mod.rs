//! `rsqlctl plan`: what a workflow would run, when, and what that costs on AWS. Owns the report. The model of costs is
//! `fleet_core::cost`'s.

mod bill;

use std::fmt::Write as _;

use fleet_core::ids::{JobId, VersionHash, WorkflowId};
use fleet_core::time::{Millis, Timestamp};
use fleet_core::workflow::{Definition, Job, Precondition, Work};
use serde::Serialize;

use super::named;
use crate::context::Context;
use crate::exit::{self, Failure};
use crate::output::{Output, Palette, Tone, one_line, span, time};

/// Show what a workflow would run, when, and what it costs on AWS
///
/// Levels: the jobs of a level need only jobs of the levels before. A file is planned as it is; a workflow as it is
/// deployed, or else as the project's file has it.
///
/// With `--cost`, the requests and the US dollars of a run, a day and a month at the prices of us-east-1: of a run in which
/// no job fails and each precondition is met at its first look. Waiting is told by the hour. The warehouse, the workers'
/// hosts, the bytes of logs and the free allowances are left out.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The workflow, or its file
    #[arg(value_name = "WORKFLOW")]
    what: String,

    /// Tell what runs cost on AWS
    #[arg(long)]
    cost: bool,

    /// Runs a day, for the cost; from the schedules when absent, one where there are none
    #[arg(long, value_name = "N", requires = "cost", value_parser = runs)]
    runs_per_day: Option<f64>,
}

pub(crate) const EXAMPLES: &str = "\
Examples:
  rsqlctl plan nightly_sales
  rsqlctl plan workflows/nightly.yaml --cost
  rsqlctl plan nightly_sales --cost --runs-per-day 24 -o json | jq .cost.usd_a_month

JSON: { workflow_id, version, jobs, levels: [[job_id]], roots, max_parallel, queues,
        preconditions: [{ job_id, waits_for, poll_ms, timeout_ms }], schedules: [{ cron, timezone, next: [time] }], cost }
cost is null, or { region, runs_per_day, requests_a_run, usd_a_run, usd_a_day, usd_a_month,
        services: [{ service, requests_a_run, usd_a_run, usd_a_day, usd_a_month }],
        parts: [{ part, count, requests, usd }],
        waiting: [{ job_id, looks_an_hour, requests_an_hour, usd_an_hour }], usd_a_month_at_rest }";

/// More runs than one a second are no schedule, but a mistake.
const RUNS_MAX: f64 = 86_400.0;

fn runs(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(runs) if runs > 0.0 && runs <= RUNS_MAX => Ok(runs),
        _ => Err(format!("write a number above 0, at most {RUNS_MAX}")),
    }
}

#[derive(Serialize)]
struct Plan {
    workflow_id: WorkflowId,
    version: VersionHash,
    jobs: usize,
    levels: Vec<Vec<JobId>>,
    roots: Vec<JobId>,
    max_parallel: Option<u32>,
    queues: Vec<String>,
    preconditions: Vec<Wait>,
    schedules: Vec<Schedule>,
    cost: Option<bill::Bill>,
}

#[derive(Serialize)]
struct Wait {
    job_id: JobId,
    waits_for: String,
    poll_ms: u64,
    timeout_ms: Option<u64>,
}

#[derive(Serialize)]
struct Schedule {
    cron: String,
    timezone: String,
    next: Vec<Timestamp>,
}

/// Times shown of each schedule.
const NEXT_TIMES: usize = 3;

pub(crate) async fn run(args: &Args, context: &mut Context) -> anyhow::Result<u8> {
    let definition = match named::in_file(&args.what, context)? {
        Some(definition) => definition,
        None => named::workflow(&args.what, &context.fleet().await?, context).await?.ok_or_else(|| {
            Failure::not_found(format!(
                "`{}` is no file and no workflow; `rsqlctl list --workflows` shows what there is",
                args.what
            ))
        })?,
    };
    let now = context.clock.now();
    let mut plan = Plan::of(&definition, now);
    if args.cost {
        plan.cost = Some(bill::Bill::of(&definition, args.runs_per_day, now));
    }
    context.out.answer(&plan, text)?;
    Ok(exit::OK)
}

impl Plan {
    fn of(definition: &Definition, now: Timestamp) -> Self {
        let id = |ix| definition.job(ix).map(|job| job.id.clone());
        let mut queues: Vec<String> = definition
            .jobs
            .iter()
            .filter_map(|job| job.queue.as_deref().or(definition.queue.as_deref()))
            .map(str::to_owned)
            .collect();
        queues.sort();
        queues.dedup();
        Self {
            workflow_id: definition.workflow_id.clone(),
            version: definition.version(),
            jobs: definition.jobs.len(),
            levels: levels(definition),
            roots: definition.roots().filter_map(id).collect(),
            max_parallel: definition.max_parallel,
            queues,
            preconditions: definition.jobs.iter().filter_map(Wait::of).collect(),
            schedules: definition.schedules.iter().map(|schedule| Schedule::of(schedule, now)).collect(),
            cost: None,
        }
    }
}

/// The jobs by how many jobs are on the longest way to them.
fn levels(definition: &Definition) -> Vec<Vec<JobId>> {
    let mut depths = vec![0; definition.jobs.len()];
    let mut levels: Vec<Vec<JobId>> = Vec::new();
    for ix in definition.topological() {
        let depth = definition.needs(*ix).iter().map(|need| depths[need.at()] + 1).max().unwrap_or(0);
        depths[ix.at()] = depth;
        if levels.len() <= depth {
            levels.resize(depth + 1, Vec::new());
        }
        levels[depth].extend(definition.job(*ix).map(|job| job.id.clone()));
    }
    levels
}

impl Wait {
    fn of(job: &Job) -> Option<Self> {
        let Work::Precondition { look, poll } = &job.work else { return None };
        let waits_for = match look {
            Precondition::File { glob } => format!("a file {glob}"),
            Precondition::S3 { uri } => format!("an object {uri}"),
            Precondition::Sql { text } => format!("a query: {}", one_line(text)),
            Precondition::Workflow { id, within } => {
                format!("success of workflow {id} within the last {within}")
            }
            Precondition::Time { not_before, timezone } => format!("the time {not_before} {timezone}"),
        };
        let timeout_ms = job.timeout.map(|timeout| timeout.0);
        Some(Self { job_id: job.id.clone(), waits_for, poll_ms: poll.0, timeout_ms })
    }
}

impl Schedule {
    fn of(schedule: &fleet_core::schedule::Schedule, now: Timestamp) -> Self {
        let next = std::iter::successors(schedule.next_after(now), |at| schedule.next_after(*at));
        Self {
            cron: schedule.cron.to_string(),
            timezone: schedule.timezone.to_string(),
            next: next.take(NEXT_TIMES).collect(),
        }
    }
}

fn text(plan: &Plan, out: &Output) -> String {
    let palette = out.palette;
    let mut text = String::new();
    let mut line = |name: &str, value: &str| {
        let _ = writeln!(text, "{} {value}", palette.paint(Tone::Strong, &format!("{name:<10}")));
    };
    line("Workflow", &format!("{}, version {}", plan.workflow_id, plan.version));
    let together = plan.max_parallel.map(|limit| format!(", {limit} at a time")).unwrap_or_default();
    line("Jobs", &format!("{} in {} levels{together}", plan.jobs, plan.levels.len()));
    for (number, level) in plan.levels.iter().enumerate() {
        line(&format!("  level {}", number + 1), &named_jobs(level));
    }
    if !plan.queues.is_empty() {
        line("Queues", &plan.queues.join(", "));
    }
    for wait in &plan.preconditions {
        let at_most = wait.timeout_ms.map(|ms| format!(", for {} at most", span(Millis(ms))));
        let every = span(Millis(wait.poll_ms));
        let at_most = at_most.unwrap_or_default();
        line("Waits", &format!("{}: for {}, looked at every {every}{at_most}", wait.job_id, wait.waits_for));
    }
    for schedule in &plan.schedules {
        let next: Vec<String> = schedule.next.iter().map(|at| time(*at)).collect();
        let next =
            if next.is_empty() { "never again".to_owned() } else { format!("next {}", next.join(", ")) };
        line("Schedule", &format!("{} {}: {next}", schedule.cron, schedule.timezone));
    }
    if let Some(cost) = &plan.cost {
        text.push_str(&cost_text(cost, palette));
    }
    text
}

fn cost_text(cost: &bill::Bill, palette: Palette) -> String {
    format!("\n{}", cost.text(palette))
}

/// Names shown of one level; the rest is counted.
const NAMES_MAX: usize = 8;

fn named_jobs(level: &[JobId]) -> String {
    let names: Vec<&str> = level.iter().take(NAMES_MAX).map(JobId::as_str).collect();
    match level.len().saturating_sub(NAMES_MAX) {
        0 => names.join(", "),
        more => format!("{} and {more} more", names.join(", ")),
    }
}
