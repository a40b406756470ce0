//! Logins that AWS gives: temporary credentials of a warehouse, and secrets. Owns which settings ask for one, and how its
//! answer becomes settings.
//!
//! Asks nobody itself: the program brings the function that does, so that this library knows no cloud.

mod given;

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::SystemTime;

pub use given::GivenLogin;

use super::{Environment, Secret, Settings};
use crate::emulate::EmulationOptions;
use crate::emulate::storage::Storage;
use crate::error::SessionError;

/// How long temporary credentials are asked for when nobody says: the longest that AWS grants, since a script may connect
/// again late.
const DURATION_DEFAULT_S: u32 = 3600;
/// What AWS grants, in seconds.
const DURATION_RANGE_S: std::ops::RangeInclusive<u32> = 900..=3600;
/// Ends of the names of a cluster's host, in front of which its region stands, and of a workgroup's.
const CLUSTER_HOSTS: &[&str] = &[".redshift.amazonaws.com", ".redshift.amazonaws.com.cn"];
const WORKGROUP_HOSTS: &[&str] =
    &[".redshift-serverless.amazonaws.com", ".redshift-serverless.amazonaws.com.cn"];

/// What AWS puts before the name of a user when it answers; a session that follows another asks by the name alone.
const NAMES_MADE: &[&str] = &["IAM:", "IAMA:"];

/// The answer, once it is there; a failure is a sentence for the user.
pub type CloudAnswer = Pin<Box<dyn Future<Output = Result<CloudLogin, String>> + Send>>;

/// Whoever can be asked for logins, and the storage beside them.
#[derive(Clone)]
pub struct Cloud {
    ask: Arc<dyn Fn(CloudRequest) -> CloudAnswer + Send + Sync>,
    storage: Option<Storage>,
}

impl Cloud {
    /// Asks by this function.
    pub fn new(ask: impl Fn(CloudRequest) -> CloudAnswer + Send + Sync + 'static) -> Cloud {
        Cloud { ask: Arc::new(ask), storage: None }
    }

    /// With what `s3://` is for COPY and UNLOAD where they are emulated and no directory stands for it.
    #[must_use]
    pub fn with_storage(self, storage: Storage) -> Cloud {
        Cloud { storage: Some(storage), ..self }
    }

    /// Gives a connection's emulation the storage.
    pub(super) fn equip(&self, emulation: Option<&mut EmulationOptions>) {
        if let Some(emulation) = emulation {
            emulation.storage.clone_from(&self.storage);
        }
    }
}

impl std::fmt::Debug for Cloud {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Cloud")
    }
}

/// A login that is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CloudRequest {
    /// Which.
    pub login: WantedLogin,
    /// In whose name it is asked for.
    pub access: CloudAccess,
}

/// Which login is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WantedLogin {
    /// One that a secret of Secrets Manager holds, by its name or ARN.
    Secret(String),
    /// One made for a while.
    Temporary(TemporaryLogin),
}

/// Temporary credentials.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemporaryLogin {
    /// Of which warehouse.
    pub warehouse: Warehouse,
    /// Database they are restricted to; any when absent.
    pub database: Option<String>,
    /// Database user; that of the IAM identity when absent. A workgroup always gives that.
    pub user: Option<String>,
    /// Whether a user that does not exist is made.
    pub new_user: NewUser,
    /// Groups that the user joins for the session.
    pub groups: Vec<String>,
    /// How long they can be logged in with, in seconds.
    pub duration_s: u32,
    /// Whether the warehouse's address is wanted, too.
    pub place: Place,
}

/// A warehouse by its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Warehouse {
    /// A provisioned cluster.
    Cluster(String),
    /// A workgroup of Redshift Serverless.
    Workgroup(String),
}

/// What becomes of a user that does not exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NewUser {
    /// It is made.
    Made,
    /// The login fails.
    Refused,
}

/// Whether host and port of a warehouse are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// They are.
    Known,
    /// They are to be looked up.
    Wanted,
}

/// In whose name AWS is asked. What is absent comes from the environment and the files of every AWS tool.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CloudAccess {
    /// The region.
    pub region: Option<String>,
    /// Profile of the AWS configuration files.
    pub profile: Option<String>,
    /// Another endpoint than the region's.
    pub endpoint: Option<String>,
    /// Keys.
    pub keys: Option<AccessKeys>,
}

