//! Tests of the AWS adapters from the outside, in one executable, against a local endpoint: the contract suites, then what
//! each adapter does beyond them.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod alerts;
mod alike;
mod common;
mod contract;
mod dynamodb;
mod logs;
mod metadata;
mod metrics;
mod notification;
mod objects;
mod queue;
mod schedules;
mod secrets;
