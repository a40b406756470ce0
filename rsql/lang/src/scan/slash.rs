//! Meta-commands: their names and arguments, taken from the cursor one by one.
//!
//! Shell commands in backticks are not run here. The scanner is handed the outputs that are known already; when it
//! meets one more, it stops with [`Interrupt::Shell`], and the whole command is scanned again once that is known.

use super::cursor::Cursor;
use super::expand::{self, Form};
use crate::charset::Charset;
use crate::text::{is_space, is_variable_byte, lossy, shell_word};
use crate::variables::Variables;

/// How an argument is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Quotes, variables and backticks are expanded.
    Normal,
    /// As `Normal`, without unquoted semicolons at its end.
    Bare,
    /// As `Bare`; double quotes are removed as in an SQL identifier.
    Name,
    /// As `Normal`; after a `|` everything to the end of the line, as it is.
    FileOrPipe,
    /// As `FileOrPipe`; a file is read as `Bare`.
    BareFileOrPipe,
    /// Everything to the end of the line, as it is.
    WholeLine,
}

/// One argument.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Arg {
    pub(crate) text: Vec<u8>,
    /// Whether any part of it was quoted or expanded.
    pub(crate) quoted: bool,
}

/// Why scanning an argument stopped short.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Interrupt {
    /// The output of this command is needed.
    Shell(Vec<u8>),
    /// A quote was not closed; the rest of the line is used up.
    Unterminated,
}

/// Outputs of the backticks of one command, in their order; `None` for one that failed.
pub(crate) type Outputs = [Option<Vec<u8>>];

/// A scanner over the arguments of one command.
pub(crate) struct Arguments<'a> {
    pub(crate) cursor: &'a mut Cursor,
    /// The variables to expand; none in an inactive branch, where backticks are not run either but stand for their text.
    pub(crate) variables: Option<&'a Variables>,
    pub(crate) outputs: &'a Outputs,
    /// How many of the outputs have been used.
    pub(crate) used: usize,
}

/// The name of the command that begins here, after its backslash.
pub(crate) fn command_name(cursor: &mut Cursor) -> Vec<u8> {
    let rest = cursor.rest();
    let length = rest.iter().position(|&byte| is_space(byte) || byte == b'\\').unwrap_or(rest.len());
    let name = cursor.written()[..length].to_vec();
    cursor.advance(length);
    name
}

/// Ends a command: `\\` separates it from what follows on the line.
pub(crate) fn command_end(cursor: &mut Cursor) {
    if cursor.rest().starts_with(b"\\\\") {
        cursor.advance(2);
    }
}

/// Everything up to the next backslash or the end of the line, without blanks at both ends, as it is.
pub(crate) fn raw_words(cursor: &mut Cursor) -> Vec<u8> {
    let rest = cursor.rest();
    let length = memchr::memchr(b'\\', rest).unwrap_or(rest.len());
    let words = crate::text::trim(&cursor.written()[..length]).to_vec();
    cursor.advance(length);
    words
}