/// Keys of an IAM identity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessKeys {
    /// The key's id.
    pub id: String,
    /// The key.
    pub secret: Secret,
    /// Token of temporary keys.
    pub session_token: Option<Secret>,
}

/// A login that was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CloudLogin {
    /// Database user, for instance `IAM:etl`.
    pub user: String,
    /// Its password.
    pub password: Secret,
    /// Host, where it was asked for and is known.
    pub host: Option<String>,
    /// Port, likewise.
    pub port: Option<u16>,
    /// Database, where a secret names one.
    pub database: Option<String>,
    /// When the password is of no use any more, if that was told.
    pub expires_at: Option<SystemTime>,
}

/// Keywords that are of no use any more once the login is there.
const OWN_KEYWORDS: &[&str] = &[
    "iam",
    "cluster_id",
    "workgroup",
    "db_user",
    "db_groups",
    "auto_create",
    "group_federation",
    "iam_duration",
    "secret_id",
    "region",
    "aws_profile",
    "access_key_id",
    "secret_access_key",
    "session_token",
    "endpoint_url",
];

/// Fills in the login that `settings` ask AWS for, if they do, and gives it as later sessions need it; `settings` must hold
/// what the user has said, without the environment, which is only looked at for a host and a database.
///
/// # Errors
/// [`SessionError::Options`] when too little or contradictory things are said, nobody can be asked, or the answer is no.
pub(super) async fn complete(
    settings: &mut Settings,
    environment: &Environment,
    cloud: Option<&Cloud>,
) -> Result<Option<GivenLogin>, SessionError> {
    let request = request(settings, environment)?;
    for keyword in OWN_KEYWORDS {
        settings.take(keyword);
    }
    let Some(request) = request else { return Ok(None) };
    let Some(Cloud { ask, .. }) = cloud else {
        let text =
            "temporary credentials and secrets of AWS cannot be asked for here; give user and password";
        return Err(SessionError::Options(text.to_owned()));
    };
    let temporary = matches!(request.login, WantedLogin::Temporary(_));
    let login = ask(request.clone()).await.map_err(SessionError::Options)?;
    settings.set("user", &login.user);
    settings.set("password", login.password.expose());
    let given = GivenLogin::new(request, &login);
    if let Some(host) = login.host.filter(|_| settings.get("hostaddr").is_none()) {
        settings.set_default("host", &host);
    }
    if let Some(port) = login.port {
        settings.set_default("port", &port.to_string());
    }
    if let Some(database) = login.database {
        settings.set_default("dbname", &database);
    }
    if temporary {
        // What AWS has just made must not go over the wire in the clear unless somebody says so.
        settings.set_default("sslmode", "require");
    }
    Ok(Some(given))
}

/// The login that the settings ask for.
fn request(settings: &Settings, environment: &Environment) -> Result<Option<CloudRequest>, SessionError> {
    let iam = flag(settings, "iam")?;
    let secret = settings.get("secret_id");
    let fault = |text: &str| Err(SessionError::Options(text.to_owned()));
    match (iam, secret) {
        (false, None) => Ok(None),
        (true, Some(_)) => fault("iam and secret_id exclude each other: keep one"),
        (false, Some(secret)) => {
            let region = secret.strip_prefix("arn:").and_then(|arn| arn.split(':').nth(2)).map(str::to_owned);
            let access = access(settings, region)?;
            Ok(Some(CloudRequest { login: WantedLogin::Secret(secret.to_owned()), access }))
        }
        (true, None) => {
            let (login, region) = temporary(settings, environment)?;
            let access = access(settings, region)?;
            Ok(Some(CloudRequest { login: WantedLogin::Temporary(login), access }))
        }
    }
}

