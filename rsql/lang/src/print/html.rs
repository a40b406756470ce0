//! HTML: a `<table>`, and a paragraph below it.

use super::is_right_aligned;
use super::options::Options;
use super::streamed::{Markup, Streamed, is_blank, put, put_escaped, title};
use crate::outcome::{Column, Row};

pub(super) const ACROSS: Markup = Markup { head, record, foot };
pub(super) const DOWN: Markup = Markup { head: table, record: record_down, foot: foot_down };

/// The table begins.
fn table(_: &mut Streamed, options: &Options, out: &mut Vec<u8>) {
    put(out, &[b"<table border=\"", options.border.to_string().as_bytes(), b"\""]);
    if let Some(attributes) = &options.table_attributes {
        put(out, &[b" ", attributes]);
    }
    put(out, &[b">\n"]);
    if let Some(title) = title(options) {
        put(out, &[b"  <caption>"]);
        text(out, title);
        put(out, &[b"</caption>\n"]);
    }
}

fn head(table_of: &mut Streamed, options: &Options, out: &mut Vec<u8>) {
    table(table_of, options, out);
    if options.tuples_only {
        return;
    }
    put(out, &[b"  <tr>\n"]);
    for column in &table_of.columns {
        put(out, &[b"    <th align=\"center\">"]);
        text(out, &column.name);
        put(out, &[b"</th>\n"]);
    }
    put(out, &[b"  </tr>\n"]);
}

fn record(table: &mut Streamed, options: &Options, row: &Row, out: &mut Vec<u8>) {
    put(out, &[b"  <tr valign=\"top\">\n"]);
    for (column, cell) in table.columns.iter().zip(row.cells()) {
        data(out, column, cell.unwrap_or(&options.null));
    }
    put(out, &[b"  </tr>\n"]);
}

fn record_down(table: &mut Streamed, options: &Options, row: &Row, out: &mut Vec<u8>) {
    if options.tuples_only {
        put(out, &[b"\n  <tr><td colspan=\"2\">&nbsp;</td></tr>\n"]);
    } else {
        let number = table.rows.to_string();
        let head: &[u8] = b"\n  <tr><td colspan=\"2\" align=\"center\">Record ";
        put(out, &[head, number.as_bytes(), b"</td></tr>\n"]);
    }
    for (column, cell) in table.columns.iter().zip(row.cells()) {
        put(out, &[b"  <tr valign=\"top\">\n    <th>"]);
        text(out, &column.name);
        put(out, &[b"</th>\n"]);
        data(out, column, cell.unwrap_or(&options.null));
        put(out, &[b"  </tr>\n"]);
    }
}

fn foot(table: &mut Streamed, options: &Options, out: &mut Vec<u8>) {
    below(&options.lines_below(table.rows), out);
}

fn foot_down(_: &mut Streamed, options: &Options, out: &mut Vec<u8>) {
    below(options.own_lines_below(), out);
}

fn below(lines: &[Vec<u8>], out: &mut Vec<u8>) {
    put(out, &[b"</table>\n"]);
    if !lines.is_empty() {
        put(out, &[b"<p>"]);
        for line in lines {
            text(out, line);
            put(out, &[b"<br />\n"]);
        }
        put(out, &[b"</p>"]);
    }
    put(out, &[b"\n"]);
}

fn data(out: &mut Vec<u8>, column: &Column, cell: &[u8]) {
    let side: &[u8] = if is_right_aligned(column.type_oid) { b"right" } else { b"left" };
    put(out, &[b"    <td align=\"", side, b"\">"]);
    if is_blank(cell) {
        put(out, &[b"&nbsp; "]);
    } else {
        text(out, cell);
    }
    put(out, &[b"</td>\n"]);
}

/// Browsers drop blanks at the start of a cell, so these are written as characters of their own.
fn text(out: &mut Vec<u8>, text: &[u8]) {
    let blanks = text.iter().take_while(|byte| **byte == b' ').count();
    (0..blanks).for_each(|_| put(out, &[b"&nbsp;"]));
    put_escaped(out, &text[blanks..], |byte| match byte {
        b'&' => Some(b"&amp;"),
        b'<' => Some(b"&lt;"),
        b'>' => Some(b"&gt;"),
        b'"' => Some(b"&quot;"),
        b'\n' => Some(b"<br />\n"),
        _ => None,
    });
}
