//! From the shape of a graph to what a run uses. Owns how many jobs share a call.

use super::{CHAIN_JOB, EXECUTION, FAN_JOB, JOIN_EDGE, LOOK, TELLING, Usage};
use crate::ids::JobId;
use crate::time::Millis;
use crate::workflow::{Definition, JobIx, Work};

/// Jobs that share a call at most: messages of a batch.
const TOGETHER_MAX: usize = crate::ports::BATCH_MAX;

/// Part of a run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Share {
    /// What it is.
    pub what: &'static str,
    /// How many of it.
    pub count: usize,
    /// All of them together.
    pub usage: Usage,
}

/// A precondition, and what waiting for it uses.
#[derive(Debug, Clone, PartialEq)]
pub struct Waiting {
    /// The precondition.
    pub job: JobId,
    /// The pause between two looks.
    pub poll: Millis,
    /// Looks in an hour.
    pub looks_per_hour: f64,
    /// What they use.
    pub usage_per_hour: Usage,
}

/// What one run uses, in which each job succeeds at once and each precondition is met at its first look.
#[must_use]
pub fn of_run(definition: &Definition) -> [Share; 4] {
    let (mut alone, mut together) = (0, 0);
    let mut usage = [Usage::NONE; 2];
    let roots = definition.roots().count();
    for ix in definition.topological() {
        let shared = ready_together(definition, *ix, roots);
        let each = job(shared);
        let kind = usize::from(shared > 1);
        usage[kind] = usage[kind] + each;
        if shared > 1 { together += 1 } else { alone += 1 }
    }
    let (edges, joins) = joins(definition);
    [
        Share { what: "start and end", count: 1, usage: EXECUTION },
        Share { what: "jobs ready alone", count: alone, usage: usage[0] },
        Share { what: "jobs ready together", count: together, usage: usage[1] },
        Share { what: "edges to jobs with several needs", count: edges, usage: joins },
    ]
}

/// What the preconditions of a workflow use while they wait, each for itself.
#[must_use]
pub fn waiting(definition: &Definition) -> Vec<Waiting> {
    let preconditions = definition.jobs.iter().filter_map(|job| match &job.work {
        Work::Precondition { poll, .. } => Some((job.id.clone(), *poll)),
        Work::Script { .. } => None,
    });
    let waiting = |(job, poll): (JobId, Millis)| {
        let hour = Millis::from_mins(60);
        #[expect(clippy::cast_precision_loss, reason = "both are far below 2^52 milliseconds")]
        let looks_per_hour = hour.0 as f64 / poll.0.max(1) as f64;
        Waiting { job, poll, looks_per_hour, usage_per_hour: LOOK * looks_per_hour }
    };
    preconditions.map(waiting).collect()
}

/// How many jobs become ready by the same change as this one: the roots, or those that have its last need as their only
/// one. Jobs that wait for several needs share theirs with those that wait for the very same.
fn ready_together(definition: &Definition, ix: JobIx, roots: usize) -> usize {
    let needs = definition.needs(ix);
    let Some(last) = needs.last() else { return roots };
    definition.dependents(*last).iter().filter(|other| definition.needs(**other) == needs).count().max(1)
}

/// Between a job of its own and one of ten, by the part that it has of a call.
fn job(together: usize) -> Usage {
    let part = 1.0 / count(together.clamp(1, TOGETHER_MAX));
    let least = 1.0 / count(TOGETHER_MAX);
    let alone = (part - least) / (1.0 - least);
    CHAIN_JOB * alone + FAN_JOB * (1.0 - alone)
}

/// How many edges lead to jobs with several needs, and what telling along them uses. Needs are taken to settle together as
/// far as they share calls.
fn joins(definition: &Definition) -> (usize, Usage) {
    let all = definition.topological().iter().copied().chain([definition.end()]);
    let needs = all.map(|ix| definition.needs(ix).len()).filter(|needs| *needs > 1);
    needs.fold((0, Usage::NONE), |(edges, usage), needs| {
        let tellings = needs.div_ceil(TOGETHER_MAX);
        (edges + needs, usage + JOIN_EDGE * count(needs) + TELLING * count(tellings))
    })
}

