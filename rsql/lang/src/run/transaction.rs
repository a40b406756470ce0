//! The statements that psql adds by itself, and which statements of a script forbid a `BEGIN` before them.

use crate::text::{char_len, is_space};

pub(super) const SAVEPOINT: &[u8] = b"SAVEPOINT pg_psql_temporary_savepoint";
pub(super) const ROLLBACK_TO: &[u8] = b"ROLLBACK TO pg_psql_temporary_savepoint";
pub(super) const RELEASE: &[u8] = b"RELEASE pg_psql_temporary_savepoint";

/// Statements that control transactions or may not run in one: words they begin with. `*` ends a pattern that must
/// match the whole statement.
const WITHOUT_BEGIN: [&str; 24] = [
    "abort",
    "begin",
    "start",
    "commit",
    "end",
    "rollback",
    "prepare transaction",
    "vacuum",
    "cluster *",
    "create database",
    "create tablespace",
    "create index concurrently",
    "create unique index concurrently",
    "alter system",
    "drop database",
    "drop system",
    "drop tablespace",
    "drop index concurrently",
    "reindex database",
    "reindex system",
    "reindex index concurrently",
    "reindex table concurrently",
    "reindex schema concurrently",
    "discard all",
];

/// Whether a statement wants a `BEGIN` before it while `AUTOCOMMIT` is off.
pub(super) fn needs_begin(sql: &[u8]) -> bool {
    let words = first_words(sql, 4);
    !WITHOUT_BEGIN.iter().any(|pattern| {
        let mut pattern = pattern.split(' ');
        let mut words = words.iter();
        pattern.all(|wanted| match wanted {
            "*" => words.next().is_none(),
            wanted => words.next().is_some_and(|word| word == wanted),
        })
    })
}

/// The first words, in lower case, without comments.
fn first_words(sql: &[u8], most: usize) -> Vec<String> {
    let mut words = Vec::new();
    let mut rest = sql;
    while words.len() < most {
        rest = skip_blanks(rest);
        let mut length = 0;
        while rest.get(length).is_some_and(|&byte| byte.is_ascii_alphabetic() || byte >= 0x80 || byte == b'_')
        {
            length += char_len(&rest[length..]);
        }
        if length == 0 {
            break;
        }
        words.push(String::from_utf8_lossy(&rest[..length]).to_lowercase());
        rest = &rest[length..];
    }
    words
}

/// The text without blanks and comments at its start.
pub(super) fn skip_blanks(mut rest: &[u8]) -> &[u8] {
    loop {
        let skip = match rest {
            [byte, ..] if is_space(*byte) => 1,
            [b'-', b'-', ..] => memchr::memchr(b'\n', rest).unwrap_or(rest.len()),
            [b'/', b'*', ..] => comment(rest),
            _ => return rest,
        };
        rest = &rest[skip..];
    }
}

/// Length of a comment, nested ones included.
fn comment(text: &[u8]) -> usize {
    let (mut depth, mut at) = (0_usize, 0);
    while at < text.len() {
        match &text[at..] {
            [b'/', b'*', ..] => depth += 1,
            [b'*', b'/', ..] => depth -= 1,
            _ => {
                at += 1;
                continue;
            }
        }
        at += 2;
        if depth == 0 {
            break;
        }
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn transactions_begin_only_where_they_may() {
        let check = |sql: &str, expect| assert_eq!(needs_begin(sql.as_bytes()), expect, "{sql}");
        for wants in
            ["select 1", "insert into t", "create index i on t", "cluster t", "prepare p as select 1", "1"]
        {
            check(wants, true);
        }
        for refuses in [
            "begin",
            " BEGIN;",
            "-- x\n/* /* a */ b */ commit",
            "vacuum full t",
            "cluster;",
            "create database x",
            "CREATE  UNIQUE\nINDEX CONCURRENTLY i on t (a)",
            "discard all",
        ] {
            check(refuses, false);
        }
    }
}
