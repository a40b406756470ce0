//! Waiting for an execution. Owns when it is over, and who runs it meanwhile: another process, or, where none serves the
//! state directory, this one. Does not print the result.

use std::sync::Arc;
use std::time::{Duration, Instant};

use fleet_core::ids::ExecutionId;
use fleet_core::workflow::Definition;

use crate::engine::Engine;
use crate::fleet::Fleet;
use crate::output::{Output, remark};
use crate::progress::{Progress, Stream};
use crate::serving::Role;
use crate::signals::Signals;
use crate::view::Execution;

/// Added for each job: a look at a large workflow costs more.
const LOOK_PER_JOB: Duration = Duration::from_micros(20);
/// Time between two looks at who serves: a server may end while somebody waits.
const WHO_SERVES: Duration = Duration::from_secs(2);
/// A start that has made no execution for so long was refused.
const APPEAR_MAX: Duration = Duration::from_secs(60);
/// How long an ended execution may lack the proof that its end was announced: the dispatcher may just have died.
const ANNOUNCE_MAX: Duration = Duration::from_secs(5);

/// Said when this process stays for the jobs of others.
const OTHERS_RUN: &str =
    "jobs of other executions still run in this process; it ends with them, or at once with Ctrl-C";

/// What to wait for.
pub(crate) struct Wait<'a> {
    /// The execution; it need not be there yet.
    pub(crate) id: &'a ExecutionId,
    /// It is not over before this generation: a resume makes a new one.
    pub(crate) generation: u32,
    /// Roles to run here when nobody else does.
    pub(crate) fill_in: &'a [Role],
    /// Where progress goes.
    pub(crate) stream: Stream,
}

/// How the wait ended.
pub(crate) enum Waited {
    /// The execution is over.
    Over(Box<Execution>),
    /// A signal ended the wait, or nobody reads any more.
    Interrupted,
}

/// Waits until an execution is over.
///
/// # Errors
/// When the state cannot be read, the execution never appears, or the parts that run here fail.
pub(crate) async fn until_over(fleet: &Fleet, wait: &Wait<'_>, out: &mut Output) -> anyhow::Result<Waited> {
    let mut signals = Signals::catch()?;
    let mut engine = Engine::idle();
    let mut progress = Progress::new(wait.stream, out);
    let waited = look_on(fleet, wait, &mut engine, &mut progress, &mut signals, out).await;
    progress.finish();
    let in_a_word = || remark(OTHERS_RUN);
    engine.drain(&mut signals, in_a_word).await?;
    waited
}

async fn look_on(
    fleet: &Fleet,
    wait: &Wait<'_>,
    engine: &mut Engine,
    progress: &mut Progress,
    signals: &mut Signals,
    out: &mut Output,
) -> anyhow::Result<Waited> {
    let begun = Instant::now();
    let mut asked: Option<Instant> = None;
    let mut over_since: Option<Instant> = None;
    let mut definition: Option<Arc<Definition>> = None;
    loop {
        if asked.is_none_or(|at| at.elapsed() >= WHO_SERVES) {
            engine.fill_in(fleet, wait.fill_in)?;
            asked = Some(Instant::now());
        }
        engine.check()?;
        match look(fleet, wait.id, &mut definition).await? {
            Some(seen) => {
                progress.show(&seen, out)?;
                let over = !seen.brief.status.is_open() && seen.brief.resumes >= wait.generation;
                let since = *over_since.get_or_insert_with(Instant::now);
                if over && (seen.announced || since.elapsed() > ANNOUNCE_MAX) {
                    return Ok(Waited::Over(Box::new(seen.with_marks(fleet).await?)));
                }
                if !over {
                    over_since = None;
                }
            }
            None if begun.elapsed() > APPEAR_MAX => anyhow::bail!(
                "execution `{}` was asked for {} s ago and has not begun; look for an alert in {}",
                wait.id,
                APPEAR_MAX.as_secs(),
                fleet.alerts()
            ),
            None => {}
        }
        if out.is_closed() {
            return Ok(Waited::Interrupted);
        }
        let jobs = definition.as_ref().map_or(0, |known| u32::try_from(known.jobs.len()).unwrap_or(u32::MAX));
        tokio::select! {
            () = signals.next() => return Ok(Waited::Interrupted),
            () = tokio::time::sleep(fleet.look() + LOOK_PER_JOB * jobs) => {}
        }
    }
}

async fn look(
    fleet: &Fleet,
    id: &ExecutionId,
    definition: &mut Option<Arc<Definition>>,
) -> anyhow::Result<Option<Execution>> {
    let Some(found) = fleet.executions.execution(id).await? else { return Ok(None) };
    let known = match definition {
        Some(known) => Arc::clone(known),
        None => Arc::clone(definition.insert(fleet.definition(&found.row).await?)),
    };
    Ok(Some(Execution::of(fleet, &found.row, &known).await?))
}
