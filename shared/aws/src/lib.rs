//! The fleet on AWS: DynamoDB, SQS, EventBridge, SNS, CloudWatch Logs, S3 and Secrets Manager behind the ports of
//! `fleet_core`, and logins of warehouses. Owns the names of resources and the settings of the SDK's clients. Decides nothing about readiness or
//! retries of jobs.

mod account;
mod alerts;
mod arn;
mod batches;
mod bus;
mod dynamodb;
mod fault;
mod logs;
mod metadata;
mod metrics;
mod objects;
mod queue;
mod schedules;
mod scripts;
mod secrets;
mod stack;
#[cfg(test)]
mod tests;
mod warehouse;

pub use account::{AccessKeys, Account, AccountSettings, NoRegion};
pub use alerts::{Announcer, Notification};
pub use bus::{Bus, EVENT_SOURCE, START_DETAIL_TYPE};
pub use dynamodb::{AUDIT_DAYS_MAX, Roster, Store, StoreSettings};
pub use logs::{
    CloudLogFollower, CloudLogPage, CloudLogReader, CloudLogs, LogToken, LoggedAttempt, SpoolSettings,
};
pub use metadata::{BadEndpoint, Leaving, Metadata, MetadataSettings};
pub use metrics::{AttemptMetrics, AttemptOutcome, Metrics};
pub use objects::{BucketPlace, Buckets, FoundObject, ObjectPiece, Objects, Upload, Uploaded};
pub use queue::Queue;
pub use schedules::{Applied, FiredBy, Installed, ScheduleSettings, Schedules};
pub use scripts::{ScriptTree, Scripts, ScriptsSettings};
pub use secrets::{Hidden, Login, PartialLogin, SecretError, SecretFields, Secrets};
pub use stack::{BadStackName, STACK_DEFAULT, Stack};
pub use warehouse::{
    AddressLookup, ClusterUser, WarehouseLogin, WarehouseName, WarehouseRequest, Warehouses,
};
