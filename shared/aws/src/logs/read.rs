//! The reading side of the logs, for operators: what is there, pages of lines, and following a log that grows. Not part of the
//! port, and needs no spool.

use std::time::Duration;

use aws_sdk_cloudwatchlogs::Client;
use aws_sdk_cloudwatchlogs::error::SdkError;
use aws_sdk_cloudwatchlogs::types::OrderBy;
use fleet_core::ids::{ExecutionId, JobId};
use fleet_core::ports::{AttemptName, LogLine, PortError};
use fleet_core::time::Timestamp;

use super::event::Joiner;
use super::stream_name;
use crate::account::Account;
use crate::fault::port_error;

/// Empty pages in a row before a log is taken to end: the service may give some before it finds the next events.
const EMPTY_PAGES_MAX: usize = 20;
/// How often a followed log is looked at. The service takes 25 such calls a second in all of an account's region.
const FOLLOW_POLL: Duration = Duration::from_secs(1);

/// A place in a log; by default, its beginning.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LogToken {
    token: Option<String>,
    /// A line of which only the first part has been read.
    joiner: Joiner,
}

/// Some lines of a log.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CloudLogPage {
    /// Whole lines only; none at the end of the log.
    pub lines: Vec<LogLine>,
    /// Where the next page begins.
    pub next: LogToken,
}

/// An attempt that has a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoggedAttempt {
    /// The attempt.
    pub attempt: AttemptName,
    /// When its log was begun, which is when it began.
    pub first_at: Option<Timestamp>,
}

/// Reads the logs of a stack.
#[derive(Debug, Clone)]
pub struct CloudLogReader {
    client: Client,
    group: String,
}

/// Follows one log as it grows.
#[derive(Debug, Clone)]
pub struct CloudLogFollower {
    reader: CloudLogReader,
    attempt: AttemptName,
    next: LogToken,
}

impl CloudLogReader {
    /// Reads in this account.
    #[must_use]
    pub fn new(account: &Account) -> Self {
        Self { client: Client::new(&account.config), group: account.stack.jobs_log_group() }
    }

    /// The lines of a log after a place in it, a page at most (1 MiB). A log that is not there has no lines. New lines come
    /// to be seen a second or two after they were sent.
    ///
    /// # Errors
    /// [`PortError`]
    pub async fn read(&self, attempt: &AttemptName, after: &LogToken) -> Result<CloudLogPage, PortError> {
        let stream = stream_name(attempt);
        let mut page = CloudLogPage { lines: Vec::new(), next: after.clone() };
        for _ in 0..EMPTY_PAGES_MAX {
            let call = self.client.get_log_events().log_group_name(&self.group).log_stream_name(&stream);
            let call = call.start_from_head(true).set_next_token(page.next.token.clone());
            let found = match call.send().await {
                Ok(found) => found,
                Err(SdkError::ServiceError(refused)) if refused.err().is_resource_not_found_exception() => {
                    break;
                }
                Err(error) => {
                    return Err(port_error(format!("read the log {stream} in {}", self.group), error));
                }
            };
            for event in found.events.unwrap_or_default() {
                let stamp = Timestamp::from_millis(event.timestamp.unwrap_or_default());
                let message = event.message.unwrap_or_default();
                page.next.joiner.push(stamp, &message, &mut page.lines);
            }
            let is_end = found.next_forward_token.is_none() || found.next_forward_token == page.next.token;
            page.next.token = found.next_forward_token.or(page.next.token);
            if is_end || !page.lines.is_empty() {
                break;
            }
        }
        Ok(page)
    }

    /// Follows a log from a place in it. It need not be there yet.
    #[must_use]
    pub fn follow(&self, attempt: &AttemptName, after: LogToken) -> CloudLogFollower {
        CloudLogFollower { reader: self.clone(), attempt: attempt.clone(), next: after }
    }

    /// All logs of an execution, in the order in which they were begun.
    ///
    /// # Errors
    /// [`PortError`]
    pub async fn list(&self, execution: &ExecutionId) -> Result<Vec<LoggedAttempt>, PortError> {
        let mut found = self.listed(&format!("{execution}/")).await?;
        found.sort_by_key(|logged| logged.first_at);
        Ok(found)
    }

