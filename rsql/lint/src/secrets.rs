//! Secrets that stand in a script in clear: credentials of COPY and UNLOAD, passwords of users and connections, keys by
//! their form. Owns what counts as one and where it stands, so that no finding shows it.

use std::ops::Range;

use rsql_lang::walk::{Command, Walk, What};
use rsql_sql::credentials::{QUOTED_AFTER, bare_end, is_role, is_word, quoted_at, skip_as, skip_blanks};

use crate::Found;
use crate::rule::Rule;
use crate::source::{Sources, line_starts};

/// What is assigned without blanks to a name with one of these ends is a secret.
const ASSIGNED_TO: [&str; 6] =
    ["password", "passwd", "pwd", "secret_access_key", "access_key_id", "session_token"];
/// Variables with one of these ends hold secrets.
const SECRET_VARIABLES: [&str; 6] = ["password", "passwd", "pwd", "secret", "token", "secret_access_key"];
/// Beginnings of the ids of access keys, and how long these are.
const KEY_IDS: [&[u8]; 2] = [b"AKIA", b"ASIA"];
const KEY_ID_BYTES: usize = 20;
/// Place of the password among the arguments of `\logon`.
const LOGON_PASSWORD: usize = 4;

/// Where secrets stand in the text of each file.
pub(crate) fn find(walk: &Walk) -> Vec<Vec<Range<usize>>> {
    let mut found: Vec<Vec<Range<usize>>> = walk.files.iter().map(|file| in_text(&file.text)).collect();
    let starts: Vec<Vec<usize>> = walk.files.iter().map(|file| line_starts(&file.text)).collect();
    for item in &walk.items {
        let file = item.place.file;
        if let What::Command(command) = &item.what
            && let Some(secret) = of_command(command)
            && let Some(&start) = starts.get(file).and_then(|starts| starts.get(item.place.line - 1))
            && let Some(range) = place_of(&walk.files[file].text, start, item.place.column, secret)
        {
            found[file].push(range);
        }
    }
    found
}

/// One finding for each.
pub(crate) fn all(sources: &Sources<'_>, found: &mut Vec<Found>) {
    found.extend(sources.secrets().map(|place| Found {
        rule: Rule::SecretInClear,
        place,
        message: "a secret stands here in clear".to_owned(),
        hint: "change it, as it is known now; use iam_role, the job's connection, or a variable that the caller gives"
            .to_owned(),
    }));
}

/// The argument of a command that is a secret.
fn of_command(command: &Command) -> Option<&[u8]> {
    let argument = |index: usize| command.args.get(index).map(Vec::as_slice);
    match command.name.as_str() {
        "logon" => argument(LOGON_PASSWORD),
        "set" | "setenv" => {
            let name = String::from_utf8_lossy(argument(0)?).to_lowercase();
            SECRET_VARIABLES.iter().any(|end| name.ends_with(end)).then(|| argument(1)).flatten()
        }
        _ => None,
    }
    .filter(|value| is_literal(value))
}

/// Whether a value stands there itself, not a variable, a placeholder or the output of a program.
fn is_literal(value: &[u8]) -> bool {
    let is_stand_in = value.first().is_none_or(|first| b":$<`*{%".contains(first));
    !is_stand_in && value != b"-"
}

/// Where an argument is written on the line of its command; the rest of the line when it is written otherwise.
fn place_of(text: &[u8], start: usize, column: usize, argument: &[u8]) -> Option<Range<usize>> {
    let line = &text[start..];
    let line = &line[..memchr::memchr(b'\n', line).unwrap_or(line.len())];
    let written = line.get(column..)?;
    let (from, length) = match memchr::memmem::rfind(written, argument) {
        Some(at) => (at, argument.len()),
        None => {
            let first = written.iter().position(u8::is_ascii_whitespace).unwrap_or(0) + 1;
            (first, written.len().saturating_sub(first))
        }
    };
    let from = start + column + from;
    Some(from..from + length).filter(|range| !range.is_empty())
}

