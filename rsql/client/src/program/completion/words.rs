//! Words of the language: key words, options and values, and what a statement expects after its last words.
//!
//! A guess by words alone, not a parser: where it does not know, it offers key words.

/// What stands next in a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Expected {
    Relation,
    Schema,
    Database,
    Role,
    Setting,
    /// A column, or a key word.
    Column,
    KeyWord,
}

/// Words after which something certain is expected.
const CLAUSES: &[(&str, Expected)] = &[
    ("FROM", Expected::Relation),
    ("JOIN", Expected::Relation),
    ("INTO", Expected::Relation),
    ("UPDATE", Expected::Relation),
    ("USING", Expected::Relation),
    ("TABLE", Expected::Relation),
    ("VIEW", Expected::Relation),
    ("COPY", Expected::Relation),
    ("VACUUM", Expected::Relation),
    ("ANALYZE", Expected::Relation),
    ("TRUNCATE", Expected::Relation),
    ("LOCK", Expected::Relation),
    ("REFERENCES", Expected::Relation),
    ("SCHEMA", Expected::Schema),
    ("DATABASE", Expected::Database),
    ("USER", Expected::Role),
    ("ROLE", Expected::Role),
    ("SHOW", Expected::Setting),
    ("RESET", Expected::Setting),
    ("SELECT", Expected::Column),
    ("DISTINCT", Expected::Column),
    ("WHERE", Expected::Column),
    ("AND", Expected::Column),
    ("OR", Expected::Column),
    ("NOT", Expected::Column),
    ("ON", Expected::Column),
    ("BY", Expected::Column),
    ("HAVING", Expected::Column),
    ("QUALIFY", Expected::Column),
    ("WHEN", Expected::Column),
    ("THEN", Expected::Column),
    ("ELSE", Expected::Column),
    ("CASE", Expected::Column),
    ("COLUMN", Expected::Column),
];

/// Key words of Redshift's SQL that people type, by name.
const KEY_WORDS: &str = "
ABORT ALL ALTER ANALYZE AND ANY APPEND AS ASC AUTO BACKUP BEGIN BETWEEN BIGINT BOOLEAN BY CALL CANCEL
CASCADE CASE CAST CHAR CLOSE COALESCE COLUMN COMMENT COMMIT COMPOUND CONSTRAINT COPY COUNT CREATE
CREDENTIALS CROSS CSV CURRENT_DATE CURRENT_USER DATABASE DATASHARE DATE DATEADD DATEDIFF DECIMAL DECLARE
DECODE DEFAULT DELETE DELIMITER DESC DISTINCT DISTKEY DISTSTYLE DOUBLE DROP ELSE ENCODE END EVEN EXCEPT
EXECUTE EXISTS EXPLAIN EXTERNAL FALSE FETCH FOREIGN FROM FULL FUNCTION GETDATE GRANT GROUP GZIP HAVING
IAM_ROLE IDENTITY IF IGNOREHEADER ILIKE IN INNER INSERT INTEGER INTERLEAVED INTERSECT INTERVAL INTO IS JOIN
JSON KEY LANGUAGE LEFT LIKE LIMIT LISTAGG LOCATION LOCK MANIFEST MATERIALIZED MAX MERGE MIN MINUS NATURAL
NOT NULL NULLS NUMERIC NVL OFFSET ON OR ORDER OUTER OVER PARQUET PARTITION PIVOT PREPARE PRIMARY PRIVILEGES
PROCEDURE QUALIFY RECURSIVE REFERENCES REFRESH REGION RENAME REPLACE RESET RETURNS REVOKE RIGHT ROLE
ROLLBACK ROWS SCHEMA SELECT SESSION SET SHOW SMALLINT SORTKEY START SUM SUPER SYSDATE TABLE TEMP TEMPORARY
TEXT THEN TIMESTAMP TIMESTAMPTZ TO TOP TRANSACTION TRUE TRUNCATE UNION UNIQUE UNLOAD UNPIVOT UPDATE USER
USING VACUUM VALUES VARBYTE VARCHAR VIEW WHEN WHERE WITH
";

