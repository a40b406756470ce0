//! The place on AWS: scripts from S3 or a directory, connections from Secrets Manager, objects in S3. Owns which secret a
//! connection's credentials are in, and how the services' faults are told. Keeps no password itself.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use async_trait::async_trait;
use fleet_aws::{
    Account, AccountSettings, Objects, Scripts, ScriptsSettings, SecretError, SecretFields, Secrets, Stack,
    WarehouseLogin, WarehouseRequest, Warehouses,
};
use fleet_core::ports::PortError;
use rsql_client::emulate::storage::Storage;
use rsql_client::emulate::{EmulationOptions, aws};
use rsql_client::{ConnectOptions, Secret, SslMode};
use worker::place::{Connection, Freshness, PlaceError, Script, ScriptRoot, SessionUse};
use worker::{Connections, LocalPlace, Place};

use super::options::{ConnectionOption, EmulationOption, LoginOption};

/// A warehouse that does not answer for so long is one that cannot be reached; the retry policy goes on from there.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(30);
/// How scripts in S3 are told from a directory.
const S3: &str = "s3://";
/// Below the spool: the scripts from S3.
const CACHE: &str = "scripts";

/// See the module.
pub(crate) struct AwsPlace {
    scripts: ScriptSource,
    secrets: Secrets,
    warehouses: Warehouses,
    objects: Objects,
    /// What `s3://` is for COPY and UNLOAD where Redshift's SQL is emulated.
    storage: Storage,
    stack: Stack,
    connections: BTreeMap<String, ConnectionOption>,
}

enum ScriptSource {
    Directory(LocalPlace),
    Bucket { scripts: Scripts, uri: String },
}

impl AwsPlace {
    /// A place whose scripts lie at `scripts`, a directory or `s3://bucket/prefix`; those of a bucket are kept below `spool`.
    /// `access` is what the account was opened with.
    ///
    /// # Errors
    /// When there is no such directory, or the bucket cannot be read.
    pub(crate) async fn open(
        account: &Account,
        access: AccountSettings,
        scripts: &str,
        spool: &Path,
        connections: &[ConnectionOption],
    ) -> anyhow::Result<Self> {
        let scripts = if scripts.starts_with(S3) {
            let settings = ScriptsSettings::new(scripts, spool.join(CACHE));
            let opened = Scripts::open(account, settings).await;
            let scripts_of = || format!("use the scripts of {scripts}");
            ScriptSource::Bucket { scripts: opened.with_context(scripts_of)?, uri: scripts.to_owned() }
        } else {
            ScriptSource::Directory(LocalPlace::new(scripts.into(), Connections::default())?)
        };
        let named = |option: &ConnectionOption| (option.name.clone(), option.clone());
        Ok(Self {
            scripts,
            secrets: Secrets::new(account),
            warehouses: Warehouses::new(account),
            objects: Objects::new(account),
            storage: aws::storage(access),
            stack: account.stack().clone(),
            connections: connections.iter().map(named).collect(),
        })
    }
}

impl AwsPlace {
    /// A connection with what the settings say of it beside its login.
    fn with_manners(&self, name: &str, options: ConnectOptions, secret_id: String) -> Connection {
        let option = self.connections.get(name);
        let emulation = match option.map(|option| &option.emulation) {
            Some(EmulationOption::On(objects)) => {
                Some(EmulationOptions { objects: objects.clone(), storage: Some(self.storage.clone()) })
            }
            Some(EmulationOption::Off) | None => None,
        };
        Connection {
            options: ConnectOptions { emulation, ..options },
            sessions: option.map_or(SessionUse::Fresh, |option| option.sessions),
            secret_id,
        }
    }

    /// A connection of the settings that has no secret.
    async fn by_temporary_credentials(
        &self,
        name: &str,
        request: &WarehouseRequest,
        freshness: Freshness,
    ) -> Result<Connection, PlaceError> {
        let login = match freshness {
            Freshness::Known => self.warehouses.login(request).await,
            Freshness::Renewed => self.warehouses.renewed(request).await,
        };
        let login = login.map_err(|error| credentials_refused(name, &error))?;
        let sslmode = self.connections.get(name).and_then(|option| option.sslmode);
        Ok(self.with_manners(name, temporary_options(login, request, sslmode), name.to_owned()))
    }
}

#[async_trait]
impl Place for AwsPlace {
    fn connection_names(&self) -> Vec<&str> {
        self.connections.keys().map(String::as_str).collect()
    }