/// Temporary credentials, and the region that the host's name tells.
fn temporary(
    settings: &Settings,
    environment: &Environment,
) -> Result<(TemporaryLogin, Option<String>), SessionError> {
    let host = settings.get("host").map(str::to_owned).or_else(|| environment.text("PGHOST"));
    let named = host.as_deref().and_then(named_by_host);
    let (by_host, region) = named.map_or((None, None), |(warehouse, region)| (Some(warehouse), Some(region)));
    let warehouse = match (settings.get("cluster_id"), settings.get("workgroup")) {
        (Some(_), Some(_)) => {
            let text = "ClusterID and Workgroup exclude each other: keep the one that is connected to";
            return Err(SessionError::Options(text.to_owned()));
        }
        (Some(cluster), None) => Some(Warehouse::Cluster(cluster.to_owned())),
        (None, Some(workgroup)) => Some(Warehouse::Workgroup(workgroup.to_owned())),
        (None, None) => by_host,
    };
    let Some(warehouse) = warehouse else {
        let text =
            "temporary credentials (IAM) need ClusterID, Workgroup, or a host whose name tells one of them";
        return Err(SessionError::Options(text.to_owned()));
    };
    // By federation the IAM identity itself is the user, whatever name is given.
    let federated = flag(settings, "group_federation")?;
    let user = settings.get("db_user").or(settings.get("user")).filter(|_| !federated);
    let user = user.map(|name| NAMES_MADE.iter().find_map(|made| name.strip_prefix(made)).unwrap_or(name));
    let groups = settings.get("db_groups").unwrap_or_default().split(',').map(str::trim);
    let login = TemporaryLogin {
        warehouse,
        database: settings.get("dbname").map(str::to_owned).or_else(|| environment.text("PGDATABASE")),
        user: user.map(str::to_owned),
        new_user: if flag(settings, "auto_create")? { NewUser::Made } else { NewUser::Refused },
        groups: groups.filter(|group| !group.is_empty()).map(str::to_owned).collect(),
        duration_s: duration_s(settings)?,
        place: match (host, settings.get("hostaddr")) {
            (None, None) => Place::Wanted,
            _ => Place::Known,
        },
    };
    Ok((login, region))
}

fn duration_s(settings: &Settings) -> Result<u32, SessionError> {
    let Some(text) = settings.get("iam_duration") else { return Ok(DURATION_DEFAULT_S) };
    let seconds = text.parse().ok().filter(|seconds| DURATION_RANGE_S.contains(seconds));
    let (least, most) = DURATION_RANGE_S.into_inner();
    seconds.ok_or_else(|| {
        SessionError::Options(format!(
            "invalid iam_duration value: \"{text}\" (AWS grants {least} to {most} seconds)"
        ))
    })
}

fn access(settings: &Settings, region: Option<String>) -> Result<CloudAccess, SessionError> {
    let text = |keyword| settings.get(keyword).map(str::to_owned);
    let keys = match (text("access_key_id"), text("secret_access_key")) {
        (None, None) => None,
        (Some(id), Some(secret)) => Some(AccessKeys {
            id,
            secret: Secret::new(secret),
            session_token: text("session_token").map(Secret::new),
        }),
        _ => {
            let text = "AccessKeyID and SecretAccessKey belong together: give both or none";
            return Err(SessionError::Options(text.to_owned()));
        }
    };
    Ok(CloudAccess {
        region: text("region").or(region),
        profile: text("aws_profile"),
        endpoint: text("endpoint_url"),
        keys,
    })
}

/// The warehouse and the region that the name of a host of Amazon's tells.
fn named_by_host(host: &str) -> Option<(Warehouse, String)> {
    let before = |ends: &[&str]| ends.iter().find_map(|end| host.strip_suffix(end).map(str::to_owned));
    let parts = |text: String| {
        let mut labels = text.split('.');
        match (labels.next(), labels.next(), labels.next(), labels.next()) {
            (Some(name), Some(_), Some(region), None) => Some((name.to_owned(), region.to_owned())),
            _ => None,
        }
    };
    if let Some((name, region)) = before(WORKGROUP_HOSTS).and_then(parts) {
        return Some((Warehouse::Workgroup(name), region));
    }
    before(CLUSTER_HOSTS).and_then(parts).map(|(name, region)| (Warehouse::Cluster(name), region))
}

/// A truth value as ODBC files have it.
fn flag(settings: &Settings, keyword: &str) -> Result<bool, SessionError> {
    match settings.get(keyword).unwrap_or("0").to_ascii_lowercase().as_str() {
        "1" | "true" | "yes" | "on" => Ok(true),
        "0" | "false" | "no" | "off" => Ok(false),
        other => Err(super::tls::invalid(keyword, other)),
    }
}

