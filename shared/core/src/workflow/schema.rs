//! The JSON Schema of a workflow file, made from the types in `source`. Owns the published document and its reading back into
//! rules that `shape` can apply, so that editors and the reader follow one source.

use std::collections::BTreeMap;

use schemars::generate::SchemaSettings;
use schemars::transform::RecursiveTransform;
use serde_json::Value;

use super::source::{StageFile, WorkflowFile};

/// The schema as it is published: the newer form or the older stage form.
#[must_use]
pub fn json_schema() -> Value {
    let settings =
        SchemaSettings::draft2020_12().with_transform(RecursiveTransform(leave_out_absent_defaults));
    let mut generator = settings.into_generator();
    let newer = generator.subschema_for::<WorkflowFile>();
    let older = generator.subschema_for::<StageFile>();
    serde_json::json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Workflow file",
        "anyOf": [newer, older],
        "$defs": generator.take_definitions(true),
    })
}

/// An absent key is no value that an editor should offer.
fn leave_out_absent_defaults(schema: &mut schemars::Schema) {
    if schema.get("default").is_some_and(Value::is_null) {
        schema.remove("default");
    }
}

/// What a value must be.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Rule {
    /// `null`, an empty value in YAML, stands for an absent key.
    pub(super) nullable: bool,
    pub(super) kind: RuleKind,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum RuleKind {
    /// Known keys, some of them required.
    Object {
        keys: BTreeMap<String, Rule>,
        required: Vec<String>,
    },
    /// Any keys of a form, all values alike.
    Entries {
        names: String,
        value: Box<Rule>,
        max: usize,
    },
    List {
        item: Box<Rule>,
        min: usize,
        max: usize,
    },
    /// A text of a form. `scalars` takes numbers and booleans as they are written.
    Text {
        format: Option<String>,
        scalars: bool,
    },
    Choice(Vec<String>),
    Integer {
        min: i64,
        max: i64,
    },
    Flag,
}

/// The rules of both forms.
pub(super) struct Rules {
    pub(super) newer: Rule,
    pub(super) older: Rule,
}

impl Rules {
    pub(super) fn read() -> Self {
        let schema = json_schema();
        let rule = |name: &str| Reader { defs: &schema["$defs"] }.rule(&schema["$defs"][name]);
        Self { newer: rule("Workflow"), older: rule("StagedWorkflow") }
    }
}

/// Reads the keywords that our own types produce; a test holds that they produce no others.
struct Reader<'s> {
    defs: &'s Value,
}

impl Reader<'_> {
    fn rule(&self, schema: &Value) -> Rule {
        if let Some(name) = schema["$ref"].as_str().and_then(|path| path.strip_prefix("#/$defs/")) {
            return self.rule(&self.defs[name]);
        }
        if let Some(either) = schema["anyOf"].as_array() {
            return self.optional(either);
        }
        let types: Vec<&str> = match &schema["type"] {
            Value::String(one) => vec![one],
            Value::Array(several) => several.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        };
        let kind = match types.first().copied() {
            Some("object") => self.object(schema),
            Some("array") => self.list(schema),
            Some("integer") => RuleKind::Integer {
                min: bound(schema, "minimum", 0),
                max: bound(schema, "maximum", i64::MAX),
            },
            Some("boolean") => RuleKind::Flag,
            Some("string") if schema["enum"].is_array() => {
                RuleKind::Choice(choices(&schema["enum"], |choice| choice))
            }
            Some("string") => text(schema, types.contains(&"number")),
            _ => RuleKind::Choice(choices(&schema["oneOf"], |choice| &choice["const"])),
        };
        Rule { nullable: types.contains(&"null"), kind }
    }

    /// `Option<T>` of a type that has a name: `T` or null.
    fn optional(&self, either: &[Value]) -> Rule {
        let mut rule = self.rule(&either[0]);
        rule.nullable = either.iter().any(|schema| schema["type"] == "null");
        rule
    }

    fn object(&self, schema: &Value) -> RuleKind {
        if schema["propertyNames"].is_object() {
            let names = schema["propertyNames"]["format"].as_str().unwrap_or_default().to_owned();
            let value = Box::new(self.rule(&schema["additionalProperties"]));
            return RuleKind::Entries { names, value, max: size(schema, "maxProperties") };
        }
        let properties = schema["properties"].as_object().into_iter().flatten();
        let keys = properties.map(|(name, schema)| (name.clone(), self.rule(schema))).collect();
        RuleKind::Object { keys, required: choices(&schema["required"], |name| name) }
    }

    fn list(&self, schema: &Value) -> RuleKind {
        let min = usize::try_from(bound(schema, "minItems", 0)).unwrap_or(0);
        RuleKind::List { item: Box::new(self.rule(&schema["items"])), min, max: size(schema, "maxItems") }
    }
}

