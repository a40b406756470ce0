//! The lines below a description, made of the cells of answers. Cells stay bytes: the client's encoding may be any.

use std::collections::HashMap;

use crate::outcome::Row;
use crate::print::Table;

/// The rows of an answer by the ids in its first column.
pub(super) fn by_relation(answer: &Table) -> HashMap<&[u8], Vec<&Row>> {
    let mut rows: HashMap<&[u8], Vec<&Row>> = HashMap::new();
    for row in &answer.rows {
        rows.entry(row.cell(0).unwrap_or_default()).or_default().push(row);
    }
    rows
}

/// A cell's text; NULL has none.
pub(super) fn text(row: &Row, index: usize) -> &[u8] {
    row.cell(index).unwrap_or_default()
}

/// Whether a cell is true.
pub(super) fn is_true(row: &Row, index: usize) -> bool {
    row.cell(index) == Some(b"t")
}

/// A line of these pieces.
pub(super) fn line(pieces: &[&[u8]]) -> Vec<u8> {
    pieces.concat()
}

/// A heading with a line for each row; nothing where there are none.
pub(super) fn headed(heading: &str, rows: &[&Row], shown: impl Fn(&Row) -> Vec<u8>) -> Vec<Vec<u8>> {
    if rows.is_empty() {
        return Vec::new();
    }
    let lines = rows.iter().map(|row| shown(row));
    std::iter::once(heading.as_bytes().to_vec()).chain(lines).collect()
}

/// One list over several lines: the label before the first, commas after all but the last.
pub(super) fn labelled(label: &str, items: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let last = items.len().saturating_sub(1);
    let indent = " ".repeat(label.len());
    let lines = items.iter().enumerate().map(|(index, item)| {
        let before = if index == 0 { format!("{label}: ") } else { format!("{indent}  ") };
        let after: &[u8] = if index < last { b"," } else { b"" };
        line(&[before.as_bytes(), item, after])
    });
    lines.collect()
}

/// What a definition says after its first `keyword`; all of it where that is missing.
pub(super) fn after<'d>(definition: &'d [u8], keyword: &[u8]) -> &'d [u8] {
    let found = definition.windows(keyword.len()).position(|window| window == keyword);
    found.map_or(definition, |start| &definition[start + keyword.len()..])
}
