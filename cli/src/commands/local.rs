//! `rsqlctl local`: the whole fleet, or parts of it, in one process. Owns the answer to signals.

use crate::context::Context;
use crate::engine::{self, Engine, EngineOptions};
use crate::exit;
use crate::fleet::Embedded;
use crate::output::remark;
use crate::serving::Role;
use crate::signals::Signals;
use crate::workflows::shown;

/// Run dispatcher, worker and scheduler in one process
///
/// Serves the project's state directory until it is told to end. Several processes may serve the same: a second one adds
/// slots. SIGTERM (or Ctrl-C) drains: no new jobs are taken, those that run may go on up to `drain_limit`, and what is
/// left is handed over. A second signal hands over at once.
///
/// Scripts see PATH, HOME, USER, LOGNAME, SHELL, LANG, LC_*, TZ and TMPDIR of this process, where their connection leads,
/// and what their workflow gives them; `rsql` is found first on their PATH.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Jobs at the same time; the project's `worker.slots` when absent
    #[arg(long, value_name = "COUNT", value_parser = slots)]
    slots: Option<usize>,

    /// Only this part; may be given several times
    #[arg(long, value_enum, value_name = "PART")]
    only: Vec<Role>,
}

pub(crate) const EXAMPLES: &str = "\
Examples:
  rsqlctl local
  rsqlctl local --slots 8 --only worker      more slots for a fleet that runs already

As a systemd service: ExecStart=rsqlctl --project /srv/etl local, KillMode=mixed, TimeoutStopSec above drain_limit.";

const SLOTS_MAX: usize = 1_000;

fn slots(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(slots) if (1..=SLOTS_MAX).contains(&slots) => Ok(slots),
        _ => Err(format!("write a whole number from 1 to {SLOTS_MAX}")),
    }
}

pub(crate) async fn run(args: &Args, context: &mut Context) -> anyhow::Result<u8> {
    let fleet = context.embedded()?;
    let roles = if args.only.is_empty() { Role::ALL.to_vec() } else { args.only.clone() };
    let mut signals = Signals::catch()?;
    let mut engine = Engine::idle();
    for role in &roles {
        engine.start(&fleet, *role, EngineOptions { slots: args.slots })?;
    }
    if roles.contains(&Role::Worker) {
        for fault in engine::incomplete_connections(&fleet) {
            remark(&format!("{fault}; jobs that need it will fail"));
        }
    }
    remark(&welcome(&fleet, &roles, args));
    let broken = until_told(&engine, &mut signals).await;
    remark("draining: no new jobs are taken; a second signal hands over those that run");
    let report = engine.drain(&mut signals, || ()).await?;
    broken?;
    let jobs = report.map(|report| {
        format!(
            ": {} jobs succeeded, {} failed, {} skipped, {} handed over",
            report.succeeded, report.failed, report.skipped, report.handed_over
        )
    });
    remark(&format!("stopped{}", jobs.unwrap_or_default()));
    Ok(exit::OK)
}

/// How often the parts are asked whether they still run.
const CHECK: std::time::Duration = std::time::Duration::from_secs(1);

async fn until_told(engine: &Engine, signals: &mut Signals) -> anyhow::Result<()> {
    loop {
        tokio::select! {
            () = signals.next() => return Ok(()),
            () = tokio::time::sleep(CHECK) => engine.check()?,
        }
    }
}

fn welcome(fleet: &Embedded, roles: &[Role], args: &Args) -> String {
    let project = &fleet.project;
    let slots = args.slots.unwrap_or(project.worker.slots);
    let parts = roles.iter().map(|role| match role {
        Role::Worker => format!("worker with {slots} slots"),
        role => role.name().to_owned(),
    });
    format!(
        "serving {} with {}\n  state     {}\n  logs      {}/<execution>/<job>/<attempt>.log\n  alerts    {}\n\
         stop with Ctrl-C or SIGTERM; running jobs may then go on for {}",
        shown(&project.file),
        parts.collect::<Vec<_>>().join(", "),
        shown(fleet.store.file()),
        shown(&project.state.join("logs")),
        shown(&project.alerts.file()),
        project.worker.drain_limit,
    )
}
