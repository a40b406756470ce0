//! Executions and jobs as the operator sees them. Owns the documented JSON shapes: fields are added, never renamed or
//! removed. Reads the store through the ports and changes nothing.

mod execution;
mod job;
mod text;

pub(crate) use execution::{Brief, Execution};
pub(crate) use job::{Job, Mark};
pub(crate) use text::{brief_table, faults, head, jobs_table, remark_on};
