//! LaTeX: a `tabular`, or a `longtable` that may go over several pages.

use super::is_right_aligned;
use super::options::Options;
use super::streamed::{Markup, Streamed, put, put_escaped, put_joined, title};
use crate::outcome::{Column, Row};

pub(super) const ACROSS: Markup = Markup { head, record, foot };
pub(super) const LONG: Markup = Markup { head: head_long, record: record_long, foot: foot_long };
/// Tables on their side are never long ones.
pub(super) const DOWN: Markup = Markup { head: head_down, record: record_down, foot: foot_down };

const HLINE: &[u8] = b"\\hline\n";

fn head(table: &mut Streamed, options: &Options, out: &mut Vec<u8>) {
    caption(options, out);
    put(out, &[b"\\begin{tabular}{"]);
    let sides = table.columns.iter().map(|column| side(column).to_vec());
    columns(options, sides, out);
    put(out, &[b"}\n"]);
    if options.tuples_only {
        return;
    }
    if options.border >= 2 {
        put(out, &[HLINE]);
    }
    put_joined(out, &table.columns, b" & ", |column, out| {
        put(out, &[b"\\textit{"]);
        text(out, &column.name);
        put(out, &[b"}"]);
    });
    put(out, &[b" \\\\\n", HLINE]);
}

/// The title above the table.
fn caption(options: &Options, out: &mut Vec<u8>) {
    if let Some(title) = title(options) {
        put(out, &[b"\\begin{center}\n"]);
        text(out, title);
        put(out, &[b"\n\\end{center}\n\n"]);
    }
}

/// The columns with the lines between and around them.
fn columns(options: &Options, columns: impl Iterator<Item = Vec<u8>>, out: &mut Vec<u8>) {
    let (around, between): (bool, &[u8]) = match options.border {
        0 => (false, b""),
        1 => (false, b" | "),
        _ => (true, b" | "),
    };
    let mut shown = Vec::new();
    put_joined(&mut shown, columns, between, |column, out| put(out, &[&column]));
    match (around, shown.is_empty()) {
        (true, true) => put(out, &[b"|  |"]),
        (true, false) => put(out, &[b"| ", &shown, b" |"]),
        (false, _) => put(out, &[&shown]),
    }
}

fn record(_: &mut Streamed, options: &Options, row: &Row, out: &mut Vec<u8>) {
    put_joined(out, row.cells(), b" & ", |cell, out| text(out, cell.unwrap_or(&options.null)));
    put(out, &[b" \\\\\n"]);
    if options.border >= 3 {
        put(out, &[HLINE]);
    }
}

fn foot(table: &mut Streamed, options: &Options, out: &mut Vec<u8>) {
    // With border 3 the last row has drawn it.
    if options.border == 2 {
        put(out, &[HLINE]);
    }
    below(&options.lines_below(table.rows), out);
}

fn below(lines: &[Vec<u8>], out: &mut Vec<u8>) {
    put(out, &[b"\\end{tabular}\n\n\\noindent "]);
    for line in lines {
        text(out, line);
        put(out, &[b" \\\\\n"]);
    }
    put(out, &[b"\n"]);
}

fn head_down(_: &mut Streamed, options: &Options, out: &mut Vec<u8>) {
    caption(options, out);
    let columns: &[u8] = match options.border {
        0 => b"cl",
        1 => b"c|l",
        _ => b"|c|l|",
    };
    put(out, &[b"\\begin{tabular}{", columns, b"}\n"]);
}

fn record_down(table: &mut Streamed, options: &Options, row: &Row, out: &mut Vec<u8>) {
    if !options.tuples_only {
        let (above, columns): (&[u8], &[u8]) =
            if options.border >= 2 { (HLINE, b"|c|") } else { (b"", b"c") };
        let number = table.rows.to_string();
        put(out, &[above, b"\\multicolumn{2}{", columns, b"}{\\textit{Record ", number.as_bytes()]);
        put(out, &[b"}} \\\\\n"]);
    }
    if options.border >= 1 {
        put(out, &[HLINE]);
    }
    for (column, cell) in table.columns.iter().zip(row.cells()) {
        text(out, &column.name);
        put(out, &[b" & "]);
        text(out, cell.unwrap_or(&options.null));
        put(out, &[b" \\\\\n"]);
    }
}

