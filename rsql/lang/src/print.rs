//! Layout of results: options, and one printer per result that takes rows and gives bytes.
//!
//! Aligned layouts need all rows to know their widths and buffer them. Unaligned and CSV output is given as rows come.

mod aligned;
pub(crate) mod cell;
mod delimited;
mod numeric;
pub(crate) mod options;
mod style;
mod vertical;
mod widths;

pub(crate) use options::{Expanded, Format, Options};

use crate::outcome::{Column, Row};
use delimited::Delimited;

/// A printer of one result.
#[derive(Debug)]
pub(crate) struct Printer {
    options: Options,
    layout: Layout,
}

#[derive(Debug)]
enum Layout {
    Buffered(Table),
    Streamed(Delimited),
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
            Format::Aligned | Format::Wrapped => Layout::Buffered(Table { columns, rows: Vec::new() }),
            Format::Unaligned | Format::Csv => Layout::Streamed(Delimited::new(&options, columns)),
        };
        Self { options, layout }
    }

    /// Takes a row, and appends to `out` what can be shown already.
    pub(crate) fn row(&mut self, row: Row, out: &mut Vec<u8>) {
        let row = if self.options.numeric_locale { numeric::grouped(self.columns(), &row) } else { row };
        match &mut self.layout {
            Layout::Buffered(table) => table.rows.push(row),
            Layout::Streamed(delimited) => delimited.row(&self.options, &row, out),
        }
    }

    fn columns(&self) -> &[Column] {
        match &self.layout {
            Layout::Buffered(table) => &table.columns,
            Layout::Streamed(delimited) => delimited.columns(),
        }
    }

    /// Appends what is left.
    pub(crate) fn finish(self, out: &mut Vec<u8>) {
        match self.layout {
            Layout::Buffered(table) => buffered(&self.options, &table, out),
            Layout::Streamed(delimited) => delimited.finish(&self.options, out),
        }
    }
}

fn buffered(options: &Options, table: &Table, out: &mut Vec<u8>) {
    if options.expanded == Expanded::On {
        return vertical::print(options, table, out);
    }
    let layout = aligned::Layout::new(options, table);
    if options.expanded == Expanded::Auto && layout.too_wide(options) {
        return vertical::print(options, table, out);
    }
    layout.print(options, table, out);
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
