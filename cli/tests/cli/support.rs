//! A project in a directory of its own, and runs of the real binary in it. Owns what a run sees of the environment. Waits for
//! conditions by asking the binary itself, never by sleeping.

use std::ffi::OsString;
use std::fs;
use std::io::{BufRead as _, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

/// Longest wait for a condition; only ever reached by a fault.
const PATIENCE: Duration = Duration::from_secs(60);

/// A project that is removed with the value.
pub(crate) struct Project {
    dir: TempDir,
    env: Vec<(String, String)>,
}

/// What a run came to.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Project {
    /// A project with these files; `project.yaml` is added, with no settings, unless it is among them.
    pub(crate) fn with(files: &[(&str, &str)]) -> Self {
        let project = Self::nothing();
        if !files.iter().any(|(name, _)| *name == "project.yaml") {
            project.write("project.yaml", "# defaults\n");
        }
        for (name, text) in files {
            project.write(name, text);
        }
        project
    }

    /// The project of `rsqlctl init`.
    pub(crate) fn sample() -> Self {
        let project = Self::nothing();
        project.run(&["init"]).ok();
        project
    }

    /// A directory without anything.
    pub(crate) fn nothing() -> Self {
        Self { dir: tempfile::tempdir().expect("a directory for the test"), env: Vec::new() }
    }

    /// Adds to the environment of all runs.
    pub(crate) fn env<N: Into<String>>(mut self, env: impl IntoIterator<Item = (N, String)>) -> Self {
        self.env.extend(env.into_iter().map(|(name, value)| (name.into(), value)));
        self
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.root().join(name)
    }

    /// With symbolic links resolved, as the binary sees its current directory.
    pub(crate) fn root(&self) -> PathBuf {
        self.dir.path().canonicalize().expect("the directory is there")
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("files lie below the root")).expect("a folder can be made");
        fs::write(path, text).expect("a file can be written");
    }

    /// Runs a command to its end.
    pub(crate) fn run(&self, args: &[&str]) -> Ran {
        let output = self.command(args).stdin(Stdio::null()).output().expect("the binary can be run");
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("output is UTF-8");
        let code = output.status.code().expect("no signal ends it");
        Ran { code, out: text(output.stdout), err: text(output.stderr) }
    }

    /// Runs a command that succeeds, and reads its JSON.
    pub(crate) fn json(&self, args: &[&str]) -> Value {
        let ran = self.run(&[args, &["-o", "json"]].concat()).ok();
        serde_json::from_str(&ran.out).expect("standard output is one JSON document")
    }

    /// The binary with arguments, in this project.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_rsqlctl"));
        let kept = |name: &str| std::env::var_os(name).map(|value| (OsString::from(name), value));
        command.args(args).current_dir(self.root()).env_clear();
        command.envs(["PATH", "HOME", "TMPDIR"].into_iter().filter_map(kept)).envs(self.env.iter().cloned());
        command
    }

    /// Asks until `met` says yes of an execution's status document.
    pub(crate) fn wait_for(&self, execution: &str, met: impl Fn(&Value) -> bool) -> Value {
        let begun = Instant::now();
        loop {
            let ran = self.run(&["status", execution, "-o", "json"]);
            let seen = serde_json::from_str(&ran.out).unwrap_or(Value::Null);
            if ran.code == 0 && met(&seen) {
                return seen;
            }
            assert!(begun.elapsed() < PATIENCE, "waited in vain, at last for: {ran:?}");
        }
    }

    /// `rsqlctl local` in the background, once it serves.
    pub(crate) fn serve(&self, args: &[&str]) -> Background {
        self.serve_until(args, "stop with Ctrl-C")
    }

    /// `rsqlctl local` in the background, once it has said `text`.
    pub(crate) fn serve_until(&self, args: &[&str], text: &str) -> Background {
        let mut command = self.command(&[&["local"], args].concat());
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn();
        let stderr = child.as_mut().ok().and_then(|child| child.stderr.take());
        let mut server = Background::new(child, stderr);
        server.until(text);
        server
    }

    /// A command that goes on, in the background; what it writes to standard output is read.
    pub(crate) fn follow(&self, args: &[&str]) -> Background {
        let mut command = self.command(args);
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
        let stdout = child.as_mut().ok().and_then(|child| child.stdout.take());
        Background::new(child, stdout)
    }
}

/// Asks until `met` says yes of the answer.
pub(crate) fn until(mut ask: impl FnMut() -> Value, met: impl Fn(&Value) -> bool) -> Value {
    let begun = Instant::now();
    loop {
        let seen = ask();
        if met(&seen) {
            return seen;
        }
        assert!(begun.elapsed() < PATIENCE, "waited in vain, at last for: {seen}");
    }
}

/// A command in the background, and one of its streams; killed when it is dropped.
pub(crate) struct Background {
    child: Child,
    stream: BufReader<Box<dyn Read>>,
}

impl Background {
    fn new(child: std::io::Result<Child>, stream: Option<impl Read + 'static>) -> Self {
        let child = child.expect("the binary can be run");
        let stream = stream.expect("the stream is piped");
        Self { child, stream: BufReader::new(Box::new(stream)) }
    }

    /// Reads the stream up to a line that holds `text`.
    pub(crate) fn until(&mut self, text: &str) {
        let mut line = String::new();
        while !line.contains(text) {
            line.clear();
            let read = self.stream.read_line(&mut line).expect("the stream can be read");
            assert!(read > 0, "it ended before it said `{text}`");
        }
    }

    /// Its process id.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Sends SIGTERM.
    pub(crate) fn terminate(&self) {
        let pid = nix::unistd::Pid::from_raw(i32::try_from(self.child.id()).expect("a process id"));
        nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGTERM).expect("it runs");
    }

    /// Its exit code and the rest of the stream.
    pub(crate) fn end(mut self) -> (Option<i32>, String) {
        let mut rest = String::new();
        self.stream.read_to_string(&mut rest).expect("the stream can be read");
        let status = self.child.wait().expect("it can be waited for");
        (status.code(), rest)
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        // It may have ended; then there is nothing to kill.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Ran {
    /// The same, if it succeeded.
    #[track_caller]
    pub(crate) fn ok(self) -> Self {
        self.ended(0)
    }

    /// The same, if it ended with this code.
    #[track_caller]
    pub(crate) fn ended(self, code: i32) -> Self {
        assert_eq!(self.code, code, "out: {}\nerr: {}", self.out, self.err);
        self
    }

    /// The last line of standard output.
    pub(crate) fn last_line(&self) -> &str {
        self.out.lines().last().unwrap_or_default()
    }
}

/// The keys of a JSON object, in their order.
pub(crate) fn keys(value: &Value) -> Vec<&str> {
    value.as_object().map(|object| object.keys().map(String::as_str).collect()).unwrap_or_default()
}

/// The status of a job in a status document.
pub(crate) fn job<'v>(execution: &'v Value, id: &str) -> &'v Value {
    let jobs = execution["jobs"].as_array().expect("jobs are a list");
    jobs.iter().find(|job| job["job_id"] == id).expect("the job is there")
}

/// Whether a path is there.
pub(crate) fn exists(path: &Path) -> bool {
    path.symlink_metadata().is_ok()
}