    async fn connection(&self, name: &str, freshness: Freshness) -> Result<Connection, PlaceError> {
        let option = self.connections.get(name);
        let secret = match option.map(|option| &option.login) {
            None => self.stack.connection_secret(name),
            Some(LoginOption::Secret(secret)) => secret.clone(),
            Some(LoginOption::Temporary(request)) => {
                return self.by_temporary_credentials(name, request, freshness).await;
            }
        };
        let fields = match freshness {
            Freshness::Known => self.secrets.get(&secret).await,
            Freshness::Renewed => self.secrets.fresh(&secret).await,
        };
        let options = fields.and_then(|fields| options(&fields, option.and_then(|option| option.sslmode)));
        let options = options.map_err(|error| secret_refused(name, &error))?;
        Ok(self.with_manners(name, options, secret))
    }

    async fn root(&self) -> Result<ScriptRoot, PlaceError> {
        match &self.scripts {
            ScriptSource::Directory(local) => local.root().await,
            ScriptSource::Bucket { scripts, .. } => {
                let tree = scripts.tree().await.map_err(|error| port_refused(&error))?;
                Ok(ScriptRoot::kept_by(tree.root().to_owned(), tree))
            }
        }
    }

    async fn script(&self, path: &str) -> Result<Script, PlaceError> {
        let (scripts, uri) = match &self.scripts {
            ScriptSource::Directory(local) => return local.script(path).await,
            ScriptSource::Bucket { scripts, uri } => (scripts, uri),
        };
        let tree = scripts.tree().await.map_err(|error| port_refused(&error))?;
        let Some(version) = tree.describe(path) else {
            return Err(PlaceError::Refused(format!("script {path} is not in {uri}")));
        };
        let file = tree.root().join(path);
        Ok(Script { root: ScriptRoot::kept_by(tree.root().to_owned(), tree), file, version })
    }

    async fn object(&self, uri: &str) -> Result<Option<String>, PlaceError> {
        let found = self.objects.find(uri).await.map_err(|error| port_refused(&error))?;
        Ok(found.map(|object| format!("{} ({} bytes, etag {})", object.uri, object.bytes, object.etag)))
    }
}

/// Where the login of a secret leads.
///
/// # Errors
/// When the secret lacks something.
pub(crate) fn options(
    fields: &Arc<SecretFields>,
    sslmode: Option<SslMode>,
) -> Result<ConnectOptions, SecretError> {
    let login = fields.login()?;
    let defaults = ConnectOptions::from_uri("postgresql://localhost").expect("the URI is well formed");
    Ok(ConnectOptions {
        host: login.host,
        port: login.port.unwrap_or(defaults.port),
        database: login.database,
        user: login.user,
        password: Some(Secret::new(login.password.expose())),
        sslmode: sslmode.unwrap_or(defaults.sslmode),
        connect_timeout: Some(CONNECT_TIMEOUT),
        ..defaults
    })
}

/// Where temporary credentials lead. Sessions are encrypted unless the settings say otherwise.
fn temporary_options(
    login: WarehouseLogin,
    request: &WarehouseRequest,
    sslmode: Option<SslMode>,
) -> ConnectOptions {
    let defaults = ConnectOptions::from_uri("postgresql://localhost").expect("the URI is well formed");
    let (host, port) = login.address.unwrap_or_else(|| (defaults.host.clone(), defaults.port));
    ConnectOptions {
        host,
        port,
        database: request.database.clone().unwrap_or_else(|| defaults.database.clone()),
        user: login.user,
        password: Some(Secret::new(login.password.expose())),
        sslmode: sslmode.unwrap_or(SslMode::Require),
        connect_timeout: Some(CONNECT_TIMEOUT),
        ..defaults
    }
}

fn credentials_refused(connection: &str, error: &PortError) -> PlaceError {
    let told = format!("connection `{connection}`: {error}");
    match error {
        PortError::Unavailable { .. } => PlaceError::Unavailable(told),
        PortError::Refused { .. } => PlaceError::Refused(told),
    }
}

fn secret_refused(connection: &str, error: &SecretError) -> PlaceError {
    let told = format!("connection `{connection}`: {error}");
    match error {
        SecretError::Fetch(PortError::Unavailable { .. }) => PlaceError::Unavailable(told),
        _ => PlaceError::Refused(told),
    }
}

fn port_refused(error: &PortError) -> PlaceError {
    match error {
        PortError::Unavailable { .. } => PlaceError::Unavailable(error.to_string()),
        PortError::Refused { .. } => PlaceError::Refused(error.to_string()),
    }
}
