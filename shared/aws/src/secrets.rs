//! Secrets of Secrets Manager: logins of warehouses. Owns the two styles of keys that old secrets use, the memory of what was
//! read, and when it is read again. No value is ever in an error, in a log or in the `Debug` form.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::{Arc, PoisonError};

use aws_sdk_secretsmanager::Client;
use fleet_core::ports::PortError;
use serde_json::Value;
use tokio::sync::Mutex;
use tokio::time::{Duration, Instant};

use crate::account::Account;
use crate::fault::port_error;

/// Shortest time between two readings of one secret: many jobs may meet a password that was changed at the same time, and
/// one whose new password is wrong, too, must not ask for it without end.
const FRESH_AFTER: Duration = Duration::from_secs(10);

// The keys of a login, in both styles.
const USER: [&str; 2] = ["username", "db_user_name"];
const PASSWORD: [&str; 2] = ["password", "db_password"];
const HOST: [&str; 2] = ["host", "db_host_name"];
const DATABASE: [&str; 2] = ["dbname", "db_dbname"];

/// A secret that cannot be used.
#[derive(Debug, Clone, thiserror::Error)]
pub enum SecretError {
    /// It cannot be read: it is not there, there is no right to it, or the service is away.
    #[error(transparent)]
    Fetch(#[from] PortError),
    /// It holds something else than keys and values.
    #[error("use the secret {secret}: it is no JSON object")]
    NotJson {
        /// The secret's id.
        secret: String,
    },
    /// A key is missing, or its value is no text.
    #[error("use the secret {secret}: it has no key {keys}")]
    MissingKey {
        /// The secret's id.
        secret: String,
        /// The key, in both styles.
        keys: String,
    },
    /// The port is no number from 1 to 65535.
    #[error("use the secret {secret}: its port is no port number")]
    BadPort {
        /// The secret's id.
        secret: String,
    },
}

/// Reads secrets, and remembers them.
#[derive(Clone)]
pub struct Secrets {
    client: Client,
    known: Arc<std::sync::Mutex<HashMap<String, Slot>>>,
}

/// Where the last reading of one secret is kept. Held while it is read, so that one asks and the others wait.
type Slot = Arc<Mutex<Option<Read>>>;

/// What was read last.
struct Read {
    fields: Arc<SecretFields>,
    at: Instant,
}

/// The keys and values of one secret.
pub struct SecretFields {
    secret: String,
    fields: BTreeMap<String, String>,
}

/// A text that is not shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Hidden(String);

/// What a secret says of a login. Those that Redshift makes itself hold no more than user and password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartialLogin {
    /// `username` or `db_user_name`.
    pub user: String,
    /// `password` or `db_password`.
    pub password: Hidden,
    /// `host` or `db_host_name`.
    pub host: Option<String>,
    /// `port`, a number or a text.
    pub port: Option<u16>,
    /// `dbname` or `db_dbname`.
    pub database: Option<String>,
}

/// A login to a warehouse.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Login {
    /// `username` or `db_user_name`.
    pub user: String,
    /// `password` or `db_password`.
    pub password: Hidden,
    /// `host` or `db_host_name`.
    pub host: String,
    /// `port`, a number or a text; the caller's default when absent.
    pub port: Option<u16>,
    /// `dbname` or `db_dbname`.
    pub database: String,
}

impl Secrets {
    /// Reads in this account.
    #[must_use]
    pub fn new(account: &Account) -> Self {
        Self { client: Client::new(&account.prompt()), known: Arc::default() }
    }

    /// The secret of this name or ARN, as it was when it was first read.
    ///
    /// # Errors
    /// [`SecretError::Fetch`] and [`SecretError::NotJson`].
    pub async fn get(&self, secret: &str) -> Result<Arc<SecretFields>, SecretError> {
        self.read(secret, |_| true).await
    }

    /// The secret as it is now, for a login that was refused. It may be some seconds old: then nobody gets a newer one.
    ///
    /// # Errors
    /// As [`Secrets::get`].
    pub async fn fresh(&self, secret: &str) -> Result<Arc<SecretFields>, SecretError> {
        self.read(secret, |read| read.at.elapsed() < FRESH_AFTER).await
    }

    /// One asks for a secret, the others wait for its answer.
    async fn read(&self, secret: &str, will_do: fn(&Read) -> bool) -> Result<Arc<SecretFields>, SecretError> {
        let slot = {
            let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(known.entry(secret.to_owned()).or_default())
        };
        let mut last = slot.lock().await;
        if let Some(read) = last.as_ref().filter(|read| will_do(read)) {
            return Ok(Arc::clone(&read.fields));
        }
        let fields = Arc::new(self.fetch(secret).await?);
        *last = Some(Read { fields: Arc::clone(&fields), at: Instant::now() });
        Ok(fields)
    }

    async fn fetch(&self, secret: &str) -> Result<SecretFields, SecretError> {
        let answer = self.client.get_secret_value().secret_id(secret).send().await;
        let answer = answer.map_err(|error| port_error(format!("read the secret {secret}"), error))?;
        let text = answer.secret_string.unwrap_or_default();
        SecretFields::parse(secret, &text)
    }
}

