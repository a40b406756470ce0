//! `\l`, `\dn`, `\des`, `\det`, `\dconfig` on Redshift: databases, schemas, external schemas and tables, parameters.

use super::super::pattern::{Names, Pattern};
use super::super::query::{Query, comment, decoded, privileges, role};
use super::super::{Description, Target};
use crate::run::Inquiry;

const fn named(name: &'static str) -> Names {
    Names { schema: "", name, other: "", visible: "" }
}

/// Where the tables of an external schema are, by its `eskind`.
const EXTERNAL_KINDS: [(&str, &str); 9] = [
    ("1", "data catalog"),
    ("2", "hive metastore"),
    ("3", "postgres"),
    ("4", "local redshift"),
    ("5", "remote redshift"),
    ("6", "system"),
    ("8", "mysql"),
    ("9", "kinesis"),
    ("10", "kafka"),
];

/// `\l[+] [pattern]`: all databases, those of data shares included.
pub(super) fn databases(target: &Target<'_>, inquiry: &mut Inquiry<'_>) -> Description {
    let mut query = Query::of("pg_catalog.pg_database d", "1");
    query.column("Name", "d.datname");
    query.column("Owner", role("d.datdba"));
    query.column("Encoding", "pg_catalog.pg_encoding_to_char(d.encoding)");
    query.column("Access privileges", privileges("d.datacl"));
    if target.verbose {
        query.join(
            "LEFT JOIN pg_catalog.pg_database_info i ON i.datid = d.oid \
             LEFT JOIN pg_catalog.svv_redshift_databases s ON s.database_name = d.datname",
        );
        query.columns(&[
            ("Type", "s.database_type"),
            ("Connection limit", "i.datconnlimit"),
            ("Isolation level", "s.database_isolation_level"),
        ]);
    }
    query.matching(&Pattern::read(target, named("d.datname"), 1)?, target.server);
    query.shown("List of databases", inquiry)
}

/// `\dn[S+] [pattern]`
pub(super) fn schemas(target: &Target<'_>, inquiry: &mut Inquiry<'_>) -> Description {
    let mut query = Query::of("pg_catalog.pg_namespace n", "1");
    query.column("Name", "n.nspname");
    query.column("Owner", role("n.nspowner"));
    if target.verbose {
        query.join("LEFT JOIN pg_catalog.svv_external_schemas e ON e.esoid = n.oid");
        query.column("Access privileges", privileges("n.nspacl"));
        query.column("Type", "CASE WHEN e.esoid IS NULL THEN 'local' ELSE 'external' END");
        query.column("External database", "e.databasename");
        query.column("Description", comment("n.oid", "pg_namespace"));
    }
    if !target.system && target.pattern().is_none() {
        query.filter("n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'catalog_history')");
    }
    query.matching(&Pattern::read(target, named("n.nspname"), 2)?, target.server);
    query.shown("List of schemas", inquiry)
}

/// `\des[+] [pattern]`: external schemas, which are to Redshift what foreign servers are to PostgreSQL.
pub(super) fn external_schemas(target: &Target<'_>, inquiry: &mut Inquiry<'_>) -> Description {
    let mut query = Query::of("pg_catalog.svv_external_schemas e", "1");
    query.column("Name", "e.schemaname");
    query.column("Owner", role("e.esowner"));
    query.column("Type", decoded("e.eskind", &EXTERNAL_KINDS));
    query.column("External database", "e.databasename");
    if target.verbose {
        query.column("Options", "e.esoptions");
    }
    query.matching(&Pattern::read(target, named("e.schemaname"), 1)?, target.server);
    query.shown("List of external schemas", inquiry)
}

/// `\de[+]`, `\det[+] [pattern]`: external tables of this database.
pub(super) fn external_tables(target: &Target<'_>, inquiry: &mut Inquiry<'_>) -> Description {
    const NAMES: Names = Names { schema: "t.schemaname", name: "t.tablename", other: "", visible: "" };
    let mut query = Query::of("pg_catalog.svv_external_tables t", "1, 2");
    query.columns(&[("Schema", "t.schemaname"), ("Table", "t.tablename"), ("Location", "t.location")]);
    if target.verbose {
        query.columns(&[
            ("Input format", "t.input_format"),
            ("Output format", "t.output_format"),
            ("Serialization library", "t.serialization_lib"),
            ("Serialization parameters", "t.serde_parameters"),
            ("Parameters", "t.parameters"),
        ]);
    }
    query.filter("t.redshift_database_name = pg_catalog.current_database()");
    query.matching(&Pattern::read(target, NAMES, 3)?, target.server);
    query.shown("List of external tables", inquiry)
}

/// `\dconfig[+] [pattern]`: without a pattern those that somebody has set.
pub(super) fn parameters(target: &Target<'_>, inquiry: &mut Inquiry<'_>) -> Description {
    let mut query = Query::of("pg_catalog.pg_settings s", "1");
    query.columns(&[("Parameter", "s.name"), ("Value", "s.setting")]);
    if target.verbose {
        query.columns(&[("Type", "s.vartype"), ("Context", "s.context")]);
    }
    let Some(_) = target.pattern() else {
        query.filter("s.source <> 'default'");
        return query.shown("List of non-default configuration parameters", inquiry);
    };
    query.matching(&Pattern::read(target, named("pg_catalog.lower(s.name)"), usize::MAX)?, target.server);
    query.shown("List of configuration parameters", inquiry)
}
