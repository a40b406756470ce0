//! The `Executions` port on SQLite, and the SQL of EXECUTION rows.

use async_trait::async_trait;
use fleet_core::audit::AuditRecord;
use fleet_core::ids::{ExecutionId, JobId};
use fleet_core::ports::{
    Admission, Admitted, Created, ExecutionWrite, Executions, Filter, JobWrite, PortError, Recorded, Telling,
    Told,
};
use fleet_core::state::{ExecutionRow, JobRow, ROW_FORMAT, Rev, Versioned};
use fleet_core::time::Timestamp;
use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, Row, params, params_from_iter};

use super::audit::{self, AuditColumns};
use super::fault::Fault;
use super::jobs::{self, read_rev, rev_after, sql_count, sql_rev};
use super::{Effect, Store, telling};

/// Rows read on the caller's thread; more are worth a hop to another.
const LOOKED_UP_MAX: usize = 16;

#[async_trait]
impl Executions for Store {
    async fn create(&self, row: &ExecutionRow, audit: &[AuditRecord]) -> Result<Created, PortError> {
        let what = || format!("create execution {}", row.workflow_execution_id);
        let write = self.prepared(what, columns(row, audit))?;
        let action = move |conn: &Connection| {
            if store(conn, INSERT, &write, 0)? {
                return Ok(Effect::Keep(Created::New(Rev(1))));
            }
            let found = find(conn, &write.execution)?;
            let found = found.ok_or_else(|| Fault::Refused("its row is neither new nor there".to_owned()))?;
            Ok(Effect::Undo(Created::Existing(Box::new(found))))
        };
        self.write(what, action).await
    }

    async fn execution(&self, id: &ExecutionId) -> Result<Option<Versioned<ExecutionRow>>, PortError> {
        let key = id.to_string();
        self.look_up(|| format!("read execution {id}"), move |conn| find(conn, &key)).await
    }

    async fn record_execution(&self, write: ExecutionWrite<'_>) -> Result<Recorded<ExecutionRow>, PortError> {
        let id = &write.row.workflow_execution_id;
        let what = || format!("record execution {id}");
        let seen = sql_rev(write.seen);
        let write = self.prepared(what, columns(write.row, write.audit))?;
        let action = move |conn: &Connection| {
            if store(conn, UPDATE, &write, seen)? {
                return Ok(Effect::Keep(Recorded::Done(rev_after(seen))));
            }
            Ok(Effect::Undo(Recorded::Stale(find(conn, &write.execution)?.map(Box::new))))
        };
        self.write(what, action).await
    }

    async fn jobs(
        &self,
        id: &ExecutionId,
        jobs: &[JobId],
    ) -> Result<Vec<Option<Versioned<JobRow>>>, PortError> {
        let (key, jobs) = (id.to_string(), jobs.to_vec());
        let is_small = jobs.len() <= LOOKED_UP_MAX;
        let query =
            move |conn: &Connection| jobs.iter().map(|job| jobs::find(conn, &key, job.as_str())).collect();
        let what = || format!("read jobs of {id}");
        if is_small { self.look_up(what, query).await } else { self.read(what, query).await }
    }

    async fn job_page(
        &self,
        id: &ExecutionId,
        after: Option<&JobId>,
        limit: usize,
    ) -> Result<Vec<(JobId, Versioned<JobRow>)>, PortError> {
        let (key, after) = (id.to_string(), after.map(ToString::to_string).unwrap_or_default());
        let query = move |conn: &Connection| jobs::page(conn, &key, &after, limit);
        self.read(|| format!("read jobs of {id}"), query).await
    }

    async fn record_job(&self, write: JobWrite<'_>) -> Result<Recorded<JobRow>, PortError> {
        let (execution, job) = (write.execution, write.job);
        let what = || format!("record job {job} of {execution}");
        let write = self.prepared(what, jobs::columns(&write))?;
        let action = move |conn: &Connection| {
            if let Some(rev) = jobs::write(conn, &write)? {
                return Ok(Effect::Keep(Recorded::Done(rev)));
            }
            let found = jobs::find(conn, &write.execution, &write.job)?;
            Ok(Effect::Undo(Recorded::Stale(found.map(Box::new))))
        };
        self.write(what, action).await
    }

    async fn tell(&self, telling: Telling<'_>) -> Result<Told, PortError> {
        let execution = telling.execution;
        let what = || format!("tell dependents in {execution}");
        let columns = self.prepared(what, telling::columns(&telling))?;
        self.write(what, move |conn| telling::tell(conn, &columns)).await
    }

    async fn admit(&self, admission: Admission<'_>) -> Result<Admitted, PortError> {
        let (execution, job) = (admission.job.execution, admission.job.job);
        let what = || format!("admit job {job} of {execution}");
        let write = self.prepared(what, jobs::columns(&admission.job))?;
        let (limit, generation) = (admission.limit, admission.generation);
        self.write(what, move |conn| telling::admit(conn, &write, limit, generation)).await
    }

    async fn longest_held(&self, id: &ExecutionId) -> Result<Option<(JobId, Versioned<JobRow>)>, PortError> {
        let key = id.to_string();
        let query = move |conn: &Connection| jobs::longest_held(conn, &key);
        self.look_up(|| format!("look for held jobs of {id}"), query).await
    }

    async fn due(&self, now: Timestamp, limit: usize) -> Result<Vec<ExecutionId>, PortError> {
        let query = move |conn: &Connection| due(conn, now, limit);
        self.read(|| "look for executions that are due".to_owned(), query).await
    }

