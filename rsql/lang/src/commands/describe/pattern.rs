//! Name patterns of the commands that describe: `schema.name` with `*` and `?`, quotes, and regular expressions outside of
//! them, as conditions of a query. Rules: psql's manual, "Patterns".

use super::{Server, Target};
use crate::outcome::ServerKind;
use crate::run::Interruption;
use crate::text::{lossy, sql_literal};

/// First server version whose expressions take a collation, which keeps a pattern from following the column's.
const COLLATIONS: u32 = 120_000;

/// The columns that a pattern is compared with; empty where there is none.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Names {
    /// Of the schema's name.
    pub(super) schema: &'static str,
    /// Of the name.
    pub(super) name: &'static str,
    /// Of another name that may match instead.
    pub(super) other: &'static str,
    /// A condition for names without schema: that they are visible.
    pub(super) visible: &'static str,
}

/// A pattern that was read.
#[derive(Debug, Clone)]
pub(super) struct Pattern {
    names: Names,
    /// Expressions of the schema and of the name; none where all match.
    schema: Option<String>,
    name: Option<String>,
    /// Whether a schema was written, be it `*`.
    qualified: bool,
    /// As it was written.
    pub(super) text: String,
}

impl Pattern {
    /// Reads the target's pattern, which may have so many parts between dots, the first of the most being the database.
    pub(super) fn read(target: &Target<'_>, names: Names, parts_max: usize) -> Result<Self, Interruption> {
        Self::of(target.pattern(), names, parts_max, target.server)
    }

    /// The same for any pattern; none matches all that is visible.
    pub(super) fn of(
        pattern: Option<&[u8]>,
        names: Names,
        parts_max: usize,
        server: Server<'_>,
    ) -> Result<Self, Interruption> {
        Self::with(pattern, names, parts_max, server, Special::Expressions)
    }

    /// Reads the target's pattern as names of operators, whose characters would else be expressions.
    pub(super) fn of_operators(target: &Target<'_>, names: Names) -> Result<Self, Interruption> {
        Self::with(target.pattern(), names, 3, target.server, Special::Plain)
    }

    fn with(
        pattern: Option<&[u8]>,
        names: Names,
        parts_max: usize,
        server: Server<'_>,
        special: Special,
    ) -> Result<Self, Interruption> {
        let Some(pattern) = pattern else {
            return Ok(Self { names, schema: None, name: None, qualified: false, text: String::new() });
        };
        let text = in_utf8(pattern)?.to_owned();
        let mut parts = expressions(&text, special);
        if parts.len() > parts_max {
            let message = format!("improper qualified name (too many dotted names): {text}");
            return Err(Interruption::Failed(message));
        }
        // Where nothing but a name is known, psql takes no database to be this one.
        let one_name = names.schema.is_empty();
        if parts.len() > 1 && parts.len() == parts_max {
            let database = parts.remove(0);
            if one_name || database.literal != server.database {
                let message = format!("cross-database references are not implemented: {text}");
                return Err(Interruption::Failed(message));
            }
        }
        if one_name {
            // The dots of what has no schema belong to its name.
            let whole: Vec<_> = parts.drain(..).map(|part| part.expression).collect();
            let whole = whole.join(".").replace(")$.^(", ".");
            parts.push(Part { expression: whole, literal: String::new() });
        }
        let name = parts.pop().map(|part| part.expression);
        let schema = parts.pop().map(|part| part.expression);
        let qualified = schema.is_some();
        let matters = |expression: &String| expression != "^(.*)$";
        Ok(Self { names, schema: schema.filter(matters), name: name.filter(matters), qualified, text })
    }

    /// Whether a schema was written.
    pub(super) fn is_qualified(&self) -> bool {
        self.qualified
    }

    /// The conditions that it stands for.
    pub(super) fn conditions(&self, server: Server<'_>) -> Vec<String> {
        let collation = if server.version >= COLLATIONS { " COLLATE pg_catalog.default" } else { "" };
        let matches = |column: &str, expression: &str| {
            let literal = literal(expression, server);
            format!("{column} OPERATOR(pg_catalog.~) {literal}{collation}")
        };
        let mut conditions = Vec::new();
        if let Some(name) = &self.name {
            let own = matches(self.names.name, name);
            conditions.push(match self.names.other {
                "" => own,
                other => format!("({own} OR {})", matches(other, name)),
            });
        }
        match &self.schema {
            Some(schema) => conditions.push(matches(self.names.schema, schema)),
            None if !self.qualified && !self.names.visible.is_empty() => {
                conditions.push(self.names.visible.to_owned());
            }
            None => {}
        }
        conditions
    }
}

