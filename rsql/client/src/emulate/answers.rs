//! What the server's messages become: places in the text as it was written, Redshift's words for a load that failed; and
//! what the server is told when a query is over.

use bytes::Bytes;
use rsql_sql::emulate::SCHEMA;
use rsql_sql::emulate::transfer::{INTERNAL_ERROR, Transfer};

use super::Emulation;
use super::load::{Loading, Rejected};
use crate::error::{ServerMessage, SessionError};
use crate::session::{Reply, Session, Transaction};
use crate::sessions::literal;

/// SQLSTATE of a query that was given up.
const CANCELED: &str = "57014";
/// SQLSTATEs of rows that cannot be loaded begin so: data exceptions, and constraints.
const ROW_FAULTS: [&str; 2] = ["22", "23"];
/// Most rejected rows that are written to the table of load errors at once.
const REJECTED_MAX: usize = 1000;

/// An error of Redshift's.
pub(super) fn error(text: &str) -> ServerMessage {
    message("ERROR", INTERNAL_ERROR, text)
}

/// A query that was given up before it was sent.
pub(super) fn canceled() -> ServerMessage {
    message("ERROR", CANCELED, "canceling statement due to user request")
}

/// Something of no harm that Redshift tells.
pub(super) fn info(text: &str) -> Reply {
    Reply::Notice(message("INFO", "00000", text))
}

fn message(severity: &'static str, sqlstate: &'static str, text: &str) -> ServerMessage {
    let fields = [(b'S', severity), (b'V', severity), (b'C', sqlstate)];
    let mut fields: Vec<_> =
        fields.into_iter().map(|(kind, value)| (kind, Bytes::from_static(value.as_bytes()))).collect();
    fields.push((b'M', Bytes::from(text.to_owned())));
    ServerMessage { fields }
}

impl Emulation {
    /// A message of the server, its place in the text as it was written, and without the names of our schema.
    pub(super) fn as_written(&self, message: ServerMessage) -> ServerMessage {
        let Some(rewritten) = &self.rewritten else { return message };
        let schema = format!("{SCHEMA}.");
        // Where a function of ours has failed is no affair of the script's.
        let ours = |kind: u8, value: &[u8]| kind == b'W' && String::from_utf8_lossy(value).contains(&schema);
        let fields =
            message.fields.into_iter().filter(|(kind, value)| !ours(*kind, value)).map(|(kind, value)| {
                let text = String::from_utf8_lossy(&value);
                let changed = match kind {
                    b'P' => {
                        let position = text.parse().ok();
                        position
                            .and_then(|position| rewritten.position_as_written(&self.written, position))
                            .map(|position| position.to_string())
                    }
                    b'M' | b'D' | b'H' if text.contains(&schema) => Some(text.replace(&schema, "")),
                    _ => None,
                };
                (kind, changed.map_or(value, Bytes::from))
            });
        ServerMessage { fields: fields.collect() }
    }

    /// An error of the server, in Redshift's words where a load or unload has failed.
    pub(super) fn failed(&mut self, message: ServerMessage) -> ServerMessage {
        self.feeding = false;
        match self.transfer() {
            Some(Transfer::Refused) => error(&message.message()),
            Some(Transfer::Load(load)) => {
                let table = load.table.rsplit('.').next().unwrap_or(&load.table).trim_matches('"').to_owned();
                self.load_failed(&table, message)
            }
            _ => self.as_written(message),
        }
    }

