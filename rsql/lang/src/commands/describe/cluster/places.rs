//! `\l`, `\dn`, `\des`, `\det`, `\dconfig` on Redshift: databases, schemas, external schemas and tables, parameters.

use super::super::pattern::{Names, Pattern, literal};
use super::super::query::{Query, comment, decoded, privileges, role, text_columns};
use super::super::{Description, Listing, Shown, Target};
use super::{cell_of, users_by_number};
use crate::outcome::Row;
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
        query.join("LEFT JOIN pg_database_info i ON i.datid = d.oid");
        query.column("Connection limit", "i.datconnlimit");
    }
    query.matching(&Pattern::read(target, named("d.datname"), 1)?, target.server);
    let mut listing = query.listing("List of databases", inquiry)?;
    if target.verbose {
        let mut shares = Query::of("svv_redshift_databases s", "1");
        shares.columns(&[
            ("name", "s.database_name"),
            ("type", "s.database_type"),
            ("isolation", "s.database_isolation_level"),
        ]);
        let shares = inquiry.ask(shares.sql())?;
        listing.columns.extend(text_columns(&["Type", "Isolation level"]));
        for row in &mut listing.rows {
            let name = row.cell(0).map(<[u8]>::to_vec);
            (1..=2).for_each(|index| row.push(cell_of(&shares, name.as_deref(), index)));
        }
    }
    Ok(vec![Shown::Table(listing)])
}

/// `\dn[S+] [pattern]`
pub(super) fn schemas(target: &Target<'_>, inquiry: &mut Inquiry<'_>) -> Description {
    let mut query = Query::of("pg_catalog.pg_namespace n", "1");
    query.column("Name", "n.nspname");
    query.column("Owner", role("n.nspowner"));
    if target.verbose {
        query.column("Access privileges", privileges("n.nspacl"));
        query.column("Description", comment("n.oid", "pg_namespace"));
    }
    if !target.system && target.pattern().is_none() {
        query.filter("n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'catalog_history')");
    }
    query.matching(&Pattern::read(target, named("n.nspname"), 2)?, target.server);
    let mut listing = query.listing("List of schemas", inquiry)?;
    if target.verbose {
        let mut external = Query::of("svv_external_schemas e", "1");
        external.columns(&[("name", "e.schemaname"), ("database", "e.databasename")]);
        let external = inquiry.ask(external.sql())?;
        listing.columns.extend(text_columns(&["External database"]));
        for row in &mut listing.rows {
            let name = row.cell(0).map(<[u8]>::to_vec);
            row.push(cell_of(&external, name.as_deref(), 1));
        }
    }
    Ok(vec![Shown::Table(listing)])
}

/// `\des[+] [pattern]`: external schemas, which are to Redshift what foreign servers are to PostgreSQL.
pub(super) fn external_schemas(target: &Target<'_>, inquiry: &mut Inquiry<'_>) -> Description {
    let mut query = Query::of("svv_external_schemas e", "1");
    query.columns(&[("name", "e.schemaname"), ("owner", "e.esowner")]);
    query.column("type", decoded("e.eskind", &EXTERNAL_KINDS));
    query.columns(&[("database", "e.databasename"), ("options", "e.esoptions")]);
    query.matching(&Pattern::read(target, named("e.schemaname"), 1)?, target.server);
    let schemas = inquiry.ask(query.sql())?;
    let users = users_by_number(inquiry)?;
    let mut headings = vec!["Name", "Owner", "Type", "External database"];
    if target.verbose {
        headings.push("Options");
    }
    let rows = schemas.rows.iter().map(|schema| {
        let mut row = Row::default();
        row.push(schema.cell(0));
        row.push(cell_of(&users, schema.cell(1), 1));
        (2..headings.len()).for_each(|index| row.push(schema.cell(index)));
        row
    });
    Ok(vec![Shown::Table(Listing {
        title: Some("List of external schemas".into()),
        columns: text_columns(&headings),
        rows: rows.collect(),
        footers: None,
    })])
}

/// `\de[+]`, `\det[+] [pattern]`: external tables of this database.
pub(super) fn external_tables(target: &Target<'_>, inquiry: &mut Inquiry<'_>) -> Description {
    const NAMES: Names = Names { schema: "t.schemaname", name: "t.tablename", other: "", visible: "" };
    let mut query = Query::of("svv_external_tables t", "1, 2");
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
    let database = literal(target.server.database, target.server);
    query.filter(format!("t.redshift_database_name = {database}"));
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
