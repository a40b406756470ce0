//! `\d pattern`: relations in full. Each is a table of its columns with lines below it; the lines come in sections, in psql's
//! order, and each section asks once for all relations that it is about.

mod columns;
mod constraints;
mod family;
mod indexes;
mod observers;
mod rules;
mod section;
mod sequences;

use super::lines::{by_relation, line};
use super::lists::{Kinds, RELATION_NAMES, list, not_found};
use super::pattern::{Pattern, all_of};
use super::{Description, Listing, Shown, Target};
use crate::outcome::{Row, ServerKind};
use crate::run::Inquiry;
use section::{Section, ids};

/// The lines below a relation.
const SECTIONS: [Section; 21] = [
    family::PARTITION_OF,
    family::PARTITION_KEY,
    family::TOAST_OWNER,
    indexes::FACTS,
    indexes::INDEXES,
    constraints::CHECKS,
    constraints::FOREIGN_KEYS,
    constraints::REFERENCES,
    constraints::POLICIES,
    observers::STATISTICS,
    rules::OF_TABLES,
    observers::PUBLICATIONS,
    rules::VIEW_DEFINITION,
    rules::OF_VIEWS,
    rules::TRIGGERS,
    family::SERVER,
    family::PARENTS,
    family::CHILDREN,
    section::KIND_OF_TABLE,
    section::STORAGE,
    section::OPTIONS,
];

/// A relation that was found.
#[derive(Debug, Clone, Copy)]
struct Relation<'a>(&'a Row);

/// What is asked of each relation first; the order is that of the question.
#[derive(Debug, Clone, Copy)]
enum Fact {
    Id,
    Schema,
    Name,
    /// `pg_class.relkind`
    Kind,
    Unlogged,
    Indexed,
    Checked,
    Triggered,
    Ruled,
    Secured,
    /// Row security binds its owner, too.
    Forced,
    Partition,
    ReplicaIdentity,
    /// The type of a typed table.
    TypeOf,
    Tablespace,
    AccessMethod,
    Options,
}

/// The expressions of `Fact`.
const FACTS: &str = "c.oid, n.nspname, c.relname, c.relkind, c.relpersistence = 'u', c.relhasindex, c.relchecks > 0, \
    c.relhastriggers, c.relhasrules, c.relrowsecurity, c.relforcerowsecurity, c.relispartition, c.relreplident, \
    CASE WHEN c.reloftype <> 0 THEN c.reloftype::pg_catalog.regtype::pg_catalog.text END, space.spcname, am.amname, \
    pg_catalog.array_to_string(c.reloptions || ARRAY(\
    SELECT 'toast.' || one FROM pg_catalog.unnest(toast.reloptions) one), ', ')";

impl<'a> Relation<'a> {
    fn fact(&self, fact: Fact) -> &'a [u8] {
        self.0.cell(fact as usize).unwrap_or_default()
    }

    fn is(&self, fact: Fact) -> bool {
        self.fact(fact) == b"t"
    }

    fn kind(&self) -> u8 {
        self.fact(Fact::Kind).first().copied().unwrap_or_default()
    }

    /// Whether it is of one of these kinds.
    fn is_any(&self, kinds: &[u8]) -> bool {
        kinds.contains(&self.kind())
    }

    /// Whether it is what has indexes, constraints and the like.
    fn is_table(&self) -> bool {
        self.is_any(b"rmfpt")
    }

    /// Its kind, as titles have it.
    fn title(&self) -> Vec<u8> {
        let kind = match self.kind() {
            b'r' => "table",
            b'p' => "partitioned table",
            b'm' => "materialized view",
            b'i' => "index",
            b'I' => "partitioned index",
            b'S' => "sequence",
            b'v' => "view",
            b't' => "TOAST table",
            b'c' => "composite type",
            b'f' => "foreign table",
            _ => "",
        };
        let words = match kind {
            "" => format!("?{}?", char::from(self.kind())),
            _ if self.is(Fact::Unlogged) && self.is_any(b"rpmiIS") => format!("Unlogged {kind}"),
            _ => format!("{}{}", kind[..1].to_uppercase(), &kind[1..]),
        };
        line(&[words.as_bytes(), b" \"", self.fact(Fact::Schema), b".", self.fact(Fact::Name), b"\""])
    }
}

/// `\d[S+] [pattern]`; without a pattern, the usual list.
pub(super) fn relations(target: &Target<'_>, inquiry: &mut Inquiry<'_>) -> Description {
    if target.pattern().is_none() {
        return list(target, Kinds::usual(target.server.kind), inquiry);
    }
    if target.server.kind == ServerKind::Redshift {
        return super::redshift::relations(target, inquiry);
    }
    let pattern = Pattern::read(target, RELATION_NAMES, 3)?;
    let found = inquiry.ask(format!(
        "SELECT {FACTS} FROM pg_catalog.pg_class c LEFT JOIN pg_catalog.pg_namespace n ON c.relnamespace = n.oid \
         LEFT JOIN pg_catalog.pg_class toast ON toast.oid = c.reltoastrelid \
         LEFT JOIN pg_catalog.pg_tablespace space ON space.oid = c.reltablespace \
         LEFT JOIN pg_catalog.pg_am am ON am.oid = c.relam{} ORDER BY n.nspname, c.relname",
        all_of(&pattern.conditions(target.server))
    ))?;
    let relations: Vec<Relation<'_>> = found.rows.iter().map(Relation).collect();
    if relations.is_empty() {
        return Err(not_found(target));
    }
    let mut shown: Vec<Option<Shown>> = sequences::describe(&relations, inquiry)?;
    let mut grids = columns::describe(target, &relations, inquiry)?;
    let lines = lines_below(target, &relations, inquiry)?;
    for (index, footers) in lines.into_iter().enumerate() {
        if shown[index].is_none() {
            let listing = Listing {
                title: Some(relations[index].title()),
                footers: Some(footers),
                ..std::mem::take(&mut grids[index])
            };
            shown[index] = Some(Shown::Upright(listing));
        }
    }
    Ok(shown.into_iter().flatten().collect())
}

/// The lines below each relation.
fn lines_below(
    target: &Target<'_>,
    relations: &[Relation<'_>],
    inquiry: &mut Inquiry<'_>,
) -> Result<Vec<Vec<Vec<u8>>>, crate::run::Interruption> {
    let mut lines = vec![Vec::new(); relations.len()];
    for section in &SECTIONS {
        let about: Vec<_> = relations
            .iter()
            .enumerate()
            .filter(|(_, relation)| relation.kind() != b'S' && (section.applies)(relation, target))
            .collect();
        if about.is_empty() {
            continue;
        }
        let answer = match section.question {
            Some(question) => {
                let ids = ids(about.iter().map(|(_, relation)| *relation));
                Some(inquiry.ask(question(target.server, &ids))?)
            }
            None => None,
        };
        let rows = answer.as_deref().map(by_relation).unwrap_or_default();
        for (index, relation) in about {
            let own = rows.get(relation.fact(Fact::Id)).map(Vec::as_slice).unwrap_or_default();
            lines[index].extend((section.lines)(relation, own, target));
        }
    }
    Ok(lines)
}
