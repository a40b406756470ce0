//! A workflow drawn in the terminal, layer by layer; as a list where it would be too wide. Owns boxes and marks. The places
//! come from `layout`.

use unicode_width::UnicodeWidthStr as _;

use fleet_core::state::JobStatus;

use super::canvas::Canvas;
use super::layout::{Item, Layout};
use super::{Kind, Node, Picture};
use crate::output::{Align, Cell, Palette, Table, Tone, job_tone};

/// Rows of a box: border, label, border.
const BOX_ROWS: usize = 3;
/// Blanks and borders around a label.
const BOX_EXTRA: usize = 4;
/// More jobs than this are a list: nobody follows lines over so many boxes.
const DRAWN_MAX: usize = 120;

/// The drawing, no wider than `width` columns.
pub(crate) fn text(picture: &Picture, width: usize, palette: Palette) -> String {
    if picture.nodes.len() > DRAWN_MAX {
        return list(picture, palette);
    }
    let layout = Layout::of(picture, |node| label(&picture.nodes[node]).width() + BOX_EXTRA);
    if layout.columns() > width {
        return list(picture, palette);
    }
    draw(picture, &layout, palette)
}

fn label(node: &Node) -> String {
    match node.status.map(mark) {
        Some(mark) => format!("{mark} {}", node.label),
        None => node.label.clone(),
    }
}

fn mark(status: JobStatus) -> char {
    match status {
        JobStatus::Pending => '·',
        JobStatus::Held => '‖',
        JobStatus::Running => '▶',
        JobStatus::Waiting => '◷',
        JobStatus::Succeeded => '✓',
        JobStatus::Failed => '✗',
        JobStatus::Skipped => '–',
        JobStatus::Cancelled => '■',
    }
}

fn draw(picture: &Picture, layout: &Layout, palette: Palette) -> String {
    let gaps: Vec<_> = (0..layout.layers.len() - 1).map(|layer| layout.nets(layer)).collect();
    let gap_rows: usize = gaps.iter().map(|(_, tracks)| (*tracks).max(1)).sum();
    let mut canvas = Canvas::new(layout.layers.len() * BOX_ROWS + gap_rows, layout.columns());
    let mut row = 0;
    // Nets are numbered through the whole drawing, so that lines of different nets never join.
    let mut number = 0;
    for (index, layer) in layout.layers.iter().enumerate() {
        for item in layer.iter().map(|item| &layout.items[*item]) {
            draw_item(&mut canvas, row, item, picture);
        }
        row += BOX_ROWS;
        let Some((nets, tracks)) = gaps.get(index) else { break };
        let rows = (*tracks).max(1);
        for net in nets {
            number += 1;
            let (above, below) = (row - 1, row + rows);
            let turn = net.track.map_or(row, |track| row + track);
            for from in &net.from {
                canvas.vertical(*from, above, turn, number);
            }
            for to in &net.to {
                canvas.vertical(*to, turn, below, number);
            }
            if net.track.is_some() {
                let (left, right) = net.span();
                canvas.horizontal(turn, left, right, number);
            }
        }
        row += rows;
    }
    ends(&mut canvas, layout, &gaps);
    canvas.render(palette)
}

fn draw_item(canvas: &mut Canvas, row: usize, item: &Item, picture: &Picture) {
    let Some(node) = item.node.map(|node| &picture.nodes[node]) else {
        canvas.text(row, item.middle, "│", Tone::Plain);
        canvas.text(row + 1, item.middle, "│", Tone::Plain);
        canvas.text(row + 2, item.middle, "│", Tone::Plain);
        return;
    };
    let tone = node.status.map_or(Tone::Plain, job_tone);
    let (corners, side) = match node.kind {
        Kind::Script => (['┌', '┐', '└', '┘'], '│'),
        Kind::Precondition => (['╭', '╮', '╰', '╯'], '│'),
    };
    let line = "─".repeat(item.width - 2);
    let left = item.left();
    canvas.text(row, left, &format!("{}{line}{}", corners[0], corners[1]), tone);
    canvas.text(row + 1, left, &format!("{side} {} {side}", label(node)), tone);
    canvas.text(row + 2, left, &format!("{}{line}{}", corners[2], corners[3]), tone);
}

/// Where lines leave and reach boxes.
fn ends(canvas: &mut Canvas, layout: &Layout, gaps: &[(Vec<super::layout::Net>, usize)]) {
    let mut row = 0;
    for (index, (nets, tracks)) in gaps.iter().enumerate() {
        let leave = row + BOX_ROWS - 1;
        let reach = row + BOX_ROWS + (*tracks).max(1);
        for net in nets {
            for from in net.from.iter().filter(|from| is_box(layout, index, **from)) {
                canvas.text(leave, *from, "┬", Tone::Plain);
            }
            for to in net.to.iter().filter(|to| is_box(layout, index + 1, **to)) {
                canvas.text(reach, *to, "▼", Tone::Plain);
            }
        }
        row = reach;
    }
}

fn is_box(layout: &Layout, layer: usize, middle: usize) -> bool {
    layout.layers[layer]
        .iter()
        .map(|item| &layout.items[*item])
        .any(|item| item.middle == middle && item.node.is_some())
}

fn list(picture: &Picture, palette: Palette) -> String {
    let statuses = picture.nodes.iter().any(|node| node.status.is_some());
    let mut columns = vec![("LAYER", Align::Right), ("JOB", Align::Left)];
    if statuses {
        columns.push(("STATUS", Align::Left));
    }
    columns.push(("NEEDS", Align::Left));
    let mut needs: Vec<Vec<&str>> = vec![Vec::new(); picture.nodes.len()];
    for (from, to) in &picture.edges {
        needs[*to].push(&picture.nodes[*from].label);
    }
    let mut order: Vec<usize> = (0..picture.nodes.len()).collect();
    order.sort_by_key(|node| picture.nodes[*node].layer);
    let mut table = Table::new(&columns);
    for index in order {
        let node = &picture.nodes[index];
        let mut row = vec![Cell::from(node.layer + 1), Cell::from(&node.label)];
        if statuses {
            let status = node.status.unwrap_or_default();
            row.push(Cell::toned(job_tone(status), &status));
        }
        row.push(Cell::from(needs[index].join(", ")));
        table.row(row);
    }
    table.render(palette)
}
