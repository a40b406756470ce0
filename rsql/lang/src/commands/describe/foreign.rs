//! `\des`, `\det`, `\deu`, `\dew`: foreign servers, tables, user mappings and wrappers.

use super::pattern::{Names, Pattern};
use super::query::{Query, comment, privileges, role};
use super::{Description, Target};
use crate::run::Inquiry;

/// Options as they are written in SQL; nothing where there are none.
fn options(column: &str) -> String {
    format!(
        "CASE WHEN {column} IS NULL THEN '' ELSE '(' || pg_catalog.array_to_string(ARRAY(\
         SELECT pg_catalog.quote_ident(option_name) || ' ' || pg_catalog.quote_literal(option_value) \
         FROM pg_catalog.pg_options_to_table({column})), ', ') || ')' END"
    )
}

const fn named(name: &'static str) -> Names {
    Names { schema: "", name, other: "", visible: "" }
}

/// `\des[+] [pattern]`
pub(super) fn servers(target: &Target<'_>, inquiry: &mut Inquiry<'_>) -> Description {
    let mut query = Query::of(
        "pg_catalog.pg_foreign_server s JOIN pg_catalog.pg_foreign_data_wrapper f ON f.oid = s.srvfdw",
        "1",
    );
    query.column("Name", "s.srvname");
    query.column("Owner", role("s.srvowner"));
    query.column("Foreign-data wrapper", "f.fdwname");
    if target.verbose {
        query.column("Access privileges", privileges("s.srvacl"));
        query.columns(&[("Type", "s.srvtype"), ("Version", "s.srvversion")]);
        query.column("FDW options", options("s.srvoptions"));
        query.column("Description", comment("s.oid", "pg_foreign_server"));
    }
    query.matching(&Pattern::read(target, named("s.srvname"), 1)?, target.server);
    query.shown("List of foreign servers", inquiry)
}

/// `\det[+] [pattern]`
pub(super) fn tables(target: &Target<'_>, inquiry: &mut Inquiry<'_>) -> Description {
    const NAMES: Names = Names {
        schema: "n.nspname",
        name: "c.relname",
        other: "",
        visible: "pg_catalog.pg_table_is_visible(c.oid)",
    };
    let mut query = Query::of(
        "pg_catalog.pg_foreign_table ft JOIN pg_catalog.pg_class c ON c.oid = ft.ftrelid \
         JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
         JOIN pg_catalog.pg_foreign_server s ON s.oid = ft.ftserver",
        "1, 2",
    );
    query.columns(&[("Schema", "n.nspname"), ("Table", "c.relname"), ("Server", "s.srvname")]);
    if target.verbose {
        query.column("FDW options", options("ft.ftoptions"));
        query.column("Description", comment("c.oid", "pg_class"));
    }
    query.matching(&Pattern::read(target, NAMES, 3)?, target.server);
    query.shown("List of foreign tables", inquiry)
}

/// `\deu[+] [pattern]`
pub(super) fn user_mappings(target: &Target<'_>, inquiry: &mut Inquiry<'_>) -> Description {
    const NAMES: Names = Names { other: "um.usename", ..named("um.srvname") };
    let mut query = Query::of("pg_catalog.pg_user_mappings um", "1, 2");
    query.columns(&[("Server", "um.srvname"), ("User name", "um.usename")]);
    if target.verbose {
        query.column("FDW options", options("um.umoptions"));
    }
    query.matching(&Pattern::read(target, NAMES, 1)?, target.server);
    query.shown("List of user mappings", inquiry)
}

/// `\dew[+] [pattern]`
pub(super) fn wrappers(target: &Target<'_>, inquiry: &mut Inquiry<'_>) -> Description {
    let mut query = Query::of("pg_catalog.pg_foreign_data_wrapper f", "1");
    query.column("Name", "f.fdwname");
    query.column("Owner", role("f.fdwowner"));
    query.columns(&[
        ("Handler", "f.fdwhandler::pg_catalog.regproc"),
        ("Validator", "f.fdwvalidator::pg_catalog.regproc"),
    ]);
    if target.verbose {
        query.column("Access privileges", privileges("f.fdwacl"));
        query.column("FDW options", options("f.fdwoptions"));
        query.column("Description", comment("f.oid", "pg_foreign_data_wrapper"));
    }
    query.matching(&Pattern::read(target, named("f.fdwname"), 1)?, target.server);
    query.shown("List of foreign-data wrappers", inquiry)
}
