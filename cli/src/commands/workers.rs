//! `rsqlctl workers`: who serves the fleet, with what. Owns what counts as gone. The reports are the workers' own.

use fleet_core::ids::{ExecutionId, JobId};
use fleet_core::roster::WorkerStatus;
use fleet_core::time::{Millis, Timestamp};
use serde::Serialize;

use crate::context::Context;
use crate::exit;
use crate::output::{Align, Cell, Palette, Table, Tone, remark, span, time};

/// Show who is alive, with what
///
/// Each worker process with its host, the queues that it serves and their slots, and what it runs, by its last report. Where
/// the fleet is embedded a worker reports every 5 s, and one that has been silent for a minute is shown as gone; on AWS, where
/// reports cost, every 45 s, and three minutes. One that ended in order is not shown.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Only those that are not gone
    #[arg(long)]
    alive: bool,
}

pub(crate) const EXAMPLES: &str = "\
Examples:
  rsqlctl workers
  rsqlctl workers -o json | jq -r '.workers[] | select(.state == \"gone\") | .worker'

JSON: { workers: [{ worker, host, pid, version, state: alive|draining|gone, queues: [{ queue, slots }], slots,
        running: [{ workflow_execution_id, job_id, attempt, since }], started_at, seen_at, silent_ms }] }";

#[derive(Serialize)]
struct Workers {
    workers: Vec<Worker>,
}

#[derive(Serialize)]
struct Worker {
    worker: String,
    host: String,
    pid: u32,
    version: String,
    state: State,
    queues: Vec<Queue>,
    slots: u32,
    running: Vec<Running>,
    started_at: Timestamp,
    seen_at: Timestamp,
    silent_ms: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum State {
    Alive,
    Draining,
    Gone,
}

#[derive(Serialize)]
struct Queue {
    queue: String,
    slots: u32,
}

#[derive(Serialize)]
struct Running {
    workflow_execution_id: ExecutionId,
    job_id: JobId,
    attempt: u32,
    since: Timestamp,
}

pub(crate) async fn run(args: &Args, context: &mut Context) -> anyhow::Result<u8> {
    let fleet = context.fleet().await?;
    let now = fleet.now();
    let reports = fleet.workers().await?.into_iter();
    let mut workers: Vec<Worker> =
        reports.map(|status| Worker::of(status, now, fleet.gone_after())).collect();
    workers.retain(|worker| !args.alive || worker.state != State::Gone);
    workers.sort_by(|a, b| (&a.host, a.pid, &a.worker).cmp(&(&b.host, b.pid, &b.worker)));
    let workers = Workers { workers };
    context.out.answer(&workers, |workers, out| table(&workers.workers, out.palette))?;
    if workers.workers.is_empty() {
        remark("no worker serves this fleet");
    }
    Ok(exit::OK)
}

impl Worker {
    fn of(status: WorkerStatus, now: Timestamp, gone_after: Millis) -> Self {
        let silent = now.since(status.seen_at);
        let state = match status.draining {
            _ if silent > gone_after => State::Gone,
            true => State::Draining,
            false => State::Alive,
        };
        let running = status.running.iter().map(|attempt| Running {
            workflow_execution_id: attempt.execution.clone(),
            job_id: attempt.job.clone(),
            attempt: attempt.attempt,
            since: attempt.since,
        });
        Self {
            slots: status.slots(),
            running: running.collect(),
            worker: status.worker,
            host: status.host,
            pid: status.pid,
            version: status.version,
            state,
            queues: status.queues.into_iter().map(|(queue, slots)| Queue { queue, slots }).collect(),
            started_at: status.started_at,
            seen_at: status.seen_at,
            silent_ms: silent.0,
        }
    }
}

/// Running jobs named in one line of the table; the rest is counted.
const NAMES_MAX: usize = 3;

fn table(workers: &[Worker], palette: Palette) -> String {
    let mut table = Table::new(&[
        ("WORKER", Align::Left),
        ("HOST", Align::Left),
        ("STATE", Align::Left),
        ("QUEUES", Align::Left),
        ("BUSY", Align::Right),
        ("SINCE", Align::Left),
        ("SEEN", Align::Right),
        ("RUNNING", Align::Left),
    ]);
    for worker in workers {
        let (tone, state) = match worker.state {
            State::Alive => (Tone::Good, "alive"),
            State::Draining => (Tone::Warn, "draining"),
            State::Gone => (Tone::Bad, "gone"),
        };
        let queues: Vec<String> =
            worker.queues.iter().map(|queue| format!("{}={}", queue.queue, queue.slots)).collect();
        table.row(vec![
            Cell::from(&worker.worker),
            Cell::from(&worker.host),
            Cell::toned(tone, state),
            Cell::from(queues.join(" ")),
            Cell::from(format!("{}/{}", worker.running.len(), worker.slots)),
            Cell::from(time(worker.started_at)),
            Cell::from(format!("{} ago", span(Millis(worker.silent_ms)))),
            Cell::from(running(&worker.running)),
        ]);
    }
    table.render(palette)
}

fn running(running: &[Running]) -> String {
    let name = |at: &Running| format!("{}/{}#{}", at.workflow_execution_id, at.job_id, at.attempt);
    let names: Vec<String> = running.iter().take(NAMES_MAX).map(name).collect();
    match running.len().saturating_sub(NAMES_MAX) {
        0 => names.join(" "),
        more => format!("{} and {more} more", names.join(" ")),
    }
}