impl Arguments<'_> {
    /// The next argument; none at the end of the command.
    pub(crate) fn next(&mut self, kind: Kind) -> Result<Option<Arg>, Interrupt> {
        if kind == Kind::WholeLine {
            return Ok(self.whole_line());
        }
        self.skip_blanks();
        let pipes = matches!(kind, Kind::FileOrPipe | Kind::BareFileOrPipe);
        if pipes && self.cursor.rest().first() == Some(&b'|') {
            return Ok(self.whole_line());
        }
        let mut found = Building::default();
        while let Some(&byte) = self.cursor.rest().first() {
            match byte {
                b'\\' => break,
                byte if is_space(byte) => break,
                b'\'' => self.single_quoted(&mut found)?,
                b'"' => self.double_quoted(&mut found)?,
                b'`' => self.backtick(&mut found)?,
                b':' => self.colon(&mut found),
                _ => {
                    found.text.push(self.cursor.written()[0]);
                    found.plain_bytes += 1;
                    self.cursor.advance(1);
                }
            }
        }
        Ok(found.finish(kind))
    }

    fn skip_blanks(&mut self) {
        let rest = self.cursor.rest();
        let blanks = rest.iter().position(|&byte| !is_space(byte)).unwrap_or(rest.len());
        self.cursor.advance(blanks);
    }

    fn whole_line(&mut self) -> Option<Arg> {
        self.skip_blanks();
        let rest = self.cursor.rest();
        let shown = rest.strip_suffix(b"\r").unwrap_or(rest).len();
        let length = rest.len();
        let text = self.cursor.written()[..shown].to_vec();
        self.cursor.advance(length);
        (!text.is_empty()).then_some(Arg { text, quoted: false })
    }

    /// `'…'` with C escapes and `''`.
    pub(crate) fn single_quoted(&mut self, found: &mut Building) -> Result<(), Interrupt> {
        found.quote();
        let (rest, written) = (self.cursor.rest(), self.cursor.written());
        let mut at = 1;
        loop {
            match (rest.get(at), rest.get(at + 1)) {
                (None, _) => return Err(self.unterminated()),
                (Some(b'\''), Some(b'\'')) => {
                    found.text.push(b'\'');
                    at += 2;
                }
                (Some(b'\''), _) => break,
                (Some(b'\\'), Some(_)) => at += escape(&written[at..], &mut found.text),
                (Some(_), _) => {
                    found.text.push(written[at]);
                    at += 1;
                }
            }
        }
        self.cursor.advance(at + 1);
        Ok(())
    }

    /// `"…"`, which keeps its quotes.
    fn double_quoted(&mut self, found: &mut Building) -> Result<(), Interrupt> {
        found.quote();
        let rest = self.cursor.rest();
        let Some(end) = memchr::memchr(b'"', &rest[1..]) else { return Err(self.unterminated()) };
        found.text.extend_from_slice(&self.cursor.written()[..end + 2]);
        self.cursor.advance(end + 2);
        Ok(())
    }

    /// `` `…` ``, replaced by the output of that shell command without its last line break.
    pub(crate) fn backtick(&mut self, found: &mut Building) -> Result<(), Interrupt> {
        found.quote();
        let rest = self.cursor.rest();
        let Some(end) = memchr::memchr(b'`', &rest[1..]) else { return Err(self.unterminated()) };
        let (seen, command) = (&rest[1..=end], &self.cursor.written()[1..=end]);
        let Some(variables) = self.variables else {
            found.text.extend_from_slice(command);
            self.cursor.advance(end + 2);
            return Ok(());
        };
        let Some(output) = self.outputs.get(self.used) else {
            return Err(Interrupt::Shell(expand_command(seen, command, variables)));
        };
        if let Some(output) = output {
            found.text.extend_from_slice(output.strip_suffix(b"\n").unwrap_or(output));
        }
        self.used += 1;
        self.cursor.advance(end + 2);
        Ok(())
    }

    fn colon(&mut self, found: &mut Building) {
        let Some(reference) = self.cursor.reference() else {
            found.text.push(b':');
            found.plain_bytes += 1;
            return self.cursor.advance(1);
        };
        found.quote();
        let length = reference.length;
        let charset = self.cursor.charset();
        let value = self.variables.and_then(|variables| expand::value(&reference, variables, charset));
        found.text.extend_from_slice(value.as_deref().unwrap_or(&self.cursor.written()[..length]));
        self.cursor.advance(length);
    }

    fn unterminated(&mut self) -> Interrupt {
        let length = self.cursor.rest().len();
        self.cursor.advance(length);
        Interrupt::Unterminated
    }
}

/// An argument being put together.
#[derive(Debug, Default)]
pub(crate) struct Building {
    pub(crate) text: Vec<u8>,
    quoted: bool,
    /// Bytes at its end that were not quoted.
    plain_bytes: usize,
}

impl Building {
    fn quote(&mut self) {
        self.quoted = true;
        self.plain_bytes = 0;
    }

