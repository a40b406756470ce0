//! The log of each attempt as a file: `<dir>/<execution>/<job>/<attempt>.log`, one line a line, each with its time and
//! stream. Owns writing, and that a reader only ever sees whole lines. The reading side is in `read`, the text form in
//! `line`. Does not take secrets out: the worker has done so.

mod line;
mod read;

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use fleet_core::ports::{AttemptLog, AttemptName, LogLine, Logs, PortError};

pub use self::read::{Follower, LogPage};

/// Bytes read at once when the end of the last whole line is looked for.
const TAIL_BYTES: usize = 64 << 10;

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
            with_file(path, &file, |file| append(file, text.as_bytes()))
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
        None => open_and_mend(path)?,
    };
    work(&mut file)?;
    *kept = Some(file);
    Ok(())
}

/// All of `text` is on disk afterwards, or the file is as it was as far as the disk allows.
fn append(file: &mut File, text: &[u8]) -> io::Result<()> {
    let before = file.metadata()?.len();
    let done = file.write_all(text).and_then(|()| file.sync_data());
    if done.is_err() {
        // Lines that nobody was told are safe will come again. Should this fail too, the next opening mends the file.
        drop(file.set_len(before));
    }
    done
}

fn open_and_mend(path: &Path) -> io::Result<File> {
    if let Some(dir) = path.parent() {
        std::fs::create_dir_all(dir)?;
    }
    let mut file = OpenOptions::new().read(true).append(true).create(true).open(path)?;
    let (length, whole) = (file.metadata()?.len(), whole_lines_end(&mut file)?);
    if whole < length {
        file.set_len(whole)?;
    }
    Ok(file)
}

/// Where the last whole line ends. What follows it was cut off by a full disk or a crash, and its writer was never told
/// that it is safe.
fn whole_lines_end(file: &mut File) -> io::Result<u64> {
    let mut end = file.metadata()?.len();
    let mut chunk = vec![0; TAIL_BYTES];
    while end > 0 {
        let size = usize::try_from(end).unwrap_or(TAIL_BYTES).min(TAIL_BYTES);
        let start = end - size as u64;
        file.seek(SeekFrom::Start(start))?;
        file.read_exact(&mut chunk[..size])?;
        if let Some(newline) = chunk[..size].iter().rposition(|byte| *byte == b'\n') {
            return Ok(start + newline as u64 + 1);
        }
        end = start;
    }
    Ok(0)
}
