//! The rules of the protocol, pure: rows and the time come in, rows and decisions go out. Does no I/O and keeps nothing.

pub mod claim;
pub mod readiness;
pub mod resume;
pub mod retry;
mod rows;
pub mod settle;
mod transition;

pub use rows::{
    Cancel, CancelCause, ExecutionRow, JobResult, JobRow, Lease, ROW_FORMAT, Request, Rev, SkipCause,
    StatementFault, Tally, Turn, Versioned,
};
pub use transition::{ExecutionChange, ExecutionStatus, IllegalTransition, JobChange, JobStatus};
