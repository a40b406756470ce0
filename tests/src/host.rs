//! A worker process as it runs on a host, and its certain end. Owns the guard: whatever becomes of the test, the process is
//! killed by its id and waited for.

use std::fs::File;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::wait::{SOON, eventually};

/// A running worker.
pub struct Host {
    child: Child,
    log: PathBuf,
}

impl Host {
    /// Starts `command`; what it says goes to `log`.
    pub fn start(mut command: Command, log: PathBuf) -> Host {
        let file = File::create(&log).expect("the test's folder can be written");
        let errors = file.try_clone().expect("an open file can be opened twice");
        let child = command.stdin(Stdio::null()).stdout(file).stderr(errors).spawn();
        Host { child: child.expect("the worker was built and starts"), log }
    }

    /// What it has said so far.
    pub fn said(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// `kill -9`.
    pub fn kill(mut self) {
        self.end();
    }

    /// Waits for its end, which somebody else brings about.
    pub fn ended(mut self) -> ExitStatus {
        let look = || self.child.try_wait().expect("a child can be waited for");
        eventually("the end of a worker", SOON, look)
    }

    /// Asks it to drain, and waits for its end.
    pub fn terminate(mut self) -> ExitStatus {
        let pid = i32::try_from(self.child.id()).expect("process ids are small");
        kill(Pid::from_raw(pid), Signal::SIGTERM).expect("a child that was not waited for can be signalled");
        let look = || self.child.try_wait().expect("a child can be waited for");
        eventually("the end of a worker that was told to drain", SOON, look)
    }

    fn end(&mut self) {
        // Both fail only when it has ended and been waited for, which is what is wanted.
        let _killed = self.child.kill();
        let _reaped = self.child.wait();
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        self.end();
        if std::thread::panicking() {
            eprintln!("--- worker {} had said:\n{}", self.child.id(), self.said());
        }
    }
}
