//! Temporary credentials of warehouses: of provisioned clusters and of workgroups of Redshift Serverless. Owns which call
//! gives them, where a warehouse is, and how long they are good for. Connects to none.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError};
use std::time::{Duration, SystemTime};

use aws_sdk_redshift::primitives::DateTime;
use fleet_core::ports::PortError;
use tokio::sync::Mutex;

use crate::account::Account;
use crate::fault::port_error;
use crate::secrets::Hidden;

/// Credentials that end sooner are not given again: a script may log in some minutes after it was given them.
const GOOD_FOR_AT_LEAST: Duration = Duration::from_secs(15 * 60);
/// Shortest time between two askings for one login, however often it is refused.
const FRESH_AFTER: Duration = Duration::from_secs(10);
/// Port of a warehouse that tells none.
const PORT_DEFAULT: u16 = 5439;

/// Temporary credentials that are wanted.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct WarehouseRequest {
    /// Of which warehouse.
    pub warehouse: WarehouseName,
    /// Database they are restricted to; any when absent.
    pub database: Option<String>,
    /// How long they are to be good for; AWS grants 15 minutes to an hour.
    pub duration: Duration,
    /// Whether the warehouse's address is wanted, too.
    pub address: AddressLookup,
}

/// A warehouse by its name, and whose credentials are wanted.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum WarehouseName {
    /// A provisioned cluster.
    Cluster {
        /// Its identifier.
        id: String,
        /// The database user; that of the IAM identity when absent.
        user: Option<ClusterUser>,
    },
    /// A workgroup of Redshift Serverless, and the user of the IAM identity.
    Workgroup(String),
}

/// A user of a cluster.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ClusterUser {
    /// Name of the user.
    pub name: String,
    /// Whether it is made where it does not exist.
    pub auto_create: bool,
    /// Groups that it joins for the session.
    pub groups: Vec<String>,
}

/// Whether the address of a warehouse is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AddressLookup {
    /// It is.
    Asked,
    /// The caller knows it.
    NotNeeded,
}

/// Credentials of a warehouse.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WarehouseLogin {
    /// Database user, such as `IAM:etl`.
    pub user: String,
    /// Its password.
    pub password: Hidden,
    /// Host and port, where they were asked for.
    pub address: Option<(String, u16)>,
    /// When they are of no use any more, if that was told.
    pub expires_at: Option<SystemTime>,
}

/// Asks for credentials of warehouses, and remembers them while they are good.
#[derive(Clone)]
pub struct Warehouses {
    clusters: aws_sdk_redshift::Client,
    workgroups: aws_sdk_redshiftserverless::Client,
    known: Arc<std::sync::Mutex<HashMap<WarehouseRequest, Slot>>>,
}

/// Where the last answer is kept. Held while it is asked for, so that one asks and the others wait.
type Slot = Arc<Mutex<Option<(WarehouseLogin, SystemTime)>>>;

impl std::fmt::Debug for Warehouses {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Warehouses")
    }
}

impl Warehouses {
    /// Asks in this account.
    #[must_use]
    pub fn new(account: &Account) -> Self {
        let config = account.prompt();
        Self {
            clusters: aws_sdk_redshift::Client::new(&config),
            workgroups: aws_sdk_redshiftserverless::Client::new(&config),
            known: Arc::default(),
        }
    }

    /// Credentials that are good for a while yet.
    ///
    /// # Errors
    /// [`PortError`] when AWS gives none.
    pub async fn login(&self, request: &WarehouseRequest) -> Result<WarehouseLogin, PortError> {
        self.ask(request, |_, _| true).await
    }

    /// New credentials, since those that were known have been refused. They may be some seconds old: then nobody gets newer
    /// ones.
    ///
    /// # Errors
    /// As [`Warehouses::login`].
    pub async fn renewed(&self, request: &WarehouseRequest) -> Result<WarehouseLogin, PortError> {
        self.ask(request, |asked, now| now.duration_since(asked).is_ok_and(|age| age < FRESH_AFTER)).await
    }

    async fn ask(
        &self,
        request: &WarehouseRequest,
        will_do: fn(SystemTime, SystemTime) -> bool,
    ) -> Result<WarehouseLogin, PortError> {
        let slot = {
            let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(known.entry(request.clone()).or_default())
        };
        let mut last = slot.lock().await;
        let now = SystemTime::now();
        if let Some((login, asked)) = last.as_ref()
            && login.is_good_at(now)
            && will_do(*asked, now)
        {
            return Ok(login.clone());
        }
        let login = self.fetch(request).await?;
        *last = Some((login.clone(), now));
        Ok(login)
    }

