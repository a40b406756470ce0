//! Whether a worker that holds a job message may run it. Owns claims, takeovers and what becomes of stale messages and of
//! dead letters. Does
//! not write: the caller records the row conditionally on the one given here, and asks again when it was stale.

use super::retry;
use super::rows::{JobRow, Lease, ROW_FORMAT, Turn};
use super::transition::{IllegalTransition, JobChange, JobStatus};
use crate::time::{Millis, Timestamp};
use crate::wire::JobMessage;
use crate::workflow::RetryPolicy;

/// Workers that a job may lose in one generation before it counts as the one that kills them.
pub const LOSSES_MAX: u32 = 5;

/// Who claims, with what, and when.
#[derive(Debug, Clone)]
pub struct Claimant<'a> {
    /// Name of the worker process and slot.
    pub worker: &'a str,
    /// Queue id of the message.
    pub message_id: &'a str,
    /// Whether the message has been received before: its holder may have died over it. A first delivery that is out of
    /// date is a mere copy.
    pub redelivered: bool,
    /// The time now.
    pub now: Timestamp,
    /// Length of the lease.
    pub lease: Millis,
    /// How far clocks may disagree: a lease counts as run out only when it has been over for so long.
    pub margin: Millis,
}

/// What to do with the message.
#[derive(Debug, Clone, PartialEq)]
pub enum Claim {
    /// Record this row; if that succeeds, run the attempt.
    Take(Box<JobRow>),
    /// As [`Claim::Take`], but a worker was lost: end the sessions of the lost attempt first.
    TakeOver {
        /// The row to record.
        row: Box<JobRow>,
        /// The lost attempt.
        lost: Turn,
    },
    /// The worker was lost and the job's policy forbids another try: record this row, which settles the job.
    GiveUp {
        /// The row to record.
        row: Box<JobRow>,
        /// The lost attempt.
        lost: Turn,
    },
    /// The job is settled: say so to the dispatcher again, then delete the message.
    Settled,
    /// Too early, or the job waits for a later turn: send a message for that turn with this delay, then delete this one.
    Later {
        /// The turn that the job waits for.
        turn: Turn,
        /// Until then.
        delay: Millis,
    },
    /// This very message holds a live lease elsewhere: hide it until then.
    Sleep(Millis),
    /// A copy, or of an older generation: delete it.
    Drop,
}

/// Decides on a claim; `row` is the job's row, if it has one.
///
/// # Errors
/// [`IllegalTransition`] when the row contradicts the transition table, which no correct store shows.
pub fn decide(
    row: Option<&JobRow>,
    message: &JobMessage,
    claimant: &Claimant<'_>,
    policy: &RetryPolicy,
) -> Result<Claim, IllegalTransition> {
    let unstarted = JobRow::default();
    let row = row.unwrap_or(&unstarted);
    if row.generation > message.generation {
        return Ok(Claim::Drop);
    }
    match row.status {
        JobStatus::Pending | JobStatus::Held if message.turn.attempt <= row.turn.attempt => Ok(Claim::Drop),
        JobStatus::Pending | JobStatus::Held => take(row, message, claimant),
        JobStatus::Waiting => waiting(row, message, claimant),
        JobStatus::Running => running(row, claimant, policy),
        JobStatus::Succeeded | JobStatus::Failed | JobStatus::Skipped | JobStatus::Cancelled => {
            Ok(Claim::Settled)
        }
    }
}

fn take(row: &JobRow, message: &JobMessage, claimant: &Claimant<'_>) -> Result<Claim, IllegalTransition> {
    let mut taken = leased(row, JobChange::Claim, claimant)?;
    taken.turn = message.turn;
    taken.generation = message.generation;
    taken.ready_at = Some(message.ready_at);
    Ok(Claim::Take(Box::new(taken)))
}

fn leased(row: &JobRow, change: JobChange, claimant: &Claimant<'_>) -> Result<JobRow, IllegalTransition> {
    Ok(JobRow {
        format: ROW_FORMAT,
        status: row.status.after(change)?,
        fence: row.fence + 1,
        lease: Some(Lease {
            worker: claimant.worker.to_owned(),
            message: claimant.message_id.to_owned(),
            until: claimant.now + claimant.lease,
        }),
        not_before: None,
        held_since: None,
        first_started_at: row.first_started_at.or(Some(claimant.now)),
        started_at: Some(claimant.now),
        ended_at: None,
        result: None,
        ..row.clone()
    })
}

