//! AsciiDoc: a block between `|====`, and a literal block below it.

use super::is_right_aligned;
use super::options::Options;
use super::streamed::{Markup, Streamed, is_blank, put, put_escaped, put_joined, title};
use crate::outcome::{Column, Row};

pub(super) const ACROSS: Markup = Markup { head, record, foot };
pub(super) const DOWN: Markup = Markup { head: head_down, record: record_down, foot: foot_down };

/// The end of a table.
pub(super) const END: &[u8] = b"|====\n";

fn head(table: &mut Streamed, options: &Options, out: &mut Vec<u8>) {
    begin(options, out);
    put(out, &[if options.tuples_only { b"[" } else { b"[options=\"header\"," }, b"cols=\""]);
    put_joined(out, &table.columns, b",", |column, out| put(out, &[side(column), b"l"]));
    frame(options, out);
    if options.tuples_only {
        return;
    }
    put_joined(out, &table.columns, b" ", |column, out| {
        put(out, &[b"^l|"]);
        text(out, &column.name);
    });
    put(out, &[b"\n"]);
}

fn head_down(_: &mut Streamed, options: &Options, out: &mut Vec<u8>) {
    begin(options, out);
    put(out, &[b"[cols=\"h,l"]);
    frame(options, out);
}

/// A new paragraph, and the title.
fn begin(options: &Options, out: &mut Vec<u8>) {
    put(out, &[b"\n"]);
    if let Some(title) = title(options) {
        put(out, &[b".", title, b"\n"]);
    }
}

/// The end of the attributes, whose last ones are the lines to be drawn.
fn frame(options: &Options, out: &mut Vec<u8>) {
    let lines: &[u8] = match options.border {
        0 => b"\",frame=\"none\",grid=\"none\"",
        1 => b"\",frame=\"none\"",
        2 => b"\",frame=\"all\",grid=\"all\"",
        _ => b"\"",
    };
    put(out, &[lines, b"]\n|====\n"]);
}

fn record(table: &mut Streamed, options: &Options, row: &Row, out: &mut Vec<u8>) {
    let columns = table.columns.len();
    put_joined(out, row.cells().enumerate(), b" ", |(index, cell), out| {
        let cell = cell.unwrap_or(&options.null);
        put(out, &[b"|"]);
        if !is_blank(cell) {
            text(out, cell);
        } else if index + 1 < columns {
            put(out, &[b" "]);
        }
    });
    put(out, &[b"\n"]);
}

fn record_down(table: &mut Streamed, options: &Options, row: &Row, out: &mut Vec<u8>) {
    if options.tuples_only {
        put(out, &[b"2+|\n"]);
    } else {
        put(out, &[b"2+^|Record ", table.rows.to_string().as_bytes(), b"\n"]);
    }
    for (column, cell) in table.columns.iter().zip(row.cells()) {
        let cell = cell.unwrap_or(&options.null);
        put(out, &[b"<l|"]);
        text(out, &column.name);
        put(out, &[b" ", side(column), b"l|"]);
        if is_blank(cell) {
            put(out, &[b" "]);
        } else {
            text(out, cell);
        }
        put(out, &[b"\n"]);
    }
}

fn foot(table: &mut Streamed, options: &Options, out: &mut Vec<u8>) {
    below(&options.lines_below(table.rows), out);
}

fn foot_down(_: &mut Streamed, options: &Options, out: &mut Vec<u8>) {
    below(options.own_lines_below(), out);
}

fn below(lines: &[Vec<u8>], out: &mut Vec<u8>) {
    put(out, &[END]);
    if lines.is_empty() {
        return;
    }
    put(out, &[b"\n....\n"]);
    lines.iter().for_each(|line| put(out, &[line, b"\n"]));
    put(out, &[b"....\n"]);
}

fn side(column: &Column) -> &'static [u8] {
    if is_right_aligned(column.type_oid) { b">" } else { b"<" }
}

fn text(out: &mut Vec<u8>, text: &[u8]) {
    put_escaped(out, text, |byte| (byte == b'|').then_some(b"\\|".as_slice()));
}
