//! `.sh` scripts: a child in a process group of its own. Owns the child's life from start to the last byte of its output,
//! and its end by force. Its command line is a list of arguments; no shell ever reads a value.

use std::io::ErrorKind;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};

use fleet_core::ports::LogStream;
use fleet_core::state::JobResult;
use fleet_core::state::settle::AttemptEnd;
use fleet_core::time::Millis;
use nix::sys::signal::Signal;
use rsql_client::run::OUTPUT_LINE_BYTES_MAX;
use rsql_client::{ConnectOptions, terminate_sessions};
use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::process::{Child, Command};
use tokio::sync::watch;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::connect::shown;
use super::group::Group;
use super::{Refusal, ScriptRunner, values};
use crate::log::{LogClosed, LogSender};
use crate::place::{Freshness, Script};
use crate::runner::Ran;
use crate::task::Task;

/// From SIGTERM to SIGKILL: time for a script's own clean-up.
pub const KILL_GRACE: Millis = Millis::from_secs(5);
/// After the script has ended: how long what it left in the background may take to end, such as the `tee` of a redirection.
const LEAVE_GRACE: Millis = Millis::from_secs(1);
/// Bytes still read after that, when the log was behind: the largest pipe. More comes from something that has left the
/// group and never ends.
const LATE_BYTES_MAX: usize = 1 << 20;
/// Bytes read at a time.
const READ_BYTES: usize = 16 * 1024;
/// Longest first line in which an interpreter is looked for; Linux itself reads 256 bytes.
const HASHBANG_BYTES_MAX: usize = 256;
/// Runs scripts that name no interpreter.
const SHELL: &str = "/bin/sh";

impl ScriptRunner {
    pub(super) async fn shell(
        &self,
        task: &Task,
        script: &Script,
        log: LogSender,
        cancel: CancellationToken,
    ) -> Result<Ran, Ran> {
        let settings = &self.settings;
        let connection = self.maybe_connection(task, freshness_of(task)).await?;
        let variables = values::variables(task)?;
        let base = (&settings.environment, &settings.program_dir);
        let environment = values::environment(task, base.0, base.1, connection.as_ref(), variables)?;
        let file = &script.file;
        let mut line = interpreter(file).await?;
        line.push(file.clone());
        let mut command = Command::new(&line[0]);
        command.args(&line[1..]).args(self.arguments(task, script, connection.as_ref()).await?);
        command.env_clear().envs(environment).current_dir(script.root.path());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let child = command.process_group(0).spawn().map_err(|error| not_started(file, &line[0], &error))?;
        let mut group =
            Group::of(&child, task.lease.subscribe()).map_err(|error| start_refused(file, &error))?;
        let options = connection.as_ref().map(|connection| &connection.options);
        let told = options.map_or_else(
            || "is given no connection".to_owned(),
            |options| format!("is given {} as {}", shown(options), options.application_name),
        );
        if log.line(LogStream::Worker, format!("process group {} {told}", group.id())).await.is_err() {
            return Ok(Ran::told(AttemptEnd::Cancelled, LogClosed.to_string()));
        }
        Ok(attend(child, (&mut group, &task.lease), options, &log, &cancel).await)
    }
}

/// A script that is refused cannot tell its worker why. A further attempt asks for credentials anew, since those of the one
/// before may have been out of date.
fn freshness_of(task: &Task) -> Freshness {
    if task.turn.attempt > 1 { Freshness::Renewed } else { Freshness::Known }
}

fn start_refused(script: &Path, error: &std::io::Error) -> Refusal {
    Refusal(format!("script {} cannot be started: {error}", script.display()))
}

/// The script has been read by now: what is missing, or may not be run, is its interpreter.
fn not_started(script: &Path, interpreter: &Path, error: &std::io::Error) -> Refusal {
    let (script, interpreter) = (script.display(), interpreter.display());
    Refusal(format!("script {script} cannot be started by its interpreter {interpreter}: {error}"))
}

