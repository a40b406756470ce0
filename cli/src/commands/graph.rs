//! `rsqlctl graph`: draws a workflow or an execution. Owns what a name may mean. The drawing is `graph`'s.

use std::path::Path;
use std::sync::Arc;

use fleet_core::ids::{ExecutionId, WorkflowId};
use fleet_core::workflow::Definition;

use crate::context::Context;
use crate::exit::{self, Failure};
use crate::fleet::Fleet;
use crate::graph::{self, Picture};
use crate::output::Format;
use crate::project::Project;
use crate::view::Execution;
use crate::workflows::{self, WorkflowFile};

/// Draw a workflow, a workflow file or an execution
///
/// A file is drawn as it is; a workflow as it is deployed, or else as the project's file has it; an execution with the
/// status of each job.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// What to draw: a file, a workflow or an execution
    #[arg(value_name = "WHAT")]
    what: String,
}

pub(crate) const EXAMPLES: &str = "\
Examples:
  rsqlctl graph nightly_sales
  rsqlctl graph nightly-2026-11-21
  rsqlctl graph workflows/nightly.yaml -o mermaid > docs/nightly.mmd
  rsqlctl graph nightly_sales -o dot | dot -Tsvg > nightly.svg

Forms: -o text (the default), mermaid, dot, json.

In the terminal: ✓ succeeded  ✗ failed  ▶ running  ◷ waiting  ‖ held  – skipped  ■ cancelled  · pending. A drawing
that would be too wide becomes a list by layers.

JSON: { title, jobs: [{ id, kind: script|precondition, layer, status }], edges: [[need, dependent]] }";

pub(crate) async fn run(args: &Args, context: &mut Context) -> anyhow::Result<u8> {
    let picture = picture(&args.what, context).await?;
    let out = &mut context.out;
    let text = match out.format {
        Format::Table | Format::Text => graph::text(&picture, out.width(), out.palette),
        Format::Mermaid => graph::mermaid(&picture),
        Format::Dot => graph::dot(&picture),
        Format::Json => {
            out.json(&picture.document())?;
            return Ok(exit::OK);
        }
    };
    out.write(&text)?;
    Ok(exit::OK)
}

async fn picture(what: &str, context: &Context) -> anyhow::Result<Picture> {
    let path = Path::new(what);
    if path.is_file() {
        let file = workflows::load_one(context.project_if_any()?.as_ref(), path);
        return Ok(plain(&read(file)?));
    }
    let fleet = context.fleet()?;
    if let Ok(id) = ExecutionId::parse(what)
        && let Some(found) = fleet.executions.execution(&id).await?
    {
        let definition = fleet.definition(&found.row).await?;
        let execution = Execution::of(&fleet, &found.row, &definition).await?;
        let status =
            |job: &_| execution.jobs.iter().find(|known| known.job_id == *job).map(|known| known.status);
        return Ok(Picture::of(what.to_owned(), &definition, status));
    }
    if let Ok(id) = WorkflowId::parse(what)
        && let Some(definition) = workflow(&fleet, &id, context).await?
    {
        return Ok(plain(&definition));
    }
    Err(Failure::not_found(format!(
        "`{what}` is no file, no execution and no workflow; `rsqlctl list` and `rsqlctl list --workflows` show what there is"
    )))
}

async fn workflow(
    fleet: &Fleet,
    id: &WorkflowId,
    context: &Context,
) -> anyhow::Result<Option<Arc<Definition>>> {
    if fleet.definitions.current(id).await?.is_some() {
        return Ok(Some(fleet.workflow(id).await?.1));
    }
    Ok(context.project_if_any()?.and_then(|project| in_project(&project, id)))
}

/// A workflow that is written, but not deployed. Files with faults are passed over: `validate` tells of them.
fn in_project(project: &Project, id: &WorkflowId) -> Option<Arc<Definition>> {
    let files = workflows::load(Some(project), &[]).ok()?;
    let mut definitions = files.into_iter().filter_map(|file| file.read.ok());
    definitions.find(|definition| definition.workflow_id == *id).map(Arc::new)
}

fn read(file: WorkflowFile) -> anyhow::Result<Definition> {
    file.read.map_err(|faults| Failure::invalid(faults.to_string()))
}

fn plain(definition: &Definition) -> Picture {
    Picture::of(definition.workflow_id.to_string(), definition, |_| None)
}
