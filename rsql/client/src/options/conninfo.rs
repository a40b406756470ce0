//! Connection strings: `keyword=value …` and `postgresql://` URIs, with libpq's rules and messages.
//!
//! Does not give defaults. No message repeats a password or the whole string.

use super::{Settings, odbc};
use crate::error::SessionError;

pub use odbc::data_source;

/// Whether `-d`/`\connect`'s database argument is in truth a connection string (libpq: `recognized_connection_string`).
#[must_use]
pub fn is_connection_string(text: &str) -> bool {
    is_uri(text) || text.contains('=')
}

fn is_uri(text: &str) -> bool {
    text.starts_with("postgresql://") || text.starts_with("postgres://")
}

/// Reads a connection string of either form.
///
/// # Errors
/// [`SessionError::Options`] with libpq's text.
pub fn parse(text: &str) -> Result<Settings, SessionError> {
    if is_uri(text) { parse_uri(text) } else { parse_keywords(text) }
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

/// Reads `postgresql://[user[:password]@][host][:port][/dbname][?keyword=value&…]`, percent-decoding each part.
///
/// # Errors
/// [`SessionError::Options`] naming the part that cannot be read.
pub fn parse_uri(uri: &str) -> Result<Settings, SessionError> {
    let rest = uri.strip_prefix("postgresql://").or_else(|| uri.strip_prefix("postgres://"));
    let rest = rest.ok_or_else(|| {
        SessionError::Options("a connection URI must start with \"postgresql://\"".to_owned())
    })?;
    let (rest, parameters) = rest.split_once('?').unwrap_or((rest, ""));
    let (authority, database) = rest.split_once('/').unwrap_or((rest, ""));
    let mut settings = Settings::default();
    let host_and_port = match authority.rsplit_once('@') {
        None => authority,
        Some((login, tail)) => {
            let (user, password) = login.split_once(':').unwrap_or((login, ""));
            settings.set("user", &decode(user)?);
            settings.set("password", &decode(password)?);
            tail
        }
    };
    let (host, port) = split_host(host_and_port)?;
    settings.set("host", &decode(host)?);
    settings.set("port", &decode(port)?);
    settings.set("dbname", &decode(database)?);
    for parameter in parameters.split('&').filter(|p| !p.is_empty()) {
        uri_parameter(&mut settings, parameter)?;
    }
    Ok(settings)
}

fn uri_parameter(settings: &mut Settings, parameter: &str) -> Result<(), SessionError> {
    let Some((keyword, value)) = parameter.split_once('=') else {
        return Err(SessionError::Options(format!(
            "missing key/value separator \"=\" in URI query parameter: \"{parameter}\""
        )));
    };
    let (keyword, value) = (decode(keyword)?, decode(value)?);
    // JDBC's spelling, which libpq accepts too.
    if keyword == "ssl" && value == "true" {
        return settings.set_checked("sslmode", "require");
    }
    settings.set_checked(&keyword, &value).map_err(|error| match error {
        SessionError::Options(text) if text.starts_with("invalid connection option") => {
            SessionError::Options(format!("invalid URI query parameter: \"{keyword}\""))
        }
        other => other,
    })
}

/// Splits `host:port`; an IPv6 address stands in brackets.
fn split_host(text: &str) -> Result<(&str, &str), SessionError> {
    let Some(bracketed) = text.strip_prefix('[') else {
        return Ok(text.split_once(':').unwrap_or((text, "")));
    };
    let Some((host, tail)) = bracketed.split_once(']') else {
        let message = "end of string reached when looking for matching \"]\" in IPv6 host address in URI";
        return Err(SessionError::Options(message.to_owned()));
    };
    match tail.strip_prefix(':') {
        Some(port) => Ok((host, port)),
        None if tail.is_empty() => Ok((host, "")),
        None => {
            let message = "unexpected character after \"]\" in URI (expected \":\" or \"/\")";
            Err(SessionError::Options(message.to_owned()))
        }
    }
}

fn decode(text: &str) -> Result<String, SessionError> {
    let invalid = || SessionError::Options("invalid percent-encoded token in URI".to_owned());
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, tail)) = rest.split_first() {
        rest = tail;
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let (digits, tail) = rest.split_at_checked(2).ok_or_else(invalid)?;
        let digits = std::str::from_utf8(digits).map_err(|_| invalid())?;
        match u8::from_str_radix(digits, 16) {
            Ok(0) => {
                let message = "forbidden value %00 in percent-encoded value".to_owned();
                return Err(SessionError::Options(message));
            }
            Ok(byte) => bytes.push(byte),
            Err(_) => return Err(invalid()),
        }
        rest = tail;
    }
    String::from_utf8(bytes).map_err(|_| invalid())
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
    fn uris() {
        check("postgresql://", &[("host", ""), ("user", "")]);
        check("postgresql://h/d", &[("host", "h"), ("dbname", "d")]);
        check("postgres://u@h:1/d", &[("user", "u"), ("host", "h"), ("port", "1")]);
        check("postgres://u:p%40@[::1]:5/", &[("password", "p@"), ("host", "::1"), ("port", "5")]);
        check(
            "postgresql://%2Ftmp/d?user=x&ssl=true",
            &[("host", "/tmp"), ("user", "x"), ("sslmode", "require")],
        );
        check("postgresql:///d?host=/run&port=7", &[("host", "/run"), ("port", "7"), ("dbname", "d")]);
    }

    #[test]
    fn faults_have_libpqs_words() {
        refuse("host h=1", "missing \"=\" after \"host\" in connection info string");
        refuse("a=1", "invalid connection option \"a\"");
        refuse("password='x", "unterminated quoted string in connection info string");
        refuse("postgresql://h?x=1", "invalid URI query parameter: \"x\"");
        refuse("postgresql://h?x", "missing key/value separator \"=\" in URI query parameter: \"x\"");
        refuse("postgresql://h%2", "invalid percent-encoded token in URI");
        refuse("postgresql://h%00", "forbidden value %00 in percent-encoded value");
        refuse("sslcert=/x", "connection option \"sslcert\" is not supported");
        refuse(
            "postgresql://[::1",
            "end of string reached when looking for matching \"]\" in IPv6 host address in URI",
        );
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
