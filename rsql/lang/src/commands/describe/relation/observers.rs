//! What watches a table: statistics objects, and publications that it is replicated by.

use super::section::Section;
use crate::commands::describe::Server;
use crate::commands::describe::lines::{headed, is_true, line, text};
use crate::outcome::Row;

/// First version whose statistics may be of expressions, which the server spells.
const EXPRESSIONS: u32 = 140_000;
/// First version whose publications have schemas, conditions and columns.
const FINE_PUBLICATIONS: u32 = 150_000;

/// Extended statistics.
pub(super) const STATISTICS: Section = Section {
    applies: |relation, _| relation.is_table(),
    question: Some(statistics_question),
    lines: |_, rows, _| headed("Statistics objects:", rows, statistics),
};

fn statistics_question(server: Server<'_>, ids: &str) -> String {
    let columns = match server.version >= EXPRESSIONS {
        true => "pg_catalog.pg_get_statisticsobjdef_columns(s.oid)",
        false => {
            "(SELECT pg_catalog.string_agg(pg_catalog.quote_ident(a.attname), ', ') \
             FROM pg_catalog.unnest(s.stxkeys) k(attnum) JOIN pg_catalog.pg_attribute a \
             ON a.attrelid = s.stxrelid AND a.attnum = k.attnum)"
        }
    };
    format!(
        "SELECT s.stxrelid, s.stxnamespace::pg_catalog.regnamespace::pg_catalog.text AS space, s.stxname, \
         {columns}, s.stxrelid::pg_catalog.regclass, s.stxkind @> '{{d}}', s.stxkind @> '{{f}}', \
         s.stxkind @> '{{m}}', NULLIF(s.stxstattarget, -1) FROM pg_catalog.pg_statistic_ext s \
         WHERE s.stxrelid = ANY ({ids}) ORDER BY s.stxrelid, space, s.stxname"
    )
}

fn statistics(row: &Row) -> Vec<u8> {
    let mut statistics = line(&[b"    \"", text(row, 1), b".", text(row, 2), b"\""]);
    let kinds: Vec<&str> = [(5, "ndistinct"), (6, "dependencies"), (7, "mcv")]
        .into_iter()
        .filter(|(index, _)| is_true(row, *index))
        .map(|(_, name)| name)
        .collect();
    // All kinds are the default, and statistics of one expression have none.
    if matches!(kinds.len(), 1 | 2) {
        statistics.extend(line(&[b" (", kinds.join(", ").as_bytes(), b")"]));
    }
    statistics.extend(line(&[b" ON ", text(row, 3), b" FROM ", text(row, 4)]));
    if let Some(target) = row.cell(8) {
        statistics.extend(line(&[b"; STATISTICS ", target]));
    }
    statistics
}

/// Publications: of the table, its schema, or all tables.
pub(super) const PUBLICATIONS: Section = Section {
    applies: |relation, _| relation.is_table(),
    question: Some(publications_question),
    lines: |_, rows, _| headed("Publications:", rows, publication),
};

fn publications_question(server: Server<'_>, ids: &str) -> String {
    let fine = server.version >= FINE_PUBLICATIONS;
    let (columns, condition) = match fine {
        true => (
            "(SELECT pg_catalog.string_agg(a.attname, ', ' ORDER BY k.place) \
             FROM pg_catalog.unnest(pr.prattrs::pg_catalog.int2[]) WITH ORDINALITY k(attnum, place) \
             JOIN pg_catalog.pg_attribute a ON a.attrelid = pr.prrelid AND a.attnum = k.attnum)",
            "pg_catalog.pg_get_expr(pr.prqual, pr.prrelid)",
        ),
        false => ("NULL", "NULL"),
    };
    let mut sql = format!(
        "SELECT pr.prrelid, p.pubname, {columns}, {condition} FROM pg_catalog.pg_publication p \
         JOIN pg_catalog.pg_publication_rel pr ON pr.prpubid = p.oid WHERE pr.prrelid = ANY ({ids}) \
         UNION SELECT r.id, p.pubname, NULL, NULL FROM pg_catalog.unnest({ids}) r(id), \
         pg_catalog.pg_publication p WHERE p.puballtables AND pg_catalog.pg_relation_is_publishable(r.id)"
    );
    if fine {
        sql.push_str(&format!(
            " UNION SELECT c.oid, p.pubname, NULL, NULL FROM pg_catalog.pg_publication p \
             JOIN pg_catalog.pg_publication_namespace s ON s.pnpubid = p.oid \
             JOIN pg_catalog.pg_class c ON c.relnamespace = s.pnnspid \
             WHERE c.oid = ANY ({ids}) AND pg_catalog.pg_relation_is_publishable(c.oid)"
        ));
    }
    sql + " ORDER BY 1, 2"
}

fn publication(row: &Row) -> Vec<u8> {
    let mut publication = line(&[b"    \"", text(row, 1), b"\""]);
    if let Some(columns) = row.cell(2) {
        publication.extend(line(&[b" (", columns, b")"]));
    }
    if let Some(condition) = row.cell(3) {
        publication.extend(line(&[b" WHERE ", condition]));
    }
    publication
}
