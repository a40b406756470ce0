//! The directory that stands for S3, and files beside it: which files a prefix means.
//!
//! Does not open them.

use std::path::{Component, Path, PathBuf};

/// Folders within folders that are looked into.
const DEPTH_MAX: usize = 50;

/// Where `s3://` is.
#[derive(Clone, Debug)]
pub(crate) struct Objects {
    root: Option<PathBuf>,
}

/// One file, by the name that the script knows and by where it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Object {
    pub(super) name: String,
    pub(super) path: PathBuf,
}

impl Objects {
    pub(crate) fn new(root: Option<PathBuf>) -> Objects {
        Objects { root }
    }

    /// Where the file of a name is, or would be.
    pub(super) fn path(&self, name: &str, directory: &Path) -> Result<PathBuf, String> {
        let Some(key) = name.strip_prefix("s3://") else { return Ok(directory.join(name)) };
        let Some(root) = &self.root else {
            return Err(format!(
                "no directory stands for {name}; give one with --emulate-s3 DIRECTORY or {}",
                super::OBJECTS_VARIABLE
            ));
        };
        let key = Path::new(key);
        if key.components().any(|part| !matches!(part, Component::Normal(_))) {
            return Err(format!("{name} is not the name of an object"));
        }
        // As it is written, since a prefix that ends with a slash means another thing than one without.
        Ok(root.join(key))
    }

    /// The files whose names begin with `prefix`, in the order of their names.
    pub(super) fn list(&self, prefix: &str, directory: &Path) -> Result<Vec<Object>, String> {
        let path = self.path(prefix, directory)?;
        let ends_in_folder = prefix.ends_with('/');
        let (folder, start) = if ends_in_folder {
            (path.clone(), String::new())
        } else {
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
            (path.parent().map(Path::to_path_buf).unwrap_or_default(), name.unwrap_or_default())
        };
        let head = prefix.len() - if ends_in_folder { 0 } else { start.len() };
        let mut found = Vec::new();
        walk(&folder, &prefix[..head], &start, &mut found, 0);
        found.sort_by(|a: &Object, b: &Object| a.name.cmp(&b.name));
        Ok(found)
    }
}

fn walk(folder: &Path, name: &str, start: &str, found: &mut Vec<Object>, depth: usize) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let file_name = entry.file_name().to_string_lossy().into_owned();
        if !file_name.starts_with(start) {
            continue;
        }
        let path = entry.path();
        let name = format!("{name}{file_name}");
        if path.is_file() {
            found.push(Object { name, path });
        } else if path.is_dir() && depth < DEPTH_MAX {
            walk(&path, &format!("{name}/"), "", found, depth + 1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_means_all_files_below_it() {
        let root = tempfile::tempdir().unwrap();
        for name in ["b/in/a_1", "b/in/a_2", "b/in/b_1", "b/in/a_dir/x"] {
            let path = root.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "x").unwrap();
        }
        let objects = Objects::new(Some(root.path().to_owned()));
        let names = |prefix: &str| -> Vec<String> {
            let found = objects.list(prefix, Path::new("/")).unwrap();
            found.into_iter().map(|object| object.name).collect()
        };
        assert_eq!(names("s3://b/in/a_"), ["s3://b/in/a_1", "s3://b/in/a_2", "s3://b/in/a_dir/x"]);
        assert_eq!(names("s3://b/in/b"), ["s3://b/in/b_1"]);
        assert_eq!(names("s3://b/").len(), 4);
        assert!(names("s3://none/").is_empty());
        assert!(objects.list("s3://b/../x", Path::new("/")).is_err());
    }
}
