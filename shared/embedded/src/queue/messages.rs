//! SQL of the queues. A receipt names the message and its delivery, so that it is stale after the next one.

use fleet_core::ports::{Delivery, MessageId, Outgoing, Receipt};
use fleet_core::time::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};
use uuid::Uuid;

use super::QueueSettings;
use crate::sqlite::Fault;

/// A message with the name that it will keep.
pub(super) struct Prepared {
    id: String,
    body: String,
    visible_at: i64,
    trace: Option<String>,
}

/// What a look into a queue brought.
pub(super) struct Found {
    /// Messages taken.
    pub(super) deliveries: Vec<Delivery>,
    /// Messages moved to the dead letters.
    pub(super) buried: usize,
    /// When the next message becomes visible, when none was found.
    pub(super) next: Option<Timestamp>,
}

struct Candidate {
    seq: i64,
    id: String,
    body: String,
    sent_at: i64,
    receives: u32,
    turn: i64,
    trace: Option<String>,
}

pub(super) fn prepare(messages: &[Outgoing], now: Timestamp) -> Vec<Prepared> {
    let prepare = |message: &Outgoing| Prepared {
        id: Uuid::now_v7().to_string(),
        body: message.body.clone(),
        visible_at: (now + message.delay).as_millis(),
        trace: message.trace.clone(),
    };
    messages.iter().map(prepare).collect()
}

pub(super) fn send(
    conn: &Connection,
    queue: &str,
    messages: &[Prepared],
    now: Timestamp,
) -> Result<(), Fault> {
    let mut statement = conn.prepare_cached(
        "INSERT INTO messages (id, queue, body, sent_at, visible_at, trace) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?;
    for Prepared { id, body, visible_at, trace } in messages {
        statement.execute(params![id, queue, body, now.as_millis(), visible_at, trace])?;
    }
    Ok(())
}

/// Takes up to `max` visible messages. Those that were delivered often enough are buried on the way.
pub(super) fn take(
    conn: &Connection,
    queue: &str,
    settings: &QueueSettings,
    now: Timestamp,
    max: usize,
) -> Result<Found, Fault> {
    let mut found = Found { deliveries: Vec::with_capacity(max), buried: 0, next: None };
    while found.deliveries.len() < max {
        let wanted = max - found.deliveries.len();
        let candidates = visible(conn, queue, now, wanted)?;
        let exhausted = candidates.len() < wanted;
        for candidate in candidates {
            match grave(settings, &candidate) {
                Some(dead_letters) => {
                    bury(conn, &candidate, queue, dead_letters, now)?;
                    found.buried += 1;
                }
                None => found.deliveries.push(deliver(conn, candidate, now + settings.visibility)?),
            }
        }
        if exhausted {
            break;
        }
    }
    if found.deliveries.is_empty() {
        found.next = next_visible(conn, queue)?;
    }
    Ok(found)
}

fn visible(conn: &Connection, queue: &str, now: Timestamp, wanted: usize) -> Result<Vec<Candidate>, Fault> {
    let mut statement = conn.prepare_cached(
        "SELECT seq, id, body, sent_at, receives, turn, trace FROM messages
         WHERE queue = ?1 AND visible_at <= ?2 ORDER BY visible_at, seq LIMIT ?3",
    )?;
    let rows =
        statement.query_map(params![queue, now.as_millis(), i64::try_from(wanted).unwrap_or(0)], |row| {
            Ok(Candidate {
                seq: row.get(0)?,
                id: row.get(1)?,
                body: row.get(2)?,
                sent_at: row.get(3)?,
                receives: row.get(4)?,
                turn: row.get(5)?,
                trace: row.get(6)?,
            })
        })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The queue that this message goes to instead of being delivered once more.
fn grave<'a>(settings: &'a QueueSettings, candidate: &Candidate) -> Option<&'a str> {
    let max = settings.max_receives?;
    settings.dead_letters.as_deref().filter(|_| candidate.receives >= max)
}

fn bury(
    conn: &Connection,
    dead: &Candidate,
    queue: &str,
    dead_letters: &str,
    now: Timestamp,
) -> Result<(), Fault> {
    conn.prepare_cached(
        "UPDATE messages SET queue = ?2, died_in = ?3, visible_at = ?4, receives = 0, turn = turn + 1 WHERE seq = ?1",
    )?
    .execute(params![dead.seq, dead_letters, queue, now.as_millis()])?;
    Ok(())
}

fn deliver(conn: &Connection, candidate: Candidate, hidden_until: Timestamp) -> Result<Delivery, Fault> {
    conn.prepare_cached(
        "UPDATE messages SET visible_at = ?2, receives = receives + 1, turn = turn + 1 WHERE seq = ?1",
    )?
    .execute(params![candidate.seq, hidden_until.as_millis()])?;
    Ok(Delivery {
        id: MessageId(candidate.id),
        receipt: Receipt(format!("{}-{}", candidate.seq, candidate.turn + 1)),
        body: candidate.body,
        received: candidate.receives + 1,
        sent_at: Timestamp::from_millis(candidate.sent_at),
        trace: candidate.trace,
    })
}

fn next_visible(conn: &Connection, queue: &str) -> Result<Option<Timestamp>, Fault> {
    let next: Option<i64> = conn
        .prepare_cached("SELECT visible_at FROM messages WHERE queue = ?1 ORDER BY visible_at LIMIT 1")?
        .query_row([queue], |row| row.get(0))
        .optional()?;
    Ok(next.map(Timestamp::from_millis))
}

pub(super) fn hide(conn: &Connection, queue: &str, receipt: &Receipt, until: Timestamp) -> Result<(), Fault> {
    let (seq, turn) = parts(receipt)?;
    conn.prepare_cached("UPDATE messages SET visible_at = ?4 WHERE seq = ?1 AND turn = ?2 AND queue = ?3")?
        .execute(params![seq, turn, queue, until.as_millis()])?;
    Ok(())
}

pub(super) fn delete(conn: &Connection, queue: &str, receipts: &[Receipt]) -> Result<(), Fault> {
    let mut statement =
        conn.prepare_cached("DELETE FROM messages WHERE seq = ?1 AND turn = ?2 AND queue = ?3")?;
    for receipt in receipts {
        let (seq, turn) = parts(receipt)?;
        statement.execute(params![seq, turn, queue])?;
    }
    Ok(())
}

/// Undoes a delivery that nobody has seen.
pub(super) fn give_back(
    conn: &Connection,
    queue: &str,
    receipts: &[Receipt],
    now: Timestamp,
) -> Result<(), Fault> {
    let mut statement = conn.prepare_cached(
        "UPDATE messages SET visible_at = ?4, receives = receives - 1 WHERE seq = ?1 AND turn = ?2 AND queue = ?3",
    )?;
    for receipt in receipts {
        let (seq, turn) = parts(receipt)?;
        statement.execute(params![seq, turn, queue, now.as_millis()])?;
    }
    Ok(())
}

fn parts(receipt: &Receipt) -> Result<(i64, i64), Fault> {
    let read = |text: &str| text.parse::<i64>().ok();
    let parts = receipt.0.split_once('-').and_then(|(seq, turn)| Some((read(seq)?, read(turn)?)));
    parts.ok_or_else(|| Fault::Refused(format!("`{}` is no receipt of this queue", receipt.0)))
}
