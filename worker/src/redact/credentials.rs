//! Finds credentials by the words before them: Redshift's COPY and UNLOAD, CREATE USER, connection strings, assignments.
//! Owns what counts as a secret in a log; where values begin and end stands in `rsql_sql`. Knows no value beforehand, and
//! does not replace any.

use std::ops::Range;

use rsql_sql::credentials::{QUOTED_AFTER, bare_end, is_role, is_word, quoted_at, skip_as, skip_blanks};

/// What is assigned to a name with one of these ends is a secret, quoted or not.
const ASSIGNED_TO: [&str; 8] =
    ["password", "passwd", "pwd", "secret", "token", "access_key", "access_key_id", "symmetric_key"];
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
