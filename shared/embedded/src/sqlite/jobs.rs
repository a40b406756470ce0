//! SQL of JOB rows: their columns, reading, and the conditional write. Telling and admission are in `telling`.

use fleet_core::ids::JobId;
use fleet_core::ports::JobWrite;
use fleet_core::state::{JobRow, JobStatus, ROW_FORMAT, Rev, Tally, Versioned};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::audit::{self, AuditColumns};
use super::fault::Fault;

/// A write in the form of its columns, made on the caller's task so that the writer only stores.
pub(super) struct JobColumns {
    pub(super) execution: String,
    pub(super) job: String,
    pub(super) seen: Option<i64>,
    row: JobRow,
    held_since: Option<i64>,
    data: String,
    audit: Vec<AuditColumns>,
}

pub(super) fn columns(write: &JobWrite<'_>) -> Result<JobColumns, Fault> {
    let row = write.row;
    // A held row without a time has waited longest for all we know.
    let held = row.status == JobStatus::Held;
    Ok(JobColumns {
        execution: write.execution.to_string(),
        job: write.job.to_string(),
        seen: write.seen.map(sql_rev),
        held_since: held.then(|| row.held_since.unwrap_or_default().as_millis()),
        data: serde_json::to_string(row)?,
        row: row.clone(),
        audit: audit::columns(write.audit)?,
    })
}

/// A statement that selects what [`read_row`] and [`read_named_row`] read.
macro_rules! select_jobs {
    ($rest:literal) => {
        concat!(
            "SELECT rev, generation, told, slot, needs_settled, needs_good, needs_bad, data, job_id FROM jobs ",
            $rest
        )
    };
}

fn read_row(row: &Row<'_>) -> Result<Versioned<JobRow>, Fault> {
    let text = row.get_ref(7)?.as_str().map_err(rusqlite::Error::from)?;
    let mut job: JobRow = serde_json::from_str(text)?;
    if job.format > ROW_FORMAT {
        return Err(Fault::newer_row("a stored job", job.format, ROW_FORMAT));
    }
    job.generation = row.get(1)?;
    job.told = row.get(2)?;
    job.slot = row.get(3)?;
    job.tally = Tally { settled: row.get(4)?, good: row.get(5)?, bad: row.get(6)? };
    Ok(Versioned { rev: read_rev(row, 0)?, row: job })
}

fn read_named_row(row: &Row<'_>) -> Result<(JobId, Versioned<JobRow>), Fault> {
    let id: String = row.get(8)?;
    let id = JobId::try_from(id).map_err(|error| Fault::Refused(error.to_string()))?;
    Ok((id, read_row(row)?))
}

pub(super) fn find(
    conn: &Connection,
    execution: &str,
    job: &str,
) -> Result<Option<Versioned<JobRow>>, Fault> {
    let mut statement = conn.prepare_cached(select_jobs!("WHERE execution_id = ?1 AND job_id = ?2"))?;
    statement.query_row(params![execution, job], |row| Ok(read_row(row))).optional()?.transpose()
}

/// Rows after `after` in the order of their ids, without END's.
pub(super) fn page(
    conn: &Connection,
    execution: &str,
    after: &str,
    limit: usize,
) -> Result<Vec<(JobId, Versioned<JobRow>)>, Fault> {
    let mut statement = conn.prepare_cached(select_jobs!(
        "WHERE execution_id = ?1 AND job_id > ?2 AND job_id <> ?3 ORDER BY job_id LIMIT ?4"
    ))?;
    let mut rows = statement.query(params![execution, after, JobId::end().as_str(), sql_count(limit)])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(read_named_row(row)?);
    }
    Ok(found)
}

pub(super) fn longest_held(
    conn: &Connection,
    execution: &str,
) -> Result<Option<(JobId, Versioned<JobRow>)>, Fault> {
    let mut statement = conn.prepare_cached(select_jobs!(
        "WHERE execution_id = ?1 AND held_since IS NOT NULL ORDER BY held_since, job_id LIMIT 1"
    ))?;
    statement.query_row(params![execution], |row| Ok(read_named_row(row))).optional()?.transpose()
}

/// Takes the place of nothing.
const INSERT: &str = "
INSERT INTO jobs (execution_id, job_id, generation, settled, told, slot, held_since,
                  needs_settled, needs_good, needs_bad, data, rev)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12 + 1)
ON CONFLICT (execution_id, job_id) DO NOTHING";

/// Takes the place of the row that was seen.
const UPDATE: &str = "
UPDATE jobs SET generation = ?3, settled = ?4, told = ?5, slot = ?6, held_since = ?7,
                needs_settled = ?8, needs_good = ?9, needs_bad = ?10, data = ?11, rev = ?12 + 1
WHERE execution_id = ?1 AND job_id = ?2 AND rev = ?12";

/// Writes the row over the one that was seen, with its audit records; `None` when the row is another by now.
pub(super) fn write(conn: &Connection, write: &JobColumns) -> Result<Option<Rev>, Fault> {
    let JobColumns { execution, job, seen, row, held_since, data, audit: records } = write;
    let mut statement = conn.prepare_cached(if seen.is_some() { UPDATE } else { INSERT })?;
    let seen = seen.unwrap_or(0);
    let written = statement.execute(params![
        execution,
        job,
        row.generation,
        row.status.is_settled(),
        row.told,
        row.slot,
        held_since,
        row.tally.settled,
        row.tally.good,
        row.tally.bad,
        data,
        seen
    ])?;
    if written == 0 {
        return Ok(None);
    }
    audit::insert(conn, records)?;
    Ok(Some(rev_after(seen)))
}

/// SQLite counts in signed 64 bits; no row is written that often.
pub(super) fn sql_rev(rev: Rev) -> i64 {
    i64::try_from(rev.0).unwrap_or(i64::MAX)
}

pub(super) fn rev_after(seen: i64) -> Rev {
    Rev(u64::try_from(seen).unwrap_or(0) + 1)
}

pub(super) fn read_rev(row: &Row<'_>, column: usize) -> Result<Rev, Fault> {
    let rev: i64 = row.get(column)?;
    Ok(Rev(u64::try_from(rev).unwrap_or(0)))
}

/// A limit or offset as SQLite takes it.
pub(super) fn sql_count(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
