//! The files of one spool: segments that are appended to, read, and deleted when all of their lines have been sent. Owns their
//! names and the directory's lock, which says that the process that made the directory is alive. Blocks: callers run it off
//! the async threads, except for what only touches memory or deletes.

use std::collections::{HashMap, VecDeque};
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, FileExt as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{Notify, watch};

use super::backlog::RecordRef;
use super::record::{self, Lines, MAGIC, Record};
use super::scan::{self, Found, Left};

/// Bytes after which a segment is closed. Disk is given back by whole segments, and one is read at a time after a restart.
const SEGMENT_BYTES: u64 = 4 << 20;
/// A small spool has at least this many segments, so that what has been sent makes room soon.
const SEGMENTS_MIN: u64 = 8;
pub(super) const SUFFIX: &str = "segment";
const LOCK: &str = "lock";

/// The files, and what waits in them.
#[derive(Debug)]
pub(super) struct Segments {
    dir: PathBuf,
    bytes_max: u64,
    state: Mutex<State>,
    /// Rung when files have been deleted.
    pub(super) room: Notify,
    /// Records that have not been sent.
    pub(super) waiting: watch::Sender<usize>,
    /// Held while the process lives.
    _lock: File,
}

#[derive(Debug, Default)]
struct State {
    files: VecDeque<Segment>,
    next_file: u64,
    /// Whether the last file may be appended to.
    open: bool,
}

/// One file.
#[derive(Debug)]
pub(super) struct Segment {
    pub(super) number: u64,
    pub(super) file: Arc<File>,
    /// Length of what is whole in it.
    pub(super) bytes: u64,
    /// Records in it that have not been sent.
    pub(super) waiting: usize,
}

/// Where the next records go.
pub(super) struct Tail {
    number: u64,
    file: Arc<File>,
    offset: u64,
}

impl Segments {
    /// Makes the directory, which is new.
    pub(super) fn create(dir: &Path, bytes_max: u64) -> io::Result<Self> {
        // Output of scripts is nobody else's to read.
        fs::DirBuilder::new().mode(0o700).create(dir)?;
        let lock = File::create(dir.join(LOCK))?;
        lock.try_lock()?;
        // Somebody may have taken the directory for a dead one's before it was locked.
        fs::metadata(dir.join(LOCK))?;
        if let Some(parent) = dir.parent() {
            sync_dir(parent)?;
        }
        Ok(Self::over(dir, bytes_max, lock, State::default()))
    }

