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
            Err(at) if at.is_empty() => return self.fail("\\copy: parse error at end of line"),
            Err(at) => return self.fail(&format!("\\copy: parse error at \"{}\"", lossy(&at))),
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
            return self.command_failed();
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

/// Splits the arguments of `\copy`; the error is the token that does not fit.
fn parse(text: &[u8]) -> Result<Copy, Vec<u8>> {
    let mut tokens = Tokens { text, at: 0 };
    let first = tokens.next().ok_or_else(Vec::new)?;
    let query = first.starts_with(b"(");
    if !query {
        tokens.rest_of_name();
    }
    let mut before = &text[..tokens.at];
    let mut token = tokens.next().ok_or_else(Vec::new)?;
    if token.starts_with(b"(") && !query {
        before = &text[..tokens.at];
        token = tokens.next().ok_or_else(Vec::new)?;
    }
    let direction = match token.to_ascii_lowercase().as_slice() {
        b"from" => CopyDirection::In,
        b"to" => CopyDirection::Out,
        _ => return Err(token.to_vec()),
    };
    let end = parse_end(&mut tokens, direction)?;
    let after = &text[tokens.at..];
    let local: &[u8] = if direction == CopyDirection::In { b" FROM STDIN " } else { b" TO STDOUT " };
    let sql = [b"COPY ", trim_end(before), local, trim_start(after)].concat();
    Ok(Copy { sql, direction, end })
}

fn parse_end(tokens: &mut Tokens<'_>, direction: CopyDirection) -> Result<End, Vec<u8>> {
    let token = tokens.next().ok_or_else(Vec::new)?;
    if token.eq_ignore_ascii_case(b"program") {
        let command = tokens.next().ok_or_else(Vec::new)?;
        return unquoted(command).map(End::Program).ok_or_else(|| command.to_vec());
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

/// Words, quoted texts and whole parentheses.
struct Tokens<'a> {
    text: &'a [u8],
    at: usize,
}

impl<'a> Tokens<'a> {
    fn next(&mut self) -> Option<&'a [u8]> {
        while self.text.get(self.at).is_some_and(|&byte| is_space(byte)) {
            self.at += 1;
        }
        let start = self.at;
        match *self.text.get(start)? {
            quote @ (b'\'' | b'"') => self.skip_quoted(quote),
            b'(' => self.skip_parentheses(),
            _ => {
                let ends = |&byte: &u8| is_space(byte) || matches!(byte, b'(' | b'\'' | b'"');
                let rest = &self.text[start..];
                self.at += rest.iter().position(ends).unwrap_or(rest.len());
            }
        }
        Some(&self.text[start..self.at])
    }

    /// Goes on over what belongs to a name: quoted parts, and parts after a dot.
    fn rest_of_name(&mut self) {
        loop {
            let rest = &self.text[self.at..];
            let dotted = trim_start(rest).first() == Some(&b'.') || self.text[..self.at].ends_with(b".");
            let adjacent = rest.first().is_some_and(|&byte| !is_space(byte) && byte != b'(');
            if !(dotted || adjacent) || self.next().is_none() {
                return;
            }
        }
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

    fn skip_parentheses(&mut self) {
        let mut depth = 0_usize;
        while let Some(&byte) = self.text.get(self.at) {
            match byte {
                b'\'' | b'"' => {
                    self.skip_quoted(byte);
                    continue;
                }
                b'(' => depth += 1,
                b')' => depth -= 1,
                _ => {}
            }
            self.at += 1;
            if depth == 0 {
                return;
            }
        }
    }
}

fn trim_start(text: &[u8]) -> &[u8] {
    let start = text.iter().position(|&byte| !is_space(byte)).unwrap_or(text.len());
    &text[start..]
}

fn trim_end(text: &[u8]) -> &[u8] {
    let end = text.iter().rposition(|&byte| !is_space(byte)).map_or(0, |last| last + 1);
    &text[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copies_are_split_at_their_source() {
        let check = |text: &str, sql: &str, end: End| {
            let copy = parse(text.as_bytes()).map_err(|at| lossy(&at).into_owned()).expect(text);
            assert_eq!((lossy(&copy.sql).into_owned(), copy.end), (sql.to_owned(), end), "{text}");
        };
        let file = |name: &str| End::File(name.as_bytes().to_vec());
        check("t from f.csv csv header", "COPY t FROM STDIN csv header", file("f.csv"));
        check("s . \"a b\".t from f", "COPY s . \"a b\".t FROM STDIN ", file("f"));
        check("s.t (a, \"to\") from 'it''s'", "COPY s.t (a, \"to\") FROM STDIN ", file("it's"));
        check("(select 'x from y') to out", "COPY (select 'x from y') TO STDOUT ", file("out"));
        check("t from program 'cat x' csv", "COPY t FROM STDIN csv", End::Program(b"cat x".to_vec()));
        check("t FROM STDIN", "COPY t FROM STDIN ", End::Script);
        check("t to pstdout", "COPY t TO STDOUT ", End::Standard);
        check("t from pstdin with (format csv)", "COPY t FROM STDIN with (format csv)", End::Standard);
    }

    #[test]
    fn incomplete_copies_are_refused() {
        let check = |text: &str, expect: &str| {
            assert_eq!(parse(text.as_bytes()), Err(expect.as_bytes().to_vec()), "{text}");
        };
        check("t", "");
        check("t from", "");
        check("t from program x", "x");
        check("t frm x", "frm");
        check("(select 1) (a) to x", "(a)");
    }
}