    /// The jobs of an execution that have logs, in the order of their ids.
    ///
    /// # Errors
    /// [`PortError`]
    pub async fn jobs(&self, execution: &ExecutionId) -> Result<Vec<JobId>, PortError> {
        let found = self.listed(&format!("{execution}/")).await?;
        let mut jobs: Vec<JobId> = found.into_iter().map(|logged| logged.attempt.job).collect();
        jobs.sort();
        jobs.dedup();
        Ok(jobs)
    }

    /// The attempts of a job that have logs, in their order.
    ///
    /// # Errors
    /// [`PortError`]
    pub async fn attempts(&self, execution: &ExecutionId, job: &JobId) -> Result<Vec<u32>, PortError> {
        let found = self.listed(&format!("{execution}/{job}/")).await?;
        let mut attempts: Vec<u32> = found.into_iter().map(|logged| logged.attempt.attempt).collect();
        attempts.sort_unstable();
        Ok(attempts)
    }

    /// The streams whose names begin so.
    async fn listed(&self, prefix: &str) -> Result<Vec<LoggedAttempt>, PortError> {
        let call = self.client.describe_log_streams().log_group_name(&self.group);
        let call = call.log_stream_name_prefix(prefix).order_by(OrderBy::LogStreamName);
        let mut streams = call.into_paginator().items().send();
        let mut found = Vec::new();
        while let Some(stream) = streams.next().await {
            let stream = stream
                .map_err(|error| port_error(format!("list the logs {prefix} in {}", self.group), error))?;
            let first_at = stream.creation_time.map(Timestamp::from_millis);
            let attempt = stream.log_stream_name.as_deref().and_then(attempt_of);
            found.extend(attempt.map(|attempt| LoggedAttempt { attempt, first_at }));
        }
        Ok(found)
    }
}

impl CloudLogFollower {
    /// The next lines, as soon as there are any. Waits for ever: whoever follows knows when the job is over, and may drop the
    /// wait at any time without losing a line.
    ///
    /// # Errors
    /// [`PortError`]
    pub async fn next(&mut self) -> Result<Vec<LogLine>, PortError> {
        loop {
            let lines = self.ready().await?;
            if !lines.is_empty() {
                return Ok(lines);
            }
            tokio::time::sleep(FOLLOW_POLL).await;
        }
    }

    /// The next lines that are there already, a page at most.
    ///
    /// # Errors
    /// [`PortError`]
    pub async fn ready(&mut self) -> Result<Vec<LogLine>, PortError> {
        let page = self.reader.read(&self.attempt, &self.next).await?;
        self.next = page.next;
        Ok(page.lines)
    }
}

/// The attempt of a stream; nothing for one that somebody else has made.
fn attempt_of(stream: &str) -> Option<AttemptName> {
    let mut parts = stream.split('/');
    let (execution, job, attempt) = (parts.next()?, parts.next()?, parts.next()?);
    let name = AttemptName {
        execution: ExecutionId::parse(execution).ok()?,
        job: JobId::parse(job).ok()?,
        attempt: attempt.parse().ok()?,
    };
    parts.next().is_none().then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_are_named_after_attempts() {
        let check = |stream: &str, named: bool| {
            let attempt = attempt_of(stream);
            assert_eq!(attempt.is_some(), named, "{stream}");
            if let Some(attempt) = attempt {
                assert_eq!(stream_name(&attempt), stream);
            }
        };
        check("nightly-2026-11-22/load_fact.v2/3", true);
        check("nightly/load/x", false);
        check("nightly/load", false);
        check("nightly/load/1/2", false);
        check("2026/11/22/[$LATEST]ab", false);
    }

    #[test]
    fn the_longest_names_fit() {
        let longest = AttemptName {
            execution: ExecutionId::parse(&"e".repeat(fleet_core::ids::EXECUTION_ID_BYTES_MAX))
                .expect("it is legal"),
            job: JobId::parse(&"j".repeat(fleet_core::ids::NAME_BYTES_MAX)).expect("it is legal"),
            attempt: u32::MAX,
        };
        // The service's limit.
        assert!(stream_name(&longest).len() <= 512);
    }
}
