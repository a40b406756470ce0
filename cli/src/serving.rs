//! Who serves a state directory: which of dispatcher, worker and scheduler run on it, in whatever process. Owns the lock
//! files in `<state>/serving`. A lock goes with its process, however that ends.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};

use anyhow::Context as _;

/// A part of the fleet that a process can run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, clap::ValueEnum)]
pub(crate) enum Role {
    /// Decides what is ready.
    Dispatcher,
    /// Runs jobs.
    Worker,
    /// Starts workflows by their schedules, and ticks.
    Scheduler,
}

impl Role {
    /// All of them.
    pub(crate) const ALL: [Self; 3] = [Self::Dispatcher, Self::Worker, Self::Scheduler];

    /// Its name.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Dispatcher => "dispatcher",
            Self::Worker => "worker",
            Self::Scheduler => "scheduler",
        }
    }
}

/// The sign that this process serves; taken down when it is dropped.
#[derive(Debug)]
pub(crate) struct Sign {
    _locked: File,
}

/// Puts the sign of a role up. Several processes may have the same.
///
/// # Errors
/// When the lock file cannot be made or locked.
pub(crate) fn put_up(state: &Path, role: Role) -> anyhow::Result<Sign> {
    let file = open(state, role)?;
    file.lock_shared().with_context(|| format!("lock {}", path(state, role).display()))?;
    Ok(Sign { _locked: file })
}

/// Whether any process serves in this role.
///
/// Asking takes the lock for an instant, so that two who ask at the same time may each see the other's: whoever relies on
/// somebody serving asks again.
///
/// # Errors
/// When the lock file cannot be made or asked.
pub(crate) fn is_served(state: &Path, role: Role) -> anyhow::Result<bool> {
    let file = open(state, role)?;
    match file.try_lock() {
        Ok(()) => Ok(false),
        Err(TryLockError::WouldBlock) => Ok(true),
        Err(TryLockError::Error(error)) => {
            Err(error).with_context(|| format!("ask for the lock of {}", path(state, role).display()))
        }
    }
}

fn path(state: &Path, role: Role) -> PathBuf {
    state.join("serving").join(format!("{}.lock", role.name()))
}

fn open(state: &Path, role: Role) -> anyhow::Result<File> {
    let path = path(state, role);
    let make = || -> std::io::Result<File> {
        std::fs::create_dir_all(path.parent().unwrap_or(state))?;
        OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path)
    };
    make().with_context(|| format!("open {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_is_served_while_a_sign_is_up() {
        let state = tempfile::tempdir().expect("a directory for the test");
        let served = |role| is_served(state.path(), role).expect("the lock can be asked");
        assert!(!served(Role::Worker));
        let one = put_up(state.path(), Role::Worker).expect("the sign can be put up");
        let two = put_up(state.path(), Role::Worker).expect("a second one, too");
        assert!(served(Role::Worker));
        assert!(!served(Role::Dispatcher));
        drop(one);
        assert!(served(Role::Worker));
        drop(two);
        assert!(!served(Role::Worker));
    }
}