    /// Takes over the directory of a dead process, with what is left in it by the names of log streams; nothing when its
    /// process lives.
    pub(super) fn adopt(dir: &Path) -> io::Result<Option<(Self, HashMap<String, Left>)>> {
        let lock = match File::open(dir.join(LOCK)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                // Nothing was written before there was a lock. Goes only if it is empty.
                let _ = fs::remove_dir(dir);
                return Ok(None);
            }
            opened => opened?,
        };
        match lock.try_lock() {
            Err(fs::TryLockError::WouldBlock) => return Ok(None),
            locked => locked?,
        }
        let Found { files, next_file, left } = scan::read(dir)?;
        let waiting = left.values().map(|left| left.records.len()).sum();
        let state = State { files, next_file, open: false };
        let segments = Self::over(dir, u64::MAX, lock, state);
        segments.waiting.send_replace(waiting);
        Ok(Some((segments, left)))
    }

    fn over(dir: &Path, bytes_max: u64, lock: File, state: State) -> Self {
        let (room, waiting) = (Notify::new(), watch::Sender::new(0));
        Self { dir: dir.to_owned(), bytes_max, state: Mutex::new(state), room, waiting, _lock: lock }
    }

    /// Bytes on the disk.
    pub(super) fn bytes(&self) -> u64 {
        self.state().files.iter().map(|segment| segment.bytes).sum()
    }

    pub(super) fn has_room(&self) -> bool {
        self.bytes() < self.bytes_max
    }

    /// Where to append; a new file when the last one is full or broken.
    pub(super) fn tail(&self) -> io::Result<Tail> {
        let full = SEGMENT_BYTES.min(self.bytes_max / SEGMENTS_MIN);
        let number = {
            let state = self.state();
            match state.files.back() {
                Some(Segment { number, file, bytes, .. }) if state.open && *bytes < full => {
                    return Ok(Tail { number: *number, file: Arc::clone(file), offset: *bytes });
                }
                _ => state.next_file,
            }
        };
        let path = self.dir.join(format!("{number:08}.{SUFFIX}"));
        let file = Arc::new(File::options().read(true).write(true).create(true).truncate(true).open(path)?);
        file.write_all_at(MAGIC, 0)?;
        sync_dir(&self.dir)?;
        let offset = MAGIC.len() as u64;
        let mut state = self.state();
        state.files.push_back(Segment { number, file: Arc::clone(&file), bytes: offset, waiting: 0 });
        (state.next_file, state.open) = (number + 1, true);
        drop(state);
        self.clear();
        Ok(Tail { number, file, offset })
    }

    /// `waiting` records have come behind the tail's offset.
    pub(super) fn appended(&self, tail: &Tail, bytes: u64, waiting: usize) {
        let mut state = self.state();
        if let Some(segment) = state.files.iter_mut().find(|segment| segment.number == tail.number) {
            segment.bytes = tail.offset + bytes;
            segment.waiting += waiting;
        }
        drop(state);
        self.waiting.send_modify(|count| *count += waiting);
    }

    /// Leaves the last file as it is: after a failed flush nobody knows what of it is on the disk.
    pub(super) fn abandon_tail(&self) {
        self.state().open = false;
    }

    /// These records need not be kept any more.
    pub(super) fn done(&self, records: &[RecordRef]) {
        let mut state = self.state();
        for record in records {
            if let Some(segment) = state.files.iter_mut().find(|file| file.number == record.segment) {
                segment.waiting -= 1;
            }
        }
        drop(state);
        self.clear();
        self.waiting.send_modify(|count| *count -= records.len());
    }

    /// Deletes the files before the last from which nothing waits. In their order: what says that a line has been sent lies
    /// behind it.
    fn clear(&self) {
        let mut state = self.state();
        while state.files.len() > 1 && state.files.front().is_some_and(|segment| segment.waiting == 0) {
            let Some(segment) = state.files.pop_front() else { break };
            // What cannot be deleted now is found, and found to be sent, by the next process.
            if let Err(error) = fs::remove_file(self.path(segment.number)) {
                tracing::warn!(%error, dir = %self.dir.display(), "a file of the log spool cannot be deleted");
            }
        }
        drop(state);
        self.room.notify_waiters();
    }

    /// Deletes all of it, if nothing waits.
    pub(super) fn remove_if_done(&self) {
        if *self.waiting.borrow() > 0 {
            return;
        }
        // Whoever still writes must not do so into a file without a name.
        self.abandon_tail();
        if let Err(error) = fs::remove_dir_all(&self.dir)
            && error.kind() != io::ErrorKind::NotFound
        {
            tracing::warn!(%error, dir = %self.dir.display(), "a log spool that is done with cannot be deleted");
        }
    }

    /// Reads a record back.
    pub(super) fn read(&self, record: RecordRef) -> io::Result<Lines> {
        let state = self.state();
        let file = state.files.iter().find(|file| file.number == record.segment);
        let file = Arc::clone(&file.ok_or(io::ErrorKind::NotFound)?.file);
        drop(state);
        let length = usize::try_from(record.bytes).map_err(io::Error::other)?;
        let mut bytes = vec![0; length];
        file.read_exact_at(&mut bytes, record.offset)?;
        match record::decode(&bytes) {
            Some((Record::Lines(lines), _)) => Ok(lines),
            _ => Err(io::ErrorKind::InvalidData.into()),
        }
    }

    fn path(&self, number: u64) -> PathBuf {
        self.dir.join(format!("{number:08}.{SUFFIX}"))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Tail {
    pub(super) fn number(&self) -> u64 {
        self.number
    }

    pub(super) fn offset(&self) -> u64 {
        self.offset
    }

    pub(super) fn write(&self, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all_at(bytes, self.offset)
    }

    pub(super) fn flush(&self) -> io::Result<()> {
        self.file.sync_data()
    }
}

fn sync_dir(dir: &Path) -> io::Result<()> {
    File::open(dir)?.sync_all()
}