/// A name to look for, which goes into a question that is UTF-8.
///
/// # Errors
/// When it has bytes of another client encoding.
pub(super) fn in_utf8(name: &[u8]) -> Result<&str, Interruption> {
    std::str::from_utf8(name).map_err(|_| {
        let message =
            format!("{}: a name to look for must be UTF-8; set \\encoding UTF8 for it", lossy(name));
        Interruption::Failed(message)
    })
}

/// A text as a literal of this server.
pub(super) fn literal(text: &str, server: Server<'_>) -> String {
    let literal = sql_literal(text.as_bytes());
    let literal = lossy(&literal).trim_start().to_owned();
    match (server.kind, literal.strip_prefix('E')) {
        // Its plain literals have escapes, and it knows no `E''`, which came with PostgreSQL 8.1.
        (ServerKind::Redshift, Some(plain)) => plain.to_owned(),
        _ => literal,
    }
}

/// A `WHERE` clause of all conditions; nothing when there are none.
pub(super) fn all_of(conditions: &[String]) -> String {
    if conditions.is_empty() { String::new() } else { format!(" WHERE {}", conditions.join(" AND ")) }
}

/// What the characters of regular expressions are, outside of quotes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Special {
    /// Themselves.
    Plain,
    Expressions,
}

/// One part of a pattern between dots.
#[derive(Debug, PartialEq, Eq)]
struct Part {
    /// As a regular expression over whole names.
    expression: String,
    /// Its characters, folded, without quotes.
    literal: String,
}

/// The parts of a pattern as regular expressions. Letters outside of quotes are folded, `*` and `?` stand for any text and any
/// character; a `$` is always itself, as are all characters in quotes.
fn expressions(pattern: &str, special: Special) -> Vec<Part> {
    let mut parts = Vec::new();
    let (mut expression, mut literal) = (String::new(), String::new());
    let mut quoted = false;
    let mut characters = pattern.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '"' if quoted && characters.peek() == Some(&'"') => {
                characters.next();
                expression.push('"');
                literal.push('"');
            }
            '"' => quoted = !quoted,
            '.' if !quoted => {
                let (expression, literal) = (std::mem::take(&mut expression), std::mem::take(&mut literal));
                parts.push(Part { expression: format!("^({expression})$"), literal });
            }
            '*' if !quoted => {
                expression.push_str(".*");
                literal.push('*');
            }
            '?' if !quoted => {
                expression.push('.');
                literal.push('?');
            }
            _ => {
                let shown = if quoted { character } else { character.to_ascii_lowercase() };
                let array = character == '[' && characters.peek() == Some(&']');
                let plain = quoted || special == Special::Plain;
                let special = plain && "|*+?()[]{}.^\\".contains(character);
                if special || character == '$' || array {
                    expression.push('\\');
                }
                expression.push(shown);
                literal.push(shown);
            }
        }
    }
    parts.push(Part { expression: format!("^({expression})$"), literal });
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_become_expressions() {
        let check = |pattern: &str, expect: &[&str]| {
            let parts: Vec<_> =
                expressions(pattern, Special::Expressions).into_iter().map(|part| part.expression).collect();
            assert_eq!(parts, expect, "{pattern}");
        };
        check("a", &["^(a)$"]);
        check("A*.B?", &["^(a.*)$", "^(b.)$"]);
        check("\"A.b\"", &["^(A\\.b)$"]);
        check("\"x\"\"y\"", &["^(x\"y)$"]);
        check("a$b", &["^(a\\$b)$"]);
        check("a[]", &["^(a\\[])$"]);
        check("x|y", &["^(x|y)$"]);
        check(".", &["^()$", "^()$"]);
        check("a\"b.c\"d", &["^(ab\\.cd)$"]);
        assert_eq!(expressions("||*", Special::Plain)[0].expression, "^(\\|\\|.*)$");
    }
}
