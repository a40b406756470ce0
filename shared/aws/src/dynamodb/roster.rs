//! The roster on DynamoDB: each worker process reports itself under a key of its own, beside the executions. Owns how long a
//! worker that fell silent stays on it.

use aws_sdk_dynamodb::types::AttributeValue;
use fleet_core::ports::PortError;
use fleet_core::roster::WorkerStatus;

use super::Store;
use super::fault::{self, Fault};
use super::layout::{Item, WORKERS, attribute, key, number, text};
use super::read::{Freshness, Order, Query};
use super::rows::text_of;
use super::write::{Expression, update};

/// How long a report is kept, in seconds: a worker that died in the night is still to be seen in the morning, with what it
/// was doing. DynamoDB takes up to two days more.
const KEPT_SECONDS: i64 = 86_400;

/// Who works, and on what.
///
/// A clone is another handle of the same roster.
#[derive(Debug, Clone)]
pub struct Roster {
    store: Store,
}

impl Roster {
    /// The roster beside the executions of this store.
    #[must_use]
    pub fn new(store: &Store) -> Self {
        Self { store: store.clone() }
    }

    /// Puts a worker's report in place of its last one.
    ///
    /// # Errors
    /// [`PortError`]; nothing rests on a report, the next one will do.
    pub async fn report(&self, status: &WorkerStatus) -> Result<(), PortError> {
        let reported = self.put(status).await;
        reported.map_err(|fault| fault.into_port_error(format!("report worker {}", status.worker)))
    }

    /// Takes a worker that ended in good order off the roster.
    ///
    /// # Errors
    /// [`PortError`]
    pub async fn leave(&self, worker: &str) -> Result<(), PortError> {
        let request = self
            .store
            .client()
            .delete_item()
            .table_name(self.store.executions_table())
            .set_key(Some(worker_key(worker)));
        let left = fault::patiently(|| async { request.clone().send().await.map_err(fault::fault) }).await;
        left.map(|_| ())
            .map_err(|fault| fault.into_port_error(format!("take worker {worker} off the roster")))
    }

    /// The last report of each worker, by name. One that fell silent stays for a day: `seen_at` tells.
    ///
    /// # Errors
    /// [`PortError`]
    pub async fn workers(&self) -> Result<Vec<WorkerStatus>, PortError> {
        self.read().await.map_err(|fault| fault.into_port_error("read the roster of workers".to_owned()))
    }

    async fn put(&self, status: &WorkerStatus) -> Result<(), Fault> {
        let expires_at = status.seen_at.as_millis() / 1_000 + KEPT_SECONDS;
        let change = Expression::new("SET #data = :data, expires_at = :expires_at")
            .name("#data", attribute::DATA)
            .value(":data", AttributeValue::S(serde_json::to_string(status)?))
            .value(":expires_at", number(u64::try_from(expires_at).unwrap_or_default()));
        let action = update(self.store.executions_table(), worker_key(&status.worker), change, "");
        self.store.commit(vec![action]).await.map(|_| ())
    }

    async fn read(&self) -> Result<Vec<WorkerStatus>, Fault> {
        let keys = Expression::new("workflow_execution_id = :workers").value(":workers", text(WORKERS));
        let query = Query {
            table: self.store.executions_table().to_owned(),
            index: None,
            keys,
            order: Order::Rising,
            freshness: Freshness::Consistent,
        };
        let mut workers = Vec::new();
        for item in self.store.pages(&query, usize::MAX).await? {
            workers.push(serde_json::from_str(text_of(&item, attribute::DATA)?)?);
        }
        Ok(workers)
    }
}

fn worker_key(worker: &str) -> Item {
    key((attribute::EXECUTION, WORKERS), (attribute::ITEM, worker))
}
