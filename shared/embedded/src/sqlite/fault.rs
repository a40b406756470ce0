//! What can go wrong in SQLite, told apart by what its operator can do about it. Owns the texts. Does not retry.

use std::path::Path;

use fleet_core::ports::PortError;
use rusqlite::ErrorCode;
use rusqlite::ffi::SQLITE_IOERR_SHMSIZE;

/// A failed statement or unreadable row. Can be cloned, since one failed commit has several callers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fault {
    /// No space left.
    Full,
    /// The file, or its directory, cannot be written.
    ReadOnly,
    /// The file, or one beside it, cannot be opened or made.
    Shut(String),
    /// The disk fails.
    Disk(String),
    /// Another process holds the write lock for too long.
    Busy,
    /// The file is no longer a sound database.
    Damaged(String),
    /// The store is being closed.
    Gone,
    /// The call or a stored row is wrong.
    Refused(String),
}

impl Fault {
    /// A row that was written by a newer release.
    pub(crate) fn newer_row(what: &str, found: u32, known: u32) -> Self {
        Self::Refused(format!("{what} has format {found}, this release reads up to {known}; upgrade it"))
    }

    /// As the ports tell it: the verb and its object, then the cause with path and remedy.
    pub(crate) fn into_port_error(self, what: String, file: &Path) -> PortError {
        let file = file.display();
        let unavailable = |cause: String| PortError::Unavailable { what: what.clone(), cause };
        match self {
            Self::Full => unavailable(format!(
                "no space left for {file}; nothing was written; free some space on its disk"
            )),
            Self::ReadOnly => unavailable(format!(
                "{file} is read-only; nothing was written; make the file and its directory writable for this user"
            )),
            Self::Disk(cause) => {
                unavailable(format!("the disk of {file} fails ({cause}); check the disk and its free space"))
            }
            Self::Busy => {
                unavailable(format!("another process keeps {file} locked; look for one that hangs"))
            }
            Self::Shut(cause) => unavailable(format!(
                "{file} cannot be opened ({cause}); make the file and its directory readable and writable for this user"
            )),
            Self::Gone => unavailable(format!("{file} is being closed")),
            Self::Damaged(cause) => PortError::Refused {
                what,
                cause: format!("{file} is damaged ({cause}); move it away and restore a backup"),
            },
            Self::Refused(cause) => PortError::Refused { what, cause },
        }
    }
}

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Self {
        let text = error.to_string();
        // The index of the log is laid out at the first use: where that fails, SQLite does not say what the system said, and
        // the system mostly said that the disk is full.
        if error.sqlite_error().is_some_and(|error| error.extended_code == SQLITE_IOERR_SHMSIZE) {
            return Self::Full;
        }
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::Full,
            Some(ErrorCode::CannotOpen) => Self::Shut(text),
            Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => Self::ReadOnly,
            Some(ErrorCode::SystemIoFailure | ErrorCode::OutOfMemory) => Self::Disk(text),
            Some(
                ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked | ErrorCode::FileLockingProtocolFailed,
            ) => Self::Busy,
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Self::Damaged(text),
            _ => Self::Refused(text),
        }
    }
}

impl From<std::io::Error> for Fault {
    fn from(error: std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::StorageFull => Self::Full,
            std::io::ErrorKind::NotFound | std::io::ErrorKind::PermissionDenied => {
                Self::Shut(error.to_string())
            }
            _ => Self::Disk(error.to_string()),
        }
    }
}

impl From<serde_json::Error> for Fault {
    fn from(error: serde_json::Error) -> Self {
        Self::Refused(format!("cannot read or write a stored row as JSON: {error}"))
    }
}
