//! From the text of a workflow file to a definition, or to all of its faults. Owns the order of the steps: syntax, shape,
//! meaning. Touches no disk: scripts are asked for through a closure.

use std::sync::LazyLock;

use super::compile::{Checker, Declared, Origin, compile, unfold};
use super::definition::{Definition, Parts};
use super::fault::{Collector, Faults, Place, Problem};
use super::limits::TEXT_BYTES_MAX;
use super::schema::Rules;
use super::shape::{Path, fit};
use super::source::WorkflowFile;
use super::tree::{self, Node};

/// What the caller knows about a script, given its path relative to the script root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ScriptCheck {
    /// It is there.
    Present,
    /// Nobody can tell: there is no script root at hand.
    Unchecked,
    /// It is not there.
    Missing {
        /// The path of an existing script that is most like it.
        nearest: Option<String>,
    },
    /// A symbolic link leads out of the script root.
    Outside,
    /// It is a folder, a socket or the like.
    NotAFile,
}

static RULES: LazyLock<Rules> = LazyLock::new(Rules::read);

/// Reads a workflow in either form, from YAML or JSON. `source_name` is only used to name the file in faults.
///
/// # Errors
/// [`Faults`]: all that is wrong with the file, each with its place.
pub fn parse(
    source_name: &str,
    text: &str,
    scripts: &dyn Fn(&str) -> ScriptCheck,
) -> Result<Definition, Faults> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut faults = Collector::new(source_name, text);
    match parts(text, scripts, &mut faults) {
        Some(parts) if faults.is_empty() => {
            Ok(Definition::try_from(parts).expect("a file without faults has a sound graph"))
        }
        _ => Err(faults.finish()),
    }
}

fn parts(text: &str, scripts: &dyn Fn(&str) -> ScriptCheck, faults: &mut Collector<'_>) -> Option<Parts> {
    if text.len() > TEXT_BYTES_MAX {
        let problem =
            Problem::new(format!("the file has {} bytes; at most {TEXT_BYTES_MAX} are allowed", text.len()))
                .hint("make two workflows of it");
        faults.add(Place { line: 1, column: 1, length: 1 }, "", problem);
        return None;
    }
    let root = tree::read(text, faults)?;
    let declared = Declared::of(&root);
    if is_staged(&root) {
        let root = fit(root, &RULES.older, &Path::ROOT, faults)?;
        let (file, places) = match unfold(typed(&root)) {
            Ok(unfolded) => unfolded,
            // Stages that were at fault have been reported, and may be all that is missing.
            Err(_) if root.damaged => return None,
            Err(problem) => {
                faults.add(stages_place(&root), "workflow_stages", problem);
                return None;
            }
        };
        let origin = Origin::staged(&root, places);
        return Some(compile(file, Checker { faults, origin: &origin, declared: &declared, scripts }));
    }
    let root = fit(root, &RULES.newer, &Path::ROOT, faults)?;
    let file: WorkflowFile = typed(&root);
    let origin = Origin::newer(&root);
    Some(compile(file, Checker { faults, origin: &origin, declared: &declared, scripts }))
}

fn is_staged(root: &Node) -> bool {
    root.entry("workflow_stages").is_some()
        || (root.entry("workflow_id").is_some() && root.entry("jobs").is_none())
}

fn stages_place(root: &Node) -> Place {
    root.entry("workflow_stages").map_or(root.place, |entry| entry.place)
}

fn typed<T: serde::de::DeserializeOwned>(root: &Node) -> T {
    // The rules that the tree has passed are made from this very type; a test feeds both with every rule's edge.
    serde_json::from_value(root.to_json())
        .expect("a tree that fits the schema fits the type it was made from")
}
