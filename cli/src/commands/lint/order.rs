//! Jobs and tables: who reads or writes what another writes, without any order between the two. Owns both rules. The order of
//! jobs is the core's.

use std::collections::BTreeMap;

use fleet_core::workflow::{Definition, Job, JobIx, RunIf};
use rsql_lint::{Finding, Rule};

use super::scripts::JobTables;

/// Writers whose dependents are followed at a time: one bit of a word each.
const TOGETHER: usize = 64;
/// Findings of one workflow; more say nothing new.
const FINDINGS_MAX: usize = 100;

/// Who uses a table, by places in the list of jobs.
#[derive(Default)]
struct Uses {
    readers: Vec<usize>,
    writers: Vec<usize>,
}

/// What both rules find in a workflow, whose file holds `text`.
pub(super) fn findings(definition: &Definition, jobs: &[JobTables], file: &str, text: &str) -> Vec<Finding> {
    let mut uses: BTreeMap<&str, Uses> = BTreeMap::new();
    for (place, job) in jobs.iter().enumerate() {
        job.tables.reads.iter().for_each(|table| uses.entry(table).or_default().readers.push(place));
        job.tables.writes.iter().for_each(|table| uses.entry(table).or_default().writers.push(place));
    }
    let writers: Vec<usize> =
        (0..jobs.len()).filter(|place| !jobs[*place].tables.writes.is_empty()).collect();
    let mut found = Vec::new();
    for some in writers.chunks(TOGETHER) {
        let order = Order::of(definition, jobs, some);
        for (bit, &writer) in some.iter().enumerate() {
            for table in &jobs[writer].tables.writes {
                let Some(uses) = uses.get(table.as_str()) else { continue };
                let pairs = Pairs { definition, jobs, file, text, writer, table };
                let is_open = |other: &usize| *other != writer && !order.has(bit, jobs[*other].index);
                let written = uses.writers.iter().filter(|other| **other > writer && is_open(other));
                found.extend(written.filter_map(|other| pairs.both_write(*other)));
                let read =
                    uses.readers.iter().filter(|other| is_open(other) && !uses.writers.contains(other));
                found.extend(read.filter_map(|other| pairs.reads(*other)));
            }
        }
        if found.len() >= FINDINGS_MAX {
            break;
        }
    }
    found.truncate(FINDINGS_MAX);
    found
}

/// Which jobs come before or after each of some.
struct Order {
    /// One bit for each of them.
    related: Vec<u64>,
}

impl Order {
    fn of(definition: &Definition, jobs: &[JobTables], some: &[usize]) -> Self {
        let mut after = vec![0_u64; definition.jobs.len()];
        for (bit, place) in some.iter().enumerate() {
            after[jobs[*place].index] |= 1 << bit;
        }
        let mut before = after.clone();
        for ix in definition.topological() {
            let of_needs = definition.needs(*ix).iter().fold(0, |bits, need| bits | after[need.at()]);
            after[ix.at()] |= of_needs;
        }
        for ix in definition.topological().iter().rev() {
            let bits = before[ix.at()];
            definition.needs(*ix).iter().for_each(|need| before[need.at()] |= bits);
        }
        Self { related: after.iter().zip(before).map(|(after, before)| after | before).collect() }
    }

    fn has(&self, bit: usize, job: usize) -> bool {
        self.related[job] & (1 << bit) != 0
    }
}

/// A job that writes a table, beside others.
struct Pairs<'a> {
    definition: &'a Definition,
    jobs: &'a [JobTables],
    file: &'a str,
    text: &'a str,
    writer: usize,
    table: &'a str,
}

