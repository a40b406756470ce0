//! The schedules of deployed workflows. Owns that a workflow has exactly those that its definition names. What one schedule
//! becomes is `plan`'s; `rules` and `zoned` speak to the two services.
//!
//! A firing that cannot be delivered is tried again by EventBridge for a day. What happens to firings while a schedule is
//! disabled or not installed, a definition's `catch_up`, is not in these services' power: such firings are left out.

mod plan;
mod rules;
mod zoned;

use std::collections::BTreeMap;

use fleet_core::ids::WorkflowId;
use fleet_core::ports::PortError;
use fleet_core::schedule::Schedule;

pub use plan::FiredBy;

use self::plan::Plan;
use self::rules::Rules;
use self::zoned::Zoned;
use crate::account::Account;
use crate::queue::Queue;
use crate::stack::Stack;

/// Who may do what for schedules.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ScheduleSettings {
    /// ARN of the role with which EventBridge Scheduler sends to the events queue; role `NAME-scheduler` of the account when
    /// absent. Rules need none: the queue's own policy lets them.
    pub scheduler_role: Option<String>,
}

/// A schedule that is installed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Installed {
    /// Its name.
    pub name: String,
    /// Who fires it.
    pub fired_by: FiredBy,
    /// Whether it fires. Operators may disable one by hand; a deployment leaves that as it is.
    pub is_enabled: bool,
}

/// What an [`Schedules::apply`] came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Applied {
    /// Names of those that were not there before.
    pub created: Vec<String>,
    /// Names of those that were, and are now as given.
    pub updated: Vec<String>,
    /// Names of those that are not there any more.
    pub removed: Vec<String>,
}

/// The schedules of a stack.
#[derive(Debug, Clone)]
pub struct Schedules {
    stack: Stack,
    rules: Rules,
    zoned: Zoned,
}

impl Schedules {
    /// The schedules of the account's stack, which send to its `events` queue. Asks nothing yet.
    #[must_use]
    pub fn new(account: &Account, events: &Queue, settings: &ScheduleSettings) -> Self {
        let stack = account.stack().clone();
        let role = settings.scheduler_role.clone();
        let role = role.unwrap_or_else(|| events.home().role_arn(&stack.scheduler_role()));
        let rules = Rules::new(account, events.arn());
        let zoned = Zoned::new(account, events.arn(), role);
        Self { stack, rules, zoned }
    }

    /// Gives a workflow exactly these schedules. New ones come before old ones go, so that no firing falls between. May be
    /// repeated, also after it ended halfway.
    ///
    /// # Errors
    /// [`PortError`]; some of them may be as given already.
    pub async fn apply(&self, workflow: &WorkflowId, schedules: &[Schedule]) -> Result<Applied, PortError> {
        let plans = schedules.iter().map(|schedule| Plan::of(&self.stack, workflow, schedule));
        // Two schedules of the same times would ask for the same executions.
        let plans: BTreeMap<String, Plan> = plans.map(|plan| (plan.name.clone(), plan)).collect();
        let before = self.list(workflow).await?;
        let mut applied = Applied::default();
        for plan in plans.values() {
            let known =
                before.iter().find(|known| known.name == plan.name && known.fired_by == plan.fired_by);
            match plan.fired_by {
                FiredBy::Rule => self.rules.put(plan, known).await?,
                FiredBy::Scheduler => self.zoned.put(plan, known).await?,
            }
            let names = if known.is_some() { &mut applied.updated } else { &mut applied.created };
            names.push(plan.name.clone());
        }
        for gone in before.iter().filter(|known| !plans.contains_key(&known.name)) {
            self.remove_one(gone).await?;
            applied.removed.push(gone.name.clone());
        }
        Ok(applied)
    }

    /// The schedules that a workflow has.
    ///
    /// # Errors
    /// [`PortError`]
    pub async fn list(&self, workflow: &WorkflowId) -> Result<Vec<Installed>, PortError> {
        let prefix = plan::name_prefix(&self.stack, workflow);
        let mark = plan::mark(&self.stack, workflow);
        let mut found = self.rules.list(&prefix, &mark).await?;
        found.extend(self.zoned.list(&prefix).await?);
        found.retain(|known| plan::is_named(&known.name, &prefix));
        Ok(found)
    }

    async fn remove_one(&self, known: &Installed) -> Result<(), PortError> {
        match known.fired_by {
            FiredBy::Rule => self.rules.remove(&known.name).await,
            FiredBy::Scheduler => self.zoned.remove(&known.name).await,
        }
    }
}
