//! What a name on the command line may mean: a workflow file, or a workflow as it is deployed or written. Owns the order in
//! which they are looked for.

use std::path::Path;
use std::sync::Arc;

use fleet_core::ids::WorkflowId;
use fleet_core::workflow::Definition;

use crate::context::Context;
use crate::exit::Failure;
use crate::fleet::Fleet;
use crate::project::Project;
use crate::target::Target;
use crate::workflows;

/// The workflow in a file, if `what` is one.
///
/// # Errors
/// When the file has faults.
pub(super) fn in_file(what: &str, context: &Context) -> anyhow::Result<Option<Arc<Definition>>> {
    let path = Path::new(what);
    if !path.is_file() {
        return Ok(None);
    }
    let file = workflows::load_one(context.project_if_any()?.as_ref(), path);
    let definition = file.read.map_err(|faults| Failure::invalid(faults.to_string()))?;
    Ok(Some(Arc::new(definition)))
}

/// A workflow as it is deployed, else as the project has it.
///
/// # Errors
/// When the fleet or the project cannot be read.
pub(super) async fn workflow(
    what: &str,
    fleet: &Fleet,
    context: &Context,
) -> anyhow::Result<Option<Arc<Definition>>> {
    let Ok(id) = WorkflowId::parse(what) else { return Ok(None) };
    if fleet.definitions.current(&id).await?.is_some() {
        return Ok(Some(fleet.workflow(&id).await?.1));
    }
    let Some(project) = context.project_if_any()? else { return Ok(None) };
    Ok(in_project(&project, &context.target()?, &id))
}

/// A workflow that is written, but not deployed. Files with faults are passed over: `validate` tells of them.
fn in_project(project: &Project, target: &Target, id: &WorkflowId) -> Option<Arc<Definition>> {
    let files = workflows::load(Some(project), Some(target), &[]).ok()?;
    let mut definitions = files.into_iter().filter_map(|file| file.read.ok());
    definitions.find(|definition| definition.workflow_id == *id).map(Arc::new)
}
