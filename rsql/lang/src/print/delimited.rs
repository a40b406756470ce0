//! Unaligned and CSV output, across or down, given row by row in constant memory.

use super::options::{Expanded, Format, Options};
use crate::outcome::{Column, Row};

/// A result being written.
#[derive(Debug)]
pub(crate) struct Delimited {
    columns: Vec<Column>,
    rows: usize,
    /// Whether a record separator is due before the next thing written.
    separate: bool,
    started: bool,
    down: bool,
}

impl Delimited {
    pub(crate) fn new(options: &Options, columns: Vec<Column>) -> Self {
        let down = options.expanded == Expanded::On;
        Self { columns, rows: 0, separate: false, started: false, down }
    }

    pub(crate) fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// Writes a row, and before the first one what stands above all rows.
    pub(crate) fn row(&mut self, options: &Options, row: &Row, out: &mut Vec<u8>) {
        self.start(options, out);
        self.rows += 1;
        if self.columns.is_empty() {
            return;
        }
        match (options.format, self.down) {
            (Format::Csv, false) => {
                csv_line(options, row.cells().map(|cell| cell.unwrap_or(&options.null)), out);
            }
            (Format::Csv, true) => {
                for (column, cell) in self.columns.iter().zip(row.cells()) {
                    let fields = [column.name.as_slice(), cell.unwrap_or(&options.null)];
                    csv_line(options, fields.into_iter(), out);
                }
            }
            (_, false) => self.across(options, row, out),
            (_, true) => self.downwards(options, row, out),
        }
    }

    /// Writes what stands below all rows.
    pub(crate) fn finish(mut self, options: &Options, out: &mut Vec<u8>) {
        self.start(options, out);
        if options.format == Format::Csv {
            return;
        }
        let lines =
            if self.down { options.own_lines_below().to_vec() } else { options.lines_below(self.rows) };
        if self.down && !lines.is_empty() {
            out.extend_from_slice(&options.record_separator);
        }
        for line in lines {
            self.separator(options, out);
            out.extend_from_slice(&line);
            self.separate = true;
        }
        if self.separate {
            // The last record ends with a line break, whatever the separator, unless that is a zero byte.
            out.push(if options.record_separator == b"\0" { 0 } else { b'\n' });
        }
    }

    fn start(&mut self, options: &Options, out: &mut Vec<u8>) {
        if std::mem::replace(&mut self.started, true) || options.tuples_only {
            return;
        }
        if options.format == Format::Csv {
            let names = self.columns.iter().map(|column| column.name.as_slice());
            if !self.down {
                csv_line(options, names, out);
            }
            return;
        }
        if let Some(title) = &options.title {
            out.extend_from_slice(title);
            self.separate = true;
        }
        if self.down {
            return;
        }
        if self.separate {
            self.separator(options, out);
        }
        for (index, column) in self.columns.iter().enumerate() {
            if index > 0 {
                out.extend_from_slice(&options.field_separator);
            }
            out.extend_from_slice(&column.name);
        }
        self.separate = true;
    }

    fn separator(&mut self, options: &Options, out: &mut Vec<u8>) {
        if std::mem::replace(&mut self.separate, false) {
            out.extend_from_slice(&options.record_separator);
        }
    }

    fn across(&mut self, options: &Options, row: &Row, out: &mut Vec<u8>) {
        self.separator(options, out);
        for (index, cell) in row.cells().enumerate() {
            if index > 0 {
                out.extend_from_slice(&options.field_separator);
            }
            out.extend_from_slice(cell.unwrap_or(&options.null));
        }
        self.separate = true;
    }

    /// Records stand two separators apart, their fields one.
    fn downwards(&mut self, options: &Options, row: &Row, out: &mut Vec<u8>) {
        if self.separate {
            out.extend_from_slice(&options.record_separator);
            self.separator(options, out);
        }
        for (index, (column, cell)) in self.columns.iter().zip(row.cells()).enumerate() {
            if index > 0 {
                out.extend_from_slice(&options.record_separator);
            }
            out.extend_from_slice(&column.name);
            out.extend_from_slice(&options.field_separator);
            out.extend_from_slice(cell.unwrap_or(&options.null));
        }
        self.separate = true;
    }
}

fn csv_line<'a>(options: &Options, fields: impl Iterator<Item = &'a [u8]>, out: &mut Vec<u8>) {
    for (index, field) in fields.enumerate() {
        if index > 0 {
            out.push(options.csv_separator);
        }
        csv_field(options, field, out);
    }
    out.push(b'\n');
}

/// A field in quotes where a reader would need them; `\.` too, which would end COPY data.
fn csv_field(options: &Options, field: &[u8], out: &mut Vec<u8>) {
    let special = |byte: &u8| *byte == options.csv_separator || matches!(byte, b'"' | b'\r' | b'\n');
    let ambiguous = field == b"\\." || matches!(options.csv_separator, b'\\' | b'.');
    if !field.iter().any(special) && !ambiguous {
        return out.extend_from_slice(field);
    }
    out.push(b'"');
    for &byte in field {
        if byte == b'"' {
            out.push(b'"');
        }
        out.push(byte);
    }
    out.push(b'"');
}
