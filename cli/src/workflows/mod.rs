//! Workflow files on disk: which there are, their text, and what is wrong with them. Owns what is
//! said of a file that cannot be read, and of one id in two files. The rules of a file itself are the core's; those that need
//! a disk or the project are `checks`'.

mod checks;
mod scripts;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use fleet_core::ids::WorkflowId;
use fleet_core::workflow::{self, Definition, Fault, Faults, ScriptCheck};

pub(crate) use self::scripts::{Script, scripts};
use crate::exit::Failure;
use crate::project::Project;
use crate::target::Target;

/// Endings of workflow files.
const ENDINGS: [&str; 3] = ["yaml", "yml", "json"];
/// Folders within folders that are looked through; deeper is a loop of links.
const DEPTH_MAX: usize = 8;

/// One workflow file, read.
pub(crate) struct WorkflowFile {
    /// As messages name it: relative to the current directory where it lies below.
    pub(crate) shown: String,
    /// Its text.
    pub(crate) text: String,
    /// What it says, or what is wrong with it.
    pub(crate) read: Result<Definition, Faults>,
}

/// Reads the files named, or all of the project's. A file that cannot be read is one with a fault, so that it hides nothing
/// of the others.
///
/// # Errors
/// When a file that was named, or every file, is not there.
pub(crate) fn load(
    project: Option<&Project>,
    target: Option<&Target>,
    named: &[PathBuf],
) -> anyhow::Result<Vec<WorkflowFile>> {
    if let Some(missing) =
        named.iter().find(|path| path.symlink_metadata().is_err_and(|error| is_missing(&error)))
    {
        return Err(Failure::not_found(format!("there is no file {}", shown(missing))));
    }
    let paths = if named.is_empty() { all(project)? } else { named.to_vec() };
    let mut files: Vec<WorkflowFile> = paths.iter().map(|path| checked(project, target, path)).collect();
    twice(&mut files);
    Ok(files)
}

fn is_missing(error: &std::io::Error) -> bool {
    error.kind() == std::io::ErrorKind::NotFound
}

fn checked(project: Option<&Project>, target: Option<&Target>, path: &Path) -> WorkflowFile {
    let file = load_one(project, path);
    let read = file
        .read
        .and_then(|definition| checks::check_fleet(definition, project, target, &file.shown, &file.text));
    WorkflowFile { read, ..file }
}

/// Reads one file by the rules of files alone: it can be drawn, if perhaps not run here.
pub(crate) fn load_one(project: Option<&Project>, path: &Path) -> WorkflowFile {
    let shown = shown(path);
    let text = match text_of(path) {
        Ok(text) => text,
        Err((line, why)) => return unreadable(shown, line, why),
    };
    let check = |script: &str| match project {
        Some(project) => checks::check_script(&project.scripts, script),
        None => ScriptCheck::Unchecked,
    };
    let read = workflow::parse(&shown, &text, &check);
    WorkflowFile { shown, text, read }
}

/// The text of a file, or from which line on it cannot be read and why.
fn text_of(path: &Path) -> Result<String, (usize, String)> {
    let cannot = |error| (1, format!("it cannot be read: {error}"));
    if path.is_dir() {
        return match fs::read_dir(path) {
            Ok(_) => Err((1, "it is a folder".to_owned())),
            Err(error) => Err(cannot(error)),
        };
    }
    let bytes = fs::read(path).map_err(cannot)?;
    String::from_utf8(bytes).map_err(|error| {
        let fault = error.utf8_error().valid_up_to();
        let before = error.as_bytes().iter().take(fault).filter(|byte| **byte == b'\n').count();
        (before + 1, "it is not UTF-8 from this line on".to_owned())
    })
}

fn unreadable(shown: String, line: usize, message: String) -> WorkflowFile {
    let fault = Fault {
        file: shown.clone(),
        line: u32::try_from(line).unwrap_or(u32::MAX),
        column: 1,
        path: String::new(),
        message,
        hint: Some("workflow files are readable text in UTF-8; mend it, or take it away".to_owned()),
        excerpt: String::new(),
        marked: (0, 1),
    };
    WorkflowFile { shown, text: String::new(), read: Err(Faults { list: vec![fault], left_out: 0 }) }
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
    found.retain(|path| has_ending(path) || path.is_dir());
    found.sort();
    if found.is_empty() {
        let place = shown(&project.workflows);
        return Err(Failure::not_found(format!(
            "there are no workflow files (*.yaml, *.yml, *.json) in {place}"
        )));
    }
    Ok(found)
}

fn has_ending(path: &Path) -> bool {
    path.extension().and_then(|ending| ending.to_str()).is_some_and(|ending| ENDINGS.contains(&ending))
}

fn collect(dir: &Path, depth: usize, found: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        if !path.is_dir() {
            found.push(path);
        } else if depth > 0 {
            // A folder that cannot be looked into is found as itself: reading it says why.
            collect(&path, depth - 1, found).unwrap_or_else(|_| found.push(path));
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
