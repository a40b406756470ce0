//! `rsqlctl graph`: draws a workflow or an execution. The drawing is `graph`'s.

use fleet_core::ids::ExecutionId;
use fleet_core::workflow::Definition;

use super::named;
use crate::context::Context;
use crate::exit::{self, Failure};
use crate::graph::{self, Picture};
use crate::output::Format;
use crate::view::Execution;

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
        Format::Table | Format::Text | Format::Sarif => graph::text(&picture, out.width(), out.palette),
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
    if let Some(definition) = named::in_file(what, context)? {
        return Ok(plain(&definition));
    }
    let fleet = context.fleet().await?;
    if let Ok(id) = ExecutionId::parse(what)
        && let Some(found) = fleet.executions.execution(&id).await?
    {
        let definition = fleet.definition(&found.row).await?;
        let execution = Execution::of(&fleet, &found.row, &definition).await?;
        let status =
            |job: &_| execution.jobs.iter().find(|known| known.job_id == *job).map(|known| known.status);
        return Ok(Picture::of(what.to_owned(), &definition, status));
    }
    if let Some(definition) = named::workflow(what, &fleet, context).await? {
        return Ok(plain(&definition));
    }
    Err(Failure::not_found(format!(
        "`{what}` is no file, no execution and no workflow; `rsqlctl list` and `rsqlctl list --workflows` show what there is"
    )))
}

fn plain(definition: &Definition) -> Picture {
    Picture::of(definition.workflow_id.to_string(), definition, |_| None)
}
