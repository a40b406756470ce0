//! `rsqlctl lint`: checks scripts without a database, and what they mean for the order of jobs. Owns which scripts are checked
//! and the report. The rules of scripts are `rsql-lint`'s; those of jobs stand in `order`.

mod order;
mod scripts;

use std::path::{Path, PathBuf};

use fleet_core::workflow::Definition;
use rsql_lint::output::{Fails, Report};
use serde_json::{Value, json};

use self::scripts::{JobTables, Scripts};
use super::validate::show_faults;
use crate::context::Context;
use crate::exit::{self, Failure};
use crate::output::{Align, Format, Table, printable};
use crate::project::Project;
use crate::workflows::{self, WorkflowFile};

/// Check scripts without a database
///
/// Finds what would fail or mislead at night: jumps without their label, conditionals left open, statements whose failure
/// nobody looks at, transactions left open, secrets in clear. Scripts are checked as the jobs of a workflow run them, with
/// their variables and includes. From their SQL it derives which tables each job reads and writes, and warns of jobs that
/// read or write what others write without any order between them.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Workflows, workflow files or scripts; without any, all workflows of the project
    #[arg(value_name = "WHAT")]
    what: Vec<String>,

    /// Show what each job reads and writes
    #[arg(long)]
    tables: bool,

    /// Fail at warnings, too
    #[arg(long)]
    strict: bool,
}

pub(crate) const EXAMPLES: &str = "\
Examples:
  rsqlctl lint
  rsqlctl lint nightly_sales --tables
  rsqlctl lint scripts/nightly/load.rsql --strict
  rsqlctl lint -o sarif > lint.sarif

Ends with 0 when nothing grave is found, with 6 at errors (with --strict at warnings, too). docs/lint.md has all rules, and
how a script allows what they find.

Forms: -o table (the default), json, sarif.

JSON: { scripts, errors, warnings, notes, findings: [{ rule, severity, message, hint, file, line, column, excerpt, marked,
jobs }], findings_left_out, workflows: [{ workflow_id, jobs: [{ job_id, reads, writes, unresolved, is_uncertain }] }] }";

/// A workflow with the tables of its jobs.
struct Linted {
    definition: Definition,
    jobs: Vec<JobTables>,
}

pub(crate) fn run(args: &Args, context: &mut Context) -> anyhow::Result<u8> {
    let project = context.project_if_any()?;
    let (scripts, files) = wanted(&args.what, project.as_ref(), context)?;
    show_faults(&files);
    let has_faults = files.iter().any(|file| file.read.is_err());
    let checks = Scripts::new(project.as_ref());
    let mut report = Report::default();
    for script in &scripts {
        checks.alone(script, &mut report)?;
    }
    let mut linted = Vec::new();
    for file in files {
        let (shown, text) = (file.shown, file.text);
        let Ok(definition) = file.read else { continue };
        let jobs = checks.of_jobs(&definition, &mut report);
        report.findings.extend(order::findings(&definition, &jobs, &shown, &text));
        linted.push(Linted { definition, jobs });
    }
    report.finish();
    let fails = if args.strict { Fails::AtWarnings } else { Fails::AtErrors };
    let failed = has_faults || report.is_failed(fails);
    write(args, context, &report, &linted)?;
    Ok(if failed { exit::INVALID } else { exit::OK })
}

/// The scripts and workflow files that are meant.
fn wanted(
    what: &[String],
    project: Option<&Project>,
    context: &Context,
) -> anyhow::Result<(Vec<PathBuf>, Vec<WorkflowFile>)> {
    let target = context.target_if_any()?;
    let is_script = |path: &&String| [".rsql", ".sql"].iter().any(|ending| path.ends_with(ending));
    let (scripts, others): (Vec<&String>, Vec<&String>) = what.iter().partition(is_script);
    let (paths, names): (Vec<&String>, Vec<&String>) =
        others.into_iter().partition(|name| Path::new(name.as_str()).exists() || name.contains(['.', '/']));
    let scripts: Vec<PathBuf> = scripts.iter().map(PathBuf::from).collect();
    let paths: Vec<PathBuf> = paths.iter().map(PathBuf::from).collect();
    let mut files = Vec::new();
    if !paths.is_empty() {
        files = workflows::load(project, target.as_ref(), &paths)?;
    }
    if what.is_empty() || !names.is_empty() {
        let of_project = workflows::load(project, target.as_ref(), &[])?;
        let is_meant = |file: &WorkflowFile| match &file.read {
            Ok(definition) => {
                what.is_empty() || names.iter().any(|name| *name == definition.workflow_id.as_str())
            }
            Err(_) => what.is_empty(),
        };
        let meant: Vec<WorkflowFile> = of_project.into_iter().filter(is_meant).collect();
        let has = |name: &str| {
            let id = |file: &WorkflowFile| {
                file.read.as_ref().is_ok_and(|definition| definition.workflow_id.as_str() == name)
            };
            meant.iter().any(id)
        };
        if let Some(missing) = names.iter().find(|name| !has(name)) {
            return Err(Failure::not_found(format!(
                "`{missing}` is no file and no workflow of the project; `rsqlctl validate` shows those that there are"
            )));
        }
        files.extend(meant);
    }
    Ok((scripts, files))
}

fn write(args: &Args, context: &mut Context, report: &Report, linted: &[Linted]) -> anyhow::Result<()> {
    match context.out.format {
        Format::Json => {
            let mut document = report.json();
            document["workflows"] = linted.iter().map(tables_document).collect();
            context.out.json(&document)
        }
        Format::Sarif => context.out.json(&report.sarif("rsqlctl")),
        _ => {
            let mut text = printable(&report.text());
            if args.tables {
                text.insert_str(0, &tables_text(linted, context));
            }
            context.out.write(&text)
        }
    }
}

fn tables_document(linted: &Linted) -> Value {
    let jobs = linted.jobs.iter().map(|job| {
        json!({
            "job_id": linted.definition.jobs[job.index].id.as_str(),
            "reads": job.tables.reads,
            "writes": job.tables.writes,
            "unresolved": job.tables.unresolved,
            "is_uncertain": job.tables.is_uncertain,
        })
    });
    json!({ "workflow_id": linted.definition.workflow_id.as_str(), "jobs": jobs.collect::<Vec<_>>() })
}

fn tables_text(linted: &[Linted], context: &Context) -> String {
    let columns =
        [("WORKFLOW", Align::Left), ("JOB", Align::Left), ("READS", Align::Left), ("WRITES", Align::Left)];
    let mut table = Table::new(&columns);
    for workflow in linted {
        for job in &workflow.jobs {
            let names = |names: &std::collections::BTreeSet<String>, open: bool| {
                let mut names: Vec<&str> = names.iter().map(String::as_str).collect();
                if open {
                    names.extend(job.tables.unresolved.iter().map(String::as_str));
                    names.extend(job.tables.is_uncertain.then_some("?"));
                }
                names.join(", ")
            };
            table.row(vec![
                workflow.definition.workflow_id.to_string().into(),
                workflow.definition.jobs[job.index].id.to_string().into(),
                names(&job.tables.reads, false).into(),
                names(&job.tables.writes, true).into(),
            ]);
        }
    }
    format!("{}\n", table.render(context.out.palette))
}
