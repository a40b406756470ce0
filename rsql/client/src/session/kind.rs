//! Which server a session is with, as far as its login tells: PostgreSQL of which version, or Amazon Redshift.
//!
//! Asks the server nothing.

use super::Session;

impl Session {
    /// libpq's number of the server's version: 150018 for `15.18`, 80002 for Redshift's `8.0.2`, 0 when it told none.
    #[must_use]
    pub fn version_number(&self) -> u32 {
        version_number(self.parameter("server_version").unwrap_or_default())
    }

    /// Whether this is Amazon Redshift, which names the PostgreSQL that it began as, and its own revision beside it.
    #[must_use]
    pub fn is_redshift(&self) -> bool {
        (80_000..90_000).contains(&self.version_number())
            || self.parameters.keys().any(|name| name.starts_with("padb_"))
    }
}

/// libpq's number of a version: `15.18` is 150018, `8.0.2` is 80002, `16beta1` is 160000.
fn version_number(text: &str) -> u32 {
    let digits = |part: &str| {
        let end = part.find(|c: char| !c.is_ascii_digit()).unwrap_or(part.len());
        part[..end].parse::<u32>().ok()
    };
    let mut parts = text.split_whitespace().next().unwrap_or_default().split('.').map(digits);
    let major = parts.next().flatten().unwrap_or(0);
    let minor = parts.next().flatten().unwrap_or(0);
    let revision = parts.next().flatten().unwrap_or(0);
    if major >= 10 { major * 10_000 + minor } else { major * 10_000 + minor * 100 + revision }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_become_libpqs_numbers() {
        for (text, expect) in [
            ("15.18 (Debian 15.18-0+deb12u1)", 150_018),
            ("8.0.2", 80_002),
            ("9.6.24", 90_624),
            ("16beta1", 160_000),
            ("", 0),
        ] {
            assert_eq!(version_number(text), expect, "{text}");
        }
    }
}
