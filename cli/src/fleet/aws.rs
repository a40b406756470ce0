//! A fleet on AWS: the ports over an account's stack, and what operators need beside them. Owns nothing that a part of the
//! fleet relies on: state changes by events alone, which the dispatcher carries out.

use std::sync::Arc;

use fleet_aws::{
    Account, AccountSettings, Bus, CloudLogReader, Objects, Queue, Roster, ScheduleSettings, Schedules,
    Stack, Store, StoreSettings, Upload,
};
use fleet_core::ids::WorkflowId;
use fleet_core::ports::{Clock, PortError};
use fleet_core::roster::WorkerStatus;
use fleet_core::schedule::Schedule;

use super::{Fleet, Home, LogStore, Scheduled, UploadedScripts};
use crate::exit::Failure;
use crate::target::AwsTarget;
use crate::workflows::Script;

/// An account's stack.
pub(crate) struct Aws {
    /// The account, with region and stack.
    pub(super) account: Account,
    /// Workflows, executions, audit trail.
    pub(super) store: Store,
}

impl Fleet {
    /// A fleet on AWS. Asks it nothing yet.
    ///
    /// # Errors
    /// When the stack's name is none, or nothing says which region is meant.
    pub(crate) async fn aws(target: AwsTarget, clock: Clock) -> anyhow::Result<Self> {
        let stack = Stack::parse(&target.stack).map_err(|error| Failure::usage(error.to_string()))?;
        let AwsTarget { region, profile, endpoint, .. } = target;
        let settings = AccountSettings { stack, profile, region, endpoint, keys: None };
        let account = Account::open(settings).await?;
        let store = Store::new(&account, StoreSettings::default());
        Ok(Self {
            definitions: Arc::new(store.clone()),
            executions: Arc::new(store.clone()),
            logs: LogStore::Cloud(CloudLogReader::new(&account)),
            home: Home::Aws(Box::new(Aws { account, store })),
            clock,
        })
    }
}

impl Aws {
    /// The stack and where it is, for messages.
    pub(super) fn name(&self) -> String {
        format!("stack {} in {}", self.account.stack().name(), self.account.region())
    }

    /// The dispatcher's queue.
    ///
    /// # Errors
    /// When it is not there.
    pub(super) async fn events(&self) -> Result<Queue, PortError> {
        Queue::open(&self.account, &self.account.stack().events_queue()).await
    }

    /// The bus.
    pub(super) fn bus(&self) -> Bus {
        Bus::new(&self.account)
    }

    /// Has a workflow start at the times of its schedules and at no others.
    ///
    /// # Errors
    /// [`PortError`]
    pub(super) async fn schedule(
        &self,
        workflow: &WorkflowId,
        schedules: &[Schedule],
    ) -> Result<Scheduled, PortError> {
        let events = self.events().await?;
        let there = Schedules::new(&self.account, &events, &ScheduleSettings::default());
        let applied = there.apply(workflow, schedules).await?;
        Ok(Scheduled { created: applied.created, kept: applied.updated, removed: applied.removed })
    }

    /// Sends scripts to `s3://bucket/prefix`, unless they are there.
    ///
    /// # Errors
    /// [`PortError`]
    pub(super) async fn upload(
        &self,
        prefix: &str,
        scripts: Vec<Script>,
    ) -> Result<UploadedScripts, PortError> {
        let files = scripts.into_iter().map(|script| Upload { name: script.name, file: script.file });
        let uploaded = Objects::new(&self.account).upload(prefix, files.collect()).await?;
        Ok(UploadedScripts { to: prefix.to_owned(), sent: uploaded.sent, unchanged: uploaded.unchanged })
    }

    /// What each worker has said of itself last.
    ///
    /// # Errors
    /// When the table cannot be read.
    pub(super) async fn workers(&self) -> Result<Vec<WorkerStatus>, PortError> {
        Roster::new(&self.store).workers().await
    }
}
