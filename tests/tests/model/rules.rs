//! The model itself: the fleet's real rules for one job, asked with the model's rows and clocks, and the faults that can be
//! planted into what surrounds them. Owns nothing of what the rules say.

use fleet_core::ids::{ExecutionId, VersionHash, WorkflowId};
use fleet_core::state::claim::{self, Claim, Claimant};
use fleet_core::state::settle::{self, AttemptEnd, Holder, SettleError};
use fleet_core::state::{IllegalTransition, JobResult, Turn};
use fleet_core::time::Millis;
use fleet_core::wire::JobMessage;
use fleet_core::workflow::{Job, RetryOn, RetryPolicy};

use crate::bounds::{BACKOFF, LEASE, MARGIN, TRIES, Units};
use crate::state::{self, Held, NOW, Next, Row, State};

/// The fleet: one job, its workers, its store and its queue.
pub(crate) struct Fleet {
    pub(crate) planted: Option<Planted>,
    /// Faults that a path may have.
    pub(crate) faults: u8,
    job: Job,
    /// Of a job that is not tried again when its worker is lost.
    giving_up: RetryPolicy,
    execution: ExecutionId,
    message: JobMessage,
}

/// A fault planted into the protocol: the search must find each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Planted {
    /// Whoever comes with a result records it, if only the job is running.
    FenceUnchecked,
    /// A lease counts as run out as soon as it is over by the clock of whoever looks.
    MarginIgnored,
    /// Writes do not look at the revision.
    RevisionIgnored,
    /// A worker deletes its message when the run has ended, before it records that.
    DeletedBeforeWrite,
    /// A worker deletes its message when the end is recorded, before it sends what follows.
    DeletedBeforeSend,
    /// What an older attempt has left running is not ended.
    EndLostSkipped,
    /// A worker that wakes after its lease still begins.
    LeaseEndIgnored,
}

impl Fleet {
    pub(crate) fn new(planted: Option<Planted>, faults: u8) -> Self {
        let text = r#"{"id":"load","work":{"script":{"path":"a.rsql","kind":"rsql"}}}"#;
        let mut job: Job = serde_json::from_str(text).unwrap();
        let retry = RetryPolicy { attempts: TRIES, backoff: BACKOFF, max: BACKOFF, on: Vec::new() };
        let execution = ExecutionId::parse("run-1").unwrap();
        let message = JobMessage {
            workflow_execution_id: execution.clone(),
            workflow_id: WorkflowId::parse("night").unwrap(),
            version: VersionHash::parse("0abc").unwrap(),
            job_id: job.id.clone(),
            turn: Turn::default(),
            generation: 0,
            ready_at: NOW,
        };
        let giving_up = RetryPolicy { on: vec![RetryOn::ExitCode], ..retry.clone() };
        job.retry = retry;
        Self { planted, faults, job, giving_up, execution, message }
    }

    /// Whether this fault is planted.
    pub(crate) fn has(&self, fault: Planted) -> bool {
        self.planted == Some(fault)
    }

    /// What `claim` says to a worker with its message, about the row that it has seen.
    pub(crate) fn claim(
        &self,
        state: &State,
        worker: usize,
        seen: Option<Row>,
    ) -> Result<Claim, IllegalTransition> {
        let receipt = state.workers[worker].receipt.expect("a worker claims with a message");
        let turn = Turn { attempt: receipt.attempt.into(), look: 0 };
        let claimant = Claimant {
            worker: &worker.to_string(),
            message_id: &receipt.id.to_string(),
            redelivered: receipt.redelivered,
            now: state::at(state.workers[worker].ahead),
            lease: span(LEASE),
            margin: if self.has(Planted::MarginIgnored) { Millis(0) } else { span(MARGIN) },
        };
        let policy = if state.gives_up { &self.giving_up } else { &self.job.retry };
        let message = JobMessage { turn, ..self.message.clone() };
        claim::decide(seen.map(Row::whole).as_ref(), &message, &claimant, policy)
    }

    /// What `settle` makes of a run that has ended: the row to record, and what follows.
    pub(crate) fn settle(
        &self,
        ahead: Units,
        held: Held,
        good: bool,
    ) -> Result<(Row, Option<Next>), SettleError> {
        let row = held.seen.row.whole();
        let own = holder(held);
        let holder =
            if self.has(Planted::FenceUnchecked) { Holder { turn: row.turn, fence: row.fence } } else { own };
        let exit_code = i32::from(!good);
        let result = JobResult { exit_code: Some(exit_code), ..JobResult::default() };
        let ending = (AttemptEnd::Exited(exit_code), result);
        let settled = settle::decide(&row, holder, ending, &self.job, &self.execution, state::at(ahead))?;
        let next = settled
            .successor
            .map(|next| Next { attempt: state::small(next.turn.attempt), delay: state::small(next.delay.0) });
        Ok((Row::of(&settled.row), next))
    }
}

/// What `settle` makes of a renewal.
pub(crate) fn renew(ahead: Units, held: Held) -> Result<Row, SettleError> {
    let row = settle::renew(&held.seen.row.whole(), holder(held), state::at(ahead + LEASE))?;
    Ok(Row::of(&row))
}

/// Whether the claim still holds the job.
pub(crate) fn holds(row: Row, held: Held) -> bool {
    settle::holds(&row.whole(), holder(held))
}

fn holder(held: Held) -> Holder {
    Holder { turn: Turn { attempt: held.attempt.into(), look: 0 }, fence: held.fence.into() }
}

fn span(units: Units) -> Millis {
    Millis(state::small(units))
}
