//! Unaligned and CSV output, across or down.

use super::options::Options;
use super::streamed::{Markup, Streamed, put, put_joined, title};
use crate::outcome::Row;

pub(super) const ACROSS: Markup = Markup { head, record, foot };
pub(super) const DOWN: Markup = Markup { head: head_down, record: record_down, foot: foot_down };
pub(super) const CSV_ACROSS: Markup = Markup { head: csv_head, record: csv_record, foot: nothing };
pub(super) const CSV_DOWN: Markup = Markup { head: nothing, record: csv_record_down, foot: nothing };

fn head(table: &mut Streamed, options: &Options, out: &mut Vec<u8>) {
    head_down(table, options, out);
    if options.tuples_only {
        return;
    }
    separator(table, options, out);
    put_joined(out, &table.columns, &options.field_separator, |column, out| put(out, &[&column.name]));
    table.separate = true;
}

fn record(table: &mut Streamed, options: &Options, row: &Row, out: &mut Vec<u8>) {
    separator(table, options, out);
    for (index, cell) in row.cells().enumerate() {
        if index > 0 {
            out.extend_from_slice(&options.field_separator);
        }
        out.extend_from_slice(cell.unwrap_or(&options.null));
    }
    table.separate = true;
}

fn foot(table: &mut Streamed, options: &Options, out: &mut Vec<u8>) {
    for line in options.lines_below(table.rows) {
        separator(table, options, out);
        put(out, &[&line]);
        table.separate = true;
    }
    end(table, options, out);
}

fn head_down(table: &mut Streamed, options: &Options, out: &mut Vec<u8>) {
    if let Some(title) = title(options) {
        put(out, &[title]);
        table.separate = true;
    }
}

/// Records stand two separators apart, their fields one.
fn record_down(table: &mut Streamed, options: &Options, row: &Row, out: &mut Vec<u8>) {
    if table.separate {
        put(out, &[&options.record_separator]);
        separator(table, options, out);
    }
    for (index, (column, cell)) in table.columns.iter().zip(row.cells()).enumerate() {
        if index > 0 {
            out.extend_from_slice(&options.record_separator);
        }
        out.extend_from_slice(&column.name);
        out.extend_from_slice(&options.field_separator);
        out.extend_from_slice(cell.unwrap_or(&options.null));
    }
    table.separate = true;
}

fn foot_down(table: &mut Streamed, options: &Options, out: &mut Vec<u8>) {
    let lines = options.own_lines_below();
    if !lines.is_empty() {
        put(out, &[&options.record_separator]);
    }
    for line in lines {
        put(out, &[&options.record_separator, line]);
    }
    end(table, options, out);
}

/// The last record ends with a line break, whatever the separator, unless that is a zero byte.
fn end(table: &mut Streamed, options: &Options, out: &mut Vec<u8>) {
    if table.separate {
        put(out, &[if options.record_separator == b"\0" { b"\0" } else { b"\n" }]);
    }
}

fn separator(table: &mut Streamed, options: &Options, out: &mut Vec<u8>) {
    if std::mem::replace(&mut table.separate, false) {
        out.extend_from_slice(&options.record_separator);
    }
}

fn csv_head(table: &mut Streamed, options: &Options, out: &mut Vec<u8>) {
    if !options.tuples_only {
        csv_line(options, table.columns.iter().map(|column| column.name.as_slice()), out);
    }
}

fn csv_record(_: &mut Streamed, options: &Options, row: &Row, out: &mut Vec<u8>) {
    csv_line(options, row.cells().map(|cell| cell.unwrap_or(&options.null)), out);
}

fn csv_record_down(table: &mut Streamed, options: &Options, row: &Row, out: &mut Vec<u8>) {
    for (column, cell) in table.columns.iter().zip(row.cells()) {
        let fields = [column.name.as_slice(), cell.unwrap_or(&options.null)];
        csv_line(options, fields.into_iter(), out);
    }
}

/// What CSV, which programs read, does not have.
fn nothing(_: &mut Streamed, _: &Options, _: &mut Vec<u8>) {}

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
