//! What a section of lines below a relation is, and the sections that need no question of their own.

use super::{Fact, Relation};
use crate::commands::describe::lines::line;
use crate::commands::describe::{Server, Target};
use crate::outcome::Row;

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
