//! What becomes of an attempt that has ended: settled, tried again, looked at again, or handed over. Owns the reading of
//! exit codes and the choice of the next turn. Does not write: the caller records the row conditionally.

use super::retry::{self, FailureClass};
use super::rows::{Cancel, JobResult, JobRow, Lease, SkipCause, Turn};
use super::transition::{IllegalTransition, JobChange, JobStatus};
use crate::audit::AuditKind;
use crate::ids::{ExecutionId, JobId};
use crate::time::{Millis, Timestamp};
use crate::workflow::{Job, RetryOn, Work};

/// How an attempt ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AttemptEnd {
    /// The script ended by itself with this code (`\exit N` included).
    Exited(i32),
    /// The client stopped the script at a failing statement (`ON_ERROR_STOP`, `MAXERROR`), with this code.
    StoppedByError(i32),
    /// The connection was refused or broke.
    ConnectionFailed,
    /// The precondition is met.
    Met,
    /// The precondition is not met yet.
    NotYet,
    /// The job's `timeout` has passed; the query was cancelled.
    TimedOut,
    /// A cancel was seen; the query was cancelled.
    Cancelled,
    /// The worker is draining and gives the attempt back.
    HandedOver,
    /// It cannot run at all: no such script, no such connection. Another try would end alike.
    Refused,
}

/// What identifies the holder of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Holder {
    /// The attempt.
    pub turn: Turn,
    /// Its fence.
    pub fence: u64,
}

/// The message to send for the next turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Successor {
    /// The turn.
    pub turn: Turn,
    /// Not before this span from now.
    pub delay: Millis,
}

/// What to record and do.
#[derive(Debug, Clone, PartialEq)]
pub struct Settlement {
    /// The row to record.
    pub row: JobRow,
    /// What the audit says.
    pub kind: AuditKind,
    /// The next turn, unless the job is settled.
    pub successor: Option<Successor>,
}

/// Why a result does not count.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SettleError {
    /// Somebody else holds the job now, or it is settled.
    #[error("attempt {attempt} no longer holds the job, which is {status}", attempt = turn.attempt)]
    Fenced {
        /// The attempt that lost.
        turn: Turn,
        /// Where the job stands.
        status: JobStatus,
    },
    /// The row contradicts the transition table.
    #[error(transparent)]
    Illegal(#[from] IllegalTransition),
}

/// Whether `holder` still holds the job.
#[must_use]
pub fn holds(row: &JobRow, holder: Holder) -> bool {
    row.status == JobStatus::Running && row.fence == holder.fence && row.turn == holder.turn
}

/// The row with its lease renewed until `until`.
///
/// # Errors
/// [`SettleError::Fenced`] when the holder has lost the job.
pub fn renew(row: &JobRow, holder: Holder, until: Timestamp) -> Result<JobRow, SettleError> {
    let lost = SettleError::Fenced { turn: holder.turn, status: row.status };
    if !holds(row, holder) {
        return Err(lost);
    }
    let lease = row.lease.clone().ok_or(lost)?;
    Ok(JobRow { lease: Some(Lease { until, ..lease }), ..row.clone() })
}

/// The row with a cancel flag for its worker; `None` when it has one.
#[must_use]
pub fn flag(row: &JobRow, cancel: &Cancel) -> Option<JobRow> {
    row.cancel.is_none().then(|| JobRow { cancel: Some(cancel.clone()), ..row.clone() })
}

/// The row of a job that is cancelled before it runs, or between two turns.
///
/// # Errors
/// [`IllegalTransition`] when it is settled.
pub fn cancel(row: &JobRow, cancel: &Cancel, now: Timestamp) -> Result<JobRow, IllegalTransition> {
    let mut ended = row.clone();
    ended.format = super::ROW_FORMAT;
    ended.status = row.status.after(JobChange::Cancel)?;
    ended.cancel = Some(cancel.clone());
    ended.lease = None;
    ended.not_before = None;
    ended.held_since = None;
    ended.ended_at = Some(now);
    Ok(ended)
}

