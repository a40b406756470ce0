//! Tests that need the inside of the store: a full disk, and what one command of a group can do to the others.

use std::sync::Arc;

use fleet_core::ports::{Clock, PortError};
use fleet_core::time::Timestamp;
use rusqlite::Connection;

use super::{Effect, Fault, Store};

/// Pages beyond the present ones that a "full disk" still takes.
const PAGES_LEFT: i64 = 20;
/// Bytes that fit no such disk.
const TOO_LARGE: usize = 4 << 20;

fn open(dir: &tempfile::TempDir) -> Store {
    Store::open(dir.path(), Clock::new(|| Timestamp::from_millis(0))).expect("a new directory can be opened")
}

/// Adds a note to a table of the test's own.
async fn add(store: &Store, text: String) -> Result<(), PortError> {
    let action = move |conn: &Connection| {
        conn.execute(
            "INSERT INTO audit (scope, key, at, data) VALUES ('test', ?1, 0, ?2)",
            [&text[..1], &text],
        )?;
        Ok(Effect::Keep(()))
    };
    store.write(|| "add a note".to_owned(), action).await
}

async fn count(store: &Store) -> i64 {
    let query = |conn: &Connection| Ok(conn.query_row("SELECT count(*) FROM audit", [], |row| row.get(0))?);
    store.read(|| "count the notes".to_owned(), query).await.expect("reading needs no space")
}

async fn limit_pages(store: &Store, left: i64) {
    let action = move |conn: &Connection| {
        let pages: i64 = conn.pragma_query_value(None, "page_count", |row| row.get(0))?;
        conn.pragma_update(None, "max_page_count", pages + left)?;
        Ok(Effect::Keep(()))
    };
    store.write(|| "limit the pages".to_owned(), action).await.expect("the limit can be set");
}

#[tokio::test]
async fn a_full_disk_is_told_and_leaves_nothing_half_done() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(&dir);
    add(&store, "a".to_owned()).await.unwrap();
    limit_pages(&store, PAGES_LEFT).await;
    let two_notes = |conn: &Connection| {
        for (key, text) in [("b", String::new()), ("c", "x".repeat(TOO_LARGE))] {
            conn.execute(
                "INSERT INTO audit (scope, key, at, data) VALUES ('test', ?1, 0, ?2)",
                [key, &text],
            )?;
        }
        Ok(Effect::Keep(()))
    };
    let error = store.write(|| "add two notes".to_owned(), two_notes).await.unwrap_err();
    let file = store.file().display();
    let expect =
        format!("add two notes: no space left for {file}; nothing was written; free some space on its disk");
    assert_eq!(error.to_string(), expect);
    assert!(matches!(error, PortError::Unavailable { .. }));
    assert_eq!(count(&store).await, 1);

    limit_pages(&store, i64::from(i32::MAX)).await;
    store.write(|| "add two notes".to_owned(), two_notes).await.unwrap();
    assert_eq!(count(&store).await, 3);
}

/// Holds the writer until all of `commands` wait, so that they come into one group.
async fn in_one_group<T: Send + 'static>(
    store: &Store,
    commands: Vec<impl Future<Output = T> + Send + 'static>,
) -> Vec<T> {
    let (hold, held) = std::sync::mpsc::channel::<()>();
    let holder = store.clone();
    let holding = tokio::spawn(async move {
        let action = move |_: &Connection| {
            // Ends when the other side is dropped, also when it is run a second time.
            let _ended = held.recv();
            Ok(Effect::Undo(()))
        };
        holder.write(|| "hold the writer".to_owned(), action).await
    });
    let mut running = Vec::new();
    for command in commands {
        running.push(tokio::spawn(command));
    }
    // Each has its permit, and so its place with the writer, one turn after it was polled first.
    let waiting = running.len() + 1;
    while super::writer::WAITING_MAX - store.inner().writer.room() < waiting {
        tokio::task::yield_now().await;
    }
    drop(hold);
    holding.await.unwrap().unwrap();
    let mut answers = Vec::new();
    for command in running {
        answers.push(command.await.unwrap());
    }
    answers
}

