//! Named connections of the project file. Owns `${VARIABLE}` and where a password comes from. Does not connect, and keeps no
//! password: it is read when the connection is needed.

use std::fs;
use std::path::PathBuf;

use saphyr::MarkedYaml;

use super::fields::{Fields, Reader};
use super::iam::{self, Iam};

const KEYS: &[&str] = &[
    "host",
    "port",
    "database",
    "user",
    "password_env",
    "password_file",
    "iam",
    "sslmode",
    "sessions",
    "emulate_redshift",
    "emulate_s3",
];
const SESSIONS: &[(&str, Sessions)] = &[("fresh", Sessions::Fresh), ("reused", Sessions::Reused)];
const SSL_MODES: &[(&str, &str)] = &[
    ("disable", "disable"),
    ("allow", "allow"),
    ("prefer", "prefer"),
    ("require", "require"),
    ("verify-ca", "verify-ca"),
    ("verify-full", "verify-full"),
];

/// A connection as it is written, with its `${VARIABLES}`.
#[derive(Debug, Clone, Default)]
pub(crate) struct ConnectionEntry {
    host: String,
    port: Option<String>,
    database: String,
    user: String,
    sslmode: Option<String>,
    password: Option<PasswordSource>,
    iam: Option<Iam>,
    sessions: Sessions,
    emulate_redshift: bool,
    emulate_s3: Option<String>,
}

/// Whose sessions a job gets.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Sessions {
    /// One of its own.
    #[default]
    Fresh,
    /// One that served another job before, where the server can reset it in full.
    Reused,
}

#[derive(Debug, Clone)]
enum PasswordSource {
    Env(String),
    File(String),
}

/// A connection with its values.
#[derive(Clone)]
pub(crate) struct ResolvedConnection {
    /// Host name or address; empty where it is asked for with temporary credentials.
    pub(crate) host: String,
    /// TCP port; the client's default when absent.
    pub(crate) port: Option<u16>,
    /// Database name.
    pub(crate) database: String,
    /// User name; empty where temporary credentials name it.
    pub(crate) user: String,
    /// libpq's `sslmode`.
    pub(crate) sslmode: Option<String>,
    /// The password, when the project names one.
    pub(crate) password: Option<String>,
    /// Temporary credentials instead of user and password.
    pub(crate) iam: Option<Iam>,
    /// Whose sessions its jobs get.
    pub(crate) sessions: Sessions,
    /// Redshift's SQL is understood, should the server be PostgreSQL.
    pub(crate) emulate_redshift: bool,
    /// The directory that stands for S3 then.
    pub(crate) emulate_s3: Option<PathBuf>,
}

/// Why a connection has no values.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConnectionError {
    /// Variables that the environment lacks.
    #[error("connection `{name}`: set the environment variable{} {}", plural(.missing), .missing.join(", "))]
    Missing {
        /// The connection.
        name: String,
        /// The variables.
        missing: Vec<String>,
    },
    /// No port number.
    #[error("connection `{name}`: `{text}` is no port number")]
    Port {
        /// The connection.
        name: String,
        /// What stands there.
        text: String,
    },
    /// The password file cannot be read.
    #[error("connection `{name}`: read the password file {}: {source}", file.display())]
    PasswordFile {
        /// The connection.
        name: String,
        /// The file.
        file: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
}

fn plural(list: &[String]) -> &'static str {
    if list.len() == 1 { "" } else { "s" }
}

/// Reads one entry.
pub(super) fn read(reader: &mut Reader<'_>, name: &str, node: &MarkedYaml<'_>) -> ConnectionEntry {
    let what = format!("connection `{name}`");
    let fields = reader.mapping(node, &what, Some(KEYS));
    let has_iam = fields.contains_key("iam");
    let needed: &[&str] = if has_iam { &["database"] } else { &["host", "database", "user"] };
    for key in needed.iter().filter(|key| !fields.contains_key(**key)) {
        reader.fault(node, format!("{what} needs `{key}`"));
    }
    for key in
        ["user", "password_env", "password_file"].iter().filter(|key| has_iam && fields.contains_key(**key))
    {
        reader.fault(
            fields[*key],
            format!("{what} has both `iam` and `{key}`: temporary credentials bring user and password (see `iam.db_user`)"),
        );
    }
    let iam = fields.get("iam").and_then(|node| iam::read(reader, name, node));
    let env = text(reader, &fields, "password_env").map(PasswordSource::Env);
    let file = text(reader, &fields, "password_file").map(PasswordSource::File);
    if env.is_some() && file.is_some() {
        reader.fault(node, format!("{what} has both `password_env` and `password_file`; keep one"));
    }
    ConnectionEntry {
        host: text(reader, &fields, "host").unwrap_or_default(),
        port: text(reader, &fields, "port"),
        database: text(reader, &fields, "database").unwrap_or_default(),
        user: text(reader, &fields, "user").unwrap_or_default(),
        sslmode: reader.word(&fields, "sslmode", SSL_MODES).map(str::to_owned),
        password: env.or(file),
        iam,
        sessions: reader.word(&fields, "sessions", SESSIONS).unwrap_or_default(),
        // A project runs here what is written for Redshift; a server that is one is left alone.
        emulate_redshift: reader.flag(&fields, "emulate_redshift").unwrap_or(true),
        emulate_s3: text(reader, &fields, "emulate_s3"),
    }
}

