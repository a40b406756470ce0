//! Passwords in connection commands: what of a line may be shown by `ECHO` or in a report.

use std::borrow::Cow;

use crate::text::is_space;

/// Commands that may hold a password.
const CONNECTING: [&[u8]; 3] = [b"logon", b"connect", b"c"];
/// Place of the password among their arguments.
const PASSWORD: usize = 4;
const KEYWORD: &[u8] = b"password=";
const MASK: &[u8] = b"********";

/// The line with the passwords of connection commands masked.
pub(crate) fn masked(line: &[u8]) -> Cow<'_, [u8]> {
    let Some(start) = arguments(line) else { return Cow::Borrowed(line) };
    let (head, rest) = line.split_at(start);
    let mut shown = head.to_vec();
    let mut words = 0;
    let mut whole = false;
    for word in rest.chunk_by(|a, b| is_space(*a) == is_space(*b)) {
        if is_space(word[0]) {
            shown.extend_from_slice(word);
            continue;
        }
        // A connection string may have any number of words; apart from it, the fifth is a password.
        whole |= words == 0 && (word.contains(&b'=') || memchr::memmem::find(word, b"://").is_some());
        if words == PASSWORD && !whole {
            // It may be quoted and hold blanks, so nothing after it is shown either.
            shown.extend_from_slice(MASK);
            break;
        }
        if let Some(at) = memchr::memmem::find(&word.to_ascii_lowercase(), KEYWORD) {
            shown.extend_from_slice(&word[..at + KEYWORD.len()]);
            shown.extend_from_slice(MASK);
            break;
        }
        push_masked(&mut shown, word);
        words += 1;
    }
    Cow::Owned(shown)
}

/// Where the arguments of the first connection command begin.
fn arguments(line: &[u8]) -> Option<usize> {
    memchr::memchr_iter(b'\\', line).find_map(|at| {
        let name = &line[at + 1..];
        let length = name.iter().position(|&byte| is_space(byte))?;
        CONNECTING.iter().any(|known| name[..length].eq_ignore_ascii_case(known)).then_some(at + 1 + length)
    })
}

/// A word with the password of a URI masked.
fn push_masked(shown: &mut Vec<u8>, word: &[u8]) {
    let Some((start, end)) = uri_password(word) else { return shown.extend_from_slice(word) };
    shown.extend_from_slice(&word[..start]);
    shown.extend_from_slice(MASK);
    shown.extend_from_slice(&word[end..]);
}

/// Where the password stands in `scheme://user:password@host`.
fn uri_password(word: &[u8]) -> Option<(usize, usize)> {
    let user = memchr::memmem::find(word, b"://")? + 3;
    let at = user + memchr::memrchr(b'@', &word[user..])?;
    let colon = user + memchr::memchr(b':', &word[user..at])?;
    Some((colon + 1, at))
}

/// Words that announce a secret in SQL, as Redshift's statements have them.
const ANNOUNCING: [&[u8]; 7] = [
    b"password",
    b"credentials",
    b"access_key_id",
    b"secret_access_key",
    b"session_token",
    b"master_symmetric_key",
    b"secret_string",
];

/// Whether a text holds, or may hold, a secret, so that the history must not: a connection command with a password, or one
/// of the words that announce secrets.
pub(crate) fn holds_secret(text: &[u8]) -> bool {
    let lower = text.to_ascii_lowercase();
    ANNOUNCING.iter().any(|word| memchr::memmem::find(&lower, word).is_some())
        || text
            .split(|byte| *byte == b'\n')
            .any(|line| matches!(masked(line), Cow::Owned(shown) if shown != line))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_masked_and_nothing_else() {
        let check = |line: &str, expect: &str| {
            assert_eq!(String::from_utf8_lossy(&masked(line.as_bytes())), expect, "{line}");
        };
        check("\\logon db user host 5439 secret", "\\logon db user host 5439 ********");
        check("  \\LOGON - - - - 'my secret'", "  \\LOGON - - - - ********");
        check("\\c postgresql://u:se@cret@h/d", "\\c postgresql://u:********@h/d");
        check("\\connect \"host=h password=s dbname=d\"", "\\connect \"host=h password=********");
        check("\\c db user host 5439", "\\c db user host 5439");
        check("\\copy a b c d e f", "\\copy a b c d e f");
        check("select 'password=x'", "select 'password=x'");
    }

    #[test]
    fn the_history_holds_no_secrets() {
        let check = |text: &str, expect| assert_eq!(holds_secret(text.as_bytes()), expect, "{text}");
        check("select 1;", false);
        check("\\logon db user host 5439", false);
        check("\\logon db user host 5439 secret", true);
        check("select 1\n\\c postgresql://u:p@h/d", true);
        check("create user u PASSWORD 'x';", true);
        check("copy t from 's3://b/k' credentials 'aws_access_key_id=a';", true);
        check("copy t from 's3://b/k' iam_role default;", false);
    }
}
