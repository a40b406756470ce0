//! Where to connect, as whom, and how: the options of one session and the rules by which they come together.
//!
//! Sources, strongest first: conninfo or URI, command-line options, DSN, service, environment, password file, defaults.
//! Reads files (password, ODBC and service file) but opens no connection.

pub mod conninfo;
mod odbc;
mod passfile;
mod service;
mod settings;

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

pub use settings::{Environment, Settings};

use crate::error::SessionError;

/// Redshift's port; used when no option, DSN or PGPORT gives one (docs/rsql.md, point 12).
pub const PORT_DEFAULT: u16 = 5439;
/// Longest wait for a connection when nobody names one: longer than a Redshift fail-over of its leader's address,
/// shorter than the kernel's own two minutes, so that the error is ours and says where.
pub const CONNECT_TIMEOUT_DEFAULT: Duration = Duration::from_secs(60);
/// Redshift's network path drops idle connections at some 300 s; probes every minute keep them.
pub const KEEPALIVE_IDLE_DEFAULT: Duration = Duration::from_secs(60);

/// A password. Its `Debug` shows no part of it; there is no `Display`.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Wraps a password.
    pub fn new(text: impl Into<String>) -> Secret {
        Secret(text.into())
    }

    /// The password itself. The one place that lets it out: search for callers to audit its use.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[redacted]")
    }
}

/// How much a session insists on TLS, with libpq's names and meanings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SslMode {
    /// Never.
    Disable,
    /// Only when the server refuses a plain connection.
    Allow,
    /// When the server offers it. As in libpq this gives no protection against an active attacker.
    #[default]
    Prefer,
    /// Always; the certificate is not checked unless `sslrootcert` is given.
    Require,
    /// Always, with a certificate of a trusted authority.
    VerifyCa,
    /// Always, with a certificate of a trusted authority for this very host name.
    VerifyFull,
}

impl SslMode {
    /// Reads libpq's name of a mode.
    ///
    /// # Errors
    /// [`SessionError::Options`] for any other text.
    pub fn parse(text: &str) -> Result<SslMode, SessionError> {
        Ok(match text {
            "disable" => SslMode::Disable,
            "allow" => SslMode::Allow,
            "prefer" => SslMode::Prefer,
            "require" => SslMode::Require,
            "verify-ca" => SslMode::VerifyCa,
            "verify-full" => SslMode::VerifyFull,
            _ => return Err(SessionError::Options(format!("invalid sslmode value: \"{text}\""))),
        })
    }

    /// libpq's name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            SslMode::Disable => "disable",
            SslMode::Allow => "allow",
            SslMode::Prefer => "prefer",
            SslMode::Require => "require",
            SslMode::VerifyCa => "verify-ca",
            SslMode::VerifyFull => "verify-full",
        }
    }
}

/// Everything needed to open one session. Complete: nothing is looked up elsewhere at connect time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConnectOptions {
    /// Host name, address, or the directory of a Unix-domain socket (starts with `/`).
    pub host: String,
    /// Address to connect to instead of looking `host` up; certificates and password files still go by `host`.
    pub host_address: Option<IpAddr>,
    /// TCP port, and the number in a Unix-domain socket's name.
    pub port: u16,
    /// Database name.
    pub database: String,
    /// User (role) name.
    pub user: String,
    /// Password, when one is known.
    pub password: Option<Secret>,
    /// How much to insist on TLS.
    pub sslmode: SslMode,
    /// PEM file of trusted authorities. Without it `verify-ca`/`verify-full` trust `~/.postgresql/root.crt` where that
    /// exists, else the system's authorities (Redshift's certificates are signed by one of those).
    pub sslrootcert: Option<PathBuf>,
    /// Shown in `pg_stat_activity`/`stv_sessions`. PostgreSQL cuts it to 63 bytes.
    pub application_name: String,
    /// Redshift's `query_group`, set after connecting. Servers that do not know it are left alone.
    pub query_group: Option<String>,
    /// Longest wait for a session per address, TLS and login included. `None` waits as long as the system does.
    pub connect_timeout: Option<Duration>,
    /// Idle time before TCP keepalive probes start. Keep below 300 s for Redshift.
    pub keepalive_idle: Duration,
    /// `client_encoding` to ask for at start-up; the server's default when absent.
    pub client_encoding: Option<String>,
    /// Server options sent at start-up (`PGOPTIONS`, for instance `-c search_path=x`).
    pub server_options: Option<String>,
}

