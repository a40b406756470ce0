//! `\df`, `\da`, `\do`: functions, aggregates and operators, also by the types of their arguments.

use super::pattern::{Names, Pattern};
use super::query::{Query, comment, decoded, lacking, privileges, role, type_name};
use super::{Description, Shown, Target};
use crate::run::{Inquiry, Interruption};
use crate::text::lossy;

const NAMES: Names = Names {
    schema: "n.nspname",
    name: "p.proname",
    other: "",
    visible: "pg_catalog.pg_function_is_visible(p.oid)",
};
const OPERATORS: Names = Names {
    schema: "n.nspname",
    name: "o.oprname",
    other: "",
    visible: "pg_catalog.pg_operator_is_visible(o.oid)",
};
/// An argument's type, found by its own name or as SQL spells it.
const ARGUMENT: Names = Names {
    schema: "nt.nspname",
    name: "t.typname",
    other: "pg_catalog.format_type(t.oid, NULL)",
    visible: "pg_catalog.pg_type_is_visible(t.oid)",
};
const FROM: &str = "pg_catalog.pg_proc p LEFT JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace";
/// First server version with procedures, and with one column for the kinds of functions.
const PROCEDURES: u32 = 110_000;
/// First server version that keeps bodies of functions in SQL parsed.
const SQL_BODIES: u32 = 140_000;
/// The argument that stands for: no such argument.
const NO_ARGUMENT: &[u8] = b"-";

/// `\da[S+] [pattern]`
pub(super) fn aggregates(target: &Target<'_>, inquiry: &mut Inquiry<'_>) -> Description {
    let mut query = Query::of(FROM, "1, 2, 4");
    query.column("Schema", "n.nspname");
    query.column("Name", "p.proname");
    query.column("Result data type", type_name("p.prorettype"));
    query.column(
        "Argument data types",
        "CASE p.pronargs WHEN 0 THEN '*'::pg_catalog.text ELSE pg_catalog.pg_get_function_arguments(p.oid) END",
    );
    query.column("Description", comment("p.oid", "pg_proc"));
    query.filter(if target.server.version >= PROCEDURES { "p.prokind = 'a'" } else { "p.proisagg" });
    query.without_system(target);
    query.matching(&Pattern::read(target, NAMES, 3)?, target.server);
    query.shown("List of aggregate functions", inquiry)
}

/// `\df[anptwS+] [pattern [type …]]`
pub(super) fn functions(target: &Target<'_>, inquiry: &mut Inquiry<'_>) -> Description {
    let letters = target.name.get("df".len()..).unwrap_or_default();
    if !letters.bytes().all(|letter| b"anptwS+".contains(&letter)) {
        return Ok(vec![Shown::Error("\\df only takes [anptwS+] as options".to_owned())]);
    }
    if target.server.version < PROCEDURES {
        return lacking(target.server, "listing functions by kind");
    }
    let mut query = Query::of(FROM, "1, 2, 4");
    query.columns(&[
        ("Schema", "n.nspname"),
        ("Name", "p.proname"),
        ("Result data type", "pg_catalog.pg_get_function_result(p.oid)"),
        ("Argument data types", "pg_catalog.pg_get_function_arguments(p.oid)"),
        (
            "Type",
            "CASE p.prokind WHEN 'a' THEN 'agg' WHEN 'w' THEN 'window' WHEN 'p' THEN 'proc' ELSE 'func' END",
        ),
    ]);
    if target.verbose {
        details(&mut query, target);
    }
    if let Some(kinds) = kinds(letters) {
        query.filter(kinds);
    }
    query.matching(&Pattern::read(target, NAMES, 3)?, target.server);
    for (index, argument) in types_of_arguments(target).iter().enumerate() {
        argument_is(&mut query, &format!("p.proargtypes[{index}]"), argument, target)?;
    }
    query.without_system(target);
    query.shown("List of functions", inquiry)
}

/// The columns of `\df+`.
fn details(query: &mut Query, target: &Target<'_>) {
    query.join("LEFT JOIN pg_catalog.pg_language l ON l.oid = p.prolang");
    let volatility = [("i", "immutable"), ("s", "stable"), ("v", "volatile")];
    query.column("Volatility", decoded("p.provolatile", &volatility));
    let parallel = [("r", "restricted"), ("s", "safe"), ("u", "unsafe")];
    query.column("Parallel", decoded("p.proparallel", &parallel));
    query.column("Owner", role("p.proowner"));
    query.column("Security", "CASE WHEN p.prosecdef THEN 'definer' ELSE 'invoker' END");
    query.column("Access privileges", privileges("p.proacl"));
    query.column("Language", "l.lanname");
    let source = if target.server.version >= SQL_BODIES {
        "coalesce(pg_catalog.pg_get_function_sqlbody(p.oid), p.prosrc)"
    } else {
        "p.prosrc"
    };
    query.column("Source code", source);
    query.column("Description", comment("p.oid", "pg_proc"));
}

