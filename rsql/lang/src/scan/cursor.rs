//! The text being scanned: a line, and on top of it the values of variables that were pushed back into it.
//!
//! In some client encodings a character's second byte may be a backslash or a quote. Such a text is looked at with those
//! bytes masked, and copied as it is written.

use super::expand::{self, Reference};
use crate::charset::Charset;

/// Deepest nesting of variables within variables; beyond it a reference stays as it is written. It bounds memory:
/// recursion itself is caught by name.
const PUSHED_MAX: usize = 100;

/// A line with a position, under pushed-back variable values.
#[derive(Debug, Default)]
pub(crate) struct Cursor {
    buffers: Vec<Buffer>,
    charset: Charset,
}

#[derive(Debug, Default)]
struct Buffer {
    /// What scanners look at.
    seen: Vec<u8>,
    /// As it is written, where that is not what they look at.
    written: Option<Vec<u8>>,
    position: usize,
    /// The variable whose value this is; none for the line itself.
    variable: Option<Vec<u8>>,
}

impl Buffer {
    fn new(text: Vec<u8>, charset: Charset, variable: Option<Vec<u8>>) -> Self {
        match charset.masked(&text) {
            None => Self { seen: text, written: None, position: 0, variable },
            Some(seen) => Self { seen, written: Some(text), position: 0, variable },
        }
    }
}

impl Cursor {
    /// At the start of a line in this encoding.
    pub(crate) fn new(line: Vec<u8>, charset: Charset) -> Self {
        Self { buffers: vec![Buffer::new(line, charset, None)], charset }
    }

    /// The encoding of all its texts.
    pub(crate) fn charset(&self) -> Charset {
        self.charset
    }

    /// What is left of the top text, to look at. Tokens never reach from one text into the one below.
    pub(crate) fn rest(&self) -> &[u8] {
        self.buffers.last().map_or(&[], |buffer| &buffer.seen[buffer.position..])
    }

    /// The same as it is written, to copy: byte for byte at the same places.
    pub(crate) fn written(&self) -> &[u8] {
        self.buffers.last().map_or(&[], |buffer| {
            let text = buffer.written.as_ref().unwrap_or(&buffer.seen);
            &text[buffer.position..]
        })
    }

    /// The reference to a variable that begins here, if one does.
    pub(crate) fn reference(&self) -> Option<Reference<'_>> {
        expand::reference(self.rest(), self.written())
    }

    /// Moves on in the top text.
    pub(crate) fn advance(&mut self, count: usize) {
        if let Some(buffer) = self.buffers.last_mut() {
            buffer.position += count;
        }
    }

    /// The position in the top text, to come back to with [`Cursor::rewind`].
    pub(crate) fn position(&self) -> usize {
        self.buffers.last().map_or(0, |buffer| buffer.position)
    }

    /// The position in the line itself, whatever text lies on top of it.
    pub(crate) fn line_position(&self) -> usize {
        self.buffers.first().map_or(0, |buffer| buffer.position)
    }

    /// Goes back to a position in the same top text.
    pub(crate) fn rewind(&mut self, position: usize) {
        if let Some(buffer) = self.buffers.last_mut() {
            buffer.position = position;
        }
    }

    /// Lets scanning go on with the value of a variable. Refused when that variable is already being scanned, or too
    /// many are.
    #[must_use]
    pub(crate) fn push(&mut self, variable: &[u8], value: Vec<u8>) -> bool {
        let recursive = self.buffers.iter().any(|buffer| buffer.variable.as_deref() == Some(variable));
        if recursive || self.buffers.len() > PUSHED_MAX {
            return false;
        }
        self.buffers.push(Buffer::new(value, self.charset, Some(variable.to_vec())));
        true
    }

    /// Leaves a pushed text that is used up. False when the line itself is on top.
    #[must_use]
    pub(crate) fn pop(&mut self) -> bool {
        let pushed = self.buffers.len() > 1;
        if pushed {
            self.buffers.pop();
        }
        pushed
    }
}
