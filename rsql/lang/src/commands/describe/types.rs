//! `\dT`, `\dD`, `\dC`, `\dc`, `\dO`: data types, domains, casts, conversions, collations.

use super::functions::spelled;
use super::pattern::{Names, Pattern};
use super::query::{Query, comment, decoded, privileges, role, type_name, yes_or_no};
use super::{Description, Target};
use crate::run::Inquiry;

const TYPES: Names = Names {
    schema: "n.nspname",
    name: "t.typname",
    other: "pg_catalog.format_type(t.oid, NULL)",
    visible: "pg_catalog.pg_type_is_visible(t.oid)",
};
/// First server version that tells collations of ICU by a column of their own.
const ICU_LOCALES: u32 = 150_000;
/// First server version that calls that column after no provider.
const LOCALES: u32 = 170_000;

/// `\dT[S+] [pattern]`
pub(super) fn types(target: &Target<'_>, inquiry: &mut Inquiry<'_>) -> Description {
    let mut query = Query::of(
        "pg_catalog.pg_type t LEFT JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace",
        "1, 2",
    );
    query.column("Schema", "n.nspname");
    query.column("Name", type_name("t.oid"));
    if target.verbose {
        query.column("Internal name", "t.typname");
        query.column(
            "Size",
            "CASE WHEN t.typrelid <> 0 THEN 'tuple'::pg_catalog.text WHEN t.typlen < 0 THEN 'var' \
             ELSE t.typlen::pg_catalog.text END",
        );
        query.column(
            "Elements",
            "pg_catalog.array_to_string(ARRAY(SELECT e.enumlabel FROM pg_catalog.pg_enum e \
             WHERE e.enumtypid = t.oid ORDER BY e.enumsortorder), '\n')",
        );
        query.column("Owner", role("t.typowner"));
        query.column("Access privileges", privileges("t.typacl"));
    }
    query.column("Description", comment("t.oid", "pg_type"));
    // Row types of tables are no types that one would look for, nor are arrays, unless they are named.
    query.filter(
        "(t.typrelid = 0 OR 'c' = (SELECT c.relkind FROM pg_catalog.pg_class c WHERE c.oid = t.typrelid))",
    );
    let pattern = target.pattern().map(spelled);
    if pattern.as_ref().is_none_or(|pattern| !pattern.contains("[]")) {
        query.filter(
            "NOT EXISTS (SELECT 1 FROM pg_catalog.pg_type el WHERE el.typarray = t.oid AND el.oid = t.typelem)",
        );
    }
    query.without_system(target);
    let pattern = Pattern::of(pattern.as_ref().map(String::as_bytes), TYPES, 3, target.server)?;
    query.matching(&pattern, target.server);
    query.shown("List of data types", inquiry)
}

/// `\dD[S+] [pattern]`
pub(super) fn domains(target: &Target<'_>, inquiry: &mut Inquiry<'_>) -> Description {
    let mut query = Query::of(
        "pg_catalog.pg_type t LEFT JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace",
        "1, 2",
    );
    query.columns(&[
        ("Schema", "n.nspname"),
        ("Name", "t.typname"),
        ("Type", "pg_catalog.format_type(t.typbasetype, t.typtypmod)"),
        (
            "Collation",
            "(SELECT c.collname FROM pg_catalog.pg_collation c, pg_catalog.pg_type base \
             WHERE base.oid = t.typbasetype AND c.oid = t.typcollation AND c.oid <> base.typcollation)",
        ),
        ("Nullable", "CASE WHEN t.typnotnull THEN 'not null' END"),
        ("Default", "t.typdefault"),
        (
            "Check",
            "pg_catalog.array_to_string(ARRAY(SELECT pg_catalog.pg_get_constraintdef(r.oid, true) \
             FROM pg_catalog.pg_constraint r WHERE r.contypid = t.oid), ' ')",
        ),
    ]);
    if target.verbose {
        query.column("Access privileges", privileges("t.typacl"));
        query.column("Description", comment("t.oid", "pg_type"));
    }
    query.filter("t.typtype = 'd'");
    query.without_system(target);
    query.matching(&Pattern::read(target, Names { other: "", ..TYPES }, 3)?, target.server);
    query.shown("List of domains", inquiry)
}

