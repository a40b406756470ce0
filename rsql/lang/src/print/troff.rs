//! troff with the `ms` macros: a table for the preprocessor `tbl`.

use super::is_right_aligned;
use super::options::Options;
use super::streamed::{Markup, Streamed, put, put_escaped, put_joined, title};
use crate::outcome::Row;

pub(super) const ACROSS: Markup = Markup { head, record, foot };
pub(super) const DOWN: Markup = Markup { head: head_down, record: record_down, foot: foot_down };

fn head(table: &mut Streamed, options: &Options, out: &mut Vec<u8>) {
    begin(options, out);
    let between: &[u8] = if options.border == 0 { b"" } else { b" | " };
    put_joined(out, &table.columns, between, |column, out| {
        put(out, &[if is_right_aligned(column.type_oid) { b"r" } else { b"l" }]);
    });
    put(out, &[b".\n"]);
    if options.tuples_only {
        return;
    }
    put_joined(out, &table.columns, b"\t", |column, out| {
        put(out, &[b"\\fI"]);
        text(out, &column.name);
        put(out, &[b"\\fP"]);
    });
    put(out, &[b"\n_\n"]);
}

/// The title, and the table up to its columns.
fn begin(options: &Options, out: &mut Vec<u8>) {
    if let Some(title) = title(options) {
        put(out, &[b".LP\n.DS C\n"]);
        text(out, title);
        put(out, &[b"\n.DE\n"]);
    }
    put(out, &[b".LP\n.TS\n", if options.border >= 2 { b"center box;\n" } else { b"center;\n" }]);
}

fn record(_: &mut Streamed, options: &Options, row: &Row, out: &mut Vec<u8>) {
    put_joined(out, row.cells(), b"\t", |cell, out| text(out, cell.unwrap_or(&options.null)));
    put(out, &[b"\n"]);
}

fn foot(table: &mut Streamed, options: &Options, out: &mut Vec<u8>) {
    below(&options.lines_below(table.rows), out);
}

fn foot_down(_: &mut Streamed, options: &Options, out: &mut Vec<u8>) {
    below(options.own_lines_below(), out);
}

fn below(lines: &[Vec<u8>], out: &mut Vec<u8>) {
    put(out, &[b".TE\n.DS L\n"]);
    for line in lines {
        text(out, line);
        put(out, &[b"\n"]);
    }
    put(out, &[b".DE\n"]);
}

fn head_down(_: &mut Streamed, options: &Options, out: &mut Vec<u8>) {
    begin(options, out);
    if options.tuples_only {
        put(out, &[b"c l;\n"]);
    }
}

fn record_down(table: &mut Streamed, options: &Options, row: &Row, out: &mut Vec<u8>) {
    let line: &[u8] = if options.border >= 1 { b"_\n" } else { b"" };
    if options.tuples_only {
        put(out, &[line]);
    } else {
        // Between records the columns change twice: to one for the number of the record, and back.
        if table.rows > 1 {
            put(out, &[if options.border >= 2 { b"_\n" } else { b"" }, b".T&\n"]);
        }
        put(out, &[b"c s.\n\\fIRecord ", table.rows.to_string().as_bytes(), b"\\fP\n", line]);
        put(out, &[b".T&\n", if options.border == 1 { b"c | l.\n" } else { b"c l.\n" }]);
    }
    for (column, cell) in table.columns.iter().zip(row.cells()) {
        text(out, &column.name);
        put(out, &[b"\t"]);
        text(out, cell.unwrap_or(&options.null));
        put(out, &[b"\n"]);
    }
}

fn text(out: &mut Vec<u8>, text: &[u8]) {
    put_escaped(out, text, |byte| (byte == b'\\').then_some(b"\\(rs".as_slice()));
}
