//! The simulated warehouse: who works on what, when, and what it came to. Owns the rule that no two attempts of a job work
//! side by side, and the truth that recorded results are held against. Does not wait: `runner` does.

use std::collections::BTreeMap;
use std::sync::Arc;

use fleet_core::ids::{ExecutionId, JobId};
use fleet_core::ports::{AttemptName, LogLine, LogStream};
use fleet_core::state::settle::AttemptEnd;
use fleet_core::state::{JobRow, JobStatus};
use fleet_core::time::{Millis, Timestamp};
use tokio_util::sync::CancellationToken;

/// Whose session it is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Owner {
    pub(crate) execution: ExecutionId,
    pub(crate) job: JobId,
    pub(crate) attempt: u32,
    pub(crate) fence: u64,
}

/// One session.
#[derive(Debug)]
struct Session {
    owner: Owner,
    /// When it ends by itself; open while its client holds it.
    gone_at: Option<Timestamp>,
    terminated: CancellationToken,
}

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Warehouse {
    sessions: Vec<Session>,
    /// How runs ended that came to an end of their own, by fence.
    /// With the time, and whether they had been told to end before.
    ends: BTreeMap<(ExecutionId, JobId, u64), (AttemptEnd, Timestamp, bool)>,
    /// The last fence whose end is in the log.
    logged: BTreeMap<(ExecutionId, JobId, u32), u64>,
    /// The commit of each claim: nothing may begin on the strength of one that a loss of power would take back.
    claims: BTreeMap<(ExecutionId, JobId, u64), u64>,
    /// Sessions that were ever opened.
    pub(crate) opened: u64,
    /// Sessions that a search for lost ones has ended.
    pub(crate) terminated: u64,
}

/// The line with which a run says that its output is complete.
pub(crate) fn last_line(fence: u64) -> String {
    format!("end of output {fence}")
}

impl Warehouse {
    /// A job was claimed.
    pub(crate) fn claimed(&mut self, (execution, job, fence): Fenced<'_>, commit: u64) {
        self.claims.insert((execution.clone(), job.clone(), fence), commit);
    }

    /// Opens a session; all commits up to `secured` are safe.
    ///
    /// # Errors
    /// Another attempt of the job is at work, or the claim is not safe yet.
    pub(crate) fn open(
        &mut self,
        owner: &Owner,
        secured: u64,
        now: Timestamp,
    ) -> Result<CancellationToken, String> {
        let claim = (owner.execution.clone(), owner.job.clone(), owner.fence);
        if self.claims.get(&claim).is_none_or(|commit| *commit > secured) {
            return Err(format!("{} of {} begins ahead of the disk", owner.job, owner.execution));
        }
        self.sessions.retain(|session| session.gone_at.is_none_or(|gone| gone > now));
        let of_job =
            |session: &&Session| session.owner.execution == owner.execution && session.owner.job == owner.job;
        if let Some(other) = self.sessions.iter().find(of_job) {
            let (job, attempt, other) = (&owner.job, owner.attempt, other.owner.attempt);
            return Err(format!(
                "attempt {attempt} of {job} in {} works beside attempt {other}",
                owner.execution
            ));
        }
        let terminated = CancellationToken::new();
        let session = Session { owner: owner.clone(), gone_at: None, terminated: terminated.clone() };
        self.sessions.push(session);
        self.opened += 1;
        Ok(terminated)
    }

    /// The client has closed it, or is gone and the server will notice at `gone_at`.
    pub(crate) fn close(&mut self, owner: &Owner, gone_at: Timestamp) {
        if let Some(session) = self.sessions.iter_mut().find(|session| session.owner == *owner) {
            session.gone_at = Some(gone_at);
        }
    }

    /// Ends the sessions of a job's attempts from `oldest` up to `latest`.
    pub(crate) fn terminate(
        &mut self,
        (execution, job): (&ExecutionId, &JobId),
        attempts: std::ops::RangeInclusive<u32>,
    ) -> usize {
        let before = self.sessions.len();
        self.sessions.retain(|session| {
            let owner = &session.owner;
            let meant =
                owner.execution == *execution && owner.job == *job && attempts.contains(&owner.attempt);
            if meant {
                session.terminated.cancel();
            }
            !meant
        });
        let ended = before - self.sessions.len();
        self.terminated += ended as u64;
        ended
    }

