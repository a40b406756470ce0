//! The log of each attempt.

use async_trait::async_trait;

use super::PortError;
use crate::ids::{ExecutionId, JobId};
use crate::time::Timestamp;

/// Which attempt a log belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttemptName {
    /// The execution.
    pub execution: ExecutionId,
    /// The job.
    pub job: JobId,
    /// The attempt, from 1. Looks of a precondition share their attempt's log.
    pub attempt: u32,
}

/// Where a line came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogStream {
    /// Standard output of the script.
    Out,
    /// Standard error of the script.
    Err,
    /// The worker's own remarks.
    Worker,
}

/// One line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLine {
    /// When it came.
    pub at: Timestamp,
    /// From where.
    pub stream: LogStream,
    /// The text, without the line end; secrets are already taken out.
    pub text: String,
}

/// Opens logs.
#[async_trait]
pub trait Logs: Send + Sync {
    /// Opens the log of an attempt for adding to it; what is there stays.
    ///
    /// # Errors
    /// [`PortError`]
    async fn open(&self, attempt: &AttemptName) -> Result<Box<dyn AttemptLog>, PortError>;
}

/// One open log.
#[async_trait]
pub trait AttemptLog: Send {
    /// Adds lines. Returns when they are safe (on disk or in a durable spool); until then the job is held up.
    ///
    /// # Errors
    /// [`PortError`]; the caller tries the same lines again, so a line may come twice but is never lost.
    async fn write(&mut self, lines: &[LogLine]) -> Result<(), PortError>;

    /// Waits until all lines written so far are where operators read them. Nothing is lost without it: it is for those who
    /// look at a log as soon as its attempt has ended, and it may take as long as an outage, so the caller bounds it.
    ///
    /// # Errors
    /// [`PortError`]
    async fn flush(&mut self) -> Result<(), PortError> {
        Ok(())
    }
}
