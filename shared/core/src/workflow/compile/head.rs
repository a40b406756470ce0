//! The part of a workflow above its jobs: schedules, params, alerts. Owns the checks of what goes together there.

use std::collections::{BTreeMap, HashSet};

use super::super::definition::{AlertOn, AlertPolicy};
use super::super::fault::Problem;
use super::super::source::{AlertsFile, ScheduleFile};
use super::super::template::{BUILTIN_NAMES, Template, reference_cycle};
use super::Checker;
use crate::schedule::{Schedule, Zone};
use crate::time::Millis;

/// The one built-in name that may be a param.
const BUSINESS_DATE: &str = "business_date";

/// Part of the workflow's timeout after which an execution is late when the author says nothing: 80 %.
const LATE_PART: (u64, u64) = (4, 5);

/// A duration that must not be zero.
pub(super) fn positive(keys: &[&str], span: Option<Millis>, checker: &mut Checker<'_, '_>) {
    if span == Some(Millis(0)) {
        checker.head_fault(keys, || zero(keys.last().copied().unwrap_or_default()));
    }
}

pub(super) fn zero(key: &str) -> Problem {
    Problem::new(format!("`{key}` is zero")).hint("write a time such as 4h, or leave the key out")
}

pub(super) fn schedules(files: Vec<ScheduleFile>, checker: &mut Checker<'_, '_>) -> Vec<Schedule> {
    let mut seen = HashSet::new();
    let mut schedules = Vec::with_capacity(files.len());
    for (position, file) in files.into_iter().enumerate() {
        let timezone = file.timezone.unwrap_or_else(Zone::utc);
        let origin = checker.origin;
        let damaged = origin.root().key("schedule").item(position).is_damaged();
        if !seen.insert((file.cron.clone(), timezone.clone())) && !damaged {
            let problem = Problem::new(format!("schedule `{}` in {timezone} is given twice", file.cron))
                .hint("take one away");
            checker
                .faults
                .add_with(|| origin.root().key("schedule").item(position).key("cron").fault(problem));
        }
        let params: BTreeMap<String, String> =
            file.params.unwrap_or_default().into_iter().map(|(name, value)| (name, value.0)).collect();
        for name in params
            .keys()
            .filter(|name| **name != BUSINESS_DATE && !checker.declared.params.contains(&***name))
        {
            let known = checker.declared.params.iter().map(|known| &**known);
            let problem = Problem::new(format!("param `{name}` is not declared in `params`"))
                .nearest(name, known)
                .or_hint("add it to the workflow's `params`");
            let spot = origin.root().key("schedule").item(position).key("params").name(name);
            checker.faults.add_with(|| spot.fault(problem));
        }
        schedules.push(Schedule { cron: file.cron, timezone, catch_up: file.catch_up, params });
    }
    schedules
}

pub(super) fn params(params: &BTreeMap<String, Template>, checker: &mut Checker<'_, '_>) {
    let origin = checker.origin;
    for (name, template) in params {
        if BUILTIN_NAMES.contains(&name.as_str()) && name != BUSINESS_DATE {
            let problem = Problem::new(format!("param `{name}` has the name of a built-in value"))
                .hint("give it another name");
            checker.faults.add_with(|| origin.root().key("params").name(name).fault(problem));
        }
        if let Some(stranger) = checker.stranger(template) {
            let problem = checker.unknown_name(stranger);
            checker.faults.add_with(|| origin.root().key("params").key(name).fault(problem));
        }
    }
    if let Some(ring) = reference_cycle(params) {
        let problem = Problem::new(format!("params refer to each other: {}", ring.join(" -> ")));
        let problem = match ring.as_slice() {
            [only, _] if only == BUSINESS_DATE => {
                problem.hint("a business date is made from `scheduled_date`")
            }
            _ => problem.hint("give one of them a value without the others"),
        };
        checker.head_fault(&["params", &ring[0]], || problem);
    }
}

pub(super) fn alerts(
    file: Option<AlertsFile>,
    timeout: Option<Millis>,
    checker: &mut Checker<'_, '_>,
) -> AlertPolicy {
    let Some(file) = file else { return AlertPolicy::default() };
    let topic = file.topic.map(|name| name.0.as_ref().to_owned());
    let on = file.on.unwrap_or_else(|| AlertPolicy::default().on);
    for (position, occasion) in on.iter().enumerate() {
        if on[..position].contains(occasion) {
            let origin = checker.origin;
            let spot = origin.root().keys(&["alerts", "on"]).item(position);
            let problem = Problem::new("this occasion is given twice").hint("take one away");
            checker.faults.add_with(|| spot.fault(problem));
        }
    }
    positive(&["alerts", "late_after"], file.late_after, checker);
    if !on.contains(&AlertOn::Late) {
        if file.late_after.is_some() {
            let problem = Problem::new("`late_after` has no effect without `late` in `on`");
            checker.head_fault(&["alerts", "late_after"], || problem.hint("add `late` to `on`"));
        }
        return AlertPolicy { topic, on, late_after: None };
    }
    let late_after = file.late_after.or(timeout.map(|span| Millis(span.0 / LATE_PART.1 * LATE_PART.0)));
    match (late_after, timeout) {
        (None, _)
            if checker.origin.root().is_damaged() || checker.origin.root().key("alerts").is_damaged() => {}
        (None, _) => checker.head_fault(&["alerts", "on"], || {
            Problem::new("nothing says when an execution is late")
                .hint("give `late_after`, or the workflow a `timeout`")
        }),
        (Some(late), Some(timeout)) if late >= timeout => {
            let problem = Problem::new(format!("an execution is stopped after {timeout}, before it is late"));
            checker.head_fault(&["alerts", "late_after"], || {
                problem.hint("make `late_after` shorter than `timeout`")
            });
        }
        _ => {}
    }
    AlertPolicy { topic, on, late_after }
}