    /// Sessions still there.
    pub(crate) fn alive(&self, now: Timestamp) -> usize {
        self.sessions.iter().filter(|session| session.gone_at.is_none_or(|gone| gone > now)).count()
    }

    /// A run has come to an end of its own.
    pub(crate) fn ended(&mut self, owner: &Owner, end: AttemptEnd, (now, pressed): (Timestamp, bool)) {
        self.ends.insert((owner.execution.clone(), owner.job.clone(), owner.fence), (end, now, pressed));
    }

    /// Lines that are safe in the log.
    pub(crate) fn logged(&mut self, name: &AttemptName, lines: &[LogLine]) {
        for line in lines.iter().filter(|line| line.stream == LogStream::Out) {
            if let Some(fence) = line.text.strip_prefix("end of output ").and_then(|text| text.parse().ok()) {
                let key = (name.execution.clone(), name.job.clone(), name.attempt);
                self.logged.insert(key, fence);
            }
        }
    }

    /// Whether a result that the holder of `fence` recorded is what happened here.
    pub(crate) fn agrees(&self, (execution, job, fence): Fenced<'_>, row: &JobRow) -> Result<(), String> {
        let end = self.ends.get(&(execution.clone(), job.clone(), fence)).map(|(end, ..)| *end);
        let good = end.is_some_and(is_good);
        let contradicts = match row.status {
            JobStatus::Succeeded => !good,
            JobStatus::Failed => good,
            _ => false,
        };
        if contradicts {
            return Err(format!("{}, but the run of fence {fence} ended with {end:?}", row.status));
        }
        Ok(())
    }

    /// Whether all output of the run of `fence` is in the log, where nothing pressed the worker: its lease is long, nobody
    /// told the run to end, and it has only just ended. A worker that is pressed gives its last lines up for its result.
    pub(crate) fn is_flushed(
        &self,
        (execution, job, fence): Fenced<'_>,
        before: &JobRow,
        now: Timestamp,
    ) -> Result<(), String> {
        let end = self.ends.get(&(execution.clone(), job.clone(), fence));
        let just_now = end.is_some_and(|(end, at, pressed)| {
            matches!(end, AttemptEnd::Exited(_)) && now.since(*at) < JUST_NOW && !pressed
        });
        let lease = before.lease.as_ref().map_or(Millis(0), |lease| lease.until.since(now));
        if !just_now || before.cancel.is_some() || lease < LONG_LEASE {
            return Ok(());
        }
        let key = (execution.clone(), job.clone(), before.turn.attempt);
        if self.logged.get(&key) == Some(&fence) {
            return Ok(());
        }
        Err(format!("is settled before the output of fence {fence} is safe in the log"))
    }
}

/// Which run of a job.
type Fenced<'a> = (&'a ExecutionId, &'a JobId, u64);

/// A run that ended so short a time ago has not been waited for.
const JUST_NOW: Millis = Millis(500);
/// A lease that is nowhere near the point where a worker gives up its attempt.
const LONG_LEASE: Millis = Millis::from_secs(16);

fn is_good(end: AttemptEnd) -> bool {
    matches!(end, AttemptEnd::Exited(0) | AttemptEnd::Met)
}

/// A session that is noticed missing when its owner drops it: a killed process closes nothing.
pub(crate) struct Held {
    pub(crate) world: Arc<crate::world::World>,
    pub(crate) owner: Owner,
    /// How long the server takes to notice that its client is gone.
    pub(crate) notices_ms: u64,
}

impl Held {
    /// Closes it properly.
    pub(crate) fn close(mut self) {
        self.notices_ms = 0;
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let gone = self.world.now() + Millis(self.notices_ms);
        self.world.with(|lasting| lasting.warehouse.close(&self.owner, gone));
    }
}
