//! Finds credentials by the words before them: Redshift's COPY and UNLOAD, CREATE USER, connection strings, assignments.
//! Owns the words, and where a value begins and ends. Knows no value beforehand, and does not replace any.

use std::ops::Range;

/// A quoted value after one of these words is a secret; `AS` or `=` may stand between.
const QUOTED_AFTER: [&str; 8] = [
    "credentials",
    "access_key_id",
    "secret_access_key",
    "session_token",
    "master_symmetric_key",
    "password",
    "passwd",
    "pwd",
];
/// What is assigned to a name with one of these ends is a secret, quoted or not.
const ASSIGNED_TO: [&str; 8] =
    ["password", "passwd", "pwd", "secret", "token", "access_key", "access_key_id", "symmetric_key"];
/// Credentials that only name a role tell who may read, and are no secret.
const ROLE: &[u8] = b"aws_iam_role=";

/// Where the secrets of this text lie, in order, without their quotes. A quote that is not closed reaches to the end.
pub(super) fn find(text: &[u8]) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    // Most lines of a log have neither, and cost no more than this look.
    if !text.iter().any(|byte| matches!(byte, b'\'' | b'=')) {
        return found;
    }
    let mut at = 0;
    while at < text.len() {
        let word = text[at..].iter().take_while(|byte| is_word(**byte)).count();
        if word == 0 {
            at += 1;
            continue;
        }
        let end = at + word;
        let value = value_after(text, &text[at..end].to_ascii_lowercase(), end);
        at = value.as_ref().map_or(end, |value| value.end);
        found.extend(value.filter(|value| !value.is_empty()));
    }
    found
}

/// The secret after a word that ends here, if the word announces one.
fn value_after(text: &[u8], word: &[u8], end: usize) -> Option<Range<usize>> {
    let quoted = QUOTED_AFTER.iter().any(|known| word == known.as_bytes());
    let assigned = ASSIGNED_TO.iter().any(|known| word.ends_with(known.as_bytes()));
    if !quoted && !assigned {
        return None;
    }
    let next = skip_blanks(text, end);
    let assignment = text.get(next) == Some(&b'=');
    let start = match (assignment, quoted) {
        (true, _) => skip_blanks(text, next + 1),
        (false, true) => skip_as(text, next),
        (false, false) => return None,
    };
    if let Some(value) = quoted_at(text, start) {
        return Some(value).filter(|value| !is_role(&text[value.clone()]));
    }
    // Bare values stand right behind the sign: `a = b` compares.
    (assigned && assignment && next == end && start == next + 1).then(|| start..bare_end(text, start))
}

/// What lies between the quotes that open here, `E'…'` included.
fn quoted_at(text: &[u8], start: usize) -> Option<Range<usize>> {
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

fn bare_end(text: &[u8], start: usize) -> usize {
    let ends =
        |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b';' | b'\'' | b'"' | b'&' | b',' | b')');
    text[start..].iter().position(ends).map_or(text.len(), |length| start + length)
}

fn is_role(value: &[u8]) -> bool {
    value.get(..ROLE.len()).is_some_and(|head| head.eq_ignore_ascii_case(ROLE)) && !value.contains(&b';')
}

fn skip_as(text: &[u8], at: usize) -> usize {
    match text.get(at..at + 2) {
        Some(word) if word.eq_ignore_ascii_case(b"as") => skip_blanks(text, at + 2),
        _ => at,
    }
}

fn skip_blanks(text: &[u8], at: usize) -> usize {
    at + text[at..].iter().take_while(|byte| byte.is_ascii_whitespace()).count()
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_found_by_the_words_before_them() {
        fn check(text: &str, expect: &[&str]) {
            let found: Vec<&str> = find(text.as_bytes()).into_iter().map(|range| &text[range]).collect();
            assert_eq!(found, expect, "{text}");
        }
        let keys = "aws_access_key_id=AKIA1;aws_secret_access_key=wJal/r+1";
        check(&format!("copy t from 's3://b/x' credentials '{keys}' csv"), &[keys]);
        check(&format!("copy t from 's3://b/x' WITH CREDENTIALS AS '{keys}'"), &[keys]);
        check(&format!("LINE 2: credentials\n '{keys}"), &[keys]);
        // The word stood on the line before.
        check(&format!("  '{keys};token=IQoJ'"), &["AKIA1", "wJal/r+1", "IQoJ"]);
        check("credentials 'aws_iam_role=arn:aws:iam::1:role/x'", &[]);
        check(
            "credentials 'aws_iam_role=arn:x;master_symmetric_key=k'",
            &["aws_iam_role=arn:x;master_symmetric_key=k"],
        );
        check("iam_role 'arn:aws:iam::1:role/x' region 'eu-west-1'", &[]);
        check(
            "ACCESS_KEY_ID 'AKIA1' SECRET_ACCESS_KEY as 'wJal' session_token 'IQoJ'",
            &["AKIA1", "wJal", "IQoJ"],
        );
        check("create user u password 'it''s' valid until 'x'", &["it''s"]);
        check("alter user u with encrypted password E'a\\'b'", &["a\\'b"]);
        check("create user u password disable; select 'x'", &[]);
        check("create user u password ''", &[]);
        check("host=h password=open user=u", &["open"]);
        check("+ export DB_PASSWORD=open API_TOKEN='x y'", &["open", "x y"]);
        check("select password = other, key='k' from t where password_changed = 'x'", &[]);
        check("nothing here", &[]);
        check("password", &[]);
        check("password =", &[]);
        check("password=", &[]);
        check("passwörd 'x'", &[]);
    }
}
