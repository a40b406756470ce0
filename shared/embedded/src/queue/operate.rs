//! What operators ask of a queue: how full it is, what died, and to try it again. Not part of the port.

use std::sync::Arc;

use fleet_core::ports::{MessageId, PortError};
use fleet_core::time::Timestamp;
use rusqlite::{Connection, params};

use super::Queue;
use crate::sqlite::{Effect, Fault};

/// How full a queue is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct QueueDepth {
    /// Messages that could be received now.
    pub visible: u64,
    /// Messages received and neither deleted nor visible again.
    pub in_flight: u64,
    /// Messages sent with a delay that is not over.
    pub delayed: u64,
    /// Messages in the queue of its dead letters that died here.
    pub dead: u64,
}

/// A message that was received too often.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadLetter {
    /// Its name, the same as before.
    pub id: MessageId,
    /// Its text.
    pub body: String,
    /// When it was sent.
    pub sent_at: Timestamp,
}

impl Queue {
    /// Shows all messages that somebody has received and not deleted. For whoever knows that none of their receivers lives
    /// any more: after a crash nothing waits for a visibility timeout then. The receive counts stay, so that a message which
    /// keeps ending its receivers dies in the end. Tells how many there were.
    ///
    /// # Errors
    /// [`PortError`]
    pub async fn release(&self) -> Result<usize, PortError> {
        let (name, now) = (Arc::clone(&self.name), self.now());
        let action = move |conn: &Connection| release(conn, &name, now).map(Effect::Keep);
        let shown =
            self.store.write(|| format!("release the messages of queue {}", self.name), action).await?;
        self.bell.notify_waiters();
        Ok(shown)
    }

    /// How full it is. Costs a look at each of its messages.
    ///
    /// # Errors
    /// [`PortError`]
    pub async fn depth(&self) -> Result<QueueDepth, PortError> {
        let (name, dead_letters, now) =
            (Arc::clone(&self.name), self.settings.dead_letters.clone(), self.now());
        let query = move |conn: &Connection| depth(conn, &name, dead_letters.as_deref(), now);
        self.store.read(|| format!("count queue {}", self.name), query).await
    }

    /// The messages that died here and are still among the dead letters, oldest first, `limit` at most.
    ///
    /// # Errors
    /// [`PortError`]
    pub async fn dead(&self, limit: usize) -> Result<Vec<DeadLetter>, PortError> {
        let Some(dead_letters) = self.settings.dead_letters.clone() else { return Ok(Vec::new()) };
        let name = Arc::clone(&self.name);
        let query = move |conn: &Connection| dead(conn, &name, &dead_letters, limit);
        self.store.read(|| format!("list dead letters of queue {}", self.name), query).await
    }

    /// Puts messages that died here back, oldest first, `limit` at most, as if they had never been received. Tells how many.
    ///
    /// # Errors
    /// [`PortError`]
    pub async fn redrive(&self, limit: usize) -> Result<usize, PortError> {
        let Some(dead_letters) = self.settings.dead_letters.clone() else { return Ok(0) };
        let (name, now) = (Arc::clone(&self.name), self.now());
        let bell = Arc::clone(&self.bell);
        let action = move |conn: &Connection| {
            let moved = redrive(conn, &name, &dead_letters, now, limit)?;
            bell.notify_waiters();
            Ok(Effect::Keep(moved))
        };
        let moved =
            self.store.write(|| format!("redrive dead letters of queue {}", self.name), action).await?;
        self.bell.notify_waiters();
        Ok(moved)
    }
}

fn depth(
    conn: &Connection,
    queue: &str,
    dead_letters: Option<&str>,
    now: Timestamp,
) -> Result<QueueDepth, Fault> {
    let count = |condition: &str| -> Result<u64, Fault> {
        let sql = format!("SELECT count(*) FROM messages WHERE queue = ?1 AND {condition}");
        let found: i64 =
            conn.prepare_cached(&sql)?.query_row(params![queue, now.as_millis()], |row| row.get(0))?;
        Ok(u64::try_from(found).unwrap_or(0))
    };
    let dead = match dead_letters {
        Some(dead_letters) => conn
            .prepare_cached("SELECT count(*) FROM messages WHERE queue = ?1 AND died_in = ?2")?
            .query_row([dead_letters, queue], |row| row.get::<_, i64>(0))?,
        None => 0,
    };
    Ok(QueueDepth {
        visible: count("visible_at <= ?2")?,
        in_flight: count("visible_at > ?2 AND receives > 0")?,
        delayed: count("visible_at > ?2 AND receives = 0")?,
        dead: u64::try_from(dead).unwrap_or(0),
    })
}

fn release(conn: &Connection, queue: &str, now: Timestamp) -> Result<usize, Fault> {
    let mut statement = conn.prepare_cached(
        "UPDATE messages SET visible_at = ?2 WHERE queue = ?1 AND visible_at > ?2 AND receives > 0",
    )?;
    Ok(statement.execute(params![queue, now.as_millis()])?)
}

fn dead(conn: &Connection, queue: &str, dead_letters: &str, limit: usize) -> Result<Vec<DeadLetter>, Fault> {
    let mut statement = conn.prepare_cached(
        "SELECT id, body, sent_at FROM messages WHERE queue = ?1 AND died_in = ?2 ORDER BY seq LIMIT ?3",
    )?;
    let rows = statement.query_map(params![dead_letters, queue, count_of(limit)], |row| {
        let sent_at = Timestamp::from_millis(row.get(2)?);
        Ok(DeadLetter { id: MessageId(row.get(0)?), body: row.get(1)?, sent_at })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn redrive(
    conn: &Connection,
    queue: &str,
    dead_letters: &str,
    now: Timestamp,
    limit: usize,
) -> Result<usize, Fault> {
    let mut statement = conn.prepare_cached(
        "UPDATE messages SET queue = ?2, died_in = NULL, visible_at = ?3, receives = 0, turn = turn + 1
         WHERE seq IN (SELECT seq FROM messages WHERE queue = ?1 AND died_in = ?2 ORDER BY seq LIMIT ?4)",
    )?;
    Ok(statement.execute(params![dead_letters, queue, now.as_millis(), count_of(limit)])?)
}

fn count_of(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}
