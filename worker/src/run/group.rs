//! The process group of a `.sh` script. Owns its end: by signal, when the attempt is dropped, and also when the worker itself
//! is killed, or stands still for longer than its lease. Does not start the script nor wait for it.

use std::process::Stdio;

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use tokio::io::AsyncWriteExt as _;
use tokio::process::{Child, ChildStdin, Command};
use tokio::sync::watch;
use tokio::time::Instant;
use tokio_util::task::AbortOnDropHandle;

/// What the guard runs: a fixed text; the group's id is its argument. Each line says for how many seconds the lease is good
/// from now: unless another comes before, the group is killed then. Its standard input ends when this process does, however
/// it does. A shell cannot wait for a line and the time at once, so a child of its own waits for the time.
const GUARD: &str = r#"while read -r left; do
  [ -z "$timer" ] || kill "$timer" 2>/dev/null
  { sleep "$left" & trap "kill $!" TERM; wait "$!" && kill -s KILL -- "-$1"; } &
  timer=$!
done
kill -s KILL -- "-$1""#;
/// Where the guard finds `sleep`.
const GUARD_PATH: &str = "/usr/bin:/bin";

/// A script's process group. What is left of it is killed when this is dropped: an attempt that is given up leaves nothing
/// behind that could work beside its successor.
pub(super) struct Group {
    leader: Option<Pid>,
    /// Kills the group when the worker is gone, or keeps its lease no longer. Ends with this value.
    guard: Child,
    _feeder: AbortOnDropHandle<()>,
}

impl Group {
    /// The group of a child that was started as its leader, which may live as long as the lease.
    ///
    /// # Errors
    /// The guard cannot be started; the group has been killed.
    pub(super) fn of(leader: &Child, lease: watch::Receiver<Instant>) -> std::io::Result<Self> {
        let id = id_of(leader);
        let mut guard = guard(id).inspect_err(|_| signal(id, Signal::SIGKILL))?;
        let feeder = AbortOnDropHandle::new(tokio::spawn(feed(guard.stdin.take(), lease)));
        Ok(Self { leader: id, guard, _feeder: feeder })
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
        // Before the group: once that is gone, its id may belong to others. The guard's timer must not outlive it either.
        signal(id_of(&self.guard), Signal::SIGKILL);
        self.signal(Signal::SIGKILL);
        self.leader = None;
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.end();
    }
}

/// Tells the guard of each renewal, and keeps its input open.
async fn feed(guard: Option<ChildStdin>, mut lease: watch::Receiver<Instant>) {
    let Some(mut guard) = guard else { return };
    loop {
        let left = lease.borrow_and_update().saturating_duration_since(Instant::now());
        // A guard that is gone has done what it was there for.
        let told = guard.write_all(format!("{:.3}\n", left.as_secs_f64()).as_bytes()).await;
        if told.is_err() || lease.changed().await.is_err() {
            return std::future::pending().await;
        }
    }
}

fn id_of(child: &Child) -> Option<Pid> {
    child.id().and_then(|id| i32::try_from(id).ok()).map(Pid::from_raw)
}

fn guard(group: Option<Pid>) -> std::io::Result<Child> {
    let id = group.map(|pid| pid.to_string()).unwrap_or_default();
    let mut command = Command::new("/bin/sh");
    command
        .args(["-c", GUARD, "guard", &id])
        .env_clear()
        .env("PATH", GUARD_PATH)
        .process_group(0)
        .kill_on_drop(true);
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
    use std::time::Duration;

    use super::*;

    fn sleeper() -> Child {
        Command::new("sleep").arg("300").process_group(0).spawn().unwrap()
    }

    fn lease(left: Duration) -> watch::Sender<Instant> {
        watch::Sender::new(Instant::now() + left)
    }

    const LONG: Duration = Duration::from_secs(300);

    #[tokio::test]
    async fn a_group_ends_with_its_value() {
        let mut child = sleeper();
        drop(Group::of(&child, lease(LONG).subscribe()).unwrap());
        assert_eq!(child.wait().await.unwrap().signal(), Some(9));
    }

    #[tokio::test]
    async fn a_group_ends_when_the_worker_is_gone() {
        let mut child = sleeper();
        let mut group = Group::of(&child, lease(LONG).subscribe()).unwrap();
        // What the kernel does when the worker is killed.
        group._feeder.abort();
        assert_eq!(child.wait().await.unwrap().signal(), Some(9));
        assert!(group.guard.wait().await.unwrap().success());
    }

    #[tokio::test]
    async fn a_group_ends_with_the_lease_even_if_nobody_says_so() {
        let lease = lease(Duration::from_millis(200));
        let mut child = sleeper();
        let _group = Group::of(&child, lease.subscribe()).unwrap();
        assert_eq!(child.wait().await.unwrap().signal(), Some(9));
        assert!(Instant::now() >= *lease.borrow());
    }

    #[tokio::test]
    async fn a_group_lives_on_when_the_lease_is_renewed() {
        let lease = lease(Duration::from_millis(400));
        let mut child = sleeper();
        let _group = Group::of(&child, lease.subscribe()).unwrap();
        let renewed = Instant::now() + Duration::from_millis(1_200);
        lease.send_replace(renewed);
        assert_eq!(child.wait().await.unwrap().signal(), Some(9));
        assert!(Instant::now() >= renewed);
    }
}
