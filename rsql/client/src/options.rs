//! Where to connect, as whom, and how: the options of one session and the rules by which they come together.
//!
//! Sources, strongest first: conninfo or URI, command-line options, DSN, service, environment, password file, defaults.
//! Reads files (password, ODBC and service file) but opens no connection.

pub mod cloud;
pub mod conninfo;
mod network;
mod odbc;
mod passfile;
mod servers;
mod service;
mod settings;
mod tls;
mod uri;

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use cloud::{Cloud, GivenLogin};
pub use network::{CONNECT_TIMEOUT_DEFAULT, KEEPALIVE_IDLE_DEFAULT, Keepalive};
pub use servers::{Server, Target};
pub use settings::{Environment, Settings};
pub use tls::{ChannelBinding, NameIndication, SslMode, TlsOptions, TlsVersion};
pub(crate) use tls::{ROOTS_BUNDLED, ROOTS_OF_SYSTEM};

use crate::emulate::EmulationOptions;
use crate::error::SessionError;

/// Redshift's port; used when no option, DSN or PGPORT gives one (docs/rsql.md, point 12).
pub const PORT_DEFAULT: u16 = 5439;
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

/// Everything needed to open one session. Complete: nothing is looked up elsewhere at connect time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConnectOptions {
    /// Host name, address, or the directory of a Unix-domain socket (starts with `/`; an abstract one with `@`).
    pub host: String,
    /// Address to connect to instead of looking `host` up; certificates and password files still go by `host`.
    pub host_address: Option<IpAddr>,
    /// TCP port, and the number in a Unix-domain socket's name.
    pub port: u16,
    /// Servers that are tried in turn where the first one cannot be had.
    pub further: Vec<Server>,
    /// Which of the servers is wanted.
    pub target: Target,
    /// Database name.
    pub database: String,
    /// User (role) name.
    pub user: String,
    /// Password, when one is known.
    pub password: Option<Secret>,
    /// The file that the password comes from, which a refused login names.
    pub password_file: Option<PathBuf>,
    /// The login that AWS has given, where user and password are that: a later session asks anew once it ends.
    pub given: Option<GivenLogin>,
    /// How much to insist on TLS.
    pub sslmode: SslMode,
    /// PEM file of trusted authorities, or `system`, or `bundled` for those compiled in. Without it
    /// `verify-ca`/`verify-full` trust `~/.postgresql/root.crt` where that exists, else the system's authorities
    /// (Redshift's certificates are signed by one of those).
    pub sslrootcert: Option<PathBuf>,
    /// Own certificate, revoked ones, versions.
    pub tls: TlsOptions,
    /// Whether SCRAM is tied to the TLS channel.
    pub channel_binding: ChannelBinding,
    /// System user that the server must run as; for Unix-domain sockets.
    pub require_peer: Option<String>,
    /// Shown in `pg_stat_activity`/`stv_sessions`. PostgreSQL cuts it to 63 bytes.
    pub application_name: String,
    /// Redshift's `query_group`, set after connecting. Servers that do not know it are left alone.
    pub query_group: Option<String>,
    /// Redshift's SQL is understood, should the server be PostgreSQL.
    pub emulation: Option<EmulationOptions>,
    /// Longest wait for a session per address, TLS and login included. `None` waits as long as the system does.
    pub connect_timeout: Option<Duration>,
    /// TCP's probes of an idle connection; none when absent.
    pub keepalive: Option<Keepalive>,
    /// How long sent data may stay unacknowledged; the system's default when absent.
    pub user_timeout: Option<Duration>,
    /// `client_encoding` to ask for at start-up; the server's default when absent.
    pub client_encoding: Option<String>,
    /// Server options sent at start-up (`PGOPTIONS`, for instance `-c search_path=x`).
    pub server_options: Option<String>,
    /// Settings of the server sent at start-up (`PGTZ`, `PGDATESTYLE`).
    pub startup_settings: Vec<(String, String)>,
    /// What the user should know about the files that these options come from, in libpq's words.
    pub warnings: Vec<String>,
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

    /// As [`ConnectOptions::from_settings`], with the login that the settings ask AWS for, if they do.
    ///
    /// # Errors
    /// As there, and when AWS cannot be asked or gives no login.
    pub async fn resolve(
        settings: &Settings,
        environment: &Environment,
        cloud: Option<&Cloud>,
    ) -> Result<ConnectOptions, SessionError> {
        let mut all = with_service(settings, environment)?;
        let given_by_aws = all.get("secret_id").is_some() || all.get("iam").is_some();
        let given = match given_by_aws {
            true => cloud::complete(&mut all, environment, cloud).await?,
            false => None,
        };
        let mut options = ConnectOptions::from_settings(&all, environment)?;
        if let Some(given) = given {
            options.log_in_as(given);
        }
        if let Some(cloud) = cloud {
            cloud.equip(options.emulation.as_mut());
        }
        Ok(options)
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
        let mut all = with_service(settings, environment)?;
        all.merge_missing(&environment.connection_settings());
        refuse_what_cannot_be(&all)?;
        let user = match all.get("user") {
            Some(user) => user.to_owned(),
            None => operating_system_user()?,
        };
        let mut servers = servers::read(&all)?.into_iter();
        let first = servers.next().expect("a list of servers has at least one");
        let mut options = ConnectOptions {
            host: first.host,
            host_address: first.host_address,
            port: first.port,
            further: servers.collect(),
            target: Target::read(&all)?,
            database: all.get("dbname").unwrap_or(&user).to_owned(),
            user,
            password: None,
            password_file: None,
            given: None,
            sslmode: tls::sslmode(&all)?,
            sslrootcert: all.get("sslrootcert").map(PathBuf::from),
            tls: TlsOptions::read(&all, environment)?,
            channel_binding: tls::channel_binding(&all)?,
            require_peer: all.get("requirepeer").map(str::to_owned),
            application_name: application_name(&all),
            query_group: all.get("query_group").map(str::to_owned),
            emulation: EmulationOptions::read(&all)?,
            connect_timeout: network::connect_timeout(&all)?,
            keepalive: network::keepalive(&all)?,
            user_timeout: network::user_timeout(&all)?,
            client_encoding: network::client_encoding(&all, environment),
            server_options: all.get("options").map(str::to_owned),
            startup_settings: network::startup_settings(environment),
            warnings: Vec::new(),
        };
        options.find_passwords(&all, environment);
        Ok(options)
    }

    /// These options as settings, without the password: for a session after this one.
    pub(crate) fn to_settings(&self) -> Settings {
        let mut settings = Settings::default();
        let first = (self.host.as_str(), self.host_address, self.port);
        let further =
            self.further.iter().map(|server| (server.host.as_str(), server.host_address, server.port));
        servers::write(std::iter::once(first).chain(further), &mut settings);
        settings.set("target_session_attrs", self.target.name());
        settings.set("user", &self.user);
        settings.set("dbname", &self.database);
        settings.set("sslmode", self.sslmode.name());
        if let Some(path) = &self.sslrootcert {
            settings.set("sslrootcert", &path.to_string_lossy());
        }
        self.tls.write(&mut settings);
        if let Some(emulation) = &self.emulation {
            emulation.write(&mut settings);
        }
        settings.set(
            "channel_binding",
            match self.channel_binding {
                ChannelBinding::Disable => "disable",
                ChannelBinding::Prefer => "prefer",
                ChannelBinding::Require => "require",
            },
        );
        settings.set("application_name", &self.application_name);
        let timeout_s = self.connect_timeout.map_or(0, |limit| limit.as_secs());
        settings.set("connect_timeout", &timeout_s.to_string());
        network::write_keepalive(self.keepalive, &mut settings);
        if let Some(limit) = self.user_timeout {
            settings.set("tcp_user_timeout", &limit.as_millis().to_string());
        }
        let texts = [
            ("client_encoding", &self.client_encoding),
            ("options", &self.server_options),
            ("requirepeer", &self.require_peer),
        ];
        for (keyword, value) in texts {
            if let Some(value) = value {
                settings.set(keyword, value);
            }
        }
        settings
    }

    /// The options for each server in turn: one server in each.
    pub(crate) fn for_each_server(&self) -> Vec<ConnectOptions> {
        let first = ConnectOptions { further: Vec::new(), ..self.clone() };
        let further = self.further.iter().map(|server| ConnectOptions {
            host: server.host.clone(),
            host_address: server.host_address,
            port: server.port,
            password: server.password.clone(),
            ..first.clone()
        });
        let further: Vec<_> = further.collect();
        std::iter::once(first).chain(further).collect()
    }

    /// Whether `host` names the directory of a Unix-domain socket, or an abstract one.
    #[must_use]
    pub fn is_unix_socket(&self) -> bool {
        self.host_address.is_none() && self.host.starts_with(['/', '@'])
    }

    /// Takes the login that AWS has given. RSPASSWORD belongs to another user than the one that AWS has named.
    pub(crate) fn log_in_as(&mut self, given: GivenLogin) {
        self.user.clone_from(&given.user);
        for server in &mut self.further {
            server.password = Some(given.password.clone());
        }
        self.password = Some(given.password.clone());
        self.given = Some(given);
    }

    /// Takes a password that somebody has typed instead of what was known.
    pub(crate) fn log_in_by(&mut self, typed: Secret) {
        self.password = Some(typed);
        self.given = None;
    }

    /// Passwords of all servers: one that was given, or what the password file says of each.
    fn find_passwords(&mut self, all: &Settings, environment: &Environment) {
        let given = environment.text("RSPASSWORD").or_else(|| all.get("password").map(str::to_owned));
        if let Some(text) = given {
            let password = Some(Secret::new(text));
            self.further.iter_mut().for_each(|server| server.password.clone_from(&password));
            self.password = password;
            return;
        }
        let of_home = || environment.home().map(|home| PathBuf::from(home).join(".pgpass"));
        let path = match all.get("passfile") {
            Some("") => None,
            Some(path) => Some(PathBuf::from(path)),
            None => of_home(),
        };
        let Some(path) = path else { return };
        let text = match passfile::read(&path) {
            Ok(text) => text,
            Err(warning) => return self.warnings.extend(warning),
        };
        let ConnectOptions { database, user, .. } = &*self;
        let find = |host: &str, port| passfile::find(&text, host, port, database, user);
        let first = find(&self.host, self.port);
        let further: Vec<_> = self.further.iter().map(|server| find(&server.host, server.port)).collect();
        self.password = first;
        for (server, password) in self.further.iter_mut().zip(further) {
            server.password = password;
        }
        self.password_file = Some(path);
    }
}

