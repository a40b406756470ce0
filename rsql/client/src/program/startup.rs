//! Start-up files: which ones there are, in the order in which they are run.
//!
//! Their failures change nothing; running them is the machine's.

use std::path::{Path, PathBuf};

use crate::options::Environment;

/// The file of the whole system.
const SYSTEM: &str = "/etc/rsqlrc";
/// Of the person's own, the first that there is.
const OWN: [&str; 2] = [".rsqlrc", ".psqlrc"];
/// Ends of names for files of one version: ours, and that of the psql whose language we speak. They go before plain names.
const VERSIONS: [&str; 2] = [concat!("-", env!("CARGO_PKG_VERSION")), "-15"];

/// The files to run: the system's, then the one that `PSQLRC` names or the person's own.
pub(super) fn files(environment: &Environment) -> Vec<PathBuf> {
    files_in(Path::new(SYSTEM), environment)
}

fn files_in(system: &Path, environment: &Environment) -> Vec<PathBuf> {
    let home = environment.home().map(PathBuf::from);
    let own = match environment.text("PSQLRC") {
        Some(named) => version_of(&expanded(&named, home.as_deref())),
        None => home.and_then(|home| OWN.iter().find_map(|name| version_of(&home.join(name)))),
    };
    version_of(system).into_iter().chain(own).collect()
}

/// The file of this name with a version at its end, else without.
fn version_of(path: &Path) -> Option<PathBuf> {
    let with = VERSIONS.iter().map(|version| {
        let mut name = path.as_os_str().to_owned();
        name.push(version);
        PathBuf::from(name)
    });
    with.chain([path.to_owned()]).find(|path| std::fs::File::open(path).is_ok())
}

fn expanded(path: &str, home: Option<&Path>) -> PathBuf {
    match (path.strip_prefix("~/"), home) {
        (Some(rest), Some(home)) => home.join(rest),
        _ => PathBuf::from(path),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_of_each_place_is_taken() {
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path();
        let environment = |psqlrc: &str| {
            let home = home.to_str().unwrap().to_owned();
            Environment::from_pairs([("HOME".to_owned(), home), ("PSQLRC".to_owned(), psqlrc.to_owned())])
        };
        let check = |psqlrc: &str, expect: &[&str]| {
            let files = files_in(&home.join("system"), &environment(psqlrc));
            let expect: Vec<PathBuf> = expect.iter().map(|name| home.join(name)).collect();
            assert_eq!(files, expect, "PSQLRC={psqlrc}");
        };
        check("", &[]);
        for name in [".psqlrc", "named"] {
            std::fs::write(home.join(name), "").unwrap();
        }
        check("", &[".psqlrc"]);
        check("~/named", &["named"]);
        check("~/missing", &[]);
        for name in [".rsqlrc", ".rsqlrc-15", "system"] {
            std::fs::write(home.join(name), "").unwrap();
        }
        check("", &["system", ".rsqlrc-15"]);
        std::fs::write(home.join(VERSIONS.map(|version| format!(".rsqlrc{version}"))[0].as_str()), "")
            .unwrap();
        check("", &["system", concat!(".rsqlrc-", env!("CARGO_PKG_VERSION"))]);
    }
}
