//! Growth: whether a job's time and the fleet's memory stay the same when a workflow has more jobs, or more executions are
//! open. All jobs are no-ops, so that nothing but the fleet is measured.

use std::collections::BTreeMap;
use std::ops::Range;
use std::time::Instant;

use fleet_core::ids::{ExecutionId, WorkflowId};
use fleet_core::ports::{BATCH_MAX, Clock, Outgoing, Queue as _};
use fleet_core::time::{Millis, Timestamp};
use fleet_core::wire::{Event, Start};
use fleet_embedded::{QueueSettings, Store};
use fleet_tests::postgres::Postgres;
use serde_json::{Value, json};

use crate::fleet::{BENCH, Fleet, Sessions, Trace, until};
use crate::graph::{Shape, Work, grouped, workflow};
use crate::plan::Plan;
use crate::records::{self, Changes};
use crate::report::{Measurement, NONE, Report, Table, Tool, row, short};
use crate::stats::Sorted;
use crate::usage;

/// Chains side by side: as many jobs are ready at any time in a small workflow as in a large one.
const WIDTH: usize = 100;
/// The first and the last jobs of an execution, whose times are compared.
const SAMPLE: usize = 1_000;
/// Jobs of the execution that runs beside the open ones.
const BESIDE: usize = 1_000;
const MIB: f64 = 1024.0 * 1024.0;

/// Measures and reports.
pub(crate) fn measure(plan: &Plan, database: &Postgres, report: &mut Report) {
    of_jobs(plan, database, report);
    of_open_executions(plan, database, report);
}

fn of_jobs(plan: &Plan, database: &Postgres, report: &mut Report) {
    let mut rows = vec![row([
        "jobs in the workflow",
        "jobs run",
        "time a job, ms",
        "first 1,000",
        "last 1,000",
        "start to first job's end, ms",
        "the same, second start",
        "peak memory, MiB",
    ])];
    rows.extend(plan.growth.iter().map(|jobs| of_size(*jobs, plan, database, report)));
    let note = format!(
        "No-op jobs in {WIDTH} chains side by side, so that {WIDTH} are ready at any time. Time from `rsqlctl start`, the \
         command itself included; a second start is not measured where the first execution did not end in time."
    );
    report.table(&Table { title: "Growth: jobs in one workflow", note, rows });
}

fn of_size(jobs: usize, plan: &Plan, database: &Postgres, report: &mut Report) -> Vec<String> {
    let mut fleet = Fleet::project(database, Sessions::Fresh);
    let shape = Shape::Chains { jobs, width: WIDTH };
    fleet.add_workflow(BENCH, &workflow(BENCH, shape, Work::Nothing));
    fleet.deploy();
    fleet.begin(Trace::Off);
    let first = first_job_ms(&fleet, "first");
    let begun = Instant::now();
    let enough = |changes: &Changes| changes.end.is_some() || begun.elapsed() > plan.growth_limit;
    let changes = fleet.wait_for("first", enough);
    let memory = usage::peak_memory(fleet.pid()) as f64 / MIB;
    let again = changes.end.is_some().then(|| first_job_ms(&fleet, "second"));
    let run = changes.settled.len();
    let values = [
        ("job_time", "ms/job", Some(pace(&changes.settled))),
        ("job_time_first", "ms/job", Some(pace(part(&changes, 0)))),
        ("job_time_last", "ms/job", Some(pace(part(&changes, run.saturating_sub(SAMPLE))))),
        ("start", "ms", Some(first)),
        ("start_again", "ms", again),
        ("memory", "MiB", Some(memory)),
    ];
    let parameters =
        json!({ "graph": shape.name(), "jobs": jobs, "jobs_run": run, "job": Work::Nothing.name() });
    let cells = values.map(|(name, unit, value)| noted(name, unit, value, &parameters, report));
    [grouped(jobs), grouped(run)].into_iter().chain(cells).collect()
}

/// From the command to the end of the execution's first job.
fn first_job_ms(fleet: &Fleet, id: &str) -> f64 {
    let asked = records::now();
    fleet.start(BENCH, id);
    let changes = fleet.wait_for(id, |changes| !changes.settled.is_empty());
    (changes.settled[0] - asked) as f64 / 1000.0
}

fn part(changes: &Changes, from: usize) -> &[i64] {
    &changes.settled[from..changes.settled.len().min(from + SAMPLE)]
}

/// Time a job in milliseconds, by the jobs' own ends.
fn pace(settled: &[i64]) -> f64 {
    let (first, last) = (settled.iter().min(), settled.iter().max());
    let span = last.zip(first).map_or(0, |(last, first)| last - first);
    span as f64 / 1000.0 / settled.len().saturating_sub(1).max(1) as f64
}

