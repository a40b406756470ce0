//! Preconditions between looks: the slot given back, the poll kept, the time limit of the whole wait.

use fleet_core::state::JobStatus;
use fleet_core::state::settle::AttemptEnd;
use fleet_core::time::Millis;

use crate::support::{Act, Bench};

fn landed(more: &str) -> String {
    format!("workflow: w\njobs:\n  - {{ id: load, precondition: {{ file: \"/x/*\" }}, poll: 60s{more} }}\n")
}

#[tokio::test(start_paused = true)]
async fn a_look_that_is_not_met_comes_again_after_its_poll() {
    let mut bench = Bench::new(&landed(""));
    bench.runner.acts([
        Act::End(AttemptEnd::NotYet),
        Act::End(AttemptEnd::NotYet),
        Act::End(AttemptEnd::Met),
    ]);
    bench.send(1, 0);
    bench.start();
    let waited = bench.until_done().await;
    assert!(waited >= Millis::from_secs(120) && waited < Millis::from_secs(122), "{waited}");
    assert_eq!((bench.row().status, bench.row().turn.attempt), (JobStatus::Succeeded, 1));
    let audit = bench.audit();
    assert_eq!(
        audit,
        [
            "AttemptStarted 1.0",
            "LookedAt 1.0",
            "AttemptStarted 1.1",
            "LookedAt 1.1",
            "AttemptStarted 1.2",
            "Succeeded 1.2"
        ]
    );
    assert_eq!(bench.end().await.looked, 2);
}

#[tokio::test(start_paused = true)]
async fn the_whole_wait_has_the_time_limit() {
    let mut bench = Bench::new(&landed(", timeout: 90s"));
    bench.runner.acts((0..9).map(|_| Act::End(AttemptEnd::NotYet)));
    bench.send(1, 0);
    bench.start();
    let waited = bench.until_done().await;
    assert!(waited >= Millis::from_secs(90) && waited < Millis::from_secs(92), "{waited}");
    assert_eq!(bench.row().status, JobStatus::Failed);
    assert_eq!(bench.store.count("run load 1.2"), 1);
}

#[tokio::test(start_paused = true)]
async fn a_look_that_hangs_is_ended() {
    let mut bench = Bench::new(&landed(""));
    bench.runner.acts([Act::Hang]);
    bench.send(1, 0);
    bench.start();
    let waited = bench.until_done().await;
    assert!(waited >= bench.settings.look_limit, "{waited}");
    assert_eq!(bench.row().status, JobStatus::Failed);
}

#[tokio::test(start_paused = true)]
async fn a_look_waits_until_what_a_lost_one_has_left_is_ended() {
    let mut bench = Bench::new(&landed(""));
    bench.store.write("load", |row| {
        row.status = JobStatus::Waiting;
        row.turn.attempt = 2;
    });
    bench.runner.acts([Act::End(AttemptEnd::Met)]);
    // Once more than a script would try.
    bench.runner.cannot_end_lost(5);
    bench.send(2, 0);
    bench.start();
    bench.until_done().await;
    assert_eq!(bench.store.count("end_lost load 1"), 6);
    assert_eq!(bench.audit(), ["AttemptStarted 2.0", "Succeeded 2.0"]);
}
