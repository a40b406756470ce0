//! `\dp`, `\z`, `\ddp` on Redshift: who may do what with relations, and what new objects will allow.

use super::super::pattern::{Names, Pattern};
use super::super::query::{Query, decoded, privileges, role};
use super::super::{Description, Listing, Shown, Target, query::text_columns};
use crate::outcome::Row;
use crate::run::Inquiry;
use crate::text::lossy;

const NAMES: Names = Names {
    schema: "n.nspname",
    name: "c.relname",
    other: "",
    visible: "n.nspname !~ '^pg_' AND pg_catalog.pg_table_is_visible(c.oid)",
};
const FROM: &str = "pg_catalog.pg_class c LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace";
const KINDS: [(&str, &str); 2] = [("r", "table"), ("v", "view")];

/// `\dp [pattern]`
///
/// Privileges on columns are asked for in a second question: the catalog with them has no arrays of subqueries.
pub(super) fn relations(target: &Target<'_>, inquiry: &mut Inquiry<'_>) -> Description {
    let pattern = Pattern::read(target, NAMES, 3)?;
    let mut relations = Query::of(FROM, "2, 3");
    relations.column("number", "c.oid");
    relations.columns(&[("Schema", "n.nspname"), ("Name", "c.relname")]);
    relations.column("Type", decoded("c.relkind", &KINDS));
    relations.column("Access privileges", privileges("c.relacl"));
    relations.filter("c.relkind IN ('r', 'v')");
    relations.matching(&pattern, target.server);
    let relations = inquiry.ask(relations.sql())?;

    let mut columns = Query::of(FROM, "1, a.attnum");
    columns.join("JOIN pg_attribute_info a ON a.attrelid = c.oid");
    columns.column("number", "c.oid");
    columns.column("text", format!("a.attname || ':\n  ' || {}", privileges("a.attacl")));
    columns.filter("a.attacl IS NOT NULL AND NOT a.attisdropped");
    columns.matching(&pattern, target.server);
    let columns = inquiry.ask(columns.sql())?;

    let rows = relations.rows.iter().map(|relation| {
        let own = columns.rows.iter().filter(|column| column.cell(0) == relation.cell(0));
        let own: Vec<_> = own.filter_map(|column| column.cell(1)).map(lossy).collect();
        let mut row = Row::default();
        (1..=4).for_each(|index| row.push(relation.cell(index)));
        row.push(Some(own.join("\n").as_bytes()));
        row
    });
    Ok(vec![Shown::Table(Listing {
        title: Some("Access privileges".into()),
        columns: text_columns(&["Schema", "Name", "Type", "Access privileges", "Column privileges"]),
        rows: rows.collect(),
        footers: None,
    })])
}

/// `\ddp [pattern]`
pub(super) fn defaults(target: &Target<'_>, inquiry: &mut Inquiry<'_>) -> Description {
    const NAMES: Names = Names {
        schema: "",
        name: "n.nspname",
        other: "pg_catalog.pg_get_userbyid(d.defacluser)",
        visible: "",
    };
    const KINDS: [(&str, &str); 3] = [("r", "table"), ("f", "function"), ("p", "procedure")];
    let mut query = Query::of(
        "pg_default_acl d LEFT JOIN pg_catalog.pg_namespace n ON n.oid = d.defaclnamespace",
        "1, 2, 3",
    );
    query.column("Owner", role("d.defacluser"));
    query.column("Schema", "n.nspname");
    query.column("Type", decoded("d.defaclobjtype", &KINDS));
    query.column("Access privileges", privileges("d.defaclacl"));
    query.matching(&Pattern::read(target, NAMES, 3)?, target.server);
    query.shown("Default access privileges", inquiry)
}
