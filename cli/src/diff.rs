//! What has changed between two versions of a workflow, in the words of its author. Owns the comparison of compiled
//! definitions. Does not compare texts: comments and layout are no change.

use std::collections::BTreeMap;

use fleet_core::workflow::Definition;
use serde::Serialize;
use serde_json::{Map, Value};

/// Characters of a value that are shown.
const VALUE_CHARS_MAX: usize = 60;

/// One difference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Change {
    /// A job, or none for settings of the whole workflow.
    pub(crate) job: Option<String>,
    /// A setting, or none for a whole job.
    pub(crate) setting: Option<String>,
    /// As it was.
    pub(crate) before: Option<String>,
    /// As it is.
    pub(crate) after: Option<String>,
}

/// The differences: settings of the workflow first, then jobs by id.
pub(crate) fn between(old: &Definition, new: &Definition) -> Vec<Change> {
    let (old_top, old_jobs) = parts(old);
    let (new_top, new_jobs) = parts(new);
    let mut changes = settings(None, &old_top, &new_top);
    let ids = old_jobs.keys().chain(new_jobs.keys().filter(|id| !old_jobs.contains_key(*id)));
    let mut ids: Vec<&String> = ids.collect();
    ids.sort();
    for id in ids {
        match (old_jobs.get(id), new_jobs.get(id)) {
            (Some(old), Some(new)) => changes.extend(settings(Some(id), old, new)),
            (old, new) => changes.push(Change {
                job: Some(id.clone()),
                setting: None,
                before: old.map(what),
                after: new.map(what),
            }),
        }
    }
    changes
}

/// One difference as a line: `+ job report (report.rsql)`, `~ job load: timeout 10m → 20m`.
pub(crate) fn line(change: &Change) -> String {
    let job = change.job.as_ref().map(|job| format!("job {job}")).unwrap_or_default();
    let Some(setting) = &change.setting else {
        return match (&change.before, &change.after) {
            (_, Some(after)) => format!("+ {job} ({after})"),
            (before, None) => format!("- {job} ({})", before.as_deref().unwrap_or_default()),
        };
    };
    let place = if job.is_empty() { setting.clone() } else { format!("{job}: {setting}") };
    match (&change.before, &change.after) {
        (Some(before), Some(after)) => format!("~ {place} {before} → {after}"),
        (None, Some(after)) => format!("+ {place} {after}"),
        (before, None) => format!("- {place} {}", before.as_deref().unwrap_or_default()),
    }
}

type Settings = Map<String, Value>;

/// Settings of the workflow, and of each job, as JSON objects.
fn parts(definition: &Definition) -> (Settings, BTreeMap<String, Settings>) {
    let value = serde_json::to_value(definition).unwrap_or_default();
    let Value::Object(mut top) = value else { return (Settings::new(), BTreeMap::new()) };
    top.remove("format");
    let jobs = match top.remove("jobs") {
        Some(Value::Array(jobs)) => jobs,
        _ => Vec::new(),
    };
    let jobs = definition.jobs.iter().zip(jobs).filter_map(|(job, value)| {
        let Value::Object(mut settings) = value else { return None };
        settings.remove("id");
        // The stored form names needs by position, which changes when a job is put before them.
        let needs = job.needs.iter().filter_map(|need| definition.job(*need));
        let needs: Vec<Value> = needs.map(|need| Value::String(need.id.to_string())).collect();
        settings.remove("needs");
        if !needs.is_empty() {
            settings.insert("needs".to_owned(), Value::Array(needs));
        }
        Some((job.id.to_string(), settings))
    });
    (top, jobs.collect())
}

fn settings(job: Option<&String>, old: &Settings, new: &Settings) -> Vec<Change> {
    let keys = old.keys().chain(new.keys().filter(|key| !old.contains_key(*key)));
    let differing = keys.filter(|key| old.get(*key) != new.get(*key));
    let change = |key: &String| Change {
        job: job.cloned(),
        setting: Some(key.clone()),
        before: old.get(key).map(shown),
        after: new.get(key).map(shown),
    };
    differing.map(change).collect()
}

/// What a job does, in a word.
fn what(job: &Settings) -> String {
    let work = job.get("work").unwrap_or(&Value::Null);
    match work.pointer("/script/path") {
        Some(Value::String(path)) => path.clone(),
        _ => "precondition".to_owned(),
    }
}

fn shown(value: &Value) -> String {
    let text = plain(value);
    if text.chars().count() <= VALUE_CHARS_MAX {
        return text;
    }
    let start: String = text.chars().take(VALUE_CHARS_MAX).collect();
    format!("{start}…")
}

/// Without the quotes and braces that a person does not write.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(list) => format!("[{}]", list.iter().map(plain).collect::<Vec<_>>().join(", ")),
        Value::Object(map) => {
            let entries = map.iter().map(|(key, value)| format!("{key}: {}", plain(value)));
            format!("{{{}}}", entries.collect::<Vec<_>>().join(", "))
        }
        value => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use fleet_core::workflow::{ScriptCheck, parse};

    fn check(old: &str, new: &str, expect: &[&str]) {
        let read = |text: &str| parse("w.yaml", text, &|_| ScriptCheck::Unchecked).expect("it has no faults");
        let seen: Vec<String> = between(&read(old), &read(new)).iter().map(line).collect();
        assert_eq!(seen, expect);
    }

    #[test]
    fn differences() {
        let old = "workflow: w\njobs:\n  - { id: a, script: a.sh }\n  - { id: b, script: b.sh, needs: [a], timeout: 10m }\n";
        check(old, &format!("# said otherwise\n{old}"), &[]);
        check(
            old,
            "workflow: w\nmax_parallel: 4\njobs:\n  - { id: new, script: n.sh }\n  - { id: a, script: a.sh }\n  \
             - { id: b, script: b.sh, needs: [a, new], timeout: 20m }\n",
            &[
                "+ max_parallel 4",
                "~ job b: timeout 10m → 20m",
                "~ job b: needs [a] → [a, new]",
                "+ job new (n.sh)",
            ],
        );
        check(
            old,
            "workflow: w\njobs:\n  - { id: a, script: a2.sh }\n",
            &[
                "~ job a: work {script: {path: a.sh, kind: sh}} → {script: {path: a2.sh, kind: sh}}",
                "- job b (b.sh)",
            ],
        );
    }
}
