//! The roster: what each worker process says of itself, so that people see who is alive with what. Owns the shape of such a
//! report. Nothing of the protocol rests on it: who may run a job is told by leases alone.

use serde::{Deserialize, Serialize};

use crate::ids::{ExecutionId, JobId};
use crate::time::Timestamp;

/// What a worker process says of itself, again and again while it lives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkerStatus {
    /// Name of the process, as in leases and in the audit trail.
    pub worker: String,
    /// Name of the host it runs on.
    pub host: String,
    /// Process id there.
    pub pid: u32,
    /// Release of the program.
    pub version: String,
    /// The queues that it serves, each with its number of slots.
    pub queues: Vec<(String, u32)>,
    /// The attempts at work.
    #[serde(default)]
    pub running: Vec<RunningAttempt>,
    /// Whether it takes no new jobs and ends once those at work have.
    #[serde(default)]
    pub draining: bool,
    /// Start of the process, by its own clock.
    pub started_at: Timestamp,
    /// Time of this report, by the same clock.
    pub seen_at: Timestamp,
}

/// An attempt at work on a worker.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunningAttempt {
    /// The execution.
    pub execution: ExecutionId,
    /// The job.
    pub job: JobId,
    /// The attempt, from 1.
    pub attempt: u32,
    /// When it was claimed.
    pub since: Timestamp,
}

impl WorkerStatus {
    /// Slots of all its queues together.
    #[must_use]
    pub fn slots(&self) -> u32 {
        self.queues.iter().fold(0, |sum, (_, slots)| sum.saturating_add(*slots))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_reads_back_whole() {
        let at = Timestamp::from_millis(1_780_000_000_000);
        let running = RunningAttempt {
            execution: ExecutionId::parse("night-1").unwrap(),
            job: JobId::parse("load").unwrap(),
            attempt: 2,
            since: at,
        };
        let status = WorkerStatus {
            worker: "etl-1/4711".to_owned(),
            host: "etl-1".to_owned(),
            pid: 4711,
            version: "0.1.0".to_owned(),
            queues: vec![("jobs".to_owned(), 8), ("jobs-finance".to_owned(), 2)],
            running: vec![running],
            draining: true,
            started_at: at,
            seen_at: at,
        };
        let text = serde_json::to_string(&status).unwrap();
        assert_eq!(serde_json::from_str::<WorkerStatus>(&text).unwrap(), status);
        assert_eq!(status.slots(), 10);
    }
}
