//! Finding a job's script. Owns the rule that it lies in the script root, symbolic links resolved. Does not run it.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::Refusal;

/// The script's own place, with symbolic links resolved. `root` is resolved already.
pub(super) async fn locate(root: &Path, path: &str) -> Result<PathBuf, Refusal> {
    off_thread(root, path, find)
        .await
        .unwrap_or_else(|| Err(Refusal(format!("script {path} was not looked for"))))
}

/// The script's path and the hash of its text as it is now, for the audit.
pub(super) async fn describe(root: &Path, path: &str) -> String {
    let mut shown = format!("script {path}");
    // Why it cannot be read is told by the run that needs it.
    let digest = |root: &Path, path: &str| {
        let script = find(root, path).ok()?;
        Some(Sha256::digest(std::fs::read(script).ok()?))
    };
    let Some(digest) = off_thread(root, path, digest).await.flatten() else { return shown };
    shown.push_str(" sha256:");
    for byte in digest {
        write!(shown, "{byte:02x}").expect("writing to a String cannot fail");
    }
    shown
}

/// All that is asked of the disk about a script, in one hop to another thread; `None` when the runtime is ending.
async fn off_thread<T: Send + 'static>(
    root: &Path,
    path: &str,
    work: impl FnOnce(&Path, &str) -> T + Send + 'static,
) -> Option<T> {
    let (root, path) = (root.to_owned(), path.to_owned());
    tokio::task::spawn_blocking(move || work(&root, &path)).await.ok()
}

fn find(root: &Path, path: &str) -> Result<PathBuf, Refusal> {
    let found = root.join(path).canonicalize();
    let script = found.map_err(|error| Refusal(format!("script {path} cannot be opened: {error}")))?;
    if !script.starts_with(root) {
        let outside = script.display();
        return Err(Refusal(format!(
            "script {path} leads to {outside}, outside the script root {}",
            root.display()
        )));
    }
    match script.metadata() {
        Ok(data) if data.is_file() => Ok(script),
        Ok(_) => Err(Refusal(format!("script {path} is no file"))),
        Err(error) => Err(Refusal(format!("script {path} cannot be opened: {error}"))),
    }
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
