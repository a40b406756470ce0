//! `\copy`: from its text to the COPY statement that is sent, and the file or program at our side.

use std::sync::Arc;

use super::{Args, Flow};
use crate::effect::{Effect, InputId, InputTarget, OutputTarget, Stream};
use crate::frame::Frame;
use crate::io::Waiting;
use crate::machine::Machine;
use crate::outcome::CopyDirection;
use crate::run::{How, LocalCopy};
use crate::text::{is_space, lossy};

/// A `\copy` that has been understood.
#[derive(Debug, PartialEq, Eq)]
struct Copy {
    /// The statement for the server.
    sql: Vec<u8>,
    direction: CopyDirection,
    end: End,
}

/// The end of the copy at our side.
#[derive(Debug, PartialEq, Eq)]
enum End {
    File(Vec<u8>),
    Program(Vec<u8>),
    /// `stdin`, `stdout`: the script, or where results go.
    Script,
    /// `pstdin`, `pstdout`: our own standard streams.
    Standard,
}

impl Machine {
    pub(super) fn copy(&mut self, args: &Args) -> Flow {
        let Some(text) = args.get(0) else { return self.fail("\\copy: arguments required") };
        let copy = match parse(text) {
            Ok(copy) => copy,
            Err(None) => return self.fail("\\copy: parse error at end of line"),
            Err(Some(at)) => return self.fail(&format!("\\copy: parse error at \"{}\"", lossy(&at))),
        };
        if let End::Program(command) = &copy.end
            && self.refuses_shell(command)
        {
            return Flow::Failed;
        }
        self.pending_copy = Some(Arc::new(copy.sql));
        match copy.direction {
            CopyDirection::In => self.copy_from(copy.end),
            CopyDirection::Out => self.copy_to(copy.end),
        }
    }

    fn copy_from(&mut self, end: End) -> Flow {
        let (name, target) = match end {
            End::Script => return self.begin_copy(LocalCopy::default()),
            End::Standard => {
                return self.begin_copy(LocalCopy { input: Some(InputId::STDIN), ..LocalCopy::default() });
            }
            End::File(path) => (self.tilde(&path), InputTarget::File(self.tilde(&path))),
            End::Program(command) => (command.clone(), InputTarget::Program(command)),
        };
        let program = matches!(target, InputTarget::Program(_));
        let input = self.io.new_input();
        let local = LocalCopy { input: Some(input), output: None, name, program };
        self.io.ask(Effect::OpenInput { input, target }, Waiting::Copy(local));
        Flow::Wait
    }

    fn copy_to(&mut self, end: End) -> Flow {
        let (name, target) = match end {
            End::Script => return self.begin_copy(LocalCopy::default()),
            End::Standard => {
                return self.begin_copy(LocalCopy { output: Some(Stream::Stdout), ..LocalCopy::default() });
            }
            End::File(path) => (self.tilde(&path), OutputTarget::File(self.tilde(&path))),
            End::Program(command) => (command.clone(), OutputTarget::Program(command)),
        };
        let program = matches!(target, OutputTarget::Program(_));
        let output = self.io.new_output();
        let local = LocalCopy { input: None, output: Some(Stream::Output(output)), name, program };
        self.io.ask(Effect::OpenOutput { output, target }, Waiting::Copy(local));
        Flow::Wait
    }

    /// The file or program at our side is open, or not.
    pub(crate) fn copy_opened(&mut self, local: LocalCopy, result: Result<(), String>) {
        if let Err(reason) = result {
            self.pending_copy = None;
            self.error(&format!("{}: {reason}", lossy(&local.name)));
            let complaint = self.last_complaint.clone();
            let sqlstate = self.set_local_failure(&complaint);
            self.command_failed();
            if let Some(code) = self.severities.stop(sqlstate) {
                self.report.stopped_by_error = true;
                self.exit_with(code);
            }
            return;
        }
        self.begin_copy(local);
    }

