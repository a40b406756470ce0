//! Sequences, whose table shows how they count.

use super::section::ids;
use super::{Fact, Relation};
use crate::commands::describe::lines::{by_relation, text};
use crate::commands::describe::{Listing, Shown};
use crate::outcome::Row;
use crate::run::{Inquiry, Interruption};

/// The sequences among these relations, each at its place.
pub(super) fn describe(
    relations: &[Relation<'_>],
    inquiry: &mut Inquiry<'_>,
) -> Result<Vec<Option<Shown>>, Interruption> {
    let mut shown: Vec<Option<Shown>> = relations.iter().map(|_| None).collect();
    let about: Vec<_> =
        relations.iter().enumerate().filter(|(_, relation)| relation.kind() == b'S').collect();
    if about.is_empty() {
        return Ok(shown);
    }
    let ids = ids(about.iter().map(|(_, relation)| *relation));
    let counting = inquiry.ask(format!(
        "SELECT s.seqrelid, pg_catalog.format_type(s.seqtypid, NULL) AS \"Type\", s.seqstart AS \"Start\", \
         s.seqmin AS \"Minimum\", s.seqmax AS \"Maximum\", s.seqincrement AS \"Increment\", \
         CASE s.seqcycle WHEN true THEN 'yes' ELSE 'no' END AS \"Cycles?\", s.seqcache AS \"Cache\" \
         FROM pg_catalog.pg_sequence s WHERE s.seqrelid = ANY ({ids})"
    ))?;
    let owners = inquiry.ask(format!(
        "SELECT d.objid, d.deptype, pg_catalog.quote_ident(n.nspname) || '.' || \
         pg_catalog.quote_ident(t.relname) || '.' || pg_catalog.quote_ident(a.attname) \
         FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_class t ON t.oid = d.refobjid \
         JOIN pg_catalog.pg_namespace n ON n.oid = t.relnamespace \
         JOIN pg_catalog.pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid \
         WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass \
         AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass \
         AND d.deptype IN ('a', 'i') AND d.objid = ANY ({ids})"
    ))?;
    let (rows, owners) = (by_relation(&counting), by_relation(&owners));
    for (index, relation) in about {
        let id = relation.fact(Fact::Id);
        let own = rows.get(id).map(Vec::as_slice).unwrap_or_default();
        let owner = owners.get(id).and_then(|owners| owners.first());
        shown[index] = Some(Shown::Table(Listing {
            title: Some(relation.title()),
            columns: counting.columns[1..].to_vec(),
            rows: own.iter().map(|row| row.cells().skip(1).collect()).collect(),
            footers: Some(owner.map(|row| owned_by(row)).into_iter().collect()),
        }));
    }
    Ok(shown)
}

fn owned_by(row: &Row) -> Vec<u8> {
    let label: &[u8] = match text(row, 1) {
        b"i" => b"Sequence for identity column: ",
        _ => b"Owned by: ",
    };
    [label, text(row, 2)].concat()
}
