//! The tokens of a text as far as names of tables care.

use sqlparser::dialect::RedshiftSqlDialect;
use sqlparser::tokenizer::{Token as Parsed, Tokenizer};

use super::Table;

/// A token that is neither blank nor comment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token {
    /// A name or keyword, in lower case.
    Word(String),
    /// A name in double quotes, in lower case.
    Quoted(String),
    /// A string.
    Text(String),
    /// An unknown variable, as it is written.
    Variable(String),
    Open,
    Close,
    Comma,
    Period,
    Semicolon,
    Other,
}

/// A name where one was looked for.
pub(super) enum Name {
    Table(Table),
    /// It holds variables.
    Unresolved(String),
}

/// All tokens; `None` for what the tokenizer refuses.
pub(super) fn read(text: &str) -> Option<Vec<Token>> {
    let parsed = Tokenizer::new(&RedshiftSqlDialect {}, text).tokenize().ok()?;
    let mut tokens = Vec::with_capacity(parsed.len() / 2);
    let mut parsed = parsed.into_iter().peekable();
    while let Some(token) = parsed.next() {
        let token = match token {
            Parsed::Whitespace(_) => continue,
            Parsed::Colon => {
                match parsed.next_if(|next| matches!(next, Parsed::Word(_) | Parsed::SingleQuotedString(_))) {
                    Some(name) => Token::Variable(format!(":{name}")),
                    None => Token::Other,
                }
            }
            Parsed::Placeholder(name) => Token::Variable(name),
            Parsed::Word(word) => match word.quote_style {
                Some(_) => Token::Quoted(word.value.to_lowercase()),
                None => Token::Word(word.value.to_lowercase()),
            },
            Parsed::SingleQuotedString(text) | Parsed::EscapedStringLiteral(text) => Token::Text(text),
            Parsed::DollarQuotedString(text) => Token::Text(text.value),
            Parsed::LParen => Token::Open,
            Parsed::RParen => Token::Close,
            Parsed::Comma => Token::Comma,
            Parsed::Period => Token::Period,
            Parsed::SemiColon => Token::Semicolon,
            // `#` of a temporary table, where the dialect does not count it to the name.
            Parsed::Sharp => match parsed.next_if(|next| matches!(next, Parsed::Word(_))) {
                Some(Parsed::Word(word)) => Token::Word(format!("#{}", word.value.to_lowercase())),
                _ => Token::Other,
            },
            _ => Token::Other,
        };
        tokens.push(token);
    }
    Some(tokens)
}

/// A cursor over tokens.
#[derive(Clone, Copy)]
pub(super) struct Cursor<'t> {
    pub(super) tokens: &'t [Token],
    pub(super) at: usize,
}

impl<'t> Cursor<'t> {
    pub(super) fn new(tokens: &'t [Token]) -> Self {
        Self { tokens, at: 0 }
    }

    pub(super) fn peek(&self) -> Option<&'t Token> {
        self.tokens.get(self.at)
    }

    pub(super) fn next(&mut self) -> Option<&'t Token> {
        let token = self.tokens.get(self.at);
        self.at += usize::from(token.is_some());
        token
    }

    /// The keyword that comes next.
    pub(super) fn word(&self) -> Option<&'t str> {
        match self.peek() {
            Some(Token::Word(word)) => Some(word),
            _ => None,
        }
    }

    /// Takes one of these keywords, if it comes next.
    pub(super) fn take(&mut self, words: &[&str]) -> bool {
        let found = self.word().is_some_and(|word| words.contains(&word));
        self.at += usize::from(found);
        found
    }

    /// Takes these keywords, if all of them come next.
    pub(super) fn take_all(&mut self, words: &[&str]) -> bool {
        let mut ahead = *self;
        let found = words.iter().all(|word| ahead.take(&[word]));
        if found {
            *self = ahead;
        }
        found
    }

    /// What stands between the parenthesis that opens here and its partner, which is passed.
    pub(super) fn parenthesized(&mut self) -> Option<&'t [Token]> {
        if self.peek() != Some(&Token::Open) {
            return None;
        }
        let from = self.at + 1;
        let mut depth = 0_usize;
        while let Some(token) = self.next() {
            match token {
                Token::Open => depth += 1,
                Token::Close => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                return Some(&self.tokens[from..self.at - 1]);
            }
        }
        Some(&self.tokens[from.min(self.tokens.len())..])
    }

    /// A name of up to three parts.
    pub(super) fn name(&mut self) -> Option<Name> {
        let mut parts: Vec<&str> = Vec::new();
        let mut is_known = true;
        loop {
            match self.peek() {
                Some(Token::Word(part) | Token::Quoted(part)) => parts.push(part),
                Some(Token::Variable(part)) => {
                    is_known = false;
                    parts.push(part);
                }
                _ => break,
            }
            self.at += 1;
            // `schema.:table` has its period, `prefix:table` has none.
            match self.peek() {
                Some(Token::Period) => self.at += 1,
                Some(Token::Variable(part)) if parts.last().is_some_and(|last| !last.is_empty()) => {
                    is_known = false;
                    parts.push(part);
                    self.at += 1;
                    if self.peek() == Some(&Token::Period) {
                        self.at += 1;
                        continue;
                    }
                    break;
                }
                _ => break,
            }
        }
        let (name, before) = parts.split_last()?;
        if !is_known {
            return Some(Name::Unresolved(parts.join(".")));
        }
        let schema = (!before.is_empty()).then(|| before.join("."));
        Some(Name::Table(Table { schema, name: (*name).to_owned() }))
    }
}
