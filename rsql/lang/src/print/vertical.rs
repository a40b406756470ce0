//! Expanded tables: a block of lines for each record.

use super::Part;
use super::cell::{Lines, fit, pad};
use super::options::{Format, Options};
use super::rows::{Cell, Rows};
use super::style::{Rule, Style};
use crate::charset::Charset;
use crate::outcome::Column;

/// Least room for data in wrapped output, in columns.
const DATA_WIDTH_MIN: usize = 3;

/// A table on its side whose widths are known.
#[derive(Debug)]
pub(crate) struct Layout {
    headers: Vec<Lines>,
    /// What stands before each value of one line; none for headers of several.
    prefixes: Vec<Option<Vec<u8>>>,
    style: Style,
    border: usize,
    charset: Charset,
    header_width: usize,
    header_lines: bool,
    data_width: usize,
    /// Whether data has marks to its right.
    data_lines: bool,
    part: Part,
    /// Records drawn so far.
    drawn: usize,
}

/// How far a value has come.
struct Value<'a> {
    lines: &'a Lines,
    line: usize,
    drawn: usize,
}

impl Layout {
    /// Measures a table.
    pub(crate) fn new(options: &Options, columns: &[Column], rows: &Rows, part: Part) -> Self {
        let headers: Vec<Lines> =
            columns.iter().map(|column| Lines::new(&column.name, options.charset)).collect();
        let mut layout = Self {
            style: options.style(),
            border: usize::from(options.border.min(2)),
            charset: options.charset,
            header_width: headers.iter().map(Lines::width).max().unwrap_or(0),
            header_lines: headers.iter().any(|lines| lines.count() > 1),
            data_width: rows.extents().iter().map(|extent| extent.longest).max().unwrap_or(0),
            data_lines: rows.extents().iter().any(|extent| extent.lines),
            prefixes: Vec::new(),
            headers,
            part,
            drawn: 0,
        };
        if options.format == Format::Wrapped {
            layout.wrap(options, rows.count());
        }
        layout.prefixes = layout.headers.iter().map(|header| layout.prefix(header)).collect();
        layout
    }

    /// Draws what stands above the records.
    pub(crate) fn head(&self, options: &Options, out: &mut Vec<u8>) {
        if let Some(title) = options.title.as_ref().filter(|_| !options.tuples_only) {
            out.extend_from_slice(title);
            out.push(b'\n');
        }
    }

