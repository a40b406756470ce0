//! A grid of characters with lines that join. Owns which box-drawing character shows which meeting of lines. Does not know
//! what the lines mean.

use crate::output::{Palette, Tone};

/// Directions in which a line leaves a cell.
const UP: u8 = 1;
const DOWN: u8 = 2;
const LEFT: u8 = 4;
const RIGHT: u8 = 8;

/// Box-drawing characters by the directions that are set.
const JOINTS: [char; 16] = [' ', '│', '│', '│', '─', '┘', '┐', '┤', '─', '└', '┌', '├', '─', '┴', '┬', '┼'];

#[derive(Clone, Copy)]
struct Spot {
    lines: u8,
    /// Which net the lines belong to; lines of different nets cross and do not join.
    net: usize,
    crossed: bool,
    character: Option<char>,
    tone: Tone,
}

const EMPTY: Spot = Spot { lines: 0, net: usize::MAX, crossed: false, character: None, tone: Tone::Plain };

/// The grid.
pub(super) struct Canvas {
    rows: Vec<Vec<Spot>>,
}

impl Canvas {
    /// An empty grid.
    pub(super) fn new(rows: usize, columns: usize) -> Self {
        Self { rows: vec![vec![EMPTY; columns]; rows] }
    }

    /// Writes text from a cell to the right.
    pub(super) fn text(&mut self, row: usize, column: usize, text: &str, tone: Tone) {
        for (offset, character) in text.chars().enumerate() {
            let spot = &mut self.rows[row][column + offset];
            spot.character = Some(character);
            spot.tone = tone;
        }
    }

    /// A line within one column, both ends included.
    pub(super) fn vertical(&mut self, column: usize, from: usize, to: usize, net: usize) {
        for row in from..=to {
            let up = if row > from { UP } else { 0 };
            let down = if row < to { DOWN } else { 0 };
            self.add(row, column, up | down, net);
        }
    }

    /// A line within one row, both ends included.
    pub(super) fn horizontal(&mut self, row: usize, from: usize, to: usize, net: usize) {
        for column in from..=to {
            let left = if column > from { LEFT } else { 0 };
            let right = if column < to { RIGHT } else { 0 };
            self.add(row, column, left | right, net);
        }
    }

    fn add(&mut self, row: usize, column: usize, lines: u8, net: usize) {
        let spot = &mut self.rows[row][column];
        spot.crossed |= spot.lines != 0 && spot.net != net;
        spot.lines |= lines;
        spot.net = net;
    }

    /// The picture, without trailing blanks.
    pub(super) fn render(&self, palette: Palette) -> String {
        let mut text = String::new();
        for row in &self.rows {
            let used = row.iter().rposition(|spot| spot.shown() != ' ').map_or(0, |last| last + 1);
            for run in row[..used].chunk_by(|a, b| a.tone == b.tone) {
                let part: String = run.iter().map(Spot::shown).collect();
                text.push_str(&palette.paint(run[0].tone, &part));
            }
            text.push('\n');
        }
        text
    }
}

impl Spot {
    fn shown(&self) -> char {
        if let Some(character) = self.character {
            return character;
        }
        let straight = self.lines == UP | DOWN | LEFT | RIGHT;
        // Where two nets only cross, the vertical one passes over the other, so that it does not look like a joint.
        if self.crossed && straight { '│' } else { JOINTS[usize::from(self.lines)] }
    }
}
