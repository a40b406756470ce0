//! Connection strings of the form `keyword=value …`, with libpq's rules and messages. URIs are `uri`'s.
//!
//! Does not give defaults. No message repeats a password or the whole string.

use super::{Settings, odbc, uri};
use crate::error::SessionError;

pub use odbc::data_source;
pub use uri::parse_uri;

/// Whether `-d`/`\connect`'s database argument is in truth a connection string (libpq: `recognized_connection_string`).
#[must_use]
pub fn is_connection_string(text: &str) -> bool {
    uri::is_uri(text) || text.contains('=')
}

/// Reads a connection string of either form.
///
/// # Errors
/// [`SessionError::Options`] with libpq's text.
pub fn parse(text: &str) -> Result<Settings, SessionError> {
    if uri::is_uri(text) { parse_uri(text) } else { parse_keywords(text) }
}

/// Reads `keyword=value` pairs: blanks around `=` are allowed, values with blanks stand in single quotes, and a
/// backslash protects the next character.
///
/// # Errors
/// [`SessionError::Options`] with libpq's text.
pub fn parse_keywords(text: &str) -> Result<Settings, SessionError> {
    let mut settings = Settings::default();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let end = rest.find(|c: char| c == '=' || c.is_ascii_whitespace()).unwrap_or(rest.len());
        let (keyword, tail) = rest.split_at(end);
        let Some(tail) = tail.trim_start().strip_prefix('=') else {
            return Err(SessionError::Options(format!(
                "missing \"=\" after \"{keyword}\" in connection info string"
            )));
        };
        let (value, tail) = value(tail.trim_start())?;
        settings.set_checked(keyword, &value)?;
        rest = tail.trim_start();
    }
    Ok(settings)
}

fn value(text: &str) -> Result<(String, &str), SessionError> {
    let quoted = text.starts_with('\'');
    let mut value = String::new();
    let mut characters = text.char_indices().skip(usize::from(quoted));
    while let Some((at, c)) = characters.next() {
        match c {
            '\\' => value.extend(characters.next().map(|(_, c)| c)),
            '\'' if quoted => return Ok((value, &text[at + 1..])),
            c if !quoted && c.is_ascii_whitespace() => return Ok((value, &text[at..])),
            c => value.push(c),
        }
    }
    if quoted {
        let message = "unterminated quoted string in connection info string";
        return Err(SessionError::Options(message.to_owned()));
    }
    Ok((value, ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expect: &[(&str, &str)]) {
        let settings = parse(text).unwrap();
        for (keyword, value) in expect {
            assert_eq!(settings.get(keyword).unwrap_or(""), *value, "{keyword} of {text}");
        }
    }

    fn refuse(text: &str, expect: &str) {
        assert_eq!(parse(text).unwrap_err().to_string(), expect, "{text}");
    }

    #[test]
    fn keyword_strings() {
        check("host=h port = 5433 dbname=d", &[("host", "h"), ("port", "5433"), ("dbname", "d")]);
        check(r"password='a b\'c\\' user=u", &[("password", r"a b'c\"), ("user", "u")]);
        check(r"user=a\ b host=", &[("user", "a b"), ("host", "")]);
        check("user=ü", &[("user", "ü")]);
    }

    #[test]
    fn faults_have_libpqs_words() {
        refuse("host h=1", "missing \"=\" after \"host\" in connection info string");
        refuse("a=1", "invalid connection option \"a\"");
        refuse("password='x", "unterminated quoted string in connection info string");
    }

    #[test]
    fn strings_are_told_from_names() {
        for (text, expect) in
            [("sales", false), ("postgres://h", true), ("dbname=x", true), ("postgresql:/x", false)]
        {
            assert_eq!(is_connection_string(text), expect, "{text}");
        }
    }
}
