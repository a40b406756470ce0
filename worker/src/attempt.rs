//! One attempt: the log, the lost predecessor's end, the run, and all that may cut it short: a cancel, the time limit, a
//! drain, the loss of the lease. Owns which of these counts when several come together. Does not settle: `settle` does.

use std::sync::{Arc, OnceLock};

use fleet_core::ports::{AttemptLog, Delivery, LogStream, PortError};
use fleet_core::state::settle::AttemptEnd;
use fleet_core::state::{Cancel, CancelCause, JobResult, JobRow, Turn, Versioned};
use fleet_core::time::Millis;
use fleet_core::workflow::Work;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;
use tracing::{Instrument as _, Span};

use crate::agent::{Outcome, Shared};
use crate::heartbeat::{Beat, Keeper, Lost};
use crate::log::{LogClosed, LogPump, LogSender};
use crate::redact::Redactor;
use crate::runner::Ran;
use crate::task::Task;
use crate::vitals::Ended;
use crate::{patience, settle, spans};

/// Tries at ending a lost attempt's sessions before the new attempt is given up. A precondition, which has no retry, tries
/// until its time is over.
const END_LOST_TRIES: usize = 5;
/// Between two of them, growing.
const END_LOST_PAUSE: (Millis, Millis) = (Millis::from_secs(1), Millis::from_secs(10));
/// A look begun at a precondition's time limit is its last, and may take this long.
const LAST_LOOK: Millis = Millis::from_mins(1);

/// A claim that was recorded.
pub(crate) struct Claimed {
    pub(crate) task: Arc<Task>,
    pub(crate) delivery: Delivery,
    pub(crate) held: Versioned<JobRow>,
    pub(crate) before: Before,
}

/// What was found out before the claim.
pub(crate) struct Before {
    /// The attempt before, if it may have left something running.
    pub(crate) lost: Option<Turn>,
    /// What is about to run, without secrets; may be empty.
    pub(crate) what: String,
    /// The lease counts from here.
    pub(crate) began: Instant,
}

/// Why an attempt is told to end.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Cause {
    Cancelled(Cancel),
    TimedOut(Millis),
    HandedOver,
    Lost(Lost),
}

/// Runs a claimed attempt and settles it.
pub(crate) async fn run(shared: Arc<Shared>, claimed: Claimed) -> Outcome {
    let span = spans::of_attempt(&claimed.task);
    run_and_settle(shared, claimed).instrument(span).await
}

async fn run_and_settle(shared: Arc<Shared>, claimed: Claimed) -> Outcome {
    let Claimed { task, delivery, held, before } = claimed;
    tracing::info!(execution = %task.execution_id(), job = %task.job_id(), attempt = task.turn.attempt, "attempt begins");
    let _shown = shared.vitals.begins(&task, shared.ports.clock.now());
    let limit = limit(&shared, &task, &held.row);
    let receipt = delivery.receipt.clone();
    let mut keeper = Keeper::new(Arc::clone(&shared), Arc::clone(&task), receipt, held, before.began);
    spans::began(&Span::current(), &task, shared.ports.clock.now());
    let began = before.began;
    let queue_delay = shared.ports.clock.now().since(task.message.ready_at);
    let (ran, cause) = supervise(&shared, &task, before, limit, &mut keeper).await;
    let (end, run_time) = (as_told(cause.as_ref(), ran.end), since(began));
    spans::ended(&Span::current(), &task, end, run_time);
    tracing::info!(execution = %task.execution_id(), job = %task.job_id(), end = named(ran.end), "attempt ended");
    let attempt = settle::Attempt { shared: &shared, task: &task, delivery: &delivery };
    let settled = match (cause, ran.end) {
        // What had ended by itself is worth recording all the same: the fence says whether it is too late.
        (Some(Cause::Lost(Lost::NotRenewed)), end) if !by_itself(end) => {
            tracing::error!(execution = %task.execution_id(), job = %task.job_id(), "the lease could not be renewed; the attempt was stopped");
            Ok(Outcome::Abandoned)
        }
        (Some(Cause::Lost(Lost::Taken)), _) => attempt.fenced(&ran).await,
        (cause, AttemptEnd::Cancelled) => attempt.settle(keeper.into_held(), cut_short(cause, ran)).await,
        (_, _) => attempt.settle(keeper.into_held(), ran).await,
    };
    let outcome = settled.unwrap_or_else(|error| {
        tracing::error!(%error, execution = %task.execution_id(), job = %task.job_id(), "an attempt's end was not recorded; its lease will run out");
        Outcome::Abandoned
    });
    let workflow = &task.execution.workflow_id;
    shared.vitals.tell(&Ended { workflow, queue_delay, run_time, end, outcome });
    outcome
}

