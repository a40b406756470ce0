//! A table whose rows are all there, drawn piece by piece so that its text never stands in memory as a whole.

use std::sync::Arc;

use super::options::{Expanded, Options};
use super::rows::{Cell, Enough, Rows};
use super::{Part, aligned, vertical};
use crate::outcome::Column;

/// A table being drawn.
#[derive(Debug)]
pub(crate) struct Drawing {
    options: Arc<Options>,
    rows: Rows,
    /// Rows that were in it at the start.
    count: usize,
    part: Part,
    layout: Layout,
    begun: bool,
}

#[derive(Debug)]
enum Layout {
    Across(aligned::Layout),
    Down(vertical::Layout),
    /// On its side, without a record.
    Nothing,
}

impl Drawing {
    /// A drawing of these rows.
    pub(super) fn new(options: Arc<Options>, columns: &[Column], rows: Rows, part: Part) -> Self {
        let layout = Layout::new(&options, columns, &rows, part);
        Self { count: rows.count(), options, rows, part, layout, begun: false }
    }

    /// Bytes of its rows, which its text is somewhat longer than.
    pub(crate) fn bytes(&self) -> usize {
        self.rows.bytes()
    }

    /// Appends the next piece, of some more than so many bytes. Gives whether there are more.
    pub(crate) fn draw(&mut self, out: &mut Vec<u8>, bytes: usize) -> bool {
        let enough = out.len().saturating_add(bytes);
        let options = &self.options;
        if !std::mem::replace(&mut self.begun, true) && self.part.first {
            match &self.layout {
                Layout::Across(layout) => layout.head(options, out),
                Layout::Down(layout) => layout.head(options, out),
                Layout::Nothing => {}
            }
        }
        let null = Cell::standing_for_null(&options.null, options.charset);
        let layout = &mut self.layout;
        let more = self.rows.draw(|cells| {
            match layout {
                Layout::Across(layout) => layout.row(options, cells, null, out),
                Layout::Down(layout) => layout.row(options, cells, null, out),
                Layout::Nothing => {}
            }
            if out.len() >= enough { Enough::Yes } else { Enough::No }
        });
        if more {
            return true;
        }
        if self.part.last {
            match layout {
                Layout::Across(layout) => layout.foot(options, self.part.before + self.count, out),
                Layout::Down(layout) => layout.foot(options, out),
                Layout::Nothing => vertical::nothing(options, self.count, out),
            }
        }
        false
    }
}

impl Layout {
    fn new(options: &Options, columns: &[Column], rows: &Rows, part: Part) -> Self {
        let whole = part.first && part.last;
        let down = || match (rows.count(), columns.len()) {
            (0, _) | (_, 0) if whole => Self::Nothing,
            _ => Self::Down(vertical::Layout::new(options, columns, rows, part)),
        };
        match options.expanded {
            Expanded::On => return down(),
            Expanded::Auto | Expanded::Off => {}
        }
        let layout = aligned::Layout::new(options, columns, rows);
        if options.expanded == Expanded::Auto && layout.too_wide(options) {
            return down();
        }
        Self::Across(layout)
    }
}