/// Words of `\copy`.
pub(super) const COPY: &[&str] =
    &["csv", "delimiter", "from", "header", "null", "program", "stdin", "stdout", "to", "with"];
/// Words of `\rset`.
pub(super) const RSET: &[&str] = &[
    "errorlevel",
    "heading",
    "maxerror",
    "off",
    "on",
    "rformat",
    "rtitle",
    "severity",
    "titledashes",
    "width",
];
const SWITCH: &[&str] = &["off", "on"];

/// Variables with a meaning, and their values.
pub(super) const VARIABLES: &[(&str, &[&str])] = &[
    ("AUTOCOMMIT", SWITCH),
    ("COMP_KEYWORD_CASE", &["lower", "preserve-lower", "preserve-upper", "upper"]),
    ("ECHO", &["all", "errors", "none", "queries"]),
    ("ECHO_HIDDEN", &["noexec", "off", "on"]),
    ("FETCH_COUNT", &[]),
    ("HIDE_TABLEAM", SWITCH),
    ("HIDE_TOAST_COMPRESSION", SWITCH),
    ("HISTCONTROL", &["ignoreboth", "ignoredups", "ignorespace", "none"]),
    ("HISTFILE", &[]),
    ("HISTSIZE", &[]),
    ("IGNOREEOF", &[]),
    ("ON_ERROR_ROLLBACK", &["interactive", "off", "on"]),
    ("ON_ERROR_STOP", SWITCH),
    ("PROMPT1", &[]),
    ("PROMPT2", &[]),
    ("PROMPT3", &[]),
    ("QUIET", SWITCH),
    ("SHOW_ALL_RESULTS", SWITCH),
    ("SHOW_CONTEXT", &["always", "errors", "never"]),
    ("SINGLELINE", SWITCH),
    ("SINGLESTEP", SWITCH),
    ("VERBOSITY", &["default", "sqlstate", "terse", "verbose"]),
];

/// Options of `\pset`.
pub(super) const PRINT_OPTIONS: &[&str] = &[
    "border",
    "columns",
    "csv_fieldsep",
    "expanded",
    "fieldsep",
    "fieldsep_zero",
    "footer",
    "format",
    "linestyle",
    "null",
    "numericlocale",
    "pager",
    "pager_min_lines",
    "recordsep",
    "recordsep_zero",
    "tableattr",
    "title",
    "tuples_only",
    "unicode_border_linestyle",
    "unicode_column_linestyle",
    "unicode_header_linestyle",
];

/// All key words.
pub(super) fn key_words() -> impl Iterator<Item = &'static str> {
    KEY_WORDS.split_whitespace()
}

/// Values of a variable.
pub(super) fn values_of(variable: &str) -> &'static [&'static str] {
    VARIABLES.iter().find(|(name, _)| *name == variable).map_or(&[], |(_, values)| values)
}

/// Values of an option of `\pset`.
pub(super) fn print_values_of(option: &str) -> &'static [&'static str] {
    match option {
        "format" => &[
            "aligned",
            "asciidoc",
            "csv",
            "html",
            "latex",
            "latex-longtable",
            "troff-ms",
            "unaligned",
            "wrapped",
        ],
        "linestyle" => &["ascii", "old-ascii", "unicode"],
        "expanded" => &["auto", "off", "on"],
        "pager" => &["always", "off", "on"],
        "footer" | "numericlocale" | "tuples_only" => SWITCH,
        "unicode_border_linestyle" | "unicode_column_linestyle" | "unicode_header_linestyle" => {
            &["double", "single"]
        }
        _ => &[],
    }
}