/// The row of a job of `generation` that is settled without a try, and why.
///
/// # Errors
/// [`IllegalTransition`] when it has begun, or is settled.
pub fn skip(
    row: &JobRow,
    cause: SkipCause,
    generation: u32,
    now: Timestamp,
) -> Result<JobRow, IllegalTransition> {
    Ok(JobRow {
        format: super::ROW_FORMAT,
        generation,
        status: row.status.after(JobChange::Skip)?,
        skip: Some(cause),
        held_since: None,
        ended_at: Some(now),
        ..row.clone()
    })
}

/// Decides what an ended attempt comes to. `execution` and `job_id` seed the jitter.
///
/// # Errors
/// [`SettleError::Fenced`] when the holder has lost the job: the result is to be noted, and changes nothing.
pub fn decide(
    row: &JobRow,
    holder: Holder,
    ending: (AttemptEnd, JobResult),
    job: &Job,
    execution: &ExecutionId,
    now: Timestamp,
) -> Result<Settlement, SettleError> {
    if !holds(row, holder) {
        return Err(SettleError::Fenced { turn: holder.turn, status: row.status });
    }
    let (end, mut result) = ending;
    if let Some(prefix) = overdue(end, job, row, now) {
        result.message.insert_str(0, &prefix);
    }
    let given_back = JobRow { result: Some(result), lease: None, ..row.clone() };
    let settled = match verdict(end, job, row, now) {
        Verdict::Good { warning } => {
            let mut row = ended(given_back, JobChange::Succeed, now)?;
            row.result.get_or_insert_default().warning = warning;
            Settlement { row, kind: AuditKind::Succeeded, successor: None }
        }
        Verdict::Cancelled => {
            let row = ended(given_back, JobChange::Cancel, now)?;
            Settlement { row, kind: AuditKind::Cancelled, successor: None }
        }
        Verdict::LookAgain(poll) => {
            let turn = Turn { look: row.turn.look + 1, ..row.turn };
            waits(given_back, AuditKind::LookedAt, Successor { turn, delay: poll }, now)?
        }
        Verdict::HandOver => {
            let successor = Successor { turn: next_attempt(row), delay: Millis(0) };
            waits(given_back, AuditKind::HandedOver, successor, now)?
        }
        Verdict::Failed(class) => failed(given_back, class, job, execution, now)?,
    };
    Ok(settled)
}

enum Verdict {
    Good { warning: bool },
    Cancelled,
    LookAgain(Millis),
    HandOver,
    Failed(FailureClass),
}

fn verdict(end: AttemptEnd, job: &Job, row: &JobRow, now: Timestamp) -> Verdict {
    match end {
        AttemptEnd::Met => Verdict::Good { warning: false },
        AttemptEnd::Cancelled => Verdict::Cancelled,
        AttemptEnd::Exited(code) | AttemptEnd::StoppedByError(code) if is_good(job, code) => {
            Verdict::Good { warning: listed(&job.warning_codes, code) }
        }
        // A cancel that reached the job while it was failing by itself still ends it.
        _ if row.cancel.is_some() => Verdict::Cancelled,
        AttemptEnd::HandedOver => Verdict::HandOver,
        AttemptEnd::NotYet => look_again(job, row, now),
        AttemptEnd::Exited(_) => Verdict::Failed(FailureClass::Kind(RetryOn::ExitCode)),
        AttemptEnd::StoppedByError(_) => Verdict::Failed(FailureClass::Statement),
        AttemptEnd::ConnectionFailed => Verdict::Failed(FailureClass::Kind(RetryOn::Connection)),
        AttemptEnd::TimedOut => Verdict::Failed(FailureClass::Kind(RetryOn::Timeout)),
        AttemptEnd::Refused => Verdict::Failed(FailureClass::Statement),
    }
}

fn look_again(job: &Job, row: &JobRow, now: Timestamp) -> Verdict {
    let Work::Precondition { poll, .. } = &job.work else {
        return Verdict::Failed(FailureClass::Statement);
    };
    let limit = job.timeout.zip(row.first_started_at).map(|(timeout, first)| first + timeout);
    match limit {
        Some(limit) if now >= limit => Verdict::Failed(FailureClass::Kind(RetryOn::Timeout)),
        // The last look is at the limit itself, not one poll later.
        Some(limit) => Verdict::LookAgain((*poll).min(limit.since(now))),
        None => Verdict::LookAgain(*poll),
    }
}

