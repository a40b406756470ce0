//! Which objects can be files under a directory: keys that lead out of it, or that no file can have, are left out. Pure, but for
//! what it tells in the log.

use std::collections::{BTreeMap, BTreeSet};

use crate::objects::Listed;

/// Largest script, in bytes. Scripts are texts; this is far beyond any that people write.
const SCRIPT_BYTES_MAX: u64 = 16 << 20;
/// The objects that can be files, by their paths. The others are left out and told: one bad key must not stop all jobs, and a
/// job that needs that very script says that it is not there.
pub(super) fn usable(objects: Vec<Listed>, prefix: &str) -> BTreeMap<String, Listed> {
    let mut files = BTreeMap::new();
    let mut folders = BTreeSet::new();
    for object in objects {
        let path = object.key.strip_prefix(prefix).unwrap_or(&object.key).to_owned();
        // Consoles make these where somebody makes a folder.
        if path.is_empty() || path.ends_with('/') {
            continue;
        }
        if let Some(cause) = unfit(&path, object.bytes) {
            tracing::warn!(key = object.key, cause, "an object among the scripts is left out");
            continue;
        }
        folders.extend(path.match_indices('/').map(|(slash, _)| path[..slash].to_owned()));
        files.insert(path, object);
    }
    files.retain(|path, object| {
        let is_folder = folders.contains(path);
        if is_folder {
            tracing::warn!(
                key = object.key,
                "an object among the scripts is left out: others lie under its name"
            );
        }
        !is_folder
    });
    files
}

/// Why a path cannot be a file under the root.
fn unfit(path: &str, bytes: u64) -> Option<&'static str> {
    if path.split('/').any(|part| matches!(part, "" | "." | "..")) {
        Some("its key leads out of the folder, or names none")
    } else if path.contains(['\0', '\\']) {
        Some("its key has a character that a path must not have")
    } else if path.split('/').any(|part| part.len() > 255) {
        Some("a part of its key is longer than a file's name may be")
    } else if bytes > SCRIPT_BYTES_MAX {
        Some("it is larger than a script may be")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_that_are_files() {
        let check = |keys: &[(&str, u64)], expect: &[&str]| {
            let listed = |(key, bytes): &(&str, u64)| Listed {
                key: format!("etl/{key}"),
                etag: String::new(),
                bytes: *bytes,
            };
            let files = usable(keys.iter().map(listed).collect(), "etl/");
            assert_eq!(files.keys().collect::<Vec<_>>(), expect, "{keys:?}");
        };
        check(&[("a.rsql", 1), ("sub/b.rsql", 1), ("empty.sql", 0)], &["a.rsql", "empty.sql", "sub/b.rsql"]);
        check(&[("", 0), ("sub/", 0)], &[]);
        check(&[("../x", 1), ("a/../x", 1), ("/x", 1), ("a//x", 1), ("./x", 1), ("a\\..\\x", 1)], &[]);
        check(&[("..x", 1), ("a..b/c", 1)], &["..x", "a..b/c"]);
        check(&[("big", SCRIPT_BYTES_MAX + 1), ("fits", SCRIPT_BYTES_MAX)], &["fits"]);
        check(&[("a", 1), ("a/b", 1), ("a-b", 1)], &["a-b", "a/b"]);
        check(&[(&"n".repeat(256), 1)], &[]);
    }
}
