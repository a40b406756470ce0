//! One job message, from receipt to the attempt or to the message's end. Owns the rounds of claiming. What a message may
//! claim is `fleet_core::state::claim`'s to say.

use std::sync::Arc;
use std::time::Duration;

use fleet_core::audit::AuditKind;
use fleet_core::ports::{Delivery, PortError};
use fleet_core::state::claim::{self, Claim, Claimant};
use fleet_core::state::settle::{self, Successor};
use fleet_core::state::{
    Cancel, ExecutionRow, IllegalTransition, JobRow, JobStatus, Rev, SkipCause, Turn, Versioned, readiness,
};
use fleet_core::time::Millis;
use fleet_core::wire::{JobMessage, JobSettled};
use fleet_core::workflow::{Definition, Job, JobIx};
use tokio::sync::watch;
use tokio::time::Instant;
use tracing::Instrument as _;

use crate::agent::{Outcome, Shared};
use crate::attempt::{self, Before, Claimed};
use crate::record::{Happened, Wrote};
use crate::settings::Settings;
use crate::task::Task;
use crate::{patience, spans};

/// Rounds of claiming before the message is left for later. Each lost round means that somebody else has written the row.
const ROUNDS_MAX: usize = 8;

/// Time for ending a lost attempt's sessions where no attempt of ours follows, and so no lease of ours is kept meanwhile.
const END_LOST_LIMIT: Millis = Millis::from_secs(20);

