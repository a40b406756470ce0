//! Schedules in UTC as rules of the default bus, the only one on which AWS allows them. Owns the rule and its one target.

use aws_sdk_eventbridge::Client;
use aws_sdk_eventbridge::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_eventbridge::types::{InputTransformer, Rule, RuleState, Target};
use fleet_core::ports::PortError;

use super::Installed;
use super::plan::{FiredBy, Plan};
use crate::account::Account;
use crate::fault::port_error;

/// Id of a rule's target.
const TARGET: &str = "events";
/// Where an event of a rule says when it was to fire, to the second.
const TIME_PATH: (&str, &str) = ("time", "$.time");
/// What stands for that in the event that is made.
const TIME: &str = "<time>";
const COMPLETE: &str = "every field that the service asks for is set";

#[derive(Debug, Clone)]
pub(super) struct Rules {
    client: Client,
    queue_arn: String,
}

impl Rules {
    pub(super) fn new(account: &Account, queue_arn: String) -> Self {
        Self { client: Client::new(&account.config), queue_arn }
    }

    /// Makes the rule as planned, whether it is there or not.
    pub(super) async fn put(&self, plan: &Plan, known: Option<&Installed>) -> Result<(), PortError> {
        let what = || format!("put rule `{}`", plan.name);
        let is_disabled = known.is_some_and(|known| !known.is_enabled);
        let state = if is_disabled { RuleState::Disabled } else { RuleState::Enabled };
        let call = self.client.put_rule().name(&plan.name).description(&plan.description);
        let call = call.schedule_expression(&plan.expression).state(state);
        call.send().await.map_err(|error| port_error(what(), error))?;
        let transformer = InputTransformer::builder()
            .input_paths_map(TIME_PATH.0, TIME_PATH.1)
            .input_template(plan.event(TIME))
            .build()
            .expect(COMPLETE);
        let target = Target::builder().id(TARGET).arn(&self.queue_arn).input_transformer(transformer);
        let call = self.client.put_targets().rule(&plan.name).targets(target.build().expect(COMPLETE));
        let answer = call.send().await.map_err(|error| port_error(what(), error))?;
        let failed = answer.failed_entries.unwrap_or_default();
        failed.first().map_or(Ok(()), |entry| {
            Err(failed_entry(what(), entry.error_code.as_deref(), entry.error_message.as_deref()))
        })
    }

    /// The rules whose names begin so, and whose descriptions do.
    pub(super) async fn list(&self, prefix: &str, mark: &str) -> Result<Vec<Installed>, PortError> {
        let (mut found, mut next) = (Vec::new(), None);
        loop {
            let call = self.client.list_rules().name_prefix(prefix).set_next_token(next);
            let page = call.send().await.map_err(|error| port_error("list the rules of schedules", error))?;
            found.extend(page.rules.unwrap_or_default().into_iter().filter_map(|rule| installed(rule, mark)));
            next = page.next_token;
            if next.is_none() {
                return Ok(found);
            }
        }
    }

    /// Removes a rule with whatever it targets. One that is gone already is removed.
    pub(super) async fn remove(&self, name: &str) -> Result<(), PortError> {
        let what = || format!("remove rule `{name}`");
        let targets = self.client.list_targets_by_rule().rule(name).send().await;
        let targets = match targets {
            Err(error) if is_gone(&error) => return Ok(()),
            targets => targets.map_err(|error| port_error(what(), error))?.targets.unwrap_or_default(),
        };
        if !targets.is_empty() {
            let ids = targets.into_iter().map(|target| target.id).collect();
            let answer = self.client.remove_targets().rule(name).set_ids(Some(ids)).send().await;
            let failed = match answer {
                Err(error) if is_gone(&error) => return Ok(()),
                answer => answer.map_err(|error| port_error(what(), error))?.failed_entries,
            };
            if let Some(entry) = failed.unwrap_or_default().first() {
                return Err(failed_entry(
                    what(),
                    entry.error_code.as_deref(),
                    entry.error_message.as_deref(),
                ));
            }
        }
        match self.client.delete_rule().name(name).send().await {
            Err(error) if !is_gone(&error) => Err(port_error(what(), error)),
            _ => Ok(()),
        }
    }
}

fn installed(rule: Rule, mark: &str) -> Option<Installed> {
    if !rule.description.is_some_and(|description| description.starts_with(mark)) {
        return None;
    }
    let is_enabled = rule.state != Some(RuleState::Disabled);
    Some(Installed { name: rule.name?, fired_by: FiredBy::Rule, is_enabled })
}

fn is_gone<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>) -> bool {
    let code = error.as_service_error().and_then(ProvideErrorMetadata::code);
    code == Some("ResourceNotFoundException")
}

/// Whoever deploys again tries again.
fn failed_entry(what: String, code: Option<&str>, message: Option<&str>) -> PortError {
    let cause = format!("{}: {}", code.unwrap_or("failed"), message.unwrap_or_default());
    PortError::Unavailable { what, cause }
}
