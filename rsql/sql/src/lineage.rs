//! Which tables and views a statement reads and writes, by its tokens. Owns what counts as which. Knows neither the search
//! path nor which temporary tables there are: names are given as they are written, folded to lower case as Redshift does.
//!
//! Tokens rather than a parse: whatever Redshift takes must give an answer, if perhaps a rough one. Statements that the parser
//! does not know can be told apart ([`is_parsed`]).

mod query;
mod statements;
mod tokens;

use std::collections::BTreeSet;
use std::fmt;

use sqlparser::dialect::RedshiftSqlDialect;
use sqlparser::parser::Parser;

/// Longest statement that is parsed to see whether it is known.
const PARSED_BYTES_MAX: usize = 64 * 1024;

/// A table or view, in lower case.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Table {
    /// What stands before the name: a schema, with its database where that is written.
    pub schema: Option<String>,
    /// The name.
    pub name: String,
}

/// What a text of SQL does to tables.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lineage {
    /// Tables whose rows or columns it looks at.
    pub reads: BTreeSet<Table>,
    /// Tables that it makes, changes, fills, empties or removes.
    pub writes: BTreeSet<Table>,
    /// Temporary tables that it makes; those named `#…` wherever they are named.
    pub temporary: BTreeSet<Table>,
    /// Names that hold unknown variables, as they are written.
    pub unresolved: BTreeSet<String>,
    /// Whether some of it was not understood.
    pub is_uncertain: bool,
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.schema {
            Some(schema) => write!(f, "{schema}.{}", self.name),
            None => f.write_str(&self.name),
        }
    }
}

/// What this text does, which may hold several statements.
#[must_use]
pub fn of(sql: &str) -> Lineage {
    let mut lineage = Lineage::default();
    match tokens::read(sql) {
        Some(tokens) => statements::all(&tokens, &mut lineage),
        None => lineage.is_uncertain = true,
    }
    // System tables belong to nobody's job.
    lineage.reads.retain(|table| !is_system(table));
    lineage
}

/// Whether the parser knows this text, so that its [`Lineage`] can be relied on. Costs far more than the lineage.
#[must_use]
pub fn is_parsed(sql: &str) -> bool {
    sql.len() <= PARSED_BYTES_MAX && Parser::parse_sql(&RedshiftSqlDialect {}, sql).is_ok()
}

fn is_system(table: &Table) -> bool {
    const SCHEMAS: [&str; 2] = ["pg_catalog", "information_schema"];
    const PREFIXES: [&str; 8] = ["pg_", "stl_", "stv_", "svl_", "svv_", "svcs_", "sys_", "stcs_"];
    match &table.schema {
        Some(schema) => SCHEMAS.contains(&schema.as_str()),
        None => table.name == "dual" || PREFIXES.iter().any(|prefix| table.name.starts_with(prefix)),
    }
}

#[cfg(test)]
mod tests;
