//! The edges of a compiled workflow, both ways. Owns the index of jobs by id, the dependents of each job, the sinks and an
//! order in which every job comes after its needs. Is derived from the jobs alone and therefore never stored.

use serde::{Deserialize, Serialize};

use super::job::Job;
use super::rings::rings;
use crate::ids::JobId;

/// Index of a job in its definition. END, the hidden last node, is `JobIx(jobs.len())`.
#[derive(Copy, Clone, Eq, PartialEq, Ord, PartialOrd, Hash, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct JobIx(pub u32);

impl JobIx {
    /// As a slice index.
    #[must_use]
    pub fn at(self) -> usize {
        self.0 as usize
    }

    /// From a slice index.
    pub(super) fn of(index: usize) -> Self {
        Self(u32::try_from(index).expect("a definition has at most JOBS_MAX jobs"))
    }
}

/// What is wrong with the edges.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum GraphFault {
    /// Two jobs have this id.
    Duplicate(JobId),
    /// This job needs something that is not a job of the definition.
    Dangling(JobId),
    /// These jobs need each other in a ring: each is needed by the next, the last by the first.
    Cycle(Vec<JobIx>),
}

/// Edges as two flat arrays: 4 bytes an edge and 4 bytes a job, whatever the shape; and 4 bytes a job to find it by its id.
#[derive(Clone, Debug)]
pub(super) struct Graph {
    /// In the order of the jobs' ids.
    by_id: Box<[JobIx]>,
    /// Dependents of job `i` are `targets[starts[i]..starts[i + 1]]`; a sink has END alone.
    starts: Box<[u32]>,
    targets: Box<[JobIx]>,
    sinks: Box<[JobIx]>,
    order: Box<[JobIx]>,
}

impl Graph {
    pub(super) fn of(jobs: &[Job]) -> Result<Self, GraphFault> {
        let by_id = index(jobs)?;
        for job in jobs {
            if job.needs.iter().any(|need| need.at() >= jobs.len()) {
                return Err(GraphFault::Dangling(job.id.clone()));
            }
        }
        let (starts, targets, sinks) = dependents(jobs);
        let mut graph = Self { by_id, starts, targets, sinks, order: Box::default() };
        graph.order = graph.sort(jobs)?;
        Ok(graph)
    }

    /// `jobs` are those that the graph was made of.
    pub(super) fn find(&self, jobs: &[Job], id: &JobId) -> Option<JobIx> {
        let found = self.by_id.binary_search_by(|ix| jobs[ix.at()].id.cmp(id)).ok()?;
        Some(self.by_id[found])
    }

    pub(super) fn dependents(&self, ix: JobIx) -> &[JobIx] {
        match (self.starts.get(ix.at()), self.starts.get(ix.at() + 1)) {
            (Some(from), Some(to)) => &self.targets[*from as usize..*to as usize],
            _ => &[],
        }
    }

    pub(super) fn sinks(&self) -> &[JobIx] {
        &self.sinks
    }

    pub(super) fn order(&self) -> &[JobIx] {
        &self.order
    }

    /// Kahn's algorithm, first come first served, so that the order is the same on every machine.
    fn sort(&self, jobs: &[Job]) -> Result<Box<[JobIx]>, GraphFault> {
        let mut open: Vec<u32> = jobs.iter().map(|job| count(job.needs.len())).collect();
        let mut order: Vec<JobIx> = (0..jobs.len()).map(JobIx::of).filter(|ix| open[ix.at()] == 0).collect();
        let mut next = 0;
        while let Some(&ix) = order.get(next) {
            next += 1;
            for &dependent in self.dependents(ix).iter().filter(|d| d.at() < jobs.len()) {
                open[dependent.at()] -= 1;
                if open[dependent.at()] == 0 {
                    order.push(dependent);
                }
            }
        }
        if order.len() == jobs.len() {
            return Ok(order.into_boxed_slice());
        }
        let needs: Vec<&[JobIx]> = jobs.iter().map(|job| &*job.needs).collect();
        let ring =
            rings(&needs).into_iter().next().expect("jobs that no order fits are in a ring or behind one");
        Err(GraphFault::Cycle(ring))
    }
}

fn count(length: usize) -> u32 {
    u32::try_from(length).expect("edges are bounded by EDGES_MAX")
}

fn index(jobs: &[Job]) -> Result<Box<[JobIx]>, GraphFault> {
    let id = |ix: &JobIx| &jobs[ix.at()].id;
    let mut by_id: Box<[JobIx]> = (0..jobs.len()).map(JobIx::of).collect();
    by_id.sort_unstable_by(|a, b| id(a).cmp(id(b)));
    match by_id.windows(2).find(|pair| id(&pair[0]) == id(&pair[1])) {
        Some(pair) => Err(GraphFault::Duplicate(id(&pair[0]).clone())),
        None => Ok(by_id),
    }
}

type Edges = (Box<[u32]>, Box<[JobIx]>, Box<[JobIx]>);

fn dependents(jobs: &[Job]) -> Edges {
    let end = JobIx::of(jobs.len());
    let mut counts = vec![0_u32; jobs.len()];
    for need in jobs.iter().flat_map(|job| job.needs.iter()) {
        counts[need.at()] += 1;
    }
    let is_sink: Vec<bool> = counts.iter().map(|count| *count == 0).collect();
    let sinks: Box<[JobIx]> = (0..jobs.len()).filter(|i| is_sink[*i]).map(JobIx::of).collect();
    let mut starts = Vec::with_capacity(jobs.len() + 1);
    let mut total = 0;
    for count in &counts {
        starts.push(total);
        total += (*count).max(1);
    }
    starts.push(total);
    let mut targets = vec![end; total as usize];
    let mut free: Vec<u32> = starts.clone();
    for (position, job) in jobs.iter().enumerate() {
        for need in &job.needs {
            targets[free[need.at()] as usize] = JobIx::of(position);
            free[need.at()] += 1;
        }
    }
    (starts.into_boxed_slice(), targets.into_boxed_slice(), sinks)
}
