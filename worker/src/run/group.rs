//! The process group of a `.sh` script. Owns its end: by signal, when the attempt is dropped, and also when the worker itself
//! is killed. Does not start the script nor wait for it.

use std::process::Stdio;

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use tokio::process::{Child, Command};

/// What the guard runs: a fixed text; the group's id is its argument. Its standard input ends when this process does,
/// however it does.
const GUARD: &str = "read -r _; kill -s KILL -- \"-$1\"";

/// A script's process group. What is left of it is killed when this is dropped: an attempt that is given up leaves nothing
/// behind that could work beside its successor.
pub(super) struct Group {
    leader: Option<Pid>,
    /// Kills the group when the worker is gone. Ends with this value.
    guard: Child,
}

impl Group {
    /// The group of a child that was started as its leader.
    ///
    /// # Errors
    /// The guard cannot be started; the group has been killed.
    pub(super) fn of(leader: &Child) -> std::io::Result<Self> {
        let id = leader.id().and_then(|id| i32::try_from(id).ok()).map(Pid::from_raw);
        let guard = guard(id).inspect_err(|_| signal(id, Signal::SIGKILL))?;
        Ok(Self { leader: id, guard })
    }

    /// The group's id, for people.
    pub(super) fn id(&self) -> String {
        self.leader.map_or_else(|| "?".to_owned(), |pid| pid.to_string())
    }

    /// Signals all of the group.
    pub(super) fn signal(&self, number: Signal) {
        signal(self.leader, number);
    }

    /// Ends what is left, once.
    pub(super) fn end(&mut self) {
        // Before the group: once that is gone, its id may belong to others.
        let _ = self.guard.start_kill();
        self.signal(Signal::SIGKILL);
        self.leader = None;
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.end();
    }
}

fn guard(group: Option<Pid>) -> std::io::Result<Child> {
    let id = group.map(|pid| pid.to_string()).unwrap_or_default();
    let mut command = Command::new("/bin/sh");
    command.args(["-c", GUARD, "guard", &id]).env_clear().process_group(0).kill_on_drop(true);
    command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn()
}

fn signal(group: Option<Pid>, number: Signal) {
    if let Some(leader) = group {
        // ESRCH means that nothing is left to signal, which is what was wanted.
        let _ = killpg(leader, number);
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::process::ExitStatusExt as _;

    use super::*;

    fn sleeper() -> Child {
        Command::new("sleep").arg("300").process_group(0).spawn().unwrap()
    }

    #[tokio::test]
    async fn a_group_ends_with_its_value() {
        let mut child = sleeper();
        drop(Group::of(&child).unwrap());
        assert_eq!(child.wait().await.unwrap().signal(), Some(9));
    }

    #[tokio::test]
    async fn a_group_ends_when_the_worker_is_gone() {
        let mut child = sleeper();
        let mut group = Group::of(&child).unwrap();
        // What the kernel does when the worker is killed.
        drop(group.guard.stdin.take());
        assert_eq!(child.wait().await.unwrap().signal(), Some(9));
        assert!(group.guard.wait().await.unwrap().success());
    }
}
