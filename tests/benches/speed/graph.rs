//! The graphs that are measured, and each of them as a workflow file, a makefile and lists for xargs. Owns the names of jobs.
//! Runs nothing.

use std::fmt::Write as _;

/// How jobs depend on each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// Each job needs the one before.
    Chain(usize),
    /// One job, then this many side by side, then one that needs all of them.
    Fan(usize),
    /// None needs another.
    Independent(usize),
    /// As many chains as there are, side by side: `width` jobs can run at any time, however many there are in all.
    Chains {
        /// Jobs in all.
        jobs: usize,
        /// Chains.
        width: usize,
    },
}

/// The script of [`Work::Select`].
pub(crate) const SCRIPT: &str = "select 1;\n";

/// The script of [`Work::Nothing`].
pub(crate) const NOTHING: &str = "\\echo nothing\n";

/// What a job does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Work {
    /// A script with `select 1;`, in a session of its own.
    Select,
    /// As little as can be: in the fleet a script that speaks to nobody, elsewhere a process that only ends.
    Nothing,
}

impl Shape {
    /// Jobs in all.
    pub(crate) fn jobs(self) -> usize {
        match self {
            Self::Fan(width) => width + 2,
            Self::Chain(jobs) | Self::Independent(jobs) | Self::Chains { jobs, .. } => jobs,
        }
    }

    /// As the tables name it.
    pub(crate) fn name(self) -> String {
        match self {
            Self::Chain(jobs) => format!("chain of {}", grouped(jobs)),
            Self::Fan(width) => format!("1 → {} → 1", grouped(width)),
            Self::Independent(jobs) => format!("{} independent", grouped(jobs)),
            Self::Chains { jobs, width } => format!("{} in {width} chains", grouped(jobs)),
        }
    }

    /// The numbers of the jobs that job `number` needs.
    fn needs(self, number: usize) -> std::ops::Range<usize> {
        match self {
            _ if number == 0 => 0..0,
            Self::Chain(_) => number - 1..number,
            Self::Fan(width) if number == width + 1 => 1..number,
            Self::Fan(_) => 0..1,
            Self::Chains { width, .. } if number >= width => number - width..number - width + 1,
            Self::Independent(_) | Self::Chains { .. } => 0..0,
        }
    }

    /// The jobs in rows: those of a row can run side by side, one row after the other.
    pub(crate) fn rows(self) -> Vec<Vec<usize>> {
        match self {
            Self::Chain(jobs) => (0..jobs).map(|number| vec![number]).collect(),
            Self::Fan(width) => vec![vec![0], (1..=width).collect(), vec![width + 1]],
            Self::Independent(jobs) => vec![(0..jobs).collect()],
            Self::Chains { jobs, width } => {
                let row = |first: usize| (first..jobs.min(first + width)).collect();
                (0..jobs).step_by(width).map(row).collect()
            }
        }
    }
}

impl Work {
    /// As the tables name it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Select => "select 1",
            Self::Nothing => "no-op",
        }
    }
}

/// `12,345`.
pub(crate) fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// The workflow file.
pub(crate) fn workflow(name: &str, shape: Shape, work: Work) -> String {
    let what = match work {
        Work::Select => "script: one.sql, connection: warehouse",
        Work::Nothing => "script: nothing.rsql",
    };
    let mut text = format!("workflow: {name}\njobs:\n");
    for number in 0..shape.jobs() {
        let needs: Vec<String> = shape.needs(number).map(|other| format!("j{other}")).collect();
        let needs = if needs.is_empty() { String::new() } else { format!(", needs: [{}]", needs.join(", ")) };
        writeln!(text, "  - {{ id: j{number}, {what}{needs} }}").expect(WRITES);
    }
    text
}

/// The makefile: `recipe` gives the command line of a job, one that make can start without a shell.
pub(crate) fn makefile(shape: Shape, recipe: &dyn Fn(usize) -> String) -> String {
    let all: Vec<String> = (0..shape.jobs()).map(|number| format!("j{number}")).collect();
    let all = all.join(" ");
    let mut text = format!("all: {all}\n.PHONY: all {all}\n");
    for number in 0..shape.jobs() {
        let needs: Vec<String> = shape.needs(number).map(|other| format!("j{other}")).collect();
        writeln!(text, "j{number}: {}\n\t{}", needs.join(" "), recipe(number)).expect(WRITES);
    }
    text
}

const WRITES: &str = "writing to a String cannot fail";
