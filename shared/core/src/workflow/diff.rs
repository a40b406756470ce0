//! What changed between two versions of a workflow, in lines for people. Owns the wording that `deploy` shows. Decides
//! nothing: two versions are the same when their hashes are.

use std::collections::BTreeMap;

use serde_json::Value;

use super::definition::Definition;
use super::job::{Job, Precondition, Work};

/// The differences, workflow first, then jobs: `+` is new, `-` is gone, `~` has changed. Empty for equal definitions.
#[must_use]
pub fn diff(old: &Definition, new: &Definition) -> Vec<String> {
    let mut lines: Vec<String> =
        changes(&head(old), &head(new)).into_iter().map(|line| format!("~ {line}")).collect();
    for job in &old.jobs {
        if new.find(&job.id).is_none() {
            lines.push(format!("- job {} ({})", job.id, work(&job.work)));
        }
    }
    for job in &new.jobs {
        match old.find(&job.id).and_then(|ix| old.job(ix)) {
            None => lines.push(format!("+ job {} ({})", job.id, summary(job, new))),
            Some(before) => lines.extend(changed(before, old, job, new)),
        }
    }
    if lines.is_empty() && old.version() != new.version() {
        lines.push("~ the jobs are in another order".to_owned());
    }
    lines
}

fn changed(before: &Job, old: &Definition, after: &Job, new: &Definition) -> Option<String> {
    let same_needs = needs(before, old).eq(needs(after, new));
    // Indices differ when jobs come or go above; the names are what counts.
    let aligned = Job { needs: after.needs.clone(), ..before.clone() };
    if same_needs && aligned == *after {
        return None;
    }
    let changes = changes(&settings(before, old), &settings(after, new));
    Some(format!("~ job {}: {}", after.id, changes.join("; ")))
}

fn needs<'d>(job: &'d Job, definition: &'d Definition) -> impl Iterator<Item = &'d str> {
    job.needs.iter().filter_map(|ix| definition.job(*ix)).map(|need| need.id.as_str())
}

fn summary(job: &Job, definition: &Definition) -> String {
    let needs: Vec<&str> = needs(job, definition).collect();
    match needs.as_slice() {
        [] => work(&job.work),
        needs => format!("{}, needs {}", work(&job.work), needs.join(", ")),
    }
}

fn work(work: &Work) -> String {
    match work {
        Work::Script { path, .. } => format!("script {path}"),
        Work::Precondition { look, poll } => format!("{} every {poll}", self::look(look)),
    }
}

fn look(look: &Precondition) -> String {
    match look {
        Precondition::File { glob } => format!("waits for file {glob}"),
        Precondition::S3 { uri } => format!("waits for {uri}"),
        Precondition::Sql { text } => format!("waits for sql {text}"),
        Precondition::Workflow { id, within } => format!("waits for workflow {id} within {within}"),
        Precondition::Time { not_before, timezone } => format!("waits for {not_before} {timezone}"),
    }
}

type Settings = BTreeMap<String, String>;

fn head(definition: &Definition) -> Settings {
    let mut settings = Settings::new();
    let json = serde_json::to_value(HeadOnly(definition)).unwrap_or_default();
    flatten("", &json, &mut settings);
    settings
}

/// A definition without its jobs: serializing 100,000 of them to throw them away would dominate.
struct HeadOnly<'d>(&'d Definition);

impl serde::Serialize for HeadOnly<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeMap as _;
        let d = self.0;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("description", &d.description)?;
        map.serialize_entry("owner", &d.owner)?;
        map.serialize_entry("schedule", &d.schedules)?;
        map.serialize_entry("connection", &d.connection)?;
        map.serialize_entry("params", &d.params)?;
        map.serialize_entry("on_failure", &d.on_failure)?;
        map.serialize_entry("max_parallel", &d.max_parallel)?;
        map.serialize_entry("timeout", &d.timeout)?;
        map.serialize_entry("queue", &d.queue)?;
        map.serialize_entry("alerts", &d.alerts)?;
        map.end()
    }
}

fn settings(job: &Job, definition: &Definition) -> Settings {
    let mut settings = Settings::new();
    let mut json = serde_json::to_value(job).unwrap_or_default();
    if let Some(object) = json.as_object_mut() {
        for key in ["id", "work", "needs"] {
            object.remove(key);
        }
    }
    flatten("", &json, &mut settings);
    let needs: Vec<&str> = needs(job, definition).collect();
    if !needs.is_empty() {
        settings.insert("needs".to_owned(), needs.join(", "));
    }
    settings.insert("work".to_owned(), work(&job.work));
    settings
}

/// Maps become one setting an entry; lists stay one setting.
fn flatten(path: &str, value: &Value, into: &mut Settings) {
    match value {
        Value::Null => {}
        Value::Array(items) if items.is_empty() => {}
        Value::Object(object) => {
            for (key, inner) in object {
                let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                flatten(&path, inner, into);
            }
        }
        other => drop(into.insert(path.to_owned(), shown(other))),
    }
}

fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(shown).collect::<Vec<_>>().join(", "),
        Value::Object(object) => {
            let parts: Vec<String> =
                object.iter().map(|(key, inner)| format!("{key} {}", shown(inner))).collect();
            parts.join(" ")
        }
        other => other.to_string(),
    }
}

fn changes(old: &Settings, new: &Settings) -> Vec<String> {
    let mut names: Vec<&String> = old.keys().chain(new.keys()).collect();
    names.sort_unstable();
    names.dedup();
    let differing = names.into_iter().filter(|name| old.get(*name) != new.get(*name));
    let value = |settings: &Settings, name: &String| {
        settings.get(name).cloned().unwrap_or_else(|| "(none)".to_owned())
    };
    differing.map(|name| format!("{name}: {} -> {}", value(old, name), value(new, name))).collect()
}
