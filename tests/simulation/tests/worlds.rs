//! Ten thousand simulated worlds, and the proof that a seed always gives the same one. Owns how many; what must hold in
//! each is the crate's.

#![expect(clippy::panic, reason = "a test that meets the unexpected ends there")]

use fleet_simulation::{Tracing, run};

/// Worlds of one test. Several tests, so that all cores work and none comes near the runner's time limit.
const WORLDS: u64 = 1_000;

fn check(thousand: u64) {
    let first = thousand * WORLDS + 1;
    for seed in first..first + WORLDS {
        if let Err(failure) = run(seed, Tracing::Off) {
            panic!("{}", failure.explain());
        }
    }
}

#[test]
fn worlds_1_to_1000() {
    check(0);
}

#[test]
fn worlds_1001_to_2000() {
    check(1);
}

#[test]
fn worlds_2001_to_3000() {
    check(2);
}

#[test]
fn worlds_3001_to_4000() {
    check(3);
}

#[test]
fn worlds_4001_to_5000() {
    check(4);
}

#[test]
fn worlds_5001_to_6000() {
    check(5);
}

#[test]
fn worlds_6001_to_7000() {
    check(6);
}

#[test]
fn worlds_7001_to_8000() {
    check(7);
}

#[test]
fn worlds_8001_to_9000() {
    check(8);
}

#[test]
fn worlds_9001_to_10000() {
    check(9);
}

#[test]
fn a_seed_is_a_run() {
    for seed in 1..=40 {
        let once = run(seed, Tracing::On);
        // On a thread of its own, which has seen no other run.
        let again = std::thread::spawn(move || run(seed, Tracing::On)).join();
        assert!(again.is_ok_and(|again| again == once), "seed {seed} went two ways");
    }
}

#[test]
fn tracing_changes_nothing() {
    for seed in 1..=40 {
        let (quiet, told) = (run(seed, Tracing::Off), run(seed, Tracing::On));
        let quiet = quiet.map(|summary| (summary.executions, summary.sessions, summary.virtual_ms));
        let told = told.map(|summary| (summary.executions, summary.sessions, summary.virtual_ms));
        assert_eq!(quiet.ok(), told.ok(), "seed {seed}");
    }
}
