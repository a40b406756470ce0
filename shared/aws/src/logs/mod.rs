//! The log of each attempt as a stream of CloudWatch Logs: `<execution>/<job>/<attempt>` in the group of the stack's jobs. Owns
//! which streams are being written. Lines are safe on this host's disk first (`spool`) and are sent from there (`ship`,
//! `put`), so that an outage, or the end of the process, loses none; the text form is `event`'s, reading is `read`'s. Does not
//! take secrets out: the worker has done so.

mod batch;
mod event;
mod put;
mod read;
mod ship;
mod spool;

use std::collections::HashMap;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use fleet_core::ports::{AttemptLog, AttemptName, Clock, LogLine, Logs, PortError};
use fleet_core::time::Timestamp;
use tokio::task::JoinSet;

pub use self::read::{CloudLogFollower, CloudLogPage, CloudLogReader, LogToken, LoggedAttempt};

use self::put::Putter;
use self::ship::Shipper;
use self::spool::{Backlog, Spool};
use crate::account::Account;

/// Where lines wait until CloudWatch has them.
#[derive(Debug, Clone)]
pub struct SpoolSettings {
    /// Directory for the spools of all workers of this host; on a disk that outlives the processes.
    pub dir: PathBuf,
    /// Bytes on the disk beyond which a log takes no more lines, and so holds its job up. One write at a time may go beyond.
    pub bytes_max: u64,
    /// How long lines wait for others to be sent with, unless somebody waits for them.
    pub linger: Duration,
}

impl SpoolSettings {
    /// The defaults: 256 MiB, some hours of a talkative fleet; and half a second, which people who watch do not notice.
    #[must_use]
    pub fn new(dir: impl Into<PathBuf>) -> Self {
        Self { dir: dir.into(), bytes_max: 256 << 20, linger: Duration::from_millis(500) }
    }
}

/// Writes attempts' logs. Sending ends when it is dropped; what has not been sent then is sent by the next process that opens
/// the same directory.
#[derive(Debug)]
pub struct CloudLogs {
    spool: Arc<Spool>,
    /// Those of dead processes.
    adopted: Vec<Arc<Spool>>,
    putter: Arc<Putter>,
    linger: Duration,
    open: Arc<OpenStreams>,
    tasks: Mutex<JoinSet<()>>,
}

/// The streams of which logs are open, or lines wait.
type OpenStreams = Mutex<HashMap<String, Arc<Backlog>>>;

impl CloudLogs {
    /// Makes this process's spool, takes over those of dead processes and begins to send what lies there. Asks the service
    /// nothing yet.
    ///
    /// # Errors
    /// [`PortError::Refused`] when the directory cannot be used.
    pub async fn open(account: &Account, settings: SpoolSettings) -> Result<Self, PortError> {
        let SpoolSettings { dir, bytes_max, linger } = settings;
        let what = format!("open the log spool under {}", dir.display());
        let prepare = move || {
            std::fs::create_dir_all(&dir)?;
            let adopted = Spool::adopt_all(&dir)?;
            Ok((Spool::create(&dir, bytes_max)?, adopted))
        };
        let prepared = tokio::task::spawn_blocking(prepare).await.map_err(io::Error::other).flatten();
        let (spool, left) =
            prepared.map_err(|error| PortError::Refused { what, cause: error.to_string() })?;
        let client = aws_sdk_cloudwatchlogs::Client::new(&account.config);
        let putter = Arc::new(Putter::new(client, account.stack.jobs_log_group(), system_clock()));
        let mut logs = Self {
            spool: Arc::new(spool),
            adopted: Vec::new(),
            putter,
            linger,
            open: Arc::default(),
            tasks: Mutex::default(),
        };
        for (spool, backlogs) in left {
            logs.adopt(spool, backlogs);
        }
        Ok(logs)
    }

    fn adopt(&mut self, spool: Spool, backlogs: Vec<Backlog>) {
        tracing::info!(
            streams = backlogs.len(),
            bytes = spool.waiting_bytes(),
            "sends what a worker has left in its log spool"
        );
        let spool = Arc::new(spool);
        for backlog in backlogs {
            self.ship(&spool, Arc::new(backlog), |_| true);
        }
        let done = Arc::clone(&spool);
        self.tasks().spawn(async move {
            done.empty().await;
            done.remove_if_done();
        });
        self.adopted.push(spool);
    }

