//! The scripts of jobs: their text, the variables they are given, and what they include. Owns the script root as workers have it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use fleet_core::workflow::{Bindings, Definition, Job, Precondition, ScriptKind, Template, Work};
use rsql_lint::output::Report;
use rsql_lint::{Refusal, Rule, Script, Settings, Tables, check, tables_of};

use crate::project::Project;
use crate::workflows::shown;

/// What a job does to tables.
pub(super) struct JobTables {
    /// Of the job in its definition.
    pub(super) index: usize,
    pub(super) tables: Tables,
    /// Rules about jobs that its script allows.
    pub(super) allowed: BTreeSet<Rule>,
}

/// Checks scripts below a script root.
pub(super) struct Scripts {
    /// With its links resolved; none without a project.
    root: Option<PathBuf>,
}

impl Scripts {
    pub(super) fn new(project: Option<&Project>) -> Self {
        Self { root: project.and_then(|project| project.scripts.canonicalize().ok()) }
    }

    /// Checks a script that no job runs.
    ///
    /// # Errors
    /// When it cannot be read.
    pub(super) fn alone(&self, path: &Path, report: &mut Report) -> anyhow::Result<()> {
        let text = std::fs::read(path).with_context(|| format!("read {}", shown(path)))?;
        // As a job would name it, if it could.
        let real = path.canonicalize().ok();
        let below =
            real.as_deref().zip(self.root.as_deref()).and_then(|(real, root)| real.strip_prefix(root).ok());
        let script = Script { path: below.unwrap_or(path).display().to_string(), shown: shown(path), text };
        let base = below.is_some().then_some(()).and(self.root.as_deref());
        report.add(check(script, &Settings::default(), &mut |path| included(base, path)), None);
        Ok(())
    }

    /// Checks the scripts of all jobs, each as its job runs it.
    pub(super) fn of_jobs(&self, definition: &Definition, report: &mut Report) -> Vec<JobTables> {
        let known = known_values(definition);
        let mut jobs = Vec::new();
        for (index, job) in definition.jobs.iter().enumerate() {
            match &job.work {
                Work::Script { path, kind: ScriptKind::Rsql | ScriptKind::Sql } => {
                    let settings =
                        Settings { variables: variables(definition, job, &known), ..Settings::default() };
                    if let Ok(script) = included(self.root.as_deref(), path) {
                        let script = Script { path: path.to_string(), ..script };
                        let base = self.root.as_deref();
                        let checked = check(script, &settings, &mut |path| included(base, path));
                        let (tables, allowed) = (checked.tables.clone(), checked.allowed_of_jobs.clone());
                        report.add(checked, Some(&format!("{}/{}", definition.workflow_id, job.id)));
                        jobs.push(JobTables { index, tables, allowed });
                    }
                }
                Work::Precondition { look: Precondition::Sql { text }, .. } => {
                    jobs.push(JobTables { index, tables: tables_of(text), allowed: BTreeSet::new() });
                }
                _ => {}
            }
        }
        jobs
    }
}

/// A script as a worker opens it: relative to the script root, which it cannot leave.
fn included(root: Option<&Path>, path: &str) -> Result<Script, Refusal> {
    // Without the number that the system gives it.
    let words =
        |error: std::io::Error| error.to_string().split(" (os error").next().unwrap_or_default().to_owned();
    let missing = |error: std::io::Error| Refusal::Missing(words(error));
    let file = root.map_or_else(|| PathBuf::from(path), |root| root.join(path));
    let real = file.canonicalize().map_err(missing)?;
    if root.is_some_and(|root| !real.starts_with(root)) {
        return Err(Refusal::Outside);
    }
    let text = std::fs::read(&real).map_err(missing)?;
    Ok(Script { path: path.to_owned(), shown: shown(&file), text })
}

/// Params that have the same value in every execution: those that neither dates nor other params make.
fn known_values(definition: &Definition) -> Bindings {
    let constant = |template: &Template| template.names().is_empty();
    let values: BTreeMap<String, String> = definition
        .params
        .iter()
        .filter(|(_, template)| constant(template))
        .filter_map(|(name, template)| Some((name.clone(), template.fill(&Bindings::default()).ok()?)))
        .collect();
    Bindings::from(values)
}

/// The variables of a job whose values are known before it runs.
fn variables(definition: &Definition, job: &Job, known: &Bindings) -> Vec<(String, String)> {
    let filled =
        job.vars.iter().filter_map(|(name, template)| Some((name.clone(), template.fill(known).ok()?)));
    filled
        .chain([
            ("workflow_id".to_owned(), definition.workflow_id.to_string()),
            ("job_id".to_owned(), job.id.to_string()),
        ])
        .collect()
}