    fn load_failed(&mut self, table: &str, message: ServerMessage) -> ServerMessage {
        let failure = self.failure.take();
        // A block was being made when the wait for it was given up: what it was made of is lost with it.
        let loading = self.load.take();
        if loading.is_none() && failure.is_none() {
            return self.as_written(message);
        }
        let sqlstate = message.sqlstate();
        let is_row_fault = ROW_FAULTS.iter().any(|class| sqlstate.starts_with(class));
        if failure.is_none() && !is_row_fault {
            return self.as_written(message);
        }
        let detail = match (failure, &loading) {
            (Some(reason), _) => reason,
            (None, Some(loading)) => {
                let rejected = loading.rejected_by_server(&message.message(), message.text(b'W').as_deref());
                let detail = rejected.describe();
                self.rejected.push(rejected);
                detail
            }
            (None, None) => message.message(),
        };
        self.rejected.extend(loading.map(Loading::into_rejected).unwrap_or_default());
        let text =
            format!("Load into table '{table}' failed.  Check 'stl_load_errors' system table for details.");
        let mut told = error(&text);
        told.fields.push((b'D', Bytes::from(detail)));
        told
    }

    /// The query is over: the server is told what functions and views are asked for later.
    pub(super) async fn ready(
        &mut self,
        session: &mut Session,
        transaction: Transaction,
    ) -> Result<Reply, SessionError> {
        if let Some(unloading) = self.unload.take() {
            unloading.give_up().await;
        }
        if std::mem::take(&mut self.spoiled) && transaction == Transaction::Open {
            // What was not written must not be committed as if it had been.
            self.internal(session, "DO 'BEGIN RAISE EXCEPTION USING MESSAGE = ''UNLOAD failed''; END'")
                .await?;
        }
        let mut statements = Vec::new();
        if session.transaction() != Transaction::Failed {
            for (name, count) in std::mem::take(&mut self.told) {
                statements.push(format!("SELECT pg_catalog.set_config('{SCHEMA}.{name}', '{count}', false)"));
            }
        }
        if session.transaction() == Transaction::Idle && !self.rejected.is_empty() {
            self.equip(session).await?;
            let rejected = std::mem::take(&mut self.rejected);
            statements.push(insertion(&rejected, self.copies));
        }
        if !statements.is_empty() {
            self.internal(session, &statements.join(";")).await?;
        }
        Ok(Reply::Ready(session.transaction()))
    }

    /// Runs a statement of our own and gives its rows; none when the server refuses it.
    pub(super) async fn internal(
        &mut self,
        session: &mut Session,
        sql: &str,
    ) -> Result<Vec<Vec<Option<String>>>, SessionError> {
        self.internal = true;
        session.send_query(sql.as_bytes()).await?;
        let mut rows = Vec::new();
        loop {
            match session.next_reply().await? {
                Reply::Row(row) => {
                    let text = |cell: &[u8]| String::from_utf8_lossy(cell).into_owned();
                    rows.push(row.cells().map(|cell| cell.map(text)).collect());
                }
                Reply::Error(message) => tracing::debug!(%message, "statement of the emulation refused"),
                Reply::Ready(_) => break,
                _ => {}
            }
        }
        self.internal = false;
        Ok(rows)
    }
}

fn insertion(rejected: &[Rejected], query: u64) -> String {
    let rows: Vec<_> = rejected
        .iter()
        .take(REJECTED_MAX)
        .map(|row| {
            let texts = [&row.file, &row.column, &row.kind, &row.line_text, &row.value, &row.reason];
            let texts = texts.map(|text| literal(&text.replace(['\0', '\\'], "?")));
            let [file, column, kind, line_text, value, reason] = texts;
            format!(
                "({}, {query}, {file}, {}, {column}, {kind}, {line_text}, {value}, {}, {reason})",
                literal(&row.table),
                row.line,
                row.code
            )
        })
        .collect();
    format!(
        "INSERT INTO {SCHEMA}.load_errors (tbl, query, filename, line_number, colname, type, raw_line, \
         raw_field_value, err_code, err_reason) SELECT pg_catalog.to_regclass(v.t)::oid::int8::int4, q, f, l, c, k, r, w, e, m \
         FROM (VALUES {}) AS v (t, q, f, l, c, k, r, w, e, m)",
        rows.join(", ")
    )
}
