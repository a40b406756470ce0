//! `\crosstabview`: a result turned so that the values of one column become columns. What is wrong with a result is told in
//! psql's words. Printing is the result's own.

use std::collections::BTreeMap;

use super::{Args, Flow};
use crate::charset::Charset;
use crate::machine::Machine;
use crate::outcome::{Column, Row};
use crate::print::Table;
use crate::run::{Collect, How};
use crate::scan::slash::identifier;
use crate::text::lossy;

/// Most columns of a table, as psql has it.
const COLUMNS_MAX: usize = 1600;

/// Which columns are which, as the command says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Crosstab {
    rows: Option<Vec<u8>>,
    columns: Option<Vec<u8>>,
    data: Option<Vec<u8>>,
    order: Option<Vec<u8>>,
}

impl Machine {
    pub(super) fn go_crosstab(&mut self, args: &Args) -> Flow {
        let argument = |index| args.get(index).map(<[u8]>::to_vec);
        let crosstab =
            Crosstab { rows: argument(0), columns: argument(1), data: argument(2), order: argument(3) };
        Flow::Send(Box::new(How { collect: Some(Collect::Crosstab(crosstab)), ..How::default() }))
    }
}

/// The places of the columns that are used.
struct Places {
    rows: usize,
    columns: usize,
    data: usize,
    order: Option<usize>,
}

/// A value of a header, and where it stands.
type Header<'a> = BTreeMap<Key<'a>, usize>;

/// NULL comes last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Key<'a> {
    Value(&'a [u8]),
    Null,
}

impl<'a> Key<'a> {
    fn of(cell: Option<&'a [u8]>) -> Self {
        cell.map_or(Self::Null, Self::Value)
    }

    fn cell(self) -> Option<&'a [u8]> {
        match self {
            Self::Value(text) => Some(text),
            Self::Null => None,
        }
    }

    fn or(self, null: &'a [u8]) -> &'a [u8] {
        self.cell().unwrap_or(null)
    }
}

/// The table to be shown; `null` stands for NULL in its headers.
///
/// # Errors
/// psql's message about what does not fit.
pub(crate) fn pivot(
    table: &Table,
    crosstab: &Crosstab,
    null: &[u8],
    charset: Charset,
) -> Result<Table, String> {
    let places = places(&table.columns, crosstab, charset)?;
    let (rows, columns) = headers(table, &places)?;
    let across = order(table, &places, &columns);
    let cell = |row: &Row, place: usize| Key::of(row.cell(place)).cell().map(<[u8]>::to_vec);
    let mut cells: BTreeMap<(usize, usize), Option<Vec<u8>>> = BTreeMap::new();
    for row in &table.rows {
        let (down, along) = (Key::of(row.cell(places.rows)), Key::of(row.cell(places.columns)));
        let at = (rows[&down], across[columns[&along]]);
        if cells.insert(at, cell(row, places.data)).is_some() {
            let null: &[u8] = if null.is_empty() { b"(null)" } else { null };
            return Err(format!(
                "\\crosstabview: query result contains multiple data values for row \"{}\", column \"{}\"",
                lossy(down.or(null)),
                lossy(along.or(null)),
            ));
        }
    }
    let data = &table.columns[places.data];
    let mut shown = vec![data.clone(); columns.len() + 1];
    shown[0] = table.columns[places.rows].clone();
    for (value, &first) in &columns {
        shown[across[first] + 1].name = value.or(null).to_vec();
    }
    let mut names = vec![Key::Null; rows.len()];
    for (value, &at) in &rows {
        names[at] = *value;
    }
    let line = |(down, name): (usize, &Key<'_>)| {
        let values = (0..columns.len()).map(|along| match cells.get(&(down, along)) {
            None => Some(b"".as_slice()),
            Some(cell) => cell.as_deref(),
        });
        std::iter::once(name.cell()).chain(values).collect()
    };
    Ok(Table { columns: shown, rows: names.iter().enumerate().map(line).collect() })
}

fn places(columns: &[Column], crosstab: &Crosstab, charset: Charset) -> Result<Places, String> {
    if columns.len() < 3 {
        return Err("\\crosstabview: query must return at least three columns".to_owned());
    }
    let place =
        |argument: &Option<Vec<u8>>| argument.as_deref().map(|text| find(columns, text, charset)).transpose();
    let rows = place(&crosstab.rows)?.unwrap_or(0);
    let across = place(&crosstab.columns)?.unwrap_or(1);
    if rows == across {
        return Err("\\crosstabview: vertical and horizontal headers must be different columns".to_owned());
    }
    let data = match place(&crosstab.data)? {
        Some(data) => data,
        None if columns.len() == 3 => 3 - rows - across,
        None => {
            return Err(
                "\\crosstabview: data column must be specified when query returns more than three columns"
                    .to_owned(),
            );
        }
    };
    Ok(Places { rows, columns: across, data, order: place(&crosstab.order)? })
}

/// A column by its number or name.
fn find(columns: &[Column], text: &[u8], charset: Charset) -> Result<usize, String> {
    if !text.is_empty() && text.iter().all(u8::is_ascii_digit) {
        let number: i64 = lossy(text).parse().unwrap_or(i64::from(i32::MAX));
        let place = usize::try_from(number - 1).ok().filter(|place| *place < columns.len());
        let count = columns.len();
        return place
            .ok_or_else(|| format!("\\crosstabview: column number {number} is out of range 1..{count}"));
    }
    let name = identifier(text, charset);
    let mut found = columns.iter().enumerate().filter(|(_, column)| column.name == name);
    match (found.next(), found.next()) {
        (Some((place, _)), None) => Ok(place),
        (None, _) => Err(format!("\\crosstabview: column name not found: \"{}\"", lossy(&name))),
        (Some(_), Some(_)) => Err(format!("\\crosstabview: ambiguous column name: \"{}\"", lossy(&name))),
    }
}

/// The values of both headers, numbered as they first come.
fn headers<'a>(table: &'a Table, places: &Places) -> Result<(Header<'a>, Header<'a>), String> {
    let (mut rows, mut columns) = (Header::new(), Header::new());
    for row in &table.rows {
        let next = columns.len();
        columns.entry(Key::of(row.cell(places.columns))).or_insert(next);
        if columns.len() > COLUMNS_MAX {
            return Err(format!("\\crosstabview: maximum number of columns ({COLUMNS_MAX}) exceeded"));
        }
        let next = rows.len();
        rows.entry(Key::of(row.cell(places.rows))).or_insert(next);
    }
    Ok((rows, columns))
}

/// Where each column stands, by its number: as they first come, or by the number that the first row of each has in the
/// order's column; columns of the same number by their names.
fn order(table: &Table, places: &Places, columns: &Header<'_>) -> Vec<usize> {
    let Some(order) = places.order else { return (0..columns.len()).collect() };
    let mut ranks = vec![None; columns.len()];
    for row in &table.rows {
        let column = columns[&Key::of(row.cell(places.columns))];
        ranks[column].get_or_insert_with(|| row.cell(order).map_or(0, rank));
    }
    let mut sorted: Vec<usize> = columns.values().copied().collect();
    sorted.sort_by_key(|&column| ranks[column]);
    let mut across = vec![0; columns.len()];
    for (place, column) in sorted.into_iter().enumerate() {
        across[column] = place;
    }
    across
}

/// A whole number; anything else counts as none.
fn rank(text: &[u8]) -> i64 {
    let digits = text.strip_prefix(b"-").unwrap_or(text);
    if digits.iter().all(u8::is_ascii_digit) { crate::text::leading_integer(text) } else { 0 }
}
