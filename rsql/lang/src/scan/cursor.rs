//! The text being scanned: a line, and on top of it the values of variables that were pushed back into it.

/// Deepest nesting of variables within variables; beyond it a reference stays as it is written. It bounds memory:
/// recursion itself is caught by name.
const PUSHED_MAX: usize = 100;

/// A line with a position, under pushed-back variable values.
#[derive(Debug, Default)]
pub(crate) struct Cursor {
    buffers: Vec<Buffer>,
}

#[derive(Debug, Default)]
struct Buffer {
    bytes: Vec<u8>,
    position: usize,
    /// The variable whose value this is; none for the line itself.
    variable: Option<Vec<u8>>,
}

impl Cursor {
    /// At the start of a line.
    pub(crate) fn new(line: Vec<u8>) -> Self {
        Self { buffers: vec![Buffer { bytes: line, position: 0, variable: None }] }
    }

    /// What is left of the top text. Tokens never reach from one text into the one below.
    pub(crate) fn rest(&self) -> &[u8] {
        self.buffers.last().map_or(&[], |buffer| &buffer.bytes[buffer.position..])
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
        self.buffers.push(Buffer { bytes: value, position: 0, variable: Some(variable.to_vec()) });
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
