//! `\du`, `\dg`, `\drds` on Redshift: users with their groups and roles, groups, settings of users and databases.

use super::super::pattern::{Names, Pattern};
use super::super::query::{Query, privileges, text_columns};
use super::super::{Description, Listing, Shown, Target};
use super::cell_of;
use crate::outcome::Row;
use crate::print::Table;
use crate::run::Inquiry;
use crate::text::lossy;

const fn named(name: &'static str) -> Names {
    Names { schema: "", name, other: "", visible: "" }
}

/// `\du[+] [pattern]`
pub(super) fn users(target: &Target<'_>, inquiry: &mut Inquiry<'_>) -> Description {
    let mut query = Query::of("svv_user_info u", "1");
    query.columns(&[
        ("name", "u.user_name"),
        ("super", "u.superuser"),
        ("createdb", "u.createdb"),
        ("connections", "u.connection_limit"),
        ("syslog", "u.syslog_access"),
    ]);
    query.matching(&Pattern::read(target, named("u.user_name"), 1)?, target.server);
    let users = inquiry.ask(query.sql())?;
    let mut passwords = Query::of("pg_user u", "1");
    passwords.columns(&[("user", "u.usename"), ("until", "u.valuntil")]);
    let passwords = inquiry.ask(passwords.sql())?;

    let mut groups = Query::of("pg_group g, pg_user u", "1, 2");
    groups.columns(&[("user", "u.usename"), ("group", "g.groname")]);
    groups.filter("u.usesysid = ANY (g.grolist)");
    let groups = inquiry.ask(groups.sql())?;
    let mut roles = Query::of("svv_user_grants r", "1, 2");
    roles.columns(&[("user", "r.user_name"), ("role", "r.role_name")]);
    let roles = inquiry.ask(roles.sql())?;

    let mut headings = vec!["User name", "Attributes", "Groups", "Roles"];
    if target.verbose {
        headings.push("System log");
    }
    let rows = users.rows.iter().map(|user| {
        let mut row = Row::default();
        row.push(user.cell(0));
        row.push(Some(attributes(user, cell_of(&passwords, user.cell(0), 1)).as_bytes()));
        row.push(Some(members(&groups, user.cell(0)).as_bytes()));
        row.push(Some(members(&roles, user.cell(0)).as_bytes()));
        if target.verbose {
            row.push(user.cell(4));
        }
        row
    });
    Ok(vec![Shown::Table(Listing {
        title: Some("List of users".into()),
        columns: text_columns(&headings),
        rows: rows.collect(),
        footers: Some(Vec::new()),
    })])
}

/// What a user may do, and until when the password counts, as lines; worded as for roles of PostgreSQL.
fn attributes(user: &Row, until: Option<&[u8]>) -> String {
    let mut words = Vec::new();
    for (index, word) in [(1, "Superuser"), (2, "Create DB")] {
        if user.cell(index) == Some(b"t") {
            words.push(word);
        }
    }
    let mut lines = vec![words.join(", ")];
    match user.cell(3).map(lossy).as_deref() {
        None | Some("" | "-1" | "UNLIMITED") => {}
        Some("0") => lines.push("No connections".to_owned()),
        Some("1") => lines.push("1 connection".to_owned()),
        Some(limit) => lines.push(format!("{limit} connections")),
    }
    if let Some(until) = until.filter(|until| !until.is_empty() && *until != b"infinity") {
        lines.push(format!("Password valid until {}", lossy(until)));
    }
    lines.retain(|line| !line.is_empty());
    lines.join("\n")
}

/// The second cells of the rows that begin with this one.
fn members(table: &Table, of: Option<&[u8]>) -> String {
    let own = table.rows.iter().filter(|row| row.cell(0) == of);
    let names: Vec<_> = own.filter_map(|row| row.cell(1)).map(lossy).collect();
    names.join(", ")
}

/// `\dg[+] [pattern]`
pub(super) fn groups(target: &Target<'_>, inquiry: &mut Inquiry<'_>) -> Description {
    let mut query = Query::of("pg_group g", "1");
    query.columns(&[("Group name", "g.groname"), ("Group ID", "g.grosysid")]);
    query.matching(&Pattern::read(target, named("g.groname"), 1)?, target.server);
    let found = inquiry.ask(query.sql())?;
    let mut users = Query::of("pg_group g, pg_user u", "1, 2");
    users.columns(&[("group", "g.groname"), ("user", "u.usename")]);
    users.filter("u.usesysid = ANY (g.grolist)");
    let users = inquiry.ask(users.sql())?;
    let mut listing = Listing::of("List of groups", &found);
    listing.columns.extend(text_columns(&["Users"]));
    for row in &mut listing.rows {
        let users = members(&users, row.cell(0));
        row.push(Some(users.as_bytes()));
    }
    Ok(vec![Shown::Table(listing)])
}

/// `\drds [user-pattern [database-pattern]]`
pub(super) fn settings(target: &Target<'_>, inquiry: &mut Inquiry<'_>) -> Description {
    let database = target.args.get(1).copied().flatten();
    let mut users = Query::of("pg_user u", "1, 2");
    users.column("User", "u.usename::pg_catalog.text");
    users.column("Database", "NULL::pg_catalog.text");
    users.column("Settings", privileges("u.useconfig"));
    users.filter("u.useconfig IS NOT NULL");
    users.matching(&Pattern::read(target, named("u.usename"), 1)?, target.server);
    let databases = Pattern::of(database, named("d.datname"), 1, target.server)?;
    // Settings are of a user or of a database, never of both.
    if database.is_some() {
        users.filter("false");
    }
    let mut listing = users.listing("List of settings", inquiry)?;
    if target.pattern().is_none_or(|pattern| pattern == b"*") {
        let mut query = Query::of("pg_database d", "1, 2");
        query.column("User", "NULL::pg_catalog.text");
        query.column("Database", "d.datname::pg_catalog.text");
        query.column("Settings", privileges("d.datconfig"));
        query.filter("d.datconfig IS NOT NULL");
        query.matching(&databases, target.server);
        listing.rows.extend(inquiry.ask(query.sql())?.rows.iter().cloned());
    }
    Ok(vec![Shown::Table(listing)])
}
