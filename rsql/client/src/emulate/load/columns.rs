//! The columns of a table that is loaded, and what a field must be to fit one of them.

use rsql_sql::emulate::Strings;
use rsql_sql::emulate::transfer::{DateOrder, Load};

/// Codes of `stl_load_errors`: too long, no digit, a missing value, a missing or extra field, no UTF-8, anything else.
const TOO_LONG: u32 = 1204;
const INVALID_DIGIT: u32 = 1207;
const MISSING: u32 = 1213;
pub(super) const NO_DELIMITER: u32 = 1214;
pub(super) const EXTRA_COLUMNS: u32 = 1202;
pub(super) const BAD_UTF8: u32 = 1220;
pub(super) const OTHER_FAULT: u32 = 1224;

/// Bytes before the length in a type modifier of character types.
const MODIFIER_HEAD: i32 = 4;

/// One column that takes a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in super::super) struct Column {
    pub(in super::super) name: String,
    /// The type's name.
    pub(in super::super) kind: String,
    category: Category,
    /// Longest text, in characters.
    characters_max: Option<usize>,
    not_null: bool,
}

/// What matters of a type here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Category {
    Text,
    Whole(i64, i64),
    Number,
    Date,
    Other,
}

/// Why a row cannot be loaded.
#[derive(Debug, Default)]
pub(super) struct Fault {
    pub(super) code: u32,
    pub(super) reason: String,
    pub(super) column: Option<usize>,
    pub(super) value: String,
}

/// A query for the columns of a table: name, type, modifier, identity, not null.
pub(super) fn query(table: &str, strings: Strings) -> String {
    let doubled = table.replace('\'', "''");
    let doubled = if strings == Strings::Escaped { doubled.replace('\\', "\\\\") } else { doubled };
    format!(
        "SELECT a.attname, pg_catalog.format_type(a.atttypid, NULL), t.typcategory, a.atttypmod, \
         a.attidentity <> '', a.attnotnull FROM pg_catalog.pg_attribute a \
         JOIN pg_catalog.pg_type t ON t.oid = a.atttypid WHERE a.attrelid = pg_catalog.to_regclass('{doubled}') \
         AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '' ORDER BY a.attnum"
    )
}

/// The columns that the files fill: those that are named, else all that have no identity of their own.
pub(super) fn read(rows: &[Vec<Option<String>>], load: &Load) -> Vec<Column> {
    let all: Vec<(Column, bool)> = rows.iter().filter_map(|row| column(row)).collect();
    if load.columns.is_empty() {
        let filled = all.into_iter().filter(|(_, identity)| !identity || load.explicit_ids);
        return filled.map(|(column, _)| column).collect();
    }
    let named = |name: &String| all.iter().find(|(column, _)| column.name == *name).map(|(c, _)| c.clone());
    load.columns.iter().map(named).collect::<Option<Vec<_>>>().unwrap_or_default()
}

fn column(row: &[Option<String>]) -> Option<(Column, bool)> {
    let [Some(name), Some(kind), Some(category), Some(modifier), Some(identity), Some(not_null)] = row else {
        return None;
    };
    let category = match (kind.as_str(), category.as_str()) {
        ("smallint", _) => Category::Whole(i16::MIN.into(), i16::MAX.into()),
        ("integer", _) => Category::Whole(i32::MIN.into(), i32::MAX.into()),
        ("bigint", _) => Category::Whole(i64::MIN, i64::MAX),
        (_, "N") => Category::Number,
        (_, "S") => Category::Text,
        ("date" | "timestamp without time zone" | "timestamp with time zone", _) => Category::Date,
        _ => Category::Other,
    };
    let modifier: i32 = modifier.parse().unwrap_or(-1);
    let characters_max =
        usize::try_from(modifier - MODIFIER_HEAD).ok().filter(|_| category == Category::Text);
    let column = Column {
        name: name.clone(),
        kind: kind.clone(),
        category,
        characters_max,
        not_null: not_null == "t",
    };
    Some((column, identity == "t"))
}

