//! The store as a file: closing and opening, several processes, and files that are not as they should be.

use std::collections::BTreeSet;
use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use crate::common::{Bench, HandClock, patient};
use fleet_core::ids::{ExecutionId, JobId};
use fleet_core::ports::{
    BATCH_MAX, Executions, Gain, JobWrite, Outgoing, PortError, Queue as _, Recorded, Teller, Telling, Told,
};
use fleet_core::state::{JobRow, JobStatus, ROW_FORMAT};
use fleet_core::time::Millis;
use fleet_embedded::Store;
use nix::unistd::{Uid, setfsuid};

const FILE: &str = "fleet.sqlite3";

fn execution() -> ExecutionId {
    ExecutionId::parse("nightly-1").expect("it is a legal id")
}

fn job(name: &str) -> JobId {
    JobId::parse(name).expect("it is a legal id")
}

fn message(body: &str) -> Outgoing {
    Outgoing::now(body.to_owned())
}

fn open(dir: &Path) -> Result<Store, String> {
    let clock = HandClock::at("2026-11-22T02:00:00Z").clock();
    Store::open(dir, clock).map_err(|error| error.to_string())
}

async fn put(store: &Store, name: &str, row: &JobRow) -> Result<Recorded<JobRow>, PortError> {
    let (execution, job) = (execution(), job(name));
    store.record_job(JobWrite { execution: &execution, job: &job, seen: None, row, audit: &[] }).await
}

#[tokio::test]
async fn everything_is_there_after_closing_and_opening() {
    let Bench { dir, hand, store } = Bench::new();
    let row = JobRow { format: ROW_FORMAT, status: JobStatus::Waiting, told: 3, ..JobRow::default() };
    put(&store, "load", &row).await.unwrap();
    store.queue("jobs", patient()).send(&[message("kept")]).await.unwrap();
    drop(store);
    let store = Store::open(dir.path(), hand.clock()).unwrap();
    let found = store.jobs(&execution(), &[job("load")]).await.unwrap();
    assert_eq!(found[0].as_ref().map(|found| &found.row), Some(&row));
    let found = store.queue("jobs", patient()).receive(1, Millis(0)).await.unwrap();
    assert_eq!(found[0].body, "kept");
}

/// What a loss of power leaves: the file, and the log up to some byte.
fn after_loss(dir: &Path, log_bytes: usize) -> tempfile::TempDir {
    let left = tempfile::tempdir().expect("there is a place for temporary files");
    let log_name = format!("{FILE}-wal");
    std::fs::copy(dir.join(FILE), left.path().join(FILE)).expect("the file is there");
    let log = std::fs::read(dir.join(&log_name)).expect("the log is there while the store is open");
    std::fs::write(left.path().join(log_name), &log[..log_bytes.min(log.len())]).expect("there is space");
    left
}

async fn kept_jobs(dir: &Path) -> Vec<String> {
    let store = open(dir).expect("what is left can be opened");
    let page = store.job_page(&execution(), None, usize::MAX).await.expect("what is left can be read");
    page.into_iter().map(|(job, _)| job.to_string()).collect()
}

#[tokio::test]
async fn a_loss_of_power_takes_the_last_answers_and_never_one_from_between() {
    const JOBS: usize = 12;
    /// Prime, and smaller than a page: cuts frames at many places.
    const STEP_BYTES: usize = 3_001;
    let bench = Bench::new();
    let store = bench.store.ahead();
    let log = bench.dir.path().join(format!("{FILE}-wal"));
    let names: Vec<String> = (0..JOBS).map(|number| format!("job{number:02}")).collect();
    let (first, last) = names.split_at(JOBS / 2);
    for name in first {
        put(&store, name, &JobRow::default()).await.unwrap();
    }
    store.secure().await.unwrap();
    let secured_bytes = std::fs::metadata(&log).unwrap().len() as usize;
    for name in last {
        put(&store, name, &JobRow::default()).await.unwrap();
    }
    let all_bytes = std::fs::metadata(&log).unwrap().len() as usize;
    let mut counts = BTreeSet::new();
    for bytes in (secured_bytes..all_bytes + STEP_BYTES).step_by(STEP_BYTES) {
        let left = after_loss(bench.dir.path(), bytes);
        let kept = kept_jobs(left.path()).await;
        assert!(kept.len() >= first.len(), "{kept:?} are left of a log that was secured with {first:?}");
        assert_eq!(kept[..], names[..kept.len()], "cut at byte {bytes}");
        counts.insert(kept.len());
    }
    assert_eq!(counts, (first.len()..=JOBS).collect());
}

