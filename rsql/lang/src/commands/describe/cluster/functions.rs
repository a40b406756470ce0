//! `\df`, `\da`, `\dT`, `\dL` on Redshift: functions and procedures, data types, languages.

use super::super::functions::{argument_is, spelled, types_of_arguments};
use super::super::pattern::{Names, Pattern};
use super::super::query::{Query, comment, decoded, privileges, role, type_name};
use super::super::{Description, Shown, Target};
use crate::run::Inquiry;

const NAMES: Names = Names {
    schema: "n.nspname",
    name: "p.proname",
    other: "",
    visible: "pg_catalog.pg_function_is_visible(p.prooid)",
};
const FROM: &str = "pg_proc_info p LEFT JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace";

/// The columns that all listings of functions begin with.
fn signature(query: &mut Query) {
    query.columns(&[("Schema", "n.nspname"), ("Name", "p.proname")]);
    query.column("Result data type", type_name("p.prorettype"));
    query.column("Argument data types", "pg_catalog.oidvectortypes(p.proargtypes)");
}

/// `\da[S] [pattern]`
pub(super) fn aggregates(target: &Target<'_>, inquiry: &mut Inquiry<'_>) -> Description {
    let mut query = Query::of(FROM, "1, 2, 4");
    signature(&mut query);
    query.column("Description", comment("p.prooid", "pg_proc"));
    query.filter("p.prokind = 'a'");
    query.without_system(target);
    query.matching(&Pattern::read(target, NAMES, 3)?, target.server);
    query.shown("List of aggregate functions", inquiry)
}

/// `\df[anptwS+] [pattern [type …]]`; there are no triggers.
pub(super) fn functions(target: &Target<'_>, inquiry: &mut Inquiry<'_>) -> Description {
    const KINDS: [(&str, &str); 4] = [("f", "func"), ("p", "proc"), ("a", "agg"), ("w", "window")];
    let letters = target.name.get("df".len()..).unwrap_or_default();
    if !letters.bytes().all(|letter| b"anptwS+".contains(&letter)) {
        return Ok(vec![Shown::Error("\\df only takes [anptwS+] as options".to_owned())]);
    }
    let mut query = Query::of(FROM, "1, 2, 4");
    signature(&mut query);
    query.column("Type", decoded("p.prokind", &KINDS));
    if target.verbose {
        query.join("LEFT JOIN pg_catalog.pg_language l ON l.oid = p.prolang");
        let volatility = [("i", "immutable"), ("s", "stable"), ("v", "volatile")];
        query.column("Volatility", decoded("p.provolatile", &volatility));
        query.column("Owner", role("p.proowner"));
        query.column("Security", "CASE WHEN p.prosecdef THEN 'definer' ELSE 'invoker' END");
        query.column("Access privileges", privileges("p.proacl"));
        query.columns(&[("Language", "l.lanname"), ("Source code", "p.prosrc")]);
        query.column("Description", comment("p.prooid", "pg_proc"));
    }
    let asked = |letter: char| letters.contains(letter);
    if "anptw".chars().any(asked) {
        let kinds = [("a", 'a'), ("f", 'n'), ("p", 'p'), ("w", 'w')];
        let kinds: Vec<_> =
            kinds.iter().filter(|(_, letter)| asked(*letter)).map(|(kind, _)| format!("'{kind}'")).collect();
        match kinds.is_empty() {
            true => query.filter("false"),
            false => query.filter(format!("p.prokind IN ({})", kinds.join(", "))),
        }
    }
    query.matching(&Pattern::read(target, NAMES, 3)?, target.server);
    for (index, argument) in types_of_arguments(target).iter().enumerate() {
        argument_is(&mut query, &format!("p.proargtypes[{index}]"), argument, target)?;
    }
    query.without_system(target);
    query.shown("List of functions", inquiry)
}

/// `\dT[S+] [pattern]`
pub(super) fn types(target: &Target<'_>, inquiry: &mut Inquiry<'_>) -> Description {
    const TYPES: Names = Names {
        schema: "n.nspname",
        name: "t.typname",
        other: "pg_catalog.format_type(t.oid, NULL)",
        visible: "pg_catalog.pg_type_is_visible(t.oid)",
    };
    let mut query = Query::of(
        "pg_catalog.pg_type t LEFT JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace",
        "1, 2",
    );
    query.column("Schema", "n.nspname");
    query.column("Name", type_name("t.oid"));
    if target.verbose {
        query.column("Internal name", "t.typname");
        query.column("Size", "CASE WHEN t.typlen < 0 THEN 'var' ELSE t.typlen::pg_catalog.text END");
        query.column("Owner", role("t.typowner"));
    }
    query.column("Description", comment("t.oid", "pg_type"));
    // Row types of relations and arrays are no types that a column can have here.
    query.filter("t.typrelid = 0 AND t.typname !~ '^_'");
    query.without_system(target);
    let pattern = target.pattern().map(spelled);
    let pattern = Pattern::of(pattern.as_ref().map(String::as_bytes), TYPES, 3, target.server)?;
    query.matching(&pattern, target.server);
    query.shown("List of data types", inquiry)
}

/// `\dL[S+] [pattern]`
pub(super) fn languages(target: &Target<'_>, inquiry: &mut Inquiry<'_>) -> Description {
    const LANGUAGES: Names = Names { schema: "", name: "l.lanname", other: "", visible: "" };
    let mut query = Query::of("pg_catalog.pg_language l", "1");
    query.columns(&[("Name", "l.lanname"), ("Trusted", "l.lanpltrusted")]);
    if target.verbose {
        query.column("Internal language", "NOT l.lanispl");
        query.column("Access privileges", privileges("l.lanacl"));
    }
    query.column("Description", comment("l.oid", "pg_language"));
    if !target.system && target.pattern().is_none() {
        query.filter("l.lanispl");
    }
    query.matching(&Pattern::read(target, LANGUAGES, 2)?, target.server);
    query.shown("List of languages", inquiry)
}
