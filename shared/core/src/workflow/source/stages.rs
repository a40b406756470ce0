//! The older stage form: stages that run in order, each with scripts side by side or one after the other. Owns its keys.
//! What it means is written in `compile::stages`, which turns it into the same graph.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::super::limits::{ENTRIES_MAX, JOBS_MAX, SCHEDULES_MAX};
use super::super::template::Template;
use super::text::{self, Name, ScriptPath};
use super::{AlertsFile, ScheduleFile};
use crate::ids::WorkflowId;
use crate::time::Millis;

/// A workflow in the older form: stages of scripts. It becomes the same graph as the newer form.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "StagedWorkflow")]
pub(in super::super) struct StageFile {
    /// Name of the workflow.
    pub(in super::super) workflow_id: WorkflowId,
    /// The stages, in the order in which they run. A stage whose scripts did not all succeed stops the rest.
    #[schemars(length(min = 1, max = JOBS_MAX))]
    pub(in super::super) workflow_stages: Vec<Stage>,
    /// What it is for; shown to people only.
    #[serde(default)]
    pub(in super::super) description: Option<String>,
    /// Who answers for it; shown to people only.
    #[serde(default)]
    pub(in super::super) owner: Option<String>,
    /// When it starts by itself.
    #[serde(default)]
    #[schemars(length(max = SCHEDULES_MAX))]
    pub(in super::super) schedule: Option<Vec<ScheduleFile>>,
    /// Named connection of the scripts.
    #[serde(default)]
    pub(in super::super) connection: Option<Name>,
    /// Values of an execution.
    #[serde(default)]
    #[schemars(extend("maxProperties" = ENTRIES_MAX, "propertyNames" = text::variable_names()))]
    pub(in super::super) params: Option<BTreeMap<String, Template>>,
    /// How long an execution may take before it is stopped.
    #[serde(default)]
    pub(in super::super) timeout: Option<Millis>,
    /// Who is told what.
    #[serde(default)]
    pub(in super::super) alerts: Option<AlertsFile>,
}

/// One stage.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(in super::super) struct Stage {
    /// `n` leaves the stage out.
    #[serde(default)]
    pub(in super::super) execution_flag: Flag,
    /// Whether its scripts run side by side or one after the other.
    pub(in super::super) execution_type: StageKind,
    /// The scripts, relative to the script root.
    #[schemars(length(max = JOBS_MAX))]
    pub(in super::super) scripts: Vec<ScriptPath>,
}

/// Whether a stage takes part.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
pub(in super::super) enum Flag {
    /// It does. The default.
    #[default]
    #[serde(rename = "y")]
    Yes,
    /// It does.
    #[serde(rename = "Y")]
    UpperYes,
    /// It is left out.
    #[serde(rename = "n")]
    No,
    /// It is left out.
    #[serde(rename = "N")]
    UpperNo,
}

/// How the scripts of a stage run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(in super::super) enum StageKind {
    /// Side by side.
    Parallel,
    /// One after the other.
    Sequential,
}
