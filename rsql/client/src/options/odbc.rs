//! Data sources of an ODBC file (`rsql -D NAME`, docs/rsql.md, point 11).
//!
//! Keys of the driver itself are skipped; temporary credentials (`IAM=1`) are refused by name until they are built.

use std::path::PathBuf;

use super::{Environment, Settings};
use crate::error::SessionError;

/// Reads section `[name]` of the file in `ODBCINI` (default `~/.odbc.ini`).
///
/// # Errors
/// [`SessionError::Options`] when the file or the section is missing, or the section asks for what is not supported.
pub fn data_source(name: &str, environment: &Environment) -> Result<Settings, SessionError> {
    let path = match environment.text("ODBCINI") {
        Some(path) => PathBuf::from(path),
        None => PathBuf::from(environment.home().unwrap_or_default()).join(".odbc.ini"),
    };
    let bytes = std::fs::read(&path).map_err(|error| {
        let reason = crate::error::io_text(&error);
        SessionError::Options(format!("could not read ODBC file \"{}\": {reason}", path.display()))
    })?;
    section(&String::from_utf8_lossy(&bytes), name)?.ok_or_else(|| {
        SessionError::Options(format!("data source \"{name}\" not found in \"{}\"", path.display()))
    })
}

fn section(text: &str, name: &str) -> Result<Option<Settings>, SessionError> {
    let mut found: Option<Settings> = None;
    let mut inside = false;
    for line in text.trim_start_matches('\u{feff}').lines().map(str::trim) {
        if let Some(header) = line.strip_prefix('[').and_then(|l| l.strip_suffix(']')) {
            inside = header.trim() == name;
            if inside {
                found.get_or_insert_default();
            }
            continue;
        }
        let (true, Some(settings)) = (inside, found.as_mut()) else { continue };
        if line.starts_with([';', '#']) {
            continue;
        }
        if let Some((key, value)) = line.split_once('=') {
            apply(settings, name, &key.trim().to_ascii_lowercase(), value.trim())?;
        }
    }
    Ok(found)
}

fn apply(settings: &mut Settings, name: &str, key: &str, value: &str) -> Result<(), SessionError> {
    let keyword = match key {
        "host" | "server" | "servername" | "hostname" => "host",
        "port" | "portnumber" => "port",
        "database" | "db" => "dbname",
        "uid" | "user" | "username" => "user",
        "pwd" | "password" => "password",
        "sslmode" => "sslmode",
        "iam" if matches!(value.to_ascii_lowercase().as_str(), "1" | "true" | "yes") => {
            return Err(SessionError::Options(format!(
                "data source \"{name}\" asks for IAM credentials, which are not supported; give UID and PWD"
            )));
        }
        _ => return Ok(()),
    };
    let lowered = value.to_ascii_lowercase();
    settings.set(keyword, if keyword == "sslmode" { &lowered } else { value });
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "; comment\n[ODBC Data Sources]\nred=Amazon\n[red]\nDriver=/x.so\nHOST = h\r\nport=1\n\
        Database=d\nuid=u\nPWD=p=q\nSSLMode=REQUIRE\nlocale=en-US\n[other]\nHost=o\n[cloud]\nIAM=1\n";

    #[test]
    fn a_section_is_read_with_keys_in_any_case() {
        let settings = section(FILE, "red").unwrap().unwrap();
        for (keyword, value) in [
            ("host", "h"),
            ("port", "1"),
            ("dbname", "d"),
            ("user", "u"),
            ("password", "p=q"),
            ("sslmode", "require"),
        ] {
            assert_eq!(settings.get(keyword), Some(value), "{keyword}");
        }
        assert_eq!(section(FILE, "other").unwrap().unwrap().get("host"), Some("o"));
    }

    #[test]
    fn what_cannot_be_used_is_an_error() {
        assert_eq!(section(FILE, "missing").unwrap(), None);
        assert!(section(FILE, "cloud").unwrap_err().to_string().contains("IAM"));
        let environment =
            Environment::from_pairs([("ODBCINI".to_owned(), "/nonexistent/odbc.ini".to_owned())]);
        let message = data_source("red", &environment).unwrap_err().to_string();
        assert_eq!(message, "could not read ODBC file \"/nonexistent/odbc.ini\": No such file or directory");
    }
}