impl Pairs<'_> {
    fn job(&self, place: usize) -> &Job {
        &self.definition.jobs[self.jobs[place].index]
    }

    fn both_write(&self, other: usize) -> Option<Finding> {
        let (one, two) = (&self.job(self.writer).id, &self.job(other).id);
        let message =
            format!("`{one}` and `{two}` both write {}, and neither comes after the other", self.table);
        let hint = format!(
            "let one of them need the other, or let a script say why it is well: -- lint: allow-file {} REASON",
            Rule::UnorderedWrites.id()
        );
        self.finding(Rule::UnorderedWrites, other, message, hint)
    }

    fn reads(&self, other: usize) -> Option<Finding> {
        let (writer, reader) = (&self.job(self.writer).id, &self.job(other).id);
        let message = format!("`{reader}` reads {}, which `{writer}` writes, without any order", self.table);
        let hint = format!("add `{writer}` to the needs of `{reader}`, or the other way round");
        self.finding(Rule::MissingDependency, other, message, hint)
    }

    fn finding(&self, rule: Rule, other: usize, message: String, hint: String) -> Option<Finding> {
        let is_allowed = [self.writer, other].iter().any(|place| self.jobs[*place].allowed.contains(&rule));
        if is_allowed || exclude_each_other(self.definition, self.job(self.writer), self.job(other)) {
            return None;
        }
        let job = self.job(other);
        let (line, start, excerpt) = line_of(self.text, job.id.as_str());
        let name = |place: usize| format!("{}/{}", self.definition.workflow_id, self.job(place).id);
        Some(Finding {
            rule,
            message,
            hint,
            file: self.file.to_owned(),
            line,
            column: start + 1,
            excerpt: excerpt.to_owned(),
            marked: (start, if excerpt.is_empty() { 1 } else { job.id.as_str().chars().count() }),
            jobs: vec![name(self.writer), name(other)],
        })
    }
}

/// Whether one runs only when a job has failed that must succeed for the other: then no execution runs both.
fn exclude_each_other(definition: &Definition, one: &Job, other: &Job) -> bool {
    handles_failure_of(definition, one, other) || handles_failure_of(definition, other, one)
}

fn handles_failure_of(definition: &Definition, handler: &Job, other: &Job) -> bool {
    if handler.run_if != RunIf::AnyFailed {
        return false;
    }
    let excused = handler.needs.iter().any(|need| job(definition, *need).allow_failure);
    !excused && handler.needs.iter().all(|need| must_succeed(definition, *need, other))
}

/// Whether a job runs only when `need` has succeeded, directly or by way of others.
fn must_succeed(definition: &Definition, need: JobIx, of: &Job) -> bool {
    let mut open: Vec<&Job> = vec![of];
    let mut seen = vec![false; definition.jobs.len()];
    while let Some(next) = open.pop() {
        if next.run_if != RunIf::AllSucceeded {
            continue;
        }
        for before in &next.needs {
            if *before == need {
                return true;
            }
            let before_job = job(definition, *before);
            // What may fail says nothing of what comes before it.
            if !before_job.allow_failure && !std::mem::replace(&mut seen[before.at()], true) {
                open.push(before_job);
            }
        }
    }
    false
}

fn job(definition: &Definition, ix: JobIx) -> &Job {
    &definition.jobs[ix.at()]
}

/// The line of a workflow file that defines a job, and where its id stands there in characters; the head of the file where
/// there is none.
fn line_of<'t>(text: &'t str, id: &str) -> (usize, usize, &'t str) {
    let mut named = None;
    for (index, line) in text.lines().enumerate() {
        let Some(at) = word_at(line, id) else { continue };
        let before = line[..at].trim_end_matches(['"', '\'', ' ']);
        let found = (index + 1, line[..at].chars().count(), line);
        if before.ends_with("id:") || before.ends_with("\"id\":") || before.ends_with("id\" :") {
            return found;
        }
        named.get_or_insert(found);
    }
    named.unwrap_or((1, 0, ""))
}

fn word_at(line: &str, word: &str) -> Option<usize> {
    let is_part = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
    line.match_indices(word)
        .map(|(at, _)| at)
        .find(|at| !line[..*at].ends_with(is_part) && !line[at + word.len()..].starts_with(is_part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jobs_are_found_in_their_file() {
        let text = "jobs:\n  - { id: ab, needs: [] }\n  - id: b # not a\n    needs: [a]\n  - id: \"a\"\n";
        assert_eq!(line_of(text, "ab"), (2, 10, "  - { id: ab, needs: [] }"));
        assert_eq!(line_of(text, "b"), (3, 8, "  - id: b # not a"));
        assert_eq!(line_of(text, "a"), (5, 9, "  - id: \"a\""));
        assert_eq!(line_of(text, "c"), (1, 0, ""));
    }
}
