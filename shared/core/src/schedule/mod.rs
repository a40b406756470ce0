//! When a workflow starts by itself. Owns schedule expressions in EventBridge syntax, time zones, the daylight-saving rules
//! of EventBridge Scheduler and the catch-up policy. Reads no clock and waits for nothing: the times are arguments.

mod cron;
mod firing;
mod zone;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use cron::{Cron, CronError};
pub use firing::{DUE_MAX, catch_up};
pub use zone::{Zone, ZoneError};

/// One way in which a workflow starts by itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Schedule {
    /// At which minutes, by the wall clock of the zone.
    pub cron: Cron,
    /// Whose wall clock.
    pub timezone: Zone,
    /// What to do about starts that nobody was there to make.
    #[serde(default)]
    pub catch_up: CatchUp,
    /// Params of the executions it starts, as plain text.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub params: BTreeMap<String, String>,
}

/// What to do about starts that were missed while nothing was running.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CatchUp {
    /// Nothing: the next one is the next one.
    Skip,
    /// The last missed one. The default.
    #[default]
    Latest,
    /// Every missed one, oldest first.
    All,
}

#[cfg(test)]
mod tests;
