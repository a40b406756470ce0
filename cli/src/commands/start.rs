//! `rsqlctl start`: starts an execution, and waits for it if asked to. Owns the id of an execution that is given none.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use fleet_core::ids::{ExecutionId, WorkflowId};
use fleet_core::wire::Start;
use fleet_core::workflow::{Bindings, Definition, Occasion};
use serde::Serialize;

use super::result;
use crate::context::Context;
use crate::exit::{self, Failure};
use crate::fleet::Fleet;
use crate::options::RequestArgs;
use crate::output::remark;
use crate::progress::Stream;
use crate::serving::Role;
use crate::wait::{self, Wait, Waited};

/// Start an execution of a workflow
///
/// The execution runs the version that is current now, for its whole life. Values of `--param` replace the workflow's
/// `params`. An id names one execution for ever: the same `--id` again starts nothing, and with `--wait` waits for the
/// one there is; an id that another workflow has taken is refused.
///
/// Without `--wait`, the command returns once the execution is there, so that others can be told its id; where no
/// dispatcher serves the state directory, the start is queued.
///
/// With `--wait`, progress goes to standard error; standard output gets the summary of all jobs and, as its last line,
/// `<workflow_execution_id> succeeded|failed|cancelled`. Where no `rsqlctl local` serves the state directory, this process
/// runs the execution itself.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The workflow
    #[arg(value_name = "WORKFLOW")]
    workflow: WorkflowId,

    /// Value of a param; may be given several times
    #[arg(short = 'P', long = "param", value_name = "NAME=VALUE", value_parser = parse_param)]
    params: Vec<(String, String)>,

    /// Id of the execution; made from the workflow and the time when absent
    #[arg(long, value_name = "ID")]
    id: Option<ExecutionId>,

    /// Wait for the end, and end with the execution's own result
    #[arg(short, long)]
    wait: bool,

    #[command(flatten)]
    request: RequestArgs,
}

pub(crate) const EXAMPLES: &str = "\
Examples:
  rsqlctl start nightly_sales --param business_date=2026-11-21 --reason 'late delivery'
  rsqlctl start nightly_sales --id nightly-2026-11-21 --wait

Exit codes with --wait: 0 succeeded, 3 failed, 4 cancelled, 7 no longer waiting.

JSON: { workflow_execution_id, workflow_id, created }; with --wait the document of `rsqlctl status`.";

#[derive(Serialize)]
struct Started {
    workflow_execution_id: ExecutionId,
    workflow_id: WorkflowId,
    /// False when there was an execution of this id already.
    created: bool,
}

/// Roles that an execution needs.
pub(super) const NEEDED: [Role; 2] = [Role::Dispatcher, Role::Worker];

pub(crate) async fn run(args: Args, context: &mut Context) -> anyhow::Result<u8> {
    let fleet = context.fleet().await?;
    let (_, definition) = fleet.workflow(&args.workflow).await?;
    let id = match &args.id {
        Some(id) => id.clone(),
        None => new_id(&args.workflow, &fleet)?,
    };
    let params = unique(&args.params)?;
    let created = !is_there(&fleet, &id, &args.workflow).await?;
    if created {
        check_values(&definition, &id, &params, &fleet)?;
        if args.wait {
            fleet.check_variables(&definition)?;
        }
        fleet.start(asked(&args, id.clone(), params)).await?;
    }
    if args.wait {
        let wait = Wait { id: &id, generation: 0, fill_in: &NEEDED, stream: Stream::Err };
        let waited = wait::until_over(&fleet, &wait, &mut context.out).await?;
        if let Waited::Over(execution) = &waited {
            check_owner(&id, &execution.brief.workflow_id, &args.workflow)?;
        }
        return result::show(&waited, &id, context);
    }
    if created {
        until_there(&fleet, &id, &args.workflow).await?;
    }
    let started = Started { workflow_execution_id: id.clone(), workflow_id: args.workflow, created };
    context.out.answer(&started, |started, _| format!("{}\n", started.workflow_execution_id))?;
    if created {
        say_if_unserved(&fleet, &format!("{id} is queued"))?;
    }
    Ok(exit::OK)
}

