//! Connection URIs: `postgresql://[user[:password]@][host][:port][,…][/dbname][?keyword=value&…]`, with libpq's rules and
//! messages.
//!
//! Does not give defaults. No message repeats a password.

use super::Settings;
use crate::error::SessionError;

const SCHEMES: &[&str] = &["postgresql://", "postgres://"];

/// Whether this is meant as a URI.
pub(super) fn is_uri(text: &str) -> bool {
    SCHEMES.iter().any(|scheme| text.starts_with(scheme))
}

/// Reads a connection URI, percent-decoding each part.
///
/// # Errors
/// [`SessionError::Options`] naming the part that cannot be read.
pub fn parse_uri(uri: &str) -> Result<Settings, SessionError> {
    let rest = SCHEMES.iter().find_map(|scheme| uri.strip_prefix(scheme));
    let Some(mut rest) = rest else { return fault("a connection URI must start with \"postgresql://\"") };
    let mut settings = Settings::default();
    let mut shown = Some(uri);
    let login_end = rest.find(['@', '/']).filter(|at| rest[*at..].starts_with('@'));
    if let Some(end) = login_end {
        let (user, password) = rest[..end].split_once(':').unwrap_or((&rest[..end], ""));
        set(&mut settings, "user", &decode(user)?);
        let password_decoded = decode(password);
        let hidden =
            |_| SessionError::Options("invalid percent-encoded token in the password of the URI".to_owned());
        set(&mut settings, "password", &password_decoded.map_err(hidden)?);
        if !password.is_empty() {
            shown = None;
        }
        rest = &rest[end + 1..];
    }
    let (hosts, ports, rest) = servers(uri, shown, rest)?;
    set(&mut settings, "host", &hosts);
    set(&mut settings, "port", &ports);
    let (database, parameters) = rest.split_once('?').unwrap_or((rest, ""));
    set(&mut settings, "dbname", &decode(database.strip_prefix('/').unwrap_or(database))?);
    if !parameters.is_empty() {
        for parameter in parameters.strip_suffix('&').unwrap_or(parameters).split('&') {
            uri_parameter(&mut settings, parameter)?;
        }
    }
    Ok(settings)
}

/// Parts that are left empty are not given.
fn set(settings: &mut Settings, keyword: &str, value: &str) {
    if !value.is_empty() {
        settings.set(keyword, value);
    }
}

/// The servers, as lists of hosts and of ports, and what follows them.
fn servers<'u>(
    uri: &str,
    shown: Option<&str>,
    mut rest: &'u str,
) -> Result<(String, String, &'u str), SessionError> {
    let (mut hosts, mut ports) = (Vec::new(), Vec::new());
    loop {
        let host;
        (host, rest) = host_of(uri, shown, rest)?;
        let mut port = "";
        if let Some(after) = rest.strip_prefix(':') {
            (port, rest) = until(after, &['/', '?', ',']);
        }
        hosts.push(decode(host)?);
        ports.push(decode(port)?);
        let Some(more) = rest.strip_prefix(',') else { break };
        rest = more;
    }
    // A single empty port is none; several stand for the default at their places.
    let ports = if ports.iter().all(String::is_empty) { String::new() } else { ports.join(",") };
    Ok((hosts.join(","), ports, rest))
}

/// A host, and what follows it; an IPv6 address stands in brackets.
fn host_of<'u>(uri: &str, shown: Option<&str>, rest: &'u str) -> Result<(&'u str, &'u str), SessionError> {
    let Some(bracketed) = rest.strip_prefix('[') else { return Ok(until(rest, &[':', '/', '?', ','])) };
    let at_uri = shown.map(|uri| format!(": \"{uri}\"")).unwrap_or_default();
    let Some((host, after)) = bracketed.split_once(']') else {
        return fault(&format!(
            "end of string reached when looking for matching \"]\" in IPv6 host address in URI{at_uri}"
        ));
    };
    if host.is_empty() {
        return fault(&format!("IPv6 host address may not be empty in URI{at_uri}"));
    }
    match after.chars().next() {
        None | Some(':' | '/' | '?' | ',') => Ok((host, after)),
        Some(other) => {
            let position = uri.len() - after.len() + 1;
            fault(&format!(
                "unexpected character \"{other}\" at position {position} in URI (expected \":\" or \"/\"){at_uri}"
            ))
        }
    }
}