    fn finish(mut self, kind: Kind) -> Option<Arg> {
        if self.text.is_empty() && !self.quoted {
            return None;
        }
        if matches!(kind, Kind::Bare | Kind::Name | Kind::BareFileOrPipe) {
            while self.plain_bytes > 0 && self.text.last() == Some(&b';') {
                self.text.pop();
                self.plain_bytes -= 1;
            }
        }
        if kind == Kind::Name {
            self.text = without_identifier_quotes(&self.text);
        }
        Some(Arg { text: self.text, quoted: self.quoted })
    }
}

/// Removes the quotes of `"…"` parts, with `""` for a quote itself; letters keep their case.
fn without_identifier_quotes(text: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(text.len());
    let mut inside = false;
    let mut bytes = text.iter().copied().peekable();
    while let Some(byte) = bytes.next() {
        if byte != b'"' {
            plain.push(byte);
        } else if inside && bytes.peek() == Some(&b'"') {
            bytes.next();
            plain.push(b'"');
        } else {
            inside = !inside;
        }
    }
    plain
}

/// A name as SQL reads it: without its quotes, letters outside of them in lower case.
pub(crate) fn identifier(text: &[u8], charset: Charset) -> Vec<u8> {
    let masked = charset.masked(text);
    let seen = masked.as_deref().unwrap_or(text);
    let mut inside = false;
    let mut folded = text.to_vec();
    for (byte, seen) in folded.iter_mut().zip(seen) {
        match *seen {
            b'"' => inside = !inside,
            0x80.. => {}
            _ if !inside => byte.make_ascii_lowercase(),
            _ => {}
        }
    }
    without_identifier_quotes(&folded)
}

/// Appends what an escape in single quotes stands for, and says how long it is.
fn escape(text: &[u8], out: &mut Vec<u8>) -> usize {
    let digits = |from: usize, most: usize, radix: u32| {
        let digit = |&byte: &u8| char::from(byte).to_digit(radix);
        let found: Vec<u32> = text[from..].iter().take(most).map_while(digit).collect();
        let value = found.iter().fold(0_u32, |value, digit| value * radix + digit);
        (value.to_le_bytes()[0], found.len())
    };
    let (byte, length) = match text[1] {
        b'n' => (b'\n', 2),
        b't' => (b'\t', 2),
        b'b' => (8, 2),
        b'r' => (b'\r', 2),
        b'f' => (12, 2),
        b'0'..=b'7' => {
            let (value, count) = digits(1, 3, 8);
            (value, 1 + count)
        }
        b'x' => match digits(2, 2, 16) {
            (_, 0) => (b'x', 2),
            (value, count) => (value, 2 + count),
        },
        other => (other, 2),
    };
    out.push(byte);
    length
}

/// Variables in a backtick command: `:name` as it is, `:'name'` as one word for the shell.
fn expand_command(seen: &[u8], command: &[u8], variables: &Variables) -> Vec<u8> {
    let mut expanded = Vec::with_capacity(command.len());
    let mut at = 0;
    while at < command.len() {
        let found = expand::reference(&seen[at..], &command[at..]);
        let found = found.filter(|reference| reference.form != Form::Identifier);
        let value = found.as_ref().and_then(|reference| match reference.form {
            Form::Literal => variables.get(reference.name).map(shell_word),
            // No form is left that the encoding matters to.
            _ => expand::value(reference, variables, Charset::default()),
        });
        let length = if value.is_some() { found.map_or(1, |reference| reference.length) } else { 1 };
        match value {
            Some(value) => expanded.extend_from_slice(&value),
            None => expanded.push(command[at]),
        }
        at += length;
    }
    expanded
}

/// Whether a text could be a command's name at all, for messages.
pub(crate) fn shown_name(name: &[u8]) -> String {
    let printable = name.iter().all(|&byte| is_variable_byte(byte) || byte.is_ascii_graphic());
    if printable { lossy(name).into_owned() } else { lossy(name).escape_default().to_string() }
}

#[cfg(test)]
#[path = "slash_tests.rs"]
mod tests;
