//! Inputs as lines: chunks in, lines out. Scripts, standard input and COPY data all come through here.

use std::collections::HashMap;
use std::ops::Range;

use memchr::{memchr, memchr_iter, memmem, memrchr};

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

/// Text COPY data: whole lines with their breaks, but for a last one that has none.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct CopyText {
    pub(crate) data: Vec<u8>,
    /// Line breaks that were passed, that of the line `\.` included.
    pub(crate) breaks: u64,
    /// Whether the end was among what was at hand.
    pub(crate) ended: bool,
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

    /// All text COPY data at hand, up to a line `\.` alone, which is their end and is passed.
    pub(crate) fn copy_text(&mut self, input: InputId) -> CopyText {
        self.readers.entry(input).or_default().copy_text()
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

    /// In one piece: a million short lines are not to be a million pieces of memory.
    fn copy_text(&mut self) -> CopyText {
        let open = &self.buffer[self.start..];
        let whole =
            memrchr(b'\n', &self.buffer[self.searched..]).map(|at| self.searched + at + 1 - self.start);
        // An input that has ended ends its last line, too.
        let whole = if self.ended { open.len() } else { whole.unwrap_or(0) };
        let marker = find_copy_end(&open[..whole]);
        let (data, passed) = marker.clone().map_or((whole, whole), |line| (line.start, line.end));
        let taken = CopyText {
            data: open[..data].to_vec(),
            breaks: memchr_iter(b'\n', &open[..passed]).count() as u64,
            ended: marker.is_some() || self.ended,
        };
        self.start += passed;
        self.searched = if marker.is_some() { self.start } else { self.buffer.len() };
        taken
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

/// The first line `\.` of whole lines, with its break.
fn find_copy_end(lines: &[u8]) -> Option<Range<usize>> {
    const MARK: &[u8] = b"\\.";
    let first = lines.starts_with(MARK).then_some(0);
    let later = memmem::find_iter(lines, b"\n\\.").map(|at| at + 1);
    first.into_iter().chain(later).find_map(|start| {
        let after = start + MARK.len();
        match &lines[after..] {
            [] | [b'\r'] => Some(start..lines.len()),
            [b'\n', ..] => Some(start..after + 1),
            [b'\r', b'\n', ..] => Some(start..after + 2),
            _ => None,
        }
    })
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

    #[test]
    fn copy_data_end_with_their_mark() {
        let check = |chunks: &[&str], expect: &[(&str, u64, bool)], rest: &str| {
            let input = InputId(1);
            let mut inputs = Inputs::default();
            for (chunk, &(data, breaks, ended)) in chunks.iter().zip(expect) {
                inputs.feed(input, chunk.as_bytes());
                let expect = CopyText { data: data.as_bytes().to_vec(), breaks, ended };
                assert_eq!(inputs.copy_text(input), expect, "{chunks:?}");
            }
            let left = match inputs.bytes(input) {
                Next::Item(bytes) => bytes,
                Next::More | Next::End => Vec::new(),
            };
            assert_eq!(String::from_utf8_lossy(&left), rest, "{chunks:?}");
        };
        check(&["1\n2\n\\.\nselect"], &[("1\n2\n", 3, true)], "select");
        check(&["\\.\r\nselect"], &[("", 1, true)], "select");
        check(&["1\n2"], &[("1\n", 1, false)], "2");
        check(&["1\n2", "3\n"], &[("1\n", 1, false), ("23\n", 1, false)], "");
        check(&["1", "2", "\n"], &[("", 0, false), ("", 0, false), ("12\n", 1, false)], "");
        // A mark is whole only with its line, and cut anywhere.
        check(&["1\n\\", ".", "\n;"], &[("1\n", 1, false), ("", 0, false), ("", 1, true)], ";");
        check(&["a\\.\n\\.b\n \\.\n"], &[("a\\.\n\\.b\n \\.\n", 3, false)], "");
        check(&["\\.b\n\\.\n\\.\n"], &[("\\.b\n", 2, true)], "\\.\n");
        // The end of the input is the end of the last line.
        check(&["1\n2", ""], &[("1\n", 1, false), ("2", 0, true)], "");
        check(&["1\n\\.", ""], &[("1\n", 1, false), ("", 0, true)], "");
        check(&["1\n\\.\r", ""], &[("1\n", 1, false), ("", 0, true)], "");
        check(&[""], &[("", 0, true)], "");
    }
}
