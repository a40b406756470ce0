//! `\dRp`, `\dRs`: publications with their tables, and subscriptions.

use super::pattern::{Names, Pattern};
use super::query::{Query, lacking, none_found, role, text_columns};
use super::{Description, Listing, Shown, Target};
use crate::outcome::Row;
use crate::run::{Inquiry, Interruption};
use crate::text::lossy;

/// First server version with logical replication.
const PUBLICATIONS: u32 = 100_000;
/// First server version that publishes TRUNCATE.
const TRUNCATES: u32 = 110_000;
/// First server version that publishes partitions as their root.
const VIA_ROOT: u32 = 130_000;
/// First server version with binary and streamed subscriptions.
const STREAMING: u32 = 140_000;
/// First server version that publishes some columns, some rows, and whole schemas.
const FILTERS: u32 = 150_000;

const NAMES: Names = Names { schema: "", name: "p.pubname", other: "", visible: "" };

/// What a publication publishes, as columns.
fn published(query: &mut Query, version: u32) {
    query.column("Owner", role("p.pubowner"));
    query.columns(&[
        ("All tables", "p.puballtables"),
        ("Inserts", "p.pubinsert"),
        ("Updates", "p.pubupdate"),
        ("Deletes", "p.pubdelete"),
    ]);
    if version >= TRUNCATES {
        query.column("Truncates", "p.pubtruncate");
    }
    if version >= VIA_ROOT {
        query.column("Via root", "p.pubviaroot");
    }
}

/// `\dRp[+] [pattern]`
pub(super) fn publications(target: &Target<'_>, inquiry: &mut Inquiry<'_>) -> Description {
    let version = target.server.version;
    if version < PUBLICATIONS {
        return lacking(target.server, "publications");
    }
    let pattern = Pattern::read(target, NAMES, 1)?;
    let mut query = Query::of("pg_catalog.pg_publication p", if target.verbose { "2" } else { "1" });
    if target.verbose {
        query.columns(&[("number", "p.oid"), ("name", "p.pubname"), ("all", "p.puballtables")]);
    } else {
        query.column("Name", "p.pubname");
    }
    published(&mut query, version);
    query.matching(&pattern, target.server);
    if !target.verbose {
        return query.shown("List of publications", inquiry);
    }
    let found = inquiry.ask(query.sql())?;
    if found.rows.is_empty() {
        return Err(none_found(target, "publication"));
    }
    let headings: Vec<_> = found.columns.iter().skip(OWN).map(|column| lossy(&column.name)).collect();
    let mut shown = Vec::new();
    for publication in &found.rows {
        let mut row = Row::default();
        publication.cells().skip(OWN).for_each(|cell| row.push(cell));
        let footers = members(publication, version, inquiry)?;
        shown.push(Shown::Table(Listing {
            title: Some([b"Publication ", publication.cell(1).unwrap_or_default()].concat()),
            columns: text_columns(&headings.iter().map(AsRef::as_ref).collect::<Vec<_>>()),
            rows: vec![row],
            footers: (!footers.is_empty()).then_some(footers),
        }));
    }
    Ok(shown)
}

/// Columns of the answer that are not shown: number, name, whether all tables are in it.
const OWN: usize = 3;

/// The tables and schemas of a publication, as lines below it.
fn members(publication: &Row, version: u32, inquiry: &mut Inquiry<'_>) -> Result<Vec<Vec<u8>>, Interruption> {
    if publication.cell(2) == Some(b"t") {
        return Ok(Vec::new());
    }
    let number = lossy(publication.cell(0).unwrap_or_default());
    let mut tables = Query::of(
        "pg_catalog.pg_publication_rel r JOIN pg_catalog.pg_class c ON c.oid = r.prrelid \
         JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace",
        "n.nspname, c.relname",
    );
    let (columns, rows) = if version >= FILTERS { (COLUMNS, ROWS) } else { ("''", "''") };
    let name = format!("'    \"' || n.nspname || '.' || c.relname || '\"' || {columns} || {rows}");
    tables.column("line", name);
    tables.filter(format!("r.prpubid = {number}"));
    let mut footers = lines("Tables:", &tables, inquiry)?;
    if version >= FILTERS {
        let mut schemas = Query::of(
            "pg_catalog.pg_publication_namespace s JOIN pg_catalog.pg_namespace n ON n.oid = s.pnnspid",
            "n.nspname",
        );
        schemas.column("line", "'    \"' || n.nspname || '\"'");
        schemas.filter(format!("s.pnpubid = {number}"));
        footers.extend(lines("Tables from schemas:", &schemas, inquiry)?);
    }
    Ok(footers)
}

/// The columns that are published, when not all are.
const COLUMNS: &str = "CASE WHEN r.prattrs IS NULL THEN '' ELSE ' (' || pg_catalog.array_to_string(\
     ARRAY(SELECT a.attname FROM pg_catalog.generate_series(0, pg_catalog.array_upper(\
     r.prattrs::pg_catalog.int2[], 1)) i, pg_catalog.pg_attribute a \
     WHERE a.attrelid = c.oid AND a.attnum = r.prattrs[i]), ', ') || ')' END";
/// The condition on published rows.
const ROWS: &str = "coalesce(' WHERE ' || pg_catalog.pg_get_expr(r.prqual, c.oid), '')";

/// A head and what the query gives; nothing when it gives nothing.
fn lines(head: &str, query: &Query, inquiry: &mut Inquiry<'_>) -> Result<Vec<Vec<u8>>, Interruption> {
    let answer = inquiry.ask(query.sql())?;
    if answer.rows.is_empty() {
        return Ok(Vec::new());
    }
    let lines = answer.rows.iter().filter_map(|row| row.cell(0)).map(<[u8]>::to_vec);
    Ok([head.as_bytes().to_vec()].into_iter().chain(lines).collect())
}

/// `\dRs[+] [pattern]`
pub(super) fn subscriptions(target: &Target<'_>, inquiry: &mut Inquiry<'_>) -> Description {
    const NAMES: Names = Names { schema: "", name: "s.subname", other: "", visible: "" };
    let version = target.server.version;
    if version < PUBLICATIONS {
        return lacking(target.server, "subscriptions");
    }
    let mut query = Query::of("pg_catalog.pg_subscription s", "1");
    query.column("Name", "s.subname");
    query.column("Owner", role("s.subowner"));
    query.columns(&[("Enabled", "s.subenabled"), ("Publication", "s.subpublications")]);
    if target.verbose {
        if version >= STREAMING {
            query.columns(&[("Binary", "s.subbinary"), ("Streaming", "s.substream")]);
        }
        if version >= FILTERS {
            query.columns(&[
                ("Two-phase commit", "s.subtwophasestate"),
                ("Disable on error", "s.subdisableonerr"),
            ]);
        }
        query.columns(&[("Synchronous commit", "s.subsynccommit"), ("Conninfo", "s.subconninfo")]);
        if version >= FILTERS {
            query.column("Skip LSN", "s.subskiplsn");
        }
    }
    query.filter(
        "s.subdbid = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database())",
    );
    query.matching(&Pattern::read(target, NAMES, 1)?, target.server);
    query.shown("List of subscriptions", inquiry)
}
