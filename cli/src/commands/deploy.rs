//! `rsqlctl deploy`: registers workflows. Owns the order: everything is checked before anything is registered.

use std::path::PathBuf;

use fleet_core::audit::{AuditKind, AuditRecord, AuditSubject};
use fleet_core::ids::{VersionHash, WorkflowId};
use fleet_core::ports::Current;
use fleet_core::workflow::Definition;
use serde::Serialize;

use super::validate;
use crate::context::Context;
use crate::diff::{self, Change};
use crate::exit::{self, Failure};
use crate::fleet::{Fleet, Scheduled, UploadedScripts};
use crate::options::RequestArgs;
use crate::output::{Palette, Tone};
use crate::project::Project;
use crate::target::Target;
use crate::workflows::{self, WorkflowFile};

/// Register workflows, so that they can be started
///
/// Makes each file the current version of its workflow and shows what has changed. A version is named by its content: the
/// same content again changes nothing. Executions that run keep theirs. When any file has faults, nothing is registered.
///
/// Scripts are not part of a version: a job runs its script as it is when the job starts, and the audit trail has its
/// hash.
///
/// On AWS, a workflow's schedules become rules of EventBridge, or schedules of EventBridge Scheduler where they have a time
/// zone; those that it no longer has are removed.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Workflow files; without any, all of the project
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,

    /// On AWS: upload the project's scripts to s3://bucket/prefix; `aws.scripts` in project.yaml when absent
    ///
    /// Those that are there already are left alone, and none is removed. Without either, scripts come to the workers by
    /// other ways.
    #[arg(long, value_name = "S3-URI", value_parser = s3_uri)]
    scripts: Option<String>,

    #[command(flatten)]
    request: RequestArgs,
}

fn s3_uri(text: &str) -> Result<String, String> {
    if text.starts_with("s3://") { Ok(text.to_owned()) } else { Err("write s3://bucket/prefix".to_owned()) }
}

pub(crate) const EXAMPLES: &str = "\
Examples:
  rsqlctl deploy --reason 'more slots for the aggregates'
  rsqlctl deploy workflows/nightly.yaml
  rsqlctl --stack rsql-fleet deploy --scripts s3://etl-code/scripts

Ends with 6 when there are faults; then nothing was registered.

JSON: { workflows: [{ workflow_id, version, previous_version, change: created|changed|text|unchanged,
        differences: [{ job, setting, before, after }],
        schedules: { created: [name], kept: [name], removed: [name] } }] }
`text` is a change of comments or layout alone; schedules is null where the fleet is embedded; beside workflows,
scripts: { to, sent: [name], unchanged } or null.";

#[derive(Serialize)]
struct Report {
    workflows: Vec<Deployed>,
    /// None where none were to be uploaded.
    scripts: Option<UploadedScripts>,
}

#[derive(Serialize)]
struct Deployed {
    workflow_id: WorkflowId,
    version: VersionHash,
    previous_version: Option<VersionHash>,
    change: Kind,
    differences: Vec<Change>,
    /// None where the fleet is embedded.
    schedules: Option<Scheduled>,
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
    let target = context.target()?;
    let files = workflows::load(Some(&project), Some(&target), &args.files)?;
    let faulty = files.iter().filter(|file| file.read.is_err()).count();
    if faulty > 0 {
        validate::show_faults(&files);
        let files =
            if faulty == 1 { "1 file has faults".to_owned() } else { format!("{faulty} files have faults") };
        return Err(Failure::invalid(format!("{files}; nothing was deployed")));
    }
    let fleet = context.fleet().await?;
    // Before the workflows, so that no job finds its script missing.
    let scripts = match scripts_to(args, &project, &target) {
        Some(to) => Some(fleet.upload(to, workflows::scripts(&project)?).await?),
        None => None,
    };
    let mut report = Report { workflows: Vec::new(), scripts };
    for file in &files {
        if let Ok(definition) = &file.read {
            report.workflows.push(deploy(&fleet, file, definition, &args.request).await?);
        }
    }
    context.out.answer(&report, |report, out| {
        let scripts = report.scripts.as_ref().map(|scripts| scripts_text(scripts, out.palette));
        let workflows = report.workflows.iter().map(|deployed| text(deployed, out.palette));
        scripts.into_iter().chain(workflows).collect()
    })?;
    Ok(exit::OK)
}

/// Where scripts go: what is asked for, and where nothing is, what the project says of its fleet on AWS.
fn scripts_to<'a>(args: &'a Args, project: &'a Project, target: &Target) -> Option<&'a str> {
    let of_project =
        || project.aws.as_ref().filter(|_| target.is_aws()).and_then(|aws| aws.scripts.as_deref());
    args.scripts.as_deref().or_else(of_project)
}

fn scripts_text(scripts: &UploadedScripts, palette: Palette) -> String {
    let UploadedScripts { to, sent, unchanged } = scripts;
    let mut text = format!("scripts in {to}: {} uploaded, {unchanged} unchanged\n", sent.len());
    for name in sent {
        text.push_str(&format!("  {}\n", palette.paint(Tone::Good, &format!("+ {name}"))));
    }
    text
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
    // Also when nothing has changed: a deployment that ended halfway is made good by the next.
    let schedules = fleet.schedule(id, &definition.schedules).await?;
    Ok(Deployed {
        workflow_id: id.clone(),
        version,
        previous_version: previous,
        change,
        differences,
        schedules,
    })
}

fn audit(current: &Current, version: &VersionHash, request: &RequestArgs) -> AuditRecord {
    let reason = if request.reason.is_empty() { String::new() } else { format!(": {}", request.reason) };
    AuditRecord {
        subject: AuditSubject::workflow(current.workflow_id.clone()),
        kind: AuditKind::Deployed,
        at: current.at,
        by: current.by.clone(),
        detail: format!("version {version} from {}{reason}", current.source),
        // One version may be deployed, replaced and deployed again.
        distinct: current.at.to_string(),
    }
}

fn text(deployed: &Deployed, palette: Palette) -> String {
    let Deployed { workflow_id: id, version, previous_version, change, differences, schedules } = deployed;
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
    if let Some(schedules) = schedules {
        text.push_str(&schedules_text(schedules, palette));
    }
    text
}

pub(super) fn schedules_text(schedules: &Scheduled, palette: Palette) -> String {
    let of = |names: &[String], sign: &str, tone: Tone| -> String {
        let line = |name: &String| format!("  {}\n", palette.paint(tone, &format!("{sign} schedule {name}")));
        names.iter().map(line).collect()
    };
    [of(&schedules.created, "+", Tone::Good), of(&schedules.removed, "-", Tone::Bad)].concat()
}
