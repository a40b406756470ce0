//! Secrets: read once, and again when a login was refused.

use fleet_aws::{Account, AccountSettings, SecretError, Secrets};
use fleet_core::ports::PortError;
use fleet_tests::aws_client::AwsClient;
use fleet_tests::aws_proxy::AwsProxy;
use fleet_tests::moto::Moto;
use serde_json::json;

use crate::common::account;

fn put(operation: &str, key: &str, secret: &str, password: &str) -> String {
    let text = json!({"db_user_name": "etl", "db_password": password, "db_host_name": "h", "port": 5439, "db_dbname": "dwh"});
    let input = json!({key: secret, "SecretString": text.to_string()});
    let client = AwsClient::new(Moto::shared().endpoint());
    client.secrets(operation, &input)["ARN"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_secret_is_read_once_and_again_when_a_login_was_refused() {
    let account = account().await;
    let proxy = AwsProxy::counting(Moto::shared().endpoint());
    let endpoint = Some(proxy.endpoint());
    let stack = account.stack().clone();
    let through = AccountSettings { stack, endpoint, ..AccountSettings::default() };
    let secrets = Secrets::new(&Account::open(through).await.unwrap());
    let name = account.stack().connection_secret("warehouse");
    let arn = put("CreateSecret", "Name", &name, "old");
    let password = async || secrets.get(&name).await.unwrap().login().unwrap().password.expose().to_owned();
    assert_eq!(password().await, "old");
    put("PutSecretValue", "SecretId", &name, "new");
    assert_eq!(password().await, "old");
    assert_eq!(proxy.calls().len(), 1);

    tokio::time::pause();
    // Others have just read it: whoever asks now gets what they got.
    assert_eq!(secrets.fresh(&name).await.unwrap().raw("db_password"), Some("old"));
    tokio::time::advance(std::time::Duration::from_secs(11)).await;
    tokio::time::resume();
    let (one, two) = tokio::join!(secrets.fresh(&name), secrets.fresh(&name));
    assert_eq!(one.unwrap().raw("db_password"), Some("new"));
    assert_eq!(two.unwrap().raw("db_password"), Some("new"));
    assert_eq!(password().await, "new");
    assert_eq!(proxy.calls().len(), 2);
    assert_eq!(secrets.get(&arn).await.unwrap().login().unwrap().user, "etl");
}

#[tokio::test]
async fn a_secret_that_is_not_there_is_named() {
    let account = account().await;
    let error = Secrets::new(&account).get("no/such").await.unwrap_err();
    assert!(error.to_string().contains("read the secret no/such"), "{error}");
    assert!(matches!(error, SecretError::Fetch(PortError::Refused { .. })), "{error}");
}
