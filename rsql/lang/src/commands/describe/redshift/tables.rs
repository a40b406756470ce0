//! The lines below a table or materialized view on Amazon Redshift: constraints (which it does not enforce), distribution, sort
//! key, and how a materialized view is refreshed.

use std::sync::Arc;

use super::columns::{is_distribution_key, sort_place};
use super::{DISTRIBUTION, Relation, ids};
use crate::commands::describe::Target;
use crate::commands::describe::lines::{headed, line, text};
use crate::commands::describe::pattern::literal;
use crate::outcome::Row;
use crate::print::Table;
use crate::run::{Inquiry, Interruption};

/// What is known of tables besides their columns.
pub(super) struct Facts {
    distribution: Arc<Table>,
    constraints: Arc<Table>,
}

impl Facts {
    /// Asks about the tables among these relations.
    pub(super) fn ask(relations: &[Relation<'_>], inquiry: &mut Inquiry<'_>) -> Result<Self, Interruption> {
        let ids = ids(relations.iter().filter(|relation| relation.is_table()));
        if ids.is_empty() {
            return Ok(Self { distribution: Arc::default(), constraints: Arc::default() });
        }
        let distribution = inquiry
            .ask(format!("SELECT i.reloid, {DISTRIBUTION} FROM pg_class_info i WHERE i.reloid IN ({ids})"))?;
        let constraints = inquiry.ask(format!(
            "SELECT k.conrelid, k.confrelid, k.contype, k.conname, pg_get_constraintdef(k.oid), n.nspname, c.relname \
             FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace \
             WHERE k.conrelid IN ({ids}) OR k.confrelid IN ({ids}) ORDER BY k.conname"
        ))?;
        Ok(Self { distribution, constraints })
    }

    /// The lines of one table, from the rows of its columns.
    pub(super) fn lines(&self, relation: &Relation<'_>, columns: &[&Row]) -> Vec<Vec<u8>> {
        if !relation.is_table() {
            return Vec::new();
        }
        let mut lines = self.constraint_lines(relation);
        let found = self.distribution.rows.iter().find(|row| text(row, 0) == relation.id());
        if let Some(style) = found.and_then(|row| row.cell(1)) {
            let key = columns.iter().find(|row| is_distribution_key(row)).map(|row| text(row, 1));
            lines.push(match key {
                Some(key) => line(&[b"Distribution style: ", style, b" (", key, b")"]),
                None => line(&[b"Distribution style: ", style]),
            });
        }
        lines.extend(sort_key(columns));
        lines
    }

    fn constraint_lines(&self, relation: &Relation<'_>) -> Vec<Vec<u8>> {
        let of = |column: usize, kind: &[u8]| -> Vec<&Row> {
            let rows = self.constraints.rows.iter();
            rows.filter(|row| text(row, column) == relation.id() && text(row, 2) == kind).collect()
        };
        let own = |row: &Row| line(&[b"    \"", text(row, 3), b"\" ", text(row, 4)]);
        let from = |row: &Row| {
            line(&[
                b"    TABLE \"",
                text(row, 5),
                b".",
                text(row, 6),
                b"\" CONSTRAINT \"",
                text(row, 3),
                b"\" ",
                text(row, 4),
            ])
        };
        [
            headed("Primary key:", &of(0, b"p"), own),
            headed("Unique constraints:", &of(0, b"u"), own),
            headed("Foreign-key constraints:", &of(0, b"f"), own),
            headed("Referenced by:", &of(1, b"f"), from),
        ]
        .concat()
    }
}

/// The columns of the sort key in their order.
fn sort_key(columns: &[&Row]) -> Option<Vec<u8>> {
    let mut key: Vec<_> = columns.iter().map(|row| (sort_place(row), text(row, 1))).collect();
    key.retain(|(place, _)| *place != 0);
    if key.is_empty() {
        return None;
    }
    let style: &[u8] = match key.iter().any(|(place, _)| *place < 0) {
        true => b"INTERLEAVED",
        false => b"COMPOUND",
    };
    key.sort_by_key(|(place, _)| place.unsigned_abs());
    let names: Vec<_> = key.into_iter().map(|(_, name)| name).collect();
    Some(line(&[b"Sort key: ", style, b" (", &names.join(&b", "[..]), b")"]))
}

/// How the materialized views among these relations are refreshed; asked only for `+`.
pub(super) fn states(
    target: &Target<'_>,
    relations: &[Relation<'_>],
    inquiry: &mut Inquiry<'_>,
) -> Result<Option<Arc<Table>>, Interruption> {
    if !target.verbose || !relations.iter().any(Relation::is_materialized) {
        return Ok(None);
    }
    let database = literal(target.server.database, target.server);
    let answer = inquiry.ask(format!(
        "SELECT trim(schema_name), trim(name), is_stale, state, autorefresh FROM svv_mv_info \
         WHERE trim(database_name) = {database}"
    ))?;
    Ok(Some(answer))
}

/// How one materialized view is refreshed. Views of others are not told to ordinary users.
pub(super) fn state(relation: &Relation<'_>, states: Option<&Table>) -> Vec<Vec<u8>> {
    let rows = states.map(|states| states.rows.as_slice()).unwrap_or_default();
    let own = |row: &&Row| text(row, 0) == relation.schema() && text(row, 1) == relation.name();
    let Some(row) = rows.iter().find(own).filter(|_| relation.is_materialized()) else {
        return Vec::new();
    };
    let stale: &[u8] = match text(row, 2) {
        b"t" => b"yes",
        b"f" => b"no",
        _ => b"unknown",
    };
    let refresh: &[u8] = match text(row, 3) {
        b"0" => b"full",
        b"1" => b"incremental",
        b"101" => b"impossible (a column was dropped)",
        b"102" => b"impossible (the type of a column was changed)",
        b"103" => b"impossible (a table was renamed)",
        b"104" => b"impossible (a column was renamed)",
        b"105" => b"impossible (a schema was renamed)",
        _ => b"unknown",
    };
    let automatic: &[u8] = if matches!(text(row, 4), b"t" | b"1") { b", automatic" } else { b"" };
    vec![line(&[b"Stale: ", stale]), line(&[b"Refresh: ", refresh, automatic])]
}
