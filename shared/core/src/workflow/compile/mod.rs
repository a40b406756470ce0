//! From a file whose shape is right to a compiled definition. Owns the checks of meaning: what refers to what, and what goes
//! together. Every fault found has its place in the file.

mod edges;
mod head;
mod job;
mod origin;
mod stages;
mod work;

use std::collections::HashSet;

use super::ScriptCheck;
use super::definition::{Definition, Parts};
use super::fault::{Collector, Problem};
use super::source::WorkflowFile;
use super::template::{BUILTIN_NAMES, Template};
use super::tree::{Node, Value};

pub(super) use origin::Origin;
pub(super) use stages::unfold;

/// Names that stand in the file as written. Those whose value was at fault are among them, so that one fault does not bring
/// others along.
#[derive(Default)]
pub(super) struct Declared {
    jobs: HashSet<Box<str>>,
    params: HashSet<Box<str>>,
}

impl Declared {
    pub(super) fn of(root: &Node) -> Self {
        let mut declared = Self::default();
        let jobs = root.entry("jobs").map_or(&[][..], |entry| entry.node.items());
        declared.jobs.extend(jobs.iter().filter_map(|job| job.entry("id")?.node.text()).map(Box::from));
        if let Some(Value::Map(params)) = root.entry("params").map(|entry| &entry.node.value) {
            declared.params.extend(params.iter().map(|param| param.key.clone()));
        }
        declared
    }
}

/// What all checks share.
pub(super) struct Checker<'c, 's> {
    pub(super) faults: &'c mut Collector<'s>,
    pub(super) origin: &'c Origin<'c>,
    pub(super) declared: &'c Declared,
    pub(super) scripts: &'c dyn Fn(&str) -> ScriptCheck,
}

impl Checker<'_, '_> {
    /// Reports a fault at a key of a job; at the job itself when it has no such key.
    fn job_fault(&mut self, job: usize, key: &str, problem: impl FnOnce() -> Problem) {
        let origin = self.origin;
        self.faults.add_with(|| origin.job(job).key(key).fault(problem()));
    }

    /// Reports a fault at a top-level key.
    fn head_fault(&mut self, keys: &[&str], problem: impl FnOnce() -> Problem) {
        let origin = self.origin;
        self.faults.add_with(|| origin.root().keys(keys).fault(problem()));
    }

    /// The first name in a template that no execution will have.
    fn stranger<'t>(&self, template: &'t Template) -> Option<&'t str> {
        self.stranger_beside(&[], template)
    }

    /// As [`Self::stranger`], where there are `more` names.
    fn stranger_beside<'t>(&self, more: &[&str], template: &'t Template) -> Option<&'t str> {
        let params = &self.declared.params;
        let known =
            |name: &str| BUILTIN_NAMES.contains(&name) || params.contains(name) || more.contains(&name);
        template.names().into_iter().find(|name| !known(name))
    }

    fn unknown_name(&self, name: &str) -> Problem {
        let known = BUILTIN_NAMES.into_iter().chain(self.declared.params.iter().map(|name| &**name));
        let mut known: Vec<&str> = known.collect();
        known.sort_unstable();
        // `business_date` is a built-in name that may be a param, too.
        known.dedup();
        let problem = Problem::new(format!("`{name}` is neither a param nor a built-in name"));
        let problem = problem.nearest(name, known.iter().copied());
        if problem.hint.is_some() {
            problem
        } else {
            problem.hint(format!("known names are {}", known.join(", ")))
        }
    }
}

/// Checks a file and compiles it. The parts are of use only when no fault was found.
pub(super) fn compile(file: WorkflowFile, mut checker: Checker<'_, '_>) -> Parts {
    let schedules = head::schedules(file.schedule.unwrap_or_default(), &mut checker);
    let params = file.params.unwrap_or_default();
    head::params(&params, &mut checker);
    head::positive(&["timeout"], file.timeout, &mut checker);
    let alerts = head::alerts(file.alerts, file.timeout, &mut checker);
    let needs = edges::resolve(&file.jobs, &mut checker);
    let zone = schedules.first().map(|schedule| schedule.timezone.clone());
    let jobs = file.jobs.into_iter().zip(needs).enumerate();
    let jobs =
        jobs.map(|(position, (job, needs))| job::compile(position, job, needs, zone.as_ref(), &mut checker));
    let jobs = jobs.flatten().collect();
    Parts {
        format: Definition::FORMAT,
        workflow_id: file.workflow,
        description: file.description,
        owner: file.owner,
        schedules,
        connection: file.connection.map(|name| name.0),
        params,
        on_failure: file.on_failure,
        max_parallel: file.max_parallel,
        timeout: file.timeout,
        queue: file.queue.map(|name| name.0),
        alerts,
        jobs,
    }
}
