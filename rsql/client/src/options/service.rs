//! Connection service files (`service=NAME`, `PGSERVICE`): named sets of libpq keywords.
//!
//! As in libpq the user's file comes before the system's; a service is stronger than the environment.

use std::path::{Path, PathBuf};

use super::{Environment, Settings};
use crate::error::SessionError;

/// Where Debian's libpq looks when `PGSYSCONFDIR` names no other folder.
const SYSTEM_FOLDER_DEFAULT: &str = "/etc/postgresql-common";

/// What service `name` says.
///
/// # Errors
/// [`SessionError::Options`] when no file defines it, or its definition cannot be read.
pub(super) fn find(name: &str, environment: &Environment) -> Result<Settings, SessionError> {
    for path in files(environment) {
        // A file that is not there defines nothing; the next one may.
        let Ok(bytes) = std::fs::read(&path) else { continue };
        if let Some(settings) = section(&String::from_utf8_lossy(&bytes), name, &path)? {
            return Ok(settings);
        }
    }
    Err(SessionError::Options(format!("definition of service \"{name}\" not found")))
}

fn files(environment: &Environment) -> Vec<PathBuf> {
    let user = match environment.text("PGSERVICEFILE") {
        Some(path) => Some(PathBuf::from(path)),
        None => environment.home().map(|home| PathBuf::from(home).join(".pg_service.conf")),
    };
    let folder = environment.text("PGSYSCONFDIR").unwrap_or_else(|| SYSTEM_FOLDER_DEFAULT.to_owned());
    user.into_iter().chain([PathBuf::from(folder).join("pg_service.conf")]).collect()
}

fn section(text: &str, name: &str, path: &Path) -> Result<Option<Settings>, SessionError> {
    let mut found: Option<Settings> = None;
    let lines = text.lines().map(str::trim).enumerate();
    for (index, line) in lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#')) {
        let fault = |what: &str| {
            let (path, number) = (path.display(), index + 1);
            SessionError::Options(format!("{what} in service file \"{path}\", line {number}"))
        };
        if let Some(header) = line.strip_prefix('[') {
            if found.is_some() {
                break;
            }
            found = (header.strip_suffix(']') == Some(name)).then(Settings::default);
            continue;
        }
        let Some(settings) = found.as_mut() else { continue };
        match line.split_once('=') {
            Some(("service", _)) => return Err(fault("nested service specifications not supported")),
            Some((keyword, value)) => {
                settings.set_checked(keyword, value).map_err(|_| fault("syntax error"))?;
            }
            None => return Err(fault("syntax error")),
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expect: Result<Option<&str>, &str>) {
        let got = section(text, "dwh", Path::new("f"))
            .map(|found| found.map(|s| s.get("host").unwrap_or("").to_owned()));
        let got = got.map_err(|error| error.to_string());
        assert_eq!(got, expect.map(|host| host.map(str::to_owned)).map_err(str::to_owned), "{text}");
    }

    #[test]
    fn a_service_is_a_section() {
        check("# c\n[other]\nhost=o\n[dwh]\nhost=h\nport=1\n[more]\nhost=m\n", Ok(Some("h")));
        check("[dwh]\n", Ok(Some("")));
        check("[other]\nhost=o\n", Ok(None));
        check("[dwh]\nhost\n", Err("syntax error in service file \"f\", line 2"));
        check("[dwh]\nnosuch=1\n", Err("syntax error in service file \"f\", line 2"));
        check("[dwh]\nhost = h\n", Err("syntax error in service file \"f\", line 2"));
        check(
            "[dwh]\nservice=x\n",
            Err("nested service specifications not supported in service file \"f\", line 2"),
        );
    }

    #[test]
    fn files_are_tried_in_order() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("mine.conf");
        std::fs::write(&file, "[dwh]\nhost=mine\n").unwrap();
        std::fs::write(folder.path().join("pg_service.conf"), "[dwh]\nhost=all\n[etl]\nhost=etl\n").unwrap();
        let environment = Environment::from_pairs([
            ("PGSERVICEFILE".to_owned(), file.display().to_string()),
            ("PGSYSCONFDIR".to_owned(), folder.path().display().to_string()),
        ]);
        assert_eq!(find("dwh", &environment).unwrap().get("host"), Some("mine"));
        assert_eq!(find("etl", &environment).unwrap().get("host"), Some("etl"));
        let missing = find("x", &environment).unwrap_err().to_string();
        assert_eq!(missing, "definition of service \"x\" not found");
    }
}
