//! The document for chats against its schema: whatever does not fit it is dropped by the chat service without a word.

use fleet_aws::Notification;
use fleet_core::alert::{Alert, AlertKind};
use fleet_core::ids::{ExecutionId, JobId, WorkflowId};
use fleet_core::state::{JobResult, StatementFault, Turn};
use fleet_core::time::Timestamp;
use serde_json::{Value, json};

const SCHEMA: &str = include_str!("notification.schema.json");
const GOLDEN: &str = include_str!("notification.golden.json");

const KINDS: [AlertKind; 6] = [
    AlertKind::JobFailed,
    AlertKind::ExecutionFailed,
    AlertKind::Late,
    AlertKind::Poisoned,
    AlertKind::Recovered,
    AlertKind::Rejected,
];

/// An alert with these texts.
fn alert(kind: AlertKind, execution: &str, text: &str) -> Alert {
    let error = StatementFault {
        file: format!("load.rsql{text}"),
        line: 12,
        sqlstate: "23502".to_owned(),
        message: format!("null value{text}"),
        statement: format!("insert into fact select a < 1{text}"),
    };
    Alert {
        kind,
        workflow_id: WorkflowId::parse("night").unwrap(),
        workflow_execution_id: ExecutionId::parse(execution).unwrap(),
        job_id: Some(JobId::parse("load").unwrap()),
        turn: Turn { attempt: 2, look: 0 },
        at: Timestamp::from_millis(0),
        topic: None,
        message: format!("job load failed in attempt 2{text}"),
        result: Some(JobResult { exit_code: Some(3), error: Some(error), ..JobResult::default() }),
    }
}

fn document(alert: &Alert) -> Value {
    serde_json::to_value(Notification::of(alert)).unwrap()
}

/// Where the document breaks the schema. Knows the keywords that the schema uses, and stops at any other.
fn faults(schema: &Value, document: &Value, at: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut check = |holds: bool, keyword: &str| {
        if !holds {
            found.push(format!("{at}: {keyword}"));
        }
    };
    let mut inner = Vec::new();
    let length = document.as_str().map(|text| text.chars().count() as u64);
    let items = document.as_array().cloned().unwrap_or_default();
    let fields = document.as_object().cloned().unwrap_or_default();
    for (keyword, rule) in schema.as_object().unwrap() {
        match keyword.as_str() {
            "$schema" | "title" | "description" => {}
            "type" => check(
                match rule.as_str().unwrap() {
                    "object" => document.is_object(),
                    "array" => document.is_array(),
                    "string" => document.is_string(),
                    other => unreachable!("the schema has no type {other}"),
                },
                keyword,
            ),
            "const" => check(rule == document, keyword),
            "minLength" => check(length.is_none_or(|length| length >= rule.as_u64().unwrap()), keyword),
            "maxLength" => check(length.is_none_or(|length| length <= rule.as_u64().unwrap()), keyword),
            "maxItems" => check(items.len() as u64 <= rule.as_u64().unwrap(), keyword),
            "required" => {
                for name in rule.as_array().unwrap() {
                    check(fields.contains_key(name.as_str().unwrap()), &format!("required {name}"));
                }
            }
            "properties" => {
                for (name, schema) in rule.as_object().unwrap() {
                    let field = fields.get(name).map(|field| faults(schema, field, &format!("{at}/{name}")));
                    inner.extend(field.unwrap_or_default());
                }
            }
            "additionalProperties" => {
                let known = schema["properties"].as_object();
                for (name, field) in &fields {
                    if known.is_some_and(|known| known.contains_key(name)) {
                        continue;
                    }
                    check(*rule != json!(false), &format!("additional {name}"));
                    if rule.is_object() {
                        inner.extend(faults(rule, field, &format!("{at}/{name}")));
                    }
                }
            }
            "items" => {
                inner.extend(
                    items
                        .iter()
                        .enumerate()
                        .flat_map(|(index, item)| faults(rule, item, &format!("{at}/{index}"))),
                );
            }
            other => unreachable!("the schema uses {other}, which this test does not know"),
        }
    }
    found.extend(inner);
    found
}

fn assert_fits(document: &Value) {
    let schema = serde_json::from_str(SCHEMA).unwrap();
    assert_eq!(faults(&schema, document, ""), Vec::<String>::new(), "{document:#}");
}

#[test]
fn a_document_is_as_it_ever_was() {
    let document = document(&alert(AlertKind::JobFailed, "night-1", ""));
    let golden: Value = serde_json::from_str(GOLDEN).unwrap();
    assert_eq!(document, golden, "{document:#}");
    assert_fits(&document);
}

#[test]
fn every_kind_of_alert_fits_with_and_without_its_parts() {
    for kind in KINDS {
        let whole = alert(kind, "night-1", "");
        assert_fits(&document(&whole));
        assert_fits(&document(&Alert { job_id: None, result: None, ..whole }));
    }
}

#[test]
fn the_longest_texts_fit() {
    let execution = "x".repeat(200);
    for filler in ["x", "<", "`", "ä", "\u{1f409}"] {
        let document = document(&alert(AlertKind::JobFailed, &execution, &filler.repeat(100_000)));
        assert_fits(&document);
        let description = document["content"]["description"].as_str().unwrap();
        assert!(description.contains("[cut: 100029 characters in all]"), "{description}");
        assert_eq!(description.matches("```").count(), 2, "{description}");
    }
}

#[test]
fn one_execution_is_one_thread_and_every_alert_another_document() {
    let document = |kind, execution: &str| document(&alert(kind, execution, ""));
    let failed = document(AlertKind::JobFailed, "night-1");
    let recovered = document(AlertKind::Recovered, "night-1");
    assert_eq!(failed["metadata"]["threadId"], recovered["metadata"]["threadId"]);
    assert_ne!(failed["id"], recovered["id"]);
    assert_eq!(failed, document(AlertKind::JobFailed, "night-1"));
    let long = "x".repeat(199);
    let threads = ["1", "2"]
        .map(|end| document(AlertKind::Late, &format!("{long}{end}"))["metadata"]["threadId"].clone());
    assert_ne!(threads[0], threads[1]);
}

#[test]
fn this_test_sees_faults() {
    let schema = serde_json::from_str(SCHEMA).unwrap();
    let check = |change: &dyn Fn(&mut Value), expect: &str| {
        let mut changed = document(&alert(AlertKind::JobFailed, "night-1", ""));
        change(&mut changed);
        assert_eq!(faults(&schema, &changed, ""), [expect]);
    };
    check(&|document| document["version"] = json!("1"), "/version: const");
    check(&|document| document["text"] = json!("x"), ": additional text");
    check(&|document| document["content"]["description"] = json!(""), "/content/description: minLength");
    check(&|document| document["content"]["title"] = json!("x".repeat(151)), "/content/title: maxLength");
    check(&|document| document["content"]["nextSteps"] = json!("x"), "/content/nextSteps: type");
    check(
        &|document| document["metadata"]["additionalContext"]["x"] = json!(1),
        "/metadata/additionalContext/x: type",
    );
    check(
        &|document| {
            document["content"].as_object_mut().unwrap().remove("description");
        },
        "/content: required \"description\"",
    );
}
