//! The worker's run of a script against the executable's: both streams line by line, and the exit code, of every script that is
//! compared with psql and of every one that only RSQL has. It is one engine; this holds its two doors together.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]

#[path = "common/ran.rs"]
mod ran;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use fleet_tests::postgres::Postgres;
use ran::Ran;
use rsql_client::{ConnectOptions, ScriptRun, Sessions, ShellPolicy, Stream, run_script};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// Environment of both: no more than what a script can see.
fn environment(server: &Postgres, home: &Path) -> Vec<(String, String)> {
    let mut pairs: Vec<(String, String)> = Vec::new();
    for (name, value) in server.env() {
        pairs.push((name.to_string(), value.to_string()));
    }
    pairs.push(("PATH".to_owned(), std::env::var("PATH").unwrap()));
    pairs.push(("HOME".to_owned(), home.to_str().unwrap().to_owned()));
    pairs.push(("LC_ALL".to_owned(), "C.UTF-8".to_owned()));
    pairs
}

/// A folder of its own with the script and what it includes, copied: a worker's scripts lie within their root.
fn place(script: &Path) -> tempfile::TempDir {
    let place = tempfile::tempdir().unwrap();
    std::fs::copy(script, place.path().join(script.file_name().unwrap())).unwrap();
    let beside = script.parent().unwrap();
    for name in ["include", "included", "data"] {
        let from = beside.join(name);
        if !from.is_dir() {
            continue;
        }
        std::fs::create_dir(place.path().join(name)).unwrap();
        for entry in std::fs::read_dir(from).unwrap() {
            let entry = entry.unwrap();
            std::fs::copy(entry.path(), place.path().join(name).join(entry.file_name())).unwrap();
        }
    }
    place
}

/// Scripts that are compared with psql format at once, as it does.
fn report_format(script: &Path) -> &'static str {
    let of_psql = script.extension().is_some_and(|extension| extension == "sql");
    if of_psql { "on" } else { "off" }
}

fn by_executable(server: &Postgres, script: &Path) -> Ran {
    let place = place(script);
    let output = Command::new(env!("CARGO_BIN_EXE_rsql"))
        .args(["-X", "-v", &format!("RFORMAT={}", report_format(script))])
        .args(["-f", script.file_name().unwrap().to_str().unwrap()])
        .current_dir(place.path())
        .env_clear()
        .envs(environment(server, place.path()))
        .stdin(Stdio::null())
        .output()
        .unwrap();
    Ran { code: output.status.code(), stdout: output.stdout, stderr: output.stderr }
}

async fn by_worker(server: &Postgres, script: &Path) -> Ran {
    let place = place(script);
    let run = ScriptRun {
        script: place.path().join(script.file_name().unwrap()),
        script_root: place.path().to_owned(),
        connect: ConnectOptions::from_uri(server.uri()).unwrap(),
        sessions: Sessions::Fresh,
        variables: vec![("RFORMAT".to_owned(), report_format(script).to_owned())],
        environment: environment(server, place.path()),
        shell: ShellPolicy::Allowed,
        program_name: "rsql".to_owned(),
        not_after: None,
    };
    let (out, mut lines) = mpsc::channel(64);
    let running = tokio::spawn(run_script(run, out, CancellationToken::new()));
    let mut ran = Ran { code: None, stdout: Vec::new(), stderr: Vec::new() };
    while let Some(line) = lines.recv().await {
        let stream = match line.stream {
            Stream::Stdout => &mut ran.stdout,
            Stream::Stderr => &mut ran.stderr,
        };
        stream.extend_from_slice(&line.bytes);
        stream.push(b'\n');
    }
    ran.code = Some(running.await.unwrap().exit_code);
    ran
}

/// A last line without line break reaches the worker as a line like any other.
fn whole_lines(mut ran: Ran) -> Ran {
    for stream in [&mut ran.stdout, &mut ran.stderr] {
        if stream.last().is_some_and(|last| *last != b'\n') {
            stream.push(b'\n');
        }
    }
    ran.normalized()
}

fn all_scripts() -> Vec<PathBuf> {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let golden = std::fs::read_dir(golden).unwrap().map(|entry| entry.unwrap().path());
    let golden = golden.filter(|path| path.extension().is_some_and(|extension| extension == "rsql"));
    ran::scripts().into_iter().chain(golden).collect()
}

async fn the_workers_transcript_is_the_executables(part: usize) {
    // Of its own: publications of all tables, for one, would show in what other tests describe.
    let server = Postgres::shared().new_database();
    let mut faults = Vec::new();
    for script in ran::part_of(all_scripts(), part) {
        let (worker, executable) =
            (whole_lines(by_worker(&server, &script).await), whole_lines(by_executable(&server, &script)));
        faults.extend(ran::difference(script.to_str().unwrap(), ["rsql", "worker"], &executable, &worker));
    }
    assert!(faults.is_empty(), "{} scripts differ:\n{}", faults.len(), faults.join("\n"));
}

#[tokio::test]
async fn the_workers_transcript_is_the_executables_part_0() {
    the_workers_transcript_is_the_executables(0).await;
}

#[tokio::test]
async fn the_workers_transcript_is_the_executables_part_1() {
    the_workers_transcript_is_the_executables(1).await;
}

#[tokio::test]
async fn the_workers_transcript_is_the_executables_part_2() {
    the_workers_transcript_is_the_executables(2).await;
}

#[tokio::test]
async fn the_workers_transcript_is_the_executables_part_3() {
    the_workers_transcript_is_the_executables(3).await;
}