#[tokio::test]
async fn one_failing_command_does_not_harm_the_others_of_its_group() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(&dir);
    let texts = ["a", "b", "a", "c"];
    let commands: Vec<_> = texts
        .map(|text| {
            let store = store.clone();
            async move { add(&store, text.to_owned()).await.is_ok() }
        })
        .into();
    assert_eq!(in_one_group(&store, commands).await, [true, true, false, true]);
    assert_eq!(count(&store).await, 3);
}

#[tokio::test]
async fn a_command_too_large_for_the_disk_does_not_take_its_group_along() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(&dir);
    limit_pages(&store, PAGES_LEFT).await;
    let large = format!("b{}", "x".repeat(TOO_LARGE));
    let commands: Vec<_> = ["a".to_owned(), large, "c".to_owned()]
        .map(|text| {
            let store = store.clone();
            async move { add(&store, text).await.is_ok() }
        })
        .into();
    assert_eq!(in_one_group(&store, commands).await, [true, false, true]);
    assert_eq!(count(&store).await, 2);
}

#[tokio::test]
async fn an_undone_command_leaves_nothing_and_answers() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(&dir);
    let action = |conn: &Connection| {
        conn.execute("INSERT INTO audit (scope, key, at, data) VALUES ('test', 'a', 0, '')", [])?;
        Ok(Effect::Undo(7))
    };
    assert_eq!(store.write(|| "try".to_owned(), action).await.unwrap(), 7);
    assert_eq!(count(&store).await, 0);
}

#[tokio::test]
async fn what_was_sent_before_the_last_handle_is_dropped_is_written() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(&dir);
    let weak = Arc::downgrade(&store.inner);
    super::Inner::post(&weak, |conn| {
        conn.execute("INSERT INTO audit (scope, key, at, data) VALUES ('test', 'a', 0, '')", [])?;
        Ok(Effect::Keep(()))
    });
    drop(store);
    assert_eq!(count(&open(&dir)).await, 1);
}

#[tokio::test]
async fn audit_records_cannot_be_edited_in_the_file() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(&dir);
    add(&store, "a".to_owned()).await.unwrap();
    let edit = |conn: &Connection| Ok(Effect::Keep(conn.execute("UPDATE audit SET data = ''", [])?));
    let error = store.write(|| "edit".to_owned(), edit).await.unwrap_err();
    assert_eq!(error.to_string(), "edit: audit records are never edited");
}

#[test]
fn faults_name_the_remedy() {
    fn check(fault: Fault, expect: &str) {
        let error =
            fault.into_port_error("read job a".to_owned(), std::path::Path::new("/state/fleet.sqlite3"));
        assert_eq!(error.to_string(), expect);
    }
    check(
        Fault::ReadOnly,
        "read job a: /state/fleet.sqlite3 is read-only; nothing was written; make the file and its directory writable \
         for this user",
    );
    check(
        Fault::Shut("unable to open database file".to_owned()),
        "read job a: /state/fleet.sqlite3 cannot be opened (unable to open database file); make the file and its \
         directory readable and writable for this user",
    );
    check(
        Fault::Disk("disk I/O error".to_owned()),
        "read job a: the disk of /state/fleet.sqlite3 fails (disk I/O error); check the disk and its free space",
    );
    check(
        Fault::Busy,
        "read job a: another process keeps /state/fleet.sqlite3 locked; look for one that hangs",
    );
    check(
        Fault::Damaged("malformed".to_owned()),
        "read job a: /state/fleet.sqlite3 is damaged (malformed); move it away and restore a backup",
    );
    check(
        Fault::newer_row("a stored job", 9, 1),
        "read job a: a stored job has format 9, this release reads up to 1; upgrade it",
    );
}