#[cfg(test)]
mod tests {
    use super::super::conninfo;
    use super::*;

    fn asked(text: &str) -> Result<Option<CloudRequest>, String> {
        let settings = conninfo::parse(text).unwrap();
        request(&settings, &Environment::default()).map_err(|error| error.to_string())
    }

    fn login(text: &str) -> TemporaryLogin {
        match asked(text).unwrap().unwrap().login {
            WantedLogin::Temporary(login) => login,
            WantedLogin::Secret(secret) => panic!("{text} asks for {secret}"),
        }
    }

    #[test]
    fn a_host_of_amazons_names_warehouse_and_region() {
        fn check(host: &str, warehouse: Warehouse, region: &str) {
            let request = asked(&format!("iam=1 host={host}")).unwrap().unwrap();
            assert_eq!(request.access.region.as_deref(), Some(region), "{host}");
            let WantedLogin::Temporary(login) = request.login else { panic!("{host}") };
            assert_eq!((login.warehouse, login.place), (warehouse, Place::Known), "{host}");
        }
        let cluster = Warehouse::Cluster("dw".to_owned());
        check("dw.abc123.eu-central-1.redshift.amazonaws.com", cluster.clone(), "eu-central-1");
        check("dw.abc123.cn-north-1.redshift.amazonaws.com.cn", cluster, "cn-north-1");
        let workgroup = Warehouse::Workgroup("etl".to_owned());
        check("etl.123456789012.us-east-1.redshift-serverless.amazonaws.com", workgroup, "us-east-1");
    }

    #[test]
    fn what_is_said_goes_before_what_the_host_tells() {
        let text = "iam=yes host=x.y.us-east-1.redshift.amazonaws.com cluster_id=dw region=eu-west-1";
        assert_eq!(login(text).warehouse, Warehouse::Cluster("dw".to_owned()));
        let request = asked(text).unwrap().unwrap();
        assert_eq!(request.access.region.as_deref(), Some("eu-west-1"));
    }

    #[test]
    fn users_groups_and_place() {
        let all =
            login("iam=1 cluster_id=dw db_user=etl auto_create=1 db_groups='a, b' dbname=dev user=other");
        assert_eq!(all.user.as_deref(), Some("etl"));
        assert_eq!((all.groups, all.new_user), (vec!["a".to_owned(), "b".to_owned()], NewUser::Made));
        assert_eq!((all.place, all.duration_s), (Place::Wanted, 3600));
        assert_eq!(login("iam=1 cluster_id=dw user=u").user.as_deref(), Some("u"));
        assert_eq!(login("iam=1 cluster_id=dw user=IAMA:u").user.as_deref(), Some("u"));
        assert_eq!(login("iam=1 cluster_id=dw user=u group_federation=1").user, None);
        assert_eq!(login("iam=1 workgroup=w hostaddr=127.0.0.1 iam_duration=900").place, Place::Known);
    }

    #[test]
    fn a_secret_tells_its_region_by_its_arn() {
        let request = asked("secret_id=arn:aws:secretsmanager:eu-west-1:1:secret:x").unwrap().unwrap();
        assert_eq!(request.access.region.as_deref(), Some("eu-west-1"));
        assert_eq!(asked("host=h").unwrap(), None);
        assert_eq!(asked("host=h iam=0").unwrap(), None);
    }

    #[test]
    fn contradictions_are_errors_with_a_remedy() {
        for (text, expect) in [
            ("iam=1 host=h", "need ClusterID, Workgroup, or a host"),
            ("iam=1 cluster_id=a workgroup=b", "exclude each other"),
            ("iam=1 secret_id=b", "exclude each other"),
            ("iam=1 cluster_id=a access_key_id=k", "belong together"),
            ("iam=maybe", "invalid iam value: \"maybe\""),
            ("iam=1 cluster_id=a iam_duration=5", "AWS grants 900 to 3600 seconds"),
        ] {
            let error = asked(text).unwrap_err();
            assert!(error.contains(expect), "{text}: {error}");
        }
    }

    #[test]
    fn no_key_is_shown() {
        let text = "iam=1 cluster_id=a access_key_id=k secret_access_key=hunter2 session_token=hunter3";
        let shown = format!("{:?}", asked(text));
        assert!(!shown.contains("hunter"), "{shown}");
    }
}
