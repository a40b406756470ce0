//! The contract suites: what every adapter of a port must do, as small named checks that know only the port.
//!
//! An adapter joins with one line a suite, for instance `contract::executions(&store).await.assert_passed()`. Owns the
//! checks and their report. Knows no adapter, no runtime and no clock: where time must pass, the adapter's test is asked to
//! let it pass.

mod announcer;
mod definitions;
mod executions;
mod logs;
mod queue;
mod report;
mod sample;
mod together;

pub use announcer::{Published, announcer};
pub use definitions::definitions;
pub use executions::executions;
pub use logs::logs;
pub use queue::{QUEUE_MAX_RECEIVES, QUEUE_VISIBILITY, QueueBench, queue};
pub use report::{Failure, Report};
pub use together::Later;
