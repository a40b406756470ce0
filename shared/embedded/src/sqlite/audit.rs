//! SQL of the audit trail. Records are added, never changed; the key within its scope makes a repeated one the same record.

use fleet_core::audit::{AuditRecord, AuditSubject};
use fleet_core::ids::{JobId, WorkflowId};
use fleet_core::ports::PortError;
use rusqlite::{Connection, params};

use super::Store;
use super::fault::Fault;

/// A record in the form of its columns, made on the caller's task so that the writer only inserts.
pub(super) struct AuditColumns {
    scope: String,
    key: String,
    at: i64,
    data: String,
}

/// Refuses a record that could not be read back: no job id may be that of END.
pub(super) fn columns(records: &[AuditRecord]) -> Result<Vec<AuditColumns>, Fault> {
    records
        .iter()
        .map(|record| {
            if record.subject.job_id == Some(JobId::end()) {
                return Err(Fault::Refused(format!(
                    "audit record {} is about END, which is no job",
                    record.key()
                )));
            }
            Ok(AuditColumns {
                scope: scope(&record.subject),
                key: record.key(),
                at: record.at.as_millis(),
                data: serde_json::to_string(record)?,
            })
        })
        .collect()
}

fn scope(subject: &AuditSubject) -> String {
    match &subject.workflow_execution_id {
        Some(execution) => execution.to_string(),
        None => workflow_scope(&subject.workflow_id),
    }
}

/// No execution id has a slash in it.
fn workflow_scope(workflow: &WorkflowId) -> String {
    format!("workflow/{workflow}")
}

pub(super) fn insert(conn: &Connection, records: &[AuditColumns]) -> Result<(), Fault> {
    let mut statement = conn.prepare_cached(
        "INSERT INTO audit (scope, key, at, data) VALUES (?1, ?2, ?3, ?4) ON CONFLICT (scope, key) DO NOTHING",
    )?;
    for AuditColumns { scope, key, at, data } in records {
        statement.execute(params![scope, key, at, data])?;
    }
    Ok(())
}

pub(super) fn page(
    conn: &Connection,
    scope: &str,
    skip: usize,
    limit: usize,
) -> Result<Vec<AuditRecord>, Fault> {
    let mut statement =
        conn.prepare_cached("SELECT data FROM audit WHERE scope = ?1 ORDER BY at, seq LIMIT ?2 OFFSET ?3")?;
    let mut rows =
        statement.query(params![scope, super::jobs::sql_count(limit), super::jobs::sql_count(skip)])?;
    let mut records = Vec::new();
    while let Some(row) = rows.next()? {
        records.push(serde_json::from_str(row.get_ref(0)?.as_str().map_err(rusqlite::Error::from)?)?);
    }
    Ok(records)
}

impl Store {
    /// The audit trail of a workflow itself (its deployments), oldest first, `limit` records after the first `skip`.
    ///
    /// # Errors
    /// [`PortError`]
    pub async fn workflow_audit(
        &self,
        workflow: &WorkflowId,
        skip: usize,
        limit: usize,
    ) -> Result<Vec<AuditRecord>, PortError> {
        let scope = workflow_scope(workflow);
        let what = || format!("read the audit trail of workflow {workflow}");
        self.read(what, move |conn| page(conn, &scope, skip, limit)).await
    }
}