    /// Sends the statement; the command ends with it.
    fn begin_copy(&mut self, local: LocalCopy) -> Flow {
        let sql = self.pending_copy.take().unwrap_or_default();
        let origin = self.frames.last().map(Frame::place).unwrap_or_default();
        self.start_run(sql, origin, How { copy: Some(local), ..How::default() });
        Flow::Wait
    }
}

/// The statement of a `\copy`, and whether its data stand in the script; none when it cannot be read.
pub(crate) fn statement(text: &[u8]) -> Option<(Vec<u8>, bool)> {
    let copy = parse(text).ok()?;
    let reads_script = copy.direction == CopyDirection::In && copy.end == End::Script;
    Some((copy.sql, reads_script))
}

/// Splits the arguments of `\copy`; the error is the token that does not fit, none at the end of the line. What
/// stands before the direction is sent token by token with single blanks, as psql does, so that the places of errors
/// agree.
fn parse(text: &[u8]) -> Result<Copy, Option<Vec<u8>>> {
    let mut tokens = Tokens { text, at: 0 };
    let mut sql = b"COPY ".to_vec();
    let first = tokens.next(NAME)?;
    let mut token = if first == b"(" { tokens.query(&mut sql)? } else { tokens.table(first, &mut sql)? };
    if token == b"(" {
        while token != b")" {
            push(&mut sql, token);
            token = tokens.next(COLUMNS)?;
        }
        push(&mut sql, token);
        token = tokens.next(NAME)?;
    }
    let direction = match token.to_ascii_lowercase().as_slice() {
        b"from" => CopyDirection::In,
        b"to" => CopyDirection::Out,
        _ => return Err(Some(token.to_vec())),
    };
    let end = parse_end(&mut tokens, direction)?;
    let local: &[u8] = if direction == CopyDirection::In { b" FROM STDIN " } else { b" TO STDOUT " };
    sql.extend_from_slice(local);
    sql.extend_from_slice(trim_start(&text[tokens.at..]));
    Ok(Copy { sql, direction, end })
}

fn push(sql: &mut Vec<u8>, token: &[u8]) {
    sql.push(b' ');
    sql.extend_from_slice(token);
}

fn parse_end(tokens: &mut Tokens<'_>, direction: CopyDirection) -> Result<End, Option<Vec<u8>>> {
    let token = tokens.next(FILE)?;
    if token.eq_ignore_ascii_case(b"program") {
        let command = tokens.next(FILE)?;
        return unquoted(command).map(End::Program).ok_or_else(|| Some(command.to_vec()));
    }
    let word = token.to_ascii_lowercase();
    let stdin = direction == CopyDirection::In;
    let end = match word.as_slice() {
        b"stdin" | b"stdout" => End::Script,
        b"pstdin" if stdin => End::Standard,
        b"pstdout" if !stdin => End::Standard,
        _ => End::File(unquoted(token).unwrap_or_else(|| token.to_vec())),
    };
    Ok(end)
}

/// The content of `'…'`, with `''` for a quote.
fn unquoted(token: &[u8]) -> Option<Vec<u8>> {
    let inner = token.strip_prefix(b"'")?.strip_suffix(b"'")?;
    let mut text = Vec::with_capacity(inner.len());
    let mut bytes = inner.iter().copied().peekable();
    while let Some(byte) = bytes.next() {
        if byte == b'\'' && bytes.peek() == Some(&b'\'') {
            bytes.next();
        }
        text.push(byte);
    }
    Some(text)
}

/// The bytes that stand alone, and those that begin a quoted token.
#[derive(Clone, Copy)]
struct Split {
    alone: &'static [u8],
    quotes: &'static [u8],
}

const NAME: Split = Split { alone: b".,()", quotes: b"\"" };
const COLUMNS: Split = Split { alone: b"()", quotes: b"\"" };
const QUERY: Split = Split { alone: b"()", quotes: b"\"'" };
const FILE: Split = Split { alone: b";", quotes: b"'" };

/// The arguments, token by token.
struct Tokens<'a> {
    text: &'a [u8],
    at: usize,
}