    /// Draws a record.
    pub(crate) fn row(&mut self, options: &Options, cells: &[Cell<'_>], null: Cell<'_>, out: &mut Vec<u8>) {
        let rule = if self.drawn == 0 { &self.style.top } else { &self.style.middle };
        if !options.tuples_only {
            self.rule(rule, Some(self.part.before + self.drawn + 1), out);
        } else if self.drawn > 0 || !self.part.first || self.border == 2 {
            self.rule(rule, None, out);
        }
        self.drawn += 1;
        for ((header, prefix), cell) in self.headers.iter().zip(&self.prefixes).zip(cells) {
            let cell = cell.or(null);
            match (prefix, cell.width()) {
                (Some(prefix), Some(width)) if width <= self.data_width => {
                    out.extend_from_slice(prefix);
                    out.extend_from_slice(cell.text);
                    if self.border > 1 {
                        pad(out, self.data_width - width + 1);
                        out.extend_from_slice(self.style.data.right.as_bytes());
                    }
                    out.push(b'\n');
                }
                _ => self.field(header, &Lines::new(cell.text, self.charset), out),
            }
        }
    }

    /// Draws what stands below the records.
    pub(crate) fn foot(&self, options: &Options, out: &mut Vec<u8>) {
        if self.border == 2 {
            self.rule(&self.style.bottom, None, out);
        }
        let lines = options.own_lines_below();
        if !lines.is_empty() && self.border < 2 {
            out.push(b'\n');
        }
        for line in lines {
            out.extend_from_slice(line);
            out.push(b'\n');
        }
        out.push(b'\n');
    }

    /// What stands before a value, for a header of one line.
    fn prefix(&self, header: &Lines) -> Option<Vec<u8>> {
        if header.count() > 1 {
            return None;
        }
        let mut prefix = Vec::new();
        if self.border == 2 {
            prefix.extend_from_slice(self.style.data.left.as_bytes());
        }
        self.header(header, 0, &mut prefix);
        if self.border > 0 {
            prefix.extend_from_slice(self.style.data.cross.as_bytes());
        }
        prefix.push(b' ');
        Some(prefix)
    }

    fn old_ascii(&self) -> bool {
        !self.style.marks_right
    }

    /// Room taken besides header and data.
    fn frame(&self) -> usize {
        let header_mark = usize::from(self.header_lines);
        let frame = match self.border {
            0 => 1 + header_mark,
            1 => 3 + if self.old_ascii() { header_mark } else { 0 },
            _ => 7,
        };
        frame + usize::from(self.data_lines && self.border < 2 && !self.old_ascii())
    }

    /// Fits the data into the target width.
    fn wrap(&mut self, options: &Options, rows: usize) {
        let digits = rows.checked_ilog10().map_or(0, |log| log as usize + 1);
        let record = if options.tuples_only { 0 } else { digits + [9, 12, 15][self.border] };
        loop {
            let fixed = self.header_width + self.frame();
            let native = (fixed + self.data_width).max(record);
            let least = (fixed + DATA_WIDTH_MIN).max(record);
            // Where even the least does not fit, psql takes the least, be it more than the data need.
            let target = options.target_width().filter(|&target| target < native);
            let width = target.map_or(native, |target| target.max(least));
            let data_width = width - fixed;
            if data_width >= self.data_width || self.data_lines || self.border == 2 || self.old_ascii() {
                self.data_width = data_width;
                return;
            }
            self.data_lines = true;
        }
    }

    /// A line between records, with the number of the record in it.
    fn rule(&self, rule: &Rule, record: Option<usize>, out: &mut Vec<u8>) {
        let line = if self.border > 0 { rule.line } else { " " };
        let label = match (record, self.border) {
            (None, _) => String::new(),
            (Some(number), 0) => format!("* Record {number}"),
            (Some(number), _) => format!("[ RECORD {number} ]"),
        };
        let mark = usize::from(self.border < 2 && self.header_lines && self.old_ascii());
        let mut text = match self.border {
            0 => String::new(),
            1 => rule.line.to_owned(),
            _ => format!("{}{}", rule.left, rule.line),
        };
        text.push_str(&label);
        // Each part of the line is drawn only as far as the label has not covered it.
        let mut covered = label.len() + usize::from(self.border != 2);
        let header = self.header_width + mark;
        text.push_str(&line.repeat(header.saturating_sub(covered)));
        covered = covered.saturating_sub(header);
        let middle: &[&str] = if self.border > 0 { &[rule.line, rule.cross, rule.line] } else { &[" "] };
        for piece in middle {
            if covered == 0 {
                text.push_str(piece);
            }
            covered = covered.saturating_sub(1);
        }
        text.push_str(&line.repeat(self.data_width.saturating_sub(covered)));
        if self.border == 2 {
            text.push_str(rule.line);
            text.push_str(rule.right);
        }
        text.push('\n');
        out.extend_from_slice(text.as_bytes());
    }

    /// One column of one record.
    fn field(&self, header: &Lines, lines: &Lines, out: &mut Vec<u8>) {
        let mut value = Value { lines, line: 0, drawn: 0 };
        let mut line = 0;
        while header.line(line).is_some() || value.lines.line(value.line).is_some() {
            if self.border == 2 {
                out.extend_from_slice(self.style.data.left.as_bytes());
            }
            self.header(header, line, out);
            self.separator(&value, out);
            self.data(&mut value, out);
            line += 1;
        }
    }

    fn header(&self, header: &Lines, line: usize, out: &mut Vec<u8>) {
        let old = self.old_ascii();
        let Some((text, width)) = header.line(line) else {
            let mark = self.header_lines && if old { self.border < 2 } else { self.border == 0 };
            return pad(out, (self.header_width + self.border + usize::from(mark)).max(1));
        };
        if self.border == 2 || (self.header_lines && old) {
            let left = if line == 0 { " " } else { self.style.header_newline_left };
            out.extend_from_slice(left.as_bytes());
        }
        out.extend_from_slice(text);
        pad(out, self.header_width - width);
        if self.border > 0 || (self.header_lines && !old) {
            let more = line + 1 < header.count();
            out.extend_from_slice(if more { self.style.header_newline_right } else { " " }.as_bytes());
        }
    }

    fn separator(&self, value: &Value<'_>, out: &mut Vec<u8>) {
        if self.border == 0 {
            return;
        }
        // Beside the rest of a long header, a value that has ended is drawn as psql leaves it: as if it had wrapped.
        let (drawn, line) = match value.lines.line(value.line) {
            Some(_) => (value.drawn, value.line),
            None => {
                let last = value.lines.count() - 1;
                (value.lines.line(last).map_or(0, |(text, _)| text.len()), last)
            }
        };
        let separator = match (drawn, line) {
            (0, 0) => self.style.data.cross,
            (0, _) => self.style.after_newline,
            _ => self.style.after_wrap,
        };
        out.extend_from_slice(separator.as_bytes());
    }

    fn data(&self, value: &mut Value<'_>, out: &mut Vec<u8>) {
        let Some((line, _)) = value.lines.line(value.line) else {
            // Only a header of several lines goes on beyond its value.
            if self.border == 2 {
                pad(out, self.data_width + 2);
                out.extend_from_slice(self.style.data.right.as_bytes());
            }
            return out.push(b'\n');
        };
        out.extend_from_slice(if value.drawn == 0 { " " } else { self.style.wrap_left }.as_bytes());
        let rest = &line[value.drawn..];
        let (bytes, width) = fit(rest, self.data_width, self.charset);
        out.extend_from_slice(&rest[..bytes]);
        value.drawn += bytes;
        let mark = if value.drawn < line.len() {
            Some(self.style.wrap_right)
        } else {
            value.line += 1;
            value.drawn = 0;
            value.lines.line(value.line).map(|_| self.style.newline_right)
        };
        let blanks = self.data_width.saturating_sub(width);
        match mark {
            Some(mark) if self.border > 1 || (self.data_lines && !self.old_ascii()) => {
                pad(out, blanks);
                out.extend_from_slice(mark.as_bytes());
            }
            None if self.border > 1 => pad(out, blanks + 1),
            _ => {}
        }
        if self.border == 2 {
            out.extend_from_slice(self.style.data.right.as_bytes());
        }
        out.push(b'\n');
    }
}

/// A table without records or columns, which has no side to lie on.
pub(crate) fn nothing(options: &Options, rows: usize, out: &mut Vec<u8>) {
    for line in options.lines_below(rows) {
        out.extend_from_slice(&line);
        out.push(b'\n');
    }
    out.push(b'\n');
}
