//! The `Definitions` port on DynamoDB. Owns the items of current definitions, and keeps versions in memory, since they never
//! change.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use fleet_core::audit::AuditRecord;
use fleet_core::ids::{VersionHash, WorkflowId};
use fleet_core::ports::{Current, Definitions, PortError};
use fleet_core::time::Timestamp;
use fleet_core::workflow::Definition;
use sha2::{Digest, Sha256};

use super::fault::Fault;
use super::layout::{Item, LAYOUT, attribute, number, text, version_name};
use super::rows::{check_layout, text_of};
use super::write::{self, Expression, put};
use super::{Store, by_hand};

/// Versions kept in memory: more workflows than are usually in flight at once, few enough when they are large.
const VERSIONS_KEPT: usize = 64;
/// Longest text within the item of a current definition, in bytes: readable in every console, and cheap to read with each
/// start. A longer one is stored apart.
const INLINE_BYTES_MAX: usize = 32_000;

/// The versions used last, newest first.
#[derive(Default)]
pub(super) struct Versions(Mutex<VecDeque<Arc<Definition>>>);

impl Versions {
    fn find(&self, workflow: &WorkflowId, version: &VersionHash) -> Option<Arc<Definition>> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let at =
            kept.iter().position(|known| known.workflow_id == *workflow && known.version() == *version)?;
        let found = kept.remove(at)?;
        kept.push_front(Arc::clone(&found));
        Some(found)
    }

    fn keep(&self, definition: &Arc<Definition>) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.push_front(Arc::clone(definition));
        kept.truncate(VERSIONS_KEPT);
    }
}

#[async_trait]
impl Definitions for Store {
    async fn deploy(
        &self,
        current: &Current,
        definition: &Definition,
        audit: &[AuditRecord],
    ) -> Result<(), PortError> {
        let deployed = self.make_current(current, definition, audit).await;
        let workflow = &current.workflow_id;
        deployed.map_err(|fault| fault.into_port_error(format!("deploy workflow {workflow}")))
    }

    async fn keep(&self, definition: &Definition) -> Result<(), PortError> {
        let workflow = &definition.workflow_id;
        let kept = self.keep_version(definition).await;
        kept.map_err(|fault| fault.into_port_error(format!("keep a version of workflow {workflow}")))
    }

    async fn retire(&self, workflow: &WorkflowId, audit: &[AuditRecord]) -> Result<(), PortError> {
        let retired = self.remove_current(workflow, audit).await;
        retired.map_err(|fault| fault.into_port_error(format!("retire workflow {workflow}")))
    }

    async fn current(&self, workflow: &WorkflowId) -> Result<Option<Current>, PortError> {
        let found = self.find_current(workflow).await;
        found.map_err(|fault| fault.into_port_error(format!("read workflow {workflow}")))
    }

    async fn version(
        &self,
        workflow: &WorkflowId,
        version: &VersionHash,
    ) -> Result<Option<Arc<Definition>>, PortError> {
        let found = self.find_version(workflow, version).await;
        let what = || format!("read version {version} of workflow {workflow}");
        found.map_err(|fault| fault.into_port_error(what()))
    }

    async fn all(&self) -> Result<Vec<Current>, PortError> {
        let found = self.all_current().await;
        found.map_err(|fault| fault.into_port_error("read all workflows".to_owned()))
    }
}

impl Store {
    async fn make_current(
        &self,
        current: &Current,
        definition: &Definition,
        audit: &[AuditRecord],
    ) -> Result<(), Fault> {
        if definition.workflow_id != current.workflow_id {
            return Err(Fault::Refused(format!("the version is one of workflow {}", definition.workflow_id)));
        }
        self.keep_version(definition).await?;
        let item = self.current_item(current).await?;
        // It takes the place of whatever is there.
        let change = [put(self.workflows_table(), item, Expression::default())];
        self.commit_audited(&change, audit).await.map(|_| ())
    }

    async fn remove_current(&self, workflow: &WorkflowId, audit: &[AuditRecord]) -> Result<(), Fault> {
        let key = [(attribute::WORKFLOW.to_owned(), text(workflow.as_str()))];
        let change = [write::remove(self.workflows_table(), key.into_iter().collect())];
        self.commit_audited(&change, audit).await.map(|_| ())
    }

    async fn keep_version(&self, definition: &Definition) -> Result<(), Fault> {
        let (workflow, version) = (&definition.workflow_id, definition.version());
        if self.versions().find(workflow, &version).is_some() {
            return Ok(());
        }
        self.keep_text(workflow, &version_name(&version), &definition.canonical_json()).await
    }