fn waiting(row: &JobRow, message: &JobMessage, claimant: &Claimant<'_>) -> Result<Claim, IllegalTransition> {
    let delay = row.not_before.map_or(Millis(0), |time| time.since(claimant.now));
    if message.turn > row.turn {
        return Ok(Claim::Drop);
    }
    // A copy must not become a copy of the next turn, too: they would never die out.
    if message.turn < row.turn && !claimant.redelivered {
        return Ok(Claim::Drop);
    }
    // The writer of the row may have died before it sent the message for the later turn, so this one sends it.
    if message.turn < row.turn || delay > Millis(0) {
        return Ok(Claim::Later { turn: row.turn, delay });
    }
    take(row, message, claimant)
}

fn running(row: &JobRow, claimant: &Claimant<'_>, policy: &RetryPolicy) -> Result<Claim, IllegalTransition> {
    let free_at = row.lease.as_ref().map_or(claimant.now, |lease| lease.until + claimant.margin);
    if claimant.now < free_at {
        let same = row.lease.as_ref().is_some_and(|lease| lease.message == claimant.message_id);
        return Ok(if same { Claim::Sleep(free_at.since(claimant.now)) } else { Claim::Drop });
    }
    let lost = row.turn;
    if row.losses + 1 >= LOSSES_MAX {
        let why = format!("it has lost {LOSSES_MAX} workers, and is thought to be the cause");
        return Ok(Claim::GiveUp { row: Box::new(given_up(row, claimant.now, why)?), lost });
    }
    if !retry::lost_worker_is_retried(policy) {
        let worker = row.lease.as_ref().map_or("its worker", |lease| lease.worker.as_str());
        let why = format!("{worker} was lost, and the job's `retry.on` does not name lost_worker");
        return Ok(Claim::GiveUp { row: Box::new(given_up(row, claimant.now, why)?), lost });
    }
    let mut taken = leased(row, JobChange::TakeOver, claimant)?;
    taken.turn = Turn { attempt: row.turn.attempt + 1, look: 0 };
    taken.losses += 1;
    taken.ready_at = Some(claimant.now);
    Ok(Claim::TakeOver { row: Box::new(taken), lost })
}

fn given_up(row: &JobRow, now: Timestamp, why: String) -> Result<JobRow, IllegalTransition> {
    let losses = row.losses + u32::from(row.status == JobStatus::Running);
    Ok(JobRow {
        format: ROW_FORMAT,
        status: row.status.after(JobChange::Fail)?,
        losses,
        lease: None,
        not_before: None,
        held_since: None,
        ended_at: Some(now),
        result: Some(super::JobResult { message: why, ..Default::default() }),
        ..row.clone()
    })
}

/// What a poisoned job's result says.
pub const POISONED: &str = "its message was delivered again and again, and no worker ever claimed it";

/// What to do with a job message among the dead letters.
#[derive(Debug, Clone, PartialEq)]
pub enum Burial {
    /// Somebody is at work: look again after this span.
    Later(Millis),
    /// The job is settled: say so to the dispatcher again, then delete the letter.
    Settled,
    /// The job goes on: send a message for this turn with this delay, then delete the letter.
    Resend {
        /// The turn that the job waits for, or whose worker was lost.
        turn: Turn,
        /// Until then.
        delay: Millis,
    },
    /// Nobody ever claimed it: record this row, which settles the job as failed.
    Fail(Box<JobRow>),
    /// A resume has made it meaningless: delete it.
    Drop,
}

