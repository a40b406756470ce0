//! `\dp`, `\z`, `\ddp`: who may do what with relations, and what new objects will allow.

use super::pattern::{Names, Pattern};
use super::query::{Query, decoded, privileges, role};
use super::{Description, Target};
use crate::run::Inquiry;

/// `\dp [pattern]`
pub(super) fn relations(target: &Target<'_>, inquiry: &mut Inquiry<'_>) -> Description {
    const NAMES: Names = Names {
        schema: "n.nspname",
        name: "c.relname",
        other: "",
        visible: "n.nspname !~ '^pg_' AND pg_catalog.pg_table_is_visible(c.oid)",
    };
    const KINDS: [(&str, &str); 6] = [
        ("r", "table"),
        ("v", "view"),
        ("m", "materialized view"),
        ("S", "sequence"),
        ("f", "foreign table"),
        ("p", "partitioned table"),
    ];
    let mut query = Query::of(
        "pg_catalog.pg_class c LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace",
        "1, 2",
    );
    query.columns(&[("Schema", "n.nspname"), ("Name", "c.relname")]);
    query.column("Type", decoded("c.relkind", &KINDS));
    query.column("Access privileges", privileges("c.relacl"));
    query.columns(&[
        (
            "Column privileges",
            "pg_catalog.array_to_string(ARRAY(SELECT a.attname || ':\n  ' \
             || pg_catalog.array_to_string(a.attacl, '\n  ') FROM pg_catalog.pg_attribute a \
             WHERE a.attrelid = c.oid AND a.attacl IS NOT NULL AND NOT a.attisdropped), '\n')",
        ),
        ("Policies", POLICIES),
    ]);
    query.filter("c.relkind IN ('r', 'v', 'm', 'S', 'f', 'p')");
    query.matching(&Pattern::read(target, NAMES, 3)?, target.server);
    query.shown("Access privileges", inquiry)
}

/// The policies of a relation, each with its command, its expressions and its roles.
const POLICIES: &str = "pg_catalog.array_to_string(ARRAY(SELECT p.polname \
     || CASE WHEN p.polpermissive THEN '' ELSE ' (RESTRICTIVE)' END \
     || CASE p.polcmd WHEN '*' THEN ':' ELSE ' (' || p.polcmd::pg_catalog.text || '):' END \
     || coalesce('\n  (u): ' || pg_catalog.pg_get_expr(p.polqual, p.polrelid), '') \
     || coalesce('\n  (c): ' || pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid), '') \
     || CASE p.polroles WHEN '{0}' THEN '' ELSE '\n  to: ' || pg_catalog.array_to_string(\
     ARRAY(SELECT r.rolname FROM pg_catalog.pg_roles r WHERE r.oid = ANY (p.polroles) ORDER BY 1), ', ') END \
     FROM pg_catalog.pg_policy p WHERE p.polrelid = c.oid), '\n')";

/// `\ddp [pattern]`
pub(super) fn defaults(target: &Target<'_>, inquiry: &mut Inquiry<'_>) -> Description {
    const NAMES: Names = Names {
        schema: "",
        name: "n.nspname",
        other: "pg_catalog.pg_get_userbyid(d.defaclrole)",
        visible: "",
    };
    const KINDS: [(&str, &str); 5] =
        [("r", "table"), ("S", "sequence"), ("f", "function"), ("T", "type"), ("n", "schema")];
    let mut query = Query::of(
        "pg_catalog.pg_default_acl d LEFT JOIN pg_catalog.pg_namespace n ON n.oid = d.defaclnamespace",
        "1, 2, 3",
    );
    query.column("Owner", role("d.defaclrole"));
    query.column("Schema", "n.nspname");
    query.column("Type", decoded("d.defaclobjtype", &KINDS));
    query.column("Access privileges", privileges("d.defaclacl"));
    query.matching(&Pattern::read(target, NAMES, 3)?, target.server);
    query.shown("Default access privileges", inquiry)
}
