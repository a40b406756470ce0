//! The reading side of the logs, for operators: what is there, pages of lines, and following a log that grows. Not part of
//! the port.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Seek as _, SeekFrom};
use std::path::Path;
use std::time::Duration;

use fleet_core::ids::{ExecutionId, JobId};
use fleet_core::ports::{AttemptName, LogLine, PortError};

use super::{FileLogs, line, off_thread};

/// Bytes of one page: bounds the memory of a reader, a single longer line apart.
const PAGE_BYTES: u64 = 1 << 20;
/// How often a followed file is looked at. People do not notice less.
const FOLLOW_POLL: Duration = Duration::from_millis(150);

/// Some lines of a log.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LogPage {
    /// Whole lines only; none at the end of the log.
    pub lines: Vec<LogLine>,
    /// Where the next page begins, in bytes.
    pub next: u64,
}

/// Follows one log as it grows.
#[derive(Debug, Clone)]
pub struct Follower {
    logs: FileLogs,
    attempt: AttemptName,
    next: u64,
}

impl FileLogs {
    /// The lines of a log from byte `from` on (0, or the `next` of the page before), a page at most. A log that is not
    /// there has no lines.
    ///
    /// # Errors
    /// [`PortError::Unavailable`] when the file cannot be read.
    pub async fn read(&self, attempt: &AttemptName, from: u64) -> Result<LogPage, PortError> {
        off_thread("read the log", self.path(attempt), move |path| read_page(path, from)).await
    }

    /// Follows a log from byte `from` on. It need not be there yet.
    #[must_use]
    pub fn follow(&self, attempt: &AttemptName, from: u64) -> Follower {
        Follower { logs: self.clone(), attempt: attempt.clone(), next: from }
    }

    /// The jobs of an execution that have logs, in the order of their ids.
    ///
    /// # Errors
    /// [`PortError::Unavailable`] when the directory cannot be read.
    pub async fn jobs(&self, execution: &ExecutionId) -> Result<Vec<JobId>, PortError> {
        let dir = self.dir.join(execution.as_str());
        let mut jobs =
            off_thread("list the logs in", dir, |path| names(path, |name| JobId::parse(name).ok())).await?;
        jobs.sort();
        Ok(jobs)
    }

    /// The attempts of a job that have logs, in their order.
    ///
    /// # Errors
    /// [`PortError::Unavailable`] when the directory cannot be read.
    pub async fn attempts(&self, execution: &ExecutionId, job: &JobId) -> Result<Vec<u32>, PortError> {
        let dir = self.dir.join(execution.as_str()).join(job.as_str());
        let number = |name: &str| name.strip_suffix(".log")?.parse().ok();
        let mut attempts = off_thread("list the logs in", dir, move |path| names(path, number)).await?;
        attempts.sort_unstable();
        Ok(attempts)
    }
}

impl Follower {
    /// The next lines, as soon as there are any. Waits for ever: whoever follows knows when the job is over, and may drop
    /// the wait at any time without losing a line.
    ///
    /// # Errors
    /// [`PortError::Unavailable`] when the file cannot be read.
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
    /// [`PortError::Unavailable`] when the file cannot be read.
    pub async fn ready(&mut self) -> Result<Vec<LogLine>, PortError> {
        let page = self.logs.read(&self.attempt, self.next).await?;
        self.next = page.next;
        Ok(page.lines)
    }
}

fn read_page(path: &Path, from: u64) -> io::Result<LogPage> {
    let mut file = match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Ok(LogPage { lines: Vec::new(), next: from });
        }
        opened => opened?,
    };
    file.seek(SeekFrom::Start(from))?;
    let mut reader = BufReader::new(file);
    let mut page = LogPage { lines: Vec::new(), next: from };
    let mut bytes = Vec::new();
    while page.next - from < PAGE_BYTES {
        bytes.clear();
        let read = reader.read_until(b'\n', &mut bytes)?;
        // The end of the file, or a line that is still being written.
        if bytes.pop() != Some(b'\n') {
            break;
        }
        page.lines.push(line::parse(&String::from_utf8_lossy(&bytes)));
        page.next += read as u64;
    }
    Ok(page)
}

fn names<T>(dir: &Path, read: impl Fn(&str) -> Option<T>) -> io::Result<Vec<T>> {
    let entries = match std::fs::read_dir(dir) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let mut found = Vec::new();
    for entry in entries {
        found.extend(entry?.file_name().to_str().and_then(&read));
    }
    Ok(found)
}
