//! The runner of a simulated worker: scripts that take their time, fail, hang, ignore cancels, lose their sessions. What a
//! script does is told by its plan and by how often it has failed before, so that any attempt may be lost and done again.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use fleet_core::ports::LogStream;
use fleet_core::state::settle::AttemptEnd;
use fleet_core::state::{JobResult, Turn};
use fleet_core::time::Millis;
use tokio_util::sync::CancellationToken;
use worker::{JobRunner, LogSender, Ran, Task};

use crate::link::{Kind, Link};
use crate::plan::{Does, Plans};
use crate::warehouse::{Held, Owner, last_line};

/// Attempts that a search for lost sessions goes back, as the real runner does.
const SEARCHED_MAX: u32 = 10;

/// Runs attempts in the simulated warehouse.
pub(crate) struct Runner {
    pub(crate) link: Link,
    pub(crate) plans: Arc<Plans>,
}

fn ran(end: AttemptEnd) -> Ran {
    let exit_code = match end {
        AttemptEnd::Exited(code) | AttemptEnd::StoppedByError(code) => Some(code),
        _ => None,
    };
    Ran { end, result: JobResult { exit_code, ..JobResult::default() } }
}

impl Runner {
    fn owner(task: &Task) -> Owner {
        Owner {
            execution: task.execution_id().clone(),
            job: task.job_id().clone(),
            attempt: task.turn.attempt,
            fence: task.fence,
        }
    }

    /// One call into the warehouse, which may take long or be refused.
    async fn reaches(&self, what: &'static str) -> bool {
        let refused = self.link.world.with(|lasting| lasting.weather.warehouse);
        let refused = self.link.roll(|dice| dice.f64() < refused);
        let took = Duration::from_millis(self.link.roll(|dice| dice.u64(1..800)));
        self.link.gate().await;
        tokio::time::sleep(took).await;
        if refused {
            self.link.world.say(self.link.name(), || format!("{what}: refused"));
        }
        !refused
    }

    async fn script(&self, task: &Task, log: LogSender, cancel: &CancellationToken) -> Ran {
        let connected = tokio::select! {
            biased;
            () = cancel.cancelled() => return ran(AttemptEnd::Cancelled),
            connected = self.reaches("connect") => connected,
        };
        if !connected {
            return ran(AttemptEnd::ConnectionFailed);
        }
        let world = &self.link.world;
        let (owner, now) = (Self::owner(task), world.now());
        let opened = world.with(|lasting| {
            let opened = lasting.warehouse.open(&owner, lasting.secured, now);
            lasting.hold(opened.as_ref().map(|_| ()).map_err(Clone::clone));
            opened
        });
        let Ok(terminated) = opened else { return ran(AttemptEnd::Refused) };
        let notices_ms = self.link.roll(|dice| dice.u64(0..120_000));
        let held = Held { world: Arc::clone(world), owner: owner.clone(), notices_ms };
        world.say(self.link.name(), || format!("begins {} fence {}", owner.job, owner.fence));
        let _ = log.line(LogStream::Out, "begins").await;
        let end = self.work(task, &terminated, cancel).await;
        world.say(self.link.name(), || format!("ends {} fence {}: {end:?}", owner.job, owner.fence));
        if end != AttemptEnd::Cancelled && end != AttemptEnd::ConnectionFailed {
            let _ = log.line(LogStream::Out, last_line(owner.fence)).await;
        }
        held.close();
        // What a frozen process has not heard of has not ended as far as anybody knows.
        self.link.gate().await;
        let (now, pressed) = (world.now(), cancel.is_cancelled());
        world.with(|lasting| lasting.warehouse.ended(&owner, end, (now, pressed)));
        let naps = world.with(|lasting| lasting.weather.naps);
        self.link.may_nap(naps);
        ran(end)
    }

    /// From the first statement to the last.
    async fn work(
        &self,
        task: &Task,
        terminated: &CancellationToken,
        cancel: &CancellationToken,
    ) -> AttemptEnd {
        let failures = self.failures(task);
        let plan = self.plans.of(task);
        let (does, took) = self.link.roll(|dice| plan.roll_run(failures, dice));
        let natural = async {
            match does {
                Does::Ends(end) => {
                    tokio::time::sleep(took).await;
                    end
                }
                Does::Hangs => std::future::pending().await,
            }
        };
        let stubborn = plan.stubborn;
        tokio::select! {
            biased;
            () = terminated.cancelled() => AttemptEnd::ConnectionFailed,
            end = natural => end,
            () = async { cancel.cancelled().await; tokio::time::sleep(stubborn).await } => AttemptEnd::Cancelled,
        }
    }

    async fn look(&self, task: &Task, cancel: &CancellationToken) -> Ran {
        let reached = tokio::select! {
            biased;
            () = cancel.cancelled() => return ran(AttemptEnd::Cancelled),
            reached = self.reaches("look") => reached,
        };
        let met = task.turn.look >= self.plans.of(task).looks;
        let end = match (reached, met) {
            (false, _) => AttemptEnd::ConnectionFailed,
            (true, true) => AttemptEnd::Met,
            (true, false) => AttemptEnd::NotYet,
        };
        let owner = Self::owner(task);
        let now = self.link.world.now();
        self.link.world.with(|lasting| lasting.warehouse.ended(&owner, end, (now, false)));
        ran(end)
    }

    /// How often the job has failed in this generation, by its row: a lost attempt has not happened.
    fn failures(&self, task: &Task) -> u32 {
        let (id, job) = (task.execution_id(), task.job_id());
        self.link.world.with(|lasting| {
            let entry = lasting.store.executions.get(id);
            entry.map_or(0, |entry| entry.job(job).failures)
        })
    }
}

#[async_trait]
impl JobRunner for Runner {
    async fn run(&self, task: &Task, log: LogSender, cancel: CancellationToken) -> Ran {
        if task.job().work.is_precondition() {
            self.look(task, &cancel).await
        } else {
            self.script(task, log, &cancel).await
        }
    }

    async fn end_lost(&self, task: &Task, lost: Turn) -> Result<(), String> {
        if !self.reaches("end lost sessions").await {
            return Err("the warehouse refuses".to_owned());
        }
        let (execution, job) = (task.execution_id().clone(), task.job_id().clone());
        let oldest = lost.attempt.saturating_sub(SEARCHED_MAX - 1).max(1);
        let ended = self
            .link
            .call("end lost sessions", Kind::Single, move |lasting, _| {
                Ok(lasting.warehouse.terminate((&execution, &job), oldest..=lost.attempt))
            })
            .await
            .map_err(|error| error.to_string())?;
        let (job, attempt) = (task.job_id(), lost.attempt);
        self.link.world.say(self.link.name(), || format!("ended {ended} sessions of {job} up to {attempt}"));
        Ok(())
    }

    async fn describe(&self, task: &Task) -> String {
        format!("script of {}", task.job_id())
    }
}

/// How long a script goes on after it was told to end.
pub(crate) fn stubbornness(dice: &mut fastrand::Rng) -> Duration {
    match dice.u8(0..10) {
        0 => Millis::from_mins(3).to_std(),
        1..=3 => Duration::from_millis(dice.u64(1_000..30_000)),
        _ => Duration::from_millis(dice.u64(0..500)),
    }
}
