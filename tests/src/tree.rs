//! The workspace as the rules see it: its Rust sources, and its packages with what each depends on.
//!
//! It judges nothing; `rules` does.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// Folders that hold nothing written by hand.
const SKIPPED: &[&str] = &["target", "node_modules", "cdk.out", "snapshots"];

/// One Rust source file.
#[derive(Clone, Debug)]
pub struct Source {
    /// Relative to the workspace, with `/`.
    pub path: String,
    /// The whole text.
    pub text: String,
}

/// One workspace member.
#[derive(Clone, Debug)]
pub struct Package {
    /// As in its `Cargo.toml`.
    pub name: String,
    /// The manifest, relative to the workspace.
    pub manifest: String,
    /// Direct dependencies of every kind.
    pub dependencies: Vec<Dependency>,
}

/// One line of a `[dependencies]` table.
#[derive(Clone, Debug)]
pub struct Dependency {
    /// Package name (not the name it is renamed to).
    pub name: String,
    /// True for `[dev-dependencies]`: it is not in what we ship.
    pub dev: bool,
}

/// The workspace folder.
pub fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().expect("this crate lies one level below the workspace").to_owned()
}

/// Every Rust source of the workspace, in path order.
///
/// # Panics
/// When a file cannot be read.
pub fn rust_sources() -> Vec<Source> {
    let root = root();
    let mut sources = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("a folder of the workspace can be listed") {
            let path = entry.expect("a folder of the workspace can be listed").path();
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            // Not through symlinks, nor into hidden folders such as .git and .venv.
            if name.starts_with('.') || path.is_symlink() {
                continue;
            }
            if path.is_dir() && !SKIPPED.contains(&name.as_ref()) {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = std::fs::read_to_string(&path).expect("a source is readable UTF-8");
                sources.push(Source { path: relative(&root, &path), text });
            }
        }
    }
    sources.sort_by(|a, b| a.path.cmp(&b.path));
    sources
}

/// The workspace members, from `cargo metadata`.
///
/// # Panics
/// When cargo cannot read the workspace.
pub fn packages() -> Vec<Package> {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let output = Command::new(cargo)
        .args(["metadata", "--no-deps", "--offline", "--format-version", "1"])
        .current_dir(root())
        .output()
        .expect("cargo runs these tests, so it can be started");
    assert!(output.status.success(), "cargo metadata: {}", String::from_utf8_lossy(&output.stderr));
    parse_metadata(&output.stdout)
}

fn parse_metadata(json: &[u8]) -> Vec<Package> {
    let metadata: Value = serde_json::from_slice(json).expect("cargo metadata prints JSON");
    let root = PathBuf::from(text(&metadata["workspace_root"]));
    let packages = metadata["packages"].as_array().map(Vec::as_slice).unwrap_or_default();
    packages
        .iter()
        .map(|package| Package {
            name: text(&package["name"]),
            manifest: relative(&root, Path::new(&text(&package["manifest_path"]))),
            dependencies: package["dependencies"]
                .as_array()
                .map(Vec::as_slice)
                .unwrap_or_default()
                .iter()
                .map(|d| Dependency { name: text(&d["name"]), dev: d["kind"] == "dev" })
                .collect(),
        })
        .collect()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn relative(root: &Path, path: &Path) -> String {
    path.strip_prefix(root).unwrap_or(path).to_string_lossy().replace('\\', "/")
}
