//! Workflows and their versions.

use std::sync::Arc;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::PortError;
use crate::audit::AuditRecord;
use crate::ids::{VersionHash, WorkflowId};
use crate::time::Timestamp;
use crate::workflow::Definition;

/// The current definition of a workflow.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Current {
    /// The workflow.
    pub workflow_id: WorkflowId,
    /// The text as its author wrote it, in either form.
    pub text: String,
    /// Where the text came from, for messages.
    pub source: String,
    /// The version compiled from it; none when the item was put there by hand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<VersionHash>,
    /// Who put it there.
    #[serde(default)]
    pub by: String,
    /// When.
    #[serde(default)]
    pub at: Timestamp,
}

/// Keeps workflows: one current definition each, and immutable versions.
#[async_trait]
pub trait Definitions: Send + Sync {
    /// Stores `definition` under its content hash, unless it is there, and then makes `current` the current definition.
    /// In this order, so that a current definition never names a version that is not there.
    ///
    /// # Errors
    /// [`PortError`]
    async fn deploy(
        &self,
        current: &Current,
        definition: &Definition,
        audit: &[AuditRecord],
    ) -> Result<(), PortError>;

    /// Stores `definition` under its content hash, unless it is there. The current definition stays what it is.
    ///
    /// # Errors
    /// [`PortError`]
    async fn keep(&self, definition: &Definition) -> Result<(), PortError>;

    /// Takes the current definition of a workflow away, if there is one: it is not started any more until it is deployed again.
    /// Its versions stay, for the executions that run them.
    ///
    /// # Errors
    /// [`PortError`]
    async fn retire(&self, workflow: &WorkflowId, audit: &[AuditRecord]) -> Result<(), PortError>;

    /// The current definition.
    ///
    /// # Errors
    /// [`PortError`]
    async fn current(&self, workflow: &WorkflowId) -> Result<Option<Current>, PortError>;

    /// One version. It never changes, so an adapter may keep it in memory.
    ///
    /// # Errors
    /// [`PortError`]
    async fn version(
        &self,
        workflow: &WorkflowId,
        version: &VersionHash,
    ) -> Result<Option<Arc<Definition>>, PortError>;

    /// All current definitions, by workflow id.
    ///
    /// # Errors
    /// [`PortError`]
    async fn all(&self) -> Result<Vec<Current>, PortError>;
}
