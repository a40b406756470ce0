//! Checks of RSQL scripts without a database: text in, findings out.
//!
//! Owns the rules: what is worth a word, how grave it is, and what to do about it. What a script consists of is
//! `rsql_lang::walk`'s, which reads as a run does; what SQL does to tables is `rsql_sql::lineage`'s. Reads no files: the
//! caller gives the text of a script, and of those that it includes when it is asked.

mod allow;
mod codes;
mod faults;
mod finding;
mod flow;
mod looks;
pub mod output;
mod rule;
mod secrets;
mod source;
mod tables;

use std::collections::BTreeSet;

pub use finding::{Finding, Severity};
pub use rsql_lang::walk::{Refusal, Script};
pub use rule::Rule;
pub use tables::{Tables, of_sql as tables_of};

use rsql_lang::walk::{Read, Walk, walk};
use source::Sources;

/// Findings of one script that are told: more are one fault repeated.
const FINDINGS_MAX: usize = 100;

/// What is known of a run before it.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// Variables with the values that every run has, as of `-v`.
    pub variables: Vec<(String, String)>,
    /// Rules that are not looked for.
    pub allowed: BTreeSet<Rule>,
}

/// What a check came to.
#[derive(Debug, Clone, Default)]
pub struct Checked {
    /// By file, line and column.
    pub findings: Vec<Finding>,
    /// How many more there were.
    pub left_out: usize,
    /// Rules about jobs that the script allows to those that run it.
    pub allowed_of_jobs: BTreeSet<Rule>,
    /// What the statements that can run read and write.
    pub tables: Tables,
}

/// Something that was found, before allowances and the text around it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Found {
    rule: Rule,
    place: rsql_lang::walk::Place,
    message: String,
    hint: String,
}

/// Checks a script and all that it includes.
pub fn check(script: Script, settings: &Settings, read: &mut Read<'_>) -> Checked {
    let walk = walk(script, &settings.variables, read);
    let sources = Sources::of(&walk, secrets::find(&walk));
    let mut found = faults::all(&walk);
    let reachable = flow::reachable(&walk);
    flow::unreachable(&walk, &reachable, &mut found);
    looks::all(&walk, &reachable, &settings.variables, &mut found);
    codes::all(&walk, &mut found);
    secrets::all(&sources, &mut found);
    let mut found: Vec<Found> =
        found.into_iter().filter(|found| !settings.allowed.contains(&found.rule)).collect();
    let allowed_of_jobs = allow::apply(&sources, &mut found);
    found.sort_by(|a, b| (a.place, a.rule, &a.message).cmp(&(b.place, b.rule, &b.message)));
    found.dedup();
    let left_out = found.len().saturating_sub(FINDINGS_MAX);
    if left_out > 0 {
        // The gravest are told first.
        found.sort_by_key(|found| found.rule.severity());
        found.truncate(FINDINGS_MAX);
        found.sort_by_key(|found| found.place);
    }
    Checked {
        left_out,
        allowed_of_jobs,
        findings: found.into_iter().map(|found| sources.finding(found)).collect(),
        tables: tables::of(&walk, &reachable),
    }
}

/// The items that can be reached, by their indices.
pub(crate) type Reachable = Vec<bool>;

/// The line of a command or statement begins here.
pub(crate) fn line_of(walk: &Walk, place: rsql_lang::walk::Place) -> String {
    let line = place.line;
    match walk.files.get(place.file) {
        Some(file) if place.file > 0 => format!("{}:{line}", file.shown),
        _ => format!("line {line}"),
    }
}
