//! `rsqlctl undeploy`: takes workflows away. Owns the order: what would start them goes first.

use fleet_core::audit::{AuditKind, AuditRecord, AuditSubject};
use fleet_core::ids::WorkflowId;
use serde::Serialize;

use super::deploy::schedules_text;
use crate::context::Context;
use crate::exit;
use crate::fleet::{Fleet, Scheduled};
use crate::options::RequestArgs;
use crate::output::Tone;

/// Take workflows away, so that they are not started any more
///
/// Removes the current version and its schedules. Executions that run go on, and those that have ended can be looked at and
/// resumed as before. `rsqlctl deploy` brings a workflow back.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The workflows
    #[arg(value_name = "WORKFLOW", required = true)]
    workflows: Vec<WorkflowId>,

    #[command(flatten)]
    request: RequestArgs,
}

pub(crate) const EXAMPLES: &str = "\
Examples:
  rsqlctl undeploy nightly_sales --reason 'replaced by nightly_orders'

Ends with 5 when a workflow is not deployed; those named before it are taken away.

JSON: { workflows: [{ workflow_id, schedules: { created, kept, removed: [name] } }] }; schedules is null where the fleet
is embedded.";

#[derive(Serialize)]
struct Report {
    workflows: Vec<Undeployed>,
}

#[derive(Serialize)]
struct Undeployed {
    workflow_id: WorkflowId,
    /// None where the fleet is embedded.
    schedules: Option<Scheduled>,
}

pub(crate) async fn run(args: &Args, context: &mut Context) -> anyhow::Result<u8> {
    let fleet = context.fleet().await?;
    let mut report = Report { workflows: Vec::new() };
    for workflow in &args.workflows {
        report.workflows.push(undeploy(&fleet, workflow, &args.request).await?);
    }
    context.out.answer(&report, |report, out| {
        let line = |gone: &Undeployed| {
            let mut text = format!("{} {}\n", gone.workflow_id, out.palette.paint(Tone::Warn, "taken away"));
            if let Some(schedules) = &gone.schedules {
                text.push_str(&schedules_text(schedules, out.palette));
            }
            text
        };
        report.workflows.iter().map(line).collect()
    })?;
    Ok(exit::OK)
}

async fn undeploy(fleet: &Fleet, workflow: &WorkflowId, request: &RequestArgs) -> anyhow::Result<Undeployed> {
    // One that was taken away halfway is still there: its schedules go first.
    let current = fleet.current(workflow).await?;
    let schedules = fleet.schedule(workflow, &[]).await?;
    let at = fleet.now();
    let version = current.version.map(|version| format!("version {version}"));
    let detail = [version, Some(request.reason.clone()).filter(|reason| !reason.is_empty())];
    let audit = AuditRecord {
        subject: AuditSubject::workflow(workflow.clone()),
        kind: AuditKind::Undeployed,
        at,
        by: request.who(),
        detail: detail.into_iter().flatten().collect::<Vec<_>>().join(": "),
        distinct: at.to_string(),
    };
    fleet.definitions.retire(workflow, &[audit]).await?;
    Ok(Undeployed { workflow_id: workflow.clone(), schedules })
}
