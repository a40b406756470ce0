//! `rsqlctl deploy`: registers workflows. Owns the order: everything is checked before anything is registered.

use std::path::PathBuf;

use fleet_core::audit::{AuditKind, AuditRecord, AuditSubject};
use fleet_core::ids::{VersionHash, WorkflowId};
use fleet_core::ports::Current;
use fleet_core::state::Turn;
use fleet_core::workflow::Definition;
use serde::Serialize;

use super::validate;
use crate::context::Context;
use crate::diff::{self, Change};
use crate::exit::{self, Failure};
use crate::fleet::Fleet;
use crate::options::RequestArgs;
use crate::output::{Palette, Tone};
use crate::workflows::{self, WorkflowFile};

/// Register workflows, so that they can be started
///
/// Makes each file the current version of its workflow and shows what has changed. A version is named by its content: the
/// same content again changes nothing. Executions that run keep theirs. When any file has faults, nothing is registered.
///
/// Scripts are not part of a version: a job runs its script as it is when the job starts, and the audit trail has its
/// hash.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Workflow files; without any, all of the project
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,

    #[command(flatten)]
    request: RequestArgs,
}

pub(crate) const EXAMPLES: &str = "\
Examples:
  rsqlctl deploy --reason 'more slots for the aggregates'
  rsqlctl deploy workflows/nightly.yaml

Ends with 6 when there are faults; then nothing was registered.

JSON: { workflows: [{ workflow_id, version, previous_version, change: created|changed|text|unchanged,
        differences: [{ job, setting, before, after }] }] }; `text` is a change of comments or layout alone.";

#[derive(Serialize)]
struct Report {
    workflows: Vec<Deployed>,
}

#[derive(Serialize)]
struct Deployed {
    workflow_id: WorkflowId,
    version: VersionHash,
    previous_version: Option<VersionHash>,
    change: Kind,
    differences: Vec<Change>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Created,
    Changed,
    Text,
    Unchanged,
}

pub(crate) async fn run(args: &Args, context: &mut Context) -> anyhow::Result<u8> {
    let project = context.project()?;
    let files = workflows::load(Some(&project), &args.files)?;
    let faulty = files.iter().filter(|file| file.read.is_err()).count();
    if faulty > 0 {
        validate::show_faults(&files);
        let files =
            if faulty == 1 { "1 file has faults".to_owned() } else { format!("{faulty} files have faults") };
        return Err(Failure::invalid(format!("{files}; nothing was deployed")));
    }
    let fleet = context.fleet()?;
    let mut report = Report { workflows: Vec::new() };
    for file in &files {
        if let Ok(definition) = &file.read {
            report.workflows.push(deploy(&fleet, file, definition, &args.request).await?);
        }
    }
    context.out.answer(&report, |report, out| {
        report.workflows.iter().map(|deployed| text(deployed, out.palette)).collect()
    })?;
    Ok(exit::OK)
}

async fn deploy(
    fleet: &Fleet,
    file: &WorkflowFile,
    definition: &Definition,
    request: &RequestArgs,
) -> anyhow::Result<Deployed> {
    let id = &definition.workflow_id;
    let version = definition.version();
    let before = fleet.definitions.current(id).await?;
    let previous = before.as_ref().and_then(|before| before.version.clone());
    let old = match &previous {
        Some(previous) => fleet.definitions.version(id, previous).await?,
        None => None,
    };
    let change = match &before {
        None => Kind::Created,
        Some(before) if before.version.as_ref() != Some(&version) => Kind::Changed,
        Some(before) if before.text != file.text => Kind::Text,
        Some(_) => Kind::Unchanged,
    };
    if change != Kind::Unchanged {
        let current = Current {
            workflow_id: id.clone(),
            text: file.text.clone(),
            source: file.shown.clone(),
            version: Some(version.clone()),
            by: request.who(),
            at: fleet.now(),
        };
        fleet.definitions.deploy(&current, definition, &[audit(&current, &version, request)]).await?;
    }
    let differences = old.map(|old| diff::between(&old, definition)).unwrap_or_default();
    Ok(Deployed { workflow_id: id.clone(), version, previous_version: previous, change, differences })
}

fn audit(current: &Current, version: &VersionHash, request: &RequestArgs) -> AuditRecord {
    let reason = if request.reason.is_empty() { String::new() } else { format!(": {}", request.reason) };
    AuditRecord {
        subject: AuditSubject {
            workflow_id: current.workflow_id.clone(),
            workflow_execution_id: None,
            job_id: None,
            turn: Turn::default(),
            generation: 0,
        },
        kind: AuditKind::Deployed,
        at: current.at,
        by: current.by.clone(),
        detail: format!("version {version} from {}{reason}", current.source),
        // One version may be deployed, replaced and deployed again.
        distinct: current.at.to_string(),
    }
}

fn text(deployed: &Deployed, palette: Palette) -> String {
    let Deployed { workflow_id: id, version, previous_version, change, differences } = deployed;
    let mut text = match (change, previous_version) {
        (Kind::Created, _) => format!("{id} {} version {version}\n", palette.paint(Tone::Good, "created")),
        (Kind::Changed, Some(previous)) => {
            format!("{id} {} version {previous} → {version}\n", palette.paint(Tone::Warn, "changed"))
        }
        (Kind::Changed, None) => format!("{id} {} version {version}\n", palette.paint(Tone::Warn, "changed")),
        (Kind::Text, _) => format!("{id} unchanged version {version}, its text is new\n"),
        (Kind::Unchanged, _) => format!("{id} unchanged version {version}\n"),
    };
    for difference in differences {
        let line = diff::line(difference);
        let tone = match line.chars().next() {
            Some('+') => Tone::Good,
            Some('-') => Tone::Bad,
            _ => Tone::Warn,
        };
        text.push_str(&format!("  {}\n", palette.paint(tone, &line)));
    }
    text
}
