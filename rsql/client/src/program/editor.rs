//! Editing a text with the editor of the person's choice, as `\e` wants it.
//!
//! The editor gets the terminal; the text goes through a file.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rsql_lang::{Edit, ShellEnd};

use crate::error::io_text;
use crate::options::Environment;

/// Editor where no variable names one.
const EDITOR: &str = "vi";
/// What stands before the number of a line.
const LINE_ARGUMENT: &str = "+";

/// A text being edited: the shell command to run, and afterwards the text.
#[derive(Debug)]
pub(crate) struct Editing {
    path: PathBuf,
    /// Removes the file at the end, unless it is the person's own.
    _temporary: Option<Temporary>,
    before: Option<Stamp>,
    editor: String,
    line: Option<String>,
}

/// When and to what a file was changed last.
#[derive(Debug, PartialEq, Eq)]
struct Stamp {
    seconds: i64,
    nanoseconds: i64,
    bytes: u64,
    text: Vec<u8>,
}

#[derive(Debug)]
struct Temporary(PathBuf);

impl Drop for Temporary {
    fn drop(&mut self) {
        // An editor may have removed it.
        let _gone = std::fs::remove_file(&self.0);
    }
}

impl Editing {
    /// Makes the text ready; `directory` is where relative paths begin.
    ///
    /// # Errors
    /// The whole message.
    pub(crate) fn prepare(
        edit: &Edit,
        environment: &Environment,
        directory: &Path,
    ) -> Result<Editing, String> {
        let named = ["PSQL_EDITOR", "EDITOR", "VISUAL"].iter().find_map(|name| environment.text(name));
        let argument = environment.text("PSQL_EDITOR_LINENUMBER_ARG");
        let argument = argument.unwrap_or_else(|| LINE_ARGUMENT.to_owned());
        let (path, temporary) = match &edit.file {
            Some(name) => (existing(name, directory)?, None),
            None => {
                let path = write_temporary(&edit.text, environment)?;
                (path.clone(), Some(Temporary(path)))
            }
        };
        Ok(Editing {
            before: stamp(&path),
            path,
            _temporary: temporary,
            editor: named.unwrap_or_else(|| EDITOR.to_owned()),
            line: edit.line.map(|line| format!("{argument}{line}")),
        })
    }

    /// The command for the shell.
    pub(crate) fn command(&self) -> Vec<u8> {
        let mut command = OsString::from(format!("exec {} ", self.editor));
        if let Some(line) = &self.line {
            command.push(format!("{line} "));
        }
        command.push("'");
        let path = self.path.as_os_str().as_bytes();
        let quoted = path.split(|byte| *byte == b'\'').collect::<Vec<_>>().join(b"'\\''".as_slice());
        command.push(OsStr::from_bytes(&quoted));
        command.push("'");
        command.into_vec()
    }

    /// The text after the editor has ended; none if it was not changed.
    ///
    /// # Errors
    /// The whole message.
    pub(crate) fn finish(self, end: Result<ShellEnd, String>) -> Result<Option<Vec<u8>>, String> {
        match end {
            Err(reason) => return Err(format!("could not start editor \"{}\": {reason}", self.editor)),
            Ok(ShellEnd::Exit(127)) => return Err(format!("could not start editor \"{}\"", self.editor)),
            Ok(_) => {}
        }
        let after = stamp(&self.path);
        if after == self.before {
            return Ok(None);
        }
        match after {
            Some(stamp) => Ok(Some(stamp.text)),
            None => Err(format!("{}: No such file or directory", self.path.display())),
        }
    }
}

fn existing(name: &[u8], directory: &Path) -> Result<PathBuf, String> {
    let path = directory.join(OsStr::from_bytes(name));
    match std::fs::metadata(&path) {
        Ok(_) => Ok(path),
        Err(error) => Err(format!("{}: {}", String::from_utf8_lossy(name), io_text(&error))),
    }
}

fn write_temporary(text: &[u8], environment: &Environment) -> Result<PathBuf, String> {
    use std::io::Write as _;
    use std::os::unix::fs::OpenOptionsExt;

    let folder = environment.text("TMPDIR").unwrap_or_else(|| "/tmp".to_owned());
    let path = Path::new(&folder).join(format!("rsql.edit.{}.sql", std::process::id()));
    let failed = |error: &std::io::Error| {
        format!("could not open temporary file \"{}\": {}", path.display(), io_text(error))
    };
    // Not over what somebody else has put there.
    let opened = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path);
    let mut file = opened.map_err(|error| failed(&error))?;
    let end: &[u8] = if text.is_empty() || text.ends_with(b"\n") { b"" } else { b"\n" };
    file.write_all(&[text, end].concat()).map_err(|error| failed(&error))?;
    Ok(path)
}

fn stamp(path: &Path) -> Option<Stamp> {
    let metadata = std::fs::metadata(path).ok()?;
    Some(Stamp {
        seconds: metadata.mtime(),
        nanoseconds: metadata.mtime_nsec(),
        bytes: metadata.len(),
        text: std::fs::read(path).ok()?,
    })
}
