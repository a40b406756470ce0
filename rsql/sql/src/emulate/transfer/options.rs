//! Reading the options after COPY and UNLOAD: words, and values with or without AS.

use super::super::rewriter::Rewriter;
use super::super::tokens::Kind;

/// Options that say who may read or write, which is of no account here: the word, and how many tokens follow it.
const IGNORED: &[(&str, usize)] = &[
    ("iam_role", 1),
    ("access_key_id", 1),
    ("secret_access_key", 1),
    ("session_token", 1),
    ("kms_key_id", 1),
    ("master_symmetric_key", 1),
    ("encrypted", 0),
    ("statupdate", 0),
    ("compupdate", 0),
    ("comprows", 1),
    ("readratio", 1),
    ("roundec", 0),
    ("rowgroupsize", 2),
    ("noload", 0),
];
/// Words that may follow such an option.
const SWITCHES: &[&str] = &["on", "off", "true", "false", "preset", "auto"];

/// The options, one after the other.
pub(super) struct Options<'r, 'a> {
    rewriter: &'r Rewriter<'a>,
    at: usize,
    to: usize,
    /// Region of the bucket, once the option has come.
    pub(super) region: Option<String>,
}

impl<'r, 'a> Options<'r, 'a> {
    pub(super) fn new(rewriter: &'r Rewriter<'a>, at: usize, to: usize) -> Self {
        Options { rewriter, at, to, region: None }
    }

    /// The next option's word in lower case, past those that are ignored; `None` at the end.
    pub(super) fn next(&mut self) -> Option<String> {
        while self.at < self.to {
            let word = self.rewriter.source.token(self.at).to_ascii_lowercase();
            self.at += 1;
            if word == "credentials" || word == "with" {
                self.accept("as");
                if word == "credentials" {
                    self.at += 1;
                }
                continue;
            }
            if word == "region" {
                self.accept("as");
                self.region = self.optional_text();
                continue;
            }
            let Some((_, values)) = IGNORED.iter().find(|(known, _)| *known == word) else {
                return (self.at <= self.to).then_some(word);
            };
            self.accept("as");
            self.at += values;
            if SWITCHES.iter().any(|switch| self.rewriter.source.is(self.at, switch)) && self.at < self.to {
                self.at += 1;
            }
        }
        None
    }

    /// Takes the next token if it is this word.
    pub(super) fn accept(&mut self, word: &str) -> bool {
        let found = self.at < self.to && self.rewriter.source.is(self.at, word);
        self.at += usize::from(found);
        found
    }

    /// The literal of an option.
    pub(super) fn text(&mut self, option: &str) -> Result<String, String> {
        self.accept("as");
        let text = self.optional_text();
        text.ok_or_else(|| format!("option {} wants a quoted value", option.to_uppercase()))
    }

    /// A literal, if one follows.
    pub(super) fn optional_text(&mut self) -> Option<String> {
        let text = self.rewriter.literal(self.at).filter(|_| self.at < self.to)?;
        self.at += 1;
        Some(text)
    }

    /// The number of an option.
    pub(super) fn number(&mut self, option: &str) -> Result<f64, String> {
        self.accept("as");
        let number = self.optional_number();
        number.ok_or_else(|| format!("option {} wants a number", option.to_uppercase()))
    }

    /// A number, if one follows.
    pub(super) fn optional_number(&mut self) -> Option<f64> {
        let is_number = self.at < self.to && self.rewriter.source.kind(self.at) == Some(Kind::Number);
        let number = is_number.then(|| self.rewriter.source.token(self.at).parse().ok()).flatten()?;
        self.at += 1;
        Some(number)
    }

    /// The names of a list in brackets.
    pub(super) fn names(&mut self) -> Option<Vec<String>> {
        let close = self.rewriter.closing(self.at, self.to)?;
        let names = names(self.rewriter, self.at + 1, close);
        self.at = close + 1;
        Some(names)
    }
}

/// The names between commas, without their quotes, folded where they have none.
pub(super) fn names(rewriter: &Rewriter<'_>, from: usize, to: usize) -> Vec<String> {
    let parts = rewriter.source.parts(from, to);
    parts.into_iter().map(|part| name(rewriter.source.token(part.start))).collect()
}

/// A name as the server keeps it.
fn name(token: &str) -> String {
    match token.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
        Some(inner) => inner.replace("\"\"", "\""),
        None => token.to_lowercase(),
    }
}

/// A single character of an option, with the two escapes that are written for it.
pub(super) fn character(option: &str, text: &str) -> Result<char, String> {
    let mut chars = text.chars();
    match (chars.next(), chars.next(), chars.next()) {
        (Some(c), None, _) => Ok(c),
        (Some('\\'), Some('t'), None) => Ok('\t'),
        (Some('\\'), Some('\\'), None) => Ok('\\'),
        _ if text.starts_with('\\') => {
            let code = u32::from_str_radix(text.trim_start_matches(['\\', 'x']), 8).ok();
            code.and_then(char::from_u32)
                .ok_or_else(|| format!("option {} wants one character", option.to_uppercase()))
        }
        _ => Err(format!("option {} wants one character", option.to_uppercase())),
    }
}