    fn ship(
        &self,
        spool: &Arc<Spool>,
        backlog: Arc<Backlog>,
        is_over: impl Fn(&Arc<Backlog>) -> bool + Send + 'static,
    ) {
        let (putter, spool) = (Arc::clone(&self.putter), Arc::clone(spool));
        let shipper = Shipper { putter, spool, backlog, linger: self.linger };
        let mut tasks = self.tasks();
        while tasks.try_join_next().is_some() {}
        tasks.spawn(shipper.run(is_over));
    }

    fn tasks(&self) -> std::sync::MutexGuard<'_, JoinSet<()>> {
        self.tasks.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until all that was written here or taken over has been sent, `limit` at most. Says whether it has.
    pub async fn drain(&self, limit: Duration) -> bool {
        for backlog in self.open.lock().unwrap_or_else(PoisonError::into_inner).values() {
            backlog.hurry();
        }
        let all = async {
            for spool in self.adopted.iter().chain([&self.spool]) {
                spool.empty().await;
            }
        };
        tokio::time::timeout(limit, all).await.is_ok()
    }

    /// Bytes on this host's disk that CloudWatch does not have yet, those taken over included.
    #[must_use]
    pub fn waiting_bytes(&self) -> u64 {
        self.adopted.iter().chain([&self.spool]).map(|spool| spool.waiting_bytes()).sum()
    }
}

impl Drop for CloudLogs {
    fn drop(&mut self) {
        self.spool.remove_if_done();
    }
}

#[async_trait]
impl Logs for CloudLogs {
    async fn open(&self, attempt: &AttemptName) -> Result<Box<dyn AttemptLog>, PortError> {
        let stream = stream_name(attempt);
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let backlog = if let Some(backlog) = open.get(&stream) {
            Arc::clone(backlog)
        } else {
            let backlog = Arc::new(Backlog::new(stream.clone(), [].into(), 0));
            open.insert(stream, Arc::clone(&backlog));
            let streams = Arc::clone(&self.open);
            // Decided under the lock, so that a log that is opened meanwhile is either seen here or makes a new task.
            let is_over = move |backlog: &Arc<Backlog>| {
                let mut open = streams.lock().unwrap_or_else(PoisonError::into_inner);
                let over = backlog.look() == spool::Look::Over;
                if over {
                    open.remove(backlog.stream());
                }
                over
            };
            self.ship(&self.spool, Arc::clone(&backlog), is_over);
            backlog
        };
        backlog.opened();
        drop(open);
        let (putter, spool) = (Arc::clone(&self.putter), Arc::clone(&self.spool));
        Ok(Box::new(CloudLog { putter, spool, backlog }))
    }
}

/// One attempt's log.
struct CloudLog {
    putter: Arc<Putter>,
    spool: Arc<Spool>,
    backlog: Arc<Backlog>,
}

#[async_trait]
impl AttemptLog for CloudLog {
    async fn write(&mut self, lines: &[LogLine]) -> Result<(), PortError> {
        if lines.is_empty() {
            return Ok(());
        }
        self.spool.write(&self.backlog, lines.to_vec()).await.map_err(|error| PortError::Unavailable {
            what: format!("write the log {} to the spool", self.backlog.stream()),
            cause: match error.kind() {
                io::ErrorKind::StorageFull => format!("{error}; free some space on its disk"),
                _ => error.to_string(),
            },
        })
    }

    async fn flush(&mut self) -> Result<(), PortError> {
        tokio::select! {
            biased;
            () = self.backlog.flush() => Ok(()),
            // Each attempt of an outage would wait for as long as it may.
            () = self.putter.is_away() => Err(PortError::Unavailable {
                what: format!("send the log {}", self.backlog.stream()),
                cause: "CloudWatch Logs cannot be reached; its lines wait in the spool".to_owned(),
            }),
        }
    }
}

impl Drop for CloudLog {
    fn drop(&mut self) {
        self.backlog.closed();
    }
}

/// The stream of an attempt. Ids have letters, digits, `_`, `.` and `-` only, all of which a stream's name may have.
fn stream_name(attempt: &AttemptName) -> String {
    let AttemptName { execution, job, attempt } = attempt;
    format!("{execution}/{job}/{attempt}")
}

/// The time by which CloudWatch judges the age of lines.
fn system_clock() -> Clock {
    Clock::new(|| Timestamp::from_millis(jiff::Timestamp::now().as_millisecond()))
}
