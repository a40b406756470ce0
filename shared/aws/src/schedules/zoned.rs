//! Schedules with a time zone as schedules of EventBridge Scheduler, in the group of the stack's name. Owns the schedule and its
//! target. Makes no group: `infra/` does.

use aws_sdk_scheduler::Client;
use aws_sdk_scheduler::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_scheduler::types::{
    FlexibleTimeWindow, FlexibleTimeWindowMode, ScheduleState, ScheduleSummary, Target,
};
use fleet_core::ports::PortError;

use super::Installed;
use super::plan::{FiredBy, Plan};
use crate::account::Account;
use crate::fault::port_error;

/// What stands for the time at which a schedule was to fire.
const TIME: &str = "<aws.scheduler.scheduled-time>";
const COMPLETE: &str = "every field that the service asks for is set";

#[derive(Debug, Clone)]
pub(super) struct Zoned {
    client: Client,
    group: String,
    queue_arn: String,
    role_arn: String,
}

impl Zoned {
    pub(super) fn new(account: &Account, queue_arn: String, role_arn: String) -> Self {
        let group = account.stack().schedule_group();
        Self { client: Client::new(&account.config), group, queue_arn, role_arn }
    }

    /// Makes the schedule as planned, over the one that is known, or anew.
    pub(super) async fn put(&self, plan: &Plan, known: Option<&Installed>) -> Result<(), PortError> {
        let Some(known) = known else { return self.create(plan).await };
        let state = if known.is_enabled { ScheduleState::Enabled } else { ScheduleState::Disabled };
        let call = self.client.update_schedule().group_name(&self.group).name(&plan.name).state(state);
        let call = call.description(&plan.description).target(self.target(plan));
        let call = call.schedule_expression(&plan.expression).schedule_expression_timezone(&plan.timezone);
        let answer = call.flexible_time_window(to_the_minute()).send().await;
        answer.map(|_| ()).map_err(|error| self.fault(&plan.name, error))
    }

    async fn create(&self, plan: &Plan) -> Result<(), PortError> {
        let call = self.client.create_schedule().group_name(&self.group).name(&plan.name);
        let call = call.description(&plan.description).target(self.target(plan));
        let call = call.schedule_expression(&plan.expression).schedule_expression_timezone(&plan.timezone);
        let answer = call.flexible_time_window(to_the_minute()).send().await;
        answer.map(|_| ()).map_err(|error| self.fault(&plan.name, error))
    }

    /// The schedules whose names begin so; none where the stack has no group.
    pub(super) async fn list(&self, prefix: &str) -> Result<Vec<Installed>, PortError> {
        let (mut found, mut next) = (Vec::new(), None);
        loop {
            let call = self.client.list_schedules().group_name(&self.group).name_prefix(prefix);
            let page = match call.set_next_token(next).send().await {
                Err(error) if is_gone(&error) => return Ok(Vec::new()),
                page => page.map_err(|error| port_error("list schedules", error))?,
            };
            found.extend(page.schedules.into_iter().filter_map(installed));
            next = page.next_token;
            if next.is_none() {
                return Ok(found);
            }
        }
    }

    /// Removes a schedule. One that is gone already is removed.
    pub(super) async fn remove(&self, name: &str) -> Result<(), PortError> {
        match self.client.delete_schedule().group_name(&self.group).name(name).send().await {
            Err(error) if !is_gone(&error) => Err(port_error(format!("remove schedule `{name}`"), error)),
            _ => Ok(()),
        }
    }

    fn target(&self, plan: &Plan) -> Target {
        let target = Target::builder().arn(&self.queue_arn).role_arn(&self.role_arn);
        target.input(plan.event(TIME)).build().expect(COMPLETE)
    }

    fn fault<E, R>(&self, name: &str, error: SdkError<E, R>) -> PortError
    where
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
        R: std::fmt::Debug + Send + Sync + 'static,
    {
        let what = format!("put schedule `{name}`");
        if is_gone(&error) {
            let group = &self.group;
            let cause =
                format!("EventBridge Scheduler has no group `{group}`; install the stack of that name");
            return PortError::Refused { what, cause };
        }
        port_error(what, error)
    }
}

fn installed(schedule: ScheduleSummary) -> Option<Installed> {
    let is_enabled = schedule.state != Some(ScheduleState::Disabled);
    Some(Installed { name: schedule.name?, fired_by: FiredBy::Scheduler, is_enabled })
}

/// Fires at the minute, not within a window around it.
fn to_the_minute() -> FlexibleTimeWindow {
    FlexibleTimeWindow::builder().mode(FlexibleTimeWindowMode::Off).build().expect(COMPLETE)
}

fn is_gone<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>) -> bool {
    let code = error.as_service_error().and_then(ProvideErrorMetadata::code);
    code == Some("ResourceNotFoundException")
}