/// The program, and its argument, that the script's first line names. Read here rather than left to the kernel, so that a
/// script needs no executable bit, which archives and checkouts like to lose.
async fn interpreter(script: &Path) -> Result<Vec<PathBuf>, Refusal> {
    let refuse = |error: std::io::Error| start_refused(script, &error);
    let mut head = Vec::with_capacity(HASHBANG_BYTES_MAX);
    let file = tokio::fs::File::open(script).await.map_err(refuse)?;
    file.take(HASHBANG_BYTES_MAX as u64).read_to_end(&mut head).await.map_err(refuse)?;
    Ok(named_interpreter(&head))
}

fn named_interpreter(head: &[u8]) -> Vec<PathBuf> {
    let line = head.strip_prefix(b"#!").and_then(|rest| rest.split(|byte| *byte == b'\n').next());
    let line = line.map(String::from_utf8_lossy).unwrap_or_default();
    // As Linux does: all that follows the program is one argument.
    let mut words = line.trim().splitn(2, [' ', '\t']).map(str::trim).filter(|word| !word.is_empty());
    match words.next() {
        Some(program) => std::iter::once(program).chain(words).map(PathBuf::from).collect(),
        None => vec![PathBuf::from(SHELL)],
    }
}

async fn attend(
    mut child: Child,
    (group, lease): (&mut Group, &watch::Sender<Instant>),
    connection: Option<&ConnectOptions>,
    log: &LogSender,
    cancel: &CancellationToken,
) -> Ran {
    let (out, err) = (child.stdout.take(), child.stderr.take());
    let (all_read, over) = (CancellationToken::new(), CancellationToken::new());
    let output = async {
        let copied =
            tokio::join!(copy(out, LogStream::Out, log, &over), copy(err, LogStream::Err, log, &over));
        all_read.cancel();
        copied
    };
    let life = async {
        let (status, was_cancelled) = tokio::select! {
            biased;
            status = child.wait() => {
                let was_cancelled = was_guarded(&status, lease, cancel).await;
                (status, was_cancelled)
            }
            () = cancel.cancelled() => (end(&mut child, group, connection).await, true),
        };
        tokio::select! {
            () = all_read.cancelled() => {}
            () = tokio::time::sleep(LEAVE_GRACE.to_std()) => {}
        }
        group.end();
        over.cancel();
        (status, was_cancelled)
    };
    // A closed log means that the attempt is being dropped; its result is, too.
    let ((status, was_cancelled), _) = tokio::join!(life, output);
    ran(status, was_cancelled)
}

/// Ends the group and the sessions it has in the warehouse, where a query would otherwise go on without its client.
async fn end(
    child: &mut Child,
    group: &Group,
    connection: Option<&ConnectOptions>,
) -> std::io::Result<ExitStatus> {
    group.signal(Signal::SIGTERM);
    let leave = async {
        match tokio::time::timeout(KILL_GRACE.to_std(), child.wait()).await {
            Ok(status) => status,
            Err(_) => {
                group.signal(Signal::SIGKILL);
                child.wait().await
            }
        }
    };
    let sessions = async {
        let Some(options) = connection else { return };
        let name = &options.application_name;
        let ended = tokio::time::timeout(KILL_GRACE.to_std(), terminate_sessions(options, name)).await;
        match ended {
            Ok(Ok(_)) => {}
            Ok(Err(error)) => tracing::warn!(%error, name, "the sessions of a cancelled script may go on"),
            Err(_) => tracing::warn!(name, "the sessions of a cancelled script may go on: no answer in time"),
        }
    };
    tokio::join!(leave, sessions).0
}

/// Whether the guard has killed the script, since the lease was over before the worker went on. The attempt is about to be
/// told so: a script that was killed for that has not failed.
async fn was_guarded(
    status: &std::io::Result<ExitStatus>,
    lease: &watch::Sender<Instant>,
    cancel: &CancellationToken,
) -> bool {
    let was_killed = matches!(status, Ok(status) if status.signal() == Some(Signal::SIGKILL as i32));
    was_killed
        && Instant::now() >= *lease.borrow()
        && tokio::time::timeout(KILL_GRACE.to_std(), cancel.cancelled()).await.is_ok()
}

