//! Texts of help: options, meta-commands, special variables, and the syntax of Redshift's statements.
//!
//! Says what exists; it does not know whether a command works on the server at hand.

/// `rsql --help`, `\? options`.
pub const OPTIONS: &str = include_str!("help/options.txt");
/// `rsql --help=commands`, `\?`.
pub const COMMANDS: &str = include_str!("help/commands.txt");
/// `rsql --help=variables`, `\? variables`.
pub const VARIABLES: &str = include_str!("help/variables.txt");
/// Statements, in blocks of name, purpose and syntax, by name.
const SQL: &str = include_str!("help/sql.txt");

/// Columns of a name in the list of statements: the longest has 25.
const NAME_COLUMNS: usize = 28;
/// Width of that list, which has to fit on any terminal.
const LIST_COLUMNS: usize = 80;

/// One statement of SQL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Statement {
    pub(crate) name: &'static str,
    purpose: &'static str,
    syntax: &'static str,
}

/// All statements there is help for.
pub(crate) fn statements() -> impl Iterator<Item = Statement> {
    SQL.split("\n\n").filter_map(|block| {
        let (name, rest) = block.split_once('\n')?;
        let (purpose, syntax) = rest.split_once('\n')?;
        Some(Statement { name, purpose, syntax: syntax.trim_end() })
    })
}

/// Names of all statements there is help for, in capitals.
pub fn statement_names() -> impl Iterator<Item = &'static str> {
    statements().map(|statement| statement.name)
}

/// `\h` alone: the names of all statements.
pub(crate) fn sql_index() -> String {
    let mut text = "Statements with help:\n".to_owned();
    let names: Vec<&str> = statements().map(|statement| statement.name).collect();
    for row in names.chunks(LIST_COLUMNS / NAME_COLUMNS) {
        let cells: String = row.iter().map(|name| format!("{name:<NAME_COLUMNS$}")).collect();
        text.push_str(&format!("  {}\n", cells.trim_end()));
    }
    text
}

/// `\h TOPIC`: the statements that it means; `*` means all. Words at its end that name none are left out one by one, so that
/// a whole statement may be given.
pub(crate) fn sql(topic: &str) -> Option<String> {
    let words: Vec<&str> = topic.split_whitespace().collect();
    if words == ["*"] {
        return Some(statements().map(shown).collect());
    }
    (1..=words.len()).rev().find_map(|count| {
        let wanted = words[..count].join(" ").to_ascii_uppercase();
        let exact: Vec<Statement> = statements().filter(|statement| statement.name == wanted).collect();
        let found = if exact.is_empty() { beginning_with(&wanted) } else { exact };
        (!found.is_empty()).then(|| found.into_iter().map(shown).collect())
    })
}

fn beginning_with(wanted: &str) -> Vec<Statement> {
    statements().filter(|statement| statement.name.starts_with(wanted)).collect()
}

fn shown(statement: Statement) -> String {
    let Statement { name, purpose, syntax } = statement;
    format!("Command:     {name}\nDescription: {purpose}\nSyntax:\n{syntax}\n\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_statement_has_name_purpose_and_syntax() {
        let all: Vec<Statement> = statements().collect();
        assert!(all.len() >= 40, "{}", all.len());
        assert_eq!(all.len(), SQL.split("\n\n").count());
        assert!(all.is_sorted_by_key(|statement| statement.name), "not sorted");
        for statement in all {
            assert_eq!(statement.name, statement.name.to_uppercase());
            assert!(statement.name.len() < NAME_COLUMNS, "{}", statement.name);
            assert!(!statement.purpose.is_empty() && !statement.syntax.is_empty(), "{}", statement.name);
        }
    }

    #[test]
    fn topics_name_one_statement_or_several() {
        fn check(topic: &str, expect: Option<&[&str]>) {
            let names = sql(topic).map(|text| {
                let heads = text.lines().filter_map(|line| line.strip_prefix("Command:     "));
                heads.map(str::to_owned).collect::<Vec<_>>()
            });
            let expect = expect.map(|names| names.iter().map(|name| (*name).to_owned()).collect());
            assert_eq!(names, expect, "{topic}");
        }
        check("copy", Some(&["COPY"]));
        check("  Alter   Table ", Some(&["ALTER TABLE"]));
        check("create table x (a int)", Some(&["CREATE TABLE"]));
        check(
            "CREATE EXT",
            Some(&["CREATE EXTERNAL FUNCTION", "CREATE EXTERNAL SCHEMA", "CREATE EXTERNAL TABLE"]),
        );
        check("select", Some(&["SELECT"]));
        check("nosuch", None);
        check("", None);
        assert!(sql("*").is_some_and(|text| text.contains("VACUUM")));
        assert!(sql_index().lines().all(|line| line.len() <= LIST_COLUMNS));
    }
}
