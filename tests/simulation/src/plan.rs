//! What each script will do: told by the seed, the same in every attempt but for the number of failures before.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Duration;

use fleet_core::ids::{JobId, WorkflowId};
use fleet_core::state::settle::AttemptEnd;
use worker::Task;

use crate::runner::stubbornness;

/// How one run goes.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Does {
    /// It ends by itself, like this.
    Ends(AttemptEnd),
    /// It never does.
    Hangs,
}

/// What the scripts of one job do.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    /// Failures before it succeeds.
    pub(crate) fails: u32,
    /// How it fails.
    failure: AttemptEnd,
    /// Whether it hangs instead of failing.
    pub(crate) hangs: bool,
    /// Most milliseconds that a run takes.
    takes_ms: u64,
    /// How long it goes on after a cancel.
    pub(crate) stubborn: Duration,
    /// Looks before a precondition is met.
    pub(crate) looks: u32,
}

/// More failures than any retry policy here allows.
const ALWAYS: u32 = 1_000;

impl Plan {
    /// A plan for some job.
    pub(crate) fn roll(dice: &mut fastrand::Rng) -> Self {
        let fails = match dice.u8(0..20) {
            0..=1 => ALWAYS,
            2..=4 => dice.u32(1..4),
            _ => 0,
        };
        let failure = match dice.u8(0..4) {
            0 => AttemptEnd::StoppedByError(3),
            1 => AttemptEnd::ConnectionFailed,
            _ => AttemptEnd::Exited(1),
        };
        let takes_ms = match dice.u8(0..10) {
            0 => 150_000,
            1..=3 => 20_000,
            _ => 1_500,
        };
        Self {
            fails,
            failure,
            hangs: fails > 0 && dice.u8(0..5) == 0,
            takes_ms,
            stubborn: stubbornness(dice),
            looks: dice.u32(0..5),
        }
    }
}

impl Plan {
    /// What a run does after so many failures, and how long it takes.
    pub(crate) fn roll_run(&self, failures: u32, dice: &mut fastrand::Rng) -> (Does, Duration) {
        let took = Duration::from_millis(dice.u64(0..self.takes_ms) + 1);
        let does = match (failures < self.fails, self.hangs) {
            (true, true) => Does::Hangs,
            (true, false) => Does::Ends(self.failure),
            (false, _) => Does::Ends(AttemptEnd::Exited(0)),
        };
        (does, took)
    }
}

/// The plans of all jobs.
#[derive(Debug, Default)]
pub(crate) struct Plans {
    plans: Mutex<BTreeMap<(WorkflowId, JobId), Plan>>,
}

impl Plans {
    pub(crate) fn put(&self, workflow: &WorkflowId, job: &JobId, plan: Plan) {
        let mut plans = self.plans.lock().unwrap_or_else(PoisonError::into_inner);
        plans.insert((workflow.clone(), job.clone()), plan);
    }

    /// The plan of a task's job.
    pub(crate) fn of(&self, task: &Task) -> Plan {
        let key = (task.execution.workflow_id.clone(), task.job_id().clone());
        let plans = self.plans.lock().unwrap_or_else(PoisonError::into_inner);
        plans.get(&key).cloned().expect("each job of each workflow was given a plan")
    }

    /// Mends what fails, as people do before they resume.
    pub(crate) fn mend(&self, dice: &mut fastrand::Rng) {
        let mut plans = self.plans.lock().unwrap_or_else(PoisonError::into_inner);
        for plan in plans.values_mut() {
            if dice.u8(0..4) > 0 {
                plan.fails = 0;
            }
        }
    }
}
