//! The columns of relations, as the table that describes each.

use super::section::ids;
use super::{Fact, Relation};
use crate::commands::describe::lines::{by_relation, is_true, text};
use crate::commands::describe::{Listing, Server, Target};
use crate::outcome::{Column, Row};
use crate::run::{Inquiry, Interruption};

/// First version that says how columns are compressed.
const COMPRESSION: u32 = 140_000;

/// PostgreSQL's id of the type `text`, which is aligned to the left.
const TEXT: u32 = 25;

/// What is asked of each column; the order is that of the question.
#[derive(Debug, Clone, Copy)]
enum Of {
    Name = 1,
    Type,
    Default,
    NotNull,
    Collation,
    Identity,
    Generated,
    Key,
    Definition,
    ForeignOptions,
    Storage,
    Compression,
    Target,
    Description,
}

/// A column of the table that describes: its name, and what stands in it.
type Shown = (&'static str, fn(&Row) -> Vec<u8>);

/// A table of columns for each relation; title and lines below are not its own.
pub(super) fn describe(
    target: &Target<'_>,
    relations: &[Relation<'_>],
    inquiry: &mut Inquiry<'_>,
) -> Result<Vec<Listing>, Interruption> {
    let about: Vec<_> = relations.iter().filter(|relation| relation.kind() != b'S').collect();
    if about.is_empty() {
        return Ok(relations.iter().map(|_| Listing::default()).collect());
    }
    let answer = inquiry.ask(question(target.server, &ids(about.into_iter())))?;
    let rows = by_relation(&answer);
    let listings = relations.iter().map(|relation| {
        let own = rows.get(relation.fact(Fact::Id)).map(Vec::as_slice).unwrap_or_default();
        listing(&shown(relation, target), own)
    });
    Ok(listings.collect())
}

fn question(server: Server<'_>, ids: &str) -> String {
    let compression = if server.version >= COMPRESSION { "a.attcompression" } else { "''" };
    format!(
        "SELECT a.attrelid, a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod), \
         (SELECT pg_catalog.pg_get_expr(d.adbin, d.adrelid, true) FROM pg_catalog.pg_attrdef d \
         WHERE a.atthasdef AND d.adrelid = a.attrelid AND d.adnum = a.attnum), a.attnotnull, \
         (SELECT o.collname FROM pg_catalog.pg_type t JOIN pg_catalog.pg_collation o ON o.oid <> t.typcollation \
         WHERE t.oid = a.atttypid AND o.oid = a.attcollation), a.attidentity, a.attgenerated, \
         CASE WHEN a.attnum <= x.indnkeyatts THEN 'yes' ELSE 'no' END, \
         CASE WHEN x.indexrelid IS NOT NULL THEN pg_catalog.pg_get_indexdef(a.attrelid, a.attnum, true) END, \
         '(' || pg_catalog.array_to_string(ARRAY(SELECT pg_catalog.quote_ident(f.option_name) || ' ' || \
         pg_catalog.quote_literal(f.option_value) FROM pg_catalog.pg_options_to_table(a.attfdwoptions) f), ', ') \
         || ')', a.attstorage, {compression}, NULLIF(a.attstattarget, -1), \
         pg_catalog.col_description(a.attrelid, a.attnum) FROM pg_catalog.pg_attribute a \
         LEFT JOIN pg_catalog.pg_index x ON x.indexrelid = a.attrelid \
         WHERE a.attrelid = ANY ({ids}) AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attrelid, a.attnum"
    )
}

/// Which columns the table of this relation has.
fn shown(relation: &Relation<'_>, target: &Target<'_>) -> Vec<Shown> {
    let mut shown: Vec<Shown> =
        vec![("Column", |row| cell(row, Of::Name)), ("Type", |row| cell(row, Of::Type))];
    if relation.is_any(b"rvmfcp") {
        shown.push(("Collation", |row| cell(row, Of::Collation)));
        shown.push(("Nullable", nullable));
        shown.push(("Default", default));
    }
    if relation.is_any(b"iI") {
        shown.push(("Key?", |row| cell(row, Of::Key)));
        shown.push(("Definition", |row| cell(row, Of::Definition)));
    }
    if relation.is_any(b"f") {
        shown.push(("FDW options", foreign_options));
    }
    if !target.verbose {
        return shown;
    }
    shown.push(("Storage", storage));
    if relation.is_any(b"rpm") && target.server.version >= COMPRESSION && !target.hidden.compression {
        shown.push(("Compression", compression));
    }
    if relation.is_any(b"rpmfiI") {
        shown.push(("Stats target", |row| cell(row, Of::Target)));
    }
    if relation.is_any(b"rvmfcp") {
        shown.push(("Description", |row| cell(row, Of::Description)));
    }
    shown
}

fn listing(shown: &[Shown], rows: &[&Row]) -> Listing {
    let columns =
        shown.iter().map(|(name, _)| Column { name: name.as_bytes().to_vec(), type_oid: TEXT }).collect();
    let rows = rows.iter().map(|row| {
        let mut cells = Row::default();
        shown.iter().for_each(|(_, value)| cells.push(Some(&value(row))));
        cells
    });
    Listing { columns, rows: rows.collect(), ..Listing::default() }
}

fn cell(row: &Row, fact: Of) -> Vec<u8> {
    text(row, fact as usize).to_vec()
}

fn nullable(row: &Row) -> Vec<u8> {
    if is_true(row, Of::NotNull as usize) { b"not null".to_vec() } else { Vec::new() }
}

fn default(row: &Row) -> Vec<u8> {
    let value = text(row, Of::Default as usize);
    match (text(row, Of::Identity as usize), text(row, Of::Generated as usize)) {
        (b"a", _) => b"generated always as identity".to_vec(),
        (b"d", _) => b"generated by default as identity".to_vec(),
        (_, b"s") => [b"generated always as (", value, b") stored"].concat(),
        _ => value.to_vec(),
    }
}

/// A column without options has an empty pair of parentheses in the answer.
fn foreign_options(row: &Row) -> Vec<u8> {
    let options = text(row, Of::ForeignOptions as usize);
    if options == b"()" { Vec::new() } else { options.to_vec() }
}

fn storage(row: &Row) -> Vec<u8> {
    let name: &[u8] = match text(row, Of::Storage as usize) {
        b"p" => b"plain",
        b"m" => b"main",
        b"x" => b"extended",
        b"e" => b"external",
        _ => b"???",
    };
    name.to_vec()
}

fn compression(row: &Row) -> Vec<u8> {
    let name: &[u8] = match text(row, Of::Compression as usize) {
        b"" => b"",
        b"p" => b"pglz",
        b"l" => b"lz4",
        _ => b"???",
    };
    name.to_vec()
}
