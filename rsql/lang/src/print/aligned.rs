//! Aligned and wrapped tables.

use super::cell::{Lines, fit, pad};
use super::options::Options;
use super::rows::{Cell, Rows};
use super::style::{Rule, Style};
use super::widths::{ColumnWidth, measure};
use crate::charset::Charset;
use crate::outcome::Column;

/// A table whose widths are known.
#[derive(Debug)]
pub(crate) struct Layout {
    widths: Vec<ColumnWidth>,
    style: Style,
    border: usize,
    charset: Charset,
    /// Width of the table as it is, and if only its headers counted.
    total: usize,
    headers: usize,
}

/// What a cell does after the line just drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mark {
    None,
    Newline,
    Wrap,
}

/// How far a cell of the row being drawn has come.
struct Progress {
    lines: Lines,
    line: usize,
    /// Bytes of the line that are drawn.
    drawn: usize,
    mark: Mark,
}

impl Layout {
    /// Measures a table.
    pub(crate) fn new(options: &Options, columns: &[Column], rows: &Rows) -> Self {
        let border = usize::from(options.border.min(2));
        let count = columns.len();
        let borders = match border {
            0 => count,
            1 => (count * 3).saturating_sub(1),
            _ => count * 3 + 1,
        };
        let widths = measure(options, columns, rows, borders);
        let total = borders + widths.iter().map(|width| width.shown).sum::<usize>();
        let headers = borders + widths.iter().map(|width| width.header.width()).sum::<usize>();
        Self { widths, style: options.style(), border, charset: options.charset, total, headers }
    }

    /// Whether `expanded auto` should turn it on its side.
    pub(crate) fn too_wide(&self, options: &Options) -> bool {
        let target = options.target_width();
        self.widths.len() > 1 && target.is_some_and(|target| target < self.headers.max(self.total))
    }

    /// Draws what stands above the rows.
    pub(crate) fn head(&self, options: &Options, out: &mut Vec<u8>) {
        if options.tuples_only {
            return;
        }
        if let Some(title) = &options.title {
            self.title(title, out);
        }
        if self.border == 2 {
            self.rule(&self.style.top, out);
        }
        self.header(out);
        if options.title_dashes {
            self.rule(&self.style.middle, out);
        }
    }

    /// Draws what stands below so many rows.
    pub(crate) fn foot(&self, options: &Options, rows: usize, out: &mut Vec<u8>) {
        if self.border == 2 {
            self.rule(&self.style.bottom, out);
        }
        for line in options.lines_below(rows) {
            out.extend_from_slice(&line);
            out.push(b'\n');
        }
        out.push(b'\n');
    }

    fn title(&self, title: &[u8], out: &mut Vec<u8>) {
        let width = Lines::new(title, self.charset).width();
        pad(out, self.total.saturating_sub(width) / 2);
        out.extend_from_slice(title);
        out.push(b'\n');
    }

    fn rule(&self, rule: &Rule, out: &mut Vec<u8>) {
        let (left, between, right): (&[&str], &[&str], &[&str]) = match self.border {
            0 => (&[], &[" "], &[]),
            1 => (&[rule.line], &[rule.line, rule.cross, rule.line], &[rule.line]),
            _ => (&[rule.left, rule.line], &[rule.line, rule.cross, rule.line], &[rule.line, rule.right]),
        };
        let mut put = |texts: &[&str]| texts.iter().for_each(|text| out.extend_from_slice(text.as_bytes()));
        put(left);
        for (index, width) in self.widths.iter().enumerate() {
            if index > 0 {
                put(between);
            }
            (0..width.shown).for_each(|_| put(&[rule.line]));
        }
        put(right);
        put(&["\n"]);
    }

    fn header(&self, out: &mut Vec<u8>) {
        let style = &self.style;
        let height = self.widths.iter().map(|width| width.header.count()).max().unwrap_or(0);
        let columns = self.widths.len();
        for line in 0..height {
            if self.border == 2 {
                out.extend_from_slice(style.data.left.as_bytes());
            }
            for (index, width) in self.widths.iter().enumerate() {
                if self.border != 0 || (!style.marks_right && index > 0) {
                    let left = if line == 0 { " " } else { style.header_newline_left };
                    out.extend_from_slice(left.as_bytes());
                }
                centred(width, line, out);
                if self.border != 0 || style.marks_right {
                    let more = line + 1 < width.header.count();
                    out.extend_from_slice(if more { style.header_newline_right } else { " " }.as_bytes());
                }
                if self.border != 0 && index + 1 < columns {
                    out.extend_from_slice(style.data.cross.as_bytes());
                }
            }
            if self.border == 2 {
                out.extend_from_slice(style.data.right.as_bytes());
            }
            out.push(b'\n');
        }
    }

