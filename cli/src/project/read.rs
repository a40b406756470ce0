//! From the text of `project.yaml` to settings. Owns which keys there are and their defaults. Does not touch the disk and
//! does not look at the environment.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use fleet_core::time::Millis;
use fleet_core::workflow::Faults;
use saphyr::{LoadableYamlNode as _, MarkedYaml};

use super::connection::{self, ConnectionEntry};
use super::fields::{Fields, Reader};
use super::{ALERTS_FILE, Alerts, Aws, Project, Shell, Worker};

const KEYS: &[&str] = &["scripts", "workflows", "state", "connections", "alerts", "worker", "aws"];
const ALERT_KEYS: &[&str] = &["print", "file", "webhook"];
const AWS_KEYS: &[&str] = &["stack", "region", "profile", "scripts"];
const WORKER_KEYS: &[&str] = &["slots", "lease", "drain_limit", "shell"];
/// More slots than this is a mistake: each may hold a session and a process.
const SLOTS_MAX: usize = 1_000;
/// A shorter lease is lost in a busy moment of the machine.
const LEASE_MIN: Millis = Millis::from_secs(2);

/// Reads the project file; relative paths are taken from its folder.
///
/// # Errors
/// All faults of the file at once.
pub(super) fn project(file: &Path, text: &str) -> Result<Project, Faults> {
    let mut reader = Reader::new(file, text);
    let documents = match MarkedYaml::load_from_str(text) {
        Ok(documents) => documents,
        Err(error) => {
            let marker = error.marker();
            let place = (marker.line(), marker.col() + 1);
            reader.fault_at(place, 1, format!("this is no YAML: {}", error.info()));
            Vec::new()
        }
    };
    let fields = match documents.first() {
        Some(root) => reader.mapping(root, "the project", Some(KEYS)),
        None => Fields::new(),
    };
    let root = file.parent().unwrap_or(Path::new("/"));
    let path = |reader: &mut Reader<'_>, key: &str, default: &str| -> PathBuf {
        root.join(reader.text(&fields, key).unwrap_or_else(|| default.to_owned()))
    };
    let state = path(&mut reader, "state", ".fleet");
    let project = Project {
        file: file.to_owned(),
        scripts: path(&mut reader, "scripts", "scripts"),
        workflows: path(&mut reader, "workflows", "workflows"),
        connections: connections(&mut reader, &fields),
        alerts: alerts(&mut reader, &fields, root, &state),
        state,
        worker: worker(&mut reader, &fields),
        aws: aws(&mut reader, &fields),
    };
    reader.finish(project)
}

fn connections(reader: &mut Reader<'_>, fields: &Fields<'_>) -> BTreeMap<String, ConnectionEntry> {
    let Some(node) = fields.get("connections") else { return BTreeMap::new() };
    let named = reader.mapping(node, "`connections`", None);
    named.into_iter().map(|(name, node)| (name.to_owned(), connection::read(reader, name, node))).collect()
}

fn alerts(reader: &mut Reader<'_>, fields: &Fields<'_>, root: &Path, state: &Path) -> Alerts {
    let inner = section(reader, fields, "alerts", ALERT_KEYS);
    let file = reader.text(&inner, "file").map(|file| root.join(file));
    if file.as_ref().is_some_and(|file| !file.ends_with(ALERTS_FILE)) {
        reader.fault(
            inner["file"],
            format!("`file` must be named {ALERTS_FILE}; its folder is yours to choose"),
        );
    }
    let dir = file.as_deref().and_then(Path::parent).unwrap_or(state);
    Alerts {
        print: reader.flag(&inner, "print").unwrap_or(true),
        dir: dir.to_owned(),
        webhook: reader.text(&inner, "webhook"),
    }
}

fn worker(reader: &mut Reader<'_>, fields: &Fields<'_>) -> Worker {
    let inner = section(reader, fields, "worker", WORKER_KEYS);
    let default = Worker::default();
    let words = [("allowed", Shell::Allowed), ("forbidden", Shell::Forbidden)];
    Worker {
        slots: reader.number(&inner, "slots", SLOTS_MAX).unwrap_or(default.slots),
        lease: reader.span(&inner, "lease", LEASE_MIN).unwrap_or(default.lease),
        drain_limit: reader.span(&inner, "drain_limit", Millis(0)).unwrap_or(default.drain_limit),
        shell: reader.word(&inner, "shell", &words).unwrap_or(default.shell),
    }
}

fn aws(reader: &mut Reader<'_>, fields: &Fields<'_>) -> Option<Aws> {
    let node = fields.get("aws").filter(|node| !super::fields::is_null(node))?;
    let inner = reader.mapping(node, "`aws`", Some(AWS_KEYS));
    let scripts = reader.text(&inner, "scripts");
    if scripts.as_ref().is_some_and(|uri| !uri.starts_with("s3://")) {
        reader.fault(inner["scripts"], "`scripts` is an address such as s3://bucket/prefix".to_owned());
    }
    Some(Aws {
        stack: reader.text(&inner, "stack"),
        region: reader.text(&inner, "region"),
        profile: reader.text(&inner, "profile"),
        scripts,
    })
}

