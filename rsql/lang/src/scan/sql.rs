//! The SQL scanner: copies text into the statement being collected and says where it ends.
//!
//! It knows quotes, comments, parentheses, `BEGIN ATOMIC` bodies and variable references, and no SQL beyond that.
//! It is fed line by line and keeps what is open between lines.

use memchr::{memchr, memchr2, memmem};

use super::cursor::Cursor;
use super::expand::{self, Form};
use crate::text::{is_identifier_byte, is_identifier_start, is_space, lossy};
use crate::variables::Variables;

/// Why scanning stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stop {
    /// A semicolon ended the statement; it is part of the text.
    Semicolon,
    /// A meta-command begins here; the backslash is consumed.
    Backslash,
    /// The line ended inside something open, or nothing has been collected.
    Incomplete,
    /// The line ended after a text that could be sent as it is.
    End,
}

/// What surrounds a scan: neither changes while it runs.
pub(crate) struct Context<'a> {
    /// The variables to expand; none in an inactive branch.
    pub(crate) variables: Option<&'a Variables>,
    /// Whether backslashes are ordinary characters in plain strings.
    pub(crate) standard_strings: bool,
}

/// What is open between two calls.
#[derive(Debug, Default)]
pub(crate) struct Scanner {
    state: State,
    paren_depth: usize,
    begin_depth: usize,
    words: Words,
    has_token: bool,
    marks: Marks,
    warnings: Vec<String>,
}

/// Positions in the line that was scanned when they were noted, for those who point at them.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Marks {
    /// Of the statement's first token.
    pub(crate) token: usize,
    /// Of the quote or comment that was opened last, if that was on this line.
    pub(crate) open: Option<usize>,
    /// Of the outermost parenthesis, if it was opened on this line.
    pub(crate) paren: Option<usize>,
}

/// What a text is inside of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Inside {
    Comment,
    String,
    Identifier,
    Dollar,
}

#[derive(Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    Normal,
    /// Within this many `/*`.
    Comment(usize),
    Quote {
        escapes: bool,
    },
    DoubleQuote,
    /// Within a dollar quote of this delimiter, dollars included.
    Dollar(Vec<u8>),
}

/// The first identifiers of a statement, to know `CREATE [OR REPLACE] FUNCTION|PROCEDURE`.
#[derive(Debug, Default)]
struct Words {
    count: usize,
    initials: [u8; 4],
}

impl Words {
    fn add(&mut self, word: &[u8]) {
        const KNOWN: [&[u8]; 5] = [b"create", b"or", b"replace", b"function", b"procedure"];
        if self.count == 0 {
            self.initials = [0; 4];
        }
        if self.count < self.initials.len() && KNOWN.iter().any(|known| word.eq_ignore_ascii_case(known)) {
            self.initials[self.count] = word[0].to_ascii_lowercase();
        }
        self.count += 1;
    }

    fn create_routine(&self) -> bool {
        matches!(self.initials, [b'c', b'f' | b'p', ..] | [b'c', b'o', b'r', b'f' | b'p'])
    }
}

impl Scanner {
    /// Scans on, into `out`, up to the next stop.
    pub(crate) fn scan(&mut self, cursor: &mut Cursor, out: &mut Vec<u8>, context: &Context<'_>) -> Stop {
        loop {
            if cursor.rest().is_empty() {
                if cursor.pop() {
                    continue;
                }
                return self.at_line_end(out);
            }
            match &self.state {
                State::Normal => {
                    if let Some(stop) = self.token(cursor, out, context) {
                        return stop;
                    }
                }
                State::Comment(_) => self.comment(cursor, out),
                State::Quote { .. } | State::DoubleQuote => self.quoted(cursor, out),
                State::Dollar(_) => self.dollar_quoted(cursor, out),
            }
        }
    }

    /// Forgets everything that is open.
    pub(crate) fn reset(&mut self) {
        *self = Self { warnings: std::mem::take(&mut self.warnings), ..Self::default() };
    }

    /// Begins a new statement after one was sent; what is open stays open.
    pub(crate) fn begin_statement(&mut self) {
        self.has_token = false;
    }

    /// Whether the line ended inside a quote or comment of any kind, where empty lines count.
    pub(crate) fn in_quote(&self) -> bool {
        self.state != State::Normal
    }

    /// Which kind of quote or comment is open.
    pub(crate) fn inside(&self) -> Option<Inside> {
        match self.state {
            State::Normal => None,
            State::Comment(_) => Some(Inside::Comment),
            State::Quote { .. } => Some(Inside::String),
            State::DoubleQuote => Some(Inside::Identifier),
            State::Dollar(_) => Some(Inside::Dollar),
        }
    }

    /// Where things begin, in the lines in which they do.
    pub(crate) fn marks(&self) -> Marks {
        self.marks
    }

    /// Another line begins: what was noted of the one before is its own.
    pub(crate) fn forget_marks(&mut self) {
        self.marks = Marks::default();
    }

    /// Whether the statement has a token other than comments.
    pub(crate) fn has_token(&self) -> bool {
        self.has_token
    }

