//! The tokens of a text with their places in bytes. Knows nothing of what they mean.

use std::any::TypeId;
use std::ops::Range;

use sqlparser::dialect::{Dialect, PostgreSqlDialect, RedshiftSqlDialect};
use sqlparser::tokenizer::{Token as Parsed, Tokenizer, Whitespace};

/// How the server reads string literals without a prefix (`standard_conforming_strings`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strings {
    /// A backslash is a character like others.
    Standard,
    /// A backslash escapes the next character, as on Redshift.
    Escaped,
}

/// Redshift's dialect with the server's own reading of literals.
#[derive(Debug)]
struct Lexer(Strings);

impl Dialect for Lexer {
    fn dialect(&self) -> TypeId {
        PostgreSqlDialect {}.dialect()
    }

    fn is_identifier_start(&self, ch: char) -> bool {
        RedshiftSqlDialect {}.is_identifier_start(ch)
    }

    fn is_identifier_part(&self, ch: char) -> bool {
        PostgreSqlDialect {}.is_identifier_part(ch)
    }

    fn is_delimited_identifier_start(&self, ch: char) -> bool {
        ch == '"'
    }

    fn supports_string_literal_backslash_escape(&self) -> bool {
        self.0 == Strings::Escaped
    }

    fn supports_string_escape_constant(&self) -> bool {
        true
    }

    fn supports_unicode_string_literal(&self) -> bool {
        true
    }

    fn supports_nested_comments(&self) -> bool {
        true
    }

    fn supports_geometric_types(&self) -> bool {
        true
    }
}

/// What a token is, as far as rewriting cares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A name or keyword without quotes.
    Word,
    /// A name in double quotes.
    Name,
    /// A string literal in single quotes, without a prefix.
    Text,
    /// A string literal in dollar quotes.
    Dollar,
    Number,
    Open,
    Close,
    Comma,
    Period,
    Semicolon,
    /// `::`
    Cast,
    Other,
}

/// One token that is neither blank nor comment.
#[derive(Clone, Copy, Debug)]
pub(super) struct Token {
    pub(super) kind: Kind,
    /// Bytes of the text.
    pub(super) start: usize,
    pub(super) end: usize,
    /// For a bracket, the token that closes or opens it; itself when there is none.
    pub(super) partner: usize,
}

/// A text and its tokens.
pub(super) struct Source<'a> {
    pub(super) text: &'a str,
    pub(super) tokens: Vec<Token>,
    /// How literals are read.
    pub(super) strings: Strings,
}

impl<'a> Source<'a> {
    /// Reads a text; `None` for what the tokenizer refuses (an unterminated literal).
    pub(super) fn read(text: &'a str, strings: Strings) -> Option<Source<'a>> {
        let dialect = Lexer(strings);
        let parsed = Tokenizer::new(&dialect, text).with_unescape(false).tokenize_with_location().ok()?;
        let mut places = Places { chars: text.char_indices(), line: 1, column: 1, length: text.len() };
        let mut tokens = Vec::new();
        for token in &parsed {
            let start = places.byte_at(token.span.start.line, token.span.start.column);
            if let Some(last) = tokens.last_mut() {
                close_at(text, last, start);
            }
            if is_gap(&token.token) {
                // Ends the token before it, which may be followed by blanks.
                tokens.push(Token { kind: Kind::Other, start, end: start, partner: 0 });
                continue;
            }
            tokens.push(Token { kind: kind(&token.token), start, end: text.len(), partner: 0 });
        }
        tokens.retain(|token| token.start < token.end);
        pair(&mut tokens);
        Some(Source { text, tokens, strings })
    }

    /// The statements as ranges of tokens, the semicolon of each included; the last has what is left, if anything.
    pub(super) fn statements(&self) -> Vec<Range<usize>> {
        let mut ranges = Vec::new();
        let (mut begin, mut depth) = (0, 0_usize);
        for (i, token) in self.tokens.iter().enumerate() {
            match token.kind {
                Kind::Open => depth += 1,
                Kind::Close => depth = depth.saturating_sub(1),
                Kind::Semicolon if depth == 0 => {
                    ranges.push(begin..i + 1);
                    begin = i + 1;
                }
                _ => {}
            }
        }
        if begin < self.tokens.len() || ranges.is_empty() {
            ranges.push(begin..self.tokens.len());
        }
        ranges
    }

    /// Whether a statement is nothing but its semicolon.
    pub(super) fn is_blank(&self, range: &Range<usize>) -> bool {
        self.tokens[range.clone()].iter().all(|token| token.kind == Kind::Semicolon)
    }

    /// A token as it is written; empty past the end.
    pub(super) fn token(&self, i: usize) -> &'a str {
        self.tokens.get(i).map_or("", |token| &self.text[token.start..token.end])
    }

    pub(super) fn kind(&self, i: usize) -> Option<Kind> {
        self.tokens.get(i).map(|token| token.kind)
    }

