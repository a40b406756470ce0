//! Forms of SELECT, INSERT, DELETE and MERGE: TOP, MINUS, QUALIFY, REMOVE DUPLICATES, DELETE without FROM.

use super::rewriter::Rewriter;
use super::tokens::Kind;

/// Words that join two selects.
const SET_OPERATORS: &[&str] = &["union", "except", "intersect", "minus"];

impl Rewriter<'_> {
    /// The rules for what begins at a word of a select.
    pub(super) fn select(&mut self, i: usize, to: usize) -> Option<usize> {
        if self.source.is(i, "select") {
            self.name_columns(i, to);
            return self.top(i, to).or_else(|| self.qualify(i, to));
        }
        let next_is_select = self.source.is(i + 1, "select")
            || self.source.is(i + 1, "all")
            || self.source.kind(i + 1) == Some(Kind::Open) && self.source.is(i + 2, "select");
        if self.source.is(i, "minus") && next_is_select {
            self.replace(i, "EXCEPT");
            return Some(i + 1);
        }
        None
    }

    /// Where the select that begins at `i` ends; `None` when it is one of several, joined by a set operator.
    pub(super) fn end_of_select(&self, i: usize, to: usize) -> Option<usize> {
        let source = self.source;
        let is_set_operator = |at: usize| SET_OPERATORS.iter().any(|word| source.is(at, word));
        let end = source
            .find(i + 1, to, |at| {
                matches!(source.kind(at), Some(Kind::Close | Kind::Semicolon)) || is_set_operator(at)
            })
            .unwrap_or(to);
        let joined = end < to && is_set_operator(end);
        let second = i > 0 && (is_set_operator(i - 1) || source.is(i - 1, "all"));
        (!joined && !second).then_some(end)
    }

    /// `SELECT TOP n` is a LIMIT at the end of the select.
    fn top(&mut self, i: usize, to: usize) -> Option<usize> {
        let source = self.source;
        if !source.is(i + 1, "top") {
            return None;
        }
        let (number, rest) = match source.kind(i + 2)? {
            Kind::Number => (i + 2..i + 3, i + 3),
            Kind::Open => {
                let close = self.closing(i + 2, to)?;
                (i + 3..close, close + 1)
            }
            _ => return None,
        };
        let end = self.end_of_select(i, to)?;
        let limited = source.find(rest, end, |at| source.is(at, "limit") || source.is(at, "fetch"));
        if limited.is_some() || source.find(rest, end, |at| source.is(at, "qualify")).is_some() {
            return None;
        }
        self.copy_plain(i, i + 1);
        self.skip();
        self.copy(rest, end);
        self.add(number.start, " LIMIT");
        self.add(number.start, " ");
        self.copy(number.start, number.end);
        Some(end)
    }

    /// DELETE without FROM, and MERGE with REMOVE DUPLICATES.
    pub(super) fn change_of_rows(&mut self, from: usize, to: usize) -> bool {
        if self.source.is(from, "delete") {
            return self.delete(from, to);
        }
        self.source.are(from, &["merge", "into"]) && self.remove_duplicates(from, to)
    }

    fn delete(&mut self, from: usize, to: usize) -> bool {
        let named = matches!(self.source.kind(from + 1), Some(Kind::Word | Kind::Name)) && from + 1 < to;
        if !named || self.source.is(from + 1, "from") {
            return false;
        }
        self.copy_plain(from, from + 1);
        self.add(from + 1, " FROM");
        self.copy(from + 1, to);
        true
    }

    /// Matching rows of the target go, all rows of the source come, each once.
    fn remove_duplicates(&mut self, from: usize, to: usize) -> bool {
        let source = self.source;
        if to < from + 6 || !source.are(to - 2, &["remove", "duplicates"]) {
            return false;
        }
        let using = source.find(from, to, |i| source.is(i, "using"));
        let Some(using) = using else { return false };
        let Some(on) = source.find(using, to, |i| source.is(i, "on")) else { return false };
        self.replace(from, "WITH redshift_replaced AS (DELETE FROM");
        self.copy(from + 2, on);
        self.add(on, " WHERE");
        self.copy(on + 1, to - 2);
        self.add(from, ") INSERT INTO");
        self.copy(from + 2, using);
        self.add(from, " SELECT DISTINCT * FROM");
        self.copy(using + 1, on);
        self.tag = Some("MERGE");
        true
    }
}
