//! Scripts of the older framework: called as `script.sh CODE_DIR SECRET_ID`, they source `get_redshift_creds.sh` from the
//! folder they are given. Owns these two arguments, and a helper of that name where the scripts bring none.

use std::collections::HashMap;
use std::io::ErrorKind;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use fleet_core::workflow::{CODE_DIR, SECRET_ID};
use tempfile::TempDir;

use super::{Refusal, ScriptRunner, values};
use crate::place::{Connection, Script};
use crate::runner::Ran;
use crate::task::Task;

/// The helper's name, as older scripts spell it.
const HELPER: &str = "get_redshift_creds.sh";
/// Sets HOST, PORT, DB and USER and exports RSPASSWORD.
const HELPER_TEXT: &str = include_str!("../../helpers/get_redshift_creds.sh");
/// Folders kept: a script root that changes brings a new one, and scripts may still run in the one before.
const OVERLAYS_MAX: usize = 8;

/// Folders that look like a script root, with the helper in them.
#[derive(Debug, Default)]
pub(super) struct Overlays(Mutex<HashMap<PathBuf, TempDir>>);

impl ScriptRunner {
    /// The arguments of a `.sh` script. What is not known is empty: a script that needs it says so.
    pub(super) async fn arguments(
        &self,
        task: &Task,
        script: &Script,
        connection: Option<&Connection>,
    ) -> Result<Vec<String>, Ran> {
        let mut of_worker = Vec::new();
        if task.job().args.iter().any(values::names_secret) {
            let id = connection.map(|connection| connection.secret_id.clone()).unwrap_or_default();
            of_worker.push((SECRET_ID.to_owned(), id));
        }
        if task.job().args.iter().any(values::names_code_dir) {
            of_worker.push((CODE_DIR.to_owned(), self.code_dir(script.root.path())?));
        }
        Ok(values::arguments(task, of_worker)?)
    }

    /// The script root where it has a helper of its own, such as the older framework's.
    fn code_dir(&self, root: &Path) -> Result<String, Refusal> {
        let dir = if root.join(HELPER).is_file() {
            root.to_owned()
        } else {
            self.overlays
                .of(root)
                .map_err(|error| Refusal(format!("{HELPER} cannot be provided: {error}")))?
        };
        dir.into_os_string().into_string().map_err(|dir| Refusal(format!("{} is no text", dir.display())))
    }
}

impl Overlays {
    /// The folder for this script root, with all that lies in the root now.
    fn of(&self, root: &Path) -> std::io::Result<PathBuf> {
        let mut overlays = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(overlay) = overlays.get(root) {
            return link_all(root, overlay.path()).map(|()| overlay.path().to_owned());
        }
        if overlays.len() >= OVERLAYS_MAX {
            overlays.retain(|root, _| root.is_dir());
        }
        let overlay = tempfile::Builder::new().prefix("rsql-code-").tempdir()?;
        std::fs::write(overlay.path().join(HELPER), HELPER_TEXT)?;
        link_all(root, overlay.path())?;
        let path = overlay.path().to_owned();
        overlays.insert(root.to_owned(), overlay);
        Ok(path)
    }
}

fn link_all(root: &Path, overlay: &Path) -> std::io::Result<()> {
    for entry in std::fs::read_dir(root)? {
        let entry = entry?;
        match symlink(entry.path(), overlay.join(entry.file_name())) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            linked => linked?,
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_root_without_the_helper_is_seen_with_it() {
        let (root, overlays) = (tempfile::tempdir().unwrap(), Overlays::default());
        std::fs::write(root.path().join("a.sql"), "select 1;").unwrap();
        let seen = overlays.of(root.path()).unwrap();
        assert_eq!(std::fs::read_to_string(seen.join(HELPER)).unwrap(), HELPER_TEXT);
        assert_eq!(std::fs::read_to_string(seen.join("a.sql")).unwrap(), "select 1;");
        std::fs::write(root.path().join("b.sql"), "select 2;").unwrap();
        assert_eq!(overlays.of(root.path()).unwrap(), seen);
        assert_eq!(std::fs::read_to_string(seen.join("b.sql")).unwrap(), "select 2;");
    }
}
