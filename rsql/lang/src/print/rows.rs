//! Rows of a table that is not drawn yet: their cells one after the other in a few large pieces of memory, each with what
//! is known of its looks, so that it is measured once. Does not draw.

use std::collections::VecDeque;

use super::cell;
use crate::charset::Charset;
use crate::outcome::Row;

/// Size of a piece of memory. Pieces are freed one by one while the table is drawn.
const PIECE_BYTES: usize = 256 * 1024;
/// Most bytes of the numbers before a cell: 10 of its length, 10 of its width.
const CELL_HEAD_BYTES_MAX: usize = 20;

/// How a cell looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Looks {
    Null,
    /// Printable ASCII: a byte is a column.
    Plain,
    /// One line that is shown as it stands, of this width.
    Line(usize),
    /// It has line breaks, tabs or control characters.
    Rough,
}

/// One cell of a row that is being drawn.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cell<'a> {
    pub(crate) looks: Looks,
    pub(crate) text: &'a [u8],
}

impl<'a> Cell<'a> {
    /// A cell that stands for NULL.
    pub(crate) fn standing_for_null(text: &'a [u8], charset: Charset) -> Self {
        let measure = cell::measure(text, charset);
        Self { looks: if measure.as_it_stands { Looks::Line(measure.width) } else { Looks::Rough }, text }
    }

    /// The cell, or what stands for NULL.
    pub(crate) fn or(self, null: Self) -> Self {
        if self.looks == Looks::Null { null } else { self }
    }

    /// Columns that it takes, if it is shown as it stands.
    pub(crate) fn width(&self) -> Option<usize> {
        match self.looks {
            Looks::Null => Some(0),
            Looks::Plain => Some(self.text.len()),
            Looks::Line(width) => Some(width),
            Looks::Rough => None,
        }
    }
}

/// What is known of a column before it is drawn.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Extent {
    /// Width of its widest cell.
    pub(crate) longest: usize,
    /// Width of all of its cells together.
    pub(crate) sum: usize,
    /// Whether a cell has several lines.
    pub(crate) lines: bool,
}

/// The rows.
#[derive(Debug, Default)]
pub(crate) struct Rows {
    pieces: VecDeque<Vec<u8>>,
    /// Bytes of the first piece that have been taken.
    taken: usize,
    count: usize,
    bytes: usize,
    extents: Vec<Extent>,
}

impl Rows {
    /// No rows, of so many columns.
    pub(crate) fn new(columns: usize) -> Self {
        Self { extents: vec![Extent::default(); columns], ..Self::default() }
    }

    /// No rows, of columns that are as wide as these already.
    pub(crate) fn following(&self) -> Self {
        let extents =
            self.extents.iter().map(|extent| Extent { longest: extent.longest, ..Extent::default() });
        Self { extents: extents.collect(), ..Self::default() }
    }

    /// Number of rows that were put in.
    pub(crate) fn count(&self) -> usize {
        self.count
    }

    /// Memory that they take.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    /// What is known of each column.
    pub(crate) fn extents(&self) -> &[Extent] {
        &self.extents
    }

    /// Measures a row and puts it in. NULL looks like this cell.
    pub(crate) fn push(&mut self, row: &Row, null: &[u8], charset: Charset) {
        self.count += 1;
        if self.extents.is_empty() {
            return;
        }
        let room = row.bytes() + self.extents.len() * CELL_HEAD_BYTES_MAX;
        if self.pieces.back().is_none_or(|piece| piece.capacity() - piece.len() < room) {
            // The first piece grows with its table, which most often is a small one.
            let size = if self.pieces.is_empty() { room } else { room.max(PIECE_BYTES) };
            match self.pieces.back_mut() {
                Some(piece) if piece.capacity() < PIECE_BYTES => piece.reserve(room.max(piece.len())),
                _ => self.pieces.push_back(Vec::with_capacity(size)),
            }
        }
        let Some(piece) = self.pieces.back_mut() else { return };
        let before = piece.len();
        for (index, extent) in self.extents.iter_mut().enumerate() {
            let cell = row.cell(index);
            let measure = cell::measure(cell.unwrap_or(null), charset);
            extent.longest = extent.longest.max(measure.width);
            extent.sum += measure.width;
            extent.lines |= measure.lines > 1;
            match cell {
                None => piece.push(0),
                Some(text) => {
                    put_head(piece, text.len(), &measure);
                    piece.extend_from_slice(text);
                }
            }
        }
        self.bytes += piece.len() - before;
    }

