//! What AWS is for the executable: logins, the library's requests in the words of `fleet_aws`, and S3. Nothing of AWS is touched, and no
//! configuration of it read, before a connection asks.

use std::time::Duration;

use fleet_aws::{
    AccessKeys, Account, AccountSettings, AddressLookup, ClusterUser, Hidden, Secrets, WarehouseName,
    WarehouseRequest, Warehouses,
};
use rsql_client::Secret;
use rsql_client::options::cloud::{
    Cloud, CloudAccess, CloudLogin, CloudRequest, NewUser, Place, TemporaryLogin, WantedLogin, Warehouse,
};

/// Whom the library may ask.
pub(crate) fn of_aws() -> Cloud {
    let cloud = Cloud::new(|request| Box::pin(answer(request)));
    cloud.with_storage(rsql_client::emulate::aws::storage(AccountSettings::default()))
}

async fn answer(request: CloudRequest) -> Result<CloudLogin, String> {
    let account = Account::open(settings(request.access)).await.map_err(could_not)?;
    match request.login {
        WantedLogin::Secret(secret) => of_secret(&account, &secret).await,
        WantedLogin::Temporary(login) => temporary(&account, login).await,
    }
}

fn settings(access: CloudAccess) -> AccountSettings {
    let hidden = |secret: Secret| Hidden::new(secret.expose());
    let keys = access.keys.map(|keys| AccessKeys {
        id: keys.id,
        secret: hidden(keys.secret),
        session_token: keys.session_token.map(hidden),
    });
    AccountSettings {
        profile: access.profile,
        region: access.region,
        endpoint: access.endpoint,
        keys,
        ..AccountSettings::default()
    }
}

async fn of_secret(account: &Account, secret: &str) -> Result<CloudLogin, String> {
    let fields = Secrets::new(account).get(secret).await.map_err(could_not)?;
    let login = fields.partial_login().map_err(could_not)?;
    Ok(CloudLogin {
        user: login.user,
        password: Secret::new(login.password.expose()),
        host: login.host,
        port: login.port,
        database: login.database,
        expires_at: None,
    })
}

async fn temporary(account: &Account, wanted: TemporaryLogin) -> Result<CloudLogin, String> {
    let warehouse = match wanted.warehouse {
        Warehouse::Workgroup(name) => WarehouseName::Workgroup(name),
        Warehouse::Cluster(id) => {
            let user = wanted.user.map(|name| ClusterUser {
                name,
                auto_create: wanted.new_user == NewUser::Made,
                groups: wanted.groups,
            });
            WarehouseName::Cluster { id, user }
        }
    };
    let request = WarehouseRequest {
        warehouse,
        database: wanted.database,
        duration: Duration::from_secs(wanted.duration_s.into()),
        address: match wanted.place {
            Place::Known => AddressLookup::NotNeeded,
            Place::Wanted => AddressLookup::Asked,
        },
    };
    let login = Warehouses::new(account).login(&request).await.map_err(could_not)?;
    let (host, port) = login.address.unzip();
    Ok(CloudLogin {
        user: login.user,
        password: Secret::new(login.password.expose()),
        host,
        port,
        database: None,
        expires_at: login.expires_at,
    })
}

/// The services' errors are fragments that follow "could not".
fn could_not(error: impl std::fmt::Display) -> String {
    format!("could not {error}")
}
