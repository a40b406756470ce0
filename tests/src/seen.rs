//! What the tables say of an execution, and whether it hangs together: the invariants of docs/architecture.md, as far as they
//! show after the end. Owns the names of the tables' attributes, as shared/aws writes them.

use std::collections::{BTreeMap, BTreeSet};

use crate::aws_client::AwsClient;
use serde_json::Value;

/// An execution with its jobs and its audit trail.
#[derive(Debug, Clone)]
pub struct Seen {
    /// The EXECUTION row.
    pub execution: Value,
    /// JOB rows by job, END's left out.
    pub jobs: BTreeMap<String, Value>,
    /// Audit records, the oldest first.
    pub audit: Vec<Value>,
}

impl Seen {
    /// Reads it; nothing when there is no such execution.
    pub fn read(aws: &AwsClient, stack: &str, id: &str) -> Option<Seen> {
        let mut execution = None;
        let mut jobs = BTreeMap::new();
        for item in aws.rows(&format!("{stack}-executions"), "workflow_execution_id", id) {
            let name = item["item"]["S"].as_str().unwrap_or_default();
            if name == "EXECUTION" {
                execution = Some(data(&item));
            } else if let Some(job) = name.strip_prefix("JOB#") {
                jobs.insert(job.to_owned(), data(&item));
            }
        }
        let mut audit: Vec<Value> =
            aws.rows(&format!("{stack}-audit"), "scope", id).iter().map(data).collect();
        audit.sort_by(|one, other| text(&one["at"]).cmp(text(&other["at"])));
        Some(Seen { execution: execution?, jobs, audit })
    }

    /// Where it stands.
    pub fn status(&self) -> &str {
        text(&self.execution["status"])
    }

    /// `job status attempt` of all jobs that have a row, by name.
    pub fn summary(&self) -> String {
        let line = |(job, row): (&String, &Value)| {
            format!("{job} {} {}", text(&row["status"]), row["turn"]["attempt"])
        };
        self.jobs.iter().map(line).collect::<Vec<_>>().join(", ")
    }

    /// Kinds of the audit records of a job, in their order; those of the execution itself for none.
    pub fn kinds(&self, job: Option<&str>) -> Vec<&str> {
        let of = |record: &&Value| record["job_id"].as_str() == job;
        self.audit.iter().filter(of).map(|record| text(&record["kind"])).collect()
    }

    /// Asserts what must hold of every execution that has ended: each settled job has the record of it and of each attempt,
    /// once; the start and the end are on record; nothing started before all its needs had settled; no slot is in use.
    pub fn check(&self, needs: &BTreeMap<String, Vec<String>>) {
        let whole = self.kinds(None);
        assert_eq!(whole.iter().filter(|kind| **kind == "started").count(), 1, "{self:#?}");
        assert!(whole.contains(&"ended"), "{self:#?}");
        for (job, row) in &self.jobs {
            self.check_job(job, row);
        }
        for (job, needed) in needs {
            let Some(started) = self.at(job, "attempt_started") else { continue };
            for need in needed {
                let settled = ["succeeded", "failed", "skipped", "cancelled"];
                let settled = settled.iter().find_map(|kind| self.at(need, kind));
                assert!(
                    settled.is_some_and(|at| at <= started),
                    "{job} began before {need} settled: {self:#?}"
                );
            }
        }
        assert_eq!(self.execution["slots_used"].as_u64().unwrap_or_default(), 0, "{:#}", self.execution);
    }

    fn check_job(&self, job: &str, row: &Value) {
        let status = text(&row["status"]);
        let kinds = self.kinds(Some(job));
        let settled = kinds.iter().filter(|kind| **kind == status).count();
        assert_eq!(settled, 1, "{job} is {status}, its records are {kinds:?}");
        let attempts = row["turn"]["attempt"].as_u64().unwrap_or_default();
        let begun = self.audit.iter().filter(|record| {
            record["job_id"] == *job && ["attempt_started", "taken_over"].contains(&text(&record["kind"]))
        });
        let begun: BTreeSet<u64> = begun.filter_map(|record| record["turn"]["attempt"].as_u64()).collect();
        let expected: BTreeSet<u64> = (1..=attempts).collect();
        assert_eq!(begun, expected, "attempts of {job} on record: {kinds:?}");
    }

    fn at(&self, job: &str, kind: &str) -> Option<&str> {
        let found = self.audit.iter().find(|record| record["job_id"] == *job && record["kind"] == *kind);
        found.and_then(|record| record["at"].as_str())
    }
}

fn data(item: &Value) -> Value {
    serde_json::from_str(text(&item["data"]["S"])).unwrap_or(Value::Null)
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