/// The end of a run that was told to end, by what it was told.
fn as_told(cause: Option<&Cause>, end: AttemptEnd) -> AttemptEnd {
    match (cause, end) {
        (Some(Cause::TimedOut(_)), AttemptEnd::Cancelled) => AttemptEnd::TimedOut,
        (Some(Cause::HandedOver), AttemptEnd::Cancelled) => AttemptEnd::HandedOver,
        (_, end) => end,
    }
}

/// Whether the run came to an end of its own.
fn by_itself(end: AttemptEnd) -> bool {
    matches!(end, AttemptEnd::Exited(_) | AttemptEnd::StoppedByError(_) | AttemptEnd::Met)
}

/// How long the attempt, or this look, may take.
fn limit(shared: &Shared, task: &Task, row: &JobRow) -> Option<Millis> {
    match (&task.job().work, task.job().timeout) {
        (Work::Script { .. }, timeout) => timeout,
        (Work::Precondition { .. }, None) => Some(shared.settings.look_limit),
        (Work::Precondition { .. }, Some(timeout)) => {
            let now = shared.ports.clock.now();
            let end = row.first_started_at.unwrap_or(now) + timeout;
            Some(end.since(now).max(LAST_LOOK))
        }
    }
}

/// Runs the attempt on a task of its own, keeps its lease, and tells it to end when there is cause.
async fn supervise(
    shared: &Arc<Shared>,
    task: &Arc<Task>,
    before: Before,
    limit: Option<Millis>,
    keeper: &mut Keeper,
) -> (Ran, Option<Cause>) {
    let cancel = CancellationToken::new();
    let ended = Arc::new(OnceLock::new());
    let work = work(Arc::clone(shared), Arc::clone(task), before, cancel.clone(), Arc::clone(&ended));
    let mut work = AbortOnDropHandle::new(tokio::spawn(work.in_current_span()));
    let mut cause: Option<Cause> = None;
    let mut due = std::pin::pin!(after(limit));
    let mut give_up: Option<Instant> = None;
    loop {
        let told = tokio::select! {
            biased;
            ran = &mut work => return (ran.unwrap_or_else(|error| broken(&error)), cause),
            beat = keeper.watch(), if !matches!(cause, Some(Cause::Lost(_))) => match beat {
                Beat::Lost(lost) => Cause::Lost(lost),
                Beat::Cancelled(cancel) => Cause::Cancelled(cancel),
            },
            () = &mut due, if cause.is_none() => Cause::TimedOut(limit.unwrap_or_default()),
            () = shared.hand_over.cancelled(), if cause.is_none() => Cause::HandedOver,
            () = at(give_up) => {
                tracing::error!(job = %task.job_id(), "an attempt did not end in time; the last lines of its log may be missing");
                return (ended.get().cloned().unwrap_or_else(dropped), cause);
            }
        };
        // The first cause tells how the attempt ends; but without its lease it cannot tell anything.
        if cause.is_none() || matches!(told, Cause::Lost(_)) {
            cause = Some(told);
        }
        // Without its lease, an attempt must be gone when the lease is over for others.
        let grace = match cause {
            Some(Cause::Lost(Lost::NotRenewed)) => shared.settings.stop_before_lease_end(),
            Some(Cause::Lost(Lost::Taken)) => shared.settings.margin,
            _ => shared.settings.cancel_grace,
        };
        let until = Instant::now() + grace.to_std();
        give_up = Some(give_up.map_or(until, |earlier| earlier.min(until)));
        cancel.cancel();
    }
}

fn since(began: Instant) -> Millis {
    Millis(u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX))
}

async fn after(limit: Option<Millis>) {
    match limit {
        Some(limit) => tokio::time::sleep(limit.to_std()).await,
        None => std::future::pending().await,
    }
}

async fn at(time: Option<Instant>) {
    match time {
        Some(time) => tokio::time::sleep_until(time).await,
        None => std::future::pending().await,
    }
}

