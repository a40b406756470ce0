//! A workflow file as its author writes it, in both forms. Owns the names, types, defaults and descriptions of all keys: the
//! published JSON Schema, the reader and serde all follow from these types. Compiles nothing.

mod stages;
mod text;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

pub(super) use stages::{Flag, Stage, StageFile, StageKind};
pub(super) use text::{Name, ScriptPath, check};

use super::definition::{AlertOn, OnFailure};
use super::job::{RetryOn, RetryPolicy, RunIf, TimeOfDay};
use super::limits::{ATTEMPTS_MAX, ENTRIES_MAX, JOBS_MAX, NEEDS_MAX, PARALLEL_MAX, SCHEDULES_MAX};
use super::template::Template;
use crate::ids::{JobId, WorkflowId};
use crate::schedule::{CatchUp, Cron, Zone};
use crate::time::Millis;

/// A workflow: a named graph of jobs, with its schedules and alerts.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Workflow")]
pub(super) struct WorkflowFile {
    /// Name of the workflow.
    pub(super) workflow: WorkflowId,
    /// What it is for; shown to people only.
    #[serde(default)]
    pub(super) description: Option<String>,
    /// Who answers for it; shown to people only.
    #[serde(default)]
    pub(super) owner: Option<String>,
    /// When it starts by itself. Without it, it starts by hand or by event only.
    #[serde(default)]
    #[schemars(length(max = SCHEDULES_MAX))]
    pub(super) schedule: Option<Vec<ScheduleFile>>,
    /// Named connection of the jobs that name none: a secret id, or a name that the worker knows.
    #[serde(default)]
    pub(super) connection: Option<Name>,
    /// Values that the jobs can refer to, filled once at the start of an execution; a start may replace them.
    #[serde(default)]
    #[schemars(extend("maxProperties" = ENTRIES_MAX, "propertyNames" = text::variable_names()))]
    pub(super) params: Option<BTreeMap<String, Template>>,
    /// What a failed job does to the rest of the execution.
    #[serde(default)]
    pub(super) on_failure: OnFailure,
    /// How many scripts of one execution may run at the same time; without it as many as there are slots.
    #[serde(default)]
    #[schemars(range(min = 1, max = PARALLEL_MAX))]
    pub(super) max_parallel: Option<u32>,
    /// How long an execution may take before it is stopped.
    #[serde(default)]
    pub(super) timeout: Option<Millis>,
    /// Queue of the workers that run the jobs that name none.
    #[serde(default)]
    pub(super) queue: Option<Name>,
    /// Who is told what. Without it failures are told to the default topic.
    #[serde(default)]
    pub(super) alerts: Option<AlertsFile>,
    /// The jobs, in any order.
    #[schemars(length(min = 1, max = JOBS_MAX))]
    pub(super) jobs: Vec<JobFile>,
}

/// One way in which the workflow starts by itself.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Schedule")]
pub(super) struct ScheduleFile {
    /// When, by the wall clock of the time zone.
    pub(super) cron: Cron,
    /// Whose wall clock; UTC when absent.
    #[serde(default)]
    pub(super) timezone: Option<Zone>,
    /// What to do about starts that were missed while nothing was running.
    #[serde(default)]
    pub(super) catch_up: CatchUp,
    /// Params of the executions it starts, as plain text.
    #[serde(default)]
    #[schemars(extend("maxProperties" = ENTRIES_MAX, "propertyNames" = text::variable_names()))]
    pub(super) params: Option<BTreeMap<String, text::Plain>>,
}

/// Who is told what.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Alerts")]
pub(super) struct AlertsFile {
    /// Named topic; the default topic when absent.
    #[serde(default)]
    pub(super) topic: Option<Name>,
    /// On which occasions; `[failure]` when absent.
    #[serde(default)]
    #[schemars(length(min = 1, max = 3))]
    pub(super) on: Option<Vec<AlertOn>>,
    /// An execution that is still open after this long is late; 80 % of `timeout` when absent.
    #[serde(default)]
    pub(super) late_after: Option<Millis>,
}

