//! The scripts of attempts that are about to begin. Owns that an attempt runs the very text that its audit record names, and
//! that the place is asked for it once. Keeps no text.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use fleet_core::ids::{ExecutionId, JobId};
use fleet_core::state::Turn;

use super::ScriptRunner;
use crate::place::{PlaceError, Script};
use crate::task::Task;

/// Scripts remembered. More than a process has slots: an attempt that was described and lost its claim leaves one behind.
const OPENED_MAX: usize = 1_024;

type Key = (ExecutionId, JobId, Turn);

/// What was described and has not begun yet.
#[derive(Debug, Default)]
pub(super) struct Opened(Mutex<BTreeMap<Key, Script>>);

impl Opened {
    fn keep(&self, task: &Task, script: Script) {
        let mut opened = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if opened.len() >= OPENED_MAX {
            // Whoever misses its script now asks for it again.
            opened.clear();
        }
        opened.insert(key(task), script);
    }

    fn take(&self, task: &Task) -> Option<Script> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&key(task))
    }
}

fn key(task: &Task) -> Key {
    (task.execution_id().clone(), task.job_id().clone(), task.turn)
}

impl ScriptRunner {
    /// The script's path and version, for the audit.
    pub(super) async fn describe_script(&self, task: &Task, path: &str) -> String {
        match self.settings.place.script(path).await {
            Ok(script) => {
                let shown = format!("script {path} {}", script.version).trim_end().to_owned();
                self.opened.keep(task, script);
                shown
            }
            // Why it cannot be read is told by the run that needs it.
            Err(_) => format!("script {path}"),
        }
    }

    /// The script as it was described.
    pub(super) async fn script(&self, task: &Task, path: &str) -> Result<Script, PlaceError> {
        match self.opened.take(task) {
            Some(script) => Ok(script),
            None => self.settings.place.script(path).await,
        }
    }
}
