//! Workflows: what an author writes, and the compiled graph that runs.
//!
//! Owns both file forms, their checks, the compiled [`Definition`], templates and limits. Does not own what happens to a
//! job at run time (`crate::state`), nor when a schedule fires (`crate::schedule`). Looks at no disk: whether a script
//! exists is asked through a closure.

mod definition;
mod graph;
mod job;
pub mod limits;
mod nearest;
pub mod template;

pub use definition::{AlertOn, AlertPolicy, Definition, DefinitionError, OnFailure, Parts};
pub use graph::JobIx;
pub use job::{Job, Precondition, RetryOn, RetryPolicy, RunIf, ScriptKind, TimeOfDay, Work};
pub use template::{Bindings, Occasion, Template};
