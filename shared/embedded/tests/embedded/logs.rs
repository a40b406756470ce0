//! The file logs beyond the contract: their text, mending, following, and disks that fail.

use std::fs;
use std::os::unix::fs::symlink;
use std::time::Duration;

use fleet_core::ids::{ExecutionId, JobId};
use fleet_core::ports::{AttemptName, LogLine, LogStream, Logs as _, PortError};
use fleet_core::time::Timestamp;
use fleet_embedded::FileLogs;
use tokio::time::timeout;

/// For what must happen. It only takes its time in a failing test.
const PATIENCE: Duration = Duration::from_secs(30);

fn attempt(number: u32) -> AttemptName {
    AttemptName {
        execution: ExecutionId::parse("nightly-1").expect("it is a legal id"),
        job: JobId::parse("load").expect("it is a legal id"),
        attempt: number,
    }
}

fn line(stream: LogStream, text: &str) -> LogLine {
    let at = Timestamp::parse("2026-11-22T02:00:00.123Z").expect("it is a time");
    LogLine { at, stream, text: text.to_owned() }
}

struct Bench {
    dir: tempfile::TempDir,
    logs: FileLogs,
}

impl Bench {
    fn new() -> Self {
        let dir = tempfile::tempdir().expect("there is a place for temporary files");
        let logs = FileLogs::new(dir.path());
        Self { dir, logs }
    }

    /// Puts a text where the log of this attempt belongs.
    fn put(&self, number: u32, text: &str) {
        let path = self.logs.path(&attempt(number));
        fs::create_dir_all(path.parent().expect("it has a directory")).expect("the directory can be made");
        fs::write(path, text).expect("the file can be written");
    }
}

#[tokio::test]
async fn the_file_is_readable_by_people() {
    let bench = Bench::new();
    let mut log = bench.logs.open(&attempt(2)).await.unwrap();
    let lines = [
        line(LogStream::Worker, "attempt 2 begins"),
        line(LogStream::Out, ""),
        line(LogStream::Err, "two\nlines"),
    ];
    log.write(&lines).await.unwrap();
    let text = fs::read_to_string(bench.dir.path().join("nightly-1/load/2.log")).unwrap();
    let expect = "2026-11-22T02:00:00.123Z fleet attempt 2 begins\n2026-11-22T02:00:00.123Z out \n\
                  2026-11-22T02:00:00.123Z err two\n2026-11-22T02:00:00.123Z err lines\n";
    assert_eq!(text, expect);
}

#[tokio::test]
async fn a_line_cut_off_by_a_crash_is_taken_away() {
    async fn check(text: &str, kept: &str) {
        let bench = Bench::new();
        bench.put(1, text);
        let mut log = bench.logs.open(&attempt(1)).await.expect("the log can be opened");
        log.write(&[line(LogStream::Out, "next")]).await.expect("the log can be written");
        let seen = fs::read_to_string(bench.logs.path(&attempt(1))).expect("the log is there");
        assert_eq!(seen, format!("{kept}2026-11-22T02:00:00.123Z out next\n"));
    }
    check("", "").await;
    check("cut", "").await;
    check("whole\n", "whole\n").await;
    check("whole\ncut off", "whole\n").await;
    let long = "x".repeat(200_000);
    check(&format!("{long}\n{long}"), &format!("{long}\n")).await;
    check(&long, "").await;
}

#[tokio::test]
async fn a_full_disk_holds_the_lines_up_until_there_is_space() {
    let bench = Bench::new();
    let path = bench.logs.path(&attempt(1));
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    symlink("/dev/full", &path).unwrap();
    let mut log = bench.logs.open(&attempt(1)).await.unwrap();
    let lines = [line(LogStream::Out, "kept")];
    for _ in 0..2 {
        let error = log.write(&lines).await.unwrap_err();
        let expect = format!(
            "write the log {}: No space left on device (os error 28); free some space on its disk",
            path.display()
        );
        assert_eq!(error.to_string(), expect);
        assert!(matches!(error, PortError::Unavailable { .. }));
    }
    fs::remove_file(&path).unwrap();
    fs::write(&path, "2026-11-22T02:00:00.123Z out half a li").unwrap();
    log.write(&lines).await.unwrap();
    assert_eq!(bench.logs.read(&attempt(1), 0).await.unwrap().lines, lines);
}