/// What a statement expects after this text.
pub(super) fn expected(text: &str) -> Expected {
    let words = words(text);
    let clause =
        |word: &str| CLAUSES.iter().find(|(name, _)| word.eq_ignore_ascii_case(name)).map(|(_, what)| *what);
    match words.as_slice() {
        [.., last] if last.eq_ignore_ascii_case("SET") && words.len() == 1 => Expected::Setting,
        [.., last] if last.eq_ignore_ascii_case("SET") => Expected::Column,
        // Of a list, what its head wants.
        [before @ .., "," | "("] => {
            before.iter().rev().find_map(|word| clause(word)).unwrap_or(Expected::KeyWord)
        }
        [.., "=" | "<" | ">"] => Expected::Column,
        [.., last] => clause(last).unwrap_or(Expected::KeyWord),
        [] => Expected::KeyWord,
    }
}

/// The relations that a statement names, without their schemas.
pub(super) fn relations_in(text: &str) -> Vec<String> {
    let words = words(text);
    let mut names = Vec::new();
    for (place, word) in words.iter().enumerate() {
        let head = words[..place].iter().rev().find_map(|word| {
            CLAUSES.iter().find(|(name, _)| word.eq_ignore_ascii_case(name)).map(|(_, what)| *what)
        });
        let after_head = place > 0
            && (words[place - 1] == ","
                || CLAUSES.iter().any(|(name, _)| words[place - 1].eq_ignore_ascii_case(name)));
        if head == Some(Expected::Relation) && after_head {
            names.push(word.rsplit('.').next().unwrap_or(word).to_owned());
        }
    }
    names
}

/// Words and signs of a text, without quotes' insides being looked at.
fn words(text: &str) -> Vec<&str> {
    let text = text.rsplit(';').next().unwrap_or(text);
    let mut words = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let belongs = |c: char| c.is_alphanumeric() || "_.$\"#".contains(c);
        let length = if belongs(first) {
            rest.find(|c: char| !belongs(c)).unwrap_or(rest.len())
        } else {
            first.len_utf8()
        };
        words.push(&rest[..length]);
        rest = rest[length..].trim_start();
    }
    words
}

/// A key word in the case that `COMP_KEYWORD_CASE` wants.
pub(super) fn in_case(word: &str, typed: &str, wanted: &str) -> String {
    let small = typed.chars().next().is_some_and(char::is_lowercase);
    let lower = match wanted.to_ascii_lowercase().as_str() {
        "lower" => true,
        "upper" => false,
        "preserve-lower" => typed.is_empty() || small,
        _ => small,
    };
    if lower { word.to_ascii_lowercase() } else { word.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_sorted_for_the_reader() {
        assert!(
            key_words().is_sorted()
                && PRINT_OPTIONS.is_sorted()
                && VARIABLES.is_sorted_by_key(|(name, _)| *name)
        );
    }

    #[test]
    fn statements_tell_what_comes_next() {
        for (text, expect) in [
            ("", Expected::KeyWord),
            ("select ", Expected::Column),
            ("select a, ", Expected::Column),
            ("select a from ", Expected::Relation),
            ("select a from b, ", Expected::Relation),
            ("select a from b ", Expected::KeyWord),
            ("insert into ", Expected::Relation),
            ("update t set ", Expected::Column),
            ("set ", Expected::Setting),
            ("select 1; set ", Expected::Setting),
            ("drop schema ", Expected::Schema),
            ("select * from a where x = ", Expected::Column),
        ] {
            assert_eq!(expected(text), expect, "{text}");
        }
        assert_eq!(relations_in("select * from s.a x join b on x.i = b.i where "), ["a", "b"]);
        assert_eq!(relations_in("update t set "), ["t"]);
    }

    #[test]
    fn key_words_come_in_the_case_that_is_wanted() {
        for (typed, wanted, expect) in [
            ("se", "preserve-upper", "select"),
            ("SE", "preserve-upper", "SELECT"),
            ("", "preserve-upper", "SELECT"),
            ("", "preserve-lower", "select"),
            ("se", "upper", "SELECT"),
            ("SE", "lower", "select"),
        ] {
            assert_eq!(in_case("SELECT", typed, wanted), expect);
        }
    }
}