/// Secrets that words or their form give away.
fn in_text(text: &[u8]) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let word = text[at..].iter().take_while(|byte| is_word(**byte)).count();
        if word == 0 {
            if text[at..].starts_with(b"://")
                && let Some(range) = password_of_uri(text, at + 3)
            {
                found.push(range);
            }
            at += 1;
            continue;
        }
        let end = at + word;
        if let Some(key) = key_id(&text[at..end]) {
            found.push(at + key.start..at + key.end);
        }
        let value = value_after(text, &text[at..end], end);
        // Keys within credentials are part of them, and are not looked for again.
        at = value.as_ref().map_or(end, |value| value.end);
        found.extend(value.filter(|value| !value.is_empty()));
    }
    found
}

fn key_id(word: &[u8]) -> Option<Range<usize>> {
    let is_key = KEY_IDS.iter().any(|head| word.starts_with(head))
        && word.len() == KEY_ID_BYTES
        && word.iter().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
    is_key.then_some(0..KEY_ID_BYTES)
}

/// The secret after a word that ends here, if the word announces one.
fn value_after(text: &[u8], word: &[u8], end: usize) -> Option<Range<usize>> {
    let is_end = |known: &str| {
        word.len() >= known.len() && word[word.len() - known.len()..].eq_ignore_ascii_case(known.as_bytes())
    };
    let quoted = QUOTED_AFTER.iter().any(|known| word.len() == known.len() && is_end(known));
    let assigned = ASSIGNED_TO.iter().any(|known| is_end(known));
    if !quoted && !assigned {
        return None;
    }
    let next = skip_blanks(text, end);
    let assignment = text.get(next) == Some(&b'=');
    let start = match (assignment, quoted) {
        (true, _) => skip_blanks(text, next + 1),
        // A quote right behind the word closes a string that it ends.
        (false, true) if next > end => skip_as(text, next),
        (false, _) => return None,
    };
    if let Some(value) = quoted_at(text, start) {
        return Some(value).filter(|value| gives_away(&text[value.clone()]));
    }
    let is_tight = assigned && assignment && next == end && start == next + 1;
    is_tight.then(|| start..bare_end(text, start)).filter(|value| is_literal(&text[value.clone()]))
}

/// Whether quoted credentials are a secret: not a role alone, nothing that a shell or a template fills in.
fn gives_away(value: &[u8]) -> bool {
    let is_filled_in = value.contains(&b'$') || memchr::memmem::find(value, b"{{").is_some();
    is_literal(value) && !is_role(value) && !is_filled_in
}

/// The password of `scheme://user:password@host`, whose user begins here.
fn password_of_uri(text: &[u8], user: usize) -> Option<Range<usize>> {
    let rest = &text[user..];
    let ends = |byte: &u8| byte.is_ascii_whitespace() || b"'\"/?`".contains(byte);
    let authority = &rest[..rest.iter().position(ends).unwrap_or(rest.len())];
    let at = memchr::memrchr(b'@', authority)?;
    let colon = memchr::memchr(b':', &authority[..at])?;
    let password = user + colon + 1..user + at;
    is_literal(&text[password.clone()]).then_some(password)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expect: &[&str]) {
        let found: Vec<&str> = in_text(text.as_bytes()).into_iter().map(|range| &text[range]).collect();
        assert_eq!(found, expect, "{text}");
    }

    #[test]
    fn secrets_are_found_by_the_words_before_them() {
        let keys = "aws_access_key_id=x1;aws_secret_access_key=y/2+";
        check(&format!("copy t from 's3://b' credentials '{keys}' csv"), &[keys]);
        check("access_key_id 'a' secret_access_key as 'b'", &["a", "b"]);
        check("create user u password 'p''q'", &["p''q"]);
        check("\\c host=h password=p dbname=d", &["p"]);
        check("\\c postgresql://u:p@x@h/d", &["p@x"]);
        check("-- AKIAIOSFODNN7EXAMPLE was here", &["AKIAIOSFODNN7EXAMPLE"]);
    }

    #[test]
    fn other_texts_are_no_secrets() {
        check("credentials 'aws_iam_role=arn:aws:iam::1:role/r'", &[]);
        check("create user u password disable", &[]);
        check("create user u password :'new_password'", &[]);
        check("credentials '${CREDENTIALS}' password '' password '{{ secret }}'", &[]);
        check("select password, pwd from users where password is not null and pwd = login", &[]);
        check("\\c postgresql://h:5439/d postgresql://u@h/d postgresql://u::p@h", &[]);
        check("file='/etc/passwd' 'x'", &[]);
        check("select 'http://h/a:b@c', AKIA, AKIAIOSFODNN7EXAMPLEX", &[]);
    }
}