/// Decides on a dead letter. It speaks against the message, not against a job that waits for its next turn or has lost a
/// worker: only a job that nobody could ever claim is poison.
///
/// # Errors
/// [`IllegalTransition`] when the row contradicts the transition table.
pub fn bury(
    row: Option<&JobRow>,
    message: &JobMessage,
    now: Timestamp,
    margin: Millis,
) -> Result<Burial, IllegalTransition> {
    let unstarted = JobRow::default();
    let row = row.unwrap_or(&unstarted);
    if row.generation > message.generation {
        return Ok(Burial::Drop);
    }
    let wait = |until: Option<Timestamp>| until.map_or(Millis(0), |time| time.since(now));
    match row.status {
        JobStatus::Succeeded | JobStatus::Failed | JobStatus::Skipped | JobStatus::Cancelled => {
            Ok(Burial::Settled)
        }
        JobStatus::Waiting => Ok(Burial::Resend { turn: row.turn, delay: wait(row.not_before) }),
        JobStatus::Running => {
            let left = wait(row.lease.as_ref().map(|lease| lease.until + margin));
            let resend = Burial::Resend { turn: row.turn, delay: Millis(0) };
            Ok(if left > Millis(0) { Burial::Later(left) } else { resend })
        }
        JobStatus::Pending | JobStatus::Held => {
            let mut failed = given_up(row, now, POISONED.to_owned())?;
            failed.generation = message.generation;
            Ok(Burial::Fail(Box::new(failed)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::{ExecutionId, JobId, VersionHash, WorkflowId};
    use crate::workflow::RetryOn;

    const NOW: Timestamp = Timestamp::from_millis(1_000_000);
    const LEASE: Millis = Millis::from_secs(60);
    const MARGIN: Millis = Millis::from_secs(5);

    fn message(attempt: u32, look: u32, generation: u32) -> JobMessage {
        JobMessage {
            workflow_execution_id: ExecutionId::parse("run-1").unwrap(),
            workflow_id: WorkflowId::parse("night").unwrap(),
            version: VersionHash::parse("0abc").unwrap(),
            job_id: JobId::parse("load").unwrap(),
            turn: Turn { attempt, look },
            generation,
            ready_at: NOW,
        }
    }

    fn row(status: JobStatus, attempt: u32) -> JobRow {
        JobRow { status, turn: Turn { attempt, look: 0 }, ..JobRow::default() }
    }

    fn running(message: &str, until: Timestamp) -> JobRow {
        let lease = Lease { worker: "w1".to_owned(), message: message.to_owned(), until };
        JobRow { lease: Some(lease), fence: 4, ..row(JobStatus::Running, 2) }
    }

    fn decision(row: Option<&JobRow>, message: &JobMessage, policy: &RetryPolicy) -> Claim {
        decision_on(row, message, policy, true)
    }

    fn decision_on(
        row: Option<&JobRow>,
        message: &JobMessage,
        policy: &RetryPolicy,
        redelivered: bool,
    ) -> Claim {
        let (worker, message_id) = ("w2", "m2");
        let claimant = Claimant { worker, message_id, redelivered, now: NOW, lease: LEASE, margin: MARGIN };
        decide(row, message, &claimant, policy).unwrap()
    }

    fn check(row: Option<&JobRow>, message: &JobMessage, expect: &str) {
        let seen = match decision(row, message, &RetryPolicy::default()) {
            Claim::Take(row) => format!("take {} with fence {}", row.turn.attempt, row.fence),
            Claim::TakeOver { row, lost } => {
                format!("take {} over from {} with fence {}", row.turn.attempt, lost.attempt, row.fence)
            }
            Claim::GiveUp { .. } => "give up".to_owned(),
            Claim::Settled => "settled".to_owned(),
            Claim::Later { turn, delay } => format!("later: {}.{} in {delay}", turn.attempt, turn.look),
            Claim::Sleep(span) => format!("sleep {span}"),
            Claim::Drop => "drop".to_owned(),
        };
        assert_eq!(seen, expect, "{row:?} and turn {:?}", message.turn);
    }

    #[test]
    fn every_row_and_message() {
        check(None, &message(1, 0, 0), "take 1 with fence 1");
        check(Some(&row(JobStatus::Held, 0)), &message(1, 0, 0), "take 1 with fence 1");
        check(Some(&row(JobStatus::Pending, 2)), &message(3, 0, 0), "take 3 with fence 1");
        // A copy from before a resume.
        check(Some(&row(JobStatus::Pending, 2)), &message(2, 0, 0), "drop");
        for settled in [JobStatus::Succeeded, JobStatus::Failed, JobStatus::Skipped, JobStatus::Cancelled] {
            check(Some(&row(settled, 1)), &message(1, 0, 0), "settled");
        }
        let newer = JobRow { generation: 1, ..row(JobStatus::Succeeded, 1) };
        check(Some(&newer), &message(1, 0, 0), "drop");
    }

    #[test]
    fn waiting_jobs_are_taken_at_their_turn_and_not_before() {
        let waiting = |not_before| JobRow { not_before: Some(not_before), ..row(JobStatus::Waiting, 2) };
        check(Some(&waiting(NOW)), &message(2, 0, 0), "take 2 with fence 1");
        check(Some(&waiting(NOW + Millis(500))), &message(2, 0, 0), "later: 2.0 in 500ms");
        check(Some(&waiting(NOW + Millis(500))), &message(1, 0, 0), "later: 2.0 in 500ms");
        check(Some(&waiting(NOW)), &message(1, 0, 0), "later: 2.0 in 0s");
        check(Some(&waiting(NOW)), &message(3, 0, 0), "drop");
    }

    #[test]
    fn a_copy_does_not_become_a_copy_of_the_next_turn() {
        let waiting = row(JobStatus::Waiting, 2);
        let seen = decision_on(Some(&waiting), &message(1, 0, 0), &RetryPolicy::default(), false);
        assert_eq!(seen, Claim::Drop);
    }

    #[test]
    fn a_live_lease_is_respected_up_to_the_margin() {
        check(Some(&running("m2", NOW + Millis(1000))), &message(2, 0, 0), "sleep 6s");
        check(Some(&running("m1", NOW + Millis(1000))), &message(2, 0, 0), "drop");
        check(Some(&running("m1", NOW - Millis(4999))), &message(2, 0, 0), "drop");
        check(Some(&running("m1", NOW - MARGIN)), &message(2, 0, 0), "take 3 over from 2 with fence 5");
    }

    #[test]
    fn a_policy_can_forbid_to_run_a_lost_job_again() {
        let policy = RetryPolicy { on: vec![RetryOn::Timeout], ..RetryPolicy::default() };
        let lost = running("m1", NOW - MARGIN);
        let Claim::GiveUp { row, .. } = decision(Some(&lost), &message(2, 0, 0), &policy) else {
            panic!("the policy names no lost_worker");
        };
        assert_eq!(row.status, JobStatus::Failed);
        assert_eq!(
            row.result.unwrap().message,
            "w1 was lost, and the job's `retry.on` does not name lost_worker"
        );
    }

    #[test]
    fn a_job_that_keeps_losing_workers_is_given_up() {
        let lost = JobRow { losses: LOSSES_MAX - 1, ..running("m1", NOW - MARGIN) };
        let Claim::GiveUp { row, .. } = decision(Some(&lost), &message(2, 0, 0), &RetryPolicy::default())
        else {
            panic!("it has lost enough");
        };
        assert_eq!((row.status, row.losses), (JobStatus::Failed, LOSSES_MAX));
    }

    #[test]
    fn dead_letters_speak_against_jobs_that_nobody_claimed_only() {
        fn check(row: Option<&JobRow>, expect: &str) {
            let seen = match bury(row, &message(1, 0, 0), NOW, MARGIN).unwrap() {
                Burial::Later(span) => format!("later {span}"),
                Burial::Settled => "settled".to_owned(),
                Burial::Resend { turn, delay } => format!("resend {} in {delay}", turn.attempt),
                Burial::Fail(row) => format!("{}: {}", row.status, row.result.unwrap().message),
                Burial::Drop => "drop".to_owned(),
            };
            assert_eq!(seen, expect, "{row:?}");
        }
        let poisoned = format!("failed: {POISONED}");
        check(None, &poisoned);
        check(Some(&row(JobStatus::Held, 0)), &poisoned);
        check(Some(&running("m1", NOW)), "later 5s");
        check(Some(&running("m1", NOW - MARGIN)), "resend 2 in 0s");
        check(
            Some(&JobRow { not_before: Some(NOW + Millis(7)), ..row(JobStatus::Waiting, 2) }),
            "resend 2 in 7ms",
        );
        check(Some(&row(JobStatus::Succeeded, 1)), "settled");
        check(Some(&JobRow { generation: 1, ..row(JobStatus::Pending, 1) }), "drop");
    }
}
