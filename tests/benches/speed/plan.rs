//! How much is measured: all of it in some ten minutes, or a quick part. Owns the sizes. Measures nothing.

use std::time::Duration;

use crate::graph::Work;
use crate::report::Tool;

/// Sizes of all measurements.
#[derive(Debug)]
pub(crate) struct Plan {
    /// Jobs of the chains.
    pub(crate) chains: [usize; 2],
    /// Widths of the fans.
    pub(crate) fans: [usize; 2],
    /// Independent jobs.
    pub(crate) independent: usize,
    /// Runs of each fan; the median counts.
    pub(crate) rounds: usize,
    /// Jobs in one workflow.
    pub(crate) growth: &'static [usize],
    /// How long one of those may run; its remaining jobs are then cancelled.
    pub(crate) growth_limit: Duration,
    /// Open executions.
    pub(crate) open: &'static [usize],
    /// Starts of `rsql` and of `psql`.
    pub(crate) starts: usize,
    /// Small statements that both run in one script.
    pub(crate) statements: usize,
    /// Rows that both show.
    pub(crate) rows: usize,
    /// Whether this release can reuse sessions.
    pub(crate) can_reuse: bool,
}

impl Plan {
    /// All that the tables show.
    pub(crate) fn full(can_reuse: bool) -> Self {
        Self {
            chains: [50, 1_000],
            fans: [200, 1_000],
            independent: 1_000,
            rounds: 3,
            growth: &[100, 1_000, 10_000, 100_000],
            growth_limit: Duration::from_secs(90),
            open: &[1, 100, 1_000, 10_000],
            starts: 30,
            statements: 10_000,
            rows: 1_000_000,
            can_reuse,
        }
    }

    /// A look at everything in a minute or two. Its figures are rougher.
    pub(crate) fn quick(can_reuse: bool) -> Self {
        Self {
            chains: [50, 200],
            fans: [100, 200],
            independent: 200,
            rounds: 1,
            growth: &[100, 1_000, 10_000],
            growth_limit: Duration::from_secs(8),
            open: &[1, 100, 1_000],
            starts: 10,
            statements: 2_000,
            rows: 200_000,
            can_reuse,
        }
    }

    /// Whether a tool takes part: jobs that need no session cannot reuse one.
    pub(crate) fn has(&self, tool: Tool, work: Work) -> bool {
        tool != Tool::FleetReused || (self.can_reuse && work == Work::Select)
    }
}
