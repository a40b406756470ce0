//! `\dA`, `\dAc`, `\dAf`, `\dAo`, `\dAp`: access methods, and what indexes are made of.

use super::pattern::{Names, Pattern};
use super::query::{Query, comment, decoded, role, type_name, visible_name, yes_or_no};
use super::{Description, Target};
use crate::run::{Inquiry, Interruption};

const METHODS: Names = Names { schema: "", name: "am.amname", other: "", visible: "" };
const TYPES: Names = Names {
    schema: "tn.nspname",
    name: "t.typname",
    other: "pg_catalog.format_type(t.oid, NULL)",
    visible: "pg_catalog.pg_type_is_visible(t.oid)",
};
const FAMILIES: Names = Names { schema: "fn.nspname", name: "f.opfname", other: "", visible: "" };
/// The family of an operator or function, its method and its schema.
const FAMILY_JOINS: &str = "LEFT JOIN pg_catalog.pg_am am ON am.oid = f.opfmethod \
     LEFT JOIN pg_catalog.pg_namespace fn ON fn.oid = f.opfnamespace";

/// `\dA[+] [pattern]`
pub(super) fn access_methods(target: &Target<'_>, inquiry: &mut Inquiry<'_>) -> Description {
    let mut query = Query::of("pg_catalog.pg_am am", "1");
    query.column("Name", "am.amname");
    query.column("Type", decoded("am.amtype", &[("i", "Index"), ("t", "Table")]));
    if target.verbose {
        query.column("Handler", "am.amhandler");
        query.column("Description", comment("am.oid", "pg_am"));
    }
    query.matching(&Pattern::read(target, METHODS, 1)?, target.server);
    query.shown("List of access methods", inquiry)
}

/// `\dAc[+] [method [type]]`
pub(super) fn classes(target: &Target<'_>, inquiry: &mut Inquiry<'_>) -> Description {
    let mut query = Query::of(
        "pg_catalog.pg_opclass c LEFT JOIN pg_catalog.pg_am am ON am.oid = c.opcmethod \
         LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.opcnamespace \
         LEFT JOIN pg_catalog.pg_type t ON t.oid = c.opcintype \
         LEFT JOIN pg_catalog.pg_namespace tn ON tn.oid = t.typnamespace",
        "1, 2, 4",
    );
    let stored = type_name("c.opckeytype");
    query.column("AM", "am.amname");
    query.column("Input type", type_name("c.opcintype"));
    query.column("Storage type", format!("CASE WHEN c.opckeytype NOT IN (0, c.opcintype) THEN {stored} END"));
    let visible = "pg_catalog.pg_opclass_is_visible(c.oid)";
    query.column("Operator class", visible_name(visible, "n.nspname", "c.opcname"));
    query.column("Default?", yes_or_no("c.opcdefault"));
    if target.verbose {
        query.join(
            "LEFT JOIN pg_catalog.pg_opfamily f ON f.oid = c.opcfamily \
             LEFT JOIN pg_catalog.pg_namespace fn ON fn.oid = f.opfnamespace",
        );
        query.column("Operator family", family_name());
        query.column("Owner", role("c.opcowner"));
    }
    query.matching(&Pattern::read(target, METHODS, 1)?, target.server);
    query.matching(&second(target, TYPES)?, target.server);
    query.shown("List of operator classes", inquiry)
}

/// `\dAf[+] [method [type]]`
pub(super) fn families(target: &Target<'_>, inquiry: &mut Inquiry<'_>) -> Description {
    let mut query = Query::of(format!("pg_catalog.pg_opfamily f {FAMILY_JOINS}"), "1, 2");
    query.column("AM", "am.amname");
    query.column("Operator family", family_name());
    let types = type_name("oc.opcintype");
    query.column(
        "Applicable types",
        format!("(SELECT pg_catalog.string_agg({types}, ', ') FROM pg_catalog.pg_opclass oc WHERE oc.opcfamily = f.oid)"),
    );
    if target.verbose {
        query.column("Owner", role("f.opfowner"));
    }
    query.matching(&Pattern::read(target, METHODS, 1)?, target.server);
    if target.args.len() > 1 {
        let types = second(target, TYPES)?.conditions(target.server);
        let types = types.iter().map(|condition| format!(" AND {condition}")).collect::<String>();
        query.filter(format!(
            "EXISTS (SELECT 1 FROM pg_catalog.pg_opclass oc JOIN pg_catalog.pg_type t ON t.oid = oc.opcintype \
             LEFT JOIN pg_catalog.pg_namespace tn ON tn.oid = t.typnamespace WHERE oc.opcfamily = f.oid{types})"
        ));
    }
    query.shown("List of operator families", inquiry)
}

/// `\dAo[+] [method [family]]`
pub(super) fn operators(target: &Target<'_>, inquiry: &mut Inquiry<'_>) -> Description {
    let mut query = Query::of(
        format!(
            "pg_catalog.pg_amop o LEFT JOIN pg_catalog.pg_opfamily f ON f.oid = o.amopfamily {FAMILY_JOINS}"
        ),
        "1, 2, o.amoplefttype = o.amoprighttype DESC, pg_catalog.format_type(o.amoplefttype, NULL), \
         pg_catalog.format_type(o.amoprighttype, NULL), o.amopstrategy",
    );
    query.column("AM", "am.amname");
    query.column("Operator family", family_name());
    query.column("Operator", "o.amopopr::pg_catalog.regoperator");
    query.column("Strategy", "o.amopstrategy");
    query.column("Purpose", decoded("o.amoppurpose", &[("o", "ordering"), ("s", "search")]));
    if target.verbose {
        query.join("LEFT JOIN pg_catalog.pg_opfamily sf ON sf.oid = o.amopsortfamily");
        query.column("Sort opfamily", "sf.opfname");
    }
    query.matching(&Pattern::read(target, METHODS, 1)?, target.server);
    query.matching(&second(target, FAMILIES)?, target.server);
    query.shown("List of operators of operator families", inquiry)
}

/// `\dAp[+] [method [family]]`
pub(super) fn functions(target: &Target<'_>, inquiry: &mut Inquiry<'_>) -> Description {
    let mut query = Query::of(
        format!(
            "pg_catalog.pg_amproc ap LEFT JOIN pg_catalog.pg_opfamily f ON f.oid = ap.amprocfamily {FAMILY_JOINS} \
             LEFT JOIN pg_catalog.pg_proc p ON p.oid = ap.amproc"
        ),
        "1, 2, ap.amproclefttype = ap.amprocrighttype DESC, 3, 4, 5",
    );
    query.column("AM", "am.amname");
    query.column("Operator family", family_name());
    query.column("Registered left type", type_name("ap.amproclefttype"));
    query.column("Registered right type", type_name("ap.amprocrighttype"));
    query.column("Number", "ap.amprocnum");
    query.column("Function", if target.verbose { "ap.amproc::pg_catalog.regprocedure" } else { "p.proname" });
    query.matching(&Pattern::read(target, METHODS, 1)?, target.server);
    query.matching(&second(target, FAMILIES)?, target.server);
    query.shown("List of support functions of operator families", inquiry)
}

fn family_name() -> String {
    visible_name("pg_catalog.pg_opfamily_is_visible(f.oid)", "fn.nspname", "f.opfname")
}

/// The pattern of the second argument; without one, everything matches, visible or not.
fn second(target: &Target<'_>, names: Names) -> Result<Pattern, Interruption> {
    match target.args.get(1).copied().flatten() {
        None => Pattern::of(None, Names { visible: "", ..names }, 3, target.server),
        argument => Pattern::of(argument, names, 3, target.server),
    }
}
