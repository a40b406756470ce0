//! A model of claim, lease, takeover and settle, searched exhaustively. The rules in it are the real ones of
//! `fleet_core::state`; the store, the queue, the clocks and the order of a worker's steps are modelled. Owns no graph of
//! jobs and no cancel: those are the simulation's.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that meets the unexpected ends there")]

mod actions;
mod bounds;
mod paths;
mod properties;
mod rules;
mod state;
mod steps;
mod store;
mod tidy;

use std::collections::BTreeSet;

use bounds::FAULTS_MAX;
use properties::{HIGHEST_FENCE, LEASE_RESPECTED, NOT_LOST, NOT_SIDE_BY_SIDE, RECORDED_ONCE};
use rules::{Fleet, Planted};
use stateright::{Checker as _, HasDiscoveries, Model as _};

/// Searches all states that paths with so many faults lead to.
fn holds_under(faults: u8) {
    let checker = Fleet::new(None, faults).checker().spawn_dfs().join();
    println!(
        "all paths with up to {faults} faults: {} unique states, {} steps between them",
        checker.unique_state_count(),
        checker.state_count()
    );
    checker.assert_properties();
}

#[test]
fn everything_holds_under_any_two_faults() {
    holds_under(FAULTS_MAX);
}

#[test]
#[ignore = "takes minutes: run it when the protocol changes"]
fn everything_holds_under_any_three_faults() {
    holds_under(FAULTS_MAX + 1);
}

#[test]
fn every_path_ends() {
    let walk = paths::walk(&Fleet::new(None, FAULTS_MAX));
    println!("{} unique states, {} of them the end of paths", walk.states, walk.ends);
    assert!(walk.circle.is_none(), "a path may go round for ever: {:#?}", walk.circle);
    assert!(walk.ends > 0);
}

/// The search finds a planted fault by the property that it breaks.
fn finds(planted: Planted, property: &'static str) {
    let first = HasDiscoveries::AnyOf(BTreeSet::from([property]));
    let checker = Fleet::new(Some(planted), FAULTS_MAX).checker().finish_when(first).spawn_bfs().join();
    let Some(path) = checker.discovery(property) else {
        panic!("{planted:?} is not found: {property}");
    };
    println!("{planted:?} is found after {} unique states:", checker.unique_state_count());
    println!("  not \"{property}\": {:?}", path.into_actions());
}

#[test]
fn a_fence_that_is_not_checked_is_found() {
    finds(Planted::FenceUnchecked, HIGHEST_FENCE);
}

#[test]
fn a_result_that_is_recorded_twice_is_found() {
    finds(Planted::RevisionIgnored, RECORDED_ONCE);
}

#[test]
fn a_margin_that_is_ignored_is_found() {
    finds(Planted::MarginIgnored, LEASE_RESPECTED);
}

#[test]
fn a_message_deleted_before_the_write_is_found() {
    finds(Planted::DeletedBeforeWrite, NOT_LOST);
}

#[test]
fn a_message_deleted_before_the_send_is_found() {
    finds(Planted::DeletedBeforeSend, NOT_LOST);
}

#[test]
fn sessions_that_are_not_ended_are_found() {
    finds(Planted::EndLostSkipped, NOT_SIDE_BY_SIDE);
}

#[test]
fn a_worker_that_begins_after_its_lease_is_found() {
    finds(Planted::LeaseEndIgnored, NOT_SIDE_BY_SIDE);
}
