//! Connection settings as text by libpq's keywords, and the environment they may come from.
//!
//! Does not interpret values; `options` does.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};

use crate::emulate::{OBJECTS_VARIABLE as EMULATE_OBJECTS_VARIABLE, VARIABLE as EMULATE_VARIABLE};
use crate::error::SessionError;

/// What may be set in a connection string, URI or service file, and the environment variable that stands for it.
const KEYWORDS: &[(&str, Option<&str>)] = &[
    ("service", None),
    ("host", Some("PGHOST")),
    ("hostaddr", Some("PGHOSTADDR")),
    ("port", Some("PGPORT")),
    ("dbname", Some("PGDATABASE")),
    ("user", Some("PGUSER")),
    ("password", Some("PGPASSWORD")),
    ("passfile", Some("PGPASSFILE")),
    ("channel_binding", Some("PGCHANNELBINDING")),
    ("connect_timeout", Some("PGCONNECT_TIMEOUT")),
    ("client_encoding", Some("PGCLIENTENCODING")),
    ("options", Some("PGOPTIONS")),
    ("application_name", Some("PGAPPNAME")),
    ("fallback_application_name", None),
    ("keepalives", None),
    ("keepalives_idle", None),
    ("keepalives_interval", None),
    ("keepalives_count", None),
    ("tcp_user_timeout", None),
    ("sslmode", Some("PGSSLMODE")),
    // Accepted without effect, as by libpq 15: TLS libraries compress no more.
    ("sslcompression", Some("PGSSLCOMPRESSION")),
    ("sslcert", Some("PGSSLCERT")),
    ("sslkey", Some("PGSSLKEY")),
    ("sslpassword", None),
    ("sslrootcert", Some("PGSSLROOTCERT")),
    ("sslcrl", Some("PGSSLCRL")),
    ("sslcrldir", Some("PGSSLCRLDIR")),
    ("sslsni", Some("PGSSLSNI")),
    ("requirepeer", Some("PGREQUIREPEER")),
    ("ssl_min_protocol_version", Some("PGSSLMINPROTOCOLVERSION")),
    ("ssl_max_protocol_version", Some("PGSSLMAXPROTOCOLVERSION")),
    ("gssencmode", Some("PGGSSENCMODE")),
    // Accepted without effect: no server is logged in to by Kerberos.
    ("krbsrvname", Some("PGKRBSRVNAME")),
    ("gsslib", Some("PGGSSLIB")),
    ("replication", None),
    ("target_session_attrs", Some("PGTARGETSESSIONATTRS")),
    // Ours: Redshift's query group.
    ("query_group", None),
    // Ours: Redshift's SQL on a PostgreSQL server.
    ("emulate_redshift", Some(EMULATE_VARIABLE)),
    ("emulate_s3", Some(EMULATE_OBJECTS_VARIABLE)),
    // Ours: logins that AWS gives (`cloud`).
    ("iam", None),
    ("cluster_id", None),
    ("workgroup", None),
    ("db_user", None),
    ("db_groups", None),
    ("auto_create", None),
    ("group_federation", None),
    ("iam_duration", None),
    ("secret_id", None),
    ("region", None),
    ("aws_profile", None),
    ("access_key_id", None),
    ("secret_access_key", None),
    ("session_token", None),
    ("endpoint_url", None),
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
    /// [`SessionError::Options`] for a keyword that does not exist.
    pub fn set_checked(&mut self, keyword: &str, value: &str) -> Result<(), SessionError> {
        if !KEYWORDS.iter().any(|(known, _)| *known == keyword) {
            return Err(SessionError::Options(format!("invalid connection option \"{keyword}\"")));
        }
        self.set(keyword, value);
        Ok(())
    }

    /// Sets a keyword unless a stronger source already has. As in libpq, `host=` in a connection string counts: it asks for the
    /// default, whatever weaker sources say.
    pub fn set_default(&mut self, keyword: &str, value: &str) {
        if !self.values.contains_key(keyword) {
            self.set(keyword, value);
        }
    }

    /// Forgets a keyword; gives what it was.
    pub(crate) fn take(&mut self, keyword: &str) -> Option<String> {
        self.values.remove(keyword).filter(|value| !value.is_empty())
    }

    /// Takes over from a weaker source what is missing here; its empty values say nothing.
    pub fn merge_missing(&mut self, weaker: &Settings) {
        for (keyword, value) in weaker.values.iter().filter(|(_, value)| !value.is_empty()) {
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
        for (keyword, variable) in KEYWORDS {
            if let Some(value) = variable.and_then(|variable| self.text(variable)) {
                settings.set(keyword, &value);
            }
        }
        settings
    }
}