/// Tells the operator that nothing will happen yet, and what to do about it.
pub(super) fn say_if_unserved(fleet: &Fleet, what: &str) -> anyhow::Result<()> {
    let missing: Vec<&str> = fleet.unserved(&NEEDED)?.into_iter().map(Role::name).collect();
    if !missing.is_empty() {
        let parts = missing.join(" and no ");
        remark(&format!(
            "{what}, but no {parts} runs on this state directory; start one with:\n  rsqlctl local"
        ));
    }
    Ok(())
}

fn asked(args: &Args, id: ExecutionId, params: BTreeMap<String, String>) -> Start {
    Start {
        workflow_id: args.workflow.clone(),
        workflow_execution_id: Some(id),
        params,
        scheduled_at: None,
        timezone: None,
        by: args.request.who(),
        reason: args.request.reason.clone(),
    }
}

/// A dispatcher that serves takes a start up within milliseconds; one that does not in this time is busy or stopped.
const THERE_MAX: Duration = Duration::from_secs(10);

/// Waits, where a dispatcher serves, until it has made the execution.
async fn until_there(fleet: &Fleet, id: &ExecutionId, workflow: &WorkflowId) -> anyhow::Result<()> {
    let begun = Instant::now();
    while fleet.is_served(Role::Dispatcher)? {
        if let Some(found) = fleet.executions.execution(id).await? {
            return check_owner(id, &found.row.workflow_id, workflow);
        }
        if begun.elapsed() > THERE_MAX {
            remark(&format!(
                "{id} is queued, but the dispatcher has not begun it within {} s; unless it soon does, look for an alert in {}",
                THERE_MAX.as_secs(),
                fleet.alerts()
            ));
            return Ok(());
        }
        tokio::time::sleep(fleet.look() / 2).await;
    }
    Ok(())
}

/// An id names one execution of one workflow; two starts at the same time may have asked for it.
fn check_owner(id: &ExecutionId, owner: &WorkflowId, workflow: &WorkflowId) -> anyhow::Result<()> {
    if owner != workflow {
        anyhow::bail!("execution `{id}` is one of workflow `{owner}`; choose another id");
    }
    Ok(())
}

async fn is_there(fleet: &Fleet, id: &ExecutionId, workflow: &WorkflowId) -> anyhow::Result<bool> {
    let Some(found) = fleet.executions.execution(id).await? else { return Ok(false) };
    check_owner(id, &found.row.workflow_id, workflow)?;
    remark(&format!("execution {id} is there already ({}); nothing was started", found.row.status));
    Ok(true)
}

/// The start is filled here as the dispatcher will fill it, so that the operator hears of faults at once.
fn check_values(
    definition: &Definition,
    id: &ExecutionId,
    params: &BTreeMap<String, String>,
    fleet: &Fleet,
) -> anyhow::Result<()> {
    let filled = Bindings::at_start(definition, id, Occasion::ByHand { now: fleet.now() }, params);
    filled.map(|_| ()).map_err(|faults| Failure::invalid(faults.to_string()))
}

/// `<workflow>-20261122T020000Z-3f9a1c`: sorts by time, and two in one second differ.
fn new_id(workflow: &WorkflowId, fleet: &Fleet) -> anyhow::Result<ExecutionId> {
    let time = fleet.now().to_string();
    let seconds: String = time.chars().take_while(|c| *c != '.').filter(|c| !"-:".contains(*c)).collect();
    let random = uuid::Uuid::now_v7().simple().to_string();
    Ok(ExecutionId::parse(&format!("{workflow}-{seconds}Z-{}", &random[random.len() - 6..]))?)
}

fn parse_param(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("write NAME=VALUE".to_owned()),
    }
}

fn unique(params: &[(String, String)]) -> anyhow::Result<BTreeMap<String, String>> {
    let mut unique = BTreeMap::new();
    for (name, value) in params {
        if unique.insert(name.clone(), value.clone()).is_some() {
            return Err(Failure::usage(format!("--param {name} is given twice")));
        }
    }
    Ok(unique)
}