/// What is said before the result of a precondition whose time is over: the result itself only tells the last look.
fn overdue(end: AttemptEnd, job: &Job, row: &JobRow, now: Timestamp) -> Option<String> {
    let (Work::Precondition { .. }, Some(timeout)) = (&job.work, job.timeout) else { return None };
    if !matches!(end, AttemptEnd::NotYet | AttemptEnd::TimedOut) {
        return None;
    }
    match verdict(end, job, row, now) {
        Verdict::Failed(FailureClass::Kind(RetryOn::Timeout)) => Some(format!("not met within {timeout}: ")),
        _ => None,
    }
}

fn is_good(job: &Job, code: i32) -> bool {
    code == 0 || listed(&job.success_codes, code) || listed(&job.warning_codes, code)
}

fn listed(codes: &[u8], code: i32) -> bool {
    codes.iter().any(|listed| i32::from(*listed) == code)
}

fn next_attempt(row: &JobRow) -> Turn {
    Turn { attempt: row.turn.attempt + 1, look: 0 }
}

fn ended(mut row: JobRow, change: JobChange, now: Timestamp) -> Result<JobRow, IllegalTransition> {
    row.status = row.status.after(change)?;
    row.ended_at = Some(now);
    Ok(row)
}

fn waits(
    mut row: JobRow,
    kind: AuditKind,
    successor: Successor,
    now: Timestamp,
) -> Result<Settlement, IllegalTransition> {
    row.status = row.status.after(JobChange::Wait)?;
    row.turn = successor.turn;
    row.not_before = Some(now + successor.delay);
    Ok(Settlement { row, kind, successor: Some(successor) })
}

