//! How statements write credentials: the words that announce them, and where a value after such a word begins and ends.
//! Decides of no value whether it is a secret; those who look for secrets in scripts and in logs do.

use std::ops::Range;

/// A quoted value after one of these words holds credentials; `AS` or `=` may stand between.
pub const QUOTED_AFTER: [&str; 8] = [
    "credentials",
    "access_key_id",
    "secret_access_key",
    "session_token",
    "master_symmetric_key",
    "password",
    "passwd",
    "pwd",
];

/// Credentials that begin so and go no further name a role, which gives nothing away.
const ROLE: &[u8] = b"aws_iam_role=";

/// Whether this value of `credentials` names a role and holds nothing else.
#[must_use]
pub fn is_role(value: &[u8]) -> bool {
    value.get(..ROLE.len()).is_some_and(|head| head.eq_ignore_ascii_case(ROLE)) && !value.contains(&b';')
}

/// What lies between the quotes that open here, `E'…'` included; none where no quote opens. One that is not closed reaches
/// to the end.
#[must_use]
pub fn quoted_at(text: &[u8], start: usize) -> Option<Range<usize>> {
    let escapes = matches!(text.get(start), Some(b'E' | b'e'));
    let open = start + usize::from(escapes);
    if text.get(open) != Some(&b'\'') {
        return None;
    }
    let mut at = open + 1;
    while at < text.len() {
        match (text[at], text.get(at + 1)) {
            (b'\'', Some(b'\'')) => at += 2,
            (b'\\', Some(_)) if escapes => at += 2,
            (b'\'', _) => break,
            _ => at += 1,
        }
    }
    Some(open + 1..at.min(text.len()))
}

/// Where a value without quotes ends that begins here.
#[must_use]
pub fn bare_end(text: &[u8], start: usize) -> usize {
    let ends =
        |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b';' | b'\'' | b'"' | b'&' | b',' | b')');
    text[start..].iter().position(ends).map_or(text.len(), |length| start + length)
}

/// The place behind an `AS` and its blanks; the same place where there is none.
#[must_use]
pub fn skip_as(text: &[u8], at: usize) -> usize {
    match text.get(at..at + 2) {
        Some(word) if word.eq_ignore_ascii_case(b"as") => skip_blanks(text, at + 2),
        _ => at,
    }
}

/// The place behind the blanks that begin here.
#[must_use]
pub fn skip_blanks(text: &[u8], at: usize) -> usize {
    at + text[at..].iter().take_while(|byte| byte.is_ascii_whitespace()).count()
}

/// Whether this byte belongs to a word that may announce credentials.
#[must_use]
pub fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_end_where_their_quotes_do() {
        let check = |text: &str, expect: Option<&str>| {
            assert_eq!(quoted_at(text.as_bytes(), 0).map(|range| &text[range]), expect, "{text}");
        };
        check("'a''b' c", Some("a''b"));
        check("'a\\' b'", Some("a\\"));
        check("e'a\\'b' c", Some("a\\'b"));
        check("'a", Some("a"));
        check("E'a\\", Some("a\\"));
        check("a'b'", None);
        check("", None);
    }

    #[test]
    fn words_and_blanks_before_a_value_are_skipped() {
        assert_eq!(skip_as(b"as  'x'", 0), 4);
        assert_eq!(skip_as(b"'x'", 0), 0);
        assert_eq!(bare_end(b"a=b;c", 2), 3);
        assert_eq!(bare_end(b"a=b", 2), 3);
    }

    #[test]
    fn a_role_is_one_as_long_as_nothing_follows() {
        assert!(is_role(b"AWS_iam_role=arn:aws:iam::1:role/r"));
        assert!(!is_role(b"aws_iam_role=arn;master_symmetric_key=k"));
        assert!(!is_role(b"aws_access_key_id=k"));
    }
}
