//! A cell as lines on a terminal: line breaks, tabs, control characters and wide characters. No borders.

use crate::charset::Charset;

/// Distance of tab stops within a cell.
const TAB: usize = 8;

/// A text ready to be shown in a column.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Lines {
    bytes: Vec<u8>,
    /// End and width of each line.
    ends: Vec<(usize, usize)>,
}

impl Lines {
    /// Splits and escapes a text.
    pub(crate) fn new(text: &[u8], charset: Charset) -> Self {
        if is_plain(text) {
            return Self { bytes: text.to_vec(), ends: vec![(text.len(), text.len())] };
        }
        let mut lines = Self::default();
        let mut width = 0;
        let mut rest = text;
        while !rest.is_empty() {
            let length = charset.char_len(rest);
            let (character, after) = rest.split_at(length);
            rest = after;
            match character {
                b"\n" => {
                    lines.ends.push((lines.bytes.len(), width));
                    width = 0;
                }
                b"\t" => {
                    let blanks = TAB - width % TAB;
                    lines.bytes.extend(std::iter::repeat_n(b' ', blanks));
                    width += blanks;
                }
                other => width += lines.push(other, charset),
            }
        }
        lines.ends.push((lines.bytes.len(), width));
        lines
    }

    /// Appends a character or its escape, and gives its width.
    fn push(&mut self, character: &[u8], charset: Charset) -> usize {
        if let Some(width) = charset.char_width(character) {
            self.bytes.extend_from_slice(character);
            return width;
        }
        let escape = escape(character);
        self.bytes.extend_from_slice(escape.as_bytes());
        escape.len()
    }

    /// Number of lines, at least 1.
    pub(crate) fn count(&self) -> usize {
        self.ends.len()
    }

    /// Width of the widest line.
    pub(crate) fn width(&self) -> usize {
        self.ends.iter().map(|&(_, width)| width).max().unwrap_or(0)
    }

    /// A line and its width; none after the last.
    pub(crate) fn line(&self, index: usize) -> Option<(&[u8], usize)> {
        let &(end, width) = self.ends.get(index)?;
        let start = if index == 0 { 0 } else { self.ends[index - 1].0 };
        Some((&self.bytes[start..end], width))
    }
}

/// What is known of a text before it is split into lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Measure {
    /// Width of its widest line.
    pub(crate) width: usize,
    /// Number of its lines, at least 1.
    pub(crate) lines: usize,
    /// Whether it is one line that is shown byte by byte as it is.
    pub(crate) as_it_stands: bool,
}

/// Measures a text without keeping its lines.
pub(crate) fn measure(text: &[u8], charset: Charset) -> Measure {
    if is_plain(text) {
        return Measure { width: text.len(), lines: 1, as_it_stands: true };
    }
    let mut measure = Measure { width: 0, lines: 1, as_it_stands: true };
    let mut width = 0;
    let mut rest = text;
    while !rest.is_empty() {
        let (character, after) = rest.split_at(charset.char_len(rest));
        rest = after;
        match charset.char_width(character) {
            Some(columns) => {
                width += columns;
                continue;
            }
            None if character == b"\n" => {
                measure.width = measure.width.max(width);
                measure.lines += 1;
                width = 0;
            }
            None if character == b"\t" => width += TAB - width % TAB,
            None => width += escape(character).len(),
        }
        measure.as_it_stands = false;
    }
    measure.width = measure.width.max(width);
    measure
}

/// Whether all bytes are printable ASCII, looked at eight at a time.
pub(crate) fn is_plain(text: &[u8]) -> bool {
    let (words, rest) = text.as_chunks::<8>();
    let mut last = [b' '; 8];
    last[..rest.len()].copy_from_slice(rest);
    words.iter().all(is_plain_word) && is_plain_word(&last)
}

fn is_plain_word(word: &[u8; 8]) -> bool {
    const ONES: u64 = u64::from_le_bytes([0x01; 8]);
    const BLANKS: u64 = u64::from_le_bytes([b' '; 8]);
    const HIGHS: u64 = u64::from_le_bytes([0x80; 8]);
    let word = u64::from_le_bytes(*word);
    // Carries and borrows reach the next byte only from one that is not plain itself.
    (word | word.wrapping_add(ONES) | word.wrapping_sub(BLANKS)) & HIGHS == 0
}

/// How a control character, or what is no character, is shown.
fn escape(character: &[u8]) -> String {
    match (character, std::str::from_utf8(character)) {
        (b"\r", _) => "\\r".to_owned(),
        (&[byte], _) => format!("\\x{byte:02X}"),
        (_, Ok(text)) => text.chars().map(|c| format!("\\u{:04X}", u32::from(c))).collect(),
        (bytes, Err(_)) => bytes.iter().map(|byte| format!("\\x{byte:02X}")).collect(),
    }
}

/// How many bytes of a line fit into so many columns, and the columns they take. One character always fits, and what
/// takes no column stays with what it follows.
pub(crate) fn fit(line: &[u8], columns: usize, charset: Charset) -> (usize, usize) {
    let mut bytes = 0;
    let mut width = 0;
    while bytes < line.len() {
        let length = charset.char_len(&line[bytes..]);
        let wide = charset.char_width(&line[bytes..bytes + length]).unwrap_or(0);
        if width + wide > columns && width > 0 {
            break;
        }
        bytes += length;
        width += wide;
    }
    (bytes, width)
}

/// Appends blanks.
pub(crate) fn pad(out: &mut Vec<u8>, count: usize) {
    out.resize(out.len() + count, b' ');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_text_is_printable_ascii() {
        for length in 0..20 {
            assert!(is_plain(&vec![b'~'; length]));
            for at in 0..length {
                for byte in 0..=u8::MAX {
                    let mut text = vec![b' '; length];
                    text[at] = byte;
                    assert_eq!(is_plain(&text), (0x20..0x7f).contains(&byte), "{byte} at {at} of {length}");
                }
            }
        }
    }

    #[test]
    fn measures_agree_with_lines() {
        for text in
            ["", "a", "\n", "a\nbcd\n", "a\tb", "\u{1}x", "漢字\n\te\u{301}", "\r\n", "\u{200b}", "é\u{85}"]
        {
            let (lines, measure) =
                (Lines::new(text.as_bytes(), Charset::Utf8), measure(text.as_bytes(), Charset::Utf8));
            assert_eq!((measure.width, measure.lines), (lines.width(), lines.count()), "{text:?}");
            let as_it_stands = lines.line(0).is_some_and(|(line, _)| line == text.as_bytes());
            assert_eq!(measure.as_it_stands, as_it_stands, "{text:?}");
        }
    }
}
