//! What a schedule becomes on EventBridge, before anything is asked of it: a name, an expression, and the start event with a
//! placeholder for the time. Owns these alone; the same schedule always gives the same.

use std::fmt::Write as _;

use fleet_core::ids::WorkflowId;
use fleet_core::schedule::{Schedule, Zone};
use fleet_core::wire::{Event, Start};
use sha2::{Digest as _, Sha256};

use crate::stack::Stack;

/// Longest name of a rule and of a schedule (EventBridge quotas).
const NAME_CHARS_MAX: usize = 64;
/// Hexadecimal digits that tell the schedules of a workflow apart, and long names of workflows.
const DIGITS: usize = 8;
/// Longest description of a rule and of a schedule (EventBridge quotas).
const DESCRIPTION_CHARS_MAX: usize = 512;

/// Which service fires a schedule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum FiredBy {
    /// A rule of the default bus, which knows UTC only.
    Rule,
    /// EventBridge Scheduler, which knows time zones.
    Scheduler,
}

/// One schedule, as it shall be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Plan {
    pub(super) fired_by: FiredBy,
    pub(super) name: String,
    pub(super) description: String,
    /// `cron(…)`.
    pub(super) expression: String,
    pub(super) timezone: String,
    workflow: WorkflowId,
    schedule: Schedule,
}

impl Plan {
    pub(super) fn of(stack: &Stack, workflow: &WorkflowId, schedule: &Schedule) -> Self {
        let Schedule { cron, timezone, .. } = schedule;
        let fired_by = if *timezone == Zone::utc() { FiredBy::Rule } else { FiredBy::Scheduler };
        let distinct = digest(&format!("{} {workflow} {cron} {timezone}", stack.name()));
        let description = format!("{}{cron} {timezone}", mark(stack, workflow));
        Self {
            fired_by,
            name: format!("{}{distinct}", name_prefix(stack, workflow)),
            description: description.chars().take(DESCRIPTION_CHARS_MAX).collect(),
            // Names of months and days are documented in capitals only.
            expression: format!("cron({})", cron.as_str().to_ascii_uppercase()),
            timezone: timezone.to_string(),
            workflow: workflow.clone(),
            schedule: schedule.clone(),
        }
    }

    /// The start event, with this placeholder where the scheduled time belongs. The execution's id is made from the time, so
    /// that a second firing or delivery asks for the same execution.
    pub(super) fn event(&self, placeholder: &str) -> String {
        let Self { workflow, schedule, .. } = self;
        let start = Start {
            workflow_id: workflow.clone(),
            workflow_execution_id: None,
            params: schedule.params.clone(),
            scheduled_at: None,
            timezone: Some(schedule.timezone.to_string()),
            by: "schedule".to_owned(),
            reason: format!("{} {}", schedule.cron, schedule.timezone),
        };
        // A placeholder is no time and no legal id, so it is put in afterwards. Nothing else may look like one: `<` and `>`
        // in texts are spelled as JSON allows.
        let text = Event::Start(start).to_text().replace('<', "\\u003c").replace('>', "\\u003e");
        let open = text.strip_suffix('}').unwrap_or(&text);
        format!(
            r#"{open},"workflow_execution_id":"{workflow}-{placeholder}","scheduled_at":"{placeholder}"}}"#
        )
    }
}

/// How the names of all schedules of a workflow begin. A long name of a workflow is cut, and told from others by its hash.
pub(super) fn name_prefix(stack: &Stack, workflow: &WorkflowId) -> String {
    let room = NAME_CHARS_MAX - stack.name().len() - DIGITS - 2;
    let workflow = workflow.as_str();
    if workflow.len() <= room {
        return format!("{}-{workflow}-", stack.name());
    }
    // Ids are ASCII.
    let head = &workflow[..room - DIGITS - 1];
    format!("{}-{head}-{}-", stack.name(), digest(workflow))
}

/// Whether a name is one of a schedule whose names begin so.
pub(super) fn is_named(name: &str, prefix: &str) -> bool {
    let rest = name.strip_prefix(prefix);
    rest.is_some_and(|rest| rest.len() == DIGITS && rest.bytes().all(|b| b.is_ascii_hexdigit()))
}

