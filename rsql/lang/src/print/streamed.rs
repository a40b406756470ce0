//! Results that are written row by row in constant memory: what all formats share that need no widths.

use super::options::{Expanded, Format, Options};
use super::{asciidoc, delimited, html, latex, troff};
use crate::outcome::{Column, Row};

/// A result being written.
#[derive(Debug)]
pub(crate) struct Streamed {
    pub(super) columns: Vec<Column>,
    /// Rows so far, with the one being written.
    pub(super) rows: usize,
    /// Whether a record separator is due before the next thing written.
    pub(super) separate: bool,
    started: bool,
    markup: Markup,
}

/// How one format, across or down, is written.
#[derive(Debug, Clone, Copy)]
pub(super) struct Markup {
    /// What stands above all rows.
    pub(super) head: fn(&mut Streamed, &Options, &mut Vec<u8>),
    /// One row, of at least one column.
    pub(super) record: fn(&mut Streamed, &Options, &Row, &mut Vec<u8>),
    /// What stands below all rows.
    pub(super) foot: fn(&mut Streamed, &Options, &mut Vec<u8>),
}

impl Streamed {
    /// A result in one of the formats that need no widths.
    pub(crate) fn new(options: &Options, columns: Vec<Column>) -> Self {
        let down = options.expanded == Expanded::On;
        let markup = match options.format {
            Format::Asciidoc if down => asciidoc::DOWN,
            Format::Asciidoc => asciidoc::ACROSS,
            Format::Csv if down => delimited::CSV_DOWN,
            Format::Csv => delimited::CSV_ACROSS,
            Format::Html if down => html::DOWN,
            Format::Html => html::ACROSS,
            Format::Latex | Format::LatexLongtable if down => latex::DOWN,
            Format::Latex => latex::ACROSS,
            Format::LatexLongtable => latex::LONG,
            Format::TroffMs if down => troff::DOWN,
            Format::TroffMs => troff::ACROSS,
            Format::Unaligned | Format::Aligned | Format::Wrapped if down => delimited::DOWN,
            Format::Unaligned | Format::Aligned | Format::Wrapped => delimited::ACROSS,
        };
        Self { columns, rows: 0, separate: false, started: false, markup }
    }

    pub(crate) fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// Writes a row, and before the first one what stands above all rows.
    pub(crate) fn row(&mut self, options: &Options, row: &Row, out: &mut Vec<u8>) {
        self.start(options, out);
        self.rows += 1;
        if !self.columns.is_empty() {
            (self.markup.record)(self, options, row, out);
        }
    }

    /// Writes what stands below all rows.
    pub(crate) fn finish(mut self, options: &Options, out: &mut Vec<u8>) {
        self.start(options, out);
        (self.markup.foot)(&mut self, options, out);
    }

    /// Writes what psql has at the end of each portion: AsciiDoc's tables end with every one of them.
    pub(crate) fn end_portion(&self, options: &Options, out: &mut Vec<u8>) {
        if options.format == Format::Asciidoc {
            out.extend_from_slice(asciidoc::END);
        }
    }

    fn start(&mut self, options: &Options, out: &mut Vec<u8>) {
        if !std::mem::replace(&mut self.started, true) {
            (self.markup.head)(self, options, out);
        }
    }
}

/// The title, where one is to be shown.
pub(super) fn title(options: &Options) -> Option<&[u8]> {
    options.title.as_deref().filter(|_| !options.tuples_only)
}

/// Whether a text is nothing but blanks.
pub(super) fn is_blank(text: &[u8]) -> bool {
    text.iter().all(|byte| matches!(byte, b' ' | b'\t'))
}

/// Appends pieces of text.
pub(super) fn put(out: &mut Vec<u8>, texts: &[&[u8]]) {
    texts.iter().for_each(|text| out.extend_from_slice(text));
}

/// Appends a text with what stands for some of its bytes.
pub(super) fn put_escaped(out: &mut Vec<u8>, text: &[u8], escape: impl Fn(u8) -> Option<&'static [u8]>) {
    let mut from = 0;
    for (at, &byte) in text.iter().enumerate() {
        if let Some(instead) = escape(byte) {
            out.extend_from_slice(&text[from..at]);
            out.extend_from_slice(instead);
            from = at + 1;
        }
    }
    out.extend_from_slice(&text[from..]);
}

/// Appends the parts that a function writes, with something between them.
pub(super) fn put_joined<T>(
    out: &mut Vec<u8>,
    parts: impl IntoIterator<Item = T>,
    between: &[u8],
    mut write: impl FnMut(T, &mut Vec<u8>),
) {
    for (index, part) in parts.into_iter().enumerate() {
        if index > 0 {
            out.extend_from_slice(between);
        }
        write(part, out);
    }
}
