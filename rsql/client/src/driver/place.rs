//! Where a run takes place: its working directory, its environment and the root its scripts may not leave.
//!
//! Per run, never the process's own, since several runs share one process.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use tokio::process::Command;

use crate::error::io_text;
use crate::options::Environment;
use crate::options::cloud::Cloud;

/// Surroundings of one run.
pub(crate) struct Place {
    pub(crate) directory: PathBuf,
    pub(crate) environment: Environment,
    /// Canonical; `None` lets scripts be anywhere (the executable).
    pub(crate) script_root: Option<PathBuf>,
    /// Whether children get a process group of their own, by which they can be killed.
    pub(crate) own_process_groups: bool,
    /// Who is asked for logins of AWS; `None` where scripts may not ask.
    pub(crate) cloud: Option<Cloud>,
}

impl Place {
    /// The path a script means.
    pub(super) fn resolve(&self, path: &[u8]) -> PathBuf {
        self.directory.join(OsStr::from_bytes(path))
    }

    /// The path of a script, once it is certain that it lies in the root.
    pub(super) fn resolve_script(&self, path: &[u8]) -> Result<PathBuf, String> {
        let path = self.resolve(path);
        let Some(root) = &self.script_root else { return Ok(path) };
        // What is opened is the canonical path, so a link that changes in between leads nowhere else.
        let canonical = path.canonicalize().map_err(|error| io_text(&error))?;
        if canonical.starts_with(root) {
            return Ok(canonical);
        }
        Err("Permission denied (outside the script root)".to_owned())
    }

    /// `\cd`: later relative paths and children start from there.
    pub(super) fn change_directory(&mut self, path: Option<&[u8]>) -> Result<(), String> {
        let target = match path {
            Some(path) => self.resolve(path),
            None => {
                let home = self.environment.home().ok_or("could not determine home directory")?;
                Path::new(&home).to_owned()
            }
        };
        let metadata = std::fs::metadata(&target).map_err(|error| io_text(&error))?;
        if !metadata.is_dir() {
            return Err("Not a directory".to_owned());
        }
        self.directory = target.canonicalize().map_err(|error| io_text(&error))?;
        Ok(())
    }

    /// The value of an environment variable of this run.
    pub(super) fn variable(&self, name: &[u8]) -> Option<Vec<u8>> {
        self.environment.get(OsStr::from_bytes(name)).map(|value| value.as_bytes().to_vec())
    }

    /// `\setenv`: sets a variable, or removes it.
    pub(super) fn set_variable(&mut self, name: &[u8], value: Option<&[u8]>) {
        let name = OsStr::from_bytes(name);
        match value {
            Some(value) => self.environment.set(name, OsStr::from_bytes(value)),
            None => self.environment.remove(name),
        }
    }

    /// A shell that will run `command` in this place.
    pub(super) fn shell(&self, command: &[u8]) -> Command {
        let mut shell = if command.is_empty() {
            Command::new(self.environment.get("SHELL").unwrap_or(OsStr::new("/bin/sh")))
        } else {
            let mut shell = Command::new("/bin/sh");
            // Its own name in messages, as where system(3) starts it.
            shell.arg0("sh").arg("-c").arg(OsStr::from_bytes(command));
            shell
        };
        shell.current_dir(&self.directory).env_clear().envs(self.environment.iter()).kill_on_drop(true);
        if self.own_process_groups {
            shell.process_group(0);
        }
        shell
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_cannot_leave_the_root() {
        let outside = tempfile::tempdir().unwrap();
        let inside = tempfile::tempdir().unwrap();
        std::fs::write(outside.path().join("secret.sql"), "").unwrap();
        std::fs::write(inside.path().join("good.sql"), "").unwrap();
        std::os::unix::fs::symlink(outside.path().join("secret.sql"), inside.path().join("link.sql"))
            .unwrap();
        std::os::unix::fs::symlink(outside.path(), inside.path().join("dir")).unwrap();
        let root = inside.path().canonicalize().unwrap();
        let place = Place {
            directory: root.clone(),
            environment: Environment::default(),
            script_root: Some(root.clone()),
            own_process_groups: true,
            cloud: None,
        };
        let absolute = outside.path().join("secret.sql");
        let upward = format!("../{}/secret.sql", outside.path().file_name().unwrap().to_str().unwrap());
        for (path, expect) in [
            ("good.sql", Ok(root.join("good.sql"))),
            ("./x/../good.sql", Err("No such file or directory")),
            ("link.sql", Err("Permission denied (outside the script root)")),
            ("dir/secret.sql", Err("Permission denied (outside the script root)")),
            (absolute.to_str().unwrap(), Err("Permission denied (outside the script root)")),
            (&upward, Err("Permission denied (outside the script root)")),
            ("missing.sql", Err("No such file or directory")),
        ] {
            assert_eq!(place.resolve_script(path.as_bytes()), expect.map_err(str::to_owned), "{path}");
        }
    }

    #[test]
    fn the_directory_is_the_runs_own() {
        let before = std::env::current_dir().unwrap();
        let directory = tempfile::tempdir().unwrap();
        std::fs::create_dir(directory.path().join("sub")).unwrap();
        std::fs::write(directory.path().join("file"), "").unwrap();
        let mut place = Place {
            directory: directory.path().to_owned(),
            environment: Environment::from_pairs([("HOME".to_owned(), "/".to_owned())]),
            script_root: None,
            own_process_groups: false,
            cloud: None,
        };
        assert_eq!(place.change_directory(Some(b"sub")), Ok(()));
        assert_eq!(place.directory, directory.path().join("sub").canonicalize().unwrap());
        assert_eq!(place.change_directory(Some(b"../file")), Err("Not a directory".to_owned()));
        assert_eq!(place.change_directory(Some(b"nowhere")), Err("No such file or directory".to_owned()));
        assert_eq!(place.change_directory(None), Ok(()));
        assert_eq!(place.directory, Path::new("/"));
        assert_eq!(std::env::current_dir().unwrap(), before);
    }
}