impl SecretFields {
    fn parse(secret: &str, text: &str) -> Result<Self, SecretError> {
        let Ok(Value::Object(object)) = serde_json::from_str(text) else {
            return Err(SecretError::NotJson { secret: secret.to_owned() });
        };
        let text = |(key, value)| match value {
            Value::String(text) => Some((key, text)),
            Value::Number(number) => Some((key, number.to_string())),
            Value::Bool(truth) => Some((key, truth.to_string())),
            Value::Null | Value::Array(_) | Value::Object(_) => None,
        };
        Ok(Self { secret: secret.to_owned(), fields: object.into_iter().filter_map(text).collect() })
    }

    /// The value of a key as it stands in the secret; a number as its digits.
    #[must_use]
    pub fn raw(&self, key: &str) -> Option<&str> {
        self.fields.get(key).map(String::as_str)
    }

    /// The keys that have a text or a number, in order.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.fields.keys().map(String::as_str)
    }

    /// The login that it holds, in either style of keys.
    ///
    /// # Errors
    /// [`SecretError::MissingKey`] and [`SecretError::BadPort`].
    pub fn login(&self) -> Result<Login, SecretError> {
        let login = self.partial_login()?;
        Ok(Login {
            user: login.user,
            password: login.password,
            host: login.host.ok_or_else(|| self.missing(HOST))?,
            port: login.port,
            database: login.database.ok_or_else(|| self.missing(DATABASE))?,
        })
    }

    /// The same, for a caller who may know where to go.
    ///
    /// # Errors
    /// [`SecretError::MissingKey`] without user or password, and [`SecretError::BadPort`].
    pub fn partial_login(&self) -> Result<PartialLogin, SecretError> {
        let bad_port = || SecretError::BadPort { secret: self.secret.clone() };
        let port = |text: &str| text.trim().parse().ok().filter(|port| *port != 0).ok_or_else(bad_port);
        let needed = |keys| self.either(keys).ok_or_else(|| self.missing(keys));
        Ok(PartialLogin {
            user: needed(USER)?,
            password: Hidden(needed(PASSWORD)?),
            host: self.either(HOST),
            port: self.raw("port").map(port).transpose()?,
            database: self.either(DATABASE),
        })
    }

    fn either(&self, keys: [&str; 2]) -> Option<String> {
        let found = keys.iter().find_map(|key| self.raw(key).filter(|value| !value.is_empty()));
        found.map(str::to_owned)
    }

    fn missing(&self, keys: [&str; 2]) -> SecretError {
        SecretError::MissingKey { secret: self.secret.clone(), keys: keys.join(" or ") }
    }
}

impl Hidden {
    /// Hides a text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself, for whoever logs in with it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Hidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Hidden")
    }
}

impl fmt::Debug for SecretFields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let keys: Vec<&str> = self.keys().collect();
        f.debug_struct("SecretFields").field("secret", &self.secret).field("keys", &keys).finish()
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secrets")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_styles_of_keys() {
        let check = |text: &str, expect: Result<&str, &str>| {
            let login = SecretFields::parse("prod/dwh", text).and_then(|fields| fields.login());
            let seen = login.map(|login| {
                let Login { user, password, host, port, database } = login;
                format!("{user}:{}@{host}:{port:?}/{database}", password.expose())
            });
            assert_eq!(
                seen.map_err(|error| error.to_string()),
                expect.map(str::to_owned).map_err(str::to_owned)
            );
        };
        check(
            r#"{"username":"etl","password":"p w","host":"h","port":5439,"dbname":"dwh","engine":"redshift"}"#,
            Ok("etl:p w@h:Some(5439)/dwh"),
        );
        check(
            r#"{"db_user_name":"etl","db_password":"p","db_host_name":"h","port":"5440","db_dbname":"dwh"}"#,
            Ok("etl:p@h:Some(5440)/dwh"),
        );
        check(r#"{"username":"etl","db_password":"p","host":"h","dbname":"d"}"#, Ok("etl:p@h:None/d"));
        check(
            r#"{"username":"etl","password":"","host":"h","dbname":"d"}"#,
            Err("use the secret prod/dwh: it has no key password or db_password"),
        );
        check(
            r#"{"username":"etl","password":"p","host":"h","port":"none","dbname":"d"}"#,
            Err("use the secret prod/dwh: its port is no port number"),
        );
        check("hunter2", Err("use the secret prod/dwh: it is no JSON object"));
        check("", Err("use the secret prod/dwh: it is no JSON object"));
    }

    #[test]
    fn values_are_never_shown() {
        let text = r#"{"username":"etl","password":"hunter2","host":"h","dbname":"d"}"#;
        let fields = SecretFields::parse("s", text).expect("it is a secret");
        let shown = format!("{fields:?} {:?}", fields.login());
        assert!(!shown.contains("hunter2"), "{shown}");
        assert!(shown.contains("password"), "{shown}");
        assert_eq!(fields.raw("password"), Some("hunter2"));
    }

    #[tokio::test]
    async fn an_answer_that_cannot_be_read_is_not_shown() {
        let torn = || serde_json::json!([{ "SecretString": "{\"password\":\"hunter2\"}" }]);
        let (account, _) = crate::tests::scripted::account(vec![torn(), torn(), torn()]).await;
        let error = Secrets::new(&account).get("prod/dwh").await.expect_err("it is no answer");
        let shown = format!("{error} {error:?}");
        assert!(
            shown.contains("read the secret prod/dwh: service error: ") && !shown.contains("hunter2"),
            "{shown}"
        );
    }
}