#[tokio::test]
async fn stores_on_one_directory_race_as_one() {
    const TELLERS: usize = 60;
    let bench = Bench::new();
    let stores: Vec<Store> =
        (0..3).map(|_| Store::open(bench.dir.path(), bench.hand.clock()).unwrap()).collect();
    let settled = JobRow { format: ROW_FORMAT, status: JobStatus::Succeeded, ..JobRow::default() };
    let mut tasks = tokio::task::JoinSet::new();
    for number in 0..TELLERS {
        let name = format!("teller{number}");
        put(&stores[0], &name, &settled).await.unwrap();
        // Each of the stores tells the same: one of them must win.
        for store in stores.clone() {
            let (name, execution) = (job(&name), execution());
            tasks.spawn(async move {
                let tellers = [Teller { job: name, from: 0, to: 1, frees_slot: false }];
                let gains = [Gain { job: job("both"), settled: 1, good: 1, bad: 0 }];
                let telling =
                    Telling { execution: &execution, generation: 0, tellers: &tellers, gains: &gains };
                store.tell(telling).await.unwrap()
            });
        }
    }
    let done = tasks.join_all().await.into_iter().filter(|told| *told == Told::Done).count();
    assert_eq!(done, TELLERS);
    let found = bench.store.jobs(&execution(), &[job("both")]).await.unwrap();
    assert_eq!(found[0].as_ref().map(|found| found.row.tally.settled as usize), Some(TELLERS));
}

#[tokio::test]
async fn processes_share_queues_and_wake_each_other() {
    let bench = Bench::new();
    let other = Store::open(bench.dir.path(), bench.hand.clock()).unwrap();
    let (here, there) = (bench.store.queue("jobs", patient()), other.queue("jobs", patient()));
    let waiting = tokio::spawn(async move { here.receive(1, Millis::from_secs(30)).await.unwrap() });
    there.send(&[message("from outside")]).await.unwrap();
    assert_eq!(waiting.await.unwrap()[0].body, "from outside");

    let here = bench.store.queue("jobs", patient());
    let batch: Vec<Outgoing> = (0..BATCH_MAX).map(|number| message(&number.to_string())).collect();
    here.send(&batch).await.unwrap();
    let mut bodies = BTreeSet::new();
    for queue in [&here, &there, &here, &there] {
        bodies.extend(queue.receive(3, Millis(0)).await.unwrap().into_iter().map(|delivery| delivery.body));
    }
    assert_eq!(bodies.len(), BATCH_MAX);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_can_open_a_new_directory_at_once() {
    let dir = tempfile::tempdir().unwrap();
    let mut opening = tokio::task::JoinSet::new();
    for _ in 0..6 {
        let path = dir.path().join("state");
        opening.spawn_blocking(move || open(&path).map(|_| ()));
    }
    for opened in opening.join_all().await {
        assert_eq!(opened, Ok(()));
    }
}

#[test]
fn files_that_are_not_ours_are_left_alone() {
    fn check(prepare: impl FnOnce(&Path), expect: &str) {
        let dir = tempfile::tempdir().expect("there is a place for temporary files");
        let file = dir.path().join(FILE);
        prepare(&file);
        let before = std::fs::read(&file).expect("the test made the file");
        let seen = open(dir.path()).err().map(|text| text.replace(&file.display().to_string(), "FILE"));
        assert_eq!(seen.as_deref(), Some(expect));
        assert!(std::fs::read(&file).is_ok_and(|after| after == before), "{expect}: the file was changed");
    }
    let sql = |text: &'static str| {
        move |file: &Path| {
            rusqlite::Connection::open(file)
                .and_then(|conn| conn.execute_batch(text))
                .expect("it is legal SQL");
        }
    };
    check(
        sql("CREATE TABLE other (a)"),
        "open FILE: it is a database of another program; use another state directory",
    );
    check(
        sql("PRAGMA application_id = 0x52535146; PRAGMA user_version = 77; CREATE TABLE newer (a)"),
        "open FILE: it has schema 77, this release knows schemas up to 3; upgrade this program, or use another state \
         directory",
    );
    check(
        |file| {
            let text = "this is no database, and long enough to be seen as none. ".repeat(40);
            std::fs::write(file, text).expect("the file can be written");
        },
        "open FILE: FILE is damaged (file is not a database); move it away and restore a backup",
    );
}

