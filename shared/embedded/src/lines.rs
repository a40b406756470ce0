//! Files of lines that are only ever added to. Owns that a reader sees whole lines alone, that an answered line is on disk,
//! and that a line cut off by a full disk or a crash is taken away before the next one. Does not know what a line says.

use std::fs::{File, OpenOptions};
use std::io::{self, BufRead as _, BufReader, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;

/// Bytes read at once when the end of the last whole line is looked for.
const TAIL_BYTES: usize = 64 << 10;

/// A file that several processes add to, held by this one for as long as this lives.
pub(crate) struct Held {
    file: File,
}

/// A line and where the next one begins, in bytes.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Line {
    pub(crate) text: String,
    pub(crate) next: u64,
}

impl Held {
    /// Opens the file, waits for whoever holds it, and mends it.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let mut file = open(path)?;
        file.lock()?;
        mend(&mut file)?;
        Ok(Self { file })
    }

    /// The bytes of its lines.
    pub(crate) fn bytes(&self) -> io::Result<u64> {
        Ok(self.file.metadata()?.len())
    }

    /// As [`append`].
    pub(crate) fn append(&mut self, text: &[u8]) -> io::Result<()> {
        append(&mut self.file, text)
    }
}

/// Opens a file that has one writer, and mends it.
pub(crate) fn open_and_mend(path: &Path) -> io::Result<File> {
    let mut file = open(path)?;
    mend(&mut file)?;
    Ok(file)
}

/// All of `text` is on disk afterwards, or the file is as it was as far as the disk allows.
pub(crate) fn append(file: &mut File, text: &[u8]) -> io::Result<()> {
    let before = file.metadata()?.len();
    let done = file.write_all(text).and_then(|()| file.sync_data());
    if done.is_err() {
        // Lines that nobody was told are safe will come again. Should this fail too, the next opening mends the file.
        drop(file.set_len(before));
    }
    done
}

/// The line at byte `from` of a file that [`Held`] adds to, once it is whole and on disk. Of a file that has become
/// shorter, as one does that was moved away, the first line.
pub(crate) fn line_at(path: &Path, from: u64) -> io::Result<Option<Line>> {
    let mut file = match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        opened => opened?,
    };
    // Lines that are still to be taken back are not read.
    file.lock_shared()?;
    let from = if from > file.metadata()?.len() { 0 } else { from };
    file.seek(SeekFrom::Start(from))?;
    let mut bytes = Vec::new();
    let read = BufReader::new(file).read_until(b'\n', &mut bytes)?;
    if bytes.pop() != Some(b'\n') {
        return Ok(None);
    }
    let text = String::from_utf8_lossy(&bytes).into_owned();
    Ok(Some(Line { text, next: from + read as u64 }))
}

fn open(path: &Path) -> io::Result<File> {
    if let Some(dir) = path.parent() {
        std::fs::create_dir_all(dir)?;
    }
    OpenOptions::new().read(true).append(true).create(true).open(path)
}

/// Takes away what follows the last whole line: its writer was never told that it is safe.
fn mend(file: &mut File) -> io::Result<()> {
    let length = file.metadata()?.len();
    let whole = whole_lines_end(file, length)?;
    if whole < length {
        file.set_len(whole)?;
    }
    Ok(())
}

fn whole_lines_end(file: &mut File, length: u64) -> io::Result<u64> {
    let mut end = length;
    if end == 0 {
        return Ok(0);
    }
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
