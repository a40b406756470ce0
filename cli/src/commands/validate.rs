//! `rsqlctl validate`: checks workflow files. Owns the report. The rules are the core's and `workflows`'.

use std::path::PathBuf;

use fleet_core::workflow::Fault;
use serde::Serialize;

use crate::context::Context;
use crate::exit;
use crate::output::{printable, remark};
use crate::workflows::{self, WorkflowFile};

/// Check workflow files and show all their faults
///
/// Every fault of every file is shown at once, with its line, a caret below the place, and a hint. Scripts must exist
/// below the script root, and connections in `project.yaml`; without a project these two are not checked. On AWS connections
/// are secrets, which only workers see, and are not checked. Nothing is asked of AWS.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Workflow files; without any, all of the project
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
}

pub(crate) const EXAMPLES: &str = "\
Examples:
  rsqlctl validate
  rsqlctl validate workflows/nightly.yaml
  rsqlctl validate -o json | jq -r '.files[].faults[].message'

Ends with 0 when all is well, with 6 when there are faults.

JSON: { valid, files: [{ file, workflow_id, jobs, faults: [{ file, line, column, path, message, hint, excerpt, marked }], faults_left_out }] }";

#[derive(Serialize)]
struct Report {
    valid: bool,
    files: Vec<FileReport>,
}

#[derive(Serialize)]
struct FileReport {
    file: String,
    workflow_id: Option<String>,
    jobs: Option<usize>,
    faults: Vec<Fault>,
    faults_left_out: usize,
}

impl FileReport {
    fn of(file: &WorkflowFile) -> Self {
        let definition = file.read.as_ref().ok();
        let faults = file.read.as_ref().err();
        Self {
            file: file.shown.clone(),
            workflow_id: definition.map(|definition| definition.workflow_id.to_string()),
            jobs: definition.map(|definition| definition.jobs.len()),
            faults: faults.map(|faults| faults.list.clone()).unwrap_or_default(),
            faults_left_out: faults.map_or(0, |faults| faults.left_out),
        }
    }

    fn line(&self) -> String {
        match (&self.workflow_id, self.jobs) {
            (Some(id), Some(1)) => format!("{}: workflow {id}, 1 job\n", self.file),
            (Some(id), Some(jobs)) => format!("{}: workflow {id}, {jobs} jobs\n", self.file),
            _ => {
                let count = self.faults.len() + self.faults_left_out;
                format!("{}: {count} fault{}\n", self.file, if count == 1 { "" } else { "s" })
            }
        }
    }
}

pub(crate) fn run(args: &Args, context: &mut Context) -> anyhow::Result<u8> {
    let project = context.project_if_any()?;
    let files = workflows::load(project.as_ref(), context.target_if_any()?.as_ref(), &args.files)?;
    show_faults(&files);
    let report = Report {
        valid: files.iter().all(|file| file.read.is_ok()),
        files: files.iter().map(FileReport::of).collect(),
    };
    context.out.answer(&report, |report, _| report.files.iter().map(FileReport::line).collect())?;
    Ok(if report.valid { exit::OK } else { exit::INVALID })
}

/// Writes all faults of all files to standard error.
pub(super) fn show_faults(files: &[WorkflowFile]) {
    for faults in files.iter().filter_map(|file| file.read.as_ref().err()) {
        remark(&printable(&format!("{faults}\n")));
    }
}