    async fn fetch(&self, request: &WarehouseRequest) -> Result<WarehouseLogin, PortError> {
        let mut login = match &request.warehouse {
            WarehouseName::Cluster { id, user: Some(user) } => self.of_user(id, user, request).await?,
            WarehouseName::Cluster { id, user: None } => self.of_identity(id, request).await?,
            WarehouseName::Workgroup(name) => self.of_workgroup(name, request).await?,
        };
        if request.address == AddressLookup::Asked {
            login.address = Some(match &request.warehouse {
                WarehouseName::Cluster { id, .. } => self.address_of_cluster(id).await?,
                WarehouseName::Workgroup(name) => self.address_of_workgroup(name).await?,
            });
        }
        Ok(login)
    }

    async fn of_user(
        &self,
        id: &str,
        user: &ClusterUser,
        request: &WarehouseRequest,
    ) -> Result<WarehouseLogin, PortError> {
        let groups = (!user.groups.is_empty()).then(|| user.groups.clone());
        let call = self.clusters.get_cluster_credentials().cluster_identifier(id).db_user(&user.name);
        let call = call.set_db_name(request.database.clone()).duration_seconds(seconds(request.duration));
        let answer = call.auto_create(user.auto_create).set_db_groups(groups).send().await;
        let what = || format!("get temporary credentials of user {} of cluster {id}", user.name);
        let answer = answer.map_err(|error| port_error(what(), error))?;
        made(what, answer.db_user, answer.db_password, answer.expiration)
    }

    async fn of_identity(&self, id: &str, request: &WarehouseRequest) -> Result<WarehouseLogin, PortError> {
        let call = self.clusters.get_cluster_credentials_with_iam().cluster_identifier(id);
        let call = call.set_db_name(request.database.clone()).duration_seconds(seconds(request.duration));
        let what = || format!("get temporary credentials of cluster {id}");
        let answer = call.send().await.map_err(|error| port_error(what(), error))?;
        made(what, answer.db_user, answer.db_password, answer.expiration)
    }

    async fn of_workgroup(
        &self,
        name: &str,
        request: &WarehouseRequest,
    ) -> Result<WarehouseLogin, PortError> {
        let call = self.workgroups.get_credentials().workgroup_name(name);
        let call = call.set_db_name(request.database.clone()).duration_seconds(seconds(request.duration));
        let what = || format!("get temporary credentials of workgroup {name}");
        let answer = call.send().await.map_err(|error| port_error(what(), error))?;
        let expiration = answer.expiration.map(|time| DateTime::from_secs(time.secs()));
        made(what, answer.db_user, answer.db_password, expiration)
    }

    async fn address_of_cluster(&self, id: &str) -> Result<(String, u16), PortError> {
        let what = || format!("look up the address of cluster {id}");
        let answer = self.clusters.describe_clusters().cluster_identifier(id).send().await;
        let answer = answer.map_err(|error| port_error(what(), error))?;
        let cluster = answer.clusters.unwrap_or_default().into_iter().next();
        let endpoint = cluster.and_then(|cluster| cluster.endpoint);
        let (host, port) = endpoint.map_or((None, None), |endpoint| (endpoint.address, endpoint.port));
        address(what, host, port)
    }

    async fn address_of_workgroup(&self, name: &str) -> Result<(String, u16), PortError> {
        let what = || format!("look up the address of workgroup {name}");
        let answer = self.workgroups.get_workgroup().workgroup_name(name).send().await;
        let answer = answer.map_err(|error| port_error(what(), error))?;
        let endpoint = answer.workgroup.and_then(|workgroup| workgroup.endpoint);
        let (host, port) = endpoint.map_or((None, None), |endpoint| (endpoint.address, endpoint.port));
        address(what, host, port)
    }
}

impl WarehouseLogin {
    fn is_good_at(&self, now: SystemTime) -> bool {
        self.expires_at.is_none_or(|end| end.duration_since(now).is_ok_and(|left| left >= GOOD_FOR_AT_LEAST))
    }
}

fn made(
    what: impl Fn() -> String,
    user: Option<String>,
    password: Option<String>,
    expires: Option<DateTime>,
) -> Result<WarehouseLogin, PortError> {
    let (Some(user), Some(password)) = (user, password) else {
        return Err(PortError::Refused {
            what: what(),
            cause: "the answer has no user or password".to_owned(),
        });
    };
    let expires_at = expires.and_then(|time| SystemTime::try_from(time).ok());
    Ok(WarehouseLogin { user, password: Hidden::new(password), address: None, expires_at })
}

fn address(
    what: impl Fn() -> String,
    host: Option<String>,
    port: Option<i32>,
) -> Result<(String, u16), PortError> {
    // One that is being made, or paused, has none.
    let host = host.filter(|host| !host.is_empty()).ok_or_else(|| PortError::Unavailable {
        what: what(),
        cause: "it has no address at the moment; is it paused or being made?".to_owned(),
    })?;
    Ok((host, port.and_then(|port| u16::try_from(port).ok()).unwrap_or(PORT_DEFAULT)))
}

fn seconds(duration: Duration) -> i32 {
    i32::try_from(duration.as_secs()).unwrap_or(i32::MAX)
}