    /// Open parentheses, which an inactive branch must not change.
    pub(crate) fn paren_depth(&self) -> usize {
        self.paren_depth
    }

    /// Puts the open parentheses back.
    pub(crate) fn set_paren_depth(&mut self, depth: usize) {
        self.paren_depth = depth;
    }

    /// Takes the messages of the scans since the last call.
    pub(crate) fn take_warnings(&mut self) -> Vec<String> {
        std::mem::take(&mut self.warnings)
    }

    fn at_line_end(&self, out: &[u8]) -> Stop {
        let open = self.state != State::Normal || self.paren_depth > 0 || self.begin_depth > 0;
        if open || out.is_empty() { Stop::Incomplete } else { Stop::End }
    }

    /// One token outside of quotes and comments.
    fn token(&mut self, cursor: &mut Cursor, out: &mut Vec<u8>, context: &Context<'_>) -> Option<Stop> {
        let rest = cursor.rest();
        let at = cursor.line_position();
        let length = match rest[0] {
            byte if is_space(byte) => return skip_blank(cursor, out, blank_run(rest)),
            b'-' if rest.get(1) == Some(&b'-') => return skip_blank(cursor, out, line_comment(rest)),
            b'/' if rest.get(1) == Some(&b'*') => {
                self.state = State::Comment(0);
                self.marks.open = Some(at);
                return None;
            }
            b':' => {
                self.note_token(at);
                self.colon(cursor, out, context);
                return None;
            }
            b'\\' => return escape_or_stop(cursor, out, &mut self.words),
            b';' => return self.semicolon(cursor, out),
            b'\'' => self.open(State::Quote { escapes: !context.standard_strings }, 1),
            b'"' => self.open(State::DoubleQuote, 1),
            b'$' => self.dollar(rest),
            b'(' => {
                if self.paren_depth == 0 {
                    self.marks.paren = Some(at);
                }
                self.paren_depth += 1;
                1
            }
            b')' => {
                self.paren_depth = self.paren_depth.saturating_sub(1);
                1
            }
            byte if is_identifier_start(byte) => self.word(rest, context),
            byte if byte.is_ascii_digit() => number(rest),
            _ => 1,
        };
        self.note_token(at);
        if self.state != State::Normal {
            self.marks.open = Some(at);
        }
        copy(cursor, out, length);
        None
    }

    fn note_token(&mut self, at: usize) {
        if !self.has_token {
            self.has_token = true;
            self.marks.token = at;
        }
    }

    fn open(&mut self, state: State, length: usize) -> usize {
        self.state = state;
        length
    }

    fn semicolon(&mut self, cursor: &mut Cursor, out: &mut Vec<u8>) -> Option<Stop> {
        copy(cursor, out, 1);
        if self.paren_depth > 0 || self.begin_depth > 0 {
            return None;
        }
        self.words.count = 0;
        Some(Stop::Semicolon)
    }

    /// An identifier, or the prefix and quote of a special string (`E'`, `U&"`, …).
    fn word(&mut self, rest: &[u8], context: &Context<'_>) -> usize {
        let plain = State::Quote { escapes: false };
        match (rest[0].to_ascii_lowercase(), rest.get(1), rest.get(2)) {
            (b'e', Some(b'\''), _) => return self.open(State::Quote { escapes: true }, 2),
            (b'n', Some(b'\''), _) => {
                return self.open(State::Quote { escapes: !context.standard_strings }, 2);
            }
            (b'b' | b'x', Some(b'\''), _) => return self.open(plain, 2),
            (b'u', Some(b'&'), Some(b'\'')) => return self.open(plain, 3),
            (b'u', Some(b'&'), Some(b'"')) => return self.open(State::DoubleQuote, 3),
            _ => {}
        }
        let length = rest.iter().position(|&byte| !is_identifier_byte(byte)).unwrap_or(rest.len());
        self.note_word(&rest[..length]);
        length
    }

    /// Follows `BEGIN … END` in the body of a routine, whose semicolons do not end the statement.
    fn note_word(&mut self, word: &[u8]) {
        self.words.add(word);
        if self.paren_depth > 0 || !self.words.create_routine() {
            return;
        }
        let nested_case = word.eq_ignore_ascii_case(b"case") && self.begin_depth > 0;
        if word.eq_ignore_ascii_case(b"begin") || nested_case {
            self.begin_depth += 1;
        } else if word.eq_ignore_ascii_case(b"end") {
            self.begin_depth = self.begin_depth.saturating_sub(1);
        }
    }

    /// A dollar quote's start, a parameter, or a lone dollar.
    fn dollar(&mut self, rest: &[u8]) -> usize {
        let tag = rest[1..].iter().position(|&byte| byte == b'$' || !is_identifier_byte(byte));
        if let Some(end) = tag.filter(|&end| rest[1 + end] == b'$') {
            let named = &rest[1..=end];
            if named.first().is_none_or(|&byte| is_identifier_start(byte)) {
                self.state = State::Dollar(rest[..end + 2].to_vec());
                return end + 2;
            }
        }
        1 + rest[1..].iter().take_while(|byte| byte.is_ascii_digit()).count()
    }

