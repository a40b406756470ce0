//! The executables as a user would have them, built from the sources at hand.
//!
//! It starts none of them: what is done with an executable is the test's affair.

use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;

use crate::tree;

/// Set by `tests/run.sh`, which has built them already.
const BUILT: &str = "FLEET_BINARIES_BUILT";

/// The operator's command.
pub fn rsqlctl() -> PathBuf {
    folder().join("rsqlctl")
}

/// The drop-in for Amazon's RSQL.
pub fn rsql() -> PathBuf {
    folder().join("rsql")
}

/// The dispatcher, a Lambda function's `bootstrap`.
pub fn dispatcher() -> PathBuf {
    folder().join("dispatcher")
}

/// The worker agent.
pub fn worker() -> PathBuf {
    folder().join("worker")
}

/// Where the executables lie; goes first on the PATH of whoever calls them.
///
/// # Panics
/// When they cannot be built.
pub fn folder() -> &'static PathBuf {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let own = std::env::current_exe().expect("a running test knows where it lies");
        let folder =
            own.parent().and_then(|deps| deps.parent()).expect("tests lie in <target>/<profile>/deps");
        // Cargo builds no executables of other packages for a test, and a stale one would be a lie.
        if std::env::var_os(BUILT).is_none() {
            build(folder.ends_with("release"));
        }
        folder.to_owned()
    })
}

/// With the profile of the caller, so that a bench measures what is shipped.
fn build(release: bool) {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let built = Command::new(cargo)
        .args(["build", "--quiet", "--bins"])
        .args(["rsqlctl", "rsql-client", "dispatcher", "worker"].iter().flat_map(|package| ["-p", package]))
        .args(release.then_some("--release"))
        .current_dir(tree::root())
        .status()
        .expect("cargo runs these tests, so it can be started");
    assert!(built.success(), "the executables do not build; `make test` shows why");
}