fn broken(error: &tokio::task::JoinError) -> Ran {
    tracing::error!(%error, "a run broke down");
    Ran::told(AttemptEnd::Refused, format!("the worker broke down while it ran this: {error}"))
}

fn dropped() -> Ran {
    Ran::told(AttemptEnd::Cancelled, "it did not end when it was told to, and was dropped")
}

/// The ending of an attempt that was told to end.
fn cut_short(cause: Option<Cause>, ran: Ran) -> Ran {
    let (end, mut message) = match cause {
        Some(Cause::Cancelled(cancel)) => (AttemptEnd::Cancelled, cancel_sentence(&cancel)),
        Some(Cause::TimedOut(limit)) => (AttemptEnd::TimedOut, format!("it took longer than {limit}")),
        Some(Cause::HandedOver) => (AttemptEnd::HandedOver, "the worker is going away".to_owned()),
        // Nobody told it to: its log was closed, or a script sent itself a signal.
        Some(Cause::Lost(_)) | None => {
            (AttemptEnd::Exited(rsql_client::exit_codes::CANCELLED), String::new())
        }
    };
    if !ran.result.message.is_empty() {
        message = if message.is_empty() {
            ran.result.message
        } else {
            format!("{message}; {}", ran.result.message)
        };
    }
    Ran { end, result: JobResult { message, ..ran.result } }
}

/// Who cancelled, and why.
pub(crate) fn cancel_sentence(cancel: &Cancel) -> String {
    let request = &cancel.request;
    match (cancel.cause, request.reason.is_empty()) {
        (CancelCause::Timeout, _) => "the workflow's timeout has passed".to_owned(),
        (CancelCause::Operator, true) => format!("cancelled by {}", request.by),
        (CancelCause::Operator, false) => format!("cancelled by {}: {}", request.by, request.reason),
    }
}

/// The attempt itself, from its first line in the log to its last. `ended` is set as soon as the run has ended: the log may
/// hold the attempt up after that.
async fn work(
    shared: Arc<Shared>,
    task: Arc<Task>,
    before: Before,
    cancel: CancellationToken,
    ended: Arc<OnceLock<Ran>>,
) -> Ran {
    // The claim must not be lost any more once the attempt works in the warehouse: nobody would look for its sessions.
    let (log, secured) =
        tokio::join!(open_log(&shared, &task, &cancel), secure_claim(&shared, &task, &cancel));
    let log = match secured.and(log) {
        Ok(log) => log,
        Err(ran) => return ran,
    };
    let runner = &shared.ports.runner;
    let redactor = Arc::new(redactor(&shared, &task));
    let (log, pump) = LogPump::start(log, Arc::clone(&redactor), shared.ports.clock.clone());
    let began = Instant::now();
    let ran = match begin(&shared, &task, before, &log, &cancel).await {
        Ok(()) => {
            // Beside those of the attempt: between them lies the work itself, without the fleet's own before and after.
            tracing::debug!(job = %task.job_id(), "the run begins");
            let ran = runner.run(&task, log.clone(), cancel).await;
            tracing::debug!(job = %task.job_id(), "the run has ended");
            ran
        }
        Err(ran) => ran,
    };
    let ran = ended.get_or_init(|| redacted(&redactor, ran)).clone();
    let took = since(began);
    let last = format!("ended after {took}: {}{}", named(ran.end), parenthesis(&ran.result.summary()));
    // A closed log means that the attempt is being dropped, and nobody waits for its last line.
    let _ = log.line(LogStream::Worker, last).await;
    pump.flush().await;
    ran
}

/// A job without a log does not run.
async fn open_log(
    shared: &Shared,
    task: &Task,
    cancel: &CancellationToken,
) -> Result<Box<dyn AttemptLog>, Ran> {
    let name = task.attempt_name();
    until_done("open the attempt's log", task, cancel, || shared.ports.logs.open(&name)).await
}

/// A job whose claim may still be lost does not run.
async fn secure_claim(shared: &Shared, task: &Task, cancel: &CancellationToken) -> Result<(), Ran> {
    until_done("secure the claim", task, cancel, || shared.ports.executions.secure()).await
}