    fn colon(&mut self, cursor: &mut Cursor, out: &mut Vec<u8>, context: &Context<'_>) {
        let rest = cursor.rest();
        let doubled = rest.starts_with(b"::") || rest.starts_with(b":=");
        let Some(reference) = cursor.reference().filter(|_| !doubled) else {
            return copy(cursor, out, if doubled { 2 } else { 1 });
        };
        let length = reference.length;
        let value = |variables| expand::value(&reference, variables, cursor.charset());
        let Some(value) = context.variables.and_then(value) else { return copy(cursor, out, length) };
        if reference.form != Form::Plain {
            out.extend_from_slice(&value);
            return cursor.advance(length);
        }
        let name = reference.name.to_vec();
        cursor.advance(length);
        if !cursor.push(&name, value) {
            self.warnings.push(format!("skipping recursive expansion of variable \"{}\"", lossy(&name)));
            out.push(b':');
            out.extend_from_slice(&name);
        }
    }

    fn comment(&mut self, cursor: &mut Cursor, out: &mut Vec<u8>) {
        let State::Comment(depth) = self.state else { return };
        let rest = cursor.rest();
        let Some(at) = memchr2(b'*', b'/', rest) else { return copy(cursor, out, rest.len()) };
        let length = match (rest[at], rest.get(at + 1)) {
            (b'/', Some(b'*')) => {
                self.state = State::Comment(depth + 1);
                at + 2
            }
            (b'*', Some(b'/')) => {
                self.state = if depth > 1 { State::Comment(depth - 1) } else { State::Normal };
                at + 2
            }
            _ => at + 1,
        };
        copy(cursor, out, length);
    }

    fn quoted(&mut self, cursor: &mut Cursor, out: &mut Vec<u8>) {
        let rest = cursor.rest();
        let (quote, escapes) = match self.state {
            State::Quote { escapes } => (b'\'', escapes),
            _ => (b'"', false),
        };
        let found = if escapes { memchr2(quote, b'\\', rest) } else { memchr(quote, rest) };
        let Some(at) = found else { return copy(cursor, out, rest.len()) };
        if rest[at] == b'\\' {
            return copy(cursor, out, rest.len().min(at + 2));
        }
        if rest.get(at + 1) == Some(&quote) {
            return copy(cursor, out, at + 2);
        }
        let mut length = at + 1;
        match continuation(&rest[length..]).filter(|_| quote == b'\'') {
            Some(more) => length += more,
            None => self.state = State::Normal,
        }
        copy(cursor, out, length);
    }

    fn dollar_quoted(&mut self, cursor: &mut Cursor, out: &mut Vec<u8>) {
        let State::Dollar(delimiter) = &self.state else { return };
        let rest = cursor.rest();
        let length = match memmem::find(rest, delimiter) {
            Some(at) => {
                let length = at + delimiter.len();
                self.state = State::Normal;
                length
            }
            None => rest.len(),
        };
        copy(cursor, out, length);
    }
}

/// Blanks and line comments before the first token are not part of a statement.
fn skip_blank(cursor: &mut Cursor, out: &mut Vec<u8>, length: usize) -> Option<Stop> {
    if out.is_empty() {
        cursor.advance(length);
    } else {
        copy(cursor, out, length);
    }
    None
}

fn blank_run(rest: &[u8]) -> usize {
    rest.iter().position(|&byte| !is_space(byte)).unwrap_or(rest.len())
}

fn line_comment(rest: &[u8]) -> usize {
    memchr2(b'\n', b'\r', rest).unwrap_or(rest.len())
}

/// `\;` and `\:` put the character itself into the statement; any other backslash begins a meta-command.
fn escape_or_stop(cursor: &mut Cursor, out: &mut Vec<u8>, words: &mut Words) -> Option<Stop> {
    cursor.advance(1);
    match cursor.rest().first() {
        Some(b';') => words.count = 0,
        Some(b':') => {}
        _ => return Some(Stop::Backslash),
    }
    copy(cursor, out, 1);
    None
}

/// A number, with the one letter of junk after it that keeps `1a$b$` from being read as an identifier.
fn number(rest: &[u8]) -> usize {
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let junk = rest.get(digits).is_some_and(|&byte| is_identifier_start(byte));
    digits + usize::from(junk)
}

/// Length of blanks with a line break and the quote that goes on with the string after it.
fn continuation(rest: &[u8]) -> Option<usize> {
    let blanks = blank_run(rest);
    let goes_on = rest[..blanks].contains(&b'\n') && rest.get(blanks) == Some(&b'\'');
    goes_on.then_some(blanks + 1)
}

fn copy(cursor: &mut Cursor, out: &mut Vec<u8>, length: usize) {
    out.extend_from_slice(&cursor.written()[..length]);
    cursor.advance(length);
}

#[cfg(test)]
#[path = "sql_tests.rs"]
mod tests;
