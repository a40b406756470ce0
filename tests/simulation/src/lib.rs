//! The real dispatcher and workers in a simulated world: virtual time, faults told by a seed, every invariant watched at
//! every step. A seed is a run: the same seed gives the same run, line by line.
//!
//! Owns the world (a store with DynamoDB's conditions, queues with SQS's manners, a warehouse), the faults, the watch and
//! the verdict. Owns none of the fleet's rules: what runs here is the code that ships.

mod fleet;
mod graph;
mod link;
pub mod memory;
mod panics;
mod people;
mod plan;
mod run;
mod runner;
mod storm;
mod trace;
mod verdict;
mod warehouse;
mod watch;
mod weather;
mod world;
mod writes;

pub use run::{Failure, Summary, Tracing, run};
