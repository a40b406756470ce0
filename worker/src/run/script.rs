//! Finding a job's script. Owns the rule that it lies in the script root, symbolic links resolved. Does not run it.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::Refusal;

/// The script's own place, with symbolic links resolved. `root` is resolved already.
pub(super) async fn locate(root: &Path, path: &str) -> Result<PathBuf, Refusal> {
    let (root, path) = (root.to_owned(), path.to_owned());
    aside(move || find(&root, &path)).await
}

/// The script's path and the hash of its text as it is now, for the audit.
pub(super) async fn describe(root: &Path, path: &str) -> String {
    let (root, found) = (root.to_owned(), path.to_owned());
    let text = aside(move || {
        let script = find(&root, &found)?;
        std::fs::read(script).map_err(|error| Refusal(error.to_string()))
    });
    let mut shown = format!("script {path}");
    // Why it cannot be read is told by the run that needs it.
    let Ok(text) = text.await else { return shown };
    shown.push_str(" sha256:");
    for byte in Sha256::digest(text) {
        write!(shown, "{byte:02x}").expect("writing to a String cannot fail");
    }
    shown
}

/// One errand to the file system, off the runtime's threads: going there costs more than a few calls.
async fn aside<T: Send + 'static>(
    errand: impl FnOnce() -> Result<T, Refusal> + Send + 'static,
) -> Result<T, Refusal> {
    let done = tokio::task::spawn_blocking(errand).await;
    done.unwrap_or_else(|error| Err(Refusal(format!("the script root cannot be looked at: {error}"))))
}

fn find(root: &Path, path: &str) -> Result<PathBuf, Refusal> {
    let closed = |error| Refusal(format!("script {path} cannot be opened: {error}"));
    let script = std::fs::canonicalize(root.join(path)).map_err(closed)?;
    if !script.starts_with(root) {
        let outside = script.display();
        return Err(Refusal(format!(
            "script {path} leads to {outside}, outside the script root {}",
            root.display()
        )));
    }
    if !std::fs::metadata(&script).map_err(closed)?.is_file() {
        return Err(Refusal(format!("script {path} is no file")));
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
        let check = async |path: &str, expect: Result<&str, &str>| {
            let seen = locate(&root, path).await.map(|found| found.strip_prefix(&root).unwrap().to_owned());
            match (seen, expect) {
                (Ok(found), Ok(expected)) => assert_eq!(found, Path::new(expected), "{path}"),
                (Err(refusal), Err(expected)) => assert!(refusal.0.contains(expected), "{path}: {refusal}"),
                (seen, _) => assert_eq!(format!("{seen:?}"), format!("{expect:?}"), "{path}"),
            }
        };
        check("sub/a.rsql", Ok("sub/a.rsql")).await;
        check("in.rsql", Ok("sub/a.rsql")).await;
        check("out.rsql", Err("outside the script root")).await;
        check("../secret.rsql", Err("outside the script root")).await;
        check("none.rsql", Err("script none.rsql cannot be opened")).await;
        check("sub", Err("script sub is no file")).await;
        assert_eq!(describe(&root, "out.rsql").await, "script out.rsql");
        let shown = describe(&root, "sub/a.rsql").await;
        assert_eq!(
            shown,
            "script sub/a.rsql sha256:354b7196c9ba5fb4b21cf615bb6ec4cd5c07503c34229feef033fc081a8c03f4"
        );
    }
}