/// A text whose variables are well written.
fn text(reader: &mut Reader<'_>, fields: &Fields<'_>, key: &str) -> Option<String> {
    let text = reader.text(fields, key)?;
    if let Err(Malformed(remedy)) = expand(&text, |_| String::new()) {
        reader.fault(fields[key], format!("`{key}` is `{text}`: {remedy}"));
    }
    Some(text)
}

impl ConnectionEntry {
    /// The values, with the help of the environment.
    ///
    /// # Errors
    /// [`ConnectionError`] names every variable that is missing.
    pub(crate) fn resolve(
        &self,
        name: &str,
        env: impl Fn(&str) -> Option<String>,
    ) -> Result<ResolvedConnection, ConnectionError> {
        let mut missing = Vec::new();
        let mut fill = |text: &str| {
            let filled = expand(text, |variable| {
                let value = env(variable);
                if value.is_none() && !missing.iter().any(|known| known == variable) {
                    missing.push(variable.to_owned());
                }
                value.unwrap_or_default()
            });
            filled.expect("the grammar was checked when the project was read")
        };
        let host = fill(&self.host);
        let port = self.port.as_deref().map(&mut fill);
        let (database, user) = (fill(&self.database), fill(&self.user));
        let emulate_s3 = self.emulate_s3.as_deref().map(&mut fill).map(PathBuf::from);
        let password_file = match &self.password {
            Some(PasswordSource::File(file)) => Some(PathBuf::from(fill(file))),
            _ => None,
        };
        let mut password = None;
        if let Some(PasswordSource::Env(variable)) = &self.password {
            password = env(variable);
            if password.is_none() {
                missing.push(variable.clone());
            }
        }
        if !missing.is_empty() {
            return Err(ConnectionError::Missing { name: name.to_owned(), missing });
        }
        if let Some(file) = password_file {
            password = Some(read_password(name, file)?);
        }
        let port = port.map(|text| parse_port(name, &text)).transpose()?;
        let (sslmode, sessions) = (self.sslmode.clone(), self.sessions);
        let iam = self.iam.clone();
        let emulate_redshift = self.emulate_redshift;
        Ok(ResolvedConnection {
            host,
            port,
            database,
            user,
            sslmode,
            password,
            iam,
            sessions,
            emulate_redshift,
            emulate_s3,
        })
    }
}

fn parse_port(name: &str, text: &str) -> Result<u16, ConnectionError> {
    text.parse().map_err(|_| ConnectionError::Port { name: name.to_owned(), text: text.to_owned() })
}

fn read_password(name: &str, file: PathBuf) -> Result<String, ConnectionError> {
    match fs::read_to_string(&file) {
        Ok(text) => Ok(text.trim_end_matches(['\r', '\n']).to_owned()),
        Err(source) => Err(ConnectionError::PasswordFile { name: name.to_owned(), file, source }),
    }
}

#[derive(Debug)]
struct Malformed(&'static str);

/// `text` with every `${NAME}` replaced; `$$` stands for one `$`.
fn expand(text: &str, mut value: impl FnMut(&str) -> String) -> Result<String, Malformed> {
    let mut filled = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        filled.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix('$') {
            filled.push('$');
            rest = after;
            continue;
        }
        let inner = rest.strip_prefix('{').and_then(|inner| inner.split_once('}'));
        let (name, after) =
            inner.filter(|(name, _)| is_name(name)).ok_or(Malformed("a variable is written ${NAME}"))?;
        filled.push_str(&value(name));
        rest = after;
    }
    filled.push_str(rest);
    Ok(filled)
}

