//! Proof that the net holds: two attempts at work are seen by the warehouse, whichever way they overlap. Owns a database in
//! which they do.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use fleet_tests::postgres::Postgres;

use crate::work::WAREHOUSE;

/// Long enough for a busy machine.
const SOON: Duration = Duration::from_secs(30);
/// Between two looks.
const PAUSE: Duration = Duration::from_millis(50);

#[test]
fn two_attempts_at_work_are_seen() {
    let database = Postgres::shared().new_database();
    database.psql(WAREHOUSE);
    // The first attempt's session stays when its worker is lost.
    let mut first = Command::new(database.psql_path())
        .args(["-X", "-q", "-d", database.uri(), "-c", "select begin_attempt('e', 'j', 1)", "-c"])
        .arg("select pg_sleep(60)")
        .env("PGAPPNAME", "rsql/e/j/1")
        .stdout(Stdio::null())
        .spawn()
        .expect("psql starts");
    let deadline = Instant::now() + SOON;
    while database.psql("select count(*) from begun") == "0" {
        assert!(Instant::now() < deadline, "the first attempt has not begun");
        std::thread::sleep(PAUSE);
    }
    let seen = |calls: &str, expect: &str| {
        database.psql(&format!("truncate side_by_side; {calls}"));
        let what = database.psql("select job || attempt || ' ' || what from side_by_side");
        assert!(what.starts_with(expect) && what.lines().count() <= 1, "`{what}` instead of `{expect}`");
    };
    seen("select begin_attempt('e', 'j', 2)", "j2 began beside rsql/e/j/1 active ");
    seen("select finish_attempt('e', 'j', 1)", "j1 worked after attempt 2 had begun");
    seen("select begin_attempt('e', 'k', 2); select begin_attempt('e', 'k', 1)", "k1 began after attempt 2");
    // In their order there is nothing to see.
    seen("select begin_attempt('e', 'l', 1)", "");
    seen("select begin_attempt('e', 'l', 2); select finish_attempt('e', 'l', 2)", "");
    assert_eq!(database.psql("select count(*) from side_by_side"), "0");
    first.kill().and_then(|()| first.wait()).expect("a child of ours ends");
}
