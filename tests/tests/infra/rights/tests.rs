//! Rights and calls with planted faults: each must be found, and told as what it is.

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
    Call { action: action.to_owned(), resource: resource.to_owned(), context: Context::new() }
}

fn with(call: Call, key: &str, said: &[&str]) -> Call {
    let said = said.iter().map(|&text| text.to_owned()).collect();
    Call { context: Context::from([(key.to_owned(), Some(said))]), ..call }
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
    check(&granted(), &with(call("dynamodb:GetItem", &other)), &[EXCUSE], &["table/x-audit, and may not"]);
    check(&granted(), &with(call("s3:?", UNKNOWN)), &[EXCUSE], &["calls s3:? on *"]);
    let unknown = with(call("dynamodb:GetItem", UNKNOWN));
    check(&granted(), &unknown, &[EXCUSE], &["calls dynamodb:GetItem on *, and may not"]);
}

#[test]
fn a_grant_on_everything_is_for_calls_that_act_on_nothing() {
    let granted = Statement::all_of(&json!({"Statement":
        {"Effect": "Allow", "Action": "events:ListRules", "Resource": "*"}
    }));
    check(&granted, &[call("events:ListRules", UNKNOWN)], &[], &[]);
    check(&granted, &[call("events:ListRules", TABLE)], &[], &["on everything: name arn"]);
}

#[test]
fn what_is_denied_is_not_allowed() {
    let granted = Statement::all_of(&json!({"Statement": [
        {"Effect": "Allow", "Action": "events:PutRule", "Resource": "rule/x-*"},
        {"Effect": "Deny", "Action": "events:PutRule", "Resource": "rule/x-tick"},
    ]}));
    let night = call("events:PutRule", "rule/x-night");
    check(&granted, std::slice::from_ref(&night), &[], &[]);
    check(&granted, &[night, call("events:PutRule", "rule/x-tick")], &[], &["rule/x-tick, and may not"]);
}

#[test]
fn a_call_outside_of_a_condition_is_a_lack() {
    let (update, list, pass) = ("dynamodb:UpdateItem", "s3:ListBucket", "iam:PassRole");
    let granted = |action: &str, condition: &Value| {
        Statement::all_of(&json!({"Statement":
            {"Effect": "Allow", "Action": action, "Resource": TABLE, "Condition": condition}
        }))
    };
    let one = |action, condition: Value, key: &str, fits: &[&str], fails: &[&str]| {
        let granted = granted(action, &condition);
        let fitting = with(call(action, TABLE), key, fits);
        check(&granted, std::slice::from_ref(&fitting), &[], &[]);
        let outside = with(call(action, TABLE), key, fails);
        let told = format!("with {key} {}, and may not", fails.join(", "));
        check(&granted, &[fitting, outside.clone()], &[], &[&told]);
        check(&granted, &[outside], &[], &[&told, "and never does there"]);
    };
    let (keys, prefix, service) = ("dynamodb:LeadingKeys", "s3:prefix", "iam:PassedToService");
    let roster = json!({"ForAllValues:StringEquals": {keys: ["#workers"]}});
    one(update, roster, keys, &["#workers"], &["an-execution"]);
    one(list, json!({"StringLike": {prefix: "scripts/*"}}), prefix, &["scripts/a"], &["script"]);
    let scheduler = "scheduler.amazonaws.com";
    one(pass, json!({"StringEquals": {service: scheduler}}), service, &[scheduler], &["ec2.amazonaws.com"]);
    let whole = granted(list, &json!({"StringLike": {prefix: "scripts/*"}}));
    let told = ["without s3:prefix, and may not", "never does there"];
    check(&whole, &[call(list, TABLE)], &[], &told);
}

#[test]
fn a_condition_that_nobody_understands_is_found() {
    let granted = Statement::all_of(&json!({"Statement": {
        "Effect": "Allow", "Action": "s3:ListBucket", "Resource": TABLE,
        "Condition": {"StringEquals": {"aws:SourceVpc": "vpc-1"}},
    }}));
    let told = ["aws:SourceVpc is no key", "calls s3:ListBucket", "never does there"];
    check(&granted, &[call("s3:ListBucket", TABLE)], &[], &told);
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
