//! What `rsqlctl status -o json` and `rsqlctl audit -o json` say, as tests ask it. Owns the field names; it reads only
//! what the command line shows to everybody.

use serde_json::Value;

/// An execution with its jobs.
#[derive(Debug, Clone)]
pub(crate) struct Execution(pub(crate) Value);

/// The audit trail of an execution, in its order.
#[derive(Debug, Clone)]
pub(crate) struct Audit(pub(crate) Vec<Value>);

impl Execution {
    /// Where it stands.
    pub(crate) fn status(&self) -> &str {
        text(&self.0["status"])
    }

    /// One job.
    ///
    /// # Panics
    /// When it has no such job.
    pub(crate) fn job(&self, id: &str) -> &Value {
        let jobs = self.0["jobs"].as_array().expect("an execution has jobs");
        jobs.iter().find(|job| job["job_id"] == id).unwrap_or_else(|| panic!("no job {id} in {:#}", self.0))
    }

    /// Where one job stands.
    pub(crate) fn job_status(&self, id: &str) -> &str {
        text(&self.job(id)["status"])
    }

    /// `job status attempts` of all jobs, in the order of the workflow file.
    pub(crate) fn summary(&self) -> String {
        let jobs = self.0["jobs"].as_array().expect("an execution has jobs");
        let line =
            |job: &Value| format!("{} {} {}", text(&job["job_id"]), text(&job["status"]), job["attempts"]);
        jobs.iter().map(line).collect::<Vec<_>>().join(", ")
    }
}

impl Audit {
    /// The kinds of a job's records, in their order.
    pub(crate) fn kinds<'a>(&'a self, job: &str) -> Vec<&'a str> {
        self.of(job).into_iter().map(|record| text(&record["kind"])).collect()
    }

    /// A job's records.
    pub(crate) fn of<'a>(&'a self, job: &str) -> Vec<&'a Value> {
        self.0.iter().filter(|record| record["job_id"] == job).collect()
    }

    /// The record of one kind about a job.
    ///
    /// # Panics
    /// When there is none.
    pub(crate) fn one(&self, job: &str, kind: &str) -> &Value {
        let found = self.of(job).into_iter().find(|record| record["kind"] == kind);
        found.unwrap_or_else(|| panic!("no record of kind {kind} about {job} in {:#?}", self.0))
    }

    /// The kinds of the records that concern the execution as a whole.
    pub(crate) fn whole(&self) -> Vec<&str> {
        self.0
            .iter()
            .filter(|record| record["job_id"].is_null())
            .map(|record| text(&record["kind"]))
            .collect()
    }
}

/// Whether a worker of this process made the record: names of workers are `host-pid-random/slot`.
pub(crate) fn by_process(record: &Value, pid: u32) -> bool {
    text(&record["by"]).contains(&format!("-{pid}-"))
}

/// A string, or nothing.
fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
