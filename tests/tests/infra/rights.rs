//! What a component may do, beside what it does. Owns the comparison: a call that no statement allows, an action or a
//! resource that is granted and never used, a wildcard where a name belongs, an excuse that nothing needs. Pure; where rights
//! and calls come from is the tests' affair.

use std::collections::BTreeSet;

use serde_json::Value;

/// One `Allow` of a policy. Conditions are left out of the account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Statement {
    pub(crate) actions: Vec<String>,
    pub(crate) resources: Vec<String>,
}

/// A kind of call that was recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Call {
    /// `service:Action`, as IAM names it.
    pub(crate) action: String,
    /// ARN, or [`UNKNOWN`].
    pub(crate) resource: String,
}

/// What is granted though no call of ours uses it: a service does, on the component's behalf.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Excuse {
    pub(crate) component: &'static str,
    pub(crate) action: &'static str,
    /// Why; shown to whoever reads a failure.
    pub(crate) reason: &'static str,
}

/// The endpoint's word for a resource that a request does not tell.
pub(crate) const UNKNOWN: &str = "*";

impl Statement {
    /// The `Allow`s of a policy document.
    pub(crate) fn all_of(document: &Value) -> Vec<Statement> {
        let statements = listed(&document["Statement"]);
        let allowed = statements.iter().filter(|statement| statement["Effect"] == "Allow");
        allowed
            .map(|statement| Statement {
                actions: texts(&statement["Action"]),
                resources: texts(&statement["Resource"]),
            })
            .collect()
    }

    fn names(&self, action: &str) -> bool {
        self.actions.iter().any(|named| matches(named, action))
    }

    fn allows(&self, call: &Call) -> bool {
        let covers = |pattern: &String| call.resource == UNKNOWN || matches(pattern, &call.resource);
        self.names(&call.action) && self.resources.iter().any(covers)
    }
}

/// All that is wrong, in words that name component, action and resource.
pub(crate) fn compare(
    component: &str,
    granted: &[Statement],
    calls: &[Call],
    excuses: &[Excuse],
) -> Vec<String> {
    let excuses: Vec<_> = excuses.iter().filter(|excuse| excuse.component == component).collect();
    let mut findings = Vec::new();
    for call in calls.iter().filter(|call| !granted.iter().any(|statement| statement.allows(call))) {
        findings.push(format!("{component} calls {} on {}, and may not", call.action, call.resource));
    }
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
    findings.extend(unused_resources(component, granted, calls, &excuses));
    findings
}

/// Patterns that no call meets, of statements that some call of ours uses.
fn unused_resources(
    component: &str,
    granted: &[Statement],
    calls: &[Call],
    excuses: &[&Excuse],
) -> Vec<String> {
    let mut findings = Vec::new();
    for statement in granted {
        let is_excused = |action: &String| excuses.iter().any(|excuse| excuse.action == action);
        if statement.actions.iter().all(is_excused) {
            continue;
        }
        let used: Vec<_> = calls.iter().filter(|call| statement.names(&call.action)).collect();
        for pattern in &statement.resources {
            let is_met = used.iter().any(|call| call.resource == UNKNOWN || matches(pattern, &call.resource));
            if !is_met && !used.is_empty() {
                let actions = statement.actions.join(", ");
                findings.push(format!("{component} may call {actions} on {pattern}, and never does there"));
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

fn texts(value: &Value) -> Vec<String> {
    listed(value).iter().filter_map(|text| text.as_str().map(str::to_owned)).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const TABLE: &str = "arn:aws:dynamodb:us-east-1:123456789012:table/x-executions";
    const QUEUE: &str = "arn:aws:sqs:us-east-1:123456789012:x-events";
    const EXCUSE: Excuse =
        Excuse { component: "DISPATCHER", action: "sqs:ReceiveMessage", reason: "Lambda polls" };

    fn granted() -> Vec<Statement> {
        Statement::all_of(&json!({"Statement": [
            {"Effect": "Allow", "Action": ["dynamodb:GetItem", "dynamodb:PutItem"], "Resource": TABLE},
            {"Effect": "Allow", "Action": "sqs:ReceiveMessage", "Resource": [QUEUE]},
            {"Effect": "Deny", "Action": "s3:*", "Resource": "*"},
        ]}))
    }

    fn call(action: &str, resource: &str) -> Call {
        Call { action: action.to_owned(), resource: resource.to_owned() }
    }

    fn check(granted: &[Statement], calls: &[Call], excuses: &[Excuse], expect: &[&str]) {
        let findings = compare("DISPATCHER", granted, calls, excuses);
        assert_eq!(findings.len(), expect.len(), "{findings:#?}");
        for (finding, part) in findings.iter().zip(expect) {
            assert!(finding.starts_with("DISPATCHER ") && finding.contains(part), "{findings:#?}");
        }
    }

    fn used() -> Vec<Call> {
        vec![call("dynamodb:GetItem", TABLE), call("dynamodb:PutItem", TABLE)]
    }

    #[test]
    fn what_fits_is_silent() {
        check(&granted(), &used(), &[EXCUSE], &[]);
    }

    #[test]
    fn a_planted_surplus_is_found() {
        check(&granted(), &used()[..1], &[EXCUSE], &["may call dynamodb:PutItem, and never does"]);
        check(&granted(), &used(), &[], &["may call sqs:ReceiveMessage, and never does"]);
        let mut wide = granted();
        wide[0].resources.push("arn:aws:dynamodb:us-east-1:123456789012:table/x-audit".to_owned());
        check(&wide, &used(), &[EXCUSE], &["table/x-audit, and never does there"]);
        wide[0].resources.truncate(1);
        wide[0].actions.push("dynamodb:*".to_owned());
        check(&wide, &used(), &[EXCUSE], &["may call dynamodb:*: name them"]);
    }

    #[test]
    fn a_planted_lack_is_found() {
        let other = TABLE.replace("executions", "audit");
        let with = |more: Call| used().into_iter().chain([more]).collect::<Vec<_>>();
        check(&granted(), &with(call("dynamodb:Query", TABLE)), &[EXCUSE], &["calls dynamodb:Query on arn"]);
        check(
            &granted(),
            &with(call("dynamodb:GetItem", &other)),
            &[EXCUSE],
            &["table/x-audit, and may not"],
        );
        check(&granted(), &with(call("s3:?", UNKNOWN)), &[EXCUSE], &["calls s3:? on *"]);
    }

    #[test]
    fn an_excuse_that_nothing_needs_is_found() {
        let polled = [used(), vec![call("sqs:ReceiveMessage", QUEUE)]].concat();
        check(&granted(), &polled, &[EXCUSE], &["drop the excuse \"Lambda polls\""]);
        check(&granted()[..1], &used(), &[EXCUSE], &["may not call sqs:ReceiveMessage: drop its excuse"]);
    }

    #[test]
    fn wildcards() {
        let check = |pattern: &str, text: &str, expect| {
            assert_eq!(matches(pattern, text), expect, "{pattern} {text}");
        };
        check("a*c", "abbc", true);
        check("a*c", "abbcd", false);
        check("secret:x-??????", "secret:x-000000", true);
        check("secret:x-??????", "secret:x-00000", false);
        check("*", "", true);
        check("log-group:/x/jobs:*", "log-group:/x/jobs:log-stream:", true);
        check("log-group:/x/jobs", "log-group:/x/jobs:log-stream:", false);
    }
}
