//! The scripts of a project as files. Owns which there are. Does not look into them.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use super::{DEPTH_MAX, collect, shown};
use crate::project::Project;

/// More files than this are no scripts: somebody's data lies among them.
const SCRIPTS_MAX: usize = 10_000;

/// One file below the script root.
#[derive(Debug)]
pub(crate) struct Script {
    /// Relative to the script root, with `/`, as workflows name it.
    pub(crate) name: String,
    /// Where it lies.
    #[cfg_attr(not(feature = "aws"), expect(dead_code, reason = "scripts go nowhere but to AWS"))]
    pub(crate) file: PathBuf,
}

/// All files below the script root, by their names. A link that leads out of it is left out, as workers do.
///
/// # Errors
/// When the script root cannot be read, or holds too many files.
pub(crate) fn scripts(project: &Project) -> anyhow::Result<Vec<Script>> {
    let root = &project.scripts;
    let read = |root: &Path| -> std::io::Result<(PathBuf, Vec<PathBuf>)> {
        let real = root.canonicalize()?;
        let mut found = Vec::new();
        collect(&real, DEPTH_MAX, &mut found)?;
        Ok((real, found))
    };
    let (real, found) = read(root).with_context(|| format!("look for scripts in {}", shown(root)))?;
    if found.len() > SCRIPTS_MAX {
        anyhow::bail!(
            "there are {} files in {}; at most {SCRIPTS_MAX} are uploaded",
            found.len(),
            shown(root)
        );
    }
    let is_inside =
        |path: &PathBuf| fs::canonicalize(path).is_ok_and(|file| file.starts_with(&real) && file.is_file());
    let mut scripts = Vec::new();
    for file in found.into_iter().filter(is_inside) {
        let name = file.strip_prefix(&real).ok().and_then(Path::to_str);
        let name = name.with_context(|| format!("name {} in UTF-8", shown(&file)))?;
        scripts.push(Script { name: name.to_owned(), file: file.clone() });
    }
    scripts.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(scripts)
}