/// How the descriptions of all schedules of a workflow begin: names alone do not tell workflow `b-c` of stack `a` from
/// workflow `c` of stack `a-b`.
pub(super) fn mark(stack: &Stack, workflow: &WorkflowId) -> String {
    format!("Starts workflow {workflow} of stack {}: ", stack.name())
}

fn digest(text: &str) -> String {
    let mut digits = String::new();
    for byte in Sha256::digest(text.as_bytes()).iter().take(DIGITS / 2) {
        let _ = write!(digits, "{byte:02x}");
    }
    digits
}

#[cfg(test)]
mod tests {
    use fleet_core::schedule::{CatchUp, Cron};
    use fleet_core::time::Timestamp;

    use super::*;

    fn plan(stack: &str, workflow: &str, cron: &str, zone: &str, params: &[(&str, &str)]) -> Plan {
        let schedule = Schedule {
            cron: Cron::parse(cron).unwrap(),
            timezone: Zone::parse(zone).unwrap(),
            catch_up: CatchUp::Latest,
            params: params.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        };
        Plan::of(&Stack::parse(stack).unwrap(), &WorkflowId::parse(workflow).unwrap(), &schedule)
    }

    #[test]
    fn names_fit_and_tell_their_owner() {
        let long = "w".repeat(128);
        let check = |stack: &str, workflow: &str| {
            let plan = plan(stack, workflow, "0 2 * * ? *", "UTC", &[]);
            assert!(plan.name.len() <= NAME_CHARS_MAX, "{}", plan.name);
            let (stack, workflow) = (Stack::parse(stack).unwrap(), WorkflowId::parse(workflow).unwrap());
            assert!(is_named(&plan.name, &name_prefix(&stack, &workflow)), "{}", plan.name);
            plan.name
        };
        let short = check("rsql-fleet", "night");
        assert_eq!(&short[..17], "rsql-fleet-night-");
        check(&"s".repeat(40), "night");
        let cut = check(&"s".repeat(40), &long);
        assert_ne!(cut, check(&"s".repeat(40), &long[1..]));
        assert_ne!(check("a", "b-c"), check("a-b", "c"));
    }

    #[test]
    fn a_workflow_does_not_own_what_another_of_a_longer_name_does() {
        let stack = Stack::parse("f").unwrap();
        let prefix = name_prefix(&stack, &WorkflowId::parse("night").unwrap());
        let other = plan("f", "night-shift", "0 2 * * ? *", "UTC", &[]);
        assert!(other.name.starts_with(&prefix) && !is_named(&other.name, &prefix));
    }

    #[test]
    fn only_zones_besides_utc_need_the_scheduler() {
        assert_eq!(plan("f", "w", "0 2 * * ? *", "UTC", &[]).fired_by, FiredBy::Rule);
        let london = plan("f", "w", "0 2 ? * mon-fri *", "Europe/London", &[]);
        assert_eq!(
            (london.fired_by, &*london.expression, &*london.timezone),
            (FiredBy::Scheduler, "cron(0 2 ? * MON-FRI *)", "Europe/London")
        );
        assert_eq!(london.description, "Starts workflow w of stack f: 0 2 ? * mon-fri * Europe/London");
    }

    #[test]
    fn the_same_time_gives_the_same_execution() {
        let params = [("note", "<time> & \"näh\"")];
        let text = plan("f", "night", "0 2 * * ? *", "Europe/London", &params).event("<time>");
        assert_eq!(text.matches("<time>").count(), 2, "{text}");
        let filled = text.replace("<time>", "2026-11-22T02:00:00Z");
        let Event::Start(start) = Event::from_text(&filled).unwrap() else { panic!("{filled}") };
        let time = Timestamp::parse("2026-11-22T02:00:00Z").unwrap();
        let id = start.workflow_execution_id.as_ref().unwrap();
        assert_eq!((id.as_str(), start.scheduled_at), ("night-20261122T020000Z", Some(time)));
        assert_eq!(start.params["note"], params[0].1);
        assert_eq!(start.timezone.as_deref(), Some("Europe/London"));
    }
}