/// `\dC[+] [pattern]`: casts from or to a type.
pub(super) fn casts(target: &Target<'_>, inquiry: &mut Inquiry<'_>) -> Description {
    const SOURCE: Names = Names {
        schema: "ns.nspname",
        name: "ts.typname",
        other: "pg_catalog.format_type(ts.oid, NULL)",
        visible: "pg_catalog.pg_type_is_visible(ts.oid)",
    };
    const GOAL: Names = Names {
        schema: "nt.nspname",
        name: "tt.typname",
        other: "pg_catalog.format_type(tt.oid, NULL)",
        visible: "pg_catalog.pg_type_is_visible(tt.oid)",
    };
    let mut query = Query::of(
        "pg_catalog.pg_cast c LEFT JOIN pg_catalog.pg_proc p ON p.oid = c.castfunc \
         LEFT JOIN pg_catalog.pg_type ts ON ts.oid = c.castsource \
         LEFT JOIN pg_catalog.pg_namespace ns ON ns.oid = ts.typnamespace \
         LEFT JOIN pg_catalog.pg_type tt ON tt.oid = c.casttarget \
         LEFT JOIN pg_catalog.pg_namespace nt ON nt.oid = tt.typnamespace",
        "1, 2",
    );
    query.column("Source type", type_name("c.castsource"));
    query.column("Target type", type_name("c.casttarget"));
    query.columns(&[
        (
            "Function",
            "CASE c.castmethod WHEN 'b' THEN '(binary coercible)' WHEN 'i' THEN '(with inout)' ELSE p.proname END",
        ),
        (
            "Implicit?",
            "CASE c.castcontext WHEN 'e' THEN 'no' WHEN 'a' THEN 'in assignment' ELSE 'yes' END",
        ),
    ]);
    if target.verbose {
        query.column("Description", comment("c.oid", "pg_cast"));
    }
    let side = |names| Ok(both(&Pattern::read(target, names, 3)?.conditions(target.server)));
    query.filter(format!("({} OR {})", side(SOURCE)?, side(GOAL)?));
    query.shown("List of casts", inquiry)
}

fn both(conditions: &[String]) -> String {
    if conditions.is_empty() { "true".to_owned() } else { format!("({})", conditions.join(" AND ")) }
}

/// `\dc[S+] [pattern]`
pub(super) fn conversions(target: &Target<'_>, inquiry: &mut Inquiry<'_>) -> Description {
    const NAMES: Names = Names {
        schema: "n.nspname",
        name: "c.conname",
        other: "",
        visible: "pg_catalog.pg_conversion_is_visible(c.oid)",
    };
    let mut query = Query::of(
        "pg_catalog.pg_conversion c JOIN pg_catalog.pg_namespace n ON n.oid = c.connamespace",
        "1, 2",
    );
    query.columns(&[
        ("Schema", "n.nspname"),
        ("Name", "c.conname"),
        ("Source", "pg_catalog.pg_encoding_to_char(c.conforencoding)"),
        ("Destination", "pg_catalog.pg_encoding_to_char(c.contoencoding)"),
    ]);
    query.column("Default?", yes_or_no("c.condefault"));
    if target.verbose {
        query.column("Description", comment("c.oid", "pg_conversion"));
    }
    query.without_system(target);
    query.matching(&Pattern::read(target, NAMES, 3)?, target.server);
    query.shown("List of conversions", inquiry)
}

/// `\dO[S+] [pattern]`
pub(super) fn collations(target: &Target<'_>, inquiry: &mut Inquiry<'_>) -> Description {
    const NAMES: Names = Names {
        schema: "n.nspname",
        name: "c.collname",
        other: "",
        visible: "pg_catalog.pg_collation_is_visible(c.oid)",
    };
    let mut query = Query::of(
        "pg_catalog.pg_collation c JOIN pg_catalog.pg_namespace n ON n.oid = c.collnamespace",
        "1, 2",
    );
    query.columns(&[
        ("Schema", "n.nspname"),
        ("Name", "c.collname"),
        ("Collate", "c.collcollate"),
        ("Ctype", "c.collctype"),
    ]);
    query.column(
        "ICU Locale",
        match target.server.version {
            LOCALES.. => "c.colllocale",
            ICU_LOCALES.. => "c.colliculocale",
            _ => "c.collcollate",
        },
    );
    query.column("Provider", decoded("c.collprovider", &[("d", "default"), ("c", "libc"), ("i", "icu")]));
    query.column("Deterministic?", yes_or_no("c.collisdeterministic"));
    if target.verbose {
        query.column("Description", comment("c.oid", "pg_collation"));
    }
    query.without_system(target);
    // Collations of other encodings cannot be used in this database.
    query.filter("c.collencoding IN (-1, pg_catalog.pg_char_to_encoding(pg_catalog.getdatabaseencoding()))");
    query.matching(&Pattern::read(target, NAMES, 3)?, target.server);
    query.shown("List of collations", inquiry)
}
