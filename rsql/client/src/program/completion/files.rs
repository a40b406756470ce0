//! Names of files, for arguments that are paths.

use std::path::Path;

/// Most names that are offered: more cannot be read.
const FILES_MAX: usize = 1000;

/// Completes the path that begins at `start`, perhaps after an opening quote.
pub(super) fn complete(before: &str, start: usize) -> (usize, Vec<String>) {
    let start = start + usize::from(before[start..].starts_with('\''));
    let typed = &before[start..];
    let (folder, name) = match typed.rfind('/') {
        Some(slash) => typed.split_at(slash + 1),
        None => ("", typed),
    };
    let place = match folder.strip_prefix("~/") {
        Some(rest) => std::env::home_dir().map(|home| home.join(rest)),
        None => Some(Path::new(if folder.is_empty() { "." } else { folder }).to_owned()),
    };
    let Some(entries) = place.and_then(|place| std::fs::read_dir(place).ok()) else {
        return (start, Vec::new());
    };
    let mut found: Vec<String> = entries
        .take(FILES_MAX)
        .flatten()
        .filter_map(|entry| {
            let found = entry.file_name().into_string().ok()?;
            let hidden = found.starts_with('.') && !name.starts_with('.');
            let end = if entry.path().is_dir() { "/" } else { "" };
            (found.starts_with(name) && !hidden).then(|| format!("{folder}{found}{end}"))
        })
        .collect();
    found.sort();
    (start, found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_completed() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("scripts")).unwrap();
        for name in ["script.sql", ".hidden", "other"] {
            std::fs::write(folder.path().join(name), "").unwrap();
        }
        let path = folder.path().to_str().unwrap();
        let line = format!("\\i '{path}/scr");
        let (start, found) = complete(&line, 3);
        assert_eq!(start, 4);
        assert_eq!(found, [format!("{path}/script.sql"), format!("{path}/scripts/")]);
        assert_eq!(complete(&format!("{path}/nowhere/x"), 0).1, Vec::<String>::new());
    }
}
