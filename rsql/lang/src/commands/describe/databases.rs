//! `\l`, `\db`, `\dconfig`: databases, tablespaces, parameters of the server.

use super::pattern::{Names, Pattern};
use super::query::{Query, decoded, privileges, role};
use super::{Description, Target};
use crate::run::Inquiry;

/// First server version with ICU as a provider for databases, and with privileges on parameters.
const ICU_DATABASES: u32 = 150_000;
/// First server version that calls a database's locale after no provider.
const LOCALES: u32 = 170_000;

/// `\l[+] [pattern]`
pub(super) fn databases(target: &Target<'_>, inquiry: &mut Inquiry<'_>) -> Description {
    const NAMES: Names = Names { schema: "", name: "d.datname", other: "", visible: "" };
    let mut query = Query::of("pg_catalog.pg_database d", "1");
    query.column("Name", "d.datname");
    query.column("Owner", role("d.datdba"));
    query.columns(&[
        ("Encoding", "pg_catalog.pg_encoding_to_char(d.encoding)"),
        ("Collate", "d.datcollate"),
        ("Ctype", "d.datctype"),
    ]);
    query.column(
        "ICU Locale",
        match target.server.version {
            LOCALES.. => "d.datlocale",
            ICU_DATABASES.. => "d.daticulocale",
            _ => "d.datcollate",
        },
    );
    let provider = if target.server.version >= ICU_DATABASES {
        decoded("d.datlocprovider", &[("c", "libc"), ("i", "icu")])
    } else {
        "'libc'::pg_catalog.text".to_owned()
    };
    query.column("Locale Provider", provider);
    query.column("Access privileges", privileges("d.datacl"));
    if target.verbose {
        query.join("JOIN pg_catalog.pg_tablespace t ON t.oid = d.dattablespace");
        query.columns(&[
            (
                "Size",
                "CASE WHEN pg_catalog.has_database_privilege(d.oid, 'CONNECT') \
                 THEN pg_catalog.pg_size_pretty(pg_catalog.pg_database_size(d.oid)) ELSE 'No Access' END",
            ),
            ("Tablespace", "t.spcname"),
            ("Description", "pg_catalog.shobj_description(d.oid, 'pg_database')"),
        ]);
    }
    query.matching(&Pattern::read(target, NAMES, 1)?, target.server);
    query.shown("List of databases", inquiry)
}

/// `\db[+] [pattern]`
pub(super) fn tablespaces(target: &Target<'_>, inquiry: &mut Inquiry<'_>) -> Description {
    const NAMES: Names = Names { schema: "", name: "t.spcname", other: "", visible: "" };
    let mut query = Query::of("pg_catalog.pg_tablespace t", "1");
    query.column("Name", "t.spcname");
    query.column("Owner", role("t.spcowner"));
    query.column("Location", "pg_catalog.pg_tablespace_location(t.oid)");
    if target.verbose {
        query.column("Access privileges", privileges("t.spcacl"));
        query.columns(&[
            ("Options", "t.spcoptions"),
            ("Size", "pg_catalog.pg_size_pretty(pg_catalog.pg_tablespace_size(t.oid))"),
            ("Description", "pg_catalog.shobj_description(t.oid, 'pg_tablespace')"),
        ]);
    }
    query.matching(&Pattern::read(target, NAMES, 1)?, target.server);
    query.shown("List of tablespaces", inquiry)
}

/// `\dconfig[+] [pattern]`: without a pattern those that somebody has set.
pub(super) fn parameters(target: &Target<'_>, inquiry: &mut Inquiry<'_>) -> Description {
    const NAMES: Names = Names { schema: "", name: "pg_catalog.lower(s.name)", other: "", visible: "" };
    let mut query = Query::of("pg_catalog.pg_settings s", "1");
    query.columns(&[("Parameter", "s.name"), ("Value", "pg_catalog.current_setting(s.name)")]);
    if target.verbose {
        query.columns(&[("Type", "s.vartype"), ("Context", "s.context")]);
        if target.server.version >= ICU_DATABASES {
            query.join("LEFT JOIN pg_catalog.pg_parameter_acl p ON p.parname = pg_catalog.lower(s.name)");
            query.column("Access privileges", privileges("p.paracl"));
        }
    }
    let Some(_) = target.pattern() else {
        query.filter("s.source <> 'default'");
        query.filter("s.setting IS DISTINCT FROM s.boot_val");
        return query.shown("List of non-default configuration parameters", inquiry);
    };
    // Dots are part of these names.
    query.matching(&Pattern::read(target, NAMES, usize::MAX)?, target.server);
    query.shown("List of configuration parameters", inquiry)
}
