//! Allowances in the script: `-- lint: allow rule-id reason`. Owns what they cover, and the findings about them.
//!
//! At the end of a line they cover that line; on a line of their own, the next one that is neither empty nor a comment;
//! `allow-file` covers the whole file. In front of a command they must stand on a line of their own, since commands take
//! comments for arguments.

use std::collections::BTreeSet;

use rsql_lang::walk::Place;

use crate::Found;
use crate::rule::Rule;
use crate::source::Sources;

/// What begins an allowance, within a comment.
const WORDS: &[u8] = b"lint:";

struct Allowance {
    place: Place,
    rule: Rule,
    covers: Covers,
    is_used: bool,
}

enum Covers {
    File,
    Line(usize),
}

/// Rules about jobs: what a file allows of them counts for all jobs that run it.
const OF_JOBS: [Rule; 2] = [Rule::MissingDependency, Rule::UnorderedWrites];

/// Takes away what is allowed, and adds what is wrong with allowances. Gives the rules about jobs that are allowed.
pub(crate) fn apply(sources: &Sources<'_>, found: &mut Vec<Found>) -> BTreeSet<Rule> {
    let mut about = Vec::new();
    let mut allowances: Vec<Allowance> =
        (0..sources.files()).flat_map(|file| in_file(sources, file, &mut about)).collect();
    found.retain(|found| {
        let mut is_allowed = false;
        for allowance in allowances.iter_mut().filter(|allowance| allowance.covers(found)) {
            allowance.is_used = true;
            is_allowed = true;
        }
        !is_allowed
    });
    found.append(&mut about);
    let (of_jobs, allowances): (Vec<Allowance>, Vec<Allowance>) =
        allowances.into_iter().partition(|allowance| OF_JOBS.contains(&allowance.rule));
    found.extend(allowances.iter().filter(|allowance| !allowance.is_used).map(|allowance| Found {
        rule: Rule::AllowUnused,
        place: allowance.place,
        message: format!("there is nothing of {} to allow here", allowance.rule.id()),
        hint: "remove the comment".to_owned(),
    }));
    of_jobs.into_iter().map(|allowance| allowance.rule).collect()
}

impl Allowance {
    fn covers(&self, found: &Found) -> bool {
        let is_here = match self.covers {
            Covers::File => true,
            Covers::Line(line) => found.place.line == line,
        };
        is_here && found.rule == self.rule && found.place.file == self.place.file
    }
}

fn in_file(sources: &Sources<'_>, file: usize, about: &mut Vec<Found>) -> Vec<Allowance> {
    let mut allowances = Vec::new();
    // Allowances on lines of their own that wait for the next line.
    let mut waiting: Vec<usize> = Vec::new();
    for (line, text) in sources.lines(file) {
        let trimmed = text.trim_ascii_start();
        let is_comment = trimmed.starts_with(b"--") || trimmed.starts_with(b"/*");
        if !is_comment && !trimmed.is_empty() {
            for index in waiting.drain(..) {
                let allowance: &mut Allowance = &mut allowances[index];
                allowance.covers = Covers::Line(line);
            }
        }
        let Some(column) = memchr::memmem::find(text, WORDS).filter(|at| in_comment(&text[..*at])) else {
            continue;
        };
        let place = Place { file, line, column };
        let Some((rule, covers_file)) = read(&text[column + WORDS.len()..], place, about) else { continue };
        let covers = if covers_file { Covers::File } else { Covers::Line(line) };
        allowances.push(Allowance { place, rule, covers, is_used: false });
        if is_comment && !covers_file {
            waiting.push(allowances.len() - 1);
        }
    }
    allowances
}

fn in_comment(before: &[u8]) -> bool {
    let before = before.trim_ascii_end();
    before.ends_with(b"--") || before.ends_with(b"/*")
}

/// `allow rule reason`; anything else is no allowance.
fn read(text: &[u8], place: Place, about: &mut Vec<Found>) -> Option<(Rule, bool)> {
    let text = String::from_utf8_lossy(text);
    let mut words = text.trim_end_matches("*/").split_whitespace();
    let covers_file = match words.next()? {
        "allow" => false,
        "allow-file" => true,
        _ => return None,
    };
    let id = words.next().unwrap_or_default();
    let Some(rule) = Rule::of_id(id) else {
        let hint = match Rule::nearest(id) {
            Some(near) => format!("did you mean {}?", near.id()),
            None => "the rules are in docs/lint.md".to_owned(),
        };
        about.push(Found {
            rule: Rule::AllowUnknown,
            place,
            message: format!("there is no rule `{id}`"),
            hint,
        });
        return None;
    };
    if words.next().is_none() {
        about.push(Found {
            rule: Rule::AllowNoReason,
            place,
            message: format!("it does not say why {id} is allowed"),
            hint: "write the reason behind the rule".to_owned(),
        });
    }
    Some((rule, covers_file))
}
