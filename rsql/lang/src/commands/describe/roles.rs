//! `\du`, `\dg`, `\drds`: roles with their attributes, and settings of roles and databases.

use super::pattern::{Names, Pattern};
use super::query::{Query, privileges, text_columns};
use super::{Description, Listing, Shown, Target};
use crate::outcome::Row;
use crate::run::Inquiry;
use crate::text::{leading_integer, lossy};

const ROLES: Names = Names { schema: "", name: "r.rolname", other: "", visible: "" };

/// Attributes in the order in which they are told: the value of the answer's column that has them, and their words.
const ATTRIBUTES: [(&[u8], &str); 7] = [
    (b"t", "Superuser"),
    (b"f", "No inheritance"),
    (b"t", "Create role"),
    (b"t", "Create DB"),
    (b"f", "Cannot login"),
    (b"t", "Replication"),
    (b"t", "Bypass RLS"),
];
/// Columns of the answer: the name, then the attributes in order, then these.
const FIRST_ATTRIBUTE: usize = 1;
const LIMIT: usize = FIRST_ATTRIBUTE + ATTRIBUTES.len();
const VALID: usize = LIMIT + 1;
const MEMBER: usize = LIMIT + 2;
const DESCRIPTION: usize = LIMIT + 3;

/// `\du[S+] [pattern]`
pub(super) fn roles(target: &Target<'_>, inquiry: &mut Inquiry<'_>) -> Description {
    let mut query = Query::of("pg_catalog.pg_roles r", "1");
    query.columns(&[
        ("name", "r.rolname"),
        ("super", "r.rolsuper"),
        ("inherit", "r.rolinherit"),
        ("createrole", "r.rolcreaterole"),
        ("createdb", "r.rolcreatedb"),
        ("login", "r.rolcanlogin"),
        ("replication", "r.rolreplication"),
        ("bypassrls", "r.rolbypassrls"),
        ("connections", "r.rolconnlimit"),
        ("valid", "r.rolvaliduntil"),
        (
            "member",
            "ARRAY(SELECT g.rolname FROM pg_catalog.pg_auth_members m \
             JOIN pg_catalog.pg_roles g ON g.oid = m.roleid WHERE m.member = r.oid)",
        ),
    ]);
    let mut headings = vec!["Role name", "Attributes", "Member of"];
    if target.verbose {
        query.column("description", "pg_catalog.shobj_description(r.oid, 'pg_authid')");
        headings.push("Description");
    }
    if !target.system && target.pattern().is_none() {
        query.filter("r.rolname !~ '^pg_'");
    }
    query.matching(&Pattern::read(target, ROLES, 1)?, target.server);
    let answer = inquiry.ask(query.sql())?;
    let rows = answer.rows.iter().map(|role| {
        let mut row = Row::default();
        row.push(role.cell(0));
        row.push(Some(attributes(role).as_bytes()));
        row.push(role.cell(MEMBER));
        if target.verbose {
            row.push(role.cell(DESCRIPTION));
        }
        row
    });
    Ok(vec![Shown::Table(Listing {
        title: Some("List of roles".into()),
        columns: text_columns(&headings),
        rows: rows.collect(),
        footers: Some(Vec::new()),
    })])
}

/// What a role may do and may not, as lines.
fn attributes(role: &Row) -> String {
    let told = ATTRIBUTES.iter().enumerate();
    let told = told.filter(|(index, (value, _))| role.cell(FIRST_ATTRIBUTE + index) == Some(value));
    let words: Vec<&str> = told.map(|(_, (_, words))| *words).collect();
    let mut lines = vec![words.join(", ")];
    match role.cell(LIMIT).map_or(-1, leading_integer) {
        ..0 => {}
        0 => lines.push("No connections".to_owned()),
        1 => lines.push("1 connection".to_owned()),
        limit => lines.push(format!("{limit} connections")),
    }
    if let Some(until) = role.cell(VALID).filter(|until| !until.is_empty()) {
        lines.push(format!("Password valid until {}", lossy(until)));
    }
    lines.retain(|line| !line.is_empty());
    lines.join("\n")
}

/// `\drds [role-pattern [database-pattern]]`
pub(super) fn settings(target: &Target<'_>, inquiry: &mut Inquiry<'_>) -> Description {
    const DATABASES: Names = Names { schema: "", name: "d.datname", other: "", visible: "" };
    let mut query = Query::of(
        "pg_catalog.pg_db_role_setting s LEFT JOIN pg_catalog.pg_database d ON d.oid = s.setdatabase \
         LEFT JOIN pg_catalog.pg_roles r ON r.oid = s.setrole",
        "1, 2",
    );
    query.columns(&[("Role", "r.rolname"), ("Database", "d.datname")]);
    query.column("Settings", privileges("s.setconfig"));
    let database = target.args.get(1).copied().flatten();
    query.matching(&Pattern::read(target, ROLES, 1)?, target.server);
    query.matching(&Pattern::of(database, DATABASES, 1, target.server)?, target.server);
    let listing = query.listing("List of settings", inquiry)?;
    if !listing.rows.is_empty() || target.quiet {
        return Ok(vec![Shown::Table(listing)]);
    }
    let (role, database) = (target.pattern().map(lossy), database.map(lossy));
    Ok(vec![Shown::Error(match (role, database) {
        (Some(role), Some(database)) => {
            format!("Did not find any settings for role \"{role}\" and database \"{database}\".")
        }
        (Some(role), None) => format!("Did not find any settings for role \"{role}\"."),
        _ => "Did not find any settings.".to_owned(),
    })])
}
