//! Names of the columns of a select list that Redshift calls otherwise than PostgreSQL: LISTAGG is `listagg` and not
//! `string_agg`, DATEADD is `date_add`. An alias says so; columns that have one are left alone.
//!
//! The names are those that Amazon's pages of the functions show.

use std::ops::Range;

use super::rewriter::Rewriter;
use super::tokens::Kind;

/// Functions, and the names of their columns.
const OF_CALLS: &[(&str, &str)] = &[
    ("array", "array"),
    ("date_part", "pgdate_part"),
    ("dateadd", "date_add"),
    ("datediff", "date_diff"),
    ("extract", "date_part"),
    ("listagg", "listagg"),
    ("median", "median"),
    ("object", "object"),
    ("ratio_to_report", "ratio_to_report"),
];
/// Words that are values, and the names of their columns.
const OF_WORDS: &[(&str, &str)] = &[("current_date", "date"), ("sysdate", "timestamp")];
/// Functions that both servers say in another way, which names the column.
const ALIKE: &[(&str, &str)] =
    &[("decode", "case"), ("isnull", "coalesce"), ("nvl", "coalesce"), ("nvl2", "case")];

/// Words that end a select list.
const AFTER_LIST: &[&str] = &[
    "except",
    "fetch",
    "from",
    "having",
    "intersect",
    "into",
    "limit",
    "minus",
    "offset",
    "order",
    "qualify",
    "union",
    "where",
    "window",
];

impl Rewriter<'_> {
    /// Notes what the columns of the select at `i` are called, to be written when each comes to its end.
    pub(super) fn name_columns(&mut self, i: usize, to: usize) {
        let source = self.source;
        let start = self.start_of_list(i + 1, to);
        let ends = |at: usize| {
            matches!(source.kind(at), Some(Kind::Close | Kind::Semicolon))
                || source.are(at, &["group", "by"])
                || AFTER_LIST.iter().any(|word| source.is(at, word))
        };
        let end = source.find(start, to, ends).unwrap_or(to);
        for item in source.parts(start, end) {
            if let Some(name) = self.name_to_give(&item) {
                self.columns.insert(item.end, (item.start, name));
            }
        }
    }

    /// Where the list begins, behind DISTINCT and TOP.
    fn start_of_list(&self, mut at: usize, to: usize) -> usize {
        let source = self.source;
        if source.is(at, "all") {
            at += 1;
        } else if source.is(at, "distinct") {
            at += 1;
            if source.is(at, "on")
                && let Some(close) = self.closing(at + 1, to)
            {
                at = close + 1;
            }
        }
        if source.is(at, "top") {
            match source.kind(at + 1) {
                Some(Kind::Number) => at += 2,
                Some(Kind::Open) => at = self.closing(at + 1, to).map_or(at, |close| close + 1),
                _ => {}
            }
        }
        at
    }

    /// The name of an expression whose column PostgreSQL would call otherwise.
    fn name_to_give(&self, item: &Range<usize>) -> Option<&'static str> {
        if item.len() == 1 {
            return self.named(item.start, OF_WORDS);
        }
        // `ARRAY(SELECT …)` is PostgreSQL's own.
        let queries = self.source.is(item.start, "array") && self.begins_query(item.start + 2);
        (self.is_call(item) && !queries).then(|| self.named(item.start, OF_CALLS))?
    }

    /// What Redshift calls the column of a call that has no alias.
    pub(super) fn name_of_call(&self, item: &Range<usize>) -> Option<String> {
        if !self.is_call(item) {
            return None;
        }
        let special = self.named(item.start, OF_CALLS).or_else(|| self.named(item.start, ALIKE));
        let name = special.map_or_else(|| self.source.token(item.start).to_ascii_lowercase(), str::to_owned);
        // Some of these names are key words.
        Some(format!("\"{name}\""))
    }

    fn named(&self, at: usize, names: &[(&str, &'static str)]) -> Option<&'static str> {
        names.iter().find(|(word, _)| self.source.is(at, word)).map(|(_, name)| *name)
    }

    /// Whether an expression is one call, with its order and its window.
    fn is_call(&self, item: &Range<usize>) -> bool {
        let source = self.source;
        if source.kind(item.start) != Some(Kind::Word) {
            return false;
        }
        let close = |at: usize| self.closing(at, item.end).map(|close| close + 1);
        let Some(mut at) = close(item.start + 1) else { return false };
        if source.are(at, &["within", "group"]) {
            at = close(at + 2).unwrap_or(at);
        }
        if source.is(at, "over") {
            at = close(at + 1).unwrap_or(at + 2);
        }
        at == item.end
    }
}
