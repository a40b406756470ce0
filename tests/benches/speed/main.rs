//! How fast the fleet is, side by side with what people would use instead, in the same run: gaps, throughput, growth.
//!
//! `make bench` measures all in some ten minutes, `QUICK=1 make bench` a part in one or two; words after it choose among the
//! topics. Tables go to standard output, and all values as JSON lines to a file. `WRITE=1` puts the tables into
//! `docs/performance.md`. Nothing is judged: the figures depend on the machine.

mod chain;
mod command;
mod conditions;
mod document;
mod fan;
mod fleet;
mod graph;
mod growth;
mod plan;
mod records;
mod report;
mod rivals;
mod stats;
mod usage;

use std::path::PathBuf;
use std::time::Instant;

use fleet_tests::binaries;
use fleet_tests::postgres::Postgres;

use crate::fleet::Fleet;
use crate::plan::Plan;
use crate::report::Report;

fn main() {
    let begun = Instant::now();
    // Cargo adds `--bench`.
    let chosen: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let is_chosen = |topic: &str| chosen.is_empty() || chosen.iter().any(|word| word == topic);
    let database = Postgres::shared().new_database();
    let plan = if is_set("QUICK") { Plan::quick } else { Plan::full }(Fleet::can_reuse(&database));
    let mut report = Report::new(&results());
    conditions::measure(&database, &mut report);
    if is_chosen("chain") {
        chain::measure(&plan, &database, &mut report);
    }
    if is_chosen("fan") {
        fan::measure(&plan, &database, &mut report);
    }
    if is_chosen("growth") {
        growth::measure(&plan, &database, &mut report);
    }
    if is_chosen("command") {
        command::measure(&plan, &database, &mut report);
    }
    println!("measured in {} s; all values: {}", begun.elapsed().as_secs(), report.path().display());
    if is_set("WRITE") {
        println!("tables: {}", document::fill_in(report.tables()).display());
    }
}

fn is_set(variable: &str) -> bool {
    std::env::var(variable).is_ok_and(|value| !value.is_empty() && value != "0")
}

/// Beside what was built: `<target>/bench/speed.jsonl`.
fn results() -> PathBuf {
    let target = binaries::folder().parent().expect("executables lie in <target>/<profile>");
    target.join("bench/speed.jsonl")
}