fn is_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry() -> ConnectionEntry {
        ConnectionEntry {
            host: "${HOST}".into(),
            port: Some("${PORT}".into()),
            database: "dw_${STAGE}".into(),
            user: "etl".into(),
            sslmode: None,
            password: Some(PasswordSource::Env("SECRET".into())),
            iam: None,
            sessions: Sessions::Reused,
            emulate_redshift: true,
            emulate_s3: None,
        }
    }

    fn check(env: &[(&str, &str)], expect: Result<(&str, u16, &str), &str>) {
        let look =
            |name: &str| env.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
        let seen = entry().resolve("warehouse", look);
        let seen = seen.map(|c| (c.host, c.port.unwrap_or(0), c.database)).map_err(|error| error.to_string());
        assert_eq!(seen, expect.map(|(h, p, d)| (h.to_owned(), p, d.to_owned())).map_err(str::to_owned));
    }

    #[test]
    fn variables_are_filled_when_needed() {
        check(
            &[("HOST", "db"), ("PORT", "5439"), ("STAGE", "test"), ("SECRET", "s")],
            Ok(("db", 5439, "dw_test")),
        );
        check(
            &[("HOST", "db"), ("PORT", "x"), ("STAGE", "test"), ("SECRET", "s")],
            Err("connection `warehouse`: `x` is no port number"),
        );
        check(
            &[("HOST", "db"), ("STAGE", "test"), ("SECRET", "s")],
            Err("connection `warehouse`: set the environment variable PORT"),
        );
        check(&[], Err("connection `warehouse`: set the environment variables HOST, PORT, STAGE, SECRET"));
    }

    #[test]
    fn sessions_are_fresh_unless_the_project_says_otherwise() {
        assert_eq!(ConnectionEntry::default().sessions, Sessions::Fresh);
        let mut reader = Reader::new(std::path::Path::new("p"), "");
        let check = |reader: &mut Reader<'_>, text: &str, expect| {
            use saphyr::LoadableYamlNode as _;
            let nodes = MarkedYaml::load_from_str(text).unwrap();
            assert_eq!(read(reader, "w", &nodes[0]).sessions, expect, "{text}");
        };
        let place = "host: h, database: d, user: u";
        check(&mut reader, &format!("{{ {place} }}"), Sessions::Fresh);
        check(&mut reader, &format!("{{ {place}, sessions: fresh }}"), Sessions::Fresh);
        check(&mut reader, &format!("{{ {place}, sessions: reused }}"), Sessions::Reused);
        assert!(reader.finish(()).is_ok());
        let resolved = entry().resolve("w", |name| Some(if name == "PORT" { "1" } else { "x" }.to_owned()));
        assert_eq!(resolved.map(|c| c.sessions).ok(), Some(Sessions::Reused));
    }

    #[test]
    fn temporary_credentials_need_no_password() {
        use saphyr::LoadableYamlNode as _;
        let check = |text: &str, expect: Result<&str, &str>| {
            let mut reader = Reader::new(std::path::Path::new("p"), text);
            let nodes = MarkedYaml::load_from_str(text).unwrap();
            let entry = read(&mut reader, "w", &nodes[0]);
            let seen = match reader.finish(()) {
                Ok(()) => {
                    Ok(format!("{:?}", entry.resolve("w", |_| None).map(|c| c.iam.map(|iam| iam.warehouse))))
                }
                Err(faults) => Err(faults.to_string()),
            };
            match (&seen, expect) {
                (Ok(seen), Ok(expect)) => assert_eq!(seen, expect, "{text}"),
                (Err(seen), Err(expect)) => assert!(seen.contains(expect), "{text}: {seen}"),
                _ => panic!("{text}: {seen:?}"),
            }
        };
        check("{ database: d, iam: { workgroup: etl } }", Ok("Ok(Some(Workgroup(\"etl\")))"));
        check(
            "{ database: d, host: h, iam: { cluster: dw, db_user: etl, region: eu-west-1 } }",
            Ok("Ok(Some(Cluster(\"dw\", Some(\"etl\"))))"),
        );
        check("{ iam: { workgroup: etl } }", Err("connection `w` needs `database`"));
        check(
            "{ database: d, iam: {} }",
            Err("`iam` of connection `w` needs one of `cluster` and `workgroup`"),
        );
        check("{ database: d, iam: { cluster: a, workgroup: b } }", Err("needs one of"));
        check("{ database: d, iam: { workgroup: b, db_user: x } }", Err("which is for clusters"));
        check("{ database: d, user: u, iam: { workgroup: b } }", Err("has both `iam` and `user`"));
        check("{ database: d, iam: { clusterid: b } }", Err("has no key `clusterid`"));
    }

    #[test]
    fn dollar_signs() {
        let fill = |text: &str| expand(text, |name| format!("<{name}>")).map_err(|fault| fault.0);
        assert_eq!(fill("a$$b${X}c"), Ok("a$b<X>c".to_owned()));
        for faulty in ["$X", "${", "${}", "${a b}", "$"] {
            assert_eq!(fill(faulty), Err("a variable is written ${NAME}"), "{faulty}");
        }
    }
}
