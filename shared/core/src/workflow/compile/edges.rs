//! Which job needs which. Owns the checks of ids and needs and the search for cycles.

use std::collections::{HashMap, HashSet};

use super::super::fault::Problem;
use super::super::graph::JobIx;
use super::super::limits::EDGES_MAX;
use super::super::rings::rings;
use super::super::source::JobFile;
use super::Checker;
use crate::ids::JobId;

/// The needs of each job as indices. Those at fault are left out.
pub(super) fn resolve(jobs: &[JobFile], checker: &mut Checker<'_, '_>) -> Vec<Vec<JobIx>> {
    let index = index(jobs, checker);
    let edges: usize = jobs.iter().map(|job| job.needs.as_ref().map_or(0, Vec::len)).sum();
    if edges > EDGES_MAX {
        let problem =
            Problem::new(format!("the jobs have {edges} needs in all; at most {EDGES_MAX} are allowed"));
        checker.head_fault(&["jobs"], || problem.hint("put a job between that all of one side needs"));
        return vec![Vec::new(); jobs.len()];
    }
    let mut resolved = Vec::with_capacity(jobs.len());
    for (position, job) in jobs.iter().enumerate() {
        resolved.push(of_job(position, job, &index, jobs, checker));
    }
    report_rings(jobs, &resolved, checker);
    resolved
}

fn index<'j>(jobs: &'j [JobFile], checker: &mut Checker<'_, '_>) -> HashMap<&'j JobId, JobIx> {
    let mut index: HashMap<&JobId, JobIx> = HashMap::with_capacity(jobs.len());
    for (position, job) in jobs.iter().enumerate() {
        let first = *index.entry(&job.id).or_insert_with(|| JobIx::of(position));
        if first.at() != position {
            let origin = checker.origin;
            checker.job_fault(position, "id", || {
                let line = origin.job(first.at()).key("id").line();
                Problem::new(format!("job `{}` is given twice", job.id))
                    .hint(format!("it was first given in line {line}"))
            });
        }
    }
    index
}

fn of_job(
    position: usize,
    job: &JobFile,
    index: &HashMap<&JobId, JobIx>,
    jobs: &[JobFile],
    checker: &mut Checker<'_, '_>,
) -> Vec<JobIx> {
    let needs = job.needs.as_deref().unwrap_or_default();
    let mut seen = HashSet::with_capacity(needs.len());
    let mut resolved = Vec::with_capacity(needs.len());
    for (item, need) in needs.iter().enumerate() {
        let problem: Box<dyn FnOnce() -> Problem> = match index.get(need) {
            Some(_) if *need == job.id => {
                Box::new(|| Problem::new(format!("job `{need}` needs itself")).hint("take the need away"))
            }
            Some(_) if !seen.insert(need) => {
                Box::new(|| Problem::new(format!("need `{need}` is given twice")).hint("take one away"))
            }
            Some(ix) => {
                resolved.push(*ix);
                continue;
            }
            None if checker.declared.jobs.contains(need.as_str()) => continue,
            None => Box::new(|| {
                let known = jobs.iter().map(|job| job.id.as_str());
                Problem::new(format!("need `{need}` is no job of this workflow"))
                    .nearest(need.as_str(), known)
                    .or_hint("add a job with this id, or take the need away")
            }),
        };
        let origin = checker.origin;
        checker.faults.add_with(|| origin.job(position).key("needs").item(item).fault(problem()));
    }
    resolved
}

fn report_rings(jobs: &[JobFile], resolved: &[Vec<JobIx>], checker: &mut Checker<'_, '_>) {
    let needs: Vec<&[JobIx]> = resolved.iter().map(Vec::as_slice).collect();
    for ring in rings(&needs) {
        let origin = checker.origin;
        checker.faults.add_with(|| {
            let names: Vec<&str> =
                ring.iter().chain(ring.first()).map(|ix| jobs[ix.at()].id.as_str()).collect();
            let (first, last) = (&jobs[ring[0].at()], &jobs[ring[ring.len() - 1].at()]);
            let item = first.needs.iter().flatten().position(|need| *need == last.id).unwrap_or(0);
            let problem = Problem::new(format!("jobs wait for each other: {}", names.join(" -> ")));
            let problem = problem.hint("each job in this line is needed by the next; take one need away");
            origin.job(ring[0].at()).key("needs").item(item).fault(problem)
        });
    }
}
