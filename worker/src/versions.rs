//! The versions of workflows that this worker has seen of late. They never change, so what is kept is right for ever. Owns
//! how many are kept.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use fleet_core::ids::{VersionHash, WorkflowId};
use fleet_core::ports::{Definitions, PortError};
use fleet_core::workflow::Definition;

use crate::patience;

/// Versions kept. The largest (100,000 jobs) takes some 30 MB; usual ones take kilobytes.
const KEPT_MAX: usize = 64;

type Key = (WorkflowId, VersionHash);

/// The last versions used, the latest at the end.
pub(crate) struct Versions {
    definitions: Arc<dyn Definitions>,
    kept: Mutex<VecDeque<(Key, Arc<Definition>)>>,
}

impl Versions {
    pub(crate) fn new(definitions: Arc<dyn Definitions>) -> Self {
        Self { definitions, kept: Mutex::default() }
    }

    /// The version, or nothing when the store does not have it.
    pub(crate) async fn get(
        &self,
        workflow: &WorkflowId,
        version: &VersionHash,
    ) -> Result<Option<Arc<Definition>>, PortError> {
        let key = (workflow.clone(), version.clone());
        if let Some(kept) = self.kept(&key) {
            return Ok(Some(kept));
        }
        let read = || self.definitions.version(workflow, version);
        let found = patience::insist("read a workflow's version", read).await?;
        if let Some(definition) = &found {
            self.keep(key, Arc::clone(definition));
        }
        Ok(found)
    }

    fn kept(&self, key: &Key) -> Option<Arc<Definition>> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let at = kept.iter().position(|(other, _)| other == key)?;
        let entry = kept.remove(at)?;
        let definition = Arc::clone(&entry.1);
        kept.push_back(entry);
        Some(definition)
    }

    fn keep(&self, key: Key, definition: Arc<Definition>) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        // Two slots may have read the same version at the same time.
        kept.retain(|(other, _)| *other != key);
        if kept.len() == KEPT_MAX {
            kept.pop_front();
        }
        kept.push_back((key, definition));
    }
}
