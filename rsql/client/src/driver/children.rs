//! Child processes of a script: `\!`, backticks, and programs at the ends of pipes.
//!
//! Whether a script may start any is decided before, by the machine.

use std::os::unix::process::ExitStatusExt;
use std::process::{ExitStatus, Stdio};

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use rsql_lang::ShellEnd;
use tokio::io::AsyncReadExt;
use tokio::process::{Child, Command};
use tokio::task::JoinHandle;

use super::Stop;
use super::console::Console;
use super::place::Place;
use crate::error::io_text;
use crate::run::Stream;

/// Longest output of backticks. It becomes a variable; more than this is a mistake.
const CAPTURE_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// A running child and the tasks that carry its output. Dropping it kills it, with its process group if it has one.
pub(super) struct Running {
    pub(super) child: Child,
    carriers: Vec<JoinHandle<Result<(), Stop>>>,
    group: Option<Pid>,
}

/// Which of a child's streams the caller takes; the others are ours.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Taken {
    Nothing,
    Stdin,
    Stdout,
}

impl Running {
    /// Starts `command`.
    pub(super) fn start(
        place: &Place,
        console: &mut Console,
        command: &[u8],
        taken: Taken,
    ) -> Result<Running, String> {
        let mut shell = place.shell(command);
        wire_up(&mut shell, console, taken);
        let mut child = shell.spawn().map_err(|error| io_text(&error))?;
        let mut carriers = Vec::new();
        if let Console::Lines(sink) = console {
            if let Some(stderr) = child.stderr.take() {
                let sink = sink.clone();
                carriers.push(tokio::spawn(async move { sink.copy_from(Stream::Stderr, stderr).await }));
            }
            if taken != Taken::Stdout
                && let Some(stdout) = child.stdout.take()
            {
                let sink = sink.clone();
                carriers.push(tokio::spawn(async move { sink.copy_from(Stream::Stdout, stdout).await }));
            }
        }
        let id = child.id().and_then(|id| i32::try_from(id).ok()).map(Pid::from_raw);
        Ok(Running { child, carriers, group: id.filter(|_| place.own_process_groups) })
    }

    /// Waits for the end of the child and of its output.
    pub(super) async fn wait(&mut self) -> Result<Result<ShellEnd, String>, Stop> {
        let status = self.child.wait().await.map_err(|error| io_text(&error));
        for carrier in self.carriers.drain(..) {
            // A carrier only fails to join when the runtime shuts down.
            carrier.await.unwrap_or(Ok(()))?;
        }
        self.group = None;
        Ok(status.map(shell_end))
    }

    /// Reads the child's standard output to its end, then waits for it.
    pub(super) async fn capture(&mut self) -> Result<Result<(ShellEnd, Vec<u8>), String>, Stop> {
        let mut text = Vec::new();
        if let Some(stdout) = self.child.stdout.take() {
            let read = stdout.take(CAPTURE_BYTES_MAX + 1).read_to_end(&mut text).await;
            if let Err(error) = read {
                return Ok(Err(io_text(&error)));
            }
        }
        if text.len() as u64 > CAPTURE_BYTES_MAX {
            return Ok(Err(format!("output is longer than {CAPTURE_BYTES_MAX} bytes")));
        }
        Ok(self.wait().await?.map(|end| (end, text)))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(group) = self.group {
            // It may be gone already, which is what was wanted.
            let _gone = killpg(group, Signal::SIGKILL);
        }
        for carrier in &self.carriers {
            carrier.abort();
        }
    }
}

/// In the executable a child has our own streams; in a worker it has no input, and its output is read.
fn wire_up(shell: &mut Command, console: &Console, taken: Taken) {
    let own = matches!(console, Console::Process(_));
    shell.stdin(match taken {
        Taken::Stdin => Stdio::piped(),
        _ if own => Stdio::inherit(),
        _ => Stdio::null(),
    });
    shell.stdout(match taken {
        Taken::Stdout => Stdio::piped(),
        _ if own => Stdio::inherit(),
        _ => Stdio::piped(),
    });
    shell.stderr(if own { Stdio::inherit() } else { Stdio::piped() });
}

fn shell_end(status: ExitStatus) -> ShellEnd {
    match (status.code(), status.signal()) {
        (Some(code), _) => ShellEnd::Exit(code),
        (None, signal) => ShellEnd::Signal(signal.unwrap_or_default()),
    }
}
