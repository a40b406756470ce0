//! What was typed before, and its file: one entry a line, line breaks within an entry as a byte 1, as psql writes it.
//!
//! Entries are appended as they come, so that sessions side by side do not overwrite each other's; the file is cut to its
//! length at the end. It is readable by its owner alone.

use std::ffi::OsStr;
use std::fs::OpenOptions;
use std::io::Write as _;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use rsql_lang::HistoryKeeping;

use crate::error::io_text;
use crate::options::Environment;

/// File in the home directory, where no variable names another.
const FILE: &str = ".rsql_history";
/// Stands for a line break within an entry.
const LINE_BREAK: char = '\u{1}';
/// Longest file that is read: more was not typed by a person.
const FILE_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// Entries, and where they are kept.
pub(super) struct History {
    entries: Vec<String>,
    file: Option<PathBuf>,
    entries_max: Option<usize>,
}

impl History {
    /// A history that is kept nowhere.
    pub(super) fn none() -> History {
        History { entries: Vec::new(), file: None, entries_max: None }
    }

    /// Reads the history; a file that cannot be read is told of, one that is missing is not.
    pub(super) fn open(keeping: &HistoryKeeping, environment: &Environment) -> History {
        let mut history = History::none();
        history.file = file(keeping, environment);
        history.entries_max = keeping.entries_max;
        let Some(path) = &history.file else { return history };
        match read(path) {
            Ok(text) => history.entries = text.lines().map(decoded).collect(),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => {
                eprintln!("could not read history file \"{}\": {}", path.display(), io_text(&error));
                history.file = None;
            }
        }
        history.cut();
        history
    }

    pub(super) fn entries(&self) -> &[String] {
        &self.entries
    }

    /// Adds an entry, to the file too.
    pub(super) fn add(&mut self, entry: &str) {
        self.entries.push(entry.to_owned());
        self.cut();
        let Some(path) = &self.file else { return };
        if self.entries_max == Some(0) {
            return;
        }
        if let Err(error) = append(path, &encoded(entry)) {
            eprintln!("could not save history to file \"{}\": {}", path.display(), io_text(&error));
            self.file = None;
        }
    }

    /// From now on keeps so many entries; none is no limit.
    pub(super) fn keep(&mut self, entries_max: Option<usize>) {
        if self.entries_max != entries_max {
            self.entries_max = entries_max;
            self.cut();
        }
    }

    /// All entries as lines.
    pub(super) fn text(&self) -> Vec<u8> {
        self.entries.iter().flat_map(|entry| [entry.as_bytes(), b"\n"].concat()).collect()
    }

    fn cut(&mut self) {
        let most = self.entries_max.unwrap_or(usize::MAX);
        self.entries.drain(..self.entries.len().saturating_sub(most));
    }
}

impl Drop for History {
    /// Cuts the file to its length, with what other sessions have added meanwhile.
    fn drop(&mut self) {
        let (Some(path), Some(most)) = (&self.file, self.entries_max) else { return };
        let Ok(text) = read(path) else { return };
        let lines: Vec<&str> = text.lines().collect();
        if lines.len() <= most {
            return;
        }
        let kept: String = lines[lines.len() - most..].iter().map(|line| format!("{line}\n")).collect();
        if let Err(error) = replace(path, &kept) {
            eprintln!("could not save history to file \"{}\": {}", path.display(), io_text(&error));
        }
    }
}

/// `HISTFILE`, then `PSQL_HISTORY`, then a file in the home directory; the null device means none.
fn file(keeping: &HistoryKeeping, environment: &Environment) -> Option<PathBuf> {
    let named = keeping.file.as_deref().map(|path| PathBuf::from(OsStr::from_bytes(path)));
    let path = named
        .or_else(|| environment.text("PSQL_HISTORY").map(PathBuf::from))
        .or_else(|| environment.home().map(|home| Path::new(&home).join(FILE)))?;
    (path != Path::new("/dev/null")).then_some(path)
}

fn read(path: &Path) -> std::io::Result<String> {
    if std::fs::metadata(path)?.len() > FILE_BYTES_MAX {
        return Err(std::io::Error::new(std::io::ErrorKind::FileTooLarge, "file is too long"));
    }
    Ok(String::from_utf8_lossy(&std::fs::read(path)?).into_owned())
}

fn append(path: &Path, line: &str) -> std::io::Result<()> {
    let mut file = OpenOptions::new().append(true).create(true).mode(0o600).open(path)?;
    file.write_all(format!("{line}\n").as_bytes())
}

/// Writes a new file in the place of the old one, so that there is always a whole one.
fn replace(path: &Path, text: &str) -> std::io::Result<()> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(format!(".{}", std::process::id()));
    let beside = PathBuf::from(beside);
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&beside)?;
    let written = file.write_all(text.as_bytes()).and_then(|()| std::fs::rename(&beside, path));
    if written.is_err() {
        // What could not be put in place is of no use; that it cannot be removed either changes nothing.
        let _left = std::fs::remove_file(&beside);
    }
    written
}

fn encoded(entry: &str) -> String {
    entry.replace('\n', &LINE_BREAK.to_string())
}

fn decoded(line: &str) -> String {
    line.replace(LINE_BREAK, "\n")
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::MetadataExt;

    use super::*;

    fn keeping(path: &Path, entries_max: Option<usize>) -> HistoryKeeping {
        HistoryKeeping { file: Some(path.as_os_str().as_bytes().to_vec()), entries_max }
    }

    #[test]
    fn entries_are_kept_and_cut() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("history");
        let environment = Environment::default();
        let mut history = History::open(&keeping(&path, Some(2)), &environment);
        assert!(history.entries().is_empty());
        for entry in ["one", "two\nlines", "three"] {
            history.add(entry);
        }
        assert_eq!(history.entries(), ["two\nlines", "three"]);
        assert_eq!(history.text(), b"two\nlines\nthree\n");
        drop(history);
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "two\u{1}lines\nthree\n");
        assert_eq!(std::fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
        let mut both = History::open(&keeping(&path, None), &environment);
        let mut other = History::open(&keeping(&path, None), &environment);
        both.add("a");
        other.add("b");
        drop((both, other));
        let all = History::open(&keeping(&path, None), &environment);
        assert_eq!(all.entries(), ["two\nlines", "three", "a", "b"]);
    }

    #[test]
    fn the_file_is_found() {
        let environment = |pairs: &[(&str, &str)]| {
            Environment::from_pairs(
                pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())),
            )
        };
        let nothing = HistoryKeeping { file: None, entries_max: None };
        let home = environment(&[("HOME", "/home/u")]);
        assert_eq!(file(&nothing, &home), Some(PathBuf::from("/home/u/.rsql_history")));
        let both = environment(&[("HOME", "/home/u"), ("PSQL_HISTORY", "/x")]);
        assert_eq!(file(&nothing, &both), Some(PathBuf::from("/x")));
        assert_eq!(file(&keeping(Path::new("/y"), None), &both), Some(PathBuf::from("/y")));
        assert_eq!(file(&keeping(Path::new("/dev/null"), None), &both), None);
        assert_eq!(file(&nothing, &environment(&[])), None);
    }
}
