//! What a section of lines below a relation is, what sections share, and those that need no question of their own.

use std::collections::HashMap;

use super::{Fact, Relation};
use crate::commands::describe::{Server, Target};
use crate::outcome::Row;
use crate::print::Table;

/// Lines about one thing.
pub(super) struct Section {
    /// Which relations have it.
    pub(super) applies: fn(&Relation<'_>, &Target<'_>) -> bool,
    /// What is asked about all of them, whose ids are given as an array. The answer's first column is the id of a relation.
    pub(super) question: Option<fn(Server<'_>, &str) -> String>,
    /// The lines of one relation, from its rows of the answer.
    pub(super) lines: fn(&Relation<'_>, &[&Row], &Target<'_>) -> Vec<Vec<u8>>,
}

/// The ids of relations as an SQL array.
pub(super) fn ids<'r>(relations: impl Iterator<Item = &'r Relation<'r>>) -> String {
    let ids: Vec<_> =
        relations.map(|relation| crate::text::lossy(relation.fact(Fact::Id)).into_owned()).collect();
    format!("'{{{}}}'::pg_catalog.oid[]", ids.join(","))
}

/// The rows of an answer by the ids in its first column.
pub(super) fn by_relation(answer: &Table) -> HashMap<&[u8], Vec<&Row>> {
    let mut rows: HashMap<&[u8], Vec<&Row>> = HashMap::new();
    for row in &answer.rows {
        rows.entry(row.cell(0).unwrap_or_default()).or_default().push(row);
    }
    rows
}

/// A cell's text; NULL has none.
pub(super) fn text(row: &Row, index: usize) -> &[u8] {
    row.cell(index).unwrap_or_default()
}

/// Whether a cell is true.
pub(super) fn is_true(row: &Row, index: usize) -> bool {
    row.cell(index) == Some(b"t")
}

/// A line of these pieces.
pub(super) fn line(pieces: &[&[u8]]) -> Vec<u8> {
    pieces.concat()
}

/// A heading with a line for each row; nothing where there are none.
pub(super) fn headed(heading: &str, rows: &[&Row], shown: impl Fn(&Row) -> Vec<u8>) -> Vec<Vec<u8>> {
    if rows.is_empty() {
        return Vec::new();
    }
    let lines = rows.iter().map(|row| shown(row));
    std::iter::once(heading.as_bytes().to_vec()).chain(lines).collect()
}

/// One list over several lines: the label before the first, commas after all but the last.
pub(super) fn labelled(label: &str, items: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let last = items.len().saturating_sub(1);
    let indent = " ".repeat(label.len());
    let lines = items.iter().enumerate().map(|(index, item)| {
        let before = if index == 0 { format!("{label}: ") } else { format!("{indent}  ") };
        let after: &[u8] = if index < last { b"," } else { b"" };
        line(&[before.as_bytes(), item, after])
    });
    lines.collect()
}

/// What a definition says after its first `keyword`; all of it where that is missing.
pub(super) fn after<'d>(definition: &'d [u8], keyword: &[u8]) -> &'d [u8] {
    let found = definition.windows(keyword.len()).position(|window| window == keyword);
    found.map_or(definition, |start| &definition[start + keyword.len()..])
}

/// Of what type a table is, and how its rows are told apart when they are replicated.
pub(super) const KIND_OF_TABLE: Section = Section {
    applies: |relation, _| relation.is_any(b"rmfpIt"),
    question: None,
    lines: |relation, _, target| {
        let mut lines = Vec::new();
        let of_type = relation.fact(Fact::TypeOf);
        if !of_type.is_empty() {
            lines.push(line(&[b"Typed table of type: ", of_type]));
        }
        // The usual identity is not told; an index has its own mark.
        let usual: &[u8] = if relation.fact(Fact::Schema) == b"pg_catalog" { b"n" } else { b"d" };
        let identity = relation.fact(Fact::ReplicaIdentity);
        if target.verbose && relation.is_any(b"rm") && identity != usual && identity != b"i" {
            let identity: &[u8] = match identity {
                b"f" => b"FULL",
                b"n" => b"NOTHING",
                _ => b"???",
            };
            lines.push(line(&[b"Replica Identity: ", identity]));
        }
        lines
    },
};

/// Where and how a table is stored, as far as that is not the database's default.
pub(super) const STORAGE: Section = Section {
    applies: |relation, _| relation.is_any(b"rmfpIt"),
    question: None,
    lines: |relation, _, target| {
        let mut lines = Vec::new();
        let (tablespace, method) = (relation.fact(Fact::Tablespace), relation.fact(Fact::AccessMethod));
        if !tablespace.is_empty() && relation.is_any(b"rmpIt") {
            lines.push(line(&[b"Tablespace: \"", tablespace, b"\""]));
        }
        if target.verbose && !method.is_empty() && !target.hidden.access_methods {
            lines.push(line(&[b"Access method: ", method]));
        }
        lines
    },
};

/// Storage parameters.
pub(super) const OPTIONS: Section = Section {
    applies: |relation, target| target.verbose && !relation.fact(Fact::Options).is_empty(),
    question: None,
    lines: |relation, _, _| vec![line(&[b"Options: ", relation.fact(Fact::Options)])],
};
