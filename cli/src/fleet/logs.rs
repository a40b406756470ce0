//! The logs of attempts, wherever they are kept. Owns one way of reading them for commands. The order of several logs is
//! `commands::logs`'.

#[cfg(feature = "aws")]
use fleet_aws::{CloudLogFollower, CloudLogReader, LogToken, LoggedAttempt};
use fleet_core::ids::{ExecutionId, JobId};
use fleet_core::ports::{AttemptName, LogLine};
use fleet_core::time::Timestamp;
use fleet_embedded::{FileLogs, Follower};

/// Where logs are kept.
pub(crate) enum LogStore {
    /// In files of the state directory.
    Files(FileLogs),
    /// In CloudWatch Logs.
    #[cfg(feature = "aws")]
    Cloud(CloudLogReader),
}

/// Reads one log from its beginning, and goes on as it grows.
pub(crate) enum LogReader {
    /// From a file.
    File(Follower),
    /// From CloudWatch Logs.
    #[cfg(feature = "aws")]
    Stream(CloudLogFollower),
}

impl LogStore {
    /// The jobs of an execution that have logs, in the order in which they first ran, each with its attempts.
    ///
    /// # Errors
    /// When the logs cannot be listed.
    pub(crate) async fn attempts(&self, execution: &ExecutionId) -> anyhow::Result<Vec<(JobId, Vec<u32>)>> {
        match self {
            Self::Files(files) => {
                let mut found: Vec<(Option<Timestamp>, JobId, Vec<u32>)> = Vec::new();
                for job in files.jobs(execution).await? {
                    let attempts = files.attempts(execution, &job).await?;
                    let first = attempts.first().copied().unwrap_or(1);
                    let first =
                        AttemptName { execution: execution.clone(), job: job.clone(), attempt: first };
                    let page = files.read(&first, 0).await?;
                    found.push((page.lines.first().map(|line| line.at), job, attempts));
                }
                found.sort();
                Ok(found.into_iter().map(|(_, job, attempts)| (job, attempts)).collect())
            }
            #[cfg(feature = "aws")]
            Self::Cloud(logs) => Ok(by_job(logs.list(execution).await?)),
        }
    }

    /// Reads the log of an attempt, which need not be there yet.
    pub(crate) fn read(&self, attempt: &AttemptName) -> LogReader {
        match self {
            Self::Files(files) => LogReader::File(files.follow(attempt, 0)),
            #[cfg(feature = "aws")]
            Self::Cloud(logs) => LogReader::Stream(logs.follow(attempt, LogToken::default())),
        }
    }
}

impl LogReader {
    /// The next lines that are there already, a page at most; none at the end.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub(crate) async fn next(&mut self) -> anyhow::Result<Vec<LogLine>> {
        match self {
            Self::File(follower) => Ok(follower.ready().await?),
            #[cfg(feature = "aws")]
            Self::Stream(follower) => Ok(follower.ready().await?),
        }
    }
}

/// The logs of each job together, the jobs in the order of their first lines.
#[cfg(feature = "aws")]
fn by_job(logs: Vec<LoggedAttempt>) -> Vec<(JobId, Vec<u32>)> {
    let mut jobs: Vec<(JobId, Vec<u32>)> = Vec::new();
    for AttemptName { job, attempt, .. } in logs.into_iter().map(|log| log.attempt) {
        match jobs.iter_mut().find(|(known, _)| *known == job) {
            Some((_, attempts)) => attempts.push(attempt),
            None => jobs.push((job, vec![attempt])),
        }
    }
    for (_, attempts) in &mut jobs {
        attempts.sort_unstable();
    }
    jobs
}
