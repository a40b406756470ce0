//! One statement on its way: where rules meet tokens. The rules themselves stand in their own modules.

use std::collections::HashMap;
use std::ops::Range;

use super::output::Output;
use super::tokens::{Kind, Source, Strings};
use super::transfer::Transfer;

/// Brackets within brackets that are rewritten; deeper ones are copied. Bounds the stack.
const DEPTH_MAX: usize = 100;
/// How often one piece of text may be written, where a DECODE within a DECODE repeats what it compares. Bounds the output.
pub(super) const REPEATS_MAX: usize = 1000;

/// A statement being rewritten.
pub(super) struct Rewriter<'a> {
    pub(super) source: &'a Source<'a>,
    pub(super) output: Output,
    pub(super) tag: Option<&'static str>,
    pub(super) transfer: Option<Transfer>,
    /// Names that stand for expressions of the select list, while a QUALIFY is written.
    pub(super) aliases: Vec<(String, Range<usize>)>,
    /// How often what is being written is written in all.
    pub(super) repeats: usize,
    /// Names of columns, each with its first token, by the token behind it.
    pub(super) columns: HashMap<usize, (usize, &'static str)>,
    depth: usize,
}

impl<'a> Rewriter<'a> {
    /// Rewrites the statement of these tokens.
    pub(super) fn run(
        source: &'a Source<'a>,
        range: Range<usize>,
    ) -> (Output, Option<&'static str>, Option<Transfer>) {
        let mut rewriter = Rewriter {
            source,
            output: Output::default(),
            tag: None,
            transfer: None,
            aliases: Vec::new(),
            repeats: 1,
            columns: HashMap::new(),
            depth: 0,
        };
        let is_last = range.end == source.tokens.len();
        let semicolon = range.end.checked_sub(1).filter(|i| source.kind(*i) == Some(Kind::Semicolon));
        let end = semicolon.filter(|i| *i >= range.start).unwrap_or(range.end);
        if !rewriter.statement(range.start, end) {
            rewriter.copy(range.start, end);
        }
        rewriter.copy_plain(end, range.end);
        if is_last {
            let begin = source.tokens.last().map_or(0, |token| token.end);
            rewriter.output.copy(&source.text[begin..], begin);
        }
        (rewriter.output, rewriter.tag, rewriter.transfer)
    }

    /// Rules for whole statements; false when none has written it.
    fn statement(&mut self, from: usize, to: usize) -> bool {
        let rules: &[fn(&mut Self, usize, usize) -> bool] =
            &[Self::settings, Self::definition, Self::maintenance, Self::transfer, Self::change_of_rows];
        rules.iter().any(|rule| rule(self, from, to))
    }

    /// Writes tokens, each as its rules want it.
    pub(super) fn copy(&mut self, from: usize, to: usize) {
        if self.depth > DEPTH_MAX {
            return self.copy_plain(from, to);
        }
        self.depth += 1;
        let mut i = from;
        while i < to {
            i = self.copy_one(i, to);
            // What a call copies of itself may end where the call does, but begins later.
            if let Some((_, name)) = self.columns.get(&i).copied().filter(|(start, _)| from <= *start) {
                self.columns.remove(&i);
                self.add(i, &format!(" AS {name}"));
            }
        }
        self.depth -= 1;
    }

    /// Writes the token `i`, and those that belong to it; gives the next one.
    pub(super) fn copy_one(&mut self, i: usize, to: usize) -> usize {
        let next = self.names(i).or_else(|| self.call(i, to)).or_else(|| self.select(i, to));
        next.unwrap_or_else(|| {
            self.copy_plain(i, i + 1);
            i + 1
        })
    }

    /// Writes tokens as they are, with what stands before each.
    pub(super) fn copy_plain(&mut self, from: usize, to: usize) {
        if from < to {
            let (start, end) = (self.gap_start(from), self.source.tokens[to - 1].end);
            self.output.copy(&self.source.text[start..end], start);
        }
    }

    /// Writes the blanks and comments before a token.
    pub(super) fn gap(&mut self, i: usize) {
        let (start, end) = (self.gap_start(i), self.at(i));
        self.output.copy(&self.source.text[start..end], start);
    }

    /// Adds text that stands for token `i`.
    pub(super) fn add(&mut self, i: usize, text: &str) {
        let at = self.at(i);
        self.output.add(text, at);
    }

    /// Writes a token otherwise, blanks before it as they are.
    pub(super) fn replace(&mut self, i: usize, text: &str) {
        self.gap(i);
        self.add(i, text);
    }

    /// Leaves tokens out, with the blanks before them.
    pub(super) fn skip(&mut self) {
        self.output.change();
    }

    /// Where a token begins; past the end, where the text ends.
    fn at(&self, i: usize) -> usize {
        self.source.tokens.get(i).map_or(self.source.text.len(), |token| token.start)
    }

    fn gap_start(&self, i: usize) -> usize {
        i.checked_sub(1).and_then(|before| self.source.tokens.get(before)).map_or(0, |token| token.end)
    }

    /// The token that closes the bracket `i`, if it is one, is closed, and stands before `to`.
    pub(super) fn closing(&self, i: usize, to: usize) -> Option<usize> {
        let token = self.source.tokens.get(i).filter(|token| token.kind == Kind::Open)?;
        (token.partner > i && token.partner < to).then_some(token.partner)
    }

    /// The text of a literal.
    pub(super) fn literal(&self, i: usize) -> Option<String> {
        self.source.literal(i)
    }

    /// Whether a token ends an operand, so that what follows is an operator.
    pub(super) fn ends_operand(&self, i: usize) -> bool {
        match self.source.kind(i) {
            Some(Kind::Name | Kind::Text | Kind::Dollar | Kind::Number | Kind::Close) => true,
            Some(Kind::Word) => !super::names::is_keyword(self.source.token(i)),
            _ => false,
        }
    }
}

/// A literal of a text for the server, whichever way it reads backslashes.
pub(super) fn quoted(text: &str, strings: Strings) -> String {
    let doubled = text.replace('\'', "''");
    match strings {
        Strings::Standard => format!("'{doubled}'"),
        Strings::Escaped => format!("'{}'", doubled.replace('\\', "\\\\")),
    }
}
