//! The statement that creates a function, procedure or view again, on Redshift: procedures and views by `SHOW`, functions
//! from the catalog.

use super::super::source::Kind;
use crate::outcome::Row;
use crate::run::{Inquiry, Interruption};
use crate::text::{lossy, sql_identifier};

/// The statement that creates what has this number. It ends with a line break.
///
/// # Errors
/// When there is no such thing, or when it is no view.
pub(in super::super) fn definition(
    kind: Kind,
    number: &str,
    inquiry: &mut Inquiry<'_>,
) -> Result<Vec<u8>, Interruption> {
    let mut text = match kind {
        Kind::Function => function(number, inquiry)?,
        Kind::View => view(number, inquiry)?,
    };
    if text.last() != Some(&b'\n') {
        text.push(b'\n');
    }
    Ok(text)
}

fn function(number: &str, inquiry: &mut Inquiry<'_>) -> Result<Vec<u8>, Interruption> {
    let answer = inquiry.ask_briefly(format!(
        "SELECT p.prokind, n.nspname, p.proname, pg_catalog.oidvectortypes(p.proargtypes), \
         pg_catalog.array_to_string(p.proargnames, ','), pg_catalog.format_type(p.prorettype, NULL), \
         p.provolatile, p.prosrc, l.lanname \
         FROM pg_proc_info p LEFT JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace \
         LEFT JOIN pg_catalog.pg_language l ON l.oid = p.prolang WHERE p.prooid = {number}"
    ))?;
    let Some(row) = answer.rows.first() else {
        return Err(Interruption::Failed(format!("there is no function with the number {number}")));
    };
    let cell = |index| lossy(row.cell(index).unwrap_or_default());
    if cell(0) == "a" {
        return Err(Interruption::Failed(format!("\"{}\" is an aggregate function", cell(2))));
    }
    if cell(0) != "p" {
        return Ok(composed(row).into_bytes());
    }
    let procedure = inquiry.ask_briefly(format!("SHOW PROCEDURE {}({})", name(row, 1), cell(3)))?;
    Ok(first_cell(&procedure.rows))
}

/// The statement for a function. Redshift's have named arguments without defaults, and one result.
fn composed(row: &Row) -> String {
    let cell = |index| lossy(row.cell(index).unwrap_or_default());
    let types = cell(3);
    let names = cell(4);
    let mut names = names.split(',');
    let arguments: Vec<_> = types
        .split(", ")
        .filter(|one| !one.is_empty())
        .map(|one| match names.next().filter(|name| !name.is_empty()) {
            Some(name) => format!("{name} {one}"),
            None => one.to_owned(),
        })
        .collect();
    let volatility = match &*cell(6) {
        "i" => "IMMUTABLE",
        "s" => "STABLE",
        _ => "VOLATILE",
    };
    format!(
        "CREATE OR REPLACE FUNCTION {}({})\n RETURNS {}\n {volatility}\nAS $_${}$_$\n LANGUAGE {}\n",
        name(row, 1),
        arguments.join(", "),
        cell(5),
        cell(7),
        cell(8)
    )
}

fn view(number: &str, inquiry: &mut Inquiry<'_>) -> Result<Vec<u8>, Interruption> {
    let answer = inquiry.ask_briefly(format!(
        "SELECT c.relkind, n.nspname, c.relname FROM pg_catalog.pg_class c \
         LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = {number}"
    ))?;
    let Some(row) = answer.rows.first() else { return Ok(Vec::new()) };
    let cell = |index| lossy(row.cell(index).unwrap_or_default());
    if cell(0) != "v" {
        return Err(Interruption::Failed(format!("\"{}.{}\" is not a view", cell(1), cell(2))));
    }
    let shown = first_cell(&inquiry.ask_briefly(format!("SHOW VIEW {}", name(row, 1)))?.rows);
    let shown = shown.trim_ascii_end();
    // Late binding and materialized views are shown with the head of their statement, others without.
    if shown.trim_ascii_start().get(..6).is_some_and(|word| word.eq_ignore_ascii_case(b"create")) {
        return Ok(shown.to_vec());
    }
    let body = shown.strip_suffix(b";").unwrap_or(shown);
    Ok([format!("CREATE OR REPLACE VIEW {} AS\n", name(row, 1)).as_bytes(), body].concat())
}

fn first_cell(rows: &[Row]) -> Vec<u8> {
    rows.first().and_then(|row| row.cell(0)).unwrap_or_default().to_vec()
}

/// Schema and name, which stand in this cell and the next, as SQL writes them.
fn name(row: &Row, first: usize) -> String {
    let part = |index| identifier(row.cell(index).unwrap_or_default());
    format!("{}.{}", part(first), part(first + 1))
}

/// The name as SQL writes it, quoted only where it must be.
fn identifier(name: &[u8]) -> String {
    let letter = |byte: &u8| byte.is_ascii_lowercase() || *byte == b'_';
    let plain =
        name.first().is_some_and(letter) && name.iter().all(|byte| letter(byte) || byte.is_ascii_digit());
    if plain { lossy(name).into_owned() } else { lossy(&sql_identifier(name)).into_owned() }
}