#[tokio::test]
async fn a_directory_that_cannot_be_made_is_told() {
    let bench = Bench::new();
    fs::write(bench.dir.path().join("nightly-1"), "in the way").unwrap();
    let error = bench.logs.open(&attempt(1)).await.err().map(|error| error.to_string()).unwrap_or_default();
    assert!(error.starts_with("open the log ") && error.contains("nightly-1/load/1.log: "), "{error}");
}

#[tokio::test]
async fn a_log_is_followed_as_it_grows() {
    let bench = Bench::new();
    let mut follower = bench.logs.follow(&attempt(1), 0);
    assert_eq!(follower.ready().await.unwrap(), Vec::new());
    let mut log = bench.logs.open(&attempt(1)).await.unwrap();
    for text in ["first", "second"] {
        log.write(&[line(LogStream::Out, text)]).await.unwrap();
        let found = timeout(PATIENCE, follower.next()).await.unwrap().unwrap();
        assert_eq!(found, [line(LogStream::Out, text)]);
    }
    let path = bench.logs.path(&attempt(1));
    let whole = fs::read_to_string(&path).unwrap();
    fs::write(&path, format!("{whole}2026-11-22T02:00:00.123Z out half")).unwrap();
    assert_eq!(follower.ready().await.unwrap(), Vec::new());
    fs::write(&path, format!("{whole}2026-11-22T02:00:00.123Z out half no more\n")).unwrap();
    assert_eq!(follower.ready().await.unwrap(), [line(LogStream::Out, "half no more")]);
}

#[tokio::test]
async fn large_logs_are_read_in_pages() {
    let bench = Bench::new();
    let text = "y".repeat(300_000);
    let lines: Vec<LogLine> = (0..10).map(|_| line(LogStream::Out, &text)).collect();
    bench.logs.open(&attempt(1)).await.unwrap().write(&lines).await.unwrap();
    let (mut next, mut seen) = (0, Vec::new());
    loop {
        let page = bench.logs.read(&attempt(1), next).await.unwrap();
        if page.lines.is_empty() {
            break;
        }
        assert!(page.lines.len() <= 4);
        next = page.next;
        seen.extend(page.lines);
    }
    assert_eq!(seen, lines);
}

#[tokio::test]
async fn what_has_logs_is_listed_in_order() {
    let bench = Bench::new();
    for number in [10, 2, 1] {
        bench.put(number, "");
    }
    let (execution, job) = (attempt(1).execution, attempt(1).job);
    fs::write(bench.dir.path().join("nightly-1/load/notes.txt"), "").unwrap();
    fs::create_dir(bench.dir.path().join("nightly-1/clean")).unwrap();
    assert_eq!(bench.logs.attempts(&execution, &job).await.unwrap(), [1, 2, 10]);
    let jobs = bench.logs.jobs(&execution).await.unwrap();
    assert_eq!(jobs.iter().map(JobId::as_str).collect::<Vec<_>>(), ["clean", "load"]);
    let nobody = ExecutionId::parse("nobody").unwrap();
    assert_eq!(bench.logs.jobs(&nobody).await.unwrap(), Vec::new());
}

#[tokio::test]
async fn foreign_lines_are_shown_as_they_are() {
    let bench = Bench::new();
    bench.put(1, "no log line\n2026-11-22T02:00:00.123Z odd tag\n\n");
    let seen = bench.logs.read(&attempt(1), 0).await.unwrap().lines;
    let texts: Vec<&str> = seen.iter().map(|line| line.text.as_str()).collect();
    assert_eq!(texts, ["no log line", "2026-11-22T02:00:00.123Z odd tag", ""]);
}