fn failed(
    mut row: JobRow,
    class: FailureClass,
    job: &Job,
    execution: &ExecutionId,
    now: Timestamp,
) -> Result<Settlement, IllegalTransition> {
    row.failures += 1;
    // A converted script ends itself after a failed statement, with a code of its own: either may be worth another try.
    let error = row.result.as_ref().and_then(|result| result.error.as_ref());
    let statement = error.map(|error| retry::class_of_sqlstate(&error.sqlstate));
    let classes: Vec<FailureClass> = [class].into_iter().chain(statement).collect();
    let seed = (execution.as_str(), JobId::as_str(&job.id), row.turn.attempt);
    match retry::pause(&job.retry, &classes, row.failures, seed) {
        Some(delay) => {
            let successor = Successor { turn: next_attempt(&row), delay };
            waits(row, AuditKind::WillRetry, successor, now)
        }
        None => {
            let row = ended(row, JobChange::Fail, now)?;
            Ok(Settlement { row, kind: AuditKind::Failed, successor: None })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::{Request, StatementFault};
    use crate::workflow::{JobSettings, Precondition, RetryPolicy, ScriptKind, Template};

    const NOW: Timestamp = Timestamp::from_millis(1_000_000);

    fn script(retry: RetryPolicy) -> Job {
        let text = r#"{"id":"load","work":{"script":{"path":"a.rsql","kind":"rsql"}}}"#;
        let job: Job = serde_json::from_str(text).unwrap();
        assert!(matches!(job.work, Work::Script { kind: ScriptKind::Rsql, .. }));
        let settings = JobSettings {
            retry,
            success_codes: [4].into(),
            warning_codes: [8].into(),
            ..JobSettings::default()
        };
        Job::new(job.id, job.work, settings)
    }

    fn precondition(timeout: Option<Millis>) -> Job {
        let look = Precondition::File { glob: Template::parse("x").unwrap() };
        let work = Work::Precondition { look, poll: Millis::from_secs(60) };
        let mut job = Job { work, ..script(RetryPolicy::default()) };
        job.timeout = timeout;
        job
    }

    fn running() -> JobRow {
        JobRow {
            status: JobStatus::Running,
            turn: Turn { attempt: 1, look: 0 },
            fence: 1,
            first_started_at: Some(NOW - Millis::from_secs(100)),
            ..JobRow::default()
        }
    }

    #[test]
    fn an_exit_code_after_a_passing_fault_is_either() {
        let check = |on: &[RetryOn], sqlstate: &str, expect: &str| {
            let job = script(RetryPolicy { attempts: 2, on: on.to_vec(), ..RetryPolicy::default() });
            assert_eq!(
                outcome(&running(), AttemptEnd::Exited(12), sqlstate, &job),
                expect,
                "{on:?} {sqlstate}"
            );
        };
        check(&[RetryOn::Conflict], "40001", "WillRetry, then 2.0");
        check(&[RetryOn::Conflict], "23502", "Failed as failed");
        check(&[RetryOn::ExitCode], "23502", "WillRetry, then 2.0");
    }

    fn outcome(row: &JobRow, end: AttemptEnd, sqlstate: &str, job: &Job) -> String {
        let error = StatementFault { sqlstate: sqlstate.to_owned(), ..StatementFault::default() };
        let result = JobResult { error: (!sqlstate.is_empty()).then_some(error), ..JobResult::default() };
        let holder = Holder { turn: row.turn, fence: 1 };
        let execution = ExecutionId::parse("run-1").unwrap();
        match decide(row, holder, (end, result), job, &execution, NOW) {
            Ok(Settlement { row, kind, successor: None }) => {
                assert_eq!(row.ended_at, Some(NOW));
                let warning = row.result.is_some_and(|result| result.warning);
                format!("{kind:?} as {}{}", row.status, if warning { " with a warning" } else { "" })
            }
            Ok(Settlement { row, kind, successor: Some(next) }) => {
                assert_eq!((row.status, row.turn), (JobStatus::Waiting, next.turn));
                format!("{kind:?}, then {}.{}", next.turn.attempt, next.turn.look)
            }
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn exit_codes() {
        let job = script(RetryPolicy::default());
        let check = |end, expect: &str| assert_eq!(outcome(&running(), end, "", &job), expect, "{end:?}");
        check(AttemptEnd::Exited(0), "Succeeded as succeeded");
        check(AttemptEnd::Exited(4), "Succeeded as succeeded");
        check(AttemptEnd::Exited(8), "Succeeded as succeeded with a warning");
        check(AttemptEnd::StoppedByError(8), "Succeeded as succeeded with a warning");
        check(AttemptEnd::Exited(12), "Failed as failed");
        check(AttemptEnd::Refused, "Failed as failed");
        check(AttemptEnd::Cancelled, "Cancelled as cancelled");
        check(AttemptEnd::HandedOver, "HandedOver, then 2.0");
    }

    #[test]
    fn what_is_tried_again() {
        let job = script(RetryPolicy { attempts: 2, ..RetryPolicy::default() });
        let check = |end, sqlstate: &str, expect: &str| {
            assert_eq!(outcome(&running(), end, sqlstate, &job), expect, "{end:?} {sqlstate}");
        };
        check(AttemptEnd::Exited(12), "", "WillRetry, then 2.0");
        // The author's own exit code is a wish to be tried again, whatever the statement before it was.
        check(AttemptEnd::Exited(12), "42P01", "WillRetry, then 2.0");
        check(AttemptEnd::StoppedByError(3), "42P01", "Failed as failed");
        check(AttemptEnd::StoppedByError(3), "40001", "WillRetry, then 2.0");
        check(AttemptEnd::TimedOut, "", "WillRetry, then 2.0");
        check(AttemptEnd::ConnectionFailed, "", "WillRetry, then 2.0");
        check(AttemptEnd::Refused, "", "Failed as failed");
        let second = JobRow { failures: 1, ..running() };
        assert_eq!(outcome(&second, AttemptEnd::Exited(12), "", &job), "Failed as failed");
    }

    #[test]
    fn a_cancel_ends_a_job_that_would_be_tried_again() {
        let job = script(RetryPolicy { attempts: 5, ..RetryPolicy::default() });
        let request = Request { by: "me".to_owned(), reason: String::new(), at: NOW };
        let cancel = Cancel { request, cause: crate::state::CancelCause::Operator };
        let flagged = flag(&running(), &cancel).unwrap();
        assert_eq!(flag(&flagged, &cancel), None);
        assert_eq!(outcome(&flagged, AttemptEnd::Exited(12), "", &job), "Cancelled as cancelled");
        assert_eq!(outcome(&flagged, AttemptEnd::HandedOver, "", &job), "Cancelled as cancelled");
        assert_eq!(outcome(&flagged, AttemptEnd::Exited(0), "", &job), "Succeeded as succeeded");
    }

    #[test]
    fn only_what_has_not_begun_is_skipped() {
        let held = JobRow { status: JobStatus::Held, held_since: Some(NOW), slot: true, ..JobRow::default() };
        for row in [JobRow::default(), held] {
            let skipped = skip(&row, SkipCause::Stopped, 2, NOW).unwrap();
            let expect = JobRow {
                format: crate::state::ROW_FORMAT,
                generation: 2,
                status: JobStatus::Skipped,
                skip: Some(SkipCause::Stopped),
                held_since: None,
                ended_at: Some(NOW),
                ..row
            };
            assert_eq!(skipped, expect);
            assert!(skip(&skipped, SkipCause::Stopped, 2, NOW).is_err());
        }
        assert!(skip(&running(), SkipCause::Stopped, 2, NOW).is_err());
    }

    #[test]
    fn looks_go_on_until_the_timeout() {
        let check = |timeout: Option<u64>, expect: &str| {
            let job = precondition(timeout.map(Millis::from_secs));
            assert_eq!(outcome(&running(), AttemptEnd::NotYet, "", &job), expect, "{timeout:?}");
        };
        check(None, "LookedAt, then 1.1");
        check(Some(101), "LookedAt, then 1.1");
        check(Some(100), "Failed as failed");
        assert_eq!(outcome(&running(), AttemptEnd::Met, "", &precondition(None)), "Succeeded as succeeded");
    }

    #[test]
    fn a_precondition_whose_time_is_over_says_so() {
        let check = |job: &Job, end, expect: &str| {
            let row = running();
            let result = JobResult { message: "the query gives 0".to_owned(), ..JobResult::default() };
            let holder = Holder { turn: row.turn, fence: 1 };
            let execution = ExecutionId::parse("run-1").unwrap();
            let settled = decide(&row, holder, (end, result), job, &execution, NOW).unwrap();
            assert_eq!(settled.row.result.unwrap().message, expect, "{end:?}");
        };
        let within = |seconds| precondition(Some(Millis::from_secs(seconds)));
        check(&within(100), AttemptEnd::NotYet, "not met within 1m40s: the query gives 0");
        check(&within(100), AttemptEnd::TimedOut, "not met within 1m40s: the query gives 0");
        check(&within(101), AttemptEnd::NotYet, "the query gives 0");
        check(&within(100), AttemptEnd::Met, "the query gives 0");
        check(&within(100), AttemptEnd::Refused, "the query gives 0");
        check(&precondition(None), AttemptEnd::NotYet, "the query gives 0");
        check(&script(RetryPolicy::default()), AttemptEnd::TimedOut, "the query gives 0");
    }

    #[test]
    fn only_the_holder_may_settle_or_renew() {
        let job = script(RetryPolicy::default());
        let expect = "attempt 1 no longer holds the job, which is running";
        let newer = JobRow { fence: 2, ..running() };
        assert_eq!(outcome(&newer, AttemptEnd::Exited(0), "", &job), expect);
        let holder = Holder { turn: running().turn, fence: 1 };
        assert!(renew(&newer, holder, NOW).is_err());
        let lease = Lease { worker: "w".to_owned(), message: "m".to_owned(), until: NOW };
        let held = JobRow { lease: Some(lease), ..running() };
        let renewed = renew(&held, holder, NOW + Millis(9)).unwrap();
        assert_eq!(renewed.lease.unwrap().until, NOW + Millis(9));
    }
}
