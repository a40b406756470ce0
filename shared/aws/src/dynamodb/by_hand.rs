//! Items that somebody put into the workflows table by hand, as with `aws dynamodb put-item`: the definition as native
//! attributes, in the older stage form or the newer one. Owns their reading as JSON text. What it means, and whether it is
//! right, is for the compiler of `fleet_core::workflow`, which points at that text.

use aws_sdk_dynamodb::types::AttributeValue;
use fleet_core::ids::WorkflowId;
use serde_json::{Map, Number, Value};

use super::fault::Fault;
use super::layout::{Item, attribute};

/// Keys whose values are lists or maps; as text they hold JSON.
const STRUCTURED: &[&str] = &["workflow_stages", "jobs", "schedule", "params", "alerts"];
/// The key of the newer form that says the same as the table's.
const NEWER_NAME: &str = "workflow";
/// The key that only the newer form has.
const NEWER_JOBS: &str = "jobs";

/// The definition as JSON, on several lines so that a fault's line says something.
pub(super) fn text_of(item: &Item) -> Result<String, Fault> {
    let mut document = Map::new();
    let mut names: Vec<&String> = item.keys().collect();
    // Attributes have no order: one that stays the same, the name first, serves whoever compares.
    names.sort_by_key(|name| (*name != attribute::WORKFLOW, *name));
    let newer = item.contains_key(NEWER_JOBS) && !item.contains_key(NEWER_NAME);
    for name in names {
        let shown = if newer && name == attribute::WORKFLOW { NEWER_NAME } else { name };
        document.insert(shown.to_owned(), top_level(name, &item[name])?);
    }
    serde_json::to_string_pretty(&Value::Object(document)).map_err(Fault::from)
}

/// Where such a text came from, for messages.
pub(super) fn source(table: &str, workflow: &WorkflowId) -> String {
    format!("DynamoDB item {workflow} of table {table}")
}

fn top_level(name: &str, value: &AttributeValue) -> Result<Value, Fault> {
    if let AttributeValue::S(json) = value
        && STRUCTURED.contains(&name)
        && let Ok(read) = serde_json::from_str(json)
    {
        return Ok(read);
    }
    json_of(name, value)
}

fn json_of(name: &str, value: &AttributeValue) -> Result<Value, Fault> {
    let texts = |texts: &[String]| Value::Array(texts.iter().cloned().map(Value::String).collect());
    Ok(match value {
        AttributeValue::S(text) => Value::String(text.clone()),
        AttributeValue::N(digits) => number_of(name, digits)?,
        AttributeValue::Bool(flag) => Value::Bool(*flag),
        AttributeValue::Null(_) => Value::Null,
        AttributeValue::Ss(set) => texts(set),
        AttributeValue::Ns(set) => {
            Value::Array(set.iter().map(|digits| number_of(name, digits)).collect::<Result<_, _>>()?)
        }
        AttributeValue::L(list) => {
            Value::Array(list.iter().map(|value| json_of(name, value)).collect::<Result<_, _>>()?)
        }
        AttributeValue::M(map) => {
            let mut names: Vec<&String> = map.keys().collect();
            names.sort();
            let fields = names.into_iter().map(|name| Ok((name.clone(), json_of(name, &map[name])?)));
            Value::Object(fields.collect::<Result<_, Fault>>()?)
        }
        _ => return Err(Fault::Refused(format!("attribute {name} of the item is binary; write it as text"))),
    })
}

fn number_of(name: &str, digits: &str) -> Result<Value, Fault> {
    let number: Result<Number, _> = digits.parse();
    number.map(Value::Number).map_err(|_| Fault::Refused(format!("attribute {name} of the item is {digits}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn s(text: &str) -> AttributeValue {
        AttributeValue::S(text.to_owned())
    }

    fn map(fields: &[(&str, AttributeValue)]) -> Item {
        fields.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect()
    }

    fn check(item: &[(&str, AttributeValue)], expect: &Value) {
        let text = text_of(&map(item)).unwrap();
        assert_eq!(text, serde_json::to_string_pretty(expect).unwrap());
    }

    #[test]
    fn the_older_form() {
        let scripts = AttributeValue::L(vec![s("a.sh"), s("b.sh")]);
        let stage = [("execution_flag", s("y")), ("execution_type", s("parallel")), ("scripts", scripts)];
        let stages = AttributeValue::L(vec![AttributeValue::M(map(&stage))]);
        let expect = serde_json::json!({
            "workflow_id": "nightly",
            "workflow_stages": [
                { "execution_flag": "y", "execution_type": "parallel", "scripts": ["a.sh", "b.sh"] }
            ],
        });
        check(&[("workflow_stages", stages), ("workflow_id", s("nightly"))], &expect);
        let as_json = s(&expect["workflow_stages"].to_string());
        check(&[("workflow_stages", as_json), ("workflow_id", s("nightly"))], &expect);
    }

    #[test]
    fn the_newer_form_has_its_name_from_the_key() {
        let job = [("id", s("load")), ("script", s("load.sql"))];
        let jobs = AttributeValue::L(vec![AttributeValue::M(map(&job))]);
        let parallel = AttributeValue::N("4".to_owned());
        check(
            &[("workflow_id", s("nightly")), ("jobs", jobs), ("max_parallel", parallel)],
            &serde_json::json!({
                "workflow": "nightly",
                "jobs": [{ "id": "load", "script": "load.sql" }],
                "max_parallel": 4,
            }),
        );
    }

    #[test]
    fn text_that_is_no_json_stays_text_for_the_compiler_to_judge() {
        check(
            &[("workflow_id", s("nightly")), ("workflow_stages", s("[{")), ("description", s("[1]"))],
            &serde_json::json!({ "workflow_id": "nightly", "description": "[1]", "workflow_stages": "[{" }),
        );
    }

    #[test]
    fn bytes_are_refused() {
        let bytes = AttributeValue::B(aws_sdk_dynamodb::primitives::Blob::new("x"));
        let refused = text_of(&map(&[("workflow_id", s("nightly")), ("jobs", bytes)]));
        assert!(matches!(refused, Err(Fault::Refused(_))), "{refused:?}");
    }
}
