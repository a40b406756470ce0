//! Relations on Amazon Redshift. Its catalogs began as those of PostgreSQL 8.0: tables have distribution, sort keys and
//! encodings, views may be bound late or be materialized, and external tables stand in views of their own.
//!
//! The leader's catalogs, the views over external tables and those over materialized views cannot be joined in one query, so
//! each is asked by itself. Names are not qualified: Redshift always searches its own catalog, whichever schema of it a
//! function or view is in.

mod columns;
mod external;
mod tables;

use super::lines::{by_relation, line, text};
use super::lists::{Kinds, RELATION_NAMES, listed, not_found};
use super::pattern::{Pattern, all_of};
use super::query::{Query, text_columns};
use super::{Description, Listing, Shown, Target};
use crate::outcome::Row;
use crate::run::{Inquiry, Interruption};
use crate::text::lossy;

/// Whether a view, whose definition is kept as it was written, is a materialized one.
const IS_MATERIALIZED: &str = "pg_get_viewdef(c.oid) ILIKE '%create materialized view%'";

/// The distribution of a table, as the documentation of `PG_CLASS_INFO` names its numbers.
const DISTRIBUTION: &str = "CASE WHEN i.reldiststyle = 0 THEN 'EVEN' WHEN i.reldiststyle = 1 THEN 'KEY' \
    WHEN i.reldiststyle = 8 THEN 'ALL' WHEN i.releffectivediststyle = 10 THEN 'AUTO (ALL)' \
    WHEN i.releffectivediststyle = 11 THEN 'AUTO (EVEN)' WHEN i.releffectivediststyle = 12 THEN 'AUTO (KEY)' END";

/// A relation of the leader's catalog.
#[derive(Debug, Clone, Copy)]
struct Relation<'a>(&'a Row);

impl<'a> Relation<'a> {
    fn id(&self) -> &'a [u8] {
        text(self.0, 0)
    }

    fn schema(&self) -> &'a [u8] {
        text(self.0, 1)
    }

    fn name(&self) -> &'a [u8] {
        text(self.0, 2)
    }

    fn is_table(&self) -> bool {
        text(self.0, 3) == b"r"
    }

    /// The query of a view; empty for all else.
    fn definition(&self) -> &'a [u8] {
        text(self.0, 4)
    }

    fn is_view_with(&self, words: &str) -> bool {
        lossy(self.definition()).to_ascii_lowercase().contains(words)
    }

    fn is_materialized(&self) -> bool {
        self.is_view_with("create materialized view")
    }

    /// Whether its columns are known only when it is used.
    fn is_late(&self) -> bool {
        self.is_view_with("with no schema binding")
    }

    fn title(&self) -> Vec<u8> {
        let kind = match text(self.0, 3) {
            b"r" => "Table",
            b"v" if self.is_materialized() => "Materialized view",
            b"v" => "View",
            b"i" => "Index",
            b"S" => "Sequence",
            b"c" => "Composite type",
            b"t" => "TOAST table",
            _ => "Relation",
        };
        titled(kind, self.schema(), self.name())
    }
}

fn titled(kind: &str, schema: &[u8], name: &[u8]) -> Vec<u8> {
    line(&[kind.as_bytes(), b" \"", schema, b".", name, b"\""])
}

/// `\d`, `\dt`, `\dv`, `\dm`, `\dE` and their mixtures.
pub(super) fn list(target: &Target<'_>, kinds: Kinds<'_>, inquiry: &mut Inquiry<'_>) -> Description {
    let pattern = Pattern::read(target, RELATION_NAMES, 3)?;
    let mut rows = Vec::new();
    if let Some(condition) = kind_condition(kinds) {
        let table = inquiry.ask(list_query(target, kinds, &pattern, &condition).sql())?;
        rows.extend(table.rows.iter().cloned());
    }
    if kinds.has('E') {
        rows.extend(external::list(target, kinds, inquiry)?);
    }
    rows.sort_by(|a, b| (text(a, 0), text(a, 1)).cmp(&(text(b, 0), text(b, 1))));
    let mut names = vec!["Schema", "Name", "Type", "Owner"];
    names.extend(details(target, kinds));
    let listing = Listing {
        title: Some("List of relations".into()),
        columns: text_columns(&names),
        rows,
        ..Listing::default()
    };
    listed(target, listing)
}

/// The columns of a list that `+` adds.
fn details(target: &Target<'_>, kinds: Kinds<'_>) -> Vec<&'static str> {
    let details = [("Distribution", 't'), ("Location", 'E')];
    let fitting = details.iter().filter(|(_, letter)| kinds.has(*letter)).map(|(name, _)| *name);
    let details: Vec<_> = fitting.chain(["Description"]).collect();
    if target.verbose { details } else { Vec::new() }
}

