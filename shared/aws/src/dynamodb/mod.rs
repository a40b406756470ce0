//! The DynamoDB store: executions, jobs, audit trail, workflows and the workers' roster in four tables.
//!
//! Owns the client and the tables' names. Does not know what a status means beyond "settled", "open" and "held", and decides
//! nothing. Every answer is safe when it is given, so that there is nothing to be secured.
//!
//! Where the units go (on demand; a write costs one for each kilobyte begun, in a transaction two, and a consistent read one
//! for each four): claim and settle are each a transaction of a job's row and one audit record, 4 write units each; telling
//! dependents that have one need each is a plain write of the cursor, 1; telling those with several is a transaction, 2 for
//! each row named. So a job in a chain costs 9 write units. Starting an execution costs 8: its row and the record, and a
//! unit in each of four indexes.
//!
//! What a role must be allowed: on the audit table `PutItem` and `Query`, no more; on executions (and its indexes) `GetItem`,
//! `BatchGetItem`, `Query`, `PutItem`, `UpdateItem`, and `DeleteItem` for workers that leave the roster; on workflows
//! `GetItem`, `Scan`, `PutItem`; on versions `GetItem`, `Query`, `PutItem`. Only who deploys needs
//! `PutItem` and `DeleteItem` on workflows.

mod audit;
mod by_hand;
mod chunks;
mod definitions;
mod executions;
mod fault;
mod index;
mod layout;
mod read;
mod roster;
mod rows;
mod telling;
#[cfg(test)]
mod tests;
mod write;

use std::sync::Arc;

use aws_sdk_dynamodb::Client;

use self::definitions::Versions;
use crate::account::Account;

pub use self::roster::Roster;

/// Longest time that audit records are kept where they expire, in days: a hundred years is for ever.
pub const AUDIT_DAYS_MAX: u32 = 36_500;

/// What an operator may choose about the store.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct StoreSettings {
    /// Days after which DynamoDB deletes a record of the audit trail that is written under this setting; absent: never.
    pub audit_keep_days: Option<u32>,
}

/// The state of a fleet on AWS: implements `Executions` and `Definitions`.
///
/// A clone is another handle of the same store.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

/// What the handles of one store share.
struct Inner {
    client: Client,
    settings: StoreSettings,
    workflows: String,
    versions: String,
    executions: String,
    audit: String,
    known: Versions,
}

impl Store {
    /// The store of the account's stack. Asks nothing yet: the tables are made by `infra/`, and the first call finds out
    /// whether they are there.
    #[must_use]
    pub fn new(account: &Account, settings: StoreSettings) -> Self {
        let stack = account.stack();
        let inner = Inner {
            client: Client::new(&account.prompt()),
            settings,
            workflows: stack.workflows_table(),
            versions: stack.versions_table(),
            executions: stack.executions_table(),
            audit: stack.audit_table(),
            known: Versions::default(),
        };
        Self { inner: Arc::new(inner) }
    }

    fn client(&self) -> &Client {
        &self.inner.client
    }

    fn settings(&self) -> StoreSettings {
        self.inner.settings
    }

    fn workflows_table(&self) -> &str {
        &self.inner.workflows
    }

    fn versions_table(&self) -> &str {
        &self.inner.versions
    }

    fn executions_table(&self) -> &str {
        &self.inner.executions
    }

    fn audit_table(&self) -> &str {
        &self.inner.audit
    }

    fn versions(&self) -> &Versions {
        &self.inner.known
    }
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Store").field(&self.inner.executions).finish()
    }
}
