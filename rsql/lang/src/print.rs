//! Layout of results: options, and one printer per result that takes rows and gives bytes.
//!
//! Aligned layouts need all rows to know their widths and keep them, in little memory; they are drawn piece by piece, by
//! whoever writes them (`Drawing`). All other formats are given as rows come.

mod aligned;
mod asciidoc;
pub(crate) mod cell;
mod delimited;
mod drawing;
mod html;
mod latex;
mod numeric;
pub(crate) mod options;
mod rows;
mod streamed;
mod style;
mod troff;
mod vertical;
mod widths;

use std::sync::Arc;

pub(crate) use drawing::Drawing;
pub(crate) use options::{Expanded, Format, Options};

use crate::outcome::{Column, Row};
use rows::Rows;
use streamed::Streamed;

/// A printer of one result.
#[derive(Debug)]
pub(crate) struct Printer {
    options: Arc<Options>,
    layout: Layout,
    part: Part,
    /// When what has come so far is shown; then the next portion begins.
    portion: Option<Portion>,
}

#[derive(Debug)]
enum Layout {
    Buffered { columns: Vec<Column>, rows: Rows },
    Streamed(Streamed),
}

/// Which rows are shown together.
#[derive(Debug, Clone, Copy)]
enum Portion {
    /// So many, aligned on their own.
    Rows(usize),
    /// Those that take so much memory; columns get no narrower from portion to portion.
    Bytes(usize),
}

/// Which part of a result a table shows.
#[derive(Debug, Clone, Copy)]
struct Part {
    /// Rows in the parts before it.
    before: usize,
    first: bool,
    last: bool,
}

/// A whole result.
#[derive(Debug, Default)]
pub(crate) struct Table {
    pub(crate) columns: Vec<Column>,
    pub(crate) rows: Vec<Row>,
}

impl Printer {
    /// A printer for a result with these columns.
    pub(crate) fn new(options: Options, columns: Vec<Column>) -> Self {
        let layout = match options.format {
            Format::Aligned | Format::Wrapped => Layout::Buffered { rows: Rows::new(columns.len()), columns },
            _ => Layout::Streamed(Streamed::new(&options, columns)),
        };
        let part = Part { before: 0, first: true, last: true };
        Self { options: Arc::new(options), layout, part, portion: None }
    }

    /// Shows the result in portions of so many rows, each of which is aligned on its own.
    pub(crate) fn in_portions(self, rows: usize) -> Self {
        Self { portion: Some(Portion::Rows(rows)), ..self }
    }

    /// Shows the result as it comes, in little memory whatever its size: in portions of so many bytes, whose columns are as
    /// wide as those before them at least.
    pub(crate) fn in_steady_portions(self, bytes: usize) -> Self {
        Self { portion: Some(Portion::Bytes(bytes)), ..self }
    }

    /// Takes a row, and appends to `out` what can be shown already.
    pub(crate) fn row(&mut self, row: Row, out: &mut Vec<u8>) {
        let row = if self.options.numeric_locale { numeric::grouped(self.columns(), &row) } else { row };
        match &mut self.layout {
            Layout::Buffered { rows, .. } => rows.push(&row, &self.options.null, self.options.charset),
            Layout::Streamed(streamed) => streamed.row(&self.options, &row, out),
        }
    }

    /// Whether what has come by now is to be shown, come what may.
    pub(crate) fn ends_portion(&self) -> bool {
        let (rows, bytes) = match &self.layout {
            Layout::Buffered { rows, .. } => (rows.count(), rows.bytes()),
            Layout::Streamed(streamed) => (streamed.rows, 0),
        };
        match self.portion {
            Some(Portion::Rows(most)) => rows > 0 && rows.is_multiple_of(most),
            Some(Portion::Bytes(most)) => bytes >= most,
            None => false,
        }
    }

    /// Whether it shows the result in portions of rows, none of them before it is complete.
    pub(crate) fn has_portions(&self) -> bool {
        matches!(self.portion, Some(Portion::Rows(_)))
    }

    /// Lays tables on their side from now on, if that depends on their width: as psql does with portions for a terminal.
    pub(crate) fn lay_down(&mut self) {
        if self.options.expanded == Expanded::Auto {
            Arc::make_mut(&mut self.options).expanded = Expanded::On;
        }
    }

    /// Ends a portion: appends what is left of it, or gives what is still to be drawn.
    pub(crate) fn end_portion(&mut self, out: &mut Vec<u8>) -> Option<Drawing> {
        let (columns, rows) = match &mut self.layout {
            Layout::Buffered { columns, rows } => (columns, rows),
            Layout::Streamed(streamed) => {
                streamed.end_portion(&self.options, out);
                return None;
            }
        };
        let next = match self.portion {
            Some(Portion::Bytes(_)) => rows.following(),
            _ => Rows::new(columns.len()),
        };
        let full = std::mem::replace(rows, next);
        let part = Part { last: false, ..self.part };
        self.part = Part { before: part.before + full.count(), first: false, last: true };
        Some(Drawing::new(Arc::clone(&self.options), columns, full, part))
    }

    fn columns(&self) -> &[Column] {
        match &self.layout {
            Layout::Buffered { columns, .. } => columns,
            Layout::Streamed(streamed) => streamed.columns(),
        }
    }

    /// Ends the result: appends what is left, or gives what is still to be drawn.
    pub(crate) fn end(self, out: &mut Vec<u8>) -> Option<Drawing> {
        match self.layout {
            Layout::Buffered { columns, rows } => Some(Drawing::new(self.options, &columns, rows, self.part)),
            Layout::Streamed(streamed) => {
                streamed.finish(&self.options, out);
                None
            }
        }
    }

    /// Appends what is left, all at once: for results that are known to be small.
    pub(crate) fn finish(self, out: &mut Vec<u8>) {
        if let Some(mut drawing) = self.end(out) {
            drawing.draw(out, usize::MAX);
        }
    }
}

/// Whether values of this type are right-aligned: the numeric types, and the ids that look like numbers.
pub(crate) fn is_right_aligned(type_oid: u32) -> bool {
    const NUMERIC: [u32; 11] = [20, 21, 23, 26, 28, 29, 700, 701, 790, 1700, 5069];
    NUMERIC.contains(&type_oid)
}

/// The usual footer of a result.
fn row_count(rows: usize) -> String {
    if rows == 1 { "(1 row)".to_owned() } else { format!("({rows} rows)") }
}

#[cfg(test)]
#[path = "print_tests.rs"]
mod tests;
