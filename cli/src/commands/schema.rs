//! `rsqlctl schema`: the JSON Schema of workflow files. The schema itself is the core's.

use crate::context::Context;
use crate::exit;

/// Print the JSON Schema of workflow files
///
/// For editors that complete and check YAML while it is written. It is made from the very types that read the files.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {}

pub(crate) const EXAMPLES: &str = "\
Examples:
  rsqlctl schema > workflow.schema.json

Then write as the first line of a workflow file:
  # yaml-language-server: $schema=../workflow.schema.json";

pub(crate) fn run(context: &mut Context) -> anyhow::Result<u8> {
    context.out.json(&fleet_core::workflow::json_schema())?;
    Ok(exit::OK)
}