    async fn find_version(
        &self,
        workflow: &WorkflowId,
        version: &VersionHash,
    ) -> Result<Option<Arc<Definition>>, Fault> {
        if let Some(known) = self.versions().find(workflow, version) {
            return Ok(Some(known));
        }
        let Some(stored) = self.kept_text(workflow, &version_name(version)).await? else { return Ok(None) };
        let read: Definition = serde_json::from_slice(&stored)?;
        let read = Arc::new(read);
        self.versions().keep(&read);
        Ok(Some(read))
    }

    /// A long text is stored before the item that speaks of it.
    async fn current_item(&self, current: &Current) -> Result<Item, Fault> {
        let mut item = Item::new();
        let mut set = |name: &str, value| item.insert(name.to_owned(), value);
        set(attribute::LAYOUT, number(LAYOUT));
        set(attribute::WORKFLOW, text(current.workflow_id.as_str()));
        set(attribute::SOURCE, text(&current.source));
        set(attribute::BY, text(&current.by));
        set(attribute::AT, text(current.at.to_string()));
        if let Some(version) = &current.version {
            set(attribute::VERSION, text(version.to_string()));
        }
        if current.text.len() <= INLINE_BYTES_MAX {
            set(attribute::TEXT, text(&current.text));
            return Ok(item);
        }
        let part = text_part(&current.text);
        set(attribute::TEXT_PART, text(&part));
        self.keep_text(&current.workflow_id, &part, current.text.as_bytes()).await?;
        Ok(item)
    }

    async fn find_current(&self, workflow: &WorkflowId) -> Result<Option<Current>, Fault> {
        let key = [(attribute::WORKFLOW.to_owned(), text(workflow.as_str()))].into();
        match self.get(self.workflows_table(), key).await? {
            Some(item) => self.read_current(workflow.clone(), &item).await.map(Some),
            None => Ok(None),
        }
    }

    async fn all_current(&self) -> Result<Vec<Current>, Fault> {
        let mut found = Vec::new();
        for item in self.scan(self.workflows_table(), None).await? {
            let Some(workflow) = legal_name(&item)? else { continue };
            found.push(self.read_current(workflow, &item).await?);
        }
        found.sort_by(|a, b| a.workflow_id.cmp(&b.workflow_id));
        Ok(found)
    }

    async fn read_current(&self, workflow_id: WorkflowId, item: &Item) -> Result<Current, Fault> {
        check_layout(item)?;
        let text_in = |name| item.contains_key(name).then(|| text_of(item, name)).transpose();
        let mut source = text_in(attribute::SOURCE)?.map(ToOwned::to_owned);
        let text = if let Some(text) = text_in(attribute::TEXT)? {
            text.to_owned()
        } else if let Some(part) = text_in(attribute::TEXT_PART)? {
            self.long_text(&workflow_id, part).await?
        } else {
            source = None;
            by_hand::text_of(item)?
        };
        Ok(Current {
            text,
            source: source.unwrap_or_else(|| by_hand::source(self.workflows_table(), &workflow_id)),
            version: version_of(item)?,
            by: text_in(attribute::BY)?.unwrap_or_default().to_owned(),
            at: match text_in(attribute::AT)? {
                Some(at) => Timestamp::parse(at).map_err(Fault::unreadable)?,
                None => Timestamp::default(),
            },
            workflow_id,
        })
    }

    async fn long_text(&self, workflow: &WorkflowId, part: &str) -> Result<String, Fault> {
        let stored = self.kept_text(workflow, part).await?;
        let stored = stored.ok_or_else(|| Fault::unreadable(format_args!("{part} of {workflow} is gone")))?;
        String::from_utf8(stored).map_err(Fault::unreadable)
    }
}

/// The name of a text among the parts. No version's name has a slash in it.
fn text_part(text: &str) -> String {
    let digest = Sha256::digest(text.as_bytes());
    let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("text/{hex}")
}

/// Nothing for an item that somebody put there under a name that no workflow can have: one such must not hide all others.
fn legal_name(item: &Item) -> Result<Option<WorkflowId>, Fault> {
    let name = text_of(item, attribute::WORKFLOW)?;
    match WorkflowId::parse(name) {
        Ok(workflow) => Ok(Some(workflow)),
        Err(error) => {
            tracing::warn!(%error, "leave out an item of the workflows table");
            Ok(None)
        }
    }
}

/// An item put there by hand may use the word in its own way.
fn version_of(item: &Item) -> Result<Option<VersionHash>, Fault> {
    if !item.contains_key(attribute::VERSION) || !item.contains_key(attribute::LAYOUT) {
        return Ok(None);
    }
    VersionHash::parse(text_of(item, attribute::VERSION)?).map(Some).map_err(Fault::unreadable)
}