fn foot_down(_: &mut Streamed, options: &Options, out: &mut Vec<u8>) {
    if options.border >= 2 {
        put(out, &[HLINE]);
    }
    below(options.own_lines_below(), out);
}

fn head_long(table: &mut Streamed, options: &Options, out: &mut Vec<u8>) {
    put(out, &[b"\\begin{longtable}{"]);
    columns(options, widths(table, options).into_iter(), out);
    put(out, &[b"}\n"]);
    if options.tuples_only {
        return;
    }
    let rule = |name: &'static [u8], drawn: bool| if drawn { name } else { b"" };
    let mut names = Vec::new();
    put_joined(&mut names, &table.columns, b" & ", |column, out| {
        put(out, &[b"\\small\\textbf{\\textit{"]);
        text(out, &column.name);
        put(out, &[b"}}"]);
    });
    let top = rule(b"\\toprule\n", options.border >= 2);
    put(out, &[top, &names, b" \\\\\n\\midrule\n\\endfirsthead\n"]);
    let middle = rule(b"\\midrule\n", options.border < 3);
    put(out, &[top, &names, b" \\\\\n", middle, b"\\endhead\n"]);
    let Some(title) = title(options) else {
        if options.border >= 2 {
            put(out, &[b"\\bottomrule\n\\endfoot\n\\bottomrule\n\\endlastfoot\n"]);
        }
        return;
    };
    // Between rows that have lines of their own none is needed at the foot of a page.
    let bottom = rule(b"\\bottomrule\n", options.border == 2);
    for (more, end) in [(b" (Continued)".as_slice(), b"\\endfoot\n".as_slice()), (b"", b"\\endlastfoot\n")] {
        put(out, &[bottom, b"\\caption["]);
        text(out, title);
        put(out, &[more, b"]{"]);
        text(out, title);
        put(out, &[b"}\n", end]);
    }
}

/// What columns are set like: of those on the left the widths that the table's attributes give in order, the last of them
/// again and again.
fn widths(table: &Streamed, options: &Options) -> Vec<Vec<u8>> {
    let attributes = options.table_attributes.as_deref().unwrap_or_default();
    let mut given = attributes.split(|byte| b" \t\n".contains(byte)).filter(|width| !width.is_empty());
    let mut last = None;
    let mut width = |column| {
        if is_right_aligned(column) {
            return b"r".to_vec();
        }
        last = given.next().or(last);
        last.map_or_else(|| b"l".to_vec(), |width| [b"p{", width, b"\\textwidth}"].concat())
    };
    table.columns.iter().map(|column| width(column.type_oid)).collect()
}

fn record_long(_: &mut Streamed, options: &Options, row: &Row, out: &mut Vec<u8>) {
    put_joined(out, row.cells(), b"\n&\n", |cell, out| {
        put(out, &[b"\\raggedright{"]);
        text(out, cell.unwrap_or(&options.null));
        put(out, &[b"}"]);
    });
    put(out, &[b" \\tabularnewline\n"]);
    if options.border >= 3 {
        put(out, &[b" ", HLINE]);
    }
}

fn foot_long(_: &mut Streamed, _: &Options, out: &mut Vec<u8>) {
    put(out, &[b"\\end{longtable}\n"]);
}

fn side(column: &Column) -> &'static [u8] {
    if is_right_aligned(column.type_oid) { b"r" } else { b"l" }
}

fn text(out: &mut Vec<u8>, text: &[u8]) {
    put_escaped(out, text, |byte| match byte {
        b'#' => Some(b"\\#"),
        b'$' => Some(b"\\$"),
        b'%' => Some(b"\\%"),
        b'&' => Some(b"\\&"),
        b'_' => Some(b"\\_"),
        b'{' => Some(b"\\{"),
        b'}' => Some(b"\\}"),
        b'\\' => Some(b"\\textbackslash{}"),
        b'^' => Some(b"\\^{}"),
        b'~' => Some(b"\\~{}"),
        b'<' => Some(b"\\textless{}"),
        b'>' => Some(b"\\textgreater{}"),
        b'|' => Some(b"\\textbar{}"),
        b'\n' => Some(b"\\\\"),
        _ => None,
    });
}
