//! What the core cannot know of a workflow: whether its scripts and connections are there, and whether this fleet can do what
//! it asks for. Finds faults. Does not show them.

use std::collections::BTreeMap;
use std::path::Path;

use fleet_core::workflow::{Definition, Fault, Faults, Precondition, ScriptCheck, ScriptKind, Work};

use rsql_client::offline::run_offline;

use super::{DEPTH_MAX, collect, fault_at, shown};
use crate::project::Project;
use crate::target::Target;

/// Scripts that are compared with a missing one for a hint.
const SCRIPTS_SEEN_MAX: usize = 2_000;

pub(super) fn check_script(root: &Path, script: &str) -> ScriptCheck {
    let Ok(root) = root.canonicalize() else { return ScriptCheck::Missing { nearest: None } };
    match root.join(script).canonicalize() {
        Ok(real) if !real.starts_with(&root) => ScriptCheck::Outside,
        Ok(real) if real.is_file() => ScriptCheck::Present,
        Ok(_) => ScriptCheck::NotAFile,
        Err(_) => ScriptCheck::Missing { nearest: nearest_script(&root, script) },
    }
}

fn nearest_script(root: &Path, script: &str) -> Option<String> {
    let mut found = Vec::new();
    // A folder that cannot be read costs a hint, nothing else.
    let _ = collect(root, DEPTH_MAX, &mut found);
    let names = found.iter().take(SCRIPTS_SEEN_MAX).filter_map(|path| path.strip_prefix(root).ok()?.to_str());
    let likeness = |name: &&str| strsim::damerau_levenshtein(name, script);
    names.min_by_key(likeness).filter(|name| likeness(name) <= script.len().div_ceil(3)).map(str::to_owned)
}

/// What this fleet needs of a workflow beyond the rules of its file. Embedded: its connections are in the project, where
/// there is one, and it waits for nothing that cannot be looked at from here. On AWS connections are secrets, which only the
/// workers see.
pub(super) fn check_fleet(
    definition: Definition,
    project: Option<&Project>,
    target: Option<&Target>,
    file: &str,
    text: &str,
) -> Result<Definition, Faults> {
    let mut list = Vec::new();
    if target == Some(&Target::Embedded) {
        list.extend(objects_waited_for(&definition, file, text));
    }
    if let Some(project) = project {
        if !target.is_some_and(Target::is_aws) {
            list.extend(unknown_connections(&definition, project, file, text));
        }
        // Workers give the only connection there is to jobs that name none.
        if project.connections.len() != 1 {
            list.extend(without_connection(&definition, &project.scripts, file, text));
        }
    }
    list.sort_by_key(|fault| (fault.line, fault.column));
    if list.is_empty() { Ok(definition) } else { Err(Faults { list, left_out: 0 }) }
}

/// Nobody here can look into S3: such a job would fail at each look, at night.
fn objects_waited_for(definition: &Definition, file: &str, text: &str) -> Vec<Fault> {
    let uri = |work: &Work| match work {
        Work::Precondition { look: Precondition::S3 { uri }, .. } => Some(uri.to_string()),
        _ => None,
    };
    let fault = |uri: String| {
        let message = "s3 preconditions need a fleet on AWS, and this one is embedded".to_owned();
        let hint =
            "wait for a file (`file:`), let a script look for the object, or name the stack with --stack"
                .to_owned();
        fault_at(text, file, &["s3", &uri], message, hint)
    };
    definition.jobs.iter().filter_map(|job| uri(&job.work)).map(fault).collect()
}

/// Every connection that is named must be in the project file.
fn unknown_connections(definition: &Definition, project: &Project, file: &str, text: &str) -> Vec<Fault> {
    let of_jobs = definition.jobs.iter().filter_map(|job| job.connection.as_deref());
    let mut unknown: Vec<&str> = definition.connection.as_deref().into_iter().chain(of_jobs).collect();
    unknown.retain(|name| !project.connections.contains_key(*name));
    unknown.sort_unstable();
    unknown.dedup();
    unknown.iter().map(|name| unknown_connection(name, project, file, text)).collect()
}

fn unknown_connection(name: &str, project: &Project, file: &str, text: &str) -> Fault {
    let known: Vec<String> = project.connections.keys().map(|name| format!("`{name}`")).collect();
    let hint = match known.as_slice() {
        [] => format!("add it to `connections` in {}", shown(&project.file)),
        known => format!("{} has {}", shown(&project.file), known.join(", ")),
    };
    let message = format!("connection `{name}` is not in the project");
    fault_at(text, file, &["connection", name], message, hint)
}

/// RSQL has to connect somewhere, unless it has nothing to say to a server.
fn without_connection(definition: &Definition, scripts: &Path, file: &str, text: &str) -> Option<Fault> {
    let mut looked_into: BTreeMap<Box<str>, bool> = BTreeMap::new();
    let mut needs_one = |work: &Work| match work {
        Work::Script { path, kind: ScriptKind::Rsql | ScriptKind::Sql } => {
            *looked_into.entry(path.clone()).or_insert_with(|| speaks_to_a_server(&scripts.join(&**path)))
        }
        Work::Script { kind: ScriptKind::Sh, .. } => false,
        Work::Precondition { look, .. } => matches!(look, Precondition::Sql { .. }),
    };
    let unconnected =
        definition.jobs.iter().filter(|job| job.connection.is_none() && definition.connection.is_none());
    let job = unconnected.into_iter().find(|job| needs_one(&job.work))?;
    let message = format!("job `{}` needs a connection, and neither it nor the workflow names one", job.id);
    Some(fault_at(
        text,
        file,
        &[job.id.as_str()],
        message,
        "write `connection: NAME` at the top of the file".to_owned(),
    ))
}

/// A script that is not there is told elsewhere.
fn speaks_to_a_server(script: &Path) -> bool {
    std::fs::read(script).is_ok_and(|text| run_offline(&text).is_none())
}