    /// Takes rows out, in order, and gives each to `draw`, until that says that it is enough for now. Gives whether there
    /// are more.
    pub(crate) fn draw(&mut self, mut draw: impl FnMut(&[Cell<'_>]) -> Enough) -> bool {
        let columns = self.extents.len();
        while let Some(piece) = self.pieces.front() {
            let mut cells = Vec::with_capacity(columns);
            while self.taken < piece.len() {
                cells.clear();
                for _ in 0..columns {
                    cells.push(take(piece, &mut self.taken));
                }
                if draw(&cells) == Enough::Yes {
                    return true;
                }
            }
            self.pieces.pop_front();
            self.taken = 0;
        }
        false
    }
}

/// Whether enough has been drawn for now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Enough {
    Yes,
    No,
}

const TAG_BITS: u32 = 2;
const NULL: usize = 0;
const PLAIN: usize = 1;
const LINE: usize = 2;
const ROUGH: usize = 3;

fn put_head(piece: &mut Vec<u8>, length: usize, measure: &cell::Measure) {
    let tag = match (measure.as_it_stands, measure.width == length) {
        (false, _) => ROUGH,
        // No character has fewer bytes than columns, and only those of one byte have as many.
        (true, true) => PLAIN,
        (true, false) => LINE,
    };
    put_number(piece, length << TAG_BITS | tag);
    if tag == LINE {
        put_number(piece, measure.width);
    }
}

fn take<'a>(piece: &'a [u8], at: &mut usize) -> Cell<'a> {
    let head = take_number(piece, at);
    let looks = match head & ((1 << TAG_BITS) - 1) {
        NULL => Looks::Null,
        PLAIN => Looks::Plain,
        LINE => Looks::Line(take_number(piece, at)),
        _ => Looks::Rough,
    };
    let start = *at;
    *at += head >> TAG_BITS;
    Cell { looks, text: &piece[start..*at] }
}

/// Seven bits a byte, the lowest first; the eighth says that more follow.
fn put_number(piece: &mut Vec<u8>, mut number: usize) {
    while number >= 0x80 {
        piece.push(number.to_le_bytes()[0] | 0x80);
        number >>= 7;
    }
    piece.push(number.to_le_bytes()[0]);
}

fn take_number(piece: &[u8], at: &mut usize) -> usize {
    let mut number = 0;
    let mut shift = 0;
    loop {
        let byte = piece[*at];
        *at += 1;
        number |= usize::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return number;
        }
        shift += 7;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_come_out_as_they_went_in() {
        let long = vec![b'x'; PIECE_BYTES + 1];
        let source: Vec<Vec<Option<Vec<u8>>>> = (0..30_000_usize)
            .map(|n| {
                let text = match n % 5 {
                    0 => None,
                    1 => Some("漢字".repeat(n % 70).into_bytes()),
                    2 => Some(format!("{n}\nb").into_bytes()),
                    3 if n == 3 => Some(long.clone()),
                    _ => Some(n.to_string().into_bytes()),
                };
                vec![Some(n.to_string().into_bytes()), text]
            })
            .collect();
        let mut rows = Rows::new(2);
        for row in &source {
            let row: Row = row.iter().map(Option::as_deref).collect();
            rows.push(&row, b"null", Charset::Utf8);
        }
        assert_eq!(rows.count(), source.len());
        assert_eq!(rows.extents()[0].longest, 5);
        assert_eq!(rows.extents()[1].longest, long.len());
        assert!(rows.extents()[1].lines && !rows.extents()[0].lines);
        let mut seen = Vec::new();
        while rows.draw(|cells| {
            let text = |cell: &Cell<'_>| (cell.looks != Looks::Null).then(|| cell.text.to_vec());
            seen.push(cells.iter().map(text).collect::<Vec<_>>());
            if seen.len().is_multiple_of(7) { Enough::Yes } else { Enough::No }
        }) {}
        assert!(seen == source);
    }

    #[test]
    fn looks_are_known() {
        let check = |text: &str, expect: Looks| {
            let mut rows = Rows::new(1);
            rows.push(&[Some(text.as_bytes())].into_iter().collect(), b"", Charset::Utf8);
            rows.draw(|cells| {
                assert_eq!(cells[0].looks, expect, "{text:?}");
                Enough::No
            });
        };
        check("", Looks::Plain);
        check("abc", Looks::Plain);
        check("é", Looks::Line(1));
        check("漢", Looks::Line(2));
        check("a\tb", Looks::Rough);
        check("a\nb", Looks::Rough);
        check("\u{1}", Looks::Rough);
        check(&"é".repeat(1000), Looks::Line(1000));
    }
}
