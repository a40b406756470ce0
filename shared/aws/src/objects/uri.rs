//! `s3://bucket/key` and patterns of it. Owns what a pattern matches: `*` and `?` stand for characters within one part of the
//! key, as in a file system, and `**` for any number of parts. Pure.

use fleet_core::ports::PortError;

/// A bucket, and a key or the pattern of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Uri {
    pub(crate) bucket: String,
    pub(crate) key: String,
}

impl Uri {
    /// Reads `s3://bucket/key`.
    pub(crate) fn parse(text: &str) -> Result<Self, PortError> {
        let refused = |cause: &str| PortError::Refused {
            what: format!("read `{text}` as an S3 URI"),
            cause: format!("{cause}; it looks like s3://bucket/path/*.gz"),
        };
        let rest = text.strip_prefix("s3://").ok_or_else(|| refused("it does not begin with s3://"))?;
        let (bucket, key) = rest.split_once('/').unwrap_or((rest, ""));
        if bucket.is_empty() || bucket.contains(['*', '?']) {
            return Err(refused("it names no bucket"));
        }
        Ok(Self { bucket: bucket.to_owned(), key: key.to_owned() })
    }

    /// The part of the key before the first wildcard: all that matches begins with it.
    pub(super) fn literal_prefix(&self) -> &str {
        let end = self.key.find(['*', '?']).unwrap_or(self.key.len());
        &self.key[..end]
    }

    /// Whether a key matches.
    pub(super) fn matches(&self, key: &str) -> bool {
        matches(self.key.as_bytes(), key.as_bytes())
    }
}

/// How a wildcard takes more of the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Grows {
    /// `*`: by a byte that is no `/`.
    WithinPart,
    /// `**`: by any byte.
    Anyhow,
    /// `**/`: by a whole part.
    ByPart,
}

/// A wildcard to come back to, when what follows it does not match: what follows, and where in the key it was tried.
#[derive(Debug, Clone, Copy)]
struct Mark {
    grows: Grows,
    pattern: usize,
    key: usize,
}

impl Mark {
    /// The wildcard with a little more of the key, if it may have that.
    fn grown(self, key: &[u8]) -> Option<Self> {
        let rest = &key[self.key..];
        let more = match self.grows {
            Grows::WithinPart => rest.first().filter(|next| **next != b'/').map(|_| 1),
            Grows::Anyhow => rest.first().map(|_| 1),
            Grows::ByPart => rest.iter().position(|next| *next == b'/').map(|slash| slash + 1),
        };
        Some(Self { key: self.key + more?, ..self })
    }
}

/// Walks both once, and goes back to the last wildcard of either width only: time grows with the product of the lengths at
/// worst, whatever the pattern is.
fn matches(pattern: &[u8], key: &[u8]) -> bool {
    let (mut at, mut seen) = (0, 0);
    let (mut narrow, mut wide): (Option<Mark>, Option<Mark>) = (None, None);
    loop {
        match (pattern.get(at), key.get(seen)) {
            (None, None) => return true,
            (Some(b'*'), _) => {
                let (grows, length) = wildcard(pattern, at);
                at += length;
                let mark = Mark { grows, pattern: at, key: seen };
                if grows == Grows::WithinPart {
                    narrow = Some(mark);
                } else {
                    (wide, narrow) = (Some(mark), None);
                }
            }
            (Some(b'?'), Some(found)) if *found != b'/' => {
                at += 1;
                seen += 1 + key[seen + 1..].iter().take_while(|byte| is_continuation(**byte)).count();
            }
            (Some(wanted), Some(found)) if wanted == found => (at, seen) = (at + 1, seen + 1),
            _ => {
                if let Some(mark) = narrow.and_then(|mark| mark.grown(key)) {
                    narrow = Some(mark);
                    (at, seen) = (mark.pattern, mark.key);
                } else if let Some(mark) = wide.and_then(|mark| mark.grown(key)) {
                    (wide, narrow) = (Some(mark), None);
                    (at, seen) = (mark.pattern, mark.key);
                } else {
                    return false;
                }
            }
        }
    }
}

/// The wildcard at a place of the pattern, and its length.
fn wildcard(pattern: &[u8], at: usize) -> (Grows, usize) {
    let is_part = at == 0 || pattern[at - 1] == b'/';
    match &pattern[at..] {
        [b'*', b'*', b'/', ..] if is_part => (Grows::ByPart, 3),
        [b'*', b'*', ..] => (Grows::Anyhow, 2),
        _ => (Grows::WithinPart, 1),
    }
}

/// Whether the byte goes on a character of several bytes.
const fn is_continuation(byte: u8) -> bool {
    byte & 0xC0 == 0x80
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns() {
        let check = |pattern: &str, key: &str, expect: bool| {
            assert_eq!(matches(pattern.as_bytes(), key.as_bytes()), expect, "{pattern} on {key}");
        };
        check("in/2026-11-21/*.gz", "in/2026-11-21/a.gz", true);
        check("in/2026-11-21/*.gz", "in/2026-11-21/.gz", true);
        check("in/2026-11-21/*.gz", "in/2026-11-21/a.gz.tmp", false);
        check("in/2026-11-21/*.gz", "in/2026-11-21/part/a.gz", false);
        check("in/**/*.gz", "in/2026-11-21/part/a.gz", true);
        check("in/**/*.gz", "in/a.gz", true);
        check("in/**/*.gz", "int/a.gz", false);
        check("in/**/b.gz", "in/xb.gz", false);
        check("in/**/b.gz", "in/x/b.gz", true);
        check("in/x**/b.gz", "in/xy/z/b.gz", true);
        check("in/**", "in/a/b/c", true);
        check("in/*/_SUCCESS", "in/a/_SUCCESS", true);
        check("in/*/_SUCCESS", "in/a/b/_SUCCESS", false);
        check("*a*b*c", "xxaxxbxxbxc", true);
        check("*a*b*c", "xxaxxbxxbx", false);
        check("a?c", "abc", true);
        check("a?c", "aüc", true);
        check("a?c", "a/c", false);
        check("a?c", "ac", false);
        check("", "", true);
        check("", "a", false);
        check("exact.csv", "exact.csv", true);
        check("a/**/b/*.gz", "a/x/y/b/c/b/d.gz", true);
        check("a/**/b/*.gz", "a/x/b/c/d.gz", false);
    }

    #[test]
    fn long_patterns_take_no_time() {
        let (pattern, key) = ("*a".repeat(200), "a".repeat(1_000) + "b");
        assert!(!matches(pattern.as_bytes(), key.as_bytes()));
    }

    #[test]
    fn uris() {
        let check = |text: &str, expect: Option<(&str, &str, &str)>| {
            let uri = Uri::parse(text).ok();
            let seen = uri.as_ref().map(|uri| (uri.bucket.as_str(), uri.key.as_str(), uri.literal_prefix()));
            assert_eq!(seen, expect, "{text}");
        };
        check("s3://landing/a/2026*/b?.gz", Some(("landing", "a/2026*/b?.gz", "a/2026")));
        check("s3://landing/exact.csv", Some(("landing", "exact.csv", "exact.csv")));
        check("s3://landing", Some(("landing", "", "")));
        check("s3:///key", None);
        check("s3://b*/key", None);
        check("/landing/key", None);
    }
}
