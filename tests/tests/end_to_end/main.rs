//! End to end: the real executables on a real PostgreSQL, with processes that are killed, drained, starved of disk and
//! cut off from the database. One file a topic; each test has a project and a database of its own.
//!
//! It proves what only whole processes can show. Rules, orders of messages and rare interleavings are the protocol
//! test's and the crates' own.

#![expect(clippy::panic, reason = "a test fails by panicking, its helpers too")]

mod support;

mod alerts;
mod cancel;
mod disk_full;
mod drain;
mod joining;
mod limits;
mod lost_worker;
mod operator;
mod outcomes;
mod postgres_down;
mod preconditions;
mod redshift_sql;
mod restart;
mod scheduled;
mod scripts;
mod secrets;
mod starts;
mod telemetry;
