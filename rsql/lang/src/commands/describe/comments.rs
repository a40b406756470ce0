//! `\dd`: comments on what has no listing of its own.

use super::pattern::{Names, Pattern, all_of};
use super::{Description, Listing, Shown, Target};
use crate::run::Inquiry;

/// One kind of objects that have comments.
struct Kind {
    word: &'static str,
    from: &'static str,
    number: &'static str,
    catalog: &'static str,
    name: &'static str,
    visible: &'static str,
}

const KINDS: [Kind; 6] = [
    Kind {
        word: "table constraint",
        from: "pg_catalog.pg_constraint o JOIN pg_catalog.pg_class c ON c.oid = o.conrelid \
               LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace",
        number: "o.oid",
        catalog: "pg_constraint",
        name: "o.conname",
        visible: "pg_catalog.pg_table_is_visible(c.oid)",
    },
    Kind {
        word: "domain constraint",
        from: "pg_catalog.pg_constraint o JOIN pg_catalog.pg_type t ON t.oid = o.contypid \
               LEFT JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace",
        number: "o.oid",
        catalog: "pg_constraint",
        name: "o.conname",
        visible: "pg_catalog.pg_type_is_visible(t.oid)",
    },
    Kind {
        word: "operator class",
        from: "pg_catalog.pg_opclass o JOIN pg_catalog.pg_namespace n ON n.oid = o.opcnamespace",
        number: "o.oid",
        catalog: "pg_opclass",
        name: "o.opcname",
        visible: "pg_catalog.pg_opclass_is_visible(o.oid)",
    },
    Kind {
        word: "operator family",
        from: "pg_catalog.pg_opfamily o JOIN pg_catalog.pg_namespace n ON n.oid = o.opfnamespace",
        number: "o.oid",
        catalog: "pg_opfamily",
        name: "o.opfname",
        visible: "pg_catalog.pg_opfamily_is_visible(o.oid)",
    },
    Kind {
        word: "rule",
        // What makes a view a view is not a rule that one has written.
        from: "(SELECT * FROM pg_catalog.pg_rewrite WHERE rulename <> '_RETURN') o \
               JOIN pg_catalog.pg_class c ON c.oid = o.ev_class \
               LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace",
        number: "o.oid",
        catalog: "pg_rewrite",
        name: "o.rulename",
        visible: "pg_catalog.pg_table_is_visible(c.oid)",
    },
    Kind {
        word: "trigger",
        from: "pg_catalog.pg_trigger o JOIN pg_catalog.pg_class c ON c.oid = o.tgrelid \
               LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace",
        number: "o.oid",
        catalog: "pg_trigger",
        name: "o.tgname",
        visible: "pg_catalog.pg_table_is_visible(c.oid)",
    },
];

/// `\dd[S] [pattern]`
pub(super) fn comments(target: &Target<'_>, inquiry: &mut Inquiry<'_>) -> Description {
    let mut parts = Vec::new();
    for kind in KINDS {
        let Kind { word, from, number, catalog, name, visible } = kind;
        let names = Names { schema: "n.nspname", name, other: "", visible };
        let mut conditions = Pattern::read(target, names, 3)?.conditions(target.server);
        if !target.system && target.pattern().is_none() {
            conditions.push("n.nspname NOT IN ('pg_catalog', 'information_schema')".to_owned());
        }
        parts.push(format!(
            "SELECT n.nspname AS \"Schema\", {name}::pg_catalog.text AS \"Name\", \
             '{word}'::pg_catalog.text AS \"Object\", \
             pg_catalog.obj_description({number}, '{catalog}') AS \"Description\" FROM {from}{}",
            all_of(&conditions)
        ));
    }
    let sql = format!(
        "SELECT DISTINCT * FROM ({}) o WHERE \"Description\" IS NOT NULL ORDER BY 1, 2, 3",
        parts.join(" UNION ALL ")
    );
    Ok(vec![Shown::Table(Listing::of("Object descriptions", &*inquiry.ask(sql)?))])
}