/// The condition for the kinds that these letters ask for; none for all.
fn kinds(letters: &str) -> Option<String> {
    const TRIGGER: &str = "p.prorettype = 'pg_catalog.trigger'::pg_catalog.regtype";
    const KINDS: [(char, &str); 4] =
        [('a', "p.prokind = 'a'"), ('p', "p.prokind = 'p'"), ('t', TRIGGER), ('w', "p.prokind = 'w'")];
    let asked = |letter: char| letters.contains(letter);
    let normal = asked('n');
    let (join, chosen): (_, Vec<_>) = if normal {
        // Normal functions are those that are nothing else.
        (" AND ", KINDS.iter().filter(|kind| !asked(kind.0)).map(|kind| format!("NOT {}", kind.1)).collect())
    } else {
        (" OR ", KINDS.iter().filter(|kind| asked(kind.0)).map(|kind| kind.1.to_owned()).collect())
    };
    (!chosen.is_empty()).then(|| format!("({})", chosen.join(join)))
}

/// `\do[S+] [pattern [type [type]]]`
pub(super) fn operators(target: &Target<'_>, inquiry: &mut Inquiry<'_>) -> Description {
    let mut query = Query::of(
        "pg_catalog.pg_operator o LEFT JOIN pg_catalog.pg_namespace n ON n.oid = o.oprnamespace",
        "1, 2, 3, 4",
    );
    query.column("Schema", "n.nspname");
    query.column("Name", "o.oprname");
    let left = type_name("o.oprleft");
    query.column("Left arg type", format!("CASE WHEN o.oprkind <> 'l' THEN {left} END"));
    let right = type_name("o.oprright");
    query.column("Right arg type", format!("CASE WHEN o.oprkind <> 'r' THEN {right} END"));
    query.column("Result type", type_name("o.oprresult"));
    if target.verbose {
        query.column("Function", "o.oprcode");
    }
    let (own, function) = (comment("o.oid", "pg_operator"), comment("o.oprcode", "pg_proc"));
    query.column("Description", format!("coalesce({own}, {function})"));
    query.without_system(target);
    query.matching(&Pattern::of_operators(target, OPERATORS)?, target.server);
    match types_of_arguments(target).as_slice() {
        [] => {}
        [only] => {
            query.filter("o.oprleft = 0");
            argument_is(&mut query, "o.oprright", only, target)?;
        }
        [left, right, ..] => {
            argument_is(&mut query, "o.oprleft", left, target)?;
            argument_is(&mut query, "o.oprright", right, target)?;
        }
    }
    query.shown("List of operators", inquiry)
}

/// The arguments after the pattern.
pub(super) fn types_of_arguments<'a>(target: &Target<'a>) -> Vec<&'a [u8]> {
    target.args.iter().skip(1).map_while(|argument| *argument).collect()
}

/// Holds the type with this number to a pattern.
pub(super) fn argument_is(
    query: &mut Query,
    number: &str,
    pattern: &[u8],
    target: &Target<'_>,
) -> Result<(), Interruption> {
    let known =
        "SELECT 1 FROM pg_catalog.pg_type t LEFT JOIN pg_catalog.pg_namespace nt ON nt.oid = t.typnamespace";
    if pattern == NO_ARGUMENT {
        query.filter(format!("NOT EXISTS ({known} WHERE t.oid = {number})"));
        return Ok(());
    }
    let pattern = spelled(pattern);
    let conditions =
        Pattern::of(Some(pattern.as_bytes()), ARGUMENT, 3, target.server)?.conditions(target.server);
    if !conditions.is_empty() {
        query.filter(format!("EXISTS ({known} WHERE t.oid = {number} AND {})", conditions.join(" AND ")));
    }
    Ok(())
}

/// The pattern for a type, as the server spells types that have other names in SQL.
pub(super) fn spelled(pattern: &[u8]) -> String {
    const SPELLINGS: [(&str, &str); 18] = [
        ("decimal", "numeric"),
        ("float", "double precision"),
        ("int", "integer"),
        ("bool[]", "boolean[]"),
        ("decimal[]", "numeric[]"),
        ("float[]", "double precision[]"),
        ("float4[]", "real[]"),
        ("float8[]", "double precision[]"),
        ("int[]", "integer[]"),
        ("int2[]", "smallint[]"),
        ("int4[]", "integer[]"),
        ("int8[]", "bigint[]"),
        ("time[]", "time without time zone[]"),
        ("timetz[]", "time with time zone[]"),
        ("timestamp[]", "timestamp without time zone[]"),
        ("timestamptz[]", "timestamp with time zone[]"),
        ("varbit[]", "bit varying[]"),
        ("varchar[]", "character varying[]"),
    ];
    let text = lossy(pattern);
    let spelling = SPELLINGS.iter().find(|(name, _)| name.eq_ignore_ascii_case(&text));
    spelling.map_or(text.into_owned(), |(_, spelling)| (*spelling).to_owned())
}
