//! The vocabulary, the pure rules and the ports of the fleet.
//!
//! Owns: names, times, the workflow model, schedules, the transition rules of jobs and executions, wire types, and the
//! ports that adapters implement. Does no I/O, reads no clock and knows no runtime: facts and the time come in, decisions
//! go out.

pub mod alert;
pub mod audit;
#[cfg(feature = "contract")]
pub mod contract;
pub mod cost;
pub mod ids;
pub mod ports;
pub mod roster;
pub mod schedule;
pub mod state;
pub mod time;
pub mod wire;
pub mod workflow;