/// Notes a single value and gives its cell.
fn noted(
    name: &'static str,
    unit: &'static str,
    value: Option<f64>,
    parameters: &Value,
    report: &mut Report,
) -> String {
    let Some(value) = value else { return NONE.to_owned() };
    let (parameters, values) = (parameters.clone(), Sorted::new(vec![value]));
    report.note(&Measurement { name, tool: Tool::Fleet, parameters, unit, values });
    short(value)
}

/// Opens executions that wait for a file that never comes, and runs jobs beside them.
fn of_open_executions(plan: &Plan, database: &Postgres, report: &mut Report) {
    let shape = Shape::Chains { jobs: BESIDE, width: WIDTH };
    let mut fleet = Fleet::project(database, Sessions::Fresh);
    fleet.add_workflow(BENCH, &workflow(BENCH, shape, Work::Nothing));
    fleet.add_workflow(WAITING, WAITING_WORKFLOW);
    fleet.deploy();
    fleet.begin(Trace::Off);
    let mut rows = vec![row([
        "open executions",
        "time a job, ms",
        "start to first job's end, ms",
        "peak memory, MiB",
        "opened, executions/s",
    ])];
    let mut open = 0;
    for wanted in plan.open {
        let opened = open_more(&fleet, open, *wanted);
        open = *wanted;
        let id = format!("beside-{wanted}");
        let first = first_job_ms(&fleet, &id);
        let changes = fleet.wait_for(&id, |changes| changes.end.is_some());
        let values = [
            ("open_job_time", "ms/job", pace(&changes.settled)),
            ("open_start", "ms", first),
            ("open_memory", "MiB", usage::peak_memory(fleet.pid()) as f64 / MIB),
            ("open_rate", "executions/s", opened),
        ];
        let parameters = json!({ "open": wanted, "graph": shape.name(), "job": Work::Nothing.name() });
        let cells = values.map(|(name, unit, value)| noted(name, unit, Some(value), &parameters, report));
        rows.push([grouped(*wanted)].into_iter().chain(cells).collect());
    }
    let beside = grouped(BESIDE);
    let note = format!(
        "Executions that each wait for a file, and {beside} no-op jobs in {WIDTH} chains that run beside them."
    );
    report.table(&Table { title: "Growth: open executions", note, rows });
}

const WAITING: &str = "waiting";
const WAITING_WORKFLOW: &str = "workflow: waiting
jobs:
  - { id: never, precondition: { file: \"never.csv\" }, poll: 1d }
";

/// Starts executions until so many are open, and waits until each has looked for its file. Executions a second.
fn open_more(fleet: &Fleet, open: usize, wanted: usize) -> f64 {
    let begun = Instant::now();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("the system gives a runtime").block_on(send_starts(fleet, open..wanted));
    let mut looked = open;
    until("each execution has looked for its file", || {
        let log = |number: usize| fleet.state().join(format!("logs/{WAITING}-{number}/never/1.log"));
        while looked < wanted && log(looked).exists() {
            looked += 1;
        }
        looked == wanted
    });
    (wanted - open) as f64 / begun.elapsed().as_secs_f64()
}

/// Sends them to the dispatcher's queue, as the scheduler does: a command for each would take longer than all else.
async fn send_starts(fleet: &Fleet, numbers: Range<usize>) {
    let clock = Clock::new(|| Timestamp::from_millis(records::now() / 1000));
    let store = Store::open(&fleet.state(), clock).expect("the state can be opened beside the fleet");
    // Settings matter to receivers only.
    let settings = QueueSettings { visibility: Millis::from_mins(1), max_receives: None, dead_letters: None };
    let queue = store.queue("events", settings);
    let numbers: Vec<usize> = numbers.collect();
    for batch in numbers.chunks(BATCH_MAX) {
        let messages: Vec<Outgoing> = batch.iter().map(|number| start(*number)).collect();
        queue.send(&messages).await.expect("the events queue takes messages");
    }
}

fn start(number: usize) -> Outgoing {
    let id = |text: &str| ExecutionId::parse(text).expect("the name is short and plain");
    let start = Start {
        workflow_id: WorkflowId::parse(WAITING).expect("the name is short and plain"),
        workflow_execution_id: Some(id(&format!("{WAITING}-{number}"))),
        params: BTreeMap::new(),
        scheduled_at: None,
        timezone: None,
        by: "bench".to_owned(),
        reason: String::new(),
    };
    Outgoing::now(Event::Start(start).to_text())
}