impl ConnectOptions {
    /// Reads a `postgresql://` or `postgres://` URI. Reads no environment and no file; what the URI does not say gets a
    /// default (host `localhost`, port 5439, user `postgres`, database = user, `sslmode=prefer`).
    /// `application_name`, `query_group`, `sslmode`, `sslrootcert`, `connect_timeout` come as URI parameters.
    ///
    /// # Errors
    /// [`SessionError::Options`] naming the part that cannot be read. No message contains the password.
    pub fn from_uri(uri: &str) -> Result<ConnectOptions, SessionError> {
        let mut settings = conninfo::parse_uri(uri)?;
        settings.set_default("user", "postgres");
        settings.set_default("passfile", "");
        ConnectOptions::from_settings(&settings, &Environment::default())
    }

    /// Brings settings of all sources together; `settings` must already be merged by strength, the environment is
    /// consulted for what is missing. RSPASSWORD beats every other password (docs/rsql.md, point 10).
    ///
    /// # Errors
    /// [`SessionError::Options`] for unreadable values, unknown SSL modes and options that are not supported.
    pub fn from_settings(
        settings: &Settings,
        environment: &Environment,
    ) -> Result<ConnectOptions, SessionError> {
        let mut all = settings.clone();
        let service = all.get("service").map(str::to_owned).or_else(|| environment.text("PGSERVICE"));
        if let Some(name) = service {
            all.merge_missing(&service::find(&name, environment)?);
        }
        all.merge_missing(&environment.connection_settings());
        let user = match all.get("user") {
            Some(user) => user.to_owned(),
            None => operating_system_user()?,
        };
        let mut options = ConnectOptions {
            host: all.get("host").or_else(|| all.get("hostaddr")).unwrap_or("localhost").to_owned(),
            host_address: host_address(&all)?,
            port: port(&all)?,
            database: all.get("dbname").unwrap_or(&user).to_owned(),
            user,
            password: None,
            sslmode: all.get("sslmode").map(SslMode::parse).transpose()?.unwrap_or_default(),
            sslrootcert: all.get("sslrootcert").map(PathBuf::from),
            application_name: application_name(&all),
            query_group: all.get("query_group").map(str::to_owned),
            connect_timeout: connect_timeout(&all)?,
            keepalive_idle: keepalive_idle(&all)?,
            client_encoding: all.get("client_encoding").map(str::to_owned),
            server_options: all.get("options").map(str::to_owned),
        };
        options.password = password(&all, &options, environment);
        Ok(options)
    }

    /// Whether `host` names the directory of a Unix-domain socket.
    #[must_use]
    pub fn is_unix_socket(&self) -> bool {
        self.host_address.is_none() && self.host.starts_with('/')
    }
}

fn application_name(all: &Settings) -> String {
    all.get("application_name").or_else(|| all.get("fallback_application_name")).unwrap_or("rsql").to_owned()
}

fn number(all: &Settings, key: &str) -> Result<Option<i64>, SessionError> {
    let Some(text) = all.get(key) else { return Ok(None) };
    let invalid = |_| {
        SessionError::Options(format!("invalid integer value \"{text}\" for connection option \"{key}\""))
    };
    text.trim().parse().map(Some).map_err(invalid)
}

fn host_address(all: &Settings) -> Result<Option<IpAddr>, SessionError> {
    let Some(text) = all.get("hostaddr") else { return Ok(None) };
    let invalid = |_| SessionError::Options(format!("could not parse network address \"{text}\""));
    text.parse().map(Some).map_err(invalid)
}

fn port(all: &Settings) -> Result<u16, SessionError> {
    let Some(number) = number(all, "port")? else { return Ok(PORT_DEFAULT) };
    let port = u16::try_from(number).ok().filter(|port| *port != 0);
    port.ok_or_else(|| SessionError::Options(format!("invalid port number: \"{number}\"")))
}

/// libpq: zero and negative wait for ever, and 1 is rounded up to 2.
fn connect_timeout(all: &Settings) -> Result<Option<Duration>, SessionError> {
    Ok(match number(all, "connect_timeout")? {
        None => Some(CONNECT_TIMEOUT_DEFAULT),
        Some(seconds) => match u64::try_from(seconds) {
            Err(_) | Ok(0) => None,
            Ok(seconds) => Some(Duration::from_secs(seconds.max(2))),
        },
    })
}

