//! Starting an execution. Owns the id of a start without one, the filling of templates, and the first sends. A second
//! delivery finds the row, and sends again what is ready and has no row.

use std::sync::Arc;

use fleet_core::audit::{AuditKind, AuditRecord};
use fleet_core::ids::{ExecutionId, IdError, WorkflowId};
use fleet_core::ports::{Created, Current, Definitions, MessageId, PortError};
use fleet_core::schedule::Zone;
use fleet_core::state::{
    ExecutionRow, ExecutionStatus, JobRow, JobStatus, ROW_FORMAT, Request, Rev, Turn, Versioned,
};
use fleet_core::time::Timestamp;
use fleet_core::wire::Start;
use fleet_core::workflow::{Bindings, Definition, JobIx, Occasion, ScriptCheck};

use crate::fault::Fault;
use crate::open::Open;
use crate::{Ports, tick};

/// Starts an execution, or sees that it has been started. That is looked at first: a second delivery must find its execution
/// even if the workflow has been changed or removed since.
pub(crate) async fn start(
    ports: &Ports,
    event: &Start,
    message: &MessageId,
    now: Timestamp,
) -> Result<(), Fault> {
    let id = execution_id(event, message)?;
    if let Some(found) = ports.executions.execution(&id).await? {
        return again(ports, event, found, now).await;
    }
    let definition = current(ports, &event.workflow_id).await?;
    let row = new_row(event, &definition, id, now)?;
    let mut open = Open { ports, definition, rev: Rev(0), row, now, is_first_pass: false };
    let audit = started(&open);
    match ports.executions.create(&open.row, &[audit]).await? {
        Created::New(rev) => {
            open.rev = rev;
            // Work before news: a bus that is away must not keep anything from running.
            open.send_roots(None).await?;
            open.announce_status().await
        }
        Created::Existing(found) => again(ports, event, *found, now).await,
    }
}

/// The id of the execution that a start event asks for: the one it gives, or one made from its scheduled time or its own id,
/// so that a second delivery asks for the same.
///
/// # Errors
/// [`IdError`] when the message's id cannot be a part of one.
pub fn execution_id(event: &Start, message: &MessageId) -> Result<ExecutionId, IdError> {
    if let Some(id) = &event.workflow_execution_id {
        return Ok(id.clone());
    }
    let workflow = &event.workflow_id;
    match event.scheduled_at {
        Some(time) => Ok(ExecutionId::scheduled(workflow, time)),
        None => ExecutionId::parse(&format!("{workflow}-{}", message.0)),
    }
}

/// The definition that a start of this workflow runs. A current definition without a version was put there by hand: it is
/// compiled, and the version kept, while the item stays as it was put.
async fn current(ports: &Ports, workflow: &WorkflowId) -> Result<Arc<Definition>, Fault> {
    // What lies there and cannot be read is as wrong tomorrow: whoever waits for the execution is told at once.
    let found = match ports.definitions.current(workflow).await {
        Err(refused @ PortError::Refused { .. }) => return Err(Fault::Rejected(refused.to_string())),
        other => other?,
    };
    let Some(current) = found else {
        return Err(Fault::Rejected(format!(
            "workflow `{workflow}` is not deployed: `rsqlctl deploy` it, or correct the name"
        )));
    };
    if let Some(version) = &current.version {
        let found = ports.definitions.version(workflow, version).await?;
        return found.ok_or_else(|| {
            Fault::Rejected(format!("version {version} of `{workflow}` is not in the store"))
        });
    }
    definition_of(ports.definitions.as_ref(), &current).await?.map_err(Fault::Rejected)
}

/// Compiles the text of a current definition that was put into the store by hand, and keeps the version.
///
/// # Errors
/// [`PortError`] from the store. The inner error is the rendered list of faults in the text.
pub async fn definition_of(
    store: &dyn Definitions,
    current: &Current,
) -> Result<Result<Arc<Definition>, String>, PortError> {
    let definition =
        match fleet_core::workflow::parse(&current.source, &current.text, &|_| ScriptCheck::Unchecked) {
            Ok(definition) => Arc::new(definition),
            Err(faults) => return Ok(Err(faults.to_string())),
        };
    store.keep(&definition).await?;
    Ok(Ok(definition))
}

fn new_row(
    event: &Start,
    definition: &Definition,
    id: ExecutionId,
    now: Timestamp,
) -> Result<ExecutionRow, Fault> {
    let utc = Zone::utc();
    let zone = match &event.timezone {
        Some(name) => Zone::parse(name).map_err(|error| Fault::Rejected(error.to_string()))?,
        None => utc,
    };
    let occasion = match event.scheduled_at {
        Some(at) => Occasion::Scheduled { at, zone: &zone },
        None => Occasion::ByHand { now },
    };
    let bindings = Bindings::at_start(definition, &id, occasion, &event.params)
        .map_err(|faults| Fault::Rejected(faults.to_string()))?;
    let mut row = ExecutionRow {
        format: ROW_FORMAT,
        workflow_execution_id: id,
        workflow_id: event.workflow_id.clone(),
        version: definition.version(),
        status: ExecutionStatus::Running,
        generation: 0,
        bindings: bindings.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
        scheduled_at: event.scheduled_at,
        started: Request { by: event.by.clone(), reason: event.reason.clone(), at: now },
        generation_at: now,
        resumed: None,
        ended_at: None,
        deadline: None,
        late_at: None,
        cancel: None,
        failed: None,
        slots_used: 0,
        attention_at: None,
        redrives: 0,
        progress: 0,
        announced: false,
    };
    tick::set_times(&mut row, definition, now);
    Ok(row)
}

fn started(open: &Open<'_>) -> AuditRecord {
    let request = &open.row.started;
    let mut audit = open.audit(None, Turn::default(), AuditKind::Started, request.reason.clone());
    if !request.by.is_empty() {
        audit.by.clone_from(&request.by);
    }
    audit
}

/// The second delivery of a start: while the execution is open, sends again what is ready and has no row.
async fn again(
    ports: &Ports,
    event: &Start,
    found: Versioned<ExecutionRow>,
    now: Timestamp,
) -> Result<(), Fault> {
    let row = found.row;
    let id = &row.workflow_execution_id;
    if row.workflow_id != event.workflow_id {
        let owner = &row.workflow_id;
        return Err(Fault::Rejected(format!("execution id `{id}` is taken by a run of workflow `{owner}`")));
    }
    if row.status != ExecutionStatus::Running || row.generation > 0 {
        return Ok(());
    }
    let Some(mut open) = Open::read(ports, id, now).await? else { return Ok(()) };
    let roots: Vec<JobIx> = open.definition.roots().collect();
    let rows = open.rows(&roots).await?;
    open.send_roots(Some(rows)).await?;
    open.offer_slots().await?;
    open.announce_status().await
}

impl Open<'_> {
    /// Sends the roots; given their rows, only those that have not begun.
    async fn send_roots(&self, rows: Option<Vec<Option<Versioned<JobRow>>>>) -> Result<(), Fault> {
        let roots = self.definition.roots();
        let rows = rows.into_iter().flatten().chain(std::iter::repeat(None));
        let waiting = roots
            .zip(rows)
            .filter(|(_, row)| row.as_ref().is_none_or(|found| found.row.status == JobStatus::Pending));
        self.start_ready(waiting.collect()).await
    }
}
