//! `\dd`: comments on what has no listing of its own.

use super::pattern::{Names, Pattern, all_of};
use super::{Description, Listing, Shown, Target};
use crate::run::Inquiry;

/// One kind of objects that have comments.
struct Kind {
    word: &'static str,
    catalog: &'static str,
    name: &'static str,
    /// What the objects are read from; none for the catalog itself.
    rows: Option<&'static str>,
    home: Home,
}

/// What gives an object its schema.
enum Home {
    /// A column of its own, and the condition that it is visible.
    Schema(&'static str, &'static str),
    /// The table in this column.
    Table(&'static str),
    /// The type in this column.
    Type(&'static str),
}

impl Home {
    /// The joins that lead to the schema, from objects called `o`.
    fn joins(&self) -> String {
        let by_way_of = |catalog: &str, column: &str, prefix: char, schema: &str| {
            format!(
                "JOIN pg_catalog.{catalog} {prefix} ON {prefix}.oid = {column} \
                 LEFT JOIN pg_catalog.pg_namespace n ON n.oid = {prefix}.{schema}"
            )
        };
        match self {
            Self::Schema(column, _) => format!("JOIN pg_catalog.pg_namespace n ON n.oid = {column}"),
            Self::Table(column) => by_way_of("pg_class", column, 'c', "relnamespace"),
            Self::Type(column) => by_way_of("pg_type", column, 't', "typnamespace"),
        }
    }

    fn visible(&self) -> &'static str {
        match self {
            Self::Schema(_, visible) => visible,
            Self::Table(_) => "pg_catalog.pg_table_is_visible(c.oid)",
            Self::Type(_) => "pg_catalog.pg_type_is_visible(t.oid)",
        }
    }
}

const fn kind(word: &'static str, catalog: &'static str, name: &'static str, home: Home) -> Kind {
    Kind { word, catalog, name, rows: None, home }
}

const KINDS: [Kind; 6] = [
    kind("table constraint", "pg_constraint", "o.conname", Home::Table("o.conrelid")),
    kind("domain constraint", "pg_constraint", "o.conname", Home::Type("o.contypid")),
    kind(
        "operator class",
        "pg_opclass",
        "o.opcname",
        Home::Schema("o.opcnamespace", "pg_catalog.pg_opclass_is_visible(o.oid)"),
    ),
    kind(
        "operator family",
        "pg_opfamily",
        "o.opfname",
        Home::Schema("o.opfnamespace", "pg_catalog.pg_opfamily_is_visible(o.oid)"),
    ),
    Kind {
        // What makes a view a view is not a rule that one has written.
        rows: Some("(SELECT * FROM pg_catalog.pg_rewrite WHERE rulename <> '_RETURN')"),
        ..kind("rule", "pg_rewrite", "o.rulename", Home::Table("o.ev_class"))
    },
    kind("trigger", "pg_trigger", "o.tgname", Home::Table("o.tgrelid")),
];

/// `\dd[S] [pattern]`
pub(super) fn comments(target: &Target<'_>, inquiry: &mut Inquiry<'_>) -> Description {
    let mut parts = Vec::new();
    for kind in KINDS {
        let Kind { word, catalog, name, rows, home } = kind;
        let rows = rows.map_or_else(|| format!("pg_catalog.{catalog}"), str::to_owned);
        let names = Names { schema: "n.nspname", name, other: "", visible: home.visible() };
        let mut conditions = Pattern::read(target, names, 3)?.conditions(target.server);
        if !target.system && target.pattern().is_none() {
            conditions.push("n.nspname NOT IN ('pg_catalog', 'information_schema')".to_owned());
        }
        parts.push(format!(
            "SELECT n.nspname AS \"Schema\", {name}::pg_catalog.text AS \"Name\", \
             '{word}'::pg_catalog.text AS \"Object\", \
             pg_catalog.obj_description(o.oid, '{catalog}') AS \"Description\" FROM {rows} o {}{}",
            home.joins(),
            all_of(&conditions)
        ));
    }
    let sql = format!(
        "SELECT DISTINCT * FROM ({}) o WHERE \"Description\" IS NOT NULL ORDER BY 1, 2, 3",
        parts.join(" UNION ALL ")
    );
    Ok(vec![Shown::Table(Listing::of("Object descriptions", &*inquiry.ask(sql)?))])
}