#[tokio::test]
async fn a_damaged_page_is_told() {
    let Bench { dir, hand, store } = Bench::new();
    let row = JobRow { format: ROW_FORMAT, ..JobRow::default() };
    for number in 0..50 {
        put(&store, &format!("job{number}"), &row).await.unwrap();
    }
    drop(store);
    let file = dir.path().join(FILE);
    let conn = rusqlite::Connection::open(&file).unwrap();
    conn.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
    drop(conn);
    let mut bytes = std::fs::read(&file).unwrap();
    bytes[8_192..].fill(0xAA);
    std::fs::write(&file, bytes).unwrap();
    let store = Store::open(dir.path(), hand.clock()).unwrap();
    let error = store.job_page(&execution(), None, 100).await.unwrap_err();
    assert!(matches!(error, PortError::Refused { .. }));
    assert!(
        error.to_string().contains("is damaged (database disk image is malformed); move it away"),
        "{error}"
    );
}

#[tokio::test]
async fn a_row_of_a_newer_release_is_refused() {
    let bench = Bench::new();
    let row = JobRow { format: ROW_FORMAT + 1, ..JobRow::default() };
    put(&bench.store, "newer", &row).await.unwrap();
    let error = bench.store.jobs(&execution(), &[job("newer")]).await.unwrap_err();
    let expect = "read jobs of nightly-1: a stored job has format 2, this release reads up to 1; upgrade it";
    assert_eq!(error.to_string(), expect);
}

#[test]
fn a_state_directory_that_cannot_be_made_is_told() {
    let dir = tempfile::tempdir().unwrap();
    let in_the_way = dir.path().join("file");
    std::fs::write(&in_the_way, "").unwrap();
    let path = in_the_way.join("state");
    let expect = format!("make the state directory {}", path.display());
    assert_eq!(open(&path).err(), Some(expect));
}

/// Opens the store as a user who owns nothing, on a thread of its own.
fn open_as_nobody(dir: &Path) -> Result<(), String> {
    std::thread::scope(|scope| {
        let opening = scope.spawn(|| {
            // The superuser may write everywhere; others are held by the permissions as they are.
            setfsuid(Uid::from_raw(65_534));
            open(dir).map(|_| ())
        });
        opening.join().expect("opening does not panic")
    })
}

fn permit(path: &Path, mode: u32) {
    std::fs::set_permissions(path, Permissions::from_mode(mode)).expect("the test owns its files");
}

#[test]
fn a_read_only_directory_is_told() {
    let dir = tempfile::tempdir().unwrap();
    permit(dir.path(), 0o555);
    let file = dir.path().join(FILE);
    let expect = format!(
        "open {0}: {0} cannot be opened (unable to open database file: {0}); make the file and its directory readable and \
         writable for this user",
        file.display()
    );
    assert_eq!(open_as_nobody(dir.path()), Err(expect));
    assert!(!file.exists());
    permit(dir.path(), 0o755);
}

#[test]
fn a_read_only_file_is_told() {
    let dir = tempfile::tempdir().unwrap();
    drop(open(dir.path()).unwrap());
    let file = dir.path().join(FILE);
    permit(&file, 0o444);
    permit(dir.path(), 0o555);
    let error = open_as_nobody(dir.path()).unwrap_err();
    assert!(error.contains("for this user") && error.contains(&file.display().to_string()), "{error}");
    permit(dir.path(), 0o755);
}
