//! Every limit of a workflow file, with the reason beside it. Does not enforce them: the checks that do name them.

use crate::time::Millis;

/// Bytes of one workflow file. Fits 100,000 jobs with room for settings, and bounds what a parse can cost.
pub const TEXT_BYTES_MAX: usize = 64 << 20;
/// Nesting of a workflow file. The deepest legal form has 6 levels; the reader recurses once a level.
pub const DEPTH_MAX: usize = 32;
/// Nodes that YAML aliases may add. Bounds files whose few anchors unfold into millions of nodes.
pub const ALIAS_NODES_MAX: usize = 100_000;
/// Jobs of one workflow. The largest graph that the simulation and the benches hold the fleet to.
pub const JOBS_MAX: usize = 100_000;
/// Needs that an author can give one job; wide stages may make more. Each is an update when it is told: 10,000 are 100
/// transactions.
pub const NEEDS_MAX: usize = 10_000;
/// Edges of one workflow. Keeps the edge tables of the compiled graph in tens of megabytes.
pub const EDGES_MAX: usize = 2_000_000;
/// Schedules of one workflow. Each is looked at every minute.
pub const SCHEDULES_MAX: usize = 100;
/// Params of one workflow, and vars, args or env entries of one job. All reach a script's start-up.
pub const ENTRIES_MAX: usize = 500;
/// Bytes of one template. Values are arguments of processes, and Linux caps one at 128 KiB.
pub const TEMPLATE_BYTES_MAX: usize = 32 << 10;
/// Bytes of all filled params of an execution. They are recorded on its row, whose item may have 400 KB.
pub const BINDINGS_BYTES_MAX: usize = 64 << 10;
/// Tries at one job. More means the cause is not transient.
pub const ATTEMPTS_MAX: u32 = 100;
/// `max_parallel` of one workflow. Above it the slot count on the execution row would be the bottleneck.
pub const PARALLEL_MAX: u32 = 10_000;
/// Longest timeout, window or back-off. A year and a day: longer is a mistake in the unit.
pub const DURATION_MAX: Millis = Millis(366 * 86_400_000);
/// Shortest `poll` of a precondition. Below a second it would only burn requests.
pub const POLL_MIN: Millis = Millis(1_000);
/// Faults shown for one file. Beyond a hundred they have one cause.
pub const FAULTS_MAX: usize = 100;