#[expect(clippy::cast_precision_loss, reason = "a workflow has at most some millions of edges")]
fn count(number: usize) -> f64 {
    number as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cost::US_EAST_1;
    use crate::workflow::{ScriptCheck, parse};

    fn definition(jobs: &str) -> Definition {
        parse("w.yaml", &format!("workflow: w\njobs:\n{jobs}"), &|_| ScriptCheck::Unchecked).unwrap()
    }

    fn chain(length: usize) -> Definition {
        let job = |at: usize| match at {
            0 => "  - { id: j0, script: a.sql }\n".to_owned(),
            at => format!("  - {{ id: j{at}, script: a.sql, needs: [j{}] }}\n", at - 1),
        };
        definition(&(0..length).map(job).collect::<String>())
    }

    fn fan(width: usize) -> Definition {
        let middle = |at: usize| format!("  - {{ id: m{at}, script: a.sql, needs: [first] }}\n");
        let needs: Vec<String> = (0..width).map(|at| format!("m{at}")).collect();
        definition(&format!(
            "  - {{ id: first, script: a.sql }}\n{}  - {{ id: last, script: a.sql, needs: [{}] }}\n",
            (0..width).map(middle).collect::<String>(),
            needs.join(", ")
        ))
    }

    fn counts(definition: &Definition) -> [usize; 4] {
        of_run(definition).map(|share| share.count)
    }

    fn whole(definition: &Definition) -> Usage {
        of_run(definition).into_iter().fold(Usage::NONE, |sum, share| sum + share.usage)
    }

    fn close(seen: f64, expect: f64) {
        assert!((seen - expect).abs() < 1e-9 * expect.abs().max(1.0), "{seen} {expect}");
    }

    #[test]
    fn jobs_are_counted_by_what_makes_them_ready() {
        assert_eq!(counts(&chain(1)), [1, 1, 0, 0]);
        assert_eq!(counts(&chain(50)), [1, 50, 0, 0]);
        assert_eq!(counts(&fan(200)), [1, 2, 200, 200]);
        // Two roots without dependents: both are needs of END.
        assert_eq!(
            counts(&definition("  - { id: a, script: a.sql }\n  - { id: b, script: a.sql }\n")),
            [1, 0, 2, 2]
        );
    }

    #[test]
    fn a_chain_costs_by_its_length_and_a_fan_less() {
        close(whole(&chain(50)).requests(), (EXECUTION + CHAIN_JOB * 50.0).requests());
        close(
            whole(&fan(200)).requests(),
            (EXECUTION + CHAIN_JOB * 2.0 + FAN_JOB * 200.0 + JOIN_EDGE * 200.0 + TELLING * 20.0).requests(),
        );
        assert!(job(1).requests() > job(2).requests() && job(2).requests() > job(10).requests());
        close(job(10).requests(), job(500).requests());
    }

    #[test]
    fn the_bill_is_what_the_units_cost() {
        let bill = (CHAIN_JOB * 1e6).bill(&US_EAST_1);
        let sqs = bill.iter().find(|line| line.service == "SQS").unwrap();
        close(sqs.usd, 0.40 * CHAIN_JOB.sqs_requests);
        let writes = bill.iter().find(|line| line.service == "DynamoDB writes").unwrap();
        close(writes.usd, 0.625 * CHAIN_JOB.dynamodb_write_units);
        let lambda = bill.iter().find(|line| line.service == "Lambda").unwrap();
        close(lambda.usd, 0.20 * CHAIN_JOB.lambda_requests + 13.3334 * CHAIN_JOB.lambda_gb_seconds);
        close((CHAIN_JOB * 1e6).usd(&US_EAST_1), bill.iter().map(|line| line.usd).sum());
    }

    #[test]
    fn waiting_costs_by_the_pause_between_looks() {
        let waiting = waiting(&definition(
            "  - { id: landed, precondition: { file: '/in/*' }, poll: 60s }\n  - { id: a, script: a.sql, needs: [landed] }\n",
        ));
        assert_eq!(waiting.len(), 1);
        close(waiting[0].looks_per_hour, 60.0);
        close(waiting[0].usage_per_hour.sqs_requests, 60.0 * LOOK.sqs_requests);
    }
}