    /// Whether a token is this keyword.
    pub(super) fn is(&self, i: usize, word: &str) -> bool {
        self.kind(i) == Some(Kind::Word) && self.token(i).eq_ignore_ascii_case(word)
    }

    /// Whether the tokens from `i` on are these keywords.
    pub(super) fn are(&self, i: usize, words: &[&str]) -> bool {
        words.iter().enumerate().all(|(n, word)| self.is(i + n, word))
    }

    /// The first of `from..to` outside of brackets that satisfies `wanted`.
    pub(super) fn find(&self, from: usize, to: usize, wanted: impl Fn(usize) -> bool) -> Option<usize> {
        let mut i = from;
        while i < to {
            if wanted(i) {
                return Some(i);
            }
            i = match self.kind(i) {
                Some(Kind::Open) => self.tokens[i].partner.max(i) + 1,
                _ => i + 1,
            };
        }
        None
    }

    /// The parts of `from..to` between commas outside of brackets; none when it is empty.
    pub(super) fn parts(&self, from: usize, to: usize) -> Vec<Range<usize>> {
        let mut parts = Vec::new();
        if from >= to {
            return parts;
        }
        let mut begin = from;
        while let Some(comma) = self.find(begin, to, |i| self.kind(i) == Some(Kind::Comma)) {
            parts.push(begin..comma);
            begin = comma + 1;
        }
        parts.push(begin..to);
        parts
    }

    /// The text of a string literal without a prefix, its escapes undone; `None` for any other token.
    pub(super) fn literal(&self, i: usize) -> Option<String> {
        match self.kind(i)? {
            Kind::Text => {
                let inner = self.token(i).strip_prefix('\'')?.strip_suffix('\'')?;
                Some(unescape(inner, self.strings))
            }
            Kind::Dollar => {
                let text = self.token(i);
                let tag = text[1..].find('$')? + 2;
                Some(text.get(tag..text.len() - tag)?.to_owned())
            }
            _ => None,
        }
    }
}

fn unescape(inner: &str, strings: Strings) -> String {
    let mut text = String::with_capacity(inner.len());
    let mut chars = inner.chars();
    while let Some(c) = chars.next() {
        match c {
            // The second of a doubled quote.
            '\'' => text.extend(chars.next()),
            '\\' if strings == Strings::Escaped => match chars.next() {
                Some('n') => text.push('\n'),
                Some('t') => text.push('\t'),
                Some('r') => text.push('\r'),
                Some('b') => text.push('\u{8}'),
                Some('f') => text.push('\u{c}'),
                other => text.extend(other),
            },
            c => text.push(c),
        }
    }
    text
}

/// Bytes of lines and columns, which come in ascending order.
struct Places<'a> {
    chars: std::str::CharIndices<'a>,
    line: u64,
    column: u64,
    length: usize,
}

impl Places<'_> {
    fn byte_at(&mut self, line: u64, column: u64) -> usize {
        while (self.line, self.column) < (line, column) {
            match self.chars.next() {
                Some((_, '\n')) => {
                    self.line += 1;
                    self.column = 1;
                }
                Some(_) => self.column += 1,
                None => return self.length,
            }
        }
        self.chars.offset().min(self.length)
    }
}

/// The end of a token is where the next begins.
fn close_at(text: &str, last: &mut Token, start: usize) {
    if last.start < last.end {
        last.end = start;
    }
    debug_assert!(text.is_char_boundary(start), "columns count characters");
}

fn is_gap(token: &Parsed) -> bool {
    matches!(token, Parsed::Whitespace(space) if matches!(
        space,
        Whitespace::Space | Whitespace::Newline | Whitespace::Tab | Whitespace::SingleLineComment { .. }
            | Whitespace::MultiLineComment(_)
    ))
}

fn kind(token: &Parsed) -> Kind {
    match token {
        Parsed::Word(word) if word.quote_style.is_some() => Kind::Name,
        Parsed::Word(_) => Kind::Word,
        Parsed::SingleQuotedString(_) => Kind::Text,
        Parsed::DollarQuotedString(_) => Kind::Dollar,
        Parsed::Number(..) => Kind::Number,
        Parsed::LParen => Kind::Open,
        Parsed::RParen => Kind::Close,
        Parsed::Comma => Kind::Comma,
        Parsed::Period => Kind::Period,
        Parsed::SemiColon => Kind::Semicolon,
        Parsed::DoubleColon => Kind::Cast,
        _ => Kind::Other,
    }
}

/// Tells brackets their partners.
fn pair(tokens: &mut [Token]) {
    let mut open = Vec::new();
    for i in 0..tokens.len() {
        tokens[i].partner = i;
        match tokens[i].kind {
            Kind::Open => open.push(i),
            Kind::Close => {
                if let Some(partner) = open.pop() {
                    tokens[i].partner = partner;
                    tokens[partner].partner = i;
                }
            }
            _ => {}
        }
    }
}
