//! A cell as lines on a terminal: line breaks, tabs, control characters and wide characters. No borders.

use crate::text::Charset;

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
        if text.iter().all(|byte| (0x20..0x7f).contains(byte)) {
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
        let escape = match (character, std::str::from_utf8(character)) {
            (b"\r", _) => "\\r".to_owned(),
            (&[byte], _) => format!("\\x{byte:02X}"),
            (_, Ok(text)) => text.chars().map(|c| format!("\\u{:04X}", u32::from(c))).collect(),
            (bytes, Err(_)) => bytes.iter().map(|byte| format!("\\x{byte:02X}")).collect(),
        };
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

/// How many bytes of a line fit into so many columns, and the columns they take. One character always fits.
pub(crate) fn fit(line: &[u8], columns: usize, charset: Charset) -> (usize, usize) {
    let mut bytes = 0;
    let mut width = 0;
    while bytes < line.len() {
        let length = charset.char_len(&line[bytes..]);
        let wide = charset.char_width(&line[bytes..bytes + length]).unwrap_or(0);
        if width + wide > columns && bytes > 0 {
            break;
        }
        bytes += length;
        width += wide;
        if width >= columns {
            break;
        }
    }
    (bytes, width)
}

/// Appends blanks.
pub(crate) fn pad(out: &mut Vec<u8>, count: usize) {
    out.extend(std::iter::repeat_n(b' ', count));
}
