//! A process that serves a project, and its certain end. Owns the guard: whatever becomes of the test, the process is
//! killed by its id and waited for.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::{SOON, eventually};

/// A running `rsqlctl local`.
pub(crate) struct Served {
    child: Child,
    stderr: PathBuf,
}

impl Served {
    /// Starts `command`; what it says goes to a file in `folder`.
    pub(crate) fn start(mut command: Command, folder: &Path, number: usize) -> Served {
        let stderr = folder.join(format!("served-{number}.stderr"));
        let file = File::create(&stderr).expect("the test's folder can be written");
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(file).spawn();
        Served { child: child.expect("rsqlctl starts"), stderr }
    }

    /// Its process id, which the names of its workers carry.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// What it has said so far.
    pub(crate) fn said(&self) -> String {
        std::fs::read_to_string(&self.stderr).unwrap_or_default()
    }

    /// Waits until it has said `text`.
    pub(crate) fn wait_for_text(&self, text: &str) {
        eventually(&format!("`{text}` from process {}", self.pid()), SOON, || {
            self.said().contains(text).then_some(())
        });
    }

    /// `kill -9`.
    pub(crate) fn kill(mut self) {
        self.end();
    }

    /// Asks it to drain.
    pub(crate) fn terminate(&self) {
        self.signal(Signal::SIGTERM);
    }

    /// Stops it in its tracks, as a debugger or a swapping machine would.
    pub(crate) fn freeze(&self) {
        self.signal(Signal::SIGSTOP);
    }

    /// Lets it go on.
    pub(crate) fn thaw(&self) {
        self.signal(Signal::SIGCONT);
    }

    /// Waits for its own end.
    ///
    /// # Panics
    /// When it goes on.
    pub(crate) fn wait(&mut self) -> ExitStatus {
        let said = self.stderr.clone();
        let what = || std::fs::read_to_string(&said).unwrap_or_default();
        let pid = self.pid();
        let look = || self.child.try_wait().expect("a child can be waited for");
        eventually(&format!("the end of process {pid}, which has said:\n{}", what()), SOON, look)
    }

    fn signal(&self, signal: Signal) {
        let pid = i32::try_from(self.child.id()).expect("process ids are small");
        kill(Pid::from_raw(pid), signal).expect("a child that was not waited for can be signalled");
    }

    fn end(&mut self) {
        // Both fail only when it has ended and been waited for, which is what is wanted.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.end();
        if std::thread::panicking() {
            eprintln!("process {} had said:\n{}", self.pid(), self.said());
        }
    }
}
