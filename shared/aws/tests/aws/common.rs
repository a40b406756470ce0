//! What the adapters' tests share: a stack of their own on the local endpoint, and the way into it.

use aws_config::{BehaviorVersion, SdkConfig};
use fleet_aws::{Account, AccountSettings, Stack};
use fleet_tests::moto::Moto;

/// An account with a new stack in it. First in a test: see [`Moto::shared`].
pub(crate) async fn account() -> Account {
    account_of(&Moto::shared().stack()).await
}

/// An account with the stack of this name, which may be none.
pub(crate) async fn account_of(stack: &str) -> Account {
    Moto::shared();
    let stack = Stack::parse(stack).unwrap();
    Account::open(AccountSettings { stack, ..AccountSettings::default() }).await.unwrap()
}

/// The SDK's own configuration, for what no adapter does.
pub(crate) async fn sdk() -> SdkConfig {
    Moto::shared();
    let http = aws_smithy_http_client::Builder::new().build_http();
    aws_config::defaults(BehaviorVersion::latest()).http_client(http).load().await
}
