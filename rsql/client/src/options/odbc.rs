//! Data sources of an ODBC file (`rsql -D NAME`, docs/rsql.md, point 11).
//!
//! Keys of the driver itself are skipped; logins by plug-ins are refused by name. Temporary credentials are `cloud`'s.

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

/// Keys of Amazon's ODBC drivers, in lower case, and our keyword for each. All others are the drivers' own business.
const KEYS: &[(&str, &str)] = &[
    ("host", "host"),
    ("server", "host"),
    ("servername", "host"),
    ("hostname", "host"),
    ("port", "port"),
    ("portnumber", "port"),
    ("database", "dbname"),
    ("db", "dbname"),
    ("uid", "user"),
    ("user", "user"),
    ("username", "user"),
    ("pwd", "password"),
    ("password", "password"),
    ("sslmode", "sslmode"),
    ("cafile", "sslrootcert"),
    ("min_tls", "ssl_min_protocol_version"),
    ("applicationname", "application_name"),
    ("keepalive", "keepalives"),
    ("keepaliveidle", "keepalives_idle"),
    ("keepaliveinterval", "keepalives_interval"),
    ("keepalivecount", "keepalives_count"),
    ("iam", "iam"),
    ("clusterid", "cluster_id"),
    ("workgroup", "workgroup"),
    ("dbuser", "db_user"),
    ("dbgroups", "db_groups"),
    ("autocreate", "auto_create"),
    ("group_federation", "group_federation"),
    ("iamduration", "iam_duration"),
    ("region", "region"),
    ("profile", "aws_profile"),
    ("accesskeyid", "access_key_id"),
    ("secretaccesskey", "secret_access_key"),
    ("sessiontoken", "session_token"),
    ("endpointurl", "endpoint_url"),
    // Ours: a secret of Secrets Manager that holds the login.
    ("secretid", "secret_id"),
];

/// Keys that ask for a login by an identity provider's plug-in.
const PLUGIN_KEYS: &[&str] = &["plugin_name", "authprofile"];

fn apply(settings: &mut Settings, name: &str, key: &str, value: &str) -> Result<(), SessionError> {
    let by_plugin = PLUGIN_KEYS.contains(&key) || (key == "authtype" && value.eq_ignore_ascii_case("plugin"));
    if by_plugin && !value.is_empty() {
        return Err(SessionError::Options(format!(
            "data source \"{name}\" asks for a login by a plug-in ({key}={value}), which is not supported; give IAM=1 \
             with a profile or keys, or UID and PWD"
        )));
    }
    let Some((_, keyword)) = KEYS.iter().find(|(known, _)| *known == key) else { return Ok(()) };
    match *keyword {
        "sslmode" => settings.set(keyword, &value.to_ascii_lowercase()),
        // The driver's versions are numbers.
        "ssl_min_protocol_version" if !value.is_empty() => {
            let version = value.strip_suffix(".0").unwrap_or(value);
            settings.set(keyword, &format!("TLSv{version}"));
        }
        keyword => settings.set(keyword, unquoted(value)),
    }
    Ok(())
}

/// A value with blanks or semicolons may stand in braces, as in connection strings of ODBC.
fn unquoted(value: &str) -> &str {
    value.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')).unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "; comment\n[ODBC Data Sources]\nred=Amazon\n[red]\nDriver=/x.so\nHOST = h\r\nport=1\n\
        Database=d\nuid=u\nPWD=p=q\nSSLMode=REQUIRE\nlocale=en-US\n[other]\nHost=o\n[cloud]\nIAM=1\nClusterID=dw\nREGION=us-east-1\n\
        DbUser=etl\nDbGroups={a,b}\nAutoCreate=1\nMin_TLS=1.2\n[plugin]\nplugin_name=okta\n";

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
    fn keys_of_temporary_credentials_are_read() {
        let settings = section(FILE, "cloud").unwrap().unwrap();
        for (keyword, value) in [
            ("iam", "1"),
            ("cluster_id", "dw"),
            ("region", "us-east-1"),
            ("db_user", "etl"),
            ("db_groups", "a,b"),
            ("auto_create", "1"),
            ("ssl_min_protocol_version", "TLSv1.2"),
        ] {
            assert_eq!(settings.get(keyword), Some(value), "{keyword}");
        }
    }

    #[test]
    fn what_cannot_be_used_is_an_error() {
        assert_eq!(section(FILE, "missing").unwrap(), None);
        let refused = section(FILE, "plugin").unwrap_err().to_string();
        assert!(refused.contains("(plugin_name=okta), which is not supported"), "{refused}");
        let environment =
            Environment::from_pairs([("ODBCINI".to_owned(), "/nonexistent/odbc.ini".to_owned())]);
        let message = data_source("red", &environment).unwrap_err().to_string();
        assert_eq!(message, "could not read ODBC file \"/nonexistent/odbc.ini\": No such file or directory");
    }
}
