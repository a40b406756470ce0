//! The two transactions that touch several rows: telling dependents, and admission to a slot. Owns their conditions in SQL;
//! a condition that does not hold takes the whole of it back.

use fleet_core::ports::{Admitted, Gain, Teller, Telling, Told};
use rusqlite::{Connection, OptionalExtension, params};

use super::Effect;
use super::fault::Fault;
use super::jobs::{self, JobColumns, sql_rev};

/// A telling that owns its parts.
pub(super) struct TellingColumns {
    execution: String,
    generation: u32,
    tellers: Vec<Teller>,
    gains: Vec<Gain>,
    freed: u32,
}

pub(super) fn columns(telling: &Telling<'_>) -> Result<TellingColumns, Fault> {
    if let Some(fault) = telling.fault() {
        return Err(Fault::Refused(fault));
    }
    let freed = telling.tellers.iter().filter(|teller| teller.frees_slot).count();
    Ok(TellingColumns {
        execution: telling.execution.to_string(),
        generation: telling.generation,
        tellers: telling.tellers.to_vec(),
        gains: telling.gains.to_vec(),
        freed: u32::try_from(freed).unwrap_or(u32::MAX),
    })
}

pub(super) fn tell(conn: &Connection, telling: &TellingColumns) -> Result<Effect<Told>, Fault> {
    let done = move_cursors(conn, telling)? && add_gains(conn, telling)? && free_slots(conn, telling)?;
    Ok(if done { Effect::Keep(Told::Done) } else { Effect::Undo(Told::Stale) })
}

fn move_cursors(conn: &Connection, telling: &TellingColumns) -> Result<bool, Fault> {
    let mut statement = conn.prepare_cached(
        "UPDATE jobs SET told = ?5, slot = CASE WHEN ?6 THEN 0 ELSE slot END, rev = rev + 1
         WHERE execution_id = ?1 AND job_id = ?2 AND generation <= ?3 AND settled = 1 AND told = ?4
           AND (slot = 1 OR NOT ?6)",
    )?;
    for Teller { job, from, to, frees_slot } in &telling.tellers {
        let (execution, generation) = (&telling.execution, telling.generation);
        let moved = statement.execute(params![execution, job.as_str(), generation, from, to, frees_slot])?;
        if moved == 0 {
            return Ok(false);
        }
    }
    Ok(true)
}

fn add_gains(conn: &Connection, telling: &TellingColumns) -> Result<bool, Fault> {
    let mut statement = conn.prepare_cached(
        "INSERT INTO jobs (execution_id, job_id, generation, settled, told, slot,
                           needs_settled, needs_good, needs_bad, rev, data)
         VALUES (?1, ?2, ?3, 0, 0, 0, ?4, ?5, ?6, 1, '{}')
         ON CONFLICT (execution_id, job_id) DO UPDATE SET
             needs_settled = needs_settled + excluded.needs_settled,
             needs_good = needs_good + excluded.needs_good,
             needs_bad = needs_bad + excluded.needs_bad,
             rev = rev + 1
         WHERE generation <= excluded.generation",
    )?;
    for Gain { job, settled, good, bad } in &telling.gains {
        let (execution, generation) = (&telling.execution, telling.generation);
        let added = statement.execute(params![execution, job.as_str(), generation, settled, good, bad])?;
        if added == 0 {
            return Ok(false);
        }
    }
    Ok(true)
}

fn free_slots(conn: &Connection, telling: &TellingColumns) -> Result<bool, Fault> {
    if telling.freed == 0 {
        return Ok(true);
    }
    let mut statement = conn.prepare_cached(
        "UPDATE executions SET slots_used = slots_used - ?3, rev = rev + 1
         WHERE execution_id = ?1 AND generation <= ?2 AND slots_used >= ?3",
    )?;
    let freed = statement.execute(params![telling.execution, telling.generation, telling.freed])?;
    Ok(freed == 1)
}

/// A stale row is told before a want of slots: the caller has to look again anyhow.
pub(super) fn admit(
    conn: &Connection,
    write: &JobColumns,
    limit: u32,
    generation: u32,
) -> Result<Effect<Admitted>, Fault> {
    let slots: Option<(u32, u32)> = conn
        .prepare_cached("SELECT generation, slots_used FROM executions WHERE execution_id = ?1")?
        .query_row([&write.execution], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let Some((_, used)) = slots.filter(|(found, _)| *found == generation) else {
        return stale(conn, write);
    };
    if used >= limit {
        let found = jobs::find(conn, &write.execution, &write.job)?;
        let is_as_seen = found.as_ref().map(|found| sql_rev(found.rev)) == write.seen;
        let answer = if is_as_seen { Admitted::Full } else { Admitted::Stale(found.map(Box::new)) };
        return Ok(Effect::Undo(answer));
    }
    let Some(rev) = jobs::write(conn, write)? else {
        return stale(conn, write);
    };
    conn.prepare_cached(
        "UPDATE executions SET slots_used = slots_used + 1, rev = rev + 1 WHERE execution_id = ?1",
    )?
    .execute([&write.execution])?;
    Ok(Effect::Keep(Admitted::Done(rev)))
}

fn stale(conn: &Connection, write: &JobColumns) -> Result<Effect<Admitted>, Fault> {
    let found = jobs::find(conn, &write.execution, &write.job)?;
    Ok(Effect::Undo(Admitted::Stale(found.map(Box::new))))
}
