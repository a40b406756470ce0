//! A copy of the workspace with all bugs in it, each behind a switch, and its build. Owns what is copied and where to; the
//! sources that ship have no switch. Does not know what the bugs are.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::plant::Plant;

/// Appended to the crate that all the others use: which bug is awake in this process.
const SWITCH: &str = r#"
/// Whether this bug is awake.
#[doc(hidden)]
pub fn planted(name: &str) -> bool {
    static AWAKE: std::sync::OnceLock<Option<String>> = std::sync::OnceLock::new();
    AWAKE.get_or_init(|| std::env::var("PLANTED").ok()).as_deref() == Some(name)
}
"#;
/// Where it is appended.
const SWITCHED: &str = "shared/core/src/lib.rs";
/// The executable, and its name in the copy: the build must not put it in the place of the one that ships.
const SIMULATE: (&str, &str) =
    ("tests/simulation/src/bin/simulate.rs", "tests/simulation/src/bin/simulate-planted.rs");

/// The sources of the copy by path.
type Sources = BTreeMap<PathBuf, Vec<u8>>;

/// Makes the copy, or brings it up to date, and builds it; the executable's path.
///
/// The place is always the same for one checkout, and what has not changed is not written again, so that a second run
/// builds nothing.
pub(crate) fn build(workspace: &Path, plants: &[Plant]) -> PathBuf {
    let tmp = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let target = tmp.parent().expect("cargo makes it below its target folder");
    let mut hasher = DefaultHasher::new();
    workspace.hash(&mut hasher);
    let name = format!("planted-{:016x}", hasher.finish());
    let copy = tmp.join(&name);
    let mut sources = sources(workspace, plants);
    rename(&mut sources, &name);
    write(&copy, &sources);
    // The switch is asked at run time, and the build takes what the workspace has built already: registry crates.
    let built = Command::new(env!("CARGO"))
        .args(["build", "--quiet", "--offline", "--locked", "--package", "fleet-simulation"])
        .args(["--bin", "simulate-planted"])
        .env("CARGO_TARGET_DIR", target)
        .current_dir(&copy)
        .status()
        .unwrap();
    assert!(built.success(), "the copy of the workspace in {} does not build", copy.display());
    // Another checkout with the same target folder may build its own while this one runs.
    let kept = copy.join("simulate-planted");
    std::fs::copy(target.join("debug/simulate-planted"), &kept).unwrap();
    kept
}

fn sources(workspace: &Path, plants: &[Plant]) -> Sources {
    let mut sources = Sources::new();
    for file in ["Cargo.toml", "Cargo.lock"] {
        add(workspace, Path::new(file), &mut sources);
    }
    for member in members(workspace) {
        for part in ["Cargo.toml", "src", "benches", "helpers"] {
            add(workspace, &Path::new(&member).join(part), &mut sources);
        }
    }
    let mut change = |file: &str, change: &dyn Fn(&str) -> String| {
        let source = sources.get_mut(Path::new(file)).unwrap_or_else(|| panic!("there is no {file}"));
        *source = change(std::str::from_utf8(source).unwrap()).into_bytes();
    };
    for plant in plants {
        change(&plant.file, &|source| plant.apply(source));
    }
    change(SWITCHED, &|source| format!("{source}{SWITCH}"));
    let simulate = sources.remove(Path::new(SIMULATE.0)).expect("the simulation has its executable");
    sources.insert(SIMULATE.1.into(), simulate);
    sources
}

/// Gives the copy's packages a version of their own. Cargo takes packages of one name, version and place in their workspace for
/// the same, wherever that lies: with one target folder, what one checkout's copy has built would pass for another's.
fn rename(sources: &mut Sources, name: &str) {
    let mut change = |file: &str, change: &dyn Fn(&str) -> String| {
        let source = sources.get_mut(Path::new(file)).unwrap_or_else(|| panic!("there is no {file}"));
        *source = change(std::str::from_utf8(source).unwrap()).into_bytes();
    };
    let version = env!("CARGO_PKG_VERSION");
    let (old, new) = (format!("version = \"{version}\"\n"), format!("version = \"{version}-{name}\"\n"));
    change("Cargo.toml", &|manifest| manifest.replacen(&old, &new, 1));
    // In the lock file only packages of the workspace have no source.
    change("Cargo.lock", &|lock| {
        let ours = |package: &str| !package.contains("\nsource = ");
        let renamed = |package: &str| match ours(package) {
            true => package.replacen(&old, &new, 1),
            false => package.to_owned(),
        };
        lock.split("[[package]]").map(renamed).collect::<Vec<_>>().join("[[package]]")
    });
}

/// The folders of the workspace's members: all of them, since cargo reads each one's manifest.
fn members(workspace: &Path) -> Vec<String> {
    let manifest = std::fs::read_to_string(workspace.join("Cargo.toml")).unwrap();
    let list = manifest.split_once("members = [").and_then(|(_, rest)| rest.split_once(']'));
    let (list, _) = list.expect("a virtual workspace lists its members");
    list.split(',')
        .map(|member| member.trim().trim_matches('"').to_owned())
        .filter(|m| !m.is_empty())
        .collect()
}

/// Adds a file, or all files below a folder; what is not there is left out.
fn add(workspace: &Path, path: &Path, sources: &mut Sources) {
    let full = workspace.join(path);
    if full.is_dir() {
        for entry in std::fs::read_dir(&full).unwrap() {
            add(workspace, &path.join(entry.unwrap().file_name()), sources);
        }
    } else if full.is_file() {
        sources.insert(path.to_owned(), std::fs::read(&full).unwrap());
    }
}

/// Makes the folder hold these sources and no others.
fn write(copy: &Path, sources: &Sources) {
    std::fs::create_dir_all(copy).unwrap();
    let mut present = Sources::new();
    add(copy, Path::new(""), &mut present);
    for path in present.keys().filter(|path| !sources.contains_key(*path)) {
        std::fs::remove_file(copy.join(path)).unwrap();
    }
    for (path, text) in sources.iter().filter(|(path, text)| present.get(*path) != Some(text)) {
        let full = copy.join(path);
        std::fs::create_dir_all(full.parent().expect("it lies in the copy")).unwrap();
        std::fs::write(full, text).unwrap();
    }
}