fn ran(status: std::io::Result<ExitStatus>, was_cancelled: bool) -> Ran {
    let status = match status {
        Ok(status) => status,
        Err(error) => {
            return Ran::told(AttemptEnd::Exited(1), format!("the script's end was not seen: {error}"));
        }
    };
    let code = code_of(status);
    if was_cancelled {
        return Ran {
            end: AttemptEnd::Cancelled,
            result: JobResult { exit_code: Some(code), ..JobResult::default() },
        };
    }
    let message = status.signal().map(|signal| format!("ended by signal {signal}")).unwrap_or_default();
    let result = JobResult { exit_code: Some(code), message, ..JobResult::default() };
    Ran { end: AttemptEnd::Exited(code), result }
}

/// As shells count: 128 and the signal's number.
fn code_of(status: ExitStatus) -> i32 {
    status.code().or_else(|| status.signal().map(|signal| 128 + signal)).unwrap_or(1)
}

/// Copies a stream into the log, line by line, until its end, or until it is `over` and nothing more is at hand.
async fn copy(
    stream: Option<impl AsyncRead + Unpin>,
    name: LogStream,
    log: &LogSender,
    over: &CancellationToken,
) -> Result<(), LogClosed> {
    let Some(mut stream) = stream else { return Ok(()) };
    let mut lines = Lines::default();
    let mut buffer = vec![0; READ_BYTES];
    let mut late_bytes = 0;
    while late_bytes < LATE_BYTES_MAX {
        let read = tokio::select! {
            biased;
            read = stream.read(&mut buffer) => read,
            () = over.cancelled() => break,
        };
        match read {
            Ok(0) => break,
            Ok(count) => {
                late_bytes += if over.is_cancelled() { count } else { 0 };
                lines.add(&buffer[..count], name, log).await?;
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => {
                log.line(LogStream::Worker, format!("the script's output broke off: {error}")).await?;
                break;
            }
        }
    }
    lines.end(name, log).await
}

/// Splits bytes into lines; a line longer than the log takes comes in parts.
#[derive(Default)]
struct Lines {
    open: Vec<u8>,
}

impl Lines {
    async fn add(&mut self, bytes: &[u8], name: LogStream, log: &LogSender) -> Result<(), LogClosed> {
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            self.open.extend_from_slice(piece);
            if self.open.last() == Some(&b'\n') {
                self.open.pop();
                log.line(name, std::mem::take(&mut self.open)).await?;
            } else if self.open.len() >= OUTPUT_LINE_BYTES_MAX {
                log.part(name, std::mem::take(&mut self.open)).await?;
            }
        }
        Ok(())
    }

    async fn end(self, name: LogStream, log: &LogSender) -> Result<(), LogClosed> {
        if self.open.is_empty() { Ok(()) } else { log.line(name, self.open).await }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn interpreters() {
        fn check(head: &str, expect: &[&str]) {
            let expect: Vec<PathBuf> = expect.iter().map(PathBuf::from).collect();
            assert_eq!(named_interpreter(head.as_bytes()), expect, "{head}");
        }
        check("#!/bin/bash\necho x", &["/bin/bash"]);
        check("#! /usr/bin/env bash\r\n", &["/usr/bin/env", "bash"]);
        check("#!/bin/sh -e -u\n", &["/bin/sh", "-e -u"]);
        check("echo x\n", &["/bin/sh"]);
        check("#!\n", &["/bin/sh"]);
        check("", &["/bin/sh"]);
    }

    #[test]
    fn exit_codes() {
        fn check(raw: i32, expect: i32) {
            assert_eq!(code_of(ExitStatus::from_raw(raw)), expect, "{raw}");
        }
        check(0, 0);
        check(7 << 8, 7);
        check(255 << 8, 255);
        check(9, 137);
        check(15, 143);
    }
}
