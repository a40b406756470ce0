//! The log of each attempt as a file: `<dir>/<execution>/<job>/<attempt>.log`, one line a line, each with its time and
//! stream. Owns writing; `lines` sees to it that a reader only ever sees whole ones. The reading side is in `read`, the
//! text form in `line`. Does not take secrets out: the worker has done so.

mod line;
mod read;

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use fleet_core::ports::{AttemptLog, AttemptName, LogLine, Logs, PortError};

pub use self::read::{Follower, LogPage};

use crate::lines;

/// Keeps logs as files under one directory.
#[derive(Debug, Clone)]
pub struct FileLogs {
    dir: PathBuf,
}

impl FileLogs {
    /// Logs under `dir`, which is made with the first log.
    #[must_use]
    pub fn new(dir: &Path) -> Self {
        Self { dir: dir.to_owned() }
    }

    /// The file of an attempt. Ids are safe names, so it is always under the directory.
    #[must_use]
    pub fn path(&self, attempt: &AttemptName) -> PathBuf {
        let AttemptName { execution, job, attempt } = attempt;
        self.dir.join(execution.as_str()).join(job.as_str()).join(format!("{attempt}.log"))
    }
}

#[async_trait]
impl Logs for FileLogs {
    async fn open(&self, attempt: &AttemptName) -> Result<Box<dyn AttemptLog>, PortError> {
        let path = self.path(attempt);
        let log = FileLog { path: path.clone(), file: Arc::default() };
        let file = Arc::clone(&log.file);
        off_thread("open the log", path, move |path| with_file(path, &file, |_| Ok(()))).await?;
        Ok(Box::new(log))
    }
}

/// One attempt's file. It is closed after a fault, so that the next write opens and mends it.
struct FileLog {
    path: PathBuf,
    /// Behind a lock, since a write whose caller gave up may still be under way when the next begins.
    file: Arc<Mutex<Option<File>>>,
}

#[async_trait]
impl AttemptLog for FileLog {
    async fn write(&mut self, lines: &[LogLine]) -> Result<(), PortError> {
        let text = line::format(lines);
        let file = Arc::clone(&self.file);
        off_thread("write the log", self.path.clone(), move |path| {
            with_file(path, &file, |file| lines::append(file, text.as_bytes()))
        })
        .await
    }
}

/// Runs disk work off the async threads, and tells a fault with the path and the remedy.
async fn off_thread<T: Send + 'static>(
    verb: &'static str,
    path: PathBuf,
    work: impl FnOnce(&Path) -> io::Result<T> + Send + 'static,
) -> Result<T, PortError> {
    let what = format!("{verb} {}", path.display());
    let done = tokio::task::spawn_blocking(move || work(&path)).await;
    let cause = match done {
        Ok(Ok(value)) => return Ok(value),
        Ok(Err(error)) if error.kind() == io::ErrorKind::StorageFull => {
            format!("{error}; free some space on its disk")
        }
        Ok(Err(error)) => error.to_string(),
        Err(stopped) => stopped.to_string(),
    };
    Err(PortError::Unavailable { what, cause })
}

fn with_file(
    path: &Path,
    file: &Mutex<Option<File>>,
    work: impl FnOnce(&mut File) -> io::Result<()>,
) -> io::Result<()> {
    let mut kept = file.lock().unwrap_or_else(PoisonError::into_inner);
    let mut file = match kept.take() {
        Some(file) => file,
        None => lines::open_and_mend(path)?,
    };
    work(&mut file)?;
    *kept = Some(file);
    Ok(())
}
