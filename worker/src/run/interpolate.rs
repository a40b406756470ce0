//! RSQL variables in the query of a `sql` precondition: `:name`, `:'name'` and `:"name"`, as in a script. Owns where a
//! colon is text: in quotes, comments and casts. Anything more is for a script to do.

/// The query with its variables' values; quoted ones as literals and identifiers, so that no value can leave its quotes.
/// Names without a value stay as they are.
pub(super) fn interpolate(sql: &str, variables: &[(String, String)]) -> String {
    let value =
        |name: &str| variables.iter().rev().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
    let mut filled = String::with_capacity(sql.len());
    let mut rest = sql;
    while !rest.is_empty() {
        let opaque = opaque_length(rest);
        if opaque > 0 {
            filled.push_str(&rest[..opaque]);
            rest = &rest[opaque..];
            continue;
        }
        if let Some((text, length)) = variable(rest, value) {
            filled.push_str(&text);
            rest = &rest[length..];
            continue;
        }
        let next = rest.chars().next().map_or(0, char::len_utf8);
        filled.push_str(&rest[..next]);
        rest = &rest[next..];
    }
    filled
}

/// Bytes at the start in which a colon is only text; 0 when there are none.
fn opaque_length(rest: &str) -> usize {
    let through =
        |skip: usize, end: &str| rest[skip..].find(end).map_or(rest.len(), |at| skip + at + end.len());
    if rest.starts_with("::") {
        2
    } else if rest.starts_with('\'') {
        through(1, "'")
    } else if rest.starts_with('"') {
        through(1, "\"")
    } else if rest.starts_with("--") {
        through(2, "\n")
    } else if rest.starts_with("/*") {
        through(2, "*/")
    } else if let Some(tag) = dollar_tag(rest) {
        through(tag.len(), tag)
    } else {
        0
    }
}

/// `$$` or `$tag$` at the start.
fn dollar_tag(rest: &str) -> Option<&str> {
    let inner = rest.strip_prefix('$')?;
    let end = inner.find(|c: char| !is_name(c))?;
    (inner[end..].starts_with('$') && !inner.starts_with(|c: char| c.is_ascii_digit()))
        .then(|| &rest[..end + 2])
}

fn is_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The text for a variable at the start, and its length as written.
fn variable<'v>(rest: &str, value: impl Fn(&str) -> Option<&'v str>) -> Option<(String, usize)> {
    let after = rest.strip_prefix(':')?;
    for (quote, write) in [('\'', literal as fn(&str) -> String), ('"', identifier)] {
        if let Some((name, _)) = after.strip_prefix(quote).and_then(|inner| inner.split_once(quote)) {
            return Some((write(value(name)?), name.len() + 3));
        }
    }
    let name = &after[..after.find(|c| !is_name(c)).unwrap_or(after.len())];
    Some((value(name)?.to_owned(), name.len() + 1))
}

fn literal(value: &str) -> String {
    let quoted = value.replace('\'', "''");
    if quoted.contains('\\') {
        format!(" E'{}'", quoted.replace('\\', "\\\\"))
    } else {
        format!("'{quoted}'")
    }
}

fn identifier(value: &str) -> String {
    format!("\"{}\"", value.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_in_a_script() {
        fn check(sql: &str, expect: &str) {
            let pairs = [("day", "2026-11-22"), ("n", "7"), ("odd", "it's \\ \"x\"")];
            let variables = pairs.map(|(name, value)| (name.to_owned(), value.to_owned()));
            assert_eq!(interpolate(sql, &variables), expect);
        }
        check("select :n", "select 7");
        check("select count(*) from t where d = :'day'", "select count(*) from t where d = '2026-11-22'");
        check("select :'odd', :\"odd\"", "select  E'it''s \\\\ \"x\"', \"it's \\ \"\"x\"\"\"");
        check("select '1'::int, :n::int", "select '1'::int, 7::int");
        check("select ':n', \":n\", 'it''s :n'", "select ':n', \":n\", 'it''s :n'");
        check("select 1 -- :n\n, :n", "select 1 -- :n\n, 7");
        check("select /* :n */ :n", "select /* :n */ 7");
        check("select $$:n$$, $a$ :n $$ $a$, :n, $1", "select $$:n$$, $a$ :n $$ $a$, 7, $1");
        check("select :unknown, :'unknown', a[1:2]", "select :unknown, :'unknown', a[1:2]");
        check("select 'open :n", "select 'open :n");
        check("é:n", "é7");
    }
}
