//! SQL of the scheduler's marks: until when each schedule has been fired. They only move forward, so that several
//! schedulers on one state directory agree.

use fleet_core::ports::PortError;
use fleet_core::time::Timestamp;
use rusqlite::{Connection, params};

use super::fault::Fault;
use super::{Effect, Store};

/// One schedule of one workflow, by which its mark is found. No workflow has the empty name, so the ticks have it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Mark {
    /// The workflow's id.
    pub(crate) workflow: String,
    /// The schedule's text: changed, it is another schedule.
    pub(crate) schedule: String,
}

impl Mark {
    /// The mark of the ticks.
    pub(crate) fn ticks() -> Self {
        Self { workflow: String::new(), schedule: "tick".to_owned() }
    }
}

impl Store {
    /// Until when each of `marks` has been fired, in their order. One that is not there is set to `now`: a schedule that is
    /// new does not fire the past. All others of schedules are
    /// forgotten, so that a schedule taken away and put back is new again.
    pub(crate) async fn marks(&self, marks: Vec<Mark>, now: Timestamp) -> Result<Vec<Timestamp>, PortError> {
        let what = || "read the scheduler's marks".to_owned();
        self.write(what, move |conn| read(conn, &marks, now).map(Effect::Keep)).await
    }

    /// Moves a mark forward; tells whether it was behind `until`.
    pub(crate) async fn advance(&self, mark: Mark, until: Timestamp) -> Result<bool, PortError> {
        let what = || "move the scheduler's mark".to_owned();
        self.write(what, move |conn| advance(conn, &mark, until).map(Effect::Keep)).await
    }
}

fn read(conn: &Connection, marks: &[Mark], now: Timestamp) -> Result<Vec<Timestamp>, Fault> {
    let mut known = std::collections::HashMap::new();
    let mut statement = conn.prepare_cached(
        "SELECT workflow_id, schedule, fired_until FROM schedule_marks WHERE workflow_id <> ''",
    )?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let mark = Mark { workflow: row.get(0)?, schedule: row.get(1)? };
        known.insert(mark, Timestamp::from_millis(row.get(2)?));
    }
    let mut found = Vec::with_capacity(marks.len());
    for mark in marks {
        let until = match known.remove(mark) {
            Some(until) => until,
            None => {
                advance(conn, mark, now)?;
                now
            }
        };
        found.push(until);
    }
    let mut forget =
        conn.prepare_cached("DELETE FROM schedule_marks WHERE workflow_id = ?1 AND schedule = ?2")?;
    for Mark { workflow, schedule } in known.keys() {
        forget.execute(params![workflow, schedule])?;
    }
    Ok(found)
}

fn advance(conn: &Connection, mark: &Mark, until: Timestamp) -> Result<bool, Fault> {
    let moved = conn
        .prepare_cached(
            "INSERT INTO schedule_marks (workflow_id, schedule, fired_until) VALUES (?1, ?2, ?3)
             ON CONFLICT (workflow_id, schedule) DO UPDATE SET fired_until = excluded.fired_until
             WHERE fired_until < excluded.fired_until",
        )?
        .execute(params![mark.workflow, mark.schedule, until.as_millis()])?;
    Ok(moved == 1)
}