/// Why a message is left to be delivered again.
#[derive(Debug, thiserror::Error)]
enum Fault {
    #[error(transparent)]
    Port(#[from] PortError),
    /// The job is settled, and its failure not alerted on.
    #[error(transparent)]
    Untold(PortError),
    #[error(transparent)]
    Illegal(#[from] IllegalTransition),
    #[error("find version {0} of the workflow: it is not stored")]
    NoVersion(String),
    #[error("find the job in version {0} of the workflow")]
    NoJob(String),
    #[error("claim the job: its row changed {ROUNDS_MAX} times meanwhile")]
    Contended,
}

/// Deals with one message. Whatever goes wrong leaves the message to be delivered again.
pub(crate) async fn handle(shared: Arc<Shared>, delivery: Delivery, worker: String) -> Outcome {
    let message = match JobMessage::from_text(&delivery.body) {
        Ok(message) => message,
        Err(error) => {
            tracing::error!(%error, message = delivery.id.0, "left to the dead letters");
            return Outcome::Unreadable;
        }
    };
    let (execution, job) = (message.workflow_execution_id.clone(), message.job_id.clone());
    let span = spans::of_message(&delivery, &message);
    let errand = Errand { shared, delivery, message, worker };
    let outcome = errand.attend_through_outages().instrument(span).await;
    outcome.unwrap_or_else(|error| {
        tracing::error!(%error, %execution, %job, "a job message is left to be delivered again");
        Outcome::Abandoned
    })
}

struct Errand {
    shared: Arc<Shared>,
    delivery: Delivery,
    message: JobMessage,
    worker: String,
}

/// What the message is about.
struct Subject {
    execution: Arc<ExecutionRow>,
    definition: Arc<Definition>,
    ix: JobIx,
}

/// What to do with the message.
enum Plan {
    /// Record the row; then run the attempt, after the sessions of the lost one have ended.
    Run { row: JobRow, lost: Option<Turn>, kind: AuditKind },
    /// Record the row, which settles the job without an attempt of ours.
    Settle { row: JobRow, lost: Option<Turn>, kind: AuditKind },
    /// Say again that the job is settled.
    Settled,
    /// Send a message for the turn that the job waits for.
    Later(Successor),
    /// Hide the message.
    Sleep(Millis),
    /// Delete it.
    Drop,
}

impl Errand {
    /// A message is delivered so many times and no more, so an outage must not cost a delivery for each visibility timeout
    /// that it lasts: while a port is away the message is kept, and attended to anew each time that patience has run out.
    /// It keeps a slot, too, which a settled job whose alert cannot be told must not.
    async fn attend_through_outages(&self) -> Result<Outcome, Fault> {
        loop {
            match self.attend().await {
                Err(Fault::Port(error @ PortError::Unavailable { .. })) => self.keep(error).await?,
                done => return done,
            }
        }
    }

    /// Hides the message as a lease would. Where the queue is away too, or takes it back, it is left with the error there was.
    async fn keep(&self, error: PortError) -> Result<(), PortError> {
        tracing::warn!(%error, job = %self.message.job_id, "a job message is kept until the port is back");
        let Settings { lease, margin, .. } = &self.shared.settings;
        let hidden = self.shared.ports.jobs.hide(&self.delivery.receipt, Millis(lease.0 + margin.0)).await;
        hidden.map_err(|_| error)
    }

    async fn attend(&self) -> Result<Outcome, Fault> {
        if self.shared.hand_over.is_cancelled() {
            return self.sleep(Millis(0)).await;
        }
        let id = &self.message.workflow_execution_id;
        let read = || self.shared.ports.executions.execution(id);
        let limit = self.read_limit();
        let Some(execution) = patience::insist_within(limit, "read an execution", read).await? else {
            return self.drop_message().await;
        };
        let subject = self.subject(execution.row).await?;
        let mut seen = self.first_seen(&subject.execution).await?;
        for _ in 0..ROUNDS_MAX {
            // The lease counts from before its end is computed.
            let began = Instant::now();
            let plan = self.plan(&subject, seen.as_ref().map(|seen| &seen.row))?;
            let rev = seen.as_ref().map(|seen| seen.rev);
            let wrote = match plan {
                Plan::Run { row, lost, kind } => {
                    let what = self.describe(&subject, &row).await;
                    match self.record_claim(seen.as_ref(), row, kind, &what).await? {
                        Wrote::Done(held) => {
                            return Ok(self.run(subject, held, Before { lost, what, began }).await);
                        }
                        stale @ Wrote::Stale(_) => stale,
                    }
                }
                Plan::Settle { row, lost, kind } => {
                    match self.record_settled(&subject, rev, row, lost, kind).await? {
                        Wrote::Done(settled) => return self.follow_settled(&subject, &settled.row).await,
                        stale @ Wrote::Stale(_) => stale,
                    }
                }
                Plan::Settled => return self.say_settled(&subject, seen.as_ref()).await,
                Plan::Later(next) => {
                    self.shared.send_turn(&self.message, next).await?;
                    return self.drop_message().await;
                }
                Plan::Sleep(span) => return self.sleep(span).await,
                Plan::Drop => return self.drop_message().await,
            };
            if let Wrote::Stale(found) = wrote {
                seen = found;
            }
        }
        Err(Fault::Contended)
    }

    async fn subject(&self, execution: ExecutionRow) -> Result<Subject, Fault> {
        let (workflow, version) = (&execution.workflow_id, &execution.version);
        let definition = self.shared.versions.get(workflow, version).await?;
        let definition = definition.ok_or_else(|| Fault::NoVersion(version.to_string()))?;
        let ix = definition.find(&self.message.job_id).ok_or_else(|| Fault::NoJob(version.to_string()))?;
        Ok(Subject { execution: Arc::new(execution), definition, ix })
    }

    /// A first try mostly finds no row, so none is read: the claim itself will tell. A later one always has a row, and a
    /// failed write costs more than a read. So has a message that comes again, and where nothing can be claimed any more
    /// only the row tells whether a failure is still to be alerted on.
    async fn first_seen(&self, execution: &ExecutionRow) -> Result<Option<Versioned<JobRow>>, PortError> {
        let is_first = self.message.turn <= (Turn { attempt: 1, look: 0 }) && self.delivery.received == 1;
        if is_first && execution.status.is_open() {
            return Ok(None);
        }
        let (id, jobs) = (&self.message.workflow_execution_id, std::slice::from_ref(&self.message.job_id));
        let read = || self.shared.ports.executions.jobs(id, jobs);
        Ok(patience::insist_within(self.read_limit(), "read a job", read).await?.pop().flatten())
    }

    /// How long a read may be insisted on. A message that has just come is hidden for a lease and its margin, and there are
    /// two reads before it is claimed or kept.
    fn read_limit(&self) -> Duration {
        self.shared.settings.lease.to_std() / 2
    }

    fn plan(&self, subject: &Subject, row: Option<&JobRow>) -> Result<Plan, Fault> {
        let claimant = Claimant {
            worker: &self.worker,
            message_id: &self.delivery.id.0,
            redelivered: self.delivery.received > 1,
            now: self.shared.ports.clock.now(),
            lease: self.shared.settings.lease,
            margin: self.shared.settings.margin,
        };
        let execution = &subject.execution;
        let claim = claim::decide(row, &self.message, &claimant, &subject.job().retry)?;
        let over = !execution.status.is_open() || execution.generation > self.message.generation;
        if over && claim != Claim::Settled {
            return Ok(Plan::Drop);
        }
        let cancel = execution.cancel.as_ref().or(row.and_then(|row| row.cancel.as_ref()));
        Ok(match (claim, cancel) {
            (Claim::Take(_), Some(cancel)) => self.cancelled(row, cancel, None)?,
            (Claim::TakeOver { lost, .. } | Claim::GiveUp { lost, .. }, Some(cancel)) => {
                self.cancelled(row, cancel, Some(lost))?
            }
            (Claim::Take(taken), None) => match not_begun(subject, row) {
                Some(cause) => self.skipped(row, cause)?,
                None => Plan::Run { lost: before(&taken), row: *taken, kind: AuditKind::AttemptStarted },
            },
            (Claim::TakeOver { row, lost }, None) => {
                Plan::Run { row: *row, lost: Some(lost), kind: AuditKind::TakenOver }
            }
            (Claim::GiveUp { row, lost }, None) => {
                Plan::Settle { row: *row, lost: Some(lost), kind: AuditKind::Failed }
            }
            (Claim::Settled, _) => Plan::Settled,
            (Claim::Later { turn, delay }, _) => Plan::Later(Successor { turn, delay }),
            (Claim::Sleep(span), _) => Plan::Sleep(span),
            (Claim::Drop, _) => Plan::Drop,
        })
    }

    fn cancelled(&self, row: Option<&JobRow>, cancel: &Cancel, lost: Option<Turn>) -> Result<Plan, Fault> {
        let unstarted = JobRow::default();
        let mut row = settle::cancel(row.unwrap_or(&unstarted), cancel, self.shared.ports.clock.now())?;
        row.generation = self.message.generation;
        Ok(Plan::Settle { row, lost, kind: AuditKind::Cancelled })
    }

    /// The execution began to stop while the job was on the queue.
    fn skipped(&self, row: Option<&JobRow>, cause: SkipCause) -> Result<Plan, Fault> {
        let unstarted = JobRow::default();
        let now = self.shared.ports.clock.now();
        let row = settle::skip(row.unwrap_or(&unstarted), cause, self.message.generation, now)?;
        Ok(Plan::Settle { row, lost: None, kind: AuditKind::Skipped })
    }

    /// What is about to run, without secrets.
    async fn describe(&self, subject: &Subject, row: &JobRow) -> String {
        let task = self.task(subject, row);
        let told = self.shared.ports.runner.describe(&task).await;
        attempt::redactor(&self.shared, &task).text(&told)
    }

    async fn record_claim(
        &self,
        seen: Option<&Versioned<JobRow>>,
        row: JobRow,
        kind: AuditKind,
        what: &str,
    ) -> Result<Wrote, Fault> {
        let mut detail = what.to_owned();
        if let (AuditKind::TakenOver, Some(before)) = (kind, seen.map(|seen| &seen.row)) {
            let worker = before.lease.as_ref().map_or("its worker", |lease| lease.worker.as_str());
            detail = format!("{worker} was lost with attempt {}; {detail}", before.turn.attempt);
        }
        let at = row.started_at.unwrap_or_else(|| self.shared.ports.clock.now());
        let happened = Happened { kind, turn: row.turn, at, by: &self.worker, detail };
        self.record(seen.map(|seen| seen.rev), row, happened).await
    }

    /// The lost attempt's sessions are ended first where that works at once: nobody will come after us to do it.
    async fn record_settled(
        &self,
        subject: &Subject,
        rev: Option<Rev>,
        row: JobRow,
        lost: Option<Turn>,
        kind: AuditKind,
    ) -> Result<Wrote, Fault> {
        let mut detail = match (kind, &row.cancel, &row.result) {
            (AuditKind::Cancelled, Some(cancel), _) => attempt::cancel_sentence(cancel),
            (AuditKind::Skipped, ..) => row.skip.map(SkipCause::reason).unwrap_or_default().to_owned(),
            (_, _, Some(result)) => result.summary(),
            _ => String::new(),
        };
        if let Some(lost) = lost {
            let task = self.task(subject, &row);
            let end_lost = async {
                // What is ended must not turn out not to be lost.
                self.shared.ports.executions.secure().await.map_err(|error| error.to_string())?;
                self.shared.ports.runner.end_lost(&task, lost).await
            };
            let ended = tokio::time::timeout(END_LOST_LIMIT.to_std(), end_lost).await;
            if let Err(error) = ended.unwrap_or_else(|_| Err(format!("no answer within {END_LOST_LIMIT}"))) {
                tracing::error!(error, job = %self.message.job_id, "a lost attempt may go on in the warehouse");
                detail = format!("{detail}; its session may go on: {error}");
            }
        }
        let at = row.ended_at.unwrap_or_else(|| self.shared.ports.clock.now());
        let turn = lost.unwrap_or(self.message.turn);
        self.record(rev, row, Happened { kind, turn, at, by: &self.worker, detail }).await
    }

    async fn record(&self, rev: Option<Rev>, row: JobRow, happened: Happened<'_>) -> Result<Wrote, Fault> {
        let of = (&self.message.workflow_execution_id, &self.message.job_id);
        Ok(self.shared.record(of, rev, row, happened.record(&self.message)).await?)
    }

    async fn run(&self, subject: Subject, held: Versioned<JobRow>, before: Before) -> Outcome {
        let task = Arc::new(self.task(&subject, &held.row));
        let claimed = Claimed { task, delivery: self.delivery.clone(), held, before };
        attempt::run(Arc::clone(&self.shared), claimed).await
    }

    fn task(&self, subject: &Subject, row: &JobRow) -> Task {
        Task {
            execution: Arc::clone(&subject.execution),
            definition: Arc::clone(&subject.definition),
            ix: subject.ix,
            message: self.message.clone(),
            turn: row.turn,
            fence: row.fence,
            worker: self.worker.clone(),
            lease: watch::Sender::new(Instant::now() + self.shared.settings.lease.to_std()),
        }
    }

    /// Somebody may have died between settling the job and saying so, or between saying so and the alert.
    async fn say_settled(
        &self,
        subject: &Subject,
        seen: Option<&Versioned<JobRow>>,
    ) -> Result<Outcome, Fault> {
        self.shared.send_settled(JobSettled { again: true, ..self.message.settled() }).await?;
        let own = seen.filter(|seen| self.delivery.received > 1 && seen.row.turn >= self.message.turn);
        if let Some(own) = own {
            self.alert(subject, &own.row).await?;
        }
        self.drop_message().await
    }

    async fn follow_settled(&self, subject: &Subject, row: &JobRow) -> Result<Outcome, Fault> {
        self.shared.send_settled(self.message.settled()).await?;
        self.alert(subject, row).await?;
        self.shared.delete(&self.delivery.receipt).await?;
        Ok(match row.status {
            JobStatus::Failed => Outcome::Failed,
            JobStatus::Skipped => Outcome::Skipped,
            _ => Outcome::Cancelled,
        })
    }

    async fn alert(&self, subject: &Subject, row: &JobRow) -> Result<(), Fault> {
        let Subject { execution, definition, .. } = subject;
        let alerted = self.shared.alert_failure(execution, definition, subject.job(), row).await;
        alerted.map_err(Fault::Untold)
    }

    async fn sleep(&self, span: Millis) -> Result<Outcome, Fault> {
        let hide = || self.shared.ports.jobs.hide(&self.delivery.receipt, span);
        patience::insist("hide a job message", hide).await?;
        Ok(Outcome::PassedOn)
    }

    async fn drop_message(&self) -> Result<Outcome, Fault> {
        self.shared.delete(&self.delivery.receipt).await?;
        Ok(Outcome::PassedOn)
    }
}

/// Why a job that has not begun in this generation does not start after all, if so. One that has begun goes on: its retries
/// and looks are not new.
fn not_begun(subject: &Subject, row: Option<&JobRow>) -> Option<SkipCause> {
    if !matches!(row.map(|row| row.status), None | Some(JobStatus::Pending | JobStatus::Held)) {
        return None;
    }
    let stopping = readiness::stopping(&subject.execution, subject.definition.on_failure);
    readiness::starts(subject.job().run_if, stopping)
}

/// The attempt before, whose session may live on whatever the row says of its end: a connection can break while the server
/// goes on, programs that a script started have sessions of their own, and a resume forgets how attempts ended. So each
/// attempt looks, for the price of a short session after a retry's pause; its first look has made sure for the others.
fn before(taken: &JobRow) -> Option<Turn> {
    let Turn { attempt, look } = taken.turn;
    (attempt > 1 && look == 0).then(|| Turn { attempt: attempt - 1, look: 0 })
}

impl Subject {
    fn job(&self) -> &Job {
        self.definition.job(self.ix).expect("the index was found in this very definition")
    }
}
