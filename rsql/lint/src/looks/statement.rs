//! Which statements begin and end transactions, and which may fail without harm.

/// What a statement is to transactions and failures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Begin,
    Commit,
    Rollback,
    /// Its failure changes nothing that matters, or shows at the next statement.
    Harmless,
    Other,
}

/// Statements that set the session up or tend tables.
const HARMLESS: [&str; 10] =
    ["set", "reset", "show", "savepoint", "release", "analyze", "analyse", "vacuum", "discard", "deallocate"];

impl Kind {
    pub(super) fn of(text: &str) -> Self {
        let mut words = Words(text);
        let first = words.next().unwrap_or_default();
        let second = words.next().unwrap_or_default();
        match (first.as_str(), second.as_str()) {
            ("begin", _) | ("start", "transaction") => Self::Begin,
            ("commit" | "end", _) => Self::Commit,
            ("rollback" | "abort", "to") => Self::Harmless,
            ("rollback" | "abort", _) => match (second.as_str(), words.next().as_deref()) {
                ("work" | "transaction", Some("to")) => Self::Harmless,
                _ => Self::Rollback,
            },
            // Where it fails, what makes the same object fails next.
            ("drop", _) if Words(text).any(|word| word == "if") => Self::Harmless,
            (first, _) if HARMLESS.contains(&first) => Self::Harmless,
            _ => Self::Other,
        }
    }

    /// Whether it begins a transaction while autocommit is off.
    pub(super) fn begins_by_itself(self) -> bool {
        self == Self::Other
    }
}

/// Words of a statement in lower case, without comments between them.
struct Words<'t>(&'t str);

impl Iterator for Words<'_> {
    type Item = String;

    fn next(&mut self) -> Option<String> {
        loop {
            self.0 = self.0.trim_start_matches(|c: char| !c.is_alphanumeric() && !"_-/".contains(c));
            if self.0.starts_with("--") {
                self.0 = self.0.split_once('\n').map_or("", |(_, rest)| rest);
            } else if self.0.starts_with("/*") {
                self.0 = behind_comment(self.0);
            } else if let Some(rest) = self.0.strip_prefix(['-', '/']) {
                self.0 = rest;
            } else {
                break;
            }
        }
        let end = self.0.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(self.0.len());
        let (word, rest) = self.0.split_at(end);
        self.0 = rest;
        (!word.is_empty()).then(|| word.to_lowercase())
    }
}

/// What stands behind the comment that a text begins with; comments nest, as the server has it.
fn behind_comment(text: &str) -> &str {
    let mut rest = text;
    let mut depth = 0_usize;
    loop {
        if let Some(inner) = rest.strip_prefix("/*") {
            (rest, depth) = (inner, depth + 1);
        } else if let Some(outer) = rest.strip_prefix("*/") {
            (rest, depth) = (outer, depth - 1);
            if depth == 0 {
                return rest;
            }
        }
        let Some(next) = rest.find(['/', '*']) else { return "" };
        let at = &rest[next..];
        let is_mark = at.starts_with("/*") || at.starts_with("*/");
        rest = if is_mark { at } else { &at[1..] };
    }
}

#[cfg(test)]
mod tests {
    use super::Kind;

    #[test]
    fn kinds() {
        let check = |text: &str, expect: Kind| assert_eq!(Kind::of(text), expect, "{text}");
        check("BEGIN;", Kind::Begin);
        check("/* x */ -- y\n begin isolation level serializable;", Kind::Begin);
        check("start transaction;", Kind::Begin);
        check("/* a /* b */ end */ select 1;", Kind::Other);
        check("/* a * / b /**/ /*/ x */ */ commit;", Kind::Commit);
        check("/* open /* end; */", Kind::Other);
        check("end;", Kind::Commit);
        check("rollback;", Kind::Rollback);
        check("rollback to savepoint a;", Kind::Harmless);
        check("rollback work to a;", Kind::Harmless);
        check("drop table if exists a;", Kind::Harmless);
        check("drop table a;", Kind::Other);
        check("set query_group to 'x';", Kind::Harmless);
        check("(select 1);", Kind::Other);
        check("", Kind::Other);
    }
}
