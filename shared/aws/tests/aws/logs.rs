//! Logs over CloudWatch Logs: the contract, and what becomes of lines when the service or the process fails.

use std::fs::File;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use fleet_aws::{Account, AccountSettings, CloudLogReader, CloudLogs, LogToken, SpoolSettings};
use fleet_core::contract::{self, Later};
use fleet_core::ids::{ExecutionId, JobId};
use fleet_core::ports::{AttemptName, LogLine, LogStream, Logs as _, PortError};
use fleet_core::time::{Millis, Timestamp};
use fleet_tests::aws_proxy::{AwsProxy, Fault};
use fleet_tests::http::{Answer, Reply, Server};
use fleet_tests::moto::Moto;
use serde_json::{Value, json};

use crate::common::account;

/// Longest wait for what has to come.
const LIMIT: Duration = Duration::from_secs(60);

fn name(job: &str, attempt: u32) -> AttemptName {
    let execution = ExecutionId::parse("nightly-1").unwrap();
    AttemptName { execution, job: JobId::parse(job).unwrap(), attempt }
}

fn now() -> Timestamp {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap())
}

fn line(at: Timestamp, text: impl Into<String>) -> LogLine {
    LogLine { at, stream: LogStream::Out, text: text.into() }
}

fn numbered(count: u64) -> Vec<LogLine> {
    let now = now();
    (0..count).map(|number| line(now + Millis(number), format!("line {number}"))).collect()
}

async fn open(account: &Account, dir: &Path) -> CloudLogs {
    CloudLogs::open(account, settings(dir)).await.unwrap()
}

fn settings(dir: &Path) -> SpoolSettings {
    SpoolSettings { linger: Duration::from_millis(20), ..SpoolSettings::new(dir) }
}

/// The same stack, reached through a proxy.
async fn through(proxy: &AwsProxy, account: &Account) -> Account {
    let stack = account.stack().clone();
    let endpoint = Some(proxy.endpoint());
    Account::open(AccountSettings { stack, endpoint, ..AccountSettings::default() }).await.unwrap()
}

async fn all(reader: &CloudLogReader, attempt: &AttemptName) -> Vec<LogLine> {
    let (mut lines, mut next) = (Vec::new(), LogToken::default());
    loop {
        let page = reader.read(attempt, &next).await.unwrap();
        if page.lines.is_empty() {
            return lines;
        }
        lines.extend(page.lines);
        next = page.next;
    }
}

