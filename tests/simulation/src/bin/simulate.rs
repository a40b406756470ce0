//! Runs simulated worlds by seed, on all cores, and says what came of them. A failing seed is run once more to be read.

use std::io::Write as _;
use std::num::NonZero;
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use clap::Parser;
use fleet_simulation::{Failure, Summary, Tracing, run};

/// Between two lines of progress.
const PROGRESS_EVERY: Duration = Duration::from_secs(5);

/// Runs the real dispatcher and workers in simulated worlds.
#[derive(Parser)]
struct Options {
    /// How many worlds.
    #[arg(long, default_value_t = 1_000)]
    seeds: u64,
    /// The first seed.
    #[arg(long, default_value_t = 1)]
    first: u64,
    /// Show every step of every run.
    #[arg(long)]
    trace: bool,
    /// Threads; all cores when absent.
    #[arg(long)]
    jobs: Option<NonZero<usize>>,
}

/// Sums over all runs.
#[derive(Default)]
struct Totals {
    runs: u64,
    sum: Summary,
}

fn main() -> ExitCode {
    let options = Options::parse();
    let cores = std::thread::available_parallelism().unwrap_or(NonZero::<usize>::MIN);
    let threads = options.jobs.unwrap_or(cores).get();
    let (next, stop) = (AtomicU64::new(options.first), AtomicBool::new(false));
    let end = options.first.saturating_add(options.seeds);
    let (totals, failed) = (Mutex::new(Totals::default()), Mutex::new(None::<Box<Failure>>));
    let began = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| work(&options, &next, end, &stop, &totals, &failed));
        }
        scope.spawn(|| progress(&totals, &stop, options.seeds, began));
    });
    let totals = totals.into_inner().unwrap_or_default();
    report(&totals, began.elapsed());
    match failed.into_inner().ok().flatten() {
        None => ExitCode::SUCCESS,
        Some(failure) => {
            show(&[failure.explain()]);
            ExitCode::FAILURE
        }
    }
}

fn work(
    options: &Options,
    next: &AtomicU64,
    end: u64,
    stop: &AtomicBool,
    totals: &Mutex<Totals>,
    failed: &Mutex<Option<Box<Failure>>>,
) {
    let tracing = if options.trace { Tracing::On } else { Tracing::Off };
    while !stop.load(Ordering::Relaxed) {
        let seed = next.fetch_add(1, Ordering::Relaxed);
        if seed >= end {
            break;
        }
        match run(seed, tracing) {
            Ok(summary) => {
                if options.trace {
                    show(&summary.trace);
                }
                let Ok(mut totals) = totals.lock() else { break };
                totals.add(&summary);
                if totals.runs == options.seeds {
                    stop.store(true, Ordering::Relaxed);
                }
            }
            Err(failure) => {
                if options.trace {
                    show(&failure.trace);
                }
                stop.store(true, Ordering::Relaxed);
                if let Ok(mut failed) = failed.lock() {
                    failed.get_or_insert(failure);
                }
            }
        }
    }
}

fn progress(totals: &Mutex<Totals>, stop: &AtomicBool, seeds: u64, began: Instant) {
    let mut shown = Instant::now();
    while !stop.load(Ordering::Relaxed) {
        std::thread::sleep(Duration::from_millis(50));
        if shown.elapsed() < PROGRESS_EVERY {
            continue;
        }
        shown = Instant::now();
        let Ok(totals) = totals.lock() else { return };
        let (runs, sum) = (totals.runs, &totals.sum);
        eprintln!(
            "{runs} of {seeds} worlds in {:.0} s: {} executions, {} jobs, {} takeovers",
            began.elapsed().as_secs_f64(),
            sum.executions,
            sum.jobs,
            sum.takeovers
        );
    }
}

impl Totals {
    fn add(&mut self, one: &Summary) {
        self.runs += 1;
        let sum = &mut self.sum;
        sum.executions += one.executions;
        sum.jobs += one.jobs;
        sum.sessions += one.sessions;
        sum.takeovers += one.takeovers;
        sum.fenced += one.fenced;
        sum.resumes += one.resumes;
        sum.virtual_ms += one.virtual_ms;
    }
}

fn report(totals: &Totals, took: Duration) {
    let (runs, sum) = (totals.runs, &totals.sum);
    let days = sum.virtual_ms / 86_400_000;
    println!("{runs} worlds passed in {:.1} s, {days} days of their time", took.as_secs_f64());
    println!(
        "{} executions of {} jobs, {} sessions, {} takeovers, {} late results fenced, {} resumes",
        sum.executions, sum.jobs, sum.sessions, sum.takeovers, sum.fenced, sum.resumes
    );
}

/// A reader that has seen enough may close the pipe.
fn show(lines: &[String]) {
    let mut out = std::io::stdout().lock();
    for line in lines {
        if writeln!(out, "{line}").is_err() {
            return;
        }
    }
}