fn section<'n>(reader: &mut Reader<'_>, fields: &Fields<'n>, key: &str, known: &[&str]) -> Fields<'n> {
    match fields.get(key) {
        Some(node) => reader.mapping(node, &format!("`{key}`"), Some(known)),
        None => Fields::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Project, String> {
        project(Path::new("/p/project.yaml"), text).map_err(|faults| faults.to_string())
    }

    fn check(text: &str, expect: &str) {
        let faults = project(Path::new("/p/project.yaml"), text).expect_err("it has faults").list;
        let short = faults.iter().map(|fault| {
            let hint = fault.hint.as_ref().map(|hint| format!(" ({hint})")).unwrap_or_default();
            format!("{}:{}: {}{hint}", fault.line, fault.column, fault.message)
        });
        assert_eq!(short.collect::<Vec<_>>().join("; "), expect, "{text}");
    }

    #[test]
    fn an_empty_file_is_a_project_with_defaults() {
        let project = read("# nothing\n").expect("it has no faults");
        assert_eq!(project.scripts, Path::new("/p/scripts"));
        assert_eq!(project.workflows, Path::new("/p/workflows"));
        assert_eq!(project.state, Path::new("/p/.fleet"));
        assert_eq!(project.worker, Worker::default());
        assert_eq!(project.alerts, Alerts { print: true, dir: "/p/.fleet".into(), webhook: None });
    }

    #[test]
    fn everything_can_be_set() {
        let text = "scripts: /etl\nstate: var\nalerts: { print: false, file: log/alerts.jsonl, webhook: 'http://x/' }\n\
                    worker: { slots: 2, lease: 10s, drain_limit: 0s, shell: forbidden }\n\
                    connections:\n  w: { host: h, port: 5439, database: d, user: u, password_file: /s }\n";
        let project = read(text).expect("it has no faults");
        assert_eq!(project.scripts, Path::new("/etl"));
        assert_eq!(project.state, Path::new("/p/var"));
        assert_eq!(project.alerts.dir, Path::new("/p/log"));
        assert_eq!(project.worker.slots, 2);
        assert_eq!(project.worker.shell, Shell::Forbidden);
        assert!(project.connections.contains_key("w"));
        assert_eq!(project.aws, None);
    }

    #[test]
    fn a_fleet_on_aws_can_be_named() {
        let aws = |text: &str| read(text).expect("it has no faults").aws;
        let named = aws("aws: { stack: night, region: eu-west-1, scripts: 's3://etl/scripts' }\n");
        let expect = Aws {
            stack: Some("night".to_owned()),
            region: Some("eu-west-1".to_owned()),
            profile: None,
            scripts: Some("s3://etl/scripts".to_owned()),
        };
        assert_eq!(named, Some(expect));
        assert_eq!(aws("aws: {}\n"), Some(Aws::default()));
        assert_eq!(aws("aws:\n"), None);
        check("aws: { scripts: /etl }", "1:17: `scripts` is an address such as s3://bucket/prefix");
    }

    #[test]
    fn a_fault_shows_its_line() {
        assert_eq!(
            read("worker:\n  slot: 1 # few\n").map(|_| ()),
            Err(
                "/p/project.yaml:2:3: error: `worker` has no key `slot`\n 2 |   slot: 1 # few\n   |   ^^^^\n\
                 hint: did you mean `slots`?"
                    .to_owned()
            )
        );
    }

    #[test]
    fn faults() {
        check("workers: {}", "1:1: the project has no key `workers` (did you mean `worker`?)");
        check(
            "zzzzzz: 1",
            "1:1: the project has no key `zzzzzz` (there are scripts, workflows, state, connections, alerts, worker, aws)",
        );
        check("worker: { slots: 0 }", "1:18: `slots` must be a whole number from 1 to 1000");
        check("worker: { lease: 1s }", "1:18: `lease` is 1s, at least 2s is needed");
        check(
            "worker: { lease: soon }",
            "1:18: `lease`: `soon` is no duration such as 500ms, 30s, 10m, 4h, 1d or 1h30m",
        );
        check(
            "worker: { shell: maybe }",
            "1:18: `shell` is `maybe`, it must be one of `allowed`, `forbidden`",
        );
        check("alerts: { print: 1 }", "1:18: `print` must be true or false");
        check(
            "alerts: { file: a.log }",
            "1:17: `file` must be named alerts.jsonl; its folder is yours to choose",
        );
        check("- a", "1:1: the project must be a mapping of `key: value` lines");
        check(
            "connections:\n  w: { hots: h, database: d, user: u }",
            "2:6: connection `w` needs `host`; 2:8: connection `w` has no key `hots` (did you mean `host`?)",
        );
        check(
            "connections:\n  w: { host: h, database: d, user: u, password: geheim }",
            "2:39: connection `w` has no key `password` (a password is named, not written here: \
             use `password_env` or `password_file`)",
        );
        check(
            "connections: { w: { host: '${', database: d, user: u } }",
            "1:27: `host` is `${`: a variable is written ${NAME}",
        );
        check(
            "connections: { w: { host: h, database: d, user: u, sessions: pooled } }",
            "1:62: `sessions` is `pooled`, it must be one of `fresh`, `reused`",
        );
    }
}
