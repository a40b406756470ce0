//! Types that PostgreSQL calls otherwise or does not have.

use super::rewriter::Rewriter;
use super::tokens::Kind;

/// What becomes of the bracket after a type's name.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Length {
    Kept,
    Dropped,
}

/// Redshift's name, PostgreSQL's, and whether that has a length, too.
const TYPES: &[(&str, &str, Length)] = &[
    ("super", "jsonb", Length::Dropped),
    ("nvarchar", "varchar", Length::Kept),
    ("nchar", "char", Length::Kept),
    ("varbyte", "bytea", Length::Dropped),
    ("varbinary", "bytea", Length::Dropped),
    ("hllsketch", "bytea", Length::Dropped),
    ("datetime", "timestamp", Length::Kept),
    ("smalldatetime", "timestamp", Length::Kept),
];

/// Words with which a type may begin, for the two-argument form of CONVERT.
const BEGINNINGS: &[&str] = &[
    "bigint",
    "bool",
    "boolean",
    "bpchar",
    "char",
    "character",
    "date",
    "decimal",
    "double",
    "float",
    "float4",
    "float8",
    "int",
    "int2",
    "int4",
    "int8",
    "integer",
    "numeric",
    "real",
    "smallint",
    "text",
    "time",
    "timestamp",
    "timestamptz",
    "timetz",
    "varchar",
];

impl Rewriter<'_> {
    /// Writes a type that begins at `i`, as far as it is to be said otherwise; gives the token after what was written.
    pub(super) fn type_name(&mut self, i: usize, to: usize) -> Option<usize> {
        if self.source.kind(i) != Some(Kind::Word) || i >= to {
            return None;
        }
        let word = self.source.token(i).to_ascii_lowercase();
        let (_, name, length) = TYPES.iter().find(|(known, _, _)| *known == word)?;
        self.replace(i, name);
        match self.closing(i + 1, to) {
            Some(close) if *length == Length::Dropped => Some(close + 1),
            _ => Some(i + 1),
        }
    }

    /// Whether a type may begin at `i`.
    pub(super) fn begins_type(&self, i: usize) -> bool {
        let word = self.source.token(i).to_ascii_lowercase();
        BEGINNINGS.contains(&word.as_str()) || TYPES.iter().any(|(known, _, _)| *known == word)
    }
}