    async fn list(&self, filter: &Filter, limit: usize) -> Result<Vec<ExecutionRow>, PortError> {
        let filter = filter.clone();
        let query = move |conn: &Connection| list(conn, &filter, limit);
        self.read(|| "list executions".to_owned(), query).await
    }

    async fn secure(&self) -> Result<(), PortError> {
        self.secured(|| "bring the state to the disk".to_owned()).await
    }

    async fn note(&self, audit: &[AuditRecord]) -> Result<(), PortError> {
        let what = || "add to the audit trail".to_owned();
        let records = self.prepared(what, audit::columns(audit))?;
        self.write(what, move |conn| audit::insert(conn, &records).map(Effect::Keep)).await
    }

    async fn audit(
        &self,
        id: &ExecutionId,
        skip: usize,
        limit: usize,
    ) -> Result<Vec<AuditRecord>, PortError> {
        let key = id.to_string();
        let query = move |conn: &Connection| audit::page(conn, &key, skip, limit);
        self.read(|| format!("read the audit trail of {id}"), query).await
    }
}

impl Store {
    fn prepared<T>(&self, what: impl FnOnce() -> String, columns: Result<T, Fault>) -> Result<T, PortError> {
        columns.map_err(|fault| fault.into_port_error(what(), self.file()))
    }
}

/// A write in the form of its columns.
struct ExecutionColumns {
    execution: String,
    workflow: String,
    row: ExecutionRow,
    data: String,
    audit: Vec<AuditColumns>,
}

fn columns(row: &ExecutionRow, audit: &[AuditRecord]) -> Result<ExecutionColumns, Fault> {
    Ok(ExecutionColumns {
        execution: row.workflow_execution_id.to_string(),
        workflow: row.workflow_id.to_string(),
        row: row.clone(),
        data: serde_json::to_string(row)?,
        audit: audit::columns(audit)?,
    })
}

const INSERT: &str = "
INSERT INTO executions (execution_id, workflow_id, started_at, open, attention_at, generation, slots_used, data, rev)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9 + 1)
ON CONFLICT (execution_id) DO NOTHING";

const UPDATE: &str = "
UPDATE executions SET workflow_id = ?2, started_at = ?3, open = ?4, attention_at = ?5, generation = ?6,
                      slots_used = ?7, data = ?8, rev = ?9 + 1
WHERE execution_id = ?1 AND rev = ?9";

/// Whether the row was written; its audit records go with it.
fn store(conn: &Connection, sql: &'static str, write: &ExecutionColumns, seen: i64) -> Result<bool, Fault> {
    let row = &write.row;
    let written = conn.prepare_cached(sql)?.execute(params![
        write.execution,
        write.workflow,
        row.started.at.as_millis(),
        row.status.is_open(),
        row.attention_at.map(Timestamp::as_millis),
        row.generation,
        row.slots_used,
        write.data,
        seen
    ])?;
    if written == 1 {
        audit::insert(conn, &write.audit)?;
    }
    Ok(written == 1)
}

/// Reads a row of `rev, slots_used, data`.
fn read_row(row: &Row<'_>) -> Result<Versioned<ExecutionRow>, Fault> {
    let text = row.get_ref(2)?.as_str().map_err(rusqlite::Error::from)?;
    let mut execution: ExecutionRow = serde_json::from_str(text)?;
    if execution.format > ROW_FORMAT {
        return Err(Fault::newer_row("a stored execution", execution.format, ROW_FORMAT));
    }
    execution.slots_used = row.get(1)?;
    Ok(Versioned { rev: read_rev(row, 0)?, row: execution })
}

fn find(conn: &Connection, execution: &str) -> Result<Option<Versioned<ExecutionRow>>, Fault> {
    let mut statement =
        conn.prepare_cached("SELECT rev, slots_used, data FROM executions WHERE execution_id = ?1")?;
    statement.query_row([execution], |row| Ok(read_row(row))).optional()?.transpose()
}

fn due(conn: &Connection, now: Timestamp, limit: usize) -> Result<Vec<ExecutionId>, Fault> {
    let mut statement = conn.prepare_cached(
        "SELECT execution_id FROM executions WHERE attention_at IS NOT NULL AND attention_at <= ?1
         ORDER BY attention_at, execution_id LIMIT ?2",
    )?;
    let mut rows = statement.query(params![now.as_millis(), sql_count(limit)])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let id: String = row.get(0)?;
        found.push(ExecutionId::try_from(id).map_err(|error| Fault::Refused(error.to_string()))?);
    }
    Ok(found)
}

fn list(conn: &Connection, filter: &Filter, limit: usize) -> Result<Vec<ExecutionRow>, Fault> {
    let mut sql = "SELECT rev, slots_used, data FROM executions WHERE 1".to_owned();
    let mut values = Vec::new();
    if let Some(workflow) = &filter.workflow {
        sql.push_str(" AND workflow_id = ?");
        values.push(Value::Text(workflow.to_string()));
    }
    if filter.open_only {
        sql.push_str(" AND open = 1");
    }
    if let Some(before) = &filter.before {
        sql.push_str(" AND (started_at, execution_id) < (?, ?)");
        values.push(Value::Integer(before.at.as_millis()));
        values.push(Value::Text(before.id.to_string()));
    }
    sql.push_str(" ORDER BY started_at DESC, execution_id DESC LIMIT ?");
    values.push(Value::Integer(sql_count(limit)));
    let mut statement = conn.prepare_cached(&sql)?;
    let mut rows = statement.query(params_from_iter(values))?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(read_row(row)?.row);
    }
    Ok(found)
}