    /// Draws a row.
    pub(crate) fn row(&self, options: &Options, cells: &[Cell<'_>], null: Cell<'_>, out: &mut Vec<u8>) {
        let fits = |(cell, width): (&Cell<'_>, &ColumnWidth)| {
            cell.or(null).width().is_some_and(|columns| columns <= width.shown)
        };
        if cells.iter().zip(&self.widths).all(fits) {
            return self.single_line(cells, null, out);
        }
        let mut progress: Vec<Progress> = cells
            .iter()
            .map(|cell| Progress {
                lines: Lines::new(cell.or(null).text, options.charset),
                line: 0,
                drawn: 0,
                mark: Mark::None,
            })
            .collect();
        loop {
            self.row_line(&mut progress, out);
            if progress.iter().all(|cell| cell.lines.line(cell.line).is_none()) {
                return;
            }
        }
    }

    /// Draws a row whose cells are shown as they stand: nearly all rows are such.
    fn single_line(&self, cells: &[Cell<'_>], null: Cell<'_>, out: &mut Vec<u8>) {
        let data = &self.style.data;
        if self.border == 2 {
            out.extend_from_slice(data.left.as_bytes());
        }
        for (index, (cell, width)) in cells.iter().zip(&self.widths).enumerate() {
            if self.border != 0 {
                if index > 0 {
                    out.extend_from_slice(data.cross.as_bytes());
                }
                out.push(b' ');
            }
            let cell = cell.or(null);
            let blanks = width.shown - cell.width().unwrap_or(0);
            let filled = self.border == 2 || index + 1 < cells.len();
            if width.right {
                pad(out, blanks);
                out.extend_from_slice(cell.text);
                pad(out, usize::from(filled));
            } else {
                out.extend_from_slice(cell.text);
                pad(out, if filled { blanks + 1 } else { 0 });
            }
        }
        if self.border == 2 {
            out.extend_from_slice(data.right.as_bytes());
        }
        out.push(b'\n');
    }

    fn row_line(&self, cells: &mut [Progress], out: &mut Vec<u8>) {
        let style = &self.style;
        if self.border == 2 {
            out.extend_from_slice(style.data.left.as_bytes());
        }
        for index in 0..cells.len() {
            let last = index + 1 == cells.len();
            let cell = &mut cells[index];
            if self.border != 0 {
                let left = match cell.mark {
                    Mark::None => " ",
                    Mark::Newline => style.newline_left,
                    Mark::Wrap => style.wrap_left,
                };
                out.extend_from_slice(left.as_bytes());
            }
            let filled = self.border == 2 || !last;
            cell.draw((&self.widths[index], self.charset), filled, out);
            match cell.mark {
                Mark::Wrap => out.extend_from_slice(style.wrap_right.as_bytes()),
                Mark::Newline => out.extend_from_slice(style.newline_right.as_bytes()),
                Mark::None if filled => out.push(b' '),
                Mark::None => {}
            }
            if self.border != 0 && !last {
                out.extend_from_slice(cells[index + 1].divider(style).as_bytes());
            }
        }
        if self.border == 2 {
            out.extend_from_slice(style.data.right.as_bytes());
        }
        out.push(b'\n');
    }
}

impl Progress {
    /// Draws as much of the cell as fits on this line, padded as its column wants.
    fn draw(&mut self, (width, charset): (&ColumnWidth, Charset), filled: bool, out: &mut Vec<u8>) {
        let Some((line, _)) = self.lines.line(self.line) else {
            self.mark = Mark::None;
            return pad(out, if filled { width.shown } else { 0 });
        };
        let rest = &line[self.drawn..];
        let (bytes, columns) = fit(rest, width.shown, charset);
        let blanks = width.shown.saturating_sub(columns);
        if width.right {
            pad(out, blanks);
        }
        out.extend_from_slice(&rest[..bytes]);
        self.drawn += bytes;
        if self.drawn == line.len() {
            self.line += 1;
            self.drawn = 0;
        }
        self.mark = match self.lines.line(self.line) {
            None => Mark::None,
            Some(_) if self.drawn > 0 => Mark::Wrap,
            Some(_) => Mark::Newline,
        };
        if !width.right && (filled || self.mark != Mark::None) {
            pad(out, blanks);
        }
    }

    /// The line between the cell on the left and this one, whose next line is still to be drawn.
    fn divider(&self, style: &Style) -> &'static str {
        match self.mark {
            Mark::Wrap => style.after_wrap,
            Mark::Newline => style.after_newline,
            Mark::None if self.lines.line(self.line).is_none() => style.blank,
            Mark::None => style.data.cross,
        }
    }
}

fn centred(width: &ColumnWidth, line: usize, out: &mut Vec<u8>) {
    let Some((text, columns)) = width.header.line(line) else { return pad(out, width.shown) };
    let blanks = width.shown - columns;
    pad(out, blanks / 2);
    out.extend_from_slice(text);
    pad(out, blanks.div_ceil(2));
}
