//! The columns of tables and views on Amazon Redshift; those of late-binding views, which the catalog does not have, are asked
//! of the function that works them out.

use std::sync::Arc;

use super::super::query::text_columns;
use super::Relation;
use crate::commands::describe::lines::{is_true, text};
use crate::commands::describe::pattern::literal;
use crate::commands::describe::{Listing, Target};
use crate::outcome::Row;
use crate::print::Table;
use crate::run::{Inquiry, Interruption};
use crate::text::lossy;

/// The columns of relations with these ids. The eighth and ninth are used by the lines below, too.
pub(super) fn question(ids: &str) -> String {
    format!(
        "SELECT a.attrelid, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, \
         pg_get_expr(d.adbin, d.adrelid), format_encoding(a.attencodingtype::integer), \
         col_description(a.attrelid, a.attnum), a.attisdistkey, a.attsortkeyord FROM pg_attribute a \
         LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum \
         WHERE a.attrelid IN ({ids}) AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attrelid, a.attnum"
    )
}

/// Whether a column is the one that its table is distributed by.
pub(super) fn is_distribution_key(row: &Row) -> bool {
    is_true(row, 7)
}

/// The place of a column in the sort key, negative at every other column of an interleaved key; 0 for none.
pub(super) fn sort_place(row: &Row) -> i64 {
    crate::text::leading_integer(text(row, 8))
}

/// The table of columns of a relation.
pub(super) fn listing(target: &Target<'_>, relation: Relation<'_>, rows: &[&Row]) -> Listing {
    let mut names = vec!["Column", "Type", "Nullable", "Default"];
    if relation.is_table() {
        names.extend(["Encoding", "Distkey", "Sortkey"]);
    }
    if target.verbose {
        names.push("Description");
    }
    let rows = rows.iter().map(|row| {
        let mut cells: Vec<Vec<u8>> = vec![
            text(row, 1).to_vec(),
            text(row, 2).to_vec(),
            if is_true(row, 3) { b"not null".to_vec() } else { Vec::new() },
            default(text(row, 4)),
        ];
        if relation.is_table() {
            cells.push(text(row, 5).trim_ascii_end().to_vec());
            cells.push(if is_distribution_key(row) { b"yes".to_vec() } else { Vec::new() });
            cells.push(match sort_place(row) {
                0 => Vec::new(),
                place => place.unsigned_abs().to_string().into_bytes(),
            });
        }
        if target.verbose {
            cells.push(text(row, 6).to_vec());
        }
        cells.iter().map(|cell| Some(cell.as_slice())).collect()
    });
    Listing { rows: rows.collect(), columns: text_columns(&names), ..Listing::default() }
}

/// A default as the catalog has it; the calls that identity columns are made of are told as they are declared.
fn default(expression: &[u8]) -> Vec<u8> {
    let text = lossy(expression);
    for (call, declared) in [("\"identity\"(", "identity"), ("default_identity(", "default identity")] {
        let plain = text.replace("\"default_identity\"(", "default_identity(");
        if let Some((_, arguments)) = plain.split_once(call)
            && let Some(numbers) = arguments.split('\'').nth(1)
        {
            return format!("{declared}({})", numbers.replace(' ', "")).into_bytes();
        }
    }
    expression.to_vec()
}

/// The columns of the late-binding views among these relations; nothing is asked where there are none.
pub(super) fn of_late_views(
    target: &Target<'_>,
    relations: &[Relation<'_>],
    inquiry: &mut Inquiry<'_>,
) -> Result<Option<Arc<Table>>, Interruption> {
    let literal = |name: &[u8]| literal(&lossy(name), target.server);
    let conditions: Vec<_> = relations
        .iter()
        .filter(|relation| relation.is_late())
        .map(|view| {
            let (schema, name) = (literal(view.schema()), literal(view.name()));
            format!("(v.view_schema = {schema} AND v.view_name = {name})")
        })
        .collect();
    if conditions.is_empty() {
        return Ok(None);
    }
    let answer = inquiry.ask(format!(
        "SELECT v.view_schema, v.view_name, v.col_name, v.col_type FROM pg_get_late_binding_view_cols() \
         v(view_schema name, view_name name, col_name name, col_type varchar, col_num int) \
         WHERE {} ORDER BY v.view_schema, v.view_name, v.col_num",
        conditions.join(" OR ")
    ))?;
    Ok(Some(answer))
}

/// The table of columns of a late-binding view.
pub(super) fn late_listing(view: &Relation<'_>, columns: Option<&Table>) -> Listing {
    let rows = columns.map(|columns| columns.rows.as_slice()).unwrap_or_default();
    let own = rows.iter().filter(|row| text(row, 0) == view.schema() && text(row, 1) == view.name());
    let rows = own.map(|row| [row.cell(2), row.cell(3)].into_iter().collect()).collect();
    Listing { rows, columns: text_columns(&["Column", "Type"]), ..Listing::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identity_columns_are_told_as_declared() {
        let check = |expression: &str, expect: &str| {
            assert_eq!(lossy(&default(expression.as_bytes())), expect, "{expression}");
        };
        check("\"identity\"(100123, 0, '1,1'::text)", "identity(1,1)");
        check("\"default_identity\"(100123, 0, '10, 5'::text)", "default identity(10,5)");
        check("'a'::character varying", "'a'::character varying");
        check("", "");
    }
}
