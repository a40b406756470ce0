//! The `Definitions` port on SQLite. Keeps versions that were read, since they never change.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use fleet_core::audit::AuditRecord;
use fleet_core::ids::{VersionHash, WorkflowId};
use fleet_core::ports::{Current, Definitions, PortError};
use fleet_core::workflow::Definition;
use rusqlite::{Connection, OptionalExtension, params};

use super::fault::Fault;
use super::{Effect, Store, audit};

/// Versions kept in memory: more workflows than are usually in flight at once, few enough when they are large.
const VERSIONS_KEPT: usize = 64;

/// The versions read last, newest first.
#[derive(Default)]
pub(super) struct Versions(Mutex<VecDeque<Arc<Definition>>>);

impl Versions {
    fn find(&self, workflow: &WorkflowId, version: &VersionHash) -> Option<Arc<Definition>> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.iter()
            .find(|known| known.workflow_id == *workflow && known.version() == *version)
            .map(Arc::clone)
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
        let workflow = &current.workflow_id;
        let what = || format!("deploy workflow {workflow}");
        let columns = columns(current, definition, audit);
        let columns = columns.map_err(|fault| fault.into_port_error(what(), self.file()))?;
        self.write(what, move |conn| columns.store(conn).map(Effect::Keep)).await
    }

    async fn keep(&self, definition: &Definition) -> Result<(), PortError> {
        let version = Version::of(definition);
        let what = || format!("keep a version of workflow {}", definition.workflow_id);
        self.write(what, move |conn| version.store(conn).map(Effect::Keep)).await
    }

    async fn retire(&self, workflow: &WorkflowId, audit: &[AuditRecord]) -> Result<(), PortError> {
        let what = || format!("retire workflow {workflow}");
        let records = audit::columns(audit).map_err(|fault| fault.into_port_error(what(), self.file()))?;
        let key = workflow.to_string();
        self.write(what, move |conn| {
            conn.prepare_cached("DELETE FROM workflows WHERE workflow_id = ?1")?.execute([&key])?;
            audit::insert(conn, &records).map(Effect::Keep)
        })
        .await
    }

    async fn current(&self, workflow: &WorkflowId) -> Result<Option<Current>, PortError> {
        let key = workflow.to_string();
        let query = move |conn: &Connection| {
            let mut statement = conn.prepare_cached("SELECT data FROM workflows WHERE workflow_id = ?1")?;
            let text: Option<String> = statement.query_row([key], |row| row.get(0)).optional()?;
            Ok(text.map(|text| serde_json::from_str(&text)).transpose()?)
        };
        self.read(|| format!("read workflow {workflow}"), query).await
    }

    async fn version(
        &self,
        workflow: &WorkflowId,
        version: &VersionHash,
    ) -> Result<Option<Arc<Definition>>, PortError> {
        if let Some(known) = self.inner().versions.find(workflow, version) {
            return Ok(Some(known));
        }
        let (key, hash) = (workflow.to_string(), version.to_string());
        let query = move |conn: &Connection| {
            let mut statement =
                conn.prepare_cached("SELECT data FROM versions WHERE workflow_id = ?1 AND version = ?2")?;
            let mut rows = statement.query([key, hash])?;
            let Some(row) = rows.next()? else { return Ok(None) };
            // Read where it lies: a copy of the text of 100,000 jobs would be as large as the jobs.
            let data = row.get_ref(0)?.as_blob().map_err(rusqlite::Error::from)?;
            let read: Definition = serde_json::from_slice(data)?;
            Ok(Some(Arc::new(read)))
        };
        let what = || format!("read version {version} of workflow {workflow}");
        let found = self.read(what, query).await?;
        if let Some(definition) = &found {
            self.inner().versions.keep(definition);
        }
        Ok(found)
    }

    async fn all(&self) -> Result<Vec<Current>, PortError> {
        let query = |conn: &Connection| {
            let mut statement = conn.prepare_cached("SELECT data FROM workflows ORDER BY workflow_id")?;
            let mut rows = statement.query([])?;
            let mut found = Vec::new();
            while let Some(row) = rows.next()? {
                found.push(serde_json::from_str(row.get_ref(0)?.as_str().map_err(rusqlite::Error::from)?)?);
            }
            Ok(found)
        };
        self.read(|| "read all workflows".to_owned(), query).await
    }
}

impl Store {
    /// The version that each workflow runs at present, by workflow id. Much less to read than [`Definitions::all`].
    ///
    /// # Errors
    /// [`PortError`]
    pub async fn current_versions(&self) -> Result<Vec<(WorkflowId, VersionHash)>, PortError> {
        let query = |conn: &Connection| {
            let mut statement = conn.prepare_cached(
                "SELECT workflow_id, version FROM workflows WHERE version IS NOT NULL ORDER BY workflow_id",
            )?;
            let mut rows = statement.query([])?;
            let mut found = Vec::new();
            while let Some(row) = rows.next()? {
                let (workflow, version): (String, String) = (row.get(0)?, row.get(1)?);
                let refused = |error: fleet_core::ids::IdError| Fault::Refused(error.to_string());
                found.push((
                    WorkflowId::try_from(workflow).map_err(refused)?,
                    VersionHash::try_from(version).map_err(refused)?,
                ));
            }
            Ok(found)
        };
        self.read(|| "read the versions of all workflows".to_owned(), query).await
    }
}

/// A version in the form of its columns.
struct Version {
    workflow: String,
    hash: String,
    definition: Vec<u8>,
}

impl Version {
    fn of(definition: &Definition) -> Self {
        Self {
            workflow: definition.workflow_id.to_string(),
            hash: definition.version().to_string(),
            definition: definition.canonical_json(),
        }
    }

    fn store(&self, conn: &Connection) -> Result<(), Fault> {
        conn.prepare_cached(
            "INSERT INTO versions (workflow_id, version, data) VALUES (?1, ?2, ?3)
             ON CONFLICT (workflow_id, version) DO NOTHING",
        )?
        .execute(params![self.workflow, self.hash, self.definition])?;
        Ok(())
    }
}

/// A deployment in the form of its columns.
struct Deployment {
    version: Version,
    current_version: Option<String>,
    current: String,
    audit: Vec<audit::AuditColumns>,
}

fn columns(current: &Current, definition: &Definition, records: &[AuditRecord]) -> Result<Deployment, Fault> {
    if definition.workflow_id != current.workflow_id {
        return Err(Fault::Refused(format!("the version is one of workflow {}", definition.workflow_id)));
    }
    Ok(Deployment {
        version: Version::of(definition),
        current_version: current.version.as_ref().map(ToString::to_string),
        current: serde_json::to_string(current)?,
        audit: audit::columns(records)?,
    })
}

impl Deployment {
    fn store(&self, conn: &Connection) -> Result<(), Fault> {
        self.version.store(conn)?;
        conn.prepare_cached(
            "INSERT INTO workflows (workflow_id, version, data) VALUES (?1, ?2, ?3)
             ON CONFLICT (workflow_id) DO UPDATE SET version = excluded.version, data = excluded.data",
        )?
        .execute(params![self.version.workflow, self.current_version, self.current])?;
        audit::insert(conn, &self.audit)
    }
}
