//! The store on DynamoDB passes the contract suites.

use fleet_aws::{Store, StoreSettings};
use fleet_core::contract;

use crate::common::account;

#[tokio::test]
async fn executions() {
    let store = Store::new(&account().await, StoreSettings::default());
    contract::executions(&store).await.assert_passed();
}

#[tokio::test]
async fn definitions() {
    let store = Store::new(&account().await, StoreSettings::default());
    contract::definitions(&store).await.assert_passed();
}
