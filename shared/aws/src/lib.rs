//! The fleet on AWS: DynamoDB, SQS, EventBridge, SNS, CloudWatch Logs, S3 and Secrets Manager behind the ports of
//! `fleet_core`. Owns the names of resources and the settings of the SDK's clients. Decides nothing about readiness or
//! retries of jobs.

mod account;
mod dynamodb;
mod fault;
mod stack;

pub use account::{Account, AccountSettings, NoRegion};
pub use dynamodb::{Roster, Store, StoreSettings};
pub use stack::{BadStackName, STACK_DEFAULT, Stack};