impl<'a> Tokens<'a> {
    /// The next token; an error of none at the end of the line.
    fn next(&mut self, split: Split) -> Result<&'a [u8], Option<Vec<u8>>> {
        while self.text.get(self.at).is_some_and(|&byte| is_space(byte)) {
            self.at += 1;
        }
        let start = self.at;
        let first = *self.text.get(start).ok_or(None)?;
        if split.quotes.contains(&first) {
            self.skip_quoted(first);
        } else if split.alone.contains(&first) {
            self.at += 1;
        } else {
            let ends =
                |byte: &u8| is_space(*byte) || split.alone.contains(byte) || split.quotes.contains(byte);
            let rest = &self.text[start..];
            self.at += rest.iter().position(ends).unwrap_or(rest.len());
        }
        Ok(&self.text[start..self.at])
    }

    /// `(query)`, whose first parenthesis is read; gives the token after it.
    fn query(&mut self, sql: &mut Vec<u8>) -> Result<&'a [u8], Option<Vec<u8>>> {
        push(sql, b"(");
        let mut depth = 1;
        while depth > 0 {
            let token = self.next(QUERY)?;
            match token {
                b"(" => depth += 1,
                b")" => depth -= 1,
                _ => {}
            }
            push(sql, token);
        }
        self.next(NAME)
    }

    /// `[binary] [schema.]table`, whose first token is read; gives the token after it.
    fn table(&mut self, first: &'a [u8], sql: &mut Vec<u8>) -> Result<&'a [u8], Option<Vec<u8>>> {
        let mut name = first;
        if name.eq_ignore_ascii_case(b"binary") {
            sql.extend_from_slice(name);
            name = self.next(NAME)?;
        }
        push(sql, name);
        let token = self.next(NAME)?;
        if token != b"." {
            return Ok(token);
        }
        sql.extend_from_slice(token);
        sql.extend_from_slice(self.next(NAME)?);
        self.next(NAME)
    }

    fn skip_quoted(&mut self, quote: u8) {
        self.at += 1;
        while let Some(&byte) = self.text.get(self.at) {
            self.at += 1;
            if byte != quote {
                continue;
            }
            if self.text.get(self.at) != Some(&quote) {
                return;
            }
            self.at += 1;
        }
    }
}

fn trim_start(text: &[u8]) -> &[u8] {
    let start = text.iter().position(|&byte| !is_space(byte)).unwrap_or(text.len());
    &text[start..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copies_are_split_at_their_source() {
        let check = |text: &str, sql: &str, end: End| {
            let copy = parse(text.as_bytes()).expect(text);
            assert_eq!((lossy(&copy.sql).into_owned(), copy.end), (sql.to_owned(), end), "{text}");
        };
        let file = |name: &str| End::File(name.as_bytes().to_vec());
        check("t from f.csv csv header", "COPY  t FROM STDIN csv header", file("f.csv"));
        check("s.t (a, \"to\") from 'it''s'", "COPY  s.t ( a, \"to\" ) FROM STDIN ", file("it's"));
        check("s . \"a b\" from f", "COPY  s.\"a b\" FROM STDIN ", file("f"));
        check("(select 'x from y') to out", "COPY  ( select 'x from y' ) TO STDOUT ", file("out"));
        check("t from program 'cat x' csv", "COPY  t FROM STDIN csv", End::Program(b"cat x".to_vec()));
        check("t FROM STDIN", "COPY  t FROM STDIN ", End::Script);
        check("t to stdout;", "COPY  t TO STDOUT ;", End::Script);
        check("t from f.csv;", "COPY  t FROM STDIN ;", file("f.csv"));
        check("t to pstdout", "COPY  t TO STDOUT ", End::Standard);
        check("t from pstdin with (format csv)", "COPY  t FROM STDIN with (format csv)", End::Standard);
    }

    #[test]
    fn incomplete_copies_are_refused() {
        let check = |text: &str, expect: Option<&str>| {
            assert_eq!(parse(text.as_bytes()), Err(expect.map(|at| at.as_bytes().to_vec())), "{text}");
        };
        check("t", None);
        check("t from", None);
        check("(select 1", None);
        check("t frm x", Some("frm"));
        check("t from program x", Some("x"));
    }
}
