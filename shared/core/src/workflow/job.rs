//! One job of a compiled workflow. Owns its settings and their stored form. Does not decide anything: the rules for
//! readiness and retries are in `crate::state`.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::{Arc, LazyLock};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::graph::JobIx;
use super::template::Template;
use crate::ids::{JobId, WorkflowId};
use crate::schedule::Zone;
use crate::time::Millis;

/// One node of the graph. Defaults are left out of the stored form, and settings that jobs have in common are held once, so
/// that 100,000 plain jobs stay small. The settings read as fields of the job.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "JobParts")]
pub struct Job {
    /// Unique within its workflow.
    pub id: JobId,
    /// What is done.
    pub work: Work,
    /// The jobs that must be settled first, in the author's order, each once.
    #[serde(skip_serializing_if = "is_empty")]
    pub needs: Box<[JobIx]>,
    /// What the needs must have come to.
    #[serde(skip_serializing_if = "is_default")]
    pub run_if: RunIf,
    #[serde(flatten)]
    pub(crate) settings: Arc<JobSettings>,
}

/// What most jobs leave at its defaults.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct JobSettings {
    /// How often and at what pace a failed attempt is tried again.
    #[serde(skip_serializing_if = "is_default")]
    pub retry: RetryPolicy,
    /// Of one attempt at a script; of the whole wait for a precondition.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout: Option<Millis>,
    /// A failure of this job does not fail the execution, and lets dependents run that ask for success.
    #[serde(skip_serializing_if = "is_default")]
    pub allow_failure: bool,
    /// Exit codes that mean success; empty means 0 alone.
    #[serde(skip_serializing_if = "is_empty")]
    pub success_codes: Box<[u8]>,
    /// Exit codes that mean success with a warning.
    #[serde(skip_serializing_if = "is_empty")]
    pub warning_codes: Box<[u8]>,
    /// Named connection; the workflow's when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connection: Option<Arc<str>>,
    /// Queue of the workers that may run it; the workflow's when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub queue: Option<Arc<str>>,
    /// RSQL variables.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub vars: BTreeMap<String, Template>,
    /// Arguments of a script.
    #[serde(skip_serializing_if = "is_empty")]
    pub args: Box<[Template]>,
    /// Environment variables of a script.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub env: BTreeMap<String, Template>,
    /// For people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<Box<str>>,
}

/// The stored form, read.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct JobParts {
    id: JobId,
    work: Work,
    #[serde(default)]
    needs: Box<[JobIx]>,
    #[serde(default)]
    run_if: RunIf,
    #[serde(default)]
    retry: RetryPolicy,
    #[serde(default)]
    timeout: Option<Millis>,
    #[serde(default)]
    allow_failure: bool,
    #[serde(default)]
    success_codes: Box<[u8]>,
    #[serde(default)]
    warning_codes: Box<[u8]>,
    #[serde(default)]
    connection: Option<Arc<str>>,
    #[serde(default)]
    queue: Option<Arc<str>>,
    #[serde(default)]
    vars: BTreeMap<String, Template>,
    #[serde(default)]
    args: Box<[Template]>,
    #[serde(default)]
    env: BTreeMap<String, Template>,
    #[serde(default)]
    description: Option<Box<str>>,
}

impl From<JobParts> for Job {
    fn from(parts: JobParts) -> Self {
        let settings = JobSettings {
            retry: parts.retry,
            timeout: parts.timeout,
            allow_failure: parts.allow_failure,
            success_codes: parts.success_codes,
            warning_codes: parts.warning_codes,
            connection: parts.connection,
            queue: parts.queue,
            vars: parts.vars,
            args: parts.args,
            env: parts.env,
            description: parts.description,
        };
        Self::new(parts.id, parts.work, settings).after(parts.needs, parts.run_if)
    }
}

/// The settings of jobs that leave all at their defaults.
static PLAIN: LazyLock<Arc<JobSettings>> = LazyLock::new(Arc::default);

impl Job {
    /// A job that needs nothing.
    #[must_use]
    pub fn new(id: JobId, work: Work, settings: JobSettings) -> Self {
        let settings = if settings == **PLAIN { Arc::clone(&PLAIN) } else { Arc::new(settings) };
        Self { id, work, needs: Box::default(), run_if: RunIf::default(), settings }
    }

    /// The job with these needs.
    #[must_use]
    pub fn after(self, needs: Box<[JobIx]>, run_if: RunIf) -> Self {
        Self { needs, run_if, ..self }
    }

    /// Holds its settings together with those of `other`, if they are the same.
    pub(super) fn share_settings(&mut self, other: &Self) {
        if self.settings == other.settings {
            self.settings = Arc::clone(&other.settings);
        }
    }
}

impl Deref for Job {
    type Target = JobSettings;

    fn deref(&self) -> &JobSettings {
        &self.settings
    }
}

impl DerefMut for Job {
    fn deref_mut(&mut self) -> &mut JobSettings {
        Arc::make_mut(&mut self.settings)
    }
}

fn is_empty<T>(list: &[T]) -> bool {
    list.is_empty()
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// What a job does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Work {
    /// Runs a script.
    Script {
        /// Relative to the script root, with `/`, never leaving it.
        path: Box<str>,
        /// By the ending of the path.
        kind: ScriptKind,
    },
    /// Waits for something.
    Precondition {
        /// What is looked at.
        look: Precondition,
        /// The pause between two looks.
        poll: Millis,
    },
}

impl Work {
    /// Whether this waits rather than runs. Preconditions take no `max_parallel` slot.
    #[must_use]
    pub fn is_precondition(&self) -> bool {
        matches!(self, Self::Precondition { .. })
    }
}

/// How a script is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ScriptKind {
    /// `.rsql`: the engine.
    Rsql,
    /// `.sql`: the engine too.
    Sql,
    /// `.sh`: a process group.
    Sh,
}