/// The relations of these kinds; none where only external tables are asked for.
fn kind_condition(kinds: Kinds<'_>) -> Option<String> {
    let mut conditions = Vec::new();
    for (letter, kind) in [('t', "r"), ('i', "i"), ('s', "S")] {
        if kinds.has(letter) {
            conditions.push(format!("c.relkind = '{kind}'"));
        }
    }
    match (kinds.has('v'), kinds.has('m')) {
        (true, true) => conditions.push("c.relkind = 'v'".to_owned()),
        (true, false) => conditions.push(format!("(c.relkind = 'v' AND NOT {IS_MATERIALIZED})")),
        (false, true) => conditions.push(format!("(c.relkind = 'v' AND {IS_MATERIALIZED})")),
        (false, false) => {}
    }
    (!conditions.is_empty()).then(|| format!("({})", conditions.join(" OR ")))
}

fn list_query(target: &Target<'_>, kinds: Kinds<'_>, pattern: &Pattern, condition: &str) -> Query {
    let mut query = Query::of("pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace", "1, 2");
    let kind = format!(
        "CASE c.relkind WHEN 'r' THEN 'table' WHEN 'i' THEN 'index' WHEN 'S' THEN 'sequence' \
         WHEN 'v' THEN CASE WHEN {IS_MATERIALIZED} THEN 'materialized view' ELSE 'view' END END"
    );
    query.columns(&[("Schema", "n.nspname"), ("Name", "c.relname")]);
    query.column("Type", kind);
    query.column("Owner", "pg_get_userbyid(c.relowner)");
    for detail in details(target, kinds) {
        let expression = match detail {
            "Distribution" => {
                query.join("LEFT JOIN pg_class_info i ON i.reloid = c.oid AND c.relkind = 'r'");
                DISTRIBUTION
            }
            "Description" => "obj_description(c.oid, 'pg_class')",
            _ => "NULL",
        };
        query.column(detail, expression);
    }
    query.filter(condition);
    query.without_system(target);
    query.matching(pattern, target.server);
    query
}

/// `\d[+] pattern`
pub(super) fn relations(target: &Target<'_>, inquiry: &mut Inquiry<'_>) -> Description {
    let pattern = Pattern::read(target, RELATION_NAMES, 3)?;
    let found = inquiry.ask(format!(
        "SELECT c.oid, n.nspname, c.relname, c.relkind, CASE WHEN c.relkind = 'v' THEN pg_get_viewdef(c.oid) END \
         FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace{} ORDER BY n.nspname, c.relname",
        all_of(&pattern.conditions(target.server))
    ))?;
    let relations: Vec<_> = found.rows.iter().map(Relation).collect();
    let mut shown = described(target, &relations, inquiry)?;
    // The search path does not lead to external tables.
    if pattern.is_qualified() {
        shown.extend(external::describe(target, inquiry)?);
    }
    if shown.is_empty() {
        return Err(not_found(target));
    }
    Ok(shown)
}

fn described(
    target: &Target<'_>,
    relations: &[Relation<'_>],
    inquiry: &mut Inquiry<'_>,
) -> Result<Vec<Shown>, Interruption> {
    if relations.is_empty() {
        return Ok(Vec::new());
    }
    let ids = ids(relations.iter());
    let answer = inquiry.ask(columns::question(&ids))?;
    let of_relation = by_relation(&answer);
    let late = columns::of_late_views(target, relations, inquiry)?;
    let facts = tables::Facts::ask(relations, inquiry)?;
    let states = tables::states(target, relations, inquiry)?;
    let shown = relations.iter().map(|relation| {
        let rows = of_relation.get(relation.id()).map(Vec::as_slice).unwrap_or_default();
        let mut listing = match relation.is_late() {
            true => columns::late_listing(relation, late.as_deref()),
            false => columns::listing(target, *relation, rows),
        };
        let mut footers = facts.lines(relation, rows);
        if relation.is_late() {
            footers.push(b"Late-binding view".to_vec());
        }
        footers.extend(tables::state(relation, states.as_deref()));
        if target.verbose && !relation.definition().is_empty() {
            footers.push(b"View definition:".to_vec());
            footers.push(relation.definition().to_vec());
        }
        listing.title = Some(relation.title());
        listing.footers = Some(footers);
        Shown::Upright(listing)
    });
    Ok(shown.collect())
}

/// The ids of relations as a list for `IN`.
fn ids<'r>(relations: impl Iterator<Item = &'r Relation<'r>>) -> String {
    relations.map(|relation| lossy(relation.id()).into_owned()).collect::<Vec<_>>().join(", ")
}