fn keepalive_idle(all: &Settings) -> Result<Duration, SessionError> {
    let seconds = number(all, "keepalives_idle")?.and_then(|seconds| u64::try_from(seconds).ok());
    Ok(seconds.filter(|s| *s > 0).map_or(KEEPALIVE_IDLE_DEFAULT, Duration::from_secs))
}

fn password(all: &Settings, options: &ConnectOptions, environment: &Environment) -> Option<Secret> {
    if let Some(text) = environment.text("RSPASSWORD") {
        return Some(Secret::new(text));
    }
    if let Some(text) = all.get("password") {
        return Some(Secret::new(text));
    }
    let path = match all.get("passfile") {
        Some("") => return None,
        Some(path) => PathBuf::from(path),
        None => PathBuf::from(environment.home()?).join(".pgpass"),
    };
    passfile::find(&path, options)
}

fn operating_system_user() -> Result<String, SessionError> {
    let id = nix::unistd::geteuid();
    match nix::unistd::User::from_uid(id) {
        Ok(Some(user)) => Ok(user.name),
        _ => Err(SessionError::Options(format!("could not look up local user ID {id}: user does not exist"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn uri(text: &str) -> ConnectOptions {
        ConnectOptions::from_uri(text).unwrap()
    }

    #[test]
    fn a_uri_gives_every_field() {
        let options =
            uri("postgresql://e%40l:p%3Aw@db.example:5440/sales?sslmode=verify-full&sslrootcert=/x.pem\
             &application_name=rsql%2Fa&query_group=etl&connect_timeout=7");
        assert_eq!(options.host, "db.example");
        assert_eq!(options.port, 5440);
        assert_eq!((options.user.as_str(), options.database.as_str()), ("e@l", "sales"));
        assert_eq!(options.password.as_ref().map(Secret::expose), Some("p:w"));
        assert_eq!(options.sslmode, SslMode::VerifyFull);
        assert_eq!(options.sslrootcert, Some(PathBuf::from("/x.pem")));
        assert_eq!(
            (options.application_name.as_str(), options.query_group.as_deref()),
            ("rsql/a", Some("etl"))
        );
        assert_eq!(options.connect_timeout, Some(Duration::from_secs(7)));
    }

    #[test]
    fn defaults_are_redshifts() {
        let options = uri("postgres://");
        assert_eq!((options.host.as_str(), options.port), ("localhost", 5439));
        assert_eq!((options.user.as_str(), options.database.as_str()), ("postgres", "postgres"));
        assert_eq!(options.password, None);
        assert_eq!(options.connect_timeout, Some(CONNECT_TIMEOUT_DEFAULT));
    }

    #[test]
    fn debug_shows_no_password() {
        let shown = format!("{:?}", uri("postgresql://u:hunter2@h/d"));
        assert!(!shown.contains("hunter2"), "{shown}");
        assert!(shown.contains("[redacted]"), "{shown}");
    }

    #[test]
    fn passwords_come_in_the_documented_order() {
        fn check(settings: &[(&str, &str)], env: &[(&str, &str)], expect: Option<&str>) {
            let mut all = Settings::default();
            all.set("user", "u");
            all.set("passfile", "");
            for (key, value) in settings {
                all.set(key, value);
            }
            let env = Environment::from_pairs(env.iter().map(|(k, v)| (k.to_string(), v.to_string())));
            let options = ConnectOptions::from_settings(&all, &env).unwrap();
            assert_eq!(options.password.as_ref().map(Secret::expose), expect);
        }
        check(&[], &[], None);
        check(&[], &[("PGPASSWORD", "pg")], Some("pg"));
        check(&[("password", "dsn")], &[("PGPASSWORD", "pg")], Some("dsn"));
        check(&[("password", "dsn")], &[("PGPASSWORD", "pg"), ("RSPASSWORD", "rs")], Some("rs"));
    }

    #[test]
    fn bad_values_name_themselves() {
        for (text, expect) in [
            ("postgresql://h?sslmode=maybe", "invalid sslmode value: \"maybe\""),
            ("postgresql://h:x/", "invalid integer value \"x\" for connection option \"port\""),
            ("postgresql://h?hostaddr=x", "could not parse network address \"x\""),
            ("postgresql://h:99999/", "invalid port number: \"99999\""),
            (
                "postgresql://h?connect_timeout=soon",
                "invalid integer value \"soon\" for connection option \"connect_timeout\"",
            ),
        ] {
            assert_eq!(ConnectOptions::from_uri(text).unwrap_err().to_string(), expect);
        }
    }
}