impl ScriptKind {
    /// By the ending, in lower case; nothing for other endings.
    #[must_use]
    pub fn of(path: &str) -> Option<Self> {
        let name = path.rsplit('/').next()?;
        match name.rsplit_once('.')? {
            ("", _) => None,
            (_, "rsql") => Some(Self::Rsql),
            (_, "sql") => Some(Self::Sql),
            (_, "sh") => Some(Self::Sh),
            _ => None,
        }
    }
}

/// What a precondition looks at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Precondition {
    /// At least one file matches.
    File {
        /// Pattern of a path.
        glob: Template,
    },
    /// At least one object matches.
    S3 {
        /// `s3://bucket/pattern`.
        uri: Template,
    },
    /// The first cell of the first row is true or a number other than zero.
    Sql {
        /// Never filled as a template: values reach it as RSQL variables.
        text: Box<str>,
    },
    /// The last execution of another workflow succeeded, and ended within the window.
    Workflow {
        /// The other workflow.
        id: WorkflowId,
        /// How long ago it may have ended.
        within: Millis,
    },
    /// Not before this time of the scheduled date.
    Time {
        /// On the wall.
        not_before: TimeOfDay,
        /// Of that wall.
        timezone: Zone,
    },
}

/// Hours and minutes on the wall, `00:00` to `23:59`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TimeOfDay {
    hour: u8,
    minute: u8,
}

/// A text that is no time of day.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no time of day from 00:00 to 23:59")]
pub struct TimeOfDayError(String);

impl TimeOfDay {
    /// Reads `HH:MM`; `H:MM` is taken too.
    ///
    /// # Errors
    /// [`TimeOfDayError`] for anything else.
    pub fn parse(text: &str) -> Result<Self, TimeOfDayError> {
        let fault = || TimeOfDayError(text.to_owned());
        let (hour, minute) = text.split_once(':').ok_or_else(fault)?;
        let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
        if !digits(hour) || !digits(minute) || hour.len() > 2 || minute.len() != 2 {
            return Err(fault());
        }
        let hour: u8 = hour.parse().map_err(|_| fault())?;
        let minute: u8 = minute.parse().map_err(|_| fault())?;
        if hour > 23 || minute > 59 { Err(fault()) } else { Ok(Self { hour, minute }) }
    }

    /// 0 to 23.
    #[must_use]
    pub fn hour(self) -> u8 {
        self.hour
    }

    /// 0 to 59.
    #[must_use]
    pub fn minute(self) -> u8 {
        self.minute
    }
}

impl fmt::Display for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.hour, self.minute)
    }
}

impl TryFrom<String> for TimeOfDay {
    type Error = TimeOfDayError;

    fn try_from(text: String) -> Result<Self, TimeOfDayError> {
        Self::parse(&text)
    }
}

impl From<TimeOfDay> for String {
    fn from(time: TimeOfDay) -> Self {
        time.to_string()
    }
}

/// What the needs of a job must have come to before it runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RunIf {
    /// Every one of them succeeded. The default.
    #[default]
    AllSucceeded,
    /// Every one of them is settled, in whatever way.
    AllSettled,
    /// All are settled and at least one of them failed.
    AnyFailed,
    /// All are settled and at least one of them succeeded.
    AnySucceeded,
}

/// Tries and the pauses between them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RetryPolicy {
    /// Tries in all; 1 means no retry.
    pub attempts: u32,
    /// The first pause, before jitter.
    pub backoff: Millis,
    /// The longest pause.
    pub max: Millis,
    /// What is worth another try; empty leaves it to the rules in `state::retry`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub on: Vec<RetryOn>,
}

impl RetryPolicy {
    /// First pause when the author gives none.
    pub const BACKOFF_DEFAULT: Millis = Millis::from_secs(30);
    /// Longest pause when the author gives none.
    pub const MAX_DEFAULT: Millis = Millis::from_mins(10);
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self { attempts: 1, backoff: Self::BACKOFF_DEFAULT, max: Self::MAX_DEFAULT, on: Vec::new() }
    }
}

/// A kind of failure that is worth another try.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RetryOn {
    /// The connection failed or broke (SQLSTATE class 08).
    Connection,
    /// A serialization conflict or deadlock (SQLSTATE class 40).
    Conflict,
    /// The server was short of memory, disk or connections (SQLSTATE class 53).
    Resources,
    /// The server was shut down, cancelled the query or failed inside (SQLSTATE classes 57, 58 and XX).
    Server,
    /// The script ended with an exit code that is neither success nor warning.
    ExitCode,
    /// The attempt ran into its timeout.
    Timeout,
    /// The worker was lost.
    LostWorker,
    /// Every failure.
    Any,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn script_kinds() {
        fn check(path: &str, expect: Option<ScriptKind>) {
            assert_eq!(ScriptKind::of(path), expect, "{path}");
        }
        check("a.rsql", Some(ScriptKind::Rsql));
        check("dir.x/a.b.sql", Some(ScriptKind::Sql));
        check("clean.sh", Some(ScriptKind::Sh));
        check("a.SQL", None);
        check("sql", None);
        check("x.sh/readme", None);
        check("dir/.sh", None);
    }

    #[test]
    fn times_of_day() {
        fn check(text: &str, expect: Option<&str>) {
            assert_eq!(TimeOfDay::parse(text).ok().map(|t| t.to_string()).as_deref(), expect, "{text}");
        }
        check("06:30", Some("06:30"));
        check("6:30", Some("06:30"));
        check("23:59", Some("23:59"));
        for faulty in ["24:00", "06:60", "6", "6:3", "06:30:00", "+6:30", "-1:00", "", ":"] {
            check(faulty, None);
        }
    }
}