fn until<'t>(text: &'t str, ends: &[char]) -> (&'t str, &'t str) {
    text.split_at(text.find(ends).unwrap_or(text.len()))
}

fn uri_parameter(settings: &mut Settings, parameter: &str) -> Result<(), SessionError> {
    let Some((keyword, value)) = parameter.split_once('=') else {
        return fault(&format!("missing key/value separator \"=\" in URI query parameter: \"{parameter}\""));
    };
    if value.contains('=') {
        return fault(&format!("extra key/value separator \"=\" in URI query parameter: \"{keyword}\""));
    }
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

fn decode(text: &str) -> Result<String, SessionError> {
    let invalid = || SessionError::Options(format!("invalid percent-encoded token: \"{text}\""));
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, tail)) = rest.split_first() {
        rest = tail;
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let (digits, tail) = rest.split_at_checked(2).ok_or_else(invalid)?;
        if !digits.iter().all(u8::is_ascii_hexdigit) {
            return Err(invalid());
        }
        let digits = std::str::from_utf8(digits).map_err(|_| invalid())?;
        match u8::from_str_radix(digits, 16).map_err(|_| invalid())? {
            0 => return fault(&format!("forbidden value %00 in percent-encoded value: \"{text}\"")),
            byte => bytes.push(byte),
        }
        rest = tail;
    }
    String::from_utf8(bytes).map_err(|_| invalid())
}

fn fault<T>(text: &str) -> Result<T, SessionError> {
    Err(SessionError::Options(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expect: &[(&str, &str)]) {
        let settings = parse_uri(text).unwrap();
        for (keyword, value) in expect {
            assert_eq!(settings.get(keyword).unwrap_or(""), *value, "{keyword} of {text}");
        }
    }

    fn refuse(text: &str, expect: &str) {
        assert_eq!(parse_uri(text).unwrap_err().to_string(), expect, "{text}");
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
        check("postgresql://h?dbname=d", &[("host", "h"), ("dbname", "d")]);
        check("postgresql://u@h@x/", &[("user", "u"), ("host", "h@x")]);
    }

    #[test]
    fn several_servers() {
        check("postgresql://a:1,b:2/d", &[("host", "a,b"), ("port", "1,2"), ("dbname", "d")]);
        check("postgresql://a,[::1]:2?user=u", &[("host", "a,::1"), ("port", ",2"), ("user", "u")]);
        check("postgresql://a,b/d", &[("host", "a,b"), ("port", "")]);
    }

    #[test]
    fn faults_have_libpqs_words() {
        refuse("postgresql://h?x=1", "invalid URI query parameter: \"x\"");
        refuse("postgresql://h?x", "missing key/value separator \"=\" in URI query parameter: \"x\"");
        refuse("postgresql://h?a=b=c", "extra key/value separator \"=\" in URI query parameter: \"a\"");
        refuse("postgresql://h%2", "invalid percent-encoded token: \"h%2\"");
        refuse("postgresql://h%+1", "invalid percent-encoded token: \"h%+1\"");
        refuse("postgresql://h%00", "forbidden value %00 in percent-encoded value: \"h%00\"");
        refuse(
            "postgresql://[::1",
            "end of string reached when looking for matching \"]\" in IPv6 host address in URI: \"postgresql://[::1\"",
        );
        refuse("postgresql://[]/", "IPv6 host address may not be empty in URI: \"postgresql://[]/\"");
        refuse(
            "postgresql://u@[::1]x/",
            "unexpected character \"x\" at position 21 in URI (expected \":\" or \"/\"): \"postgresql://u@[::1]x/\"",
        );
    }

    #[test]
    fn passwords_stay_out_of_messages() {
        for uri in ["postgresql://u:hunter2@[::1", "postgresql://u:hunter2%@h"] {
            let text = parse_uri(uri).unwrap_err().to_string();
            assert!(!text.contains("hunter2"), "{text}");
        }
    }
}