fn is_empty(dir: &Path) -> bool {
    std::fs::read_dir(dir).unwrap().next().is_none()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_contract() {
    let account = account().await;
    let dir = tempfile::tempdir().unwrap();
    let logs = Arc::new(open(&account, dir.path()).await);
    let reader = CloudLogReader::new(&account);
    let read = {
        let logs = Arc::clone(&logs);
        move |attempt: AttemptName| -> Later<Vec<LogLine>> {
            let (logs, reader) = (Arc::clone(&logs), reader.clone());
            Box::pin(async move {
                assert!(logs.drain(LIMIT).await);
                all(&reader, &attempt).await
            })
        }
    };
    contract::logs(&*logs, &read).await.assert_passed();
    drop(read);
    assert_eq!(logs.waiting_bytes(), 0);
    drop(logs);
    assert!(is_empty(dir.path()), "what has been sent leaves nothing on the disk");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flushed_log_can_be_read_and_costs_two_calls() {
    let account = account().await;
    let proxy = AwsProxy::counting(Moto::shared().endpoint());
    let dir = tempfile::tempdir().unwrap();
    let logs = open(&through(&proxy, &account).await, dir.path()).await;
    let lines = numbered(100);
    let mut log = logs.open(&name("load", 1)).await.unwrap();
    log.write(&lines).await.unwrap();
    log.flush().await.unwrap();
    assert_eq!(all(&CloudLogReader::new(&account), &name("load", 1)).await, lines);
    let calls: Vec<String> = proxy.calls().into_iter().map(|call| call.operation).collect();
    assert_eq!(calls, ["CreateLogStream", "PutLogEvents"]);
    drop(log);
    // A precondition's next look writes to the log of the same attempt.
    let mut log = logs.open(&name("load", 1)).await.unwrap();
    log.write(&numbered(1)).await.unwrap();
    log.flush().await.unwrap();
    assert_eq!(proxy.calls().len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn operators_find_what_is_there() {
    let account = account().await;
    let dir = tempfile::tempdir().unwrap();
    let logs = open(&account, dir.path()).await;
    for (job, attempt) in [("load", 1), ("load", 2), ("load_2", 1), ("extract", 10)] {
        logs.open(&name(job, attempt)).await.unwrap().write(&numbered(1)).await.unwrap();
    }
    assert!(logs.drain(LIMIT).await);
    let reader = CloudLogReader::new(&account);
    let execution = name("load", 1).execution;
    let jobs: Vec<String> = reader.jobs(&execution).await.unwrap().iter().map(JobId::to_string).collect();
    assert_eq!(jobs, ["extract", "load", "load_2"]);
    assert_eq!(reader.attempts(&execution, &name("load", 1).job).await.unwrap(), [1, 2]);
    let listed = reader.list(&execution).await.unwrap();
    assert_eq!(listed.len(), 4);
    assert!(listed.iter().all(|logged| logged.first_at.is_some()));
    assert_eq!(reader.list(&ExecutionId::parse("nightly").unwrap()).await.unwrap(), []);
    assert_eq!(all(&reader, &name("none", 1)).await, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_is_followed_as_it_grows() {
    let account = account().await;
    let dir = tempfile::tempdir().unwrap();
    let logs = open(&account, dir.path()).await;
    let mut follower = CloudLogReader::new(&account).follow(&name("load", 1), LogToken::default());
    assert_eq!(follower.ready().await.unwrap(), []);
    let mut log = logs.open(&name("load", 1)).await.unwrap();
    let lines = numbered(3);
    for line in &lines {
        log.write(std::slice::from_ref(line)).await.unwrap();
        let seen = tokio::time::timeout(LIMIT, follower.next()).await.unwrap().unwrap();
        assert_eq!(seen, std::slice::from_ref(line));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn lines_beyond_the_limits_read_back() {
    let account = account().await;
    let proxy = AwsProxy::counting(Moto::shared().endpoint());
    let dir = tempfile::tempdir().unwrap();
    let logs = open(&through(&proxy, &account).await, dir.path()).await;
    let (now, day) = (now(), Millis::from_mins(24 * 60));
    let lines = [
        line(now - Millis(day.0 * 40), "older than CloudWatch takes"),
        line(now - Millis(day.0 * 2), "more than a day before the next"),
        line(now, "näh ".repeat(500_000)),
        line(now - Millis(5), "of a clock that stepped back"),
        line(now + Millis(day.0), "of a clock that is ahead"),
    ];
    logs.open(&name("load", 1)).await.unwrap().write(&lines).await.unwrap();
    assert!(logs.drain(LIMIT).await);
    assert_eq!(all(&CloudLogReader::new(&account), &name("load", 1)).await, lines);
    for call in proxy.calls().iter().filter(|call| call.operation == "PutLogEvents") {
        let events = call.input["logEvents"].as_array().unwrap();
        let bytes = |event: &Value| event["message"].as_str().unwrap().len() + 26;
        assert!(events.iter().map(bytes).sum::<usize>() <= 1_048_576);
        assert!(events.iter().all(|event| bytes(event) <= 262_144));
        let stamps: Vec<i64> = events.iter().map(|event| event["timestamp"].as_i64().unwrap()).collect();
        assert!(stamps.is_sorted());
        assert!(stamps.last().unwrap() - stamps[0] <= 24 * 60 * 60 * 1_000);
    }
}

/// A proxy that breaks calls while the switch is on.
fn broken_while(down: &Arc<AtomicBool>) -> AwsProxy {
    let down = Arc::clone(down);
    AwsProxy::start(Moto::shared().endpoint(), move |_| down.load(Ordering::Relaxed).then_some(Fault::Broken))
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outage_loses_nothing() {
    let account = account().await;
    let down = Arc::new(AtomicBool::new(true));
    let proxy = broken_while(&down);
    let dir = tempfile::tempdir().unwrap();
    let logs = open(&through(&proxy, &account).await, dir.path()).await;
    let lines = numbered(50);
    let mut log = logs.open(&name("load", 1)).await.unwrap();
    for line in &lines {
        log.write(std::slice::from_ref(line)).await.unwrap();
    }
    // An attempt's end is not held up by what cannot be reached.
    let flushed = tokio::time::timeout(LIMIT, log.flush()).await.unwrap();
    assert!(matches!(flushed, Err(PortError::Unavailable { .. })), "{flushed:?}");
    assert!(logs.waiting_bytes() > 0);
    down.store(false, Ordering::Relaxed);
    assert!(logs.drain(LIMIT).await);
    log.flush().await.unwrap();
    assert_eq!(all(&CloudLogReader::new(&account), &name("load", 1)).await, lines);
}

#[tokio::test(flavor = "multi_thread")]
async fn lost_answers_double_lines_at_worst() {
    let account = account().await;
    let calls = AtomicU32::new(0);
    let proxy =
        AwsProxy::start(Moto::shared().endpoint(), move |_| match calls.fetch_add(1, Ordering::Relaxed) {
            0 | 2 | 5 => Some(Fault::AnswerLost),
            3 => Some(Fault::Cut),
            6 => Some(Fault::Throttled),
            _ => None,
        });
    let dir = tempfile::tempdir().unwrap();
    let logs = open(&through(&proxy, &account).await, dir.path()).await;
    let lines = numbered(20);
    let mut log = logs.open(&name("load", 1)).await.unwrap();
    for part in lines.chunks(5) {
        log.write(part).await.unwrap();
        // It may find the service away.
        let _ = log.flush().await;
    }
    assert!(logs.drain(LIMIT).await);
    assert_eq!(proxy.faults().len(), 3);
    let mut seen = all(&CloudLogReader::new(&account), &name("load", 1)).await;
    seen.dedup();
    assert_eq!(seen, lines);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_logs_in_a_storm_are_complete_and_in_order() {
    const ATTEMPTS: u32 = 8;
    let account = account().await;
    let calls = AtomicU32::new(0);
    let proxy = AwsProxy::start(Moto::shared().endpoint(), move |_| {
        match calls.fetch_add(1, Ordering::Relaxed) % 7 {
            2 => Some(Fault::Broken),
            4 => Some(Fault::AnswerLost),
            6 => Some(Fault::Throttled),
            _ => None,
        }
    });
    let dir = tempfile::tempdir().unwrap();
    let bounded = SpoolSettings { bytes_max: 64 * 1024, ..settings(dir.path()) };
    let logs = CloudLogs::open(&through(&proxy, &account).await, bounded).await.unwrap();
    let lines = numbered(300);
    let write = async |attempt: u32| {
        for some in lines.chunks(7 + attempt as usize) {
            // Each time anew, as the looks of a precondition do.
            let mut log = logs.open(&name("load", attempt)).await.unwrap();
            log.write(some).await.unwrap();
        }
    };
    futures_util::future::join_all((1..=ATTEMPTS).map(write)).await;
    assert!(logs.drain(LIMIT).await);
    let reader = CloudLogReader::new(&account);
    for attempt in 1..=ATTEMPTS {
        let mut seen = all(&reader, &name("load", attempt)).await;
        seen.dedup();
        assert_eq!(seen, lines, "attempt {attempt}");
    }
    drop(logs);
    assert!(poll(|| is_empty(dir.path())).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_next_worker_sends_what_a_dead_one_has_left() {
    let account = account().await;
    let down = Arc::new(AtomicBool::new(false));
    let proxy = broken_while(&down);
    let dir = tempfile::tempdir().unwrap();
    let lines = numbered(30);
    let dead = open(&through(&proxy, &account).await, dir.path()).await;
    let mut log = dead.open(&name("load", 1)).await.unwrap();
    log.write(&lines[..10]).await.unwrap();
    log.flush().await.unwrap();
    down.store(true, Ordering::Relaxed);
    log.write(&lines[10..]).await.unwrap();
    drop(log);
    drop(dead);
    // What it was writing when it died.
    let spool = std::fs::read_dir(dir.path()).unwrap().next().unwrap().unwrap().path();
    // Its tasks end a little later than it does, unlike those of a process.
    assert!(poll(|| File::open(spool.join("lock")).unwrap().try_lock().is_ok()).await);
    let segment = spool.join("00000000.segment");
    let mut bytes = std::fs::read(&segment).unwrap();
    bytes.extend_from_within(8..40);
    std::fs::write(&segment, bytes).unwrap();

    let living = open(&account, dir.path()).await;
    assert!(living.drain(LIMIT).await);
    // None twice: the first ten were noted as sent.
    assert_eq!(all(&CloudLogReader::new(&account), &name("load", 1)).await, lines);
    drop(living);
    assert!(poll(|| is_empty(dir.path())).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_spool_of_a_living_worker_is_its_own() {
    let account = account().await;
    let down = Arc::new(AtomicBool::new(true));
    let proxy = broken_while(&down);
    let dir = tempfile::tempdir().unwrap();
    let one = open(&through(&proxy, &account).await, dir.path()).await;
    one.open(&name("load", 1)).await.unwrap().write(&numbered(1)).await.unwrap();
    let other = open(&account, dir.path()).await;
    assert!(other.drain(LIMIT).await);
    assert_eq!(other.waiting_bytes(), 0);
    assert!(one.waiting_bytes() > 0);
    assert_eq!(all(&CloudLogReader::new(&account), &name("load", 1)).await, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_spool_holds_the_job_up() {
    const BOUND: u64 = 256 * 1024;
    let account = account().await;
    let down = Arc::new(AtomicBool::new(true));
    let proxy = broken_while(&down);
    let dir = tempfile::tempdir().unwrap();
    let bounded = SpoolSettings { bytes_max: BOUND, ..settings(dir.path()) };
    let logs = CloudLogs::open(&through(&proxy, &account).await, bounded).await.unwrap();
    let mut log = logs.open(&name("load", 1)).await.unwrap();
    let base = now();
    let lines: Vec<LogLine> = (0..200)
        .map(|number| line(base + Millis(number), format!("{number} {}", "x".repeat(10_000))))
        .collect();
    let written = Arc::new(AtomicU32::new(0));
    let writing = {
        let (lines, written) = (lines.clone(), Arc::clone(&written));
        tokio::spawn(async move {
            for line in &lines {
                log.write(std::slice::from_ref(line)).await.unwrap();
                written.fetch_add(1, Ordering::Relaxed);
            }
        })
    };
    assert!(poll(|| logs.waiting_bytes() >= BOUND).await);
    assert!(written.load(Ordering::Relaxed) < 30 && !writing.is_finished());
    assert!(logs.waiting_bytes() < BOUND + 20_000);
    down.store(false, Ordering::Relaxed);
    writing.await.unwrap();
    assert!(logs.drain(LIMIT).await);
    assert_eq!(all(&CloudLogReader::new(&account), &name("load", 1)).await, lines);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_fails_is_told_and_tried_again() {
    let account = account().await;
    let dir = tempfile::tempdir().unwrap();
    let small = SpoolSettings { bytes_max: 8_192, ..settings(dir.path()) };
    let logs = CloudLogs::open(&account, small).await.unwrap();
    let lines: Vec<LogLine> = numbered(3).into_iter().map(|one| line(one.at, one.text.repeat(200))).collect();
    let mut log = logs.open(&name("load", 1)).await.unwrap();
    log.write(&lines[..1]).await.unwrap();
    // The next line needs another file, since the first has filled one.
    let spool = std::fs::read_dir(dir.path()).unwrap().next().unwrap().unwrap().path();
    let away = dir.path().join("away");
    std::fs::rename(&spool, &away).unwrap();
    let error = log.write(&lines[1..2]).await.unwrap_err();
    assert!(error.to_string().starts_with("write the log nightly-1/load/1 to the spool"), "{error}");
    std::fs::rename(&away, &spool).unwrap();
    log.write(&lines[1..]).await.unwrap();
    log.flush().await.unwrap();
    assert_eq!(all(&CloudLogReader::new(&account), &name("load", 1)).await, lines);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_another_release_has_left_stays() {
    let account = account().await;
    let dir = tempfile::tempdir().unwrap();
    let other = dir.path().join("other");
    std::fs::create_dir(&other).unwrap();
    std::fs::write(other.join("lock"), "").unwrap();
    std::fs::write(other.join("00000000.segment"), "rsqlspl9 and more").unwrap();
    let logs = open(&account, dir.path()).await;
    assert!(logs.drain(LIMIT).await);
    drop(logs);
    assert!(other.join("00000000.segment").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_that_is_refused_takes_no_other_along() {
    let account = account().await;
    let taken: Arc<Mutex<Vec<String>>> = Arc::default();
    let kept = Arc::clone(&taken);
    let service = Server::start(move |request, _| {
        let input: Value = serde_json::from_slice(&request.body).unwrap();
        let events = input["logEvents"].as_array().cloned().unwrap_or_default();
        let message = |event: &Value| event["message"].as_str().unwrap().to_owned();
        if events.iter().any(|event| message(event).contains("poison")) {
            return answer(400, &json!({"__type": "InvalidParameterException", "message": "no"}));
        }
        // It keeps nothing that is older than an hour, as a group with a short retention.
        let oldest = now().as_millis() - 60 * 60 * 1_000;
        let expired = events.iter().take_while(|event| event["timestamp"].as_i64().unwrap() < oldest).count();
        kept.lock().unwrap().extend(events[expired..].iter().map(message));
        let rejected = (expired > 0).then(|| json!({"expiredLogEventEndIndex": expired}));
        answer(200, &json!({"rejectedLogEventsInfo": rejected}))
    });
    let endpoint = Some(format!("http://{}", service.address()));
    let stack = account.stack().clone();
    let settled = AccountSettings { stack, endpoint, ..AccountSettings::default() };
    let dir = tempfile::tempdir().unwrap();
    let logs = open(&Account::open(settled).await.unwrap(), dir.path()).await;
    let (now, before) = (now(), now() - Millis::from_mins(120));
    let texts = ["one", "poison", "two", "three", "poison", "four"];
    let mut lines = vec![line(before, "expired")];
    lines.extend(texts.map(|text| line(now, text)));
    logs.open(&name("load", 1)).await.unwrap().write(&lines).await.unwrap();
    assert!(logs.drain(LIMIT).await);
    let mut seen = taken.lock().unwrap().clone();
    seen.sort();
    assert_eq!(seen, ["out four", "out one", "out three", "out two", &format!("out@{before} expired")]);
}

fn answer(status: u16, body: &Value) -> Reply {
    let headers = vec![("content-type".to_owned(), "application/x-amz-json-1.1".to_owned())];
    Reply::Answer(Answer { status, headers, body: body.to_string().into_bytes() })
}

/// Whether it comes to be so within the limit.
async fn poll(is_so: impl Fn() -> bool) -> bool {
    let end = tokio::time::Instant::now() + LIMIT;
    while !is_so() {
        if tokio::time::Instant::now() > end {
            return false;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    true
}