/// Calls until it works, is refused, or the attempt is told to end.
async fn until_done<T, F>(
    what: &str,
    task: &Task,
    cancel: &CancellationToken,
    mut call: impl FnMut() -> F,
) -> Result<T, Ran>
where
    F: Future<Output = Result<T, PortError>>,
{
    let mut pauses = patience::endless();
    loop {
        let error = match call().await {
            Ok(value) => return Ok(value),
            Err(error @ PortError::Refused { .. }) => {
                return Err(Ran::told(AttemptEnd::Refused, error.to_string()));
            }
            Err(error) => error,
        };
        tracing::error!(%error, what, job = %task.job_id(), "the job waits");
        tokio::select! {
            biased;
            () = cancel.cancelled() => return Err(Ran::told(AttemptEnd::Cancelled, error.to_string())),
            () = tokio::time::sleep(pauses.pause()) => {}
        }
    }
}

/// The first lines of the log, and the end of what a lost attempt has left.
async fn begin(
    shared: &Shared,
    task: &Task,
    before: Before,
    log: &LogSender,
    cancel: &CancellationToken,
) -> Result<(), Ran> {
    let closed = |closed: LogClosed| Ran::told(AttemptEnd::Cancelled, closed.to_string());
    log.line(LogStream::Worker, headline(task)).await.map_err(closed)?;
    if !before.what.is_empty() {
        log.line(LogStream::Worker, before.what).await.map_err(closed)?;
    }
    let Some(lost) = before.lost else { return Ok(()) };
    log.line(LogStream::Worker, format!("looks for what attempt {} may have left running", lost.attempt))
        .await
        .map_err(closed)?;
    let tries = match task.job().work {
        Work::Script { .. } => END_LOST_TRIES - 1,
        Work::Precondition { .. } => usize::MAX,
    };
    let mut pauses = fleet_core::state::retry::pauses(END_LOST_PAUSE.0, END_LOST_PAUSE.1, tries);
    loop {
        let ended = tokio::select! {
            biased;
            ended = shared.ports.runner.end_lost(task, lost) => ended,
            () = cancel.cancelled() => return Err(Ran::told(AttemptEnd::Cancelled, "")),
        };
        let Err(error) = ended else { return Ok(()) };
        log.line(LogStream::Worker, error.clone()).await.map_err(closed)?;
        let Some(pause) = pauses.next() else {
            // Two attempts must not work side by side. The next one looks again.
            return Err(Ran::told(AttemptEnd::ConnectionFailed, error));
        };
        tokio::select! {
            biased;
            () = tokio::time::sleep(pause) => {}
            () = cancel.cancelled() => return Err(Ran::told(AttemptEnd::Cancelled, error)),
        }
    }
}

fn headline(task: &Task) -> String {
    let Turn { attempt, look } = task.turn;
    let look = if look > 0 { format!(", look {look}") } else { String::new() };
    format!(
        "attempt {attempt}{look} of job {} in {}, workflow {} version {}, on {}",
        task.job_id(),
        task.execution_id(),
        task.execution.workflow_id,
        task.execution.version,
        task.worker
    )
}

fn named(end: AttemptEnd) -> &'static str {
    match end {
        AttemptEnd::Exited(_) => "exited",
        AttemptEnd::StoppedByError(_) => "stopped at an error",
        AttemptEnd::ConnectionFailed => "the connection failed",
        AttemptEnd::Met => "met",
        AttemptEnd::NotYet => "not met yet",
        AttemptEnd::TimedOut => "timed out",
        AttemptEnd::Cancelled => "told to end",
        AttemptEnd::HandedOver => "handed over",
        AttemptEnd::Refused => "cannot run",
    }
}

fn parenthesis(text: &str) -> String {
    if text.is_empty() { String::new() } else { format!(" ({text})") }
}

/// Knows the worker's secrets, and those of the job's own variables.
pub(crate) fn redactor(shared: &Shared, task: &Task) -> Redactor {
    shared.ports.runner.redactor().with(task.secrets())
}

/// Servers quote values in their messages, and statements hold them.
fn redacted(redactor: &Redactor, ran: Ran) -> Ran {
    let mut result = ran.result;
    result.message = redactor.text(&result.message);
    if let Some(error) = &mut result.error {
        let redactor = redactor.with_credentials_of(&error.statement);
        error.message = redactor.text(&error.message);
        error.statement = redactor.text(&error.statement);
    }
    Ran { end: ran.end, result }
}