/// One job: a script to run, or a precondition to wait for.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Job")]
pub(super) struct JobFile {
    /// Name of the job, unique in the workflow.
    pub(super) id: JobId,
    /// What it is for; shown to people only.
    #[serde(default)]
    pub(super) description: Option<String>,
    /// Script to run, relative to the script root: `*.rsql` and `*.sql` in the engine, `*.sh` as a child process.
    #[serde(default)]
    pub(super) script: Option<ScriptPath>,
    /// Something to wait for, instead of a script.
    #[serde(default)]
    pub(super) precondition: Option<PreconditionFile>,
    /// Jobs that must be settled before this one.
    #[serde(default)]
    #[schemars(length(max = NEEDS_MAX))]
    pub(super) needs: Option<Vec<JobId>>,
    /// What the needs must have come to; `all_succeeded` when absent.
    #[serde(default)]
    pub(super) run_if: Option<RunIf>,
    /// Further tries after a failure; none when absent.
    #[serde(default)]
    pub(super) retry: Option<RetryFile>,
    /// Longest time of one attempt at a script, or of the whole wait for a precondition.
    #[serde(default)]
    pub(super) timeout: Option<Millis>,
    /// Pause between two looks at a precondition; 60s when absent.
    #[serde(default)]
    pub(super) poll: Option<Millis>,
    /// RSQL variables of an `.rsql` or `.sql` script or of an `sql` precondition.
    #[serde(default)]
    #[schemars(extend("maxProperties" = ENTRIES_MAX, "propertyNames" = text::variable_names()))]
    pub(super) vars: Option<BTreeMap<String, Template>>,
    /// Arguments of a `.sh` script. Beside the names of other templates, `code_dir` and `secret_id` have values here: what
    /// scripts of the older framework were called with.
    #[serde(default)]
    #[schemars(length(max = ENTRIES_MAX))]
    pub(super) args: Option<Vec<Template>>,
    /// Environment variables of a script.
    #[serde(default)]
    #[schemars(extend("maxProperties" = ENTRIES_MAX, "propertyNames" = text::variable_names()))]
    pub(super) env: Option<BTreeMap<String, Template>>,
    /// A failure of this job does not fail the execution, and lets dependents run that ask for success.
    #[serde(default)]
    pub(super) allow_failure: bool,
    /// Exit codes that mean success; only 0 when absent.
    #[serde(default)]
    #[schemars(length(min = 1, max = 256))]
    pub(super) success_codes: Option<Vec<u8>>,
    /// Exit codes that mean success with a warning.
    #[serde(default)]
    #[schemars(length(min = 1, max = 256))]
    pub(super) warning_codes: Option<Vec<u8>>,
    /// Named connection; the workflow's when absent.
    #[serde(default)]
    pub(super) connection: Option<Name>,
    /// Queue of the workers that may run it; the workflow's when absent.
    #[serde(default)]
    pub(super) queue: Option<Name>,
}

/// Something to wait for. Exactly one of `file`, `s3`, `sql`, `workflow` and `time` is given.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Precondition")]
pub(super) struct PreconditionFile {
    /// Pattern of a file path; met when at least one file matches.
    #[serde(default)]
    pub(super) file: Option<Template>,
    /// `s3://bucket/pattern`; met when at least one object matches.
    #[serde(default)]
    pub(super) s3: Option<Template>,
    /// A query; met when the first cell of its first row is true or a number other than zero.
    #[serde(default)]
    pub(super) sql: Option<String>,
    /// Another workflow; met when its last execution succeeded and ended within `within`.
    #[serde(default)]
    pub(super) workflow: Option<WorkflowId>,
    /// How long ago the other workflow may have ended.
    #[serde(default)]
    pub(super) within: Option<Millis>,
    /// A time of the scheduled date; met from then on.
    #[serde(default)]
    pub(super) time: Option<TimeOfDay>,
    /// Time zone of `time`; that of the first schedule, or UTC, when absent.
    #[serde(default)]
    pub(super) timezone: Option<Zone>,
}

/// Further tries after a failure.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Retry")]
pub(super) struct RetryFile {
    /// Tries in all, the first included.
    #[schemars(range(min = 1, max = ATTEMPTS_MAX))]
    pub(super) attempts: u32,
    /// The first pause, 30s or `max` if that is shorter when absent; each further one is twice as long, with full jitter.
    #[serde(default)]
    pub(super) backoff: Option<Millis>,
    /// The longest pause.
    #[serde(default = "max_default")]
    pub(super) max: Millis,
    /// What is worth another try; when absent, what is known to be transient.
    #[serde(default)]
    #[schemars(length(min = 1, max = 8))]
    pub(super) on: Option<Vec<RetryOn>>,
}

fn max_default() -> Millis {
    RetryPolicy::MAX_DEFAULT
}
