//! Workflows: what an author writes, and the compiled graph that runs.
//!
//! Owns both file forms, their checks, the compiled [`Definition`], templates and limits. Does not own what happens to a
//! job at run time (`crate::state`), nor when a schedule fires (`crate::schedule`). Looks at no disk: whether a script
//! exists is asked through a closure.

mod compile;
mod definition;
mod diff;
mod fault;
mod graph;
mod job;
pub mod limits;
mod nearest;
mod parse;
mod rings;
mod schema;
mod shape;
mod source;
pub mod template;
mod tree;

pub use definition::{AlertOn, AlertPolicy, Definition, DefinitionError, OnFailure, Parts};
pub use diff::diff;
pub use fault::{Fault, Faults};
pub use graph::JobIx;
pub use job::{Job, JobSettings, Precondition, RetryOn, RetryPolicy, RunIf, ScriptKind, TimeOfDay, Work};
pub use parse::{ScriptCheck, parse};
pub use schema::json_schema;
pub use template::{Bindings, CODE_DIR, Occasion, SECRET_ID, Template};

#[cfg(test)]
mod tests;
