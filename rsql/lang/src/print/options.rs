//! Printing options: what can be set, how it is at the start, and what follows from several of them together.

mod set;
mod show;

pub(crate) use set::{not_among, not_boolean};
pub(crate) use show::on_off;

use super::style::{LineStyle, Stroke, Strokes, Style};
use crate::charset::Charset;
use crate::effect::Paging;

/// RSQL's target width at the start.
pub(crate) const REPORT_WIDTH: usize = 75;

/// How results are laid out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Options {
    pub(crate) format: Format,
    /// As psql keeps it, in 16 bits; each format knows some of 0, 1, 2 and 3, and takes more for its greatest.
    pub(crate) border: u16,
    pub(crate) expanded: Expanded,
    /// Target width; 0 and below is unset.
    columns: i32,
    /// Width of the terminal that it goes to, which counts when there is no target width.
    pub(crate) terminal: Option<usize>,
    /// Width that the wrapped format keeps to where `columns` is unset (`\rset width`); unset itself, only tables that do
    /// not stand on their side are wrapped, at `REPORT_WIDTH`.
    pub(crate) report_width: Option<usize>,
    /// Whether a line of dashes stands between column names and data (`\rset titledashes`).
    pub(crate) title_dashes: bool,
    /// What the server's text comes in; no option of its own, it follows the session.
    pub(crate) charset: Charset,
    pub(crate) null: Vec<u8>,
    pub(crate) field_separator: Vec<u8>,
    pub(crate) record_separator: Vec<u8>,
    pub(crate) csv_separator: u8,
    pub(crate) tuples_only: bool,
    pub(crate) title: Option<Vec<u8>>,
    pub(crate) footer: bool,
    /// Lines below the table of a command that describes, in place of the number of rows; no option of its own.
    pub(crate) footers: Option<Vec<Vec<u8>>>,
    line_style: LineStyle,
    strokes: Strokes,
    /// Whether digits of numbers are grouped.
    pub(crate) numeric_locale: bool,
    pager: Pager,
    pager_lines_min: i32,
    /// For `html` the attributes of the table, for `latex-longtable` the widths of columns.
    pub(crate) table_attributes: Option<Vec<u8>>,
}

/// Output formats.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Aligned,
    Asciidoc,
    Csv,
    Html,
    Latex,
    LatexLongtable,
    TroffMs,
    Unaligned,
    Wrapped,
}

impl Format {
    /// Whether people read it, so that something may stand above the rows.
    pub(crate) fn has_titles(self) -> bool {
        self != Self::Csv
    }
}

/// Whether records stand on their side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Expanded {
    Off,
    On,
    /// When they are too wide otherwise.
    Auto,
}

/// When long output goes through a pager.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pager {
    Off,
    /// On a terminal, when it is longer than that.
    LongOutput,
    Always,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            format: Format::Aligned,
            border: 1,
            expanded: Expanded::Off,
            columns: 0,
            terminal: None,
            report_width: None,
            title_dashes: true,
            charset: Charset::Utf8,
            null: Vec::new(),
            field_separator: b"|".to_vec(),
            record_separator: b"\n".to_vec(),
            csv_separator: b',',
            tuples_only: false,
            title: None,
            footer: true,
            footers: None,
            line_style: LineStyle::Ascii,
            numeric_locale: false,
            strokes: Strokes { border: Stroke::Single, column: Stroke::Single, header: Stroke::Single },
            pager: Pager::LongOutput,
            pager_lines_min: 0,
            table_attributes: None,
        }
    }
}

impl Options {
    /// When a pager is used; never is none.
    pub(crate) fn paging(&self) -> Option<Paging> {
        match self.pager {
            Pager::Off => None,
            Pager::LongOutput => {
                Some(Paging::Long { lines_min: u64::try_from(self.pager_lines_min).unwrap_or(0) })
            }
            Pager::Always => Some(Paging::Always),
        }
    }

    /// Uses a pager as these others do.
    pub(crate) fn page_as(&mut self, others: &Self) {
        self.pager = others.pager;
        self.pager_lines_min = others.pager_lines_min;
    }

    /// The defaults, on a terminal of this width.
    pub(crate) fn for_terminal(columns: Option<usize>) -> Self {
        Self { terminal: columns, ..Self::default() }
    }

    /// The width that wrapped output should keep to.
    pub(crate) fn target_width(&self) -> Option<usize> {
        self.columns().or(match self.format {
            Format::Wrapped => self.report_width.or(match self.expanded {
                Expanded::On => self.terminal,
                Expanded::Off | Expanded::Auto => Some(REPORT_WIDTH),
            }),
            _ => self.terminal,
        })
    }

    /// The target width that `columns` sets, if it does.
    pub(crate) fn columns(&self) -> Option<usize> {
        usize::try_from(self.columns).ok().filter(|&columns| columns > 0)
    }

    /// Wraps tables at this width, as `\rset width` wants it.
    pub(crate) fn wrap_at(&mut self, width: usize) {
        self.format = Format::Wrapped;
        self.report_width = Some(width);
    }

    /// The lines below a table of so many rows.
    pub(crate) fn lines_below(&self, rows: usize) -> Vec<Vec<u8>> {
        match &self.footers {
            _ if self.tuples_only => Vec::new(),
            Some(lines) => lines.clone(),
            None if self.footer => vec![super::row_count(rows).into_bytes()],
            None => Vec::new(),
        }
    }

    /// The lines below a table on its side, which does not tell its number of rows.
    pub(crate) fn own_lines_below(&self) -> &[Vec<u8>] {
        self.footers.as_deref().filter(|_| !self.tuples_only).unwrap_or_default()
    }

    /// The characters that lines are drawn with.
    pub(crate) fn style(&self) -> Style {
        Style::new(self.line_style, self.strokes)
    }
}
