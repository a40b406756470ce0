//! Connections by temporary credentials, for the embedded fleet. Owns where their options come from. What a job does with
//! them is the worker's.

use std::sync::Arc;
use std::time::Duration;

use fleet_aws::{
    Account, AccountSettings, AddressLookup, ClusterUser, WarehouseLogin, WarehouseName, WarehouseRequest,
    Warehouses,
};
use fleet_core::ports::PortError;
use rsql_client::{ConnectOptions, Secret};
use tokio::sync::OnceCell;
use worker::place::{ConnectionSource, Freshness, PlaceError};

use crate::project::{Iam, Warehouse};

/// How long credentials are asked for: the longest that AWS grants, so that they are asked for seldom.
const GOOD_FOR: Duration = Duration::from_secs(3600);

/// What is asked for, and whom.
struct Source {
    name: String,
    access: AccountSettings,
    request: WarehouseRequest,
    /// Everything but the login and what it tells of the place.
    options: ConnectOptions,
    /// The account is looked for when the first job needs it.
    warehouses: OnceCell<Warehouses>,
}

/// The source of a connection's options; `options` have all that is known of it, and `address` says what is not.
pub(super) fn source(
    name: &str,
    iam: Iam,
    options: ConnectOptions,
    address: AddressLookup,
) -> ConnectionSource {
    let warehouse = match iam.warehouse {
        Warehouse::Workgroup(name) => WarehouseName::Workgroup(name),
        Warehouse::Cluster(id, user) => {
            let user = user.map(|name| ClusterUser { name, auto_create: false, groups: Vec::new() });
            WarehouseName::Cluster { id, user }
        }
    };
    let database = Some(options.database.clone());
    let source = Arc::new(Source {
        name: name.to_owned(),
        access: AccountSettings { region: iam.region, profile: iam.profile, ..AccountSettings::default() },
        request: WarehouseRequest { warehouse, database, duration: GOOD_FOR, address },
        options,
        warehouses: OnceCell::new(),
    });
    Arc::new(move |freshness| {
        let source = Arc::clone(&source);
        Box::pin(async move { source.options(freshness).await })
    })
}

impl Source {
    async fn options(&self, freshness: Freshness) -> Result<ConnectOptions, PlaceError> {
        let told = |error: &dyn std::fmt::Display| format!("connection `{}`: {error}", self.name);
        let open =
            || async { Account::open(self.access.clone()).await.map(|account| Warehouses::new(&account)) };
        let warehouses = self.warehouses.get_or_try_init(open).await;
        let warehouses = warehouses.map_err(|error| PlaceError::Refused(told(&error)))?;
        let login = match freshness {
            Freshness::Known => warehouses.login(&self.request).await,
            Freshness::Renewed => warehouses.renewed(&self.request).await,
        };
        match login {
            Ok(login) => Ok(self.with(login)),
            Err(error @ PortError::Unavailable { .. }) => Err(PlaceError::Unavailable(told(&error))),
            Err(error @ PortError::Refused { .. }) => Err(PlaceError::Refused(told(&error))),
        }
    }

    fn with(&self, login: WarehouseLogin) -> ConnectOptions {
        let mut options = self.options.clone();
        options.user = login.user;
        options.password = Some(Secret::new(login.password.expose()));
        if let Some((host, port)) = login.address {
            (options.host, options.port) = (host, port);
        }
        options
    }
}
