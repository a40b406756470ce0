//! Aligned columns without borders. Owns widths and alignment. Does not wrap: a line belongs to one thing, so that `grep`
//! and `awk` work on it.

use unicode_width::UnicodeWidthStr;

use super::cells::one_line;
use super::palette::{Palette, Tone};

/// Blanks between two columns.
const GAP: usize = 2;

/// To which side a column leans.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Align {
    /// Text.
    Left,
    /// Numbers and spans.
    Right,
}

/// One field of a line.
#[derive(Debug, Clone)]
pub(crate) struct Cell {
    text: String,
    tone: Tone,
}

impl Cell {
    /// A field in a tone. Line breaks become blanks, since a row is a line, and control characters are spelled out.
    pub(crate) fn toned(tone: Tone, text: &(impl ToString + ?Sized)) -> Self {
        Self { text: one_line(&text.to_string()), tone }
    }
}

impl<T: ToString> From<T> for Cell {
    fn from(text: T) -> Self {
        Self::toned(Tone::Plain, &text)
    }
}

/// Rows under a heading.
#[derive(Debug)]
pub(crate) struct Table {
    columns: Vec<(&'static str, Align)>,
    rows: Vec<Vec<Cell>>,
}

impl Table {
    /// An empty table with these columns.
    pub(crate) fn new(columns: &[(&'static str, Align)]) -> Self {
        Self { columns: columns.to_vec(), rows: Vec::new() }
    }

    /// Adds a row of as many cells as there are columns.
    pub(crate) fn row(&mut self, cells: Vec<Cell>) {
        debug_assert_eq!(cells.len(), self.columns.len(), "a row has one cell a column");
        self.rows.push(cells);
    }

    /// The lines, heading first, each with its line break.
    pub(crate) fn render(&self, palette: Palette) -> String {
        let widths = self.widths();
        let heading =
            self.columns.iter().map(|(name, _)| Cell::toned(Tone::Strong, name)).collect::<Vec<_>>();
        let mut text = String::new();
        for row in std::iter::once(&heading).chain(&self.rows) {
            text.push_str(&self.line(row, &widths, palette));
            text.push('\n');
        }
        text
    }

    fn widths(&self) -> Vec<usize> {
        let heads = self.columns.iter().map(|(name, _)| name.width());
        let mut widths: Vec<usize> = heads.collect();
        for row in &self.rows {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = (*width).max(cell.text.width());
            }
        }
        widths
    }

    fn line(&self, row: &[Cell], widths: &[usize], palette: Palette) -> String {
        let mut line = String::new();
        let mut pending = 0;
        for ((cell, width), (_, align)) in row.iter().zip(widths).zip(&self.columns) {
            let fill = width - cell.text.width();
            let (before, after) = if *align == Align::Right { (fill, 0) } else { (0, fill) };
            pending += before;
            if !cell.text.is_empty() {
                line.extend(std::iter::repeat_n(' ', pending));
                line.push_str(&palette.paint(cell.tone, &cell.text));
                pending = 0;
            }
            pending += after + GAP;
        }
        line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(rows: &[[&str; 3]], expect: &str) {
        let mut table = Table::new(&[("JOB", Align::Left), ("ROWS", Align::Right), ("MESSAGE", Align::Left)]);
        for row in rows {
            table.row(row.iter().map(|text| Cell::from(*text)).collect());
        }
        assert_eq!(table.render(Palette::plain()), expect);
    }

    #[test]
    fn columns_are_aligned_and_lines_have_no_trailing_blanks() {
        check(&[], "JOB  ROWS  MESSAGE\n");
        check(&[["load", "12", ""]], "JOB   ROWS  MESSAGE\nload    12\n");
        check(
            &[["a", "", "x"], ["überlänge", "1234567", "y\nz"]],
            concat!("JOB           ROWS  MESSAGE\n", "a                   x\n", "überlänge  1234567  y z\n",),
        );
    }
}