fn text(schema: &Value, scalars: bool) -> RuleKind {
    RuleKind::Text { format: schema["format"].as_str().map(str::to_owned), scalars }
}

fn bound(schema: &Value, keyword: &str, otherwise: i64) -> i64 {
    schema[keyword].as_i64().unwrap_or(otherwise)
}

fn size(schema: &Value, keyword: &str) -> usize {
    schema[keyword].as_u64().and_then(|n| usize::try_from(n).ok()).unwrap_or(usize::MAX)
}

fn choices(list: &Value, of: impl Fn(&Value) -> &Value) -> Vec<String> {
    list.as_array()
        .into_iter()
        .flatten()
        .filter_map(|choice| of(choice).as_str().map(str::to_owned))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::fault::Collector;
    use super::super::{shape, source, tree};
    use super::*;

    /// Keywords that the reader applies, and those that only inform people and editors.
    const KNOWN: [&str; 25] = [
        "$ref",
        "$defs",
        "$schema",
        "title",
        "description",
        "default",
        "anyOf",
        "oneOf",
        "enum",
        "const",
        "type",
        "format",
        "pattern",
        "minLength",
        "maxLength",
        "minimum",
        "maximum",
        "items",
        "minItems",
        "maxItems",
        "maxProperties",
        "properties",
        "required",
        "additionalProperties",
        "propertyNames",
    ];

    fn check(schema: &Value) {
        let Value::Object(keywords) = schema else { return };
        for (keyword, inner) in keywords {
            assert!(KNOWN.contains(&keyword.as_str()), "{keyword} in {schema}");
            match keyword.as_str() {
                "properties" | "$defs" => inner.as_object().unwrap().values().for_each(check),
                "anyOf" | "oneOf" => inner.as_array().unwrap().iter().for_each(check),
                "items" | "additionalProperties" | "propertyNames" => check(inner),
                "format" if !inner.as_str().unwrap().starts_with("uint") => {
                    let format = inner.as_str().unwrap();
                    assert!(source::check(format, "").is_some(), "{format} has no check");
                }
                _ => {}
            }
        }
    }

    #[test]
    fn the_reader_knows_every_keyword_and_form_of_the_schema() {
        check(&json_schema());
    }

    #[test]
    fn every_key_is_described() {
        fn described(at: &str, schema: &Value) {
            if let Some(properties) = schema["properties"].as_object() {
                for (key, inner) in properties {
                    assert!(inner["description"].is_string(), "{at}.{key} has no description");
                    described(&format!("{at}.{key}"), inner);
                }
            }
        }
        for (name, schema) in json_schema()["$defs"].as_object().unwrap() {
            described(name, schema);
        }
    }

    #[test]
    fn the_published_schema_is_current() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/workflow.schema.json");
        let made = format!("{:#}\n", json_schema());
        if std::env::var_os("UPDATE_SCHEMA").is_some() {
            std::fs::write(path, &made).unwrap();
        }
        let published = std::fs::read_to_string(path).unwrap();
        assert!(
            published == made,
            "docs/workflow.schema.json is out of date: run the test with UPDATE_SCHEMA=1"
        );
    }

    /// Legal values of a rule: each key, choice and bound once.
    fn samples(rule: &Rule) -> Vec<Value> {
        let mut list = match &rule.kind {
            RuleKind::Object { keys, required } => objects(keys, required),
            RuleKind::Entries { value, .. } => {
                samples(value).into_iter().map(|v| serde_json::json!({ "a_1": v })).collect()
            }
            RuleKind::List { item, min, .. } => {
                let filled = samples(item).into_iter().map(|v| Value::from(vec![v]));
                if *min == 0 { filled.chain([serde_json::json!([])]).collect() } else { filled.collect() }
            }
            RuleKind::Text { format, scalars } => {
                let text = text_of(format.as_deref());
                if *scalars {
                    vec![text.into(), 7.into(), true.into(), 1.5.into()]
                } else {
                    vec![text.into()]
                }
            }
            RuleKind::Choice(choices) => choices.iter().map(|choice| choice.as_str().into()).collect(),
            RuleKind::Integer { min, max } => vec![(*min).into(), (*max).into()],
            RuleKind::Flag => vec![true.into(), false.into()],
        };
        if rule.nullable {
            list.push(Value::Null);
        }
        list
    }

    fn objects(keys: &BTreeMap<String, Rule>, required: &[String]) -> Vec<Value> {
        let least: serde_json::Map<String, Value> =
            required.iter().map(|key| (key.clone(), samples(&keys[key])[0].clone())).collect();
        let mut list = vec![Value::from(least.clone())];
        for (key, rule) in keys {
            for sample in samples(rule) {
                let mut object = least.clone();
                object.insert(key.clone(), sample);
                list.push(object.into());
            }
        }
        list
    }

    fn text_of(format: Option<&str>) -> &'static str {
        match format {
            Some("duration-text") => "1h30m",
            Some("cron") => "0 2 * * ? *",
            Some("time-zone") => "Europe/London",
            Some("time-of-day") => "06:30",
            Some("script-path") => "a/b.rsql",
            _ => "a_1",
        }
    }

    fn shape_faults(value: &Value, rule: &Rule) -> String {
        let text = value.to_string();
        let mut faults = Collector::new("s.json", &text);
        let root = tree::read(&text, &mut faults).unwrap();
        let fitted = shape::fit(root, rule, &shape::Path::ROOT, &mut faults);
        assert!(fitted.is_some());
        if faults.is_empty() { String::new() } else { faults.finish().to_string() }
    }

    /// Numbers and flags that stand for texts are made texts by the reader; serde sees them so.
    fn typed<T: serde::de::DeserializeOwned>(value: &Value, rule: &Rule) -> Result<T, serde_json::Error> {
        let text = value.to_string();
        let mut faults = Collector::new("s.json", &text);
        let root = tree::read(&text, &mut faults).unwrap();
        serde_json::from_value(shape::fit(root, rule, &shape::Path::ROOT, &mut faults).unwrap().to_json())
    }

    fn agree<T: serde::de::DeserializeOwned>(rule: &Rule, least: usize) {
        let samples = samples(rule);
        assert!(samples.len() >= least, "{}", samples.len());
        for sample in samples {
            assert_eq!(shape_faults(&sample, rule), "", "{sample}");
            typed::<T>(&sample, rule).unwrap_or_else(|error| panic!("{sample}: {error}"));
        }
    }

    #[test]
    fn schema_reader_and_types_take_the_same_files() {
        let rules = Rules::read();
        agree::<WorkflowFile>(&rules.newer, 100);
        agree::<StageFile>(&rules.older, 20);
    }

    #[test]
    fn schema_reader_and_types_refuse_the_same_files() {
        let rules = Rules::read();
        let RuleKind::Object { keys, required } = &rules.newer.kind else { panic!() };
        let least = &objects(keys, required)[0];
        for key in keys.keys().map(String::as_str).chain(["unknown"]) {
            let mut wrong = least.clone();
            wrong[key] = serde_json::json!({ "no": { "such": ["value"] } });
            assert_ne!(shape_faults(&wrong, &rules.newer), "", "{wrong}");
            assert!(serde_json::from_value::<WorkflowFile>(wrong.clone()).is_err(), "{wrong}");
        }
    }
}