/// The settings with what their service adds to them.
fn with_service(settings: &Settings, environment: &Environment) -> Result<Settings, SessionError> {
    let mut all = settings.clone();
    let service = all.take("service").or_else(|| environment.text("PGSERVICE"));
    if let Some(name) = service {
        all.merge_missing(&service::find(&name, environment)?);
    }
    Ok(all)
}

/// Refuses by name what would change or weaken a session if it were passed over.
fn refuse_what_cannot_be(all: &Settings) -> Result<(), SessionError> {
    tls::check_gssencmode(all)?;
    if let Some(text) = all.get("replication")
        && !matches!(text, "0" | "false" | "off" | "no")
    {
        let message =
            "replication connections are not supported: leave out the connection option \"replication\"";
        return Err(SessionError::Options(message.to_owned()));
    }
    if all.get("sslpassword").is_some() {
        let message = "encrypted private keys are not supported: leave out sslpassword, and name in sslkey a key \
                       that \"openssl pkey\" has decrypted";
        return Err(SessionError::Options(message.to_owned()));
    }
    Ok(())
}

fn application_name(all: &Settings) -> String {
    all.get("application_name").or_else(|| all.get("fallback_application_name")).unwrap_or("rsql").to_owned()
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
            ("postgresql://h?hostaddr=x", "could not parse network address \"x\": Name or service not known"),
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
