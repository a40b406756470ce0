//! Finding a script on the disk. Owns the rule that it lies in the script root, symbolic links resolved, and its hash. Does
//! not run it.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::{PlaceError, Script, ScriptRoot};

/// The script below `root`, which is resolved already.
pub(super) async fn open(root: &ScriptRoot, path: &str) -> Result<Script, PlaceError> {
    let (root, path) = (root.clone(), path.to_owned());
    // Off the runtime's threads, in one errand: going there costs more than a few calls.
    let done = tokio::task::spawn_blocking(move || {
        let file = find(root.path(), &path)?;
        let version = hash(&file).map_err(|error| closed(&path, &error))?;
        Ok(Script { root, file, version })
    });
    done.await.unwrap_or_else(|error| {
        Err(PlaceError::Refused(format!("the script root cannot be looked at: {error}")))
    })
}

fn hash(file: &Path) -> std::io::Result<String> {
    let mut shown = "sha256:".to_owned();
    for byte in Sha256::digest(std::fs::read(file)?) {
        write!(shown, "{byte:02x}").expect("writing to a String cannot fail");
    }
    Ok(shown)
}

fn closed(path: &str, error: &std::io::Error) -> PlaceError {
    PlaceError::Refused(format!("script {path} cannot be opened: {error}"))
}

fn find(root: &Path, path: &str) -> Result<PathBuf, PlaceError> {
    let script = std::fs::canonicalize(root.join(path)).map_err(|error| closed(path, &error))?;
    if !script.starts_with(root) {
        let outside = script.display();
        return Err(PlaceError::Refused(format!(
            "script {path} leads to {outside}, outside the script root {}",
            root.display()
        )));
    }
    if !std::fs::metadata(&script).map_err(|error| closed(path, &error))?.is_file() {
        return Err(PlaceError::Refused(format!("script {path} is no file")));
    }
    Ok(script)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn scripts_stay_in_their_root() {
        let outer = tempfile::tempdir().unwrap();
        let root = outer.path().canonicalize().unwrap().join("root");
        std::fs::create_dir_all(root.join("sub")).unwrap();
        std::fs::write(root.join("sub/a.rsql"), "select 1;").unwrap();
        std::fs::write(outer.path().join("secret.rsql"), "select 2;").unwrap();
        std::os::unix::fs::symlink("../secret.rsql", root.join("out.rsql")).unwrap();
        std::os::unix::fs::symlink("sub/a.rsql", root.join("in.rsql")).unwrap();
        let opened = ScriptRoot::new(root.clone());
        let check = async |path: &str, expect: Result<&str, &str>| {
            let seen = open(&opened, path).await;
            let seen = seen.map(|found| found.file.strip_prefix(&root).unwrap().to_owned());
            match (seen, expect) {
                (Ok(found), Ok(expected)) => assert_eq!(found, Path::new(expected), "{path}"),
                (Err(error), Err(expected)) => {
                    assert!(error.to_string().contains(expected), "{path}: {error}");
                }
                (seen, _) => assert_eq!(format!("{seen:?}"), format!("{expect:?}"), "{path}"),
            }
        };
        check("sub/a.rsql", Ok("sub/a.rsql")).await;
        check("in.rsql", Ok("sub/a.rsql")).await;
        check("out.rsql", Err("outside the script root")).await;
        check("../secret.rsql", Err("outside the script root")).await;
        check("none.rsql", Err("script none.rsql cannot be opened")).await;
        check("sub", Err("script sub is no file")).await;
        assert_eq!(
            open(&opened, "sub/a.rsql").await.unwrap().version,
            "sha256:354b7196c9ba5fb4b21cf615bb6ec4cd5c07503c34229feef033fc081a8c03f4"
        );
    }
}
