//! The password file `~/.pgpass`: `host:port:database:user:password`, `*` matches anything, `\` protects.
//!
//! As in libpq, a file that others can read is not used.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::{ConnectOptions, Secret};

/// The password of the first line that fits; `None` when there is none or the file may not be used.
pub(super) fn find(path: &Path, options: &ConnectOptions) -> Option<Secret> {
    let metadata = std::fs::metadata(path).ok()?;
    if !metadata.is_file() {
        return None;
    }
    if metadata.permissions().mode() & 0o077 != 0 {
        tracing::warn!(
            path = %path.display(),
            "password file has group or world access; permissions should be u=rw (0600) or less"
        );
        return None;
    }
    let bytes = std::fs::read(path).ok()?;
    find_in(&String::from_utf8_lossy(&bytes), options)
}

fn find_in(text: &str, options: &ConnectOptions) -> Option<Secret> {
    // libpq files a Unix-domain socket in its default directory under "localhost".
    let host = if options.host == "/var/run/postgresql" { "localhost" } else { options.host.as_str() };
    let port = options.port.to_string();
    let wanted = [host, port.as_str(), options.database.as_str(), options.user.as_str()];
    text.lines().filter(|line| !line.starts_with('#')).find_map(|line| {
        let mut rest = line;
        for value in wanted {
            let (field, tail) = field(rest)?;
            if field.0 != value && !field.1 {
                return None;
            }
            rest = tail;
        }
        Some(Secret::new(unescape(rest)))
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
        let options = ConnectOptions::from_uri("postgresql://u@h:5439/d").unwrap();
        assert_eq!(find_in(text, &options).as_ref().map(Secret::expose), expect, "{text}");
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
        std::fs::write(&path, "*:*:*:*:secret\n").unwrap();
        let options = ConnectOptions::from_uri("postgresql://u@h/d").unwrap();
        for (mode, expect) in [(0o644, None), (0o600, Some(Secret::new("secret")))] {
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
            assert_eq!(find(&path, &options), expect, "{mode:o}");
        }
    }
}
