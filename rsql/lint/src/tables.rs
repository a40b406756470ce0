//! What a script reads and writes. Owns the search path and temporary tables.

use std::collections::BTreeSet;

use rsql_lang::walk::{Walk, What};
use rsql_sql::lineage::{self, Lineage, Table};
use serde::Serialize;

use crate::Reachable;

/// Where a name without schema is looked for while no search path is set.
const DEFAULT_SCHEMA: &str = "public";
/// Statements of a script that are parsed to see whether they are known.
const PARSED_MAX: usize = 1_000;

/// Tables and views by their names with schema; temporary ones are left out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Tables {
    /// Read.
    pub reads: BTreeSet<String>,
    /// Made, changed, filled, emptied or removed.
    pub writes: BTreeSet<String>,
    /// Names that depend on variables, as they are written.
    pub unresolved: BTreeSet<String>,
    /// Whether there are statements that were not understood.
    pub is_uncertain: bool,
}

/// The tables of the statements that can be reached.
pub(crate) fn of(walk: &Walk, reachable: &Reachable) -> Tables {
    let mut seen = Seen { schema: DEFAULT_SCHEMA.to_owned(), ..Seen::default() };
    for (item, _) in walk.items.iter().zip(reachable).filter(|(_, is_reached)| **is_reached) {
        match &item.what {
            What::Statement(statement) => statement.texts.iter().for_each(|text| seen.add(text)),
            What::Command(command) => command.copy.iter().for_each(|text| seen.add(text)),
            What::Start => {}
        }
    }
    seen.tables()
}

/// The tables of one text of SQL, such as a condition that a job waits for.
#[must_use]
pub fn of_sql(sql: &str) -> Tables {
    let mut seen = Seen { schema: DEFAULT_SCHEMA.to_owned(), ..Seen::default() };
    seen.add(sql.as_bytes());
    seen.tables()
}

#[derive(Default)]
struct Seen {
    schema: String,
    temporary: BTreeSet<String>,
    reads: BTreeSet<Name>,
    writes: BTreeSet<Name>,
    unresolved: BTreeSet<String>,
    is_uncertain: bool,
    /// Statements that have been parsed.
    parsed: usize,
}

/// A name with the schema in which it is looked for.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Name {
    schema: String,
    is_qualified: bool,
    name: String,
}

impl Seen {
    fn add(&mut self, sql: &[u8]) {
        let sql = String::from_utf8_lossy(sql);
        if let Some(schema) = search_path(&sql) {
            self.schema = schema;
            return;
        }
        let Lineage { reads, writes, temporary, unresolved, is_uncertain } = lineage::of(&sql);
        self.temporary.extend(temporary.into_iter().map(|table| table.name));
        let names = |tables: BTreeSet<Table>| -> Vec<Name> {
            tables.into_iter().map(|table| self.name(table)).collect()
        };
        let (reads, writes) = (names(reads), names(writes));
        // Parsing costs most of a check, and one statement that is not known is enough.
        if !self.is_uncertain && self.parsed < PARSED_MAX && !(reads.is_empty() && writes.is_empty()) {
            self.parsed += 1;
            self.is_uncertain = !lineage::is_parsed(&without_variables(&sql));
        }
        self.reads.extend(reads);
        self.writes.extend(writes);
        self.unresolved.extend(unresolved);
        self.is_uncertain |= is_uncertain;
    }

    fn name(&self, table: Table) -> Name {
        let is_qualified = table.schema.is_some();
        Name { schema: table.schema.unwrap_or_else(|| self.schema.clone()), is_qualified, name: table.name }
    }

    fn tables(self) -> Tables {
        let temporary = self.temporary;
        let lasting = |names: BTreeSet<Name>| {
            let names = names.into_iter().filter(|name| name.is_qualified || !temporary.contains(&name.name));
            names.map(|name| format!("{}.{}", name.schema, name.name)).collect()
        };
        Tables {
            reads: lasting(self.reads),
            writes: lasting(self.writes),
            unresolved: self.unresolved,
            is_uncertain: self.is_uncertain,
        }
    }
}

/// Unknown variables as values and names of their own, for the parser, which knows none: `:'x'` as `'x'`, `:x` as `x`.
fn without_variables(sql: &str) -> String {
    let mut plain = String::with_capacity(sql.len());
    let mut before = ' ';
    let mut rest = sql.chars().peekable();
    while let Some(c) = rest.next() {
        let begins = rest.peek().is_some_and(|next| next.is_alphanumeric() || "_'\"".contains(*next));
        // `::` casts.
        let is_variable = c == ':' && begins && before != ':';
        if !is_variable {
            plain.push(c);
        }
        before = c;
    }
    plain
}

/// The first schema of a `SET search_path`, which `"$user"` hardly ever is.
fn search_path(sql: &str) -> Option<String> {
    let mut words = sql.split(|c: char| c.is_whitespace() || matches!(c, '=' | ',' | ';' | '\'' | '"'));
    let mut words = words.by_ref().filter(|word| !word.is_empty()).map(str::to_lowercase);
    if words.next()? != "set" {
        return None;
    }
    let mut word = words.next()?;
    if matches!(word.as_str(), "local" | "session") {
        word = words.next()?;
    }
    (word == "search_path").then_some(())?;
    words.find(|word| word != "to" && word != "$user")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_taken_for_names_and_values() {
        let check = |sql: &str, expect: &str| assert_eq!(without_variables(sql), expect, "{sql}");
        check("a = :'b' and c = :d", "a = 'b' and c = d");
        check("a::int, b ::text, :\"c\"", "a::int, b ::text, \"c\"");
    }

    #[test]
    fn statements_with_variables_are_no_uncertain_ones() {
        assert!(!of_sql("insert into t values (:'a', :b)").is_uncertain);
        assert!(of_sql("insert into t blah blah blah :b").is_uncertain);
    }
}
