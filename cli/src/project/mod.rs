//! The project: a folder with `project.yaml`, workflows and scripts. Owns its settings and how it is found. Does not look
//! into workflows, and asks the environment for a connection's values only when the connection is needed.

mod connection;
mod fields;
mod iam;
mod read;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use fleet_core::time::Millis;

use crate::exit::Failure;

pub(crate) use connection::{ConnectionEntry, ResolvedConnection, Sessions};
pub(crate) use iam::{Iam, Warehouse};

/// Name of the project file.
pub(crate) const FILE_NAME: &str = "project.yaml";

/// The notifier's name for its file of alerts.
const ALERTS_FILE: &str = "alerts.jsonl";

/// The settings of one project; every path is absolute.
#[derive(Debug)]
pub(crate) struct Project {
    /// The project file.
    pub(crate) file: PathBuf,
    /// Script root: what workflows name lies in here.
    pub(crate) scripts: PathBuf,
    /// Where workflow files lie.
    pub(crate) workflows: PathBuf,
    /// State directory: database, queues, logs, alerts.
    pub(crate) state: PathBuf,
    /// Named connections.
    pub(crate) connections: BTreeMap<String, ConnectionEntry>,
    /// Who is told of alerts, and how.
    pub(crate) alerts: Alerts,
    /// How jobs are run here.
    pub(crate) worker: Worker,
    /// The fleet on AWS that it belongs to, if it does.
    pub(crate) aws: Option<Aws>,
}

/// A fleet on AWS. What is absent comes from the environment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Aws {
    /// Name of its stack.
    pub(crate) stack: Option<String>,
    /// Its region.
    pub(crate) region: Option<String>,
    /// Profile of the AWS configuration files.
    pub(crate) profile: Option<String>,
    /// Where `deploy` uploads the scripts to: `s3://bucket/prefix`.
    pub(crate) scripts: Option<String>,
}

/// Where alerts go.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Alerts {
    /// To standard error of the process that raises them.
    pub(crate) print: bool,
    /// To `alerts.jsonl` in this folder, a JSON document a line; changes of status to `events.jsonl`.
    pub(crate) dir: PathBuf,
    /// To this address, by HTTP POST.
    pub(crate) webhook: Option<String>,
}

impl Alerts {
    /// The file of alerts.
    pub(crate) fn file(&self) -> PathBuf {
        self.dir.join(ALERTS_FILE)
    }
}

/// How jobs are run.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Worker {
    /// Jobs at the same time.
    pub(crate) slots: usize,
    /// A worker that is not heard of for so long has lost its job.
    pub(crate) lease: Millis,
    /// How long a worker that was told to stop lets its jobs go on.
    pub(crate) drain_limit: Millis,
    /// Whether scripts may run shell commands.
    pub(crate) shell: Shell,
}

/// Whether scripts may run shell commands (`\!`, backticks, `\copy … program`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shell {
    /// They may.
    Allowed,
    /// Such a command is an error of the script.
    Forbidden,
}

impl Worker {
    /// How long after its end a lease is left alone. One machine has one clock; what is left is the time that a busy one
    /// takes to notice.
    pub(crate) const fn margin(&self) -> Millis {
        Millis(self.lease.0 / 10)
    }
}

impl Default for Worker {
    fn default() -> Self {
        Self {
            slots: 4,
            lease: Millis::from_secs(60),
            drain_limit: Millis::from_mins(5),
            shell: Shell::Allowed,
        }
    }
}

/// Finds and reads the project: in `dir` when it is given, else in the current directory or the nearest one above it.
///
/// # Errors
/// When there is none, it cannot be read, or it has faults (all of them are named).
pub(crate) fn open(dir: Option<&Path>) -> anyhow::Result<Project> {
    let file = match dir {
        Some(dir) => given(dir)?,
        None => search(&std::env::current_dir().context("find the current directory")?)?,
    };
    let text = fs::read_to_string(&file).with_context(|| format!("read {}", file.display()))?;
    read::project(&file, &text).map_err(|faults| Failure::invalid(faults.to_string()))
}

fn given(dir: &Path) -> anyhow::Result<PathBuf> {
    let file = if dir.ends_with(FILE_NAME) { dir.to_owned() } else { dir.join(FILE_NAME) };
    std::path::absolute(&file).ok().filter(|file| file.is_file()).ok_or_else(|| {
        Failure::not_found(format!(
            "there is no {}; `rsqlctl init {}` makes a sample project",
            file.display(),
            dir.display()
        ))
    })
}

fn search(from: &Path) -> anyhow::Result<PathBuf> {
    let found = from.ancestors().map(|dir| dir.join(FILE_NAME)).find(|file| file.is_file());
    found.ok_or_else(|| {
        Failure::not_found(format!(
            "there is no {FILE_NAME} in {} or above it; name the project with --project DIR, or make one with `rsqlctl init`",
            from.display()
        ))
    })
}
