//! What an index is, and the indexes of a table.

use super::Fact;
use super::section::Section;
use crate::commands::describe::Server;
use crate::commands::describe::lines::{after, headed, is_true, line, text};
use crate::outcome::Row;

/// First version in which unique indexes may take NULLs for equal.
const NULLS_NOT_DISTINCT: u32 = 150_000;

/// Of an index: its kind, method, table, predicate and state, in one line; and where it is.
pub(super) const FACTS: Section = Section {
    applies: |relation, _| relation.is_any(b"iI"),
    question: Some(facts_question),
    lines: |relation, rows, _| {
        let schema = relation.fact(Fact::Schema);
        let mut lines: Vec<_> = rows.iter().map(|row| facts(row, schema)).collect();
        let tablespace = relation.fact(Fact::Tablespace);
        // A partitioned index tells it after its partitions.
        if relation.is_any(b"i") && !tablespace.is_empty() {
            lines.push(line(&[b"Tablespace: \"", tablespace, b"\""]));
        }
        lines
    },
};

fn facts_question(server: Server<'_>, ids: &str) -> String {
    let nulls = if server.version >= NULLS_NOT_DISTINCT { "x.indnullsnotdistinct" } else { "false" };
    format!(
        "SELECT x.indexrelid, x.indisprimary, x.indisunique, {nulls}, am.amname, t.relname, \
         pg_catalog.pg_get_expr(x.indpred, x.indrelid, true), x.indisclustered, x.indisvalid, \
         NOT x.indimmediate AND k.condeferrable, NOT x.indimmediate AND k.condeferred, x.indisreplident \
         FROM pg_catalog.pg_index x JOIN pg_catalog.pg_class c ON c.oid = x.indexrelid \
         JOIN pg_catalog.pg_class t ON t.oid = x.indrelid JOIN pg_catalog.pg_am am ON am.oid = c.relam \
         LEFT JOIN pg_catalog.pg_constraint k ON k.conindid = x.indexrelid AND k.conrelid = x.indrelid \
         AND k.contype IN ('p', 'u', 'x') WHERE x.indexrelid = ANY ({ids})"
    )
}

fn facts(row: &Row, schema: &[u8]) -> Vec<u8> {
    let kind: &[u8] = match (is_true(row, 1), is_true(row, 2), is_true(row, 3)) {
        (true, ..) => b"primary key, ",
        (_, true, true) => b"unique nulls not distinct, ",
        (_, true, false) => b"unique, ",
        _ => b"",
    };
    let mut facts = line(&[kind, text(row, 4), b", for table \"", schema, b".", text(row, 5), b"\""]);
    if !text(row, 6).is_empty() {
        facts.extend(line(&[b", predicate (", text(row, 6), b")"]));
    }
    let marks = [
        (is_true(row, 7), ", clustered"),
        (!is_true(row, 8), ", invalid"),
        (is_true(row, 9), ", deferrable"),
        (is_true(row, 10), ", initially deferred"),
        (is_true(row, 11), ", replica identity"),
    ];
    push_marks(&mut facts, &marks);
    facts
}

fn push_marks(line: &mut Vec<u8>, marks: &[(bool, &str)]) {
    for (_, mark) in marks.iter().filter(|(set, _)| *set) {
        line.extend_from_slice(mark.as_bytes());
    }
}

/// Of a table: its indexes, the primary key first.
pub(super) const INDEXES: Section = Section {
    applies: |relation, _| relation.is_table() && relation.is(Fact::Indexed),
    question: Some(|_, ids| {
        format!(
            "SELECT x.indrelid, c.relname, x.indisprimary, x.indisunique, k.contype, \
             pg_catalog.pg_get_indexdef(x.indexrelid, 0, true), pg_catalog.pg_get_constraintdef(k.oid, true), \
             k.condeferrable, k.condeferred, x.indisclustered, x.indisvalid, x.indisreplident, space.spcname \
             FROM pg_catalog.pg_index x JOIN pg_catalog.pg_class c ON c.oid = x.indexrelid \
             LEFT JOIN pg_catalog.pg_tablespace space ON space.oid = c.reltablespace \
             LEFT JOIN pg_catalog.pg_constraint k ON k.conindid = x.indexrelid AND k.conrelid = x.indrelid \
             AND k.contype IN ('p', 'u', 'x') WHERE x.indrelid = ANY ({ids}) \
             ORDER BY x.indrelid, x.indisprimary DESC, c.relname"
        )
    }),
    lines: |_, rows, _| headed("Indexes:", rows, index),
};

fn index(row: &Row) -> Vec<u8> {
    let mut index = line(&[b"    \"", text(row, 1), b"\""]);
    let constraint = text(row, 4);
    if constraint == b"x" {
        index.extend(line(&[b" ", text(row, 6)]));
    } else {
        let kind: &[u8] = match (is_true(row, 2), is_true(row, 3)) {
            (true, _) => b" PRIMARY KEY,",
            (_, true) if constraint == b"u" => b" UNIQUE CONSTRAINT,",
            (_, true) => b" UNIQUE,",
            _ => b"",
        };
        // The definition is told from the method on.
        index.extend(line(&[kind, b" ", after(text(row, 5), b" USING ")]));
        push_marks(&mut index, &[(is_true(row, 7), " DEFERRABLE"), (is_true(row, 8), " INITIALLY DEFERRED")]);
    }
    let marks = [
        (is_true(row, 9), " CLUSTER"),
        (!is_true(row, 10), " INVALID"),
        (is_true(row, 11), " REPLICA IDENTITY"),
    ];
    push_marks(&mut index, &marks);
    if !text(row, 12).is_empty() {
        index.extend(line(&[b", tablespace \"", text(row, 12), b"\""]));
    }
    index
}
