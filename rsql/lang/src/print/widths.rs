//! Widths of the columns of an aligned table, shrunk for wrapped output.

use super::cell::Lines;
use super::is_right_aligned;
use super::options::{Format, Options};
use super::rows::Rows;
use crate::outcome::Column;

/// Bias against wide columns when choosing what to shrink, per column of width.
const WIDE_BIAS: f64 = 0.01;

/// What is known of one column before it is drawn.
#[derive(Debug)]
pub(crate) struct ColumnWidth {
    pub(crate) header: Lines,
    /// Columns of the terminal that it takes, without borders.
    pub(crate) shown: usize,
    pub(crate) right: bool,
    longest: usize,
    average: usize,
}

/// The widths of all columns; `borders` is what the table takes besides them.
pub(crate) fn measure(
    options: &Options,
    columns: &[Column],
    rows: &Rows,
    borders: usize,
) -> Vec<ColumnWidth> {
    let mut widths: Vec<ColumnWidth> = columns
        .iter()
        .zip(rows.extents())
        .map(|(column, extent)| {
            let header = Lines::new(&column.name, options.charset);
            let longest = header.width().max(extent.longest);
            ColumnWidth {
                shown: longest,
                longest,
                average: extent.sum.checked_div(rows.count()).unwrap_or(0),
                right: is_right_aligned(column.type_oid),
                header,
            }
        })
        .collect();
    if options.format == Format::Wrapped {
        shrink(&mut widths, options.target_width(), borders);
    }
    widths
}

/// Takes columns away, one by one, where few values will be wrapped, until the table fits or headers forbid it.
fn shrink(widths: &mut [ColumnWidth], target: Option<usize>, borders: usize) {
    let headers: usize = widths.iter().map(|width| width.header.width()).sum();
    let Some(target) = target.filter(|&target| target >= borders + headers) else { return };
    let mut total = borders + widths.iter().map(|width| width.shown).sum::<usize>();
    while total > target {
        let mut worst: Option<(f64, &mut ColumnWidth)> = None;
        for width in widths.iter_mut().filter(|width| width.average > 0 && width.shown > width.header.width())
        {
            let ratio = ratio(width);
            if worst.as_ref().is_none_or(|(most, _)| ratio > *most) {
                worst = Some((ratio, width));
            }
        }
        let Some((_, width)) = worst else { return };
        width.shown -= 1;
        total -= 1;
    }
}

#[expect(clippy::cast_precision_loss, reason = "widths are far below 2^52")]
fn ratio(width: &ColumnWidth) -> f64 {
    width.shown as f64 / width.average as f64 + width.longest as f64 * WIDE_BIAS
}
