//! Which command describes what on Amazon Redshift, of all but relations.
//!
//! Redshift has the catalogs of PostgreSQL 8.0 and views of its own, named here as its documentation names them. What it does
//! not have is refused by a message like psql's for old servers.
//!
//! The views whose names begin with `svv_` cannot be joined with the leader's catalogs, so each is asked by itself. Redshift's
//! own catalogs and views are not qualified: it always searches them, whichever schema they are in.

mod access;
mod functions;
mod places;
mod sources;
mod users;

pub(super) use sources::definition;

use super::query::{Query, lacking};
use super::{Describe, Description, Target, functions as operators, source};
use crate::print::Table;
use crate::run::{Inquiry, Interruption};

/// The command of this name, with all its marks.
pub(super) fn command(name: &str) -> Option<Describe> {
    match name.as_bytes() {
        [b'd', rest @ ..] => by_letters(rest),
        [b'l', b'o', b'_', ..] => Some(unsupported),
        [b'l', ..] => Some(places::databases),
        [b'z'] => Some(access::relations),
        [b's', b'f', ..] => Some(source::function),
        [b's', b'v', ..] => Some(source::view),
        _ => None,
    }
}

/// The same for the letters after `\d`.
fn by_letters(letters: &[u8]) -> Option<Describe> {
    Some(match letters {
        [b'a', ..] => functions::aggregates,
        [b'c', b'o', b'n', b'f', b'i', b'g', ..] => places::parameters,
        [b'd', b'p', ..] => access::defaults,
        [b'e'] | [b'e', b'+' | b't', ..] => places::external_tables,
        [b'e', b's', ..] => places::external_schemas,
        [b'f'] | [b'f', b'+' | b'S' | b'a' | b'n' | b'p' | b't' | b'w', ..] => functions::functions,
        [b'g', ..] => users::groups,
        [b'L', ..] => functions::languages,
        [b'n', ..] => places::schemas,
        [b'o', ..] => operators::operators,
        [b'p', ..] => access::relations,
        [b'r', b'd', b's', ..] => users::settings,
        [b'T', ..] => functions::types,
        [b'u', ..] => users::users,
        // Whether there is such a command at all is as on PostgreSQL.
        _ => {
            super::objects::by_letters(letters)?;
            unsupported
        }
    })
}

/// A cell of the first row of a table that begins with this key.
fn cell_of<'a>(table: &'a Table, key: Option<&[u8]>, index: usize) -> Option<&'a [u8]> {
    table.rows.iter().find(|row| row.cell(0) == key).and_then(|row| row.cell(index))
}

/// Numbers and names of all users.
fn users_by_number(inquiry: &mut Inquiry<'_>) -> Result<std::sync::Arc<Table>, Interruption> {
    let mut query = Query::of("pg_user u", "1");
    query.columns(&[("number", "u.usesysid"), ("name", "u.usename")]);
    inquiry.ask(query.sql())
}

/// What Redshift does not have.
fn unsupported(target: &Target<'_>, _: &mut Inquiry<'_>) -> Description {
    const THINGS: [(&str, &str); 21] = [
        ("dAc", "operator classes"),
        ("dAf", "operator families"),
        ("dAo", "operator families"),
        ("dAp", "operator families"),
        ("dA", "access methods"),
        ("db", "tablespaces"),
        ("dc", "conversions"),
        ("dC", "listing casts"),
        ("dd", "listing comments"),
        ("dD", "domains"),
        ("deu", "user mappings"),
        ("dew", "foreign-data wrappers"),
        ("dF", "full text search"),
        ("dl", "large objects"),
        ("lo_", "large objects"),
        ("dO", "listing collations"),
        ("dRp", "publications"),
        ("dRs", "subscriptions"),
        ("dx", "extensions"),
        ("dX", "extended statistics"),
        ("dy", "event triggers"),
    ];
    let thing = THINGS.iter().find(|(name, _)| target.name.starts_with(name));
    lacking(target.server, thing.map_or("this command", |(_, thing)| thing))
}
