//! What a component may do, beside what it does. Owns the comparison: a call that no statement allows, an action or a
//! resource that is granted and never used, a wildcard where a name belongs, an excuse that nothing needs. Pure; where rights
//! and calls come from is the tests' affair, and whether a condition holds is `conditions`'s.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::conditions::{Condition, Context};

/// One statement of a policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Statement {
    effect: Effect,
    pub(crate) actions: Vec<String>,
    pub(crate) resources: Vec<String>,
    conditions: Vec<Condition>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Effect {
    Allow,
    Deny,
}

/// A kind of call that was recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Call {
    /// `service:Action`, as IAM names it.
    pub(crate) action: String,
    /// ARN, or [`UNKNOWN`].
    pub(crate) resource: String,
    /// What it says of the keys of conditions.
    pub(crate) context: Context,
}

/// What is granted though no call of ours uses it: a service does, on the component's behalf.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Excuse {
    pub(crate) component: &'static str,
    pub(crate) action: &'static str,
    /// Why; shown to whoever reads a failure.
    pub(crate) reason: &'static str,
}

/// The endpoint's word for a resource that a request does not tell. Only what is granted on everything allows such a call.
pub(crate) const UNKNOWN: &str = "*";

impl Statement {
    /// Those of a policy document.
    pub(crate) fn all_of(document: &Value) -> Vec<Statement> {
        listed(&document["Statement"])
            .iter()
            .map(|statement| Statement {
                effect: if statement["Effect"] == "Allow" { Effect::Allow } else { Effect::Deny },
                actions: texts(&statement["Action"]),
                resources: texts(&statement["Resource"]),
                conditions: Condition::all_of(statement),
            })
            .collect()
    }

    fn names(&self, action: &str) -> bool {
        self.actions.iter().any(|named| matches(named, action))
    }

    /// Whether it speaks of this call. Where nobody can tell whether a condition holds, an `Allow` does not, a `Deny` does.
    fn fits(&self, call: &Call) -> bool {
        self.resources.iter().any(|pattern| self.fits_on(pattern, call))
    }

    fn fits_on(&self, pattern: &str, call: &Call) -> bool {
        let in_doubt = self.effect == Effect::Deny;
        let holds = |condition: &Condition| condition.holds(&call.context).unwrap_or(in_doubt);
        self.names(&call.action) && matches(pattern, &call.resource) && self.conditions.iter().all(holds)
    }
}

/// Whether a call is allowed, as IAM decides it: some `Allow` fits, and no `Deny`.
fn is_allowed(statements: &[Statement], call: &Call) -> bool {
    let any = |effect| statements.iter().any(|one| one.effect == effect && one.fits(call));
    any(Effect::Allow) && !any(Effect::Deny)
}

/// All that is wrong, in words that name component, action and resource.
pub(crate) fn compare(
    component: &str,
    statements: &[Statement],
    calls: &[Call],
    excuses: &[Excuse],
) -> Vec<String> {
    let excuses: Vec<_> = excuses.iter().filter(|excuse| excuse.component == component).collect();
    let granted: Vec<_> = statements.iter().filter(|one| one.effect == Effect::Allow).collect();
    let mut findings = lacks(component, statements, calls);
    let actions: BTreeSet<&String> = granted.iter().flat_map(|statement| &statement.actions).collect();
    for action in actions {
        let is_called = calls.iter().any(|call| matches(action, &call.action));
        let excuse = excuses.iter().find(|excuse| excuse.action == action);
        match (is_called, excuse) {
            _ if action.contains('*') => findings.push(format!("{component} may call {action}: name them")),
            (false, None) => findings.push(format!("{component} may call {action}, and never does")),
            (true, Some(excuse)) => findings
                .push(format!("{component} calls {action} itself: drop the excuse \"{}\"", excuse.reason)),
            _ => {}
        }
    }
    for excuse in excuses.iter().filter(|excuse| !granted.iter().any(|given| given.names(excuse.action))) {
        findings.push(format!("{component} may not call {}: drop its excuse", excuse.action));
    }
    findings.extend(unused_resources(component, &granted, calls, &excuses));
    findings
}

/// Calls that are not allowed, and conditions of which nobody can say what they allow. Calls that differ in nothing that a
/// condition asks for are told once.
fn lacks(component: &str, statements: &[Statement], calls: &[Call]) -> Vec<String> {
    let mut findings = BTreeSet::new();
    for (statement, condition) in conditions(statements) {
        if let Some(why) = condition.not_understood() {
            findings.insert(format!("{component} and {}: {why}", statement.actions.join(", ")));
        }
    }
    for call in calls.iter().filter(|call| !is_allowed(statements, call)) {
        let asked = conditions(statements).filter(|(statement, _)| statement.names(&call.action));
        let keys: BTreeSet<&String> = asked.map(|(_, condition)| &condition.key).collect();
        let said: String = keys.into_iter().map(|key| said_of(key, &call.context)).collect();
        findings.insert(format!("{component} calls {} on {}{said}, and may not", call.action, call.resource));
    }
    findings.into_iter().collect()
}

fn conditions(statements: &[Statement]) -> impl Iterator<Item = (&Statement, &Condition)> {
    statements.iter().flat_map(|statement| statement.conditions.iter().map(move |one| (statement, one)))
}

fn said_of(key: &str, context: &Context) -> String {
    match context.get(key) {
        None => format!(" without {key}"),
        Some(None) => format!(" with a {key} that is not noted"),
        Some(Some(said)) => format!(" with {key} {}", said.join(", ")),
    }
}

/// Patterns that no call meets under the statement's conditions, of statements that some call of ours uses; and grants on
/// everything for calls that tell what they act on.
fn unused_resources(
    component: &str,
    granted: &[&Statement],
    calls: &[Call],
    excuses: &[&Excuse],
) -> Vec<String> {
    let mut findings = Vec::new();
    for statement in granted {
        let is_excused = |action: &String| excuses.iter().any(|excuse| excuse.action == action);
        if statement.actions.iter().all(is_excused) {
            continue;
        }
        let actions = statement.actions.join(", ");
        let used: Vec<_> = calls.iter().filter(|call| statement.names(&call.action)).collect();
        for pattern in &statement.resources {
            if !used.is_empty() && !used.iter().any(|call| statement.fits_on(pattern, call)) {
                findings.push(format!("{component} may call {actions} on {pattern}, and never does there"));
            }
            if let Some(call) = used.iter().find(|call| pattern == UNKNOWN && call.resource != UNKNOWN) {
                findings
                    .push(format!("{component} may call {actions} on everything: name {}", call.resource));
            }
        }
    }
    findings
}

/// IAM's wildcards: `*` is any text, `?` any character. Services and actions are the same in any case.
pub(crate) fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
    // `reached[n]`: the pattern so far meets the first n characters.
    let mut reached = vec![false; text.len() + 1];
    reached[0] = true;
    for wanted in pattern {
        let before = reached.clone();
        for (n, now) in reached.iter_mut().enumerate() {
            let step = n.checked_sub(1).map(|last| before[last] && (wanted == '?' || wanted == text[last]));
            *now = if wanted == '*' { before[..=n].contains(&true) } else { step.unwrap_or(false) };
        }
    }
    reached[text.len()]
}

fn listed(value: &Value) -> Vec<Value> {
    value.as_array().cloned().unwrap_or_else(|| vec![value.clone()])
}

/// A text, or the texts of a list.
pub(crate) fn texts(value: &Value) -> Vec<String> {
    listed(value).iter().filter_map(|text| text.as_str().map(str::to_owned)).collect()
}

#[cfg(test)]
mod tests;
