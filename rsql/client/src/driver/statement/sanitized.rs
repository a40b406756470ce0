//! The text of a statement without its values: what is between quotes, numbers and comments may be anybody's secret. Owns what
//! counts as one. Where it cannot be sure, it leaves the rest out.

/// Longest text of a statement in a trace, in bytes: collectors cut far longer ones, and nobody reads them there.
const TEXT_BYTES_MAX: usize = 1_024;
/// Stands for a value.
const VALUE: &str = "?";
/// Stands for what was left out.
const REST: &str = "…";

/// The statement's text with its values and comments taken out, cut to a length that can be read.
pub(super) fn sanitized(sql: &[u8]) -> String {
    let text = String::from_utf8_lossy(sql);
    let mut shown = String::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        if shown.len() >= TEXT_BYTES_MAX {
            shown.push_str(REST);
            break;
        }
        let taken = match first {
            '\'' => value(&mut shown, literal(rest)),
            '$' => value(&mut shown, dollar_quoted(rest)),
            '"' => copied(&mut shown, rest, quoted_name(rest)),
            '-' if rest.starts_with("--") => blank(&mut shown, line_comment(rest)),
            '/' if rest.starts_with("/*") => blank(&mut shown, block_comment(rest)),
            c if c.is_whitespace() => blank(&mut shown, Some(c.len_utf8())),
            c if c.is_ascii_digit() => value(&mut shown, Some(word(rest))),
            c if c.is_alphanumeric() || c == '_' => copied(&mut shown, rest, Some(word(rest))),
            c => copied(&mut shown, rest, Some(c.len_utf8())),
        };
        let Some(taken) = taken else {
            shown.push_str(REST);
            break;
        };
        rest = &rest[taken..];
    }
    shown.truncate(shown.trim_end().len());
    shown
}

fn value(shown: &mut String, length: Option<usize>) -> Option<usize> {
    shown.push_str(VALUE);
    length
}

fn blank(shown: &mut String, length: Option<usize>) -> Option<usize> {
    if !shown.is_empty() && !shown.ends_with(' ') {
        shown.push(' ');
    }
    length
}

fn copied(shown: &mut String, rest: &str, length: Option<usize>) -> Option<usize> {
    shown.push_str(&rest[..length?]);
    length
}

/// Letters and digits in a row; of a number, its point and exponent too.
fn word(rest: &str) -> usize {
    let is_number = rest.starts_with(|c: char| c.is_ascii_digit());
    let belongs = |c: char| c.is_alphanumeric() || c == '_' || (c == '.' && is_number);
    rest.find(|c| !belongs(c)).unwrap_or(rest.len())
}

/// A string literal. One with a backslash before a quote ends at different places for different servers and settings, so
/// that nothing behind it is known not to be a value.
fn literal(rest: &str) -> Option<usize> {
    let mut at = 1;
    loop {
        let end = at + rest[at..].find('\'')?;
        if rest[..end].ends_with('\\') {
            return None;
        }
        if !rest[end + 1..].starts_with('\'') {
            return Some(end + 1);
        }
        at = end + 2;
    }
}

/// `$$…$$` or `$tag$…$tag$`; a `$1` is a parameter, whose number is no secret and is taken for one.
fn dollar_quoted(rest: &str) -> Option<usize> {
    let name = rest[1..].find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len() - 1);
    let tag = &rest[..=name];
    let Some(body) = rest[tag.len()..].strip_prefix('$') else { return Some(tag.len()) };
    let mark = format!("{tag}$");
    Some(mark.len() + body.find(&mark)? + mark.len())
}

fn quoted_name(rest: &str) -> Option<usize> {
    Some(1 + rest[1..].find('"')? + 1)
}

fn line_comment(rest: &str) -> Option<usize> {
    Some(rest.find('\n').unwrap_or(rest.len()))
}

/// Such comments nest.
fn block_comment(rest: &str) -> Option<usize> {
    let mut depth = 0;
    let mut at = 0;
    loop {
        let mark = at + rest[at..].find(['*', '/'])?;
        let (step, change) = match &rest.as_bytes()[mark..] {
            [b'/', b'*', ..] => (2, 1),
            [b'*', b'/', ..] => (2, -1),
            _ => (1, 0),
        };
        at = mark + step;
        depth += change;
        if depth == 0 {
            return Some(at);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_and_comments_go_and_the_rest_stays() {
        let check = |sql: &str, expect: &str| assert_eq!(sanitized(sql.as_bytes()), expect, "{sql}");
        check("select 1", "select ?");
        check(
            "  select *\n\tfrom  sales.fact2 f\nwhere f.day = '2026-11-22';",
            "select * from sales.fact2 f where f.day = ?;",
        );
        check("insert into t values (1.5e3, -7, 'it''s', null)", "insert into t values (?, -?, ?, null)");
        check("select \"Näme 1\" from \"a\"\"b\"", "select \"Näme 1\" from \"a\"\"b\"");
        check(
            "copy t from 's3://b/k' credentials 'aws_secret_access_key=x' gzip",
            "copy t from ? credentials ? gzip",
        );
        check(
            "create user u password 'md5abc' -- his: hunter2\n createdb",
            "create user u password ? createdb",
        );
        check("select /* a /* b */ secret */ x", "select x");
        check("do $$ begin perform 'x'; end $$", "do ?");
        check("select $t$ a $$ b $t$, $1, $$$$", "select ?, ?, ?");
        check("select e'a', E'b', 'ü'", "select e?, E?, ?");
        check("begin", "begin");
        check("", "");
    }

    #[test]
    fn what_is_not_sure_is_left_out() {
        let check = |sql: &str, expect: &str| assert_eq!(sanitized(sql.as_bytes()), expect, "{sql}");
        check("select 'it\\'s', 'secret'", "select ?…");
        check("select 'C:\\', secret", "select ?…");
        check("select 'never closed", "select ?…");
        check("select $$ never closed", "select ?…");
        check("select \"never closed", "select …");
        check("select /* never closed", "select …");
        let long = format!("select {}", "column_name, ".repeat(1_000));
        let shown = sanitized(long.as_bytes());
        assert!(shown.ends_with('…') && shown.len() < TEXT_BYTES_MAX + 32, "{} bytes", shown.len());
    }
}