/// The fields of a row as the table takes them.
pub(super) fn finish(
    mut fields: Vec<Option<String>>,
    load: &Load,
    columns: &[Column],
) -> Result<Vec<Option<String>>, Fault> {
    for (n, (field, column)) in fields.iter_mut().zip(columns).enumerate() {
        if let Some(text) = field.take() {
            *field = value(text, load, column).map_err(|fault| Fault { column: Some(n), ..fault })?;
        }
        if field.is_none() && column.not_null {
            let reason = "Missing data for not-null field".to_owned();
            return Err(Fault { code: MISSING, reason, column: Some(n), value: String::new() });
        }
    }
    Ok(fields)
}

/// One field; blanks and empty fields are NULL where options or the type say so.
fn value(mut text: String, load: &Load, column: &Column) -> Result<Option<String>, Fault> {
    let is_blank = text.chars().all(|c| c == ' ');
    if column.category != Category::Text && column.category != Category::Other {
        if is_blank {
            return Ok(None);
        }
    } else if column.category == Category::Text
        && (is_blank && load.blanks_as_null || text.is_empty() && load.empty_as_null)
    {
        return Ok(None);
    }
    match column.category {
        Category::Whole(least, most) => whole(&text, least, most, &column.kind)?,
        Category::Number if text.trim().parse::<f64>().is_err() => {
            return Err(invalid_digit(&text, &column.kind));
        }
        Category::Date => text = in_order(text, load.dates),
        Category::Text => {
            if load.trim_blanks {
                text.truncate(text.trim_end_matches(' ').len());
            }
            fit(&mut text, load, column)?;
        }
        Category::Number | Category::Other => {}
    }
    Ok(Some(text))
}

fn whole(text: &str, least: i64, most: i64, kind: &str) -> Result<(), Fault> {
    match text.trim().parse::<i64>() {
        Ok(number) if (least..=most).contains(&number) => Ok(()),
        Ok(_) => Err(Fault {
            code: INVALID_DIGIT,
            reason: format!("Value out of range for type {kind}"),
            column: None,
            value: text.to_owned(),
        }),
        Err(_) => Err(invalid_digit(text, kind)),
    }
}

fn invalid_digit(text: &str, kind: &str) -> Fault {
    let (place, digit) =
        text.char_indices().find(|(_, c)| !c.is_ascii_digit() && !"+-.eE ".contains(*c)).unwrap_or((0, ' '));
    let mut name = kind.to_owned();
    if let Some(first) = name.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    let reason = format!("Invalid digit, Value '{digit}', Pos {place}, Type: {name}");
    Fault { code: INVALID_DIGIT, reason, column: None, value: text.to_owned() }
}

/// Text that is too long is cut, or refused.
fn fit(text: &mut String, load: &Load, column: &Column) -> Result<(), Fault> {
    let Some(most) = column.characters_max else { return Ok(()) };
    let Some((end, _)) = text.char_indices().nth(most) else { return Ok(()) };
    if load.truncate || text[end..].trim_end_matches(' ').is_empty() {
        text.truncate(end);
        return Ok(());
    }
    let reason = "String length exceeds DDL length".to_owned();
    Err(Fault { code: TOO_LONG, reason, column: None, value: text.clone() })
}

/// A date whose parts stand in another order, in ISO's; what does not look like one is left to the server.
fn in_order(text: String, order: DateOrder) -> String {
    if order == DateOrder::Auto {
        return text;
    }
    let end = text.find([' ', 'T']).unwrap_or(text.len());
    let (date, rest) = text.split_at(end);
    let parts: Vec<&str> = date.split(['/', '-', '.']).collect();
    let [a, b, year] = parts.as_slice() else { return text };
    let (month, day) = if order == DateOrder::MonthFirst { (a, b) } else { (b, a) };
    format!("{year}-{month}-{day}{rest}")
}
