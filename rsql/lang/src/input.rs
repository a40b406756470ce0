//! Inputs as lines: chunks in, lines out. Scripts, standard input and COPY data all come through here.

use std::collections::HashMap;

use memchr::memchr;

use crate::effect::InputId;

/// The readers of all open inputs.
#[derive(Debug, Default)]
pub(crate) struct Inputs {
    readers: HashMap<InputId, Reader>,
}

/// What an input has.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Next<T> {
    Item(T),
    /// More must be read first.
    More,
    End,
}

/// A line without its line break, and whether it had one.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Line {
    pub(crate) text: Vec<u8>,
    pub(crate) broken: bool,
}

#[derive(Debug, Default)]
struct Reader {
    buffer: Vec<u8>,
    /// Where the next line begins.
    start: usize,
    /// Up to where no line break was found, so that a long line is not searched again and again.
    searched: usize,
    ended: bool,
}

impl Inputs {
    /// The next line of an input.
    pub(crate) fn line(&mut self, input: InputId) -> Next<Line> {
        self.readers.entry(input).or_default().line()
    }

    /// All bytes at hand, without regard to lines.
    pub(crate) fn bytes(&mut self, input: InputId) -> Next<Vec<u8>> {
        self.readers.entry(input).or_default().bytes()
    }

    /// Takes bytes that were read; none mean the end.
    pub(crate) fn feed(&mut self, input: InputId, chunk: &[u8]) {
        self.readers.entry(input).or_default().feed(chunk);
    }

    /// Forgets an input.
    pub(crate) fn close(&mut self, input: InputId) {
        self.readers.remove(&input);
    }
}

impl Reader {
    fn feed(&mut self, chunk: &[u8]) {
        self.ended |= chunk.is_empty();
        if self.start > 0 {
            self.buffer.drain(..self.start);
            self.searched -= self.start;
            self.start = 0;
        }
        self.buffer.extend_from_slice(chunk);
    }

    fn line(&mut self) -> Next<Line> {
        if let Some(at) = memchr(b'\n', &self.buffer[self.searched..]) {
            let end = self.searched + at;
            let text = self.buffer[self.start..end].to_vec();
            self.start = end + 1;
            self.searched = self.start;
            return Next::Item(Line { text, broken: true });
        }
        self.searched = self.buffer.len();
        if !self.ended {
            return Next::More;
        }
        match self.bytes() {
            Next::Item(text) => Next::Item(Line { text, broken: false }),
            other => {
                debug_assert!(matches!(other, Next::End), "an ended reader has no more");
                Next::End
            }
        }
    }

    fn bytes(&mut self) -> Next<Vec<u8>> {
        if self.start == self.buffer.len() {
            return if self.ended { Next::End } else { Next::More };
        }
        let bytes = self.buffer.split_off(self.start);
        *self = Self { ended: self.ended, ..Self::default() };
        Next::Item(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_become_lines() {
        let input = InputId(1);
        let mut inputs = Inputs::default();
        let line = |text: &str, broken| Next::Item(Line { text: text.as_bytes().to_vec(), broken });
        assert_eq!(inputs.line(input), Next::More);
        inputs.feed(input, b"a\nb");
        assert_eq!(inputs.line(input), line("a", true));
        assert_eq!(inputs.line(input), Next::More);
        inputs.feed(input, b"c\r\n\nd");
        assert_eq!(inputs.line(input), line("bc\r", true));
        assert_eq!(inputs.line(input), line("", true));
        assert_eq!(inputs.line(input), Next::More);
        inputs.feed(input, b"");
        assert_eq!(inputs.line(input), line("d", false));
        assert_eq!(inputs.line(input), Next::End);
        assert_eq!(inputs.line(input), Next::End);
    }

    #[test]
    fn bytes_follow_lines() {
        let input = InputId(1);
        let mut inputs = Inputs::default();
        inputs.feed(input, b"a\nbc");
        assert!(matches!(inputs.line(input), Next::Item(_)));
        assert_eq!(inputs.bytes(input), Next::Item(b"bc".to_vec()));
        assert_eq!(inputs.bytes(input), Next::More);
        inputs.feed(input, b"");
        assert_eq!(inputs.bytes(input), Next::End);
    }
}
