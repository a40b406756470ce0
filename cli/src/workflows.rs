//! Workflow files on disk: which there are, their text, and what is wrong with them. Owns the checks that need a disk or the
//! project (scripts, names of connections, one id in two files). The rules of a file itself are the core's.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use fleet_core::ids::WorkflowId;
use fleet_core::workflow::{self, Definition, Fault, Faults, ScriptCheck, Work};

use crate::exit::Failure;
use crate::project::Project;

/// Endings of workflow files.
const ENDINGS: [&str; 3] = ["yaml", "yml", "json"];
/// Folders within folders that are looked through; deeper is a loop of links.
const DEPTH_MAX: usize = 8;
/// Scripts that are compared with a missing one for a hint.
const SCRIPTS_SEEN_MAX: usize = 2_000;

/// One workflow file, read.
pub(crate) struct WorkflowFile {
    /// As messages name it: relative to the current directory where it lies below.
    pub(crate) shown: String,
    /// Its text.
    pub(crate) text: String,
    /// What it says, or what is wrong with it.
    pub(crate) read: Result<Definition, Faults>,
}

/// Reads the files named, or all of the project's.
///
/// # Errors
/// When a file cannot be read, or none was named and there is none.
pub(crate) fn load(project: Option<&Project>, named: &[PathBuf]) -> anyhow::Result<Vec<WorkflowFile>> {
    let paths = if named.is_empty() { all(project)? } else { named.to_vec() };
    let mut files = paths.iter().map(|path| load_one(project, path)).collect::<anyhow::Result<Vec<_>>>()?;
    twice(&mut files);
    Ok(files)
}

/// Reads one file.
///
/// # Errors
/// When it cannot be read.
pub(crate) fn load_one(project: Option<&Project>, path: &Path) -> anyhow::Result<WorkflowFile> {
    let shown = shown(path);
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Err(Failure::not_found(format!("there is no file {shown}")));
        }
        Err(error) => return Err(error).with_context(|| format!("read {shown}")),
    };
    let check = |script: &str| match project {
        Some(project) => check_script(&project.scripts, script),
        None => ScriptCheck::Unchecked,
    };
    let read = workflow::parse(&shown, &text, &check);
    let read = match (read, project) {
        (Ok(definition), Some(project)) => check_connections(definition, project, &shown, &text),
        (read, _) => read,
    };
    Ok(WorkflowFile { shown, text, read })
}

fn all(project: Option<&Project>) -> anyhow::Result<Vec<PathBuf>> {
    let Some(project) = project else {
        return Err(Failure::not_found(
            "there is no project here: name files, or a project with --project DIR",
        ));
    };
    let mut found = Vec::new();
    collect(&project.workflows, DEPTH_MAX, &mut found)
        .with_context(|| format!("look for workflow files in {}", shown(&project.workflows)))?;
    found.retain(|path| {
        path.extension().and_then(|ending| ending.to_str()).is_some_and(|ending| ENDINGS.contains(&ending))
    });
    found.sort();
    if found.is_empty() {
        let place = shown(&project.workflows);
        return Err(Failure::not_found(format!(
            "there are no workflow files (*.yaml, *.yml, *.json) in {place}"
        )));
    }
    Ok(found)
}

fn collect(dir: &Path, depth: usize, found: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        if !path.is_dir() {
            found.push(path);
        } else if depth > 0 {
            collect(&path, depth - 1, found)?;
        }
    }
    Ok(())
}

/// A path as messages show it.
pub(crate) fn shown(path: &Path) -> String {
    let below = std::env::current_dir().ok().and_then(|dir| path.strip_prefix(dir).ok().map(Path::to_owned));
    match below {
        Some(below) if !below.as_os_str().is_empty() => below.display().to_string(),
        _ => path.display().to_string(),
    }
}

fn check_script(root: &Path, script: &str) -> ScriptCheck {
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

/// Every connection that is named must be in the project file.
fn check_connections(
    definition: Definition,
    project: &Project,
    file: &str,
    text: &str,
) -> Result<Definition, Faults> {
    let of_jobs = definition.jobs.iter().filter_map(|job| job.connection.as_deref());
    let mut unknown: Vec<&str> = definition.connection.as_deref().into_iter().chain(of_jobs).collect();
    unknown.retain(|name| !project.connections.contains_key(*name));
    unknown.sort_unstable();
    unknown.dedup();
    let mut list: Vec<Fault> =
        unknown.iter().map(|name| unknown_connection(name, project, file, text)).collect();
    if let Some(fault) = without_connection(&definition, file, text) {
        list.push(fault);
    }
    if list.is_empty() { Ok(definition) } else { Err(Faults { list, left_out: 0 }) }
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

/// RSQL has to connect somewhere.
fn without_connection(definition: &Definition, file: &str, text: &str) -> Option<Fault> {
    use fleet_core::workflow::{Precondition, ScriptKind};
    let needs_one = |work: &Work| match work {
        Work::Script { kind, .. } => matches!(kind, ScriptKind::Rsql | ScriptKind::Sql),
        Work::Precondition { look, .. } => matches!(look, Precondition::Sql { .. }),
    };
    let job = definition
        .jobs
        .iter()
        .find(|job| job.connection.is_none() && definition.connection.is_none() && needs_one(&job.work))?;
    let message = format!("job `{}` needs a connection, and neither it nor the workflow names one", job.id);
    Some(fault_at(
        text,
        file,
        &[job.id.as_str()],
        message,
        "write `connection: NAME` at the top of the file".to_owned(),
    ))
}

/// A fault at the first line that holds all of `words`; the last one is marked.
fn fault_at(text: &str, file: &str, words: &[&str], message: String, hint: String) -> Fault {
    let holds = |line: &&str| words.iter().all(|word| line.contains(word));
    let (index, line) = text.lines().enumerate().find(|(_, line)| holds(line)).unwrap_or((0, ""));
    let word = words.last().copied().unwrap_or_default();
    let start = line.rfind(word).map_or(0, |at| line[..at].chars().count());
    Fault {
        file: file.to_owned(),
        line: u32::try_from(index + 1).unwrap_or(u32::MAX),
        column: u32::try_from(start + 1).unwrap_or(u32::MAX),
        path: String::new(),
        message,
        hint: Some(hint),
        excerpt: line.to_owned(),
        marked: (start, word.chars().count().max(1)),
    }
}

/// Two files must not define one workflow.
fn twice(files: &mut [WorkflowFile]) {
    let mut first: BTreeMap<WorkflowId, String> = BTreeMap::new();
    for file in files {
        let Ok(definition) = &file.read else { continue };
        let id = definition.workflow_id.clone();
        match first.get(&id) {
            Some(other) if *other != file.shown => {
                let message = format!("workflow `{id}` is in {other}, too");
                let hint = "give one of them another name, or remove it".to_owned();
                let fault = fault_at(&file.text, &file.shown, &["workflow", id.as_str()], message, hint);
                file.read = Err(Faults { list: vec![fault], left_out: 0 });
            }
            Some(_) => {}
            None => drop(first.insert(id, file.shown.clone())),
        }
    }
}
