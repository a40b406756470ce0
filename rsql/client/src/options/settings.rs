//! Connection settings as text by libpq's keywords, and the environment they may come from.
//!
//! Does not interpret values; `options` does.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};

use crate::error::SessionError;

/// libpq keywords that have an effect here, or are harmless to leave without one.
const KEYWORDS: &[&str] = &[
    "host",
    "hostaddr",
    "port",
    "dbname",
    "user",
    "password",
    "passfile",
    "connect_timeout",
    "client_encoding",
    "options",
    "application_name",
    "fallback_application_name",
    "sslmode",
    "sslrootcert",
    "keepalives",
    "keepalives_idle",
    "keepalives_interval",
    "keepalives_count",
    "tcp_user_timeout",
    "sslcompression",
    "sslsni",
    "gssencmode",
    "krbsrvname",
    "gsslib",
    "target_session_attrs",
    "service",
    // Ours: Redshift's query group.
    "query_group",
];

/// libpq keywords whose silent neglect could weaken or change a connection: refused by name instead.
const KEYWORDS_UNSUPPORTED: &[&str] = &[
    "sslcert",
    "sslkey",
    "sslpassword",
    "sslcrl",
    "sslcrldir",
    "requirepeer",
    "channel_binding",
    "ssl_min_protocol_version",
    "ssl_max_protocol_version",
    "replication",
];

/// Environment variables of libpq and the keyword each stands for.
const ENVIRONMENT_KEYWORDS: &[(&str, &str)] = &[
    ("PGHOST", "host"),
    ("PGHOSTADDR", "hostaddr"),
    ("PGPORT", "port"),
    ("PGDATABASE", "dbname"),
    ("PGUSER", "user"),
    ("PGPASSWORD", "password"),
    ("PGPASSFILE", "passfile"),
    ("PGCONNECT_TIMEOUT", "connect_timeout"),
    ("PGCLIENTENCODING", "client_encoding"),
    ("PGOPTIONS", "options"),
    ("PGAPPNAME", "application_name"),
    ("PGSSLMODE", "sslmode"),
    ("PGSSLROOTCERT", "sslrootcert"),
];

/// Connection settings by keyword. Empty values count as not given, as in libpq, except for the password file.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Settings {
    values: BTreeMap<String, String>,
}

impl std::fmt::Debug for Settings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.values.keys()).finish()
    }
}

impl Settings {
    /// The value of a keyword, if it was given and is not empty.
    #[must_use]
    pub fn get(&self, keyword: &str) -> Option<&str> {
        let value = self.values.get(keyword).map(String::as_str);
        value.filter(|text| !text.is_empty() || keyword == "passfile")
    }

    /// Sets a keyword that the program itself chose. For a user's keywords see [`Settings::set_checked`].
    pub fn set(&mut self, keyword: &str, value: &str) {
        self.values.insert(keyword.to_owned(), value.to_owned());
    }

    /// Sets a keyword that a user wrote.
    ///
    /// # Errors
    /// [`SessionError::Options`] for a keyword that does not exist or that is not supported.
    pub fn set_checked(&mut self, keyword: &str, value: &str) -> Result<(), SessionError> {
        if KEYWORDS_UNSUPPORTED.contains(&keyword) {
            return Err(SessionError::Options(format!("connection option \"{keyword}\" is not supported")));
        }
        if !KEYWORDS.contains(&keyword) {
            return Err(SessionError::Options(format!("invalid connection option \"{keyword}\"")));
        }
        self.set(keyword, value);
        Ok(())
    }

    /// Sets a keyword unless a stronger source already has.
    pub fn set_default(&mut self, keyword: &str, value: &str) {
        if self.get(keyword).is_none() {
            self.set(keyword, value);
        }
    }

    /// Takes over from a weaker source what is missing here.
    pub fn merge_missing(&mut self, weaker: &Settings) {
        for (keyword, value) in &weaker.values {
            self.set_default(keyword, value);
        }
    }
}

/// The environment variables a run sees: the process's, or those a job was given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Environment {
    variables: BTreeMap<OsString, OsString>,
}

impl Environment {
    /// A copy of this process's environment.
    #[must_use]
    pub fn of_process() -> Environment {
        Environment { variables: std::env::vars_os().collect() }
    }

    /// An environment of exactly these variables.
    pub fn from_pairs(pairs: impl IntoIterator<Item = (String, String)>) -> Environment {
        Environment { variables: pairs.into_iter().map(|(k, v)| (k.into(), v.into())).collect() }
    }

    /// A variable's value.
    #[must_use]
    pub fn get(&self, name: impl AsRef<OsStr>) -> Option<&OsStr> {
        self.variables.get(name.as_ref()).map(OsString::as_os_str)
    }

    /// A variable's value as text; `None` also when it is empty, which libpq treats as unset.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<String> {
        self.get(name).map(|v| v.to_string_lossy().into_owned()).filter(|v| !v.is_empty())
    }

    /// Sets a variable.
    pub fn set(&mut self, name: impl Into<OsString>, value: impl Into<OsString>) {
        self.variables.insert(name.into(), value.into());
    }

    /// Removes a variable.
    pub fn remove(&mut self, name: impl AsRef<OsStr>) {
        self.variables.remove(name.as_ref());
    }

    /// All variables, for a child process.
    pub fn iter(&self) -> impl Iterator<Item = (&OsStr, &OsStr)> {
        self.variables.iter().map(|(k, v)| (k.as_os_str(), v.as_os_str()))
    }

    /// The home directory, if known.
    #[must_use]
    pub fn home(&self) -> Option<String> {
        self.text("HOME")
    }

    /// What libpq's variables (`PGHOST` …) say.
    pub(crate) fn connection_settings(&self) -> Settings {
        let mut settings = Settings::default();
        for (variable, keyword) in ENVIRONMENT_KEYWORDS {
            if let Some(value) = self.text(variable) {
                settings.set(keyword, &value);
            }
        }
        settings
    }
}
