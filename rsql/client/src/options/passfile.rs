//! The password file `~/.pgpass`: `host:port:database:user:password`, `*` matches anything, `\` protects.
//!
//! As in libpq, a file that others can read is not used, with a warning.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::Secret;

/// The file's text, or the warning that is due: libpq's. A file that is not there has neither.
pub(super) fn read(path: &Path) -> Result<String, Option<String>> {
    let metadata = std::fs::metadata(path).map_err(|_| None)?;
    if !metadata.is_file() {
        return Err(Some(format!("password file \"{}\" is not a plain file", path.display())));
    }
    if metadata.permissions().mode() & 0o077 != 0 {
        return Err(Some(format!(
            "password file \"{}\" has group or world access; permissions should be u=rw (0600) or less",
            path.display()
        )));
    }
    let bytes = std::fs::read(path).map_err(|_| None)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// The password of the first line that fits.
pub(super) fn find(text: &str, host: &str, port: u16, database: &str, user: &str) -> Option<Secret> {
    // libpq files a Unix-domain socket in its default directory under "localhost".
    let host = if host == "/var/run/postgresql" { "localhost" } else { host };
    let port = port.to_string();
    let wanted = [host, port.as_str(), database, user];
    text.lines().filter(|line| !line.starts_with('#')).find_map(|line| {
        let mut rest = line;
        for value in wanted {
            let (field, tail) = field(rest)?;
            if field.0 != value && !field.1 {
                return None;
            }
            rest = tail;
        }
        // An empty password is none.
        Some(Secret::new(unescape(rest))).filter(|password| !password.expose().is_empty())
    })
}

/// The field up to the next unprotected colon, unescaped, and whether it is the wildcard; then the rest of the line.
fn field(line: &str) -> Option<((String, bool), &str)> {
    let mut protected = false;
    for (at, c) in line.char_indices() {
        match c {
            _ if protected => protected = false,
            '\\' => protected = true,
            ':' => return Some(((unescape(&line[..at]), &line[..at] == "*"), &line[at + 1..])),
            _ => {}
        }
    }
    None
}

fn unescape(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut characters = text.chars();
    while let Some(c) = characters.next() {
        match c {
            '\\' => plain.extend(characters.next()),
            c => plain.push(c),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expect: Option<&str>) {
        assert_eq!(find(text, "h", 5439, "d", "u").as_ref().map(Secret::expose), expect, "{text}");
    }

    #[test]
    fn the_first_line_that_fits_wins() {
        check("h:5439:d:u:one\nh:5439:d:u:two", Some("one"));
        check("#h:5439:d:u:no\n*:*:*:u:star", Some("star"));
        check("h:5439:d:other:x\n*:*:*:*:y", Some("y"));
        check(r"h:5439:d:u:a\:b\\c", Some(r"a:b\c"));
        check("h:5439:d:u:with:colon", Some("with:colon"));
        check("h:5439:d", None);
        check(r"\*:5439:d:u:x", None);
        check("h:5439:d:u:crlf\r\n", Some("crlf"));
    }

    #[test]
    fn a_file_open_to_others_is_not_used() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("pgpass");
        assert_eq!(read(&path), Err(None));
        std::fs::write(&path, "*:*:*:*:secret\n").unwrap();
        for (mode, usable) in [(0o644, false), (0o600, true)] {
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
            let text = read(&path);
            assert_eq!(text.is_ok(), usable, "{mode:o}");
            let warned = matches!(&text, Err(Some(warning)) if warning.contains("group or world access"));
            assert_eq!(warned, !usable, "{mode:o}");
        }
        let warning = read(directory.path()).unwrap_err().unwrap();
        assert!(warning.ends_with("is not a plain file"), "{warning}");
    }
}
