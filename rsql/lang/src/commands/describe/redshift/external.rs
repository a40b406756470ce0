//! External tables of Amazon Redshift (Spectrum and federated schemas), from `SVV_EXTERNAL_TABLES` and
//! `SVV_EXTERNAL_COLUMNS`.

use super::super::query::text_columns;
use super::{details, titled};
use crate::commands::describe::lines::{line, text};
use crate::commands::describe::lists::Kinds;
use crate::commands::describe::pattern::{Names, Pattern, all_of, literal};
use crate::commands::describe::{Listing, Shown, Target};
use crate::outcome::Row;
use crate::run::{Inquiry, Interruption};
use crate::text::leading_integer;

/// What patterns are compared with. The search path does not lead to external tables, so none is hidden by it.
const NAMES: Names = Names { schema: "e.schemaname", name: "e.tablename", other: "", visible: "" };

/// The conditions of the target's pattern, for this database: the views tell of others, too.
fn conditions(target: &Target<'_>) -> Result<String, Interruption> {
    let mut conditions = Pattern::read(target, NAMES, 3)?.conditions(target.server);
    let database = literal(target.server.database, target.server);
    conditions.push(format!("e.redshift_database_name = {database}"));
    Ok(all_of(&conditions))
}

/// The rows of a list.
pub(super) fn list(
    target: &Target<'_>,
    kinds: Kinds<'_>,
    inquiry: &mut Inquiry<'_>,
) -> Result<Vec<Row>, Interruption> {
    let answer = inquiry.ask(format!(
        "SELECT e.schemaname, e.tablename, e.tabletype, e.location FROM svv_external_tables e{} ORDER BY 1, 2",
        conditions(target)?
    ))?;
    let rows = answer.rows.iter().map(|row| {
        let kind = format!("external {}", kind(row, 2));
        let mut cells = vec![row.cell(0), row.cell(1), Some(kind.as_bytes()), None];
        for detail in details(target, kinds) {
            cells.push(row.cell(3).filter(|_| detail == "Location"));
        }
        cells.into_iter().collect()
    });
    Ok(rows.collect())
}

/// `table` where it is not told.
fn kind(row: &Row, index: usize) -> String {
    let kind = crate::text::lossy(text(row, index).trim_ascii()).to_lowercase();
    if kind.is_empty() { "table".to_owned() } else { kind }
}

/// External tables in full.
pub(super) fn describe(target: &Target<'_>, inquiry: &mut Inquiry<'_>) -> Result<Vec<Shown>, Interruption> {
    let conditions = conditions(target)?;
    let tables = inquiry.ask(format!(
        "SELECT e.schemaname, e.tablename, e.tabletype, e.location, e.input_format, e.output_format, \
         e.serialization_lib, e.serde_parameters, e.parameters FROM svv_external_tables e{conditions} ORDER BY 1, 2"
    ))?;
    if tables.rows.is_empty() {
        return Ok(Vec::new());
    }
    let columns = inquiry.ask(format!(
        "SELECT e.schemaname, e.tablename, e.columnname, e.external_type, e.is_nullable, e.part_key \
         FROM svv_external_columns e{conditions} ORDER BY 1, 2, e.columnnum"
    ))?;
    let shown = tables.rows.iter().map(|table| {
        let own = |column: &&Row| text(column, 0) == text(table, 0) && text(column, 1) == text(table, 1);
        let columns: Vec<&Row> = columns.rows.iter().filter(own).collect();
        let kind = format!("External {}", kind(table, 2));
        Shown::Upright(Listing {
            title: Some(titled(&kind, text(table, 0), text(table, 1))),
            columns: text_columns(&["Column", "Type", "Nullable"]),
            rows: columns.iter().map(|column| cells(column)).collect(),
            footers: Some(footers(target, table, &columns)),
        })
    });
    Ok(shown.collect())
}

fn cells(column: &Row) -> Row {
    let nullable: &[u8] = if text(column, 4) == b"false" { b"not null" } else { b"" };
    [column.cell(2), column.cell(3), Some(nullable)].into_iter().collect()
}

fn footers(target: &Target<'_>, table: &Row, columns: &[&Row]) -> Vec<Vec<u8>> {
    let mut keys: Vec<_> =
        columns.iter().map(|column| (leading_integer(text(column, 5)), text(column, 2))).collect();
    keys.retain(|(place, _)| *place > 0);
    keys.sort_by_key(|(place, _)| *place);
    let mut lines = Vec::new();
    if !keys.is_empty() {
        let names: Vec<_> = keys.into_iter().map(|(_, name)| name).collect();
        lines.push(line(&[b"Partition key: (", &names.join(&b", "[..]), b")"]));
    }
    let facts: [(&str, usize); 6] = [
        ("Location", 3),
        ("Input format", 4),
        ("Output format", 5),
        ("Serialization library", 6),
        ("Serialization parameters", 7),
        ("Parameters", 8),
    ];
    let shown = if target.verbose { facts.len() } else { 1 };
    for (label, index) in &facts[..shown] {
        if !text(table, *index).is_empty() {
            lines.push(line(&[label.as_bytes(), b": ", text(table, *index)]));
        }
    }
    lines
}
