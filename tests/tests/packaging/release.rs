//! A release made of development builds, in a folder of its own, and the ways to look into it.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use fleet_tests::{binaries, tree};
use tempfile::TempDir;

/// That of `Cargo.toml`: all crates have the workspace's.
pub(crate) const VERSION: &str = env!("CARGO_PKG_VERSION");
/// A time that is not now: what the files of a release bear.
pub(crate) const MADE_AT: &str = "1700000000";

/// The files of a release for this machine's architecture.
pub(crate) struct Release {
    pub(crate) out: PathBuf,
    folder: TempDir,
}

impl Release {
    /// # Panics
    /// When a script of `packaging/` fails.
    pub(crate) fn make() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let built = folder.path().join("built");
        std::fs::create_dir(&built).expect("the folder is new");
        for name in ["rsqlctl", "rsql", "worker", "dispatcher"] {
            let (from, to) = (binaries::folder().join(name), built.join(name));
            // Half of a development build is line numbers, which would only be packed at length.
            run("strip", [OsStr::new("-o"), to.as_os_str(), from.as_os_str()], folder.path());
        }
        let out = folder.path().join("out");
        script("assemble.sh", [out.as_os_str(), built.as_os_str()]);
        Self { out, folder }
    }

    /// A new folder that goes with the release.
    pub(crate) fn folder(&self, name: &str) -> PathBuf {
        let folder = self.folder.path().join(name);
        std::fs::create_dir(&folder).expect("the folder is new");
        folder
    }

    /// This machine's architecture, as Rust and rpm, Debian, and Lambda call it.
    pub(crate) fn names(&self) -> (&'static str, &'static str, &'static str) {
        match std::env::consts::ARCH {
            "aarch64" => ("aarch64", "arm64", "arm64"),
            _ => ("x86_64", "amd64", "x86_64"),
        }
    }

    /// The one file with this ending.
    pub(crate) fn file(&self, ending: &str) -> String {
        let files = std::fs::read_dir(&self.out).expect("the release was made").flatten();
        let found = files.map(|entry| entry.path().display().to_string()).find(|path| path.ends_with(ending));
        found.expect("the release has a file with this ending")
    }
}

/// Runs a script of `packaging/`.
pub(crate) fn script<A: AsRef<OsStr>>(name: &str, arguments: impl IntoIterator<Item = A>) -> String {
    run(tree::root().join("packaging").join(name), arguments, &tree::root())
}

/// Runs a program to its end, and gives what it printed.
///
/// # Panics
/// When it fails, with what it said.
pub(crate) fn run<A: AsRef<OsStr>>(
    program: impl AsRef<OsStr>,
    arguments: impl IntoIterator<Item = A>,
    folder: &Path,
) -> String {
    let program = program.as_ref();
    let output = Command::new(program)
        .args(arguments)
        .current_dir(folder)
        .env("SOURCE_DATE_EPOCH", MADE_AT)
        .env("LC_ALL", "C.UTF-8")
        .env("TZ", "UTC")
        .output()
        .expect("the program is there: tests/prerequisites.sh asks for it");
    let (told, said) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{}: {}\n{told}{said}", program.display(), output.status);
    told.into_owned()
}
