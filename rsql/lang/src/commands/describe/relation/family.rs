//! What a relation belongs to and what belongs to it: partitions, inheritance, TOAST tables, foreign servers.

use super::Fact;
use super::section::Section;
use crate::commands::describe::Server;
use crate::commands::describe::lines::{is_true, labelled, line, text};
use crate::outcome::Row;

/// First version in which a partition may be half detached.
const DETACHING: u32 = 140_000;

/// Of a partition: the table above, its bounds and constraint.
pub(super) const PARTITION_OF: Section = Section {
    applies: |relation, _| relation.is(Fact::Partition),
    question: Some(|server, ids| {
        let detaching = detaching(server);
        format!(
            "SELECT i.inhrelid, i.inhparent::pg_catalog.regclass, pg_catalog.pg_get_expr(c.relpartbound, c.oid), \
             {detaching}, pg_catalog.pg_get_partition_constraintdef(c.oid) FROM pg_catalog.pg_inherits i \
             JOIN pg_catalog.pg_class c ON c.oid = i.inhrelid WHERE i.inhrelid = ANY ({ids})"
        )
    }),
    lines: |_, rows, target| {
        let Some(row) = rows.first() else { return Vec::new() };
        let detached: &[u8] = if is_true(row, 3) { b" DETACH PENDING" } else { b"" };
        let mut lines = vec![line(&[b"Partition of: ", text(row, 1), b" ", text(row, 2), detached])];
        if target.verbose {
            lines.push(match row.cell(4) {
                Some(constraint) => line(&[b"Partition constraint: ", constraint]),
                None => b"No partition constraint".to_vec(),
            });
        }
        lines
    },
};

fn detaching(server: Server<'_>) -> &'static str {
    if server.version >= DETACHING { "i.inhdetachpending" } else { "false" }
}

/// Of a partitioned table: what it is partitioned by.
pub(super) const PARTITION_KEY: Section = Section {
    applies: |relation, _| relation.is_any(b"p"),
    question: Some(|_, ids| {
        format!("SELECT r.id, pg_catalog.pg_get_partkeydef(r.id) FROM pg_catalog.unnest({ids}) r(id)")
    }),
    lines: |_, rows, _| rows.iter().map(|row| line(&[b"Partition key: ", text(row, 1)])).collect(),
};

/// Of a TOAST table: whose long values it has.
pub(super) const TOAST_OWNER: Section = Section {
    applies: |relation, _| relation.is_any(b"t"),
    question: Some(|_, ids| {
        format!(
            "SELECT c.reltoastrelid, n.nspname, c.relname FROM pg_catalog.pg_class c \
             JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.reltoastrelid = ANY ({ids})"
        )
    }),
    lines: |_, rows, _| {
        let owner = |row: &&Row| line(&[b"Owning table: \"", text(row, 1), b".", text(row, 2), b"\""]);
        rows.iter().map(owner).collect()
    },
};

/// Of a foreign table: where its data are.
pub(super) const SERVER: Section = Section {
    applies: |relation, _| relation.is_any(b"f"),
    question: Some(|_, ids| {
        format!(
            "SELECT f.ftrelid, s.srvname, pg_catalog.array_to_string(ARRAY(SELECT \
             pg_catalog.quote_ident(o.option_name) || ' ' || pg_catalog.quote_literal(o.option_value) \
             FROM pg_catalog.pg_options_to_table(f.ftoptions) o), ', ') FROM pg_catalog.pg_foreign_table f \
             JOIN pg_catalog.pg_foreign_server s ON s.oid = f.ftserver WHERE f.ftrelid = ANY ({ids})"
        )
    }),
    lines: |_, rows, _| {
        let Some(row) = rows.first() else { return Vec::new() };
        let mut lines = vec![line(&[b"Server: ", text(row, 1)])];
        if !text(row, 2).is_empty() {
            lines.push(line(&[b"FDW options: (", text(row, 2), b")"]));
        }
        lines
    },
};

/// The tables that it inherits from; a partition has told its one above.
pub(super) const PARENTS: Section = Section {
    applies: |relation, _| relation.is_any(b"rmfpIt"),
    question: Some(|_, ids| {
        format!(
            "SELECT i.inhrelid, i.inhparent::pg_catalog.regclass FROM pg_catalog.pg_inherits i \
             JOIN pg_catalog.pg_class c ON c.oid = i.inhparent WHERE i.inhrelid = ANY ({ids}) \
             AND c.relkind NOT IN ('p', 'I') ORDER BY i.inhrelid, i.inhseqno"
        )
    }),
    lines: |_, rows, _| {
        let parents: Vec<_> = rows.iter().map(|row| text(row, 1).to_vec()).collect();
        labelled("Inherits", &parents)
    },
};

/// The tables that inherit from it, or its partitions: their number, or all of them.
pub(super) const CHILDREN: Section = Section {
    applies: |relation, _| relation.is_any(b"rmfpIt"),
    question: Some(|server, ids| {
        let detaching = detaching(server);
        format!(
            "SELECT i.inhparent, i.inhrelid::pg_catalog.regclass, c.relkind, \
             pg_catalog.pg_get_expr(c.relpartbound, c.oid) AS bounds, {detaching} FROM pg_catalog.pg_inherits i \
             JOIN pg_catalog.pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = ANY ({ids}) \
             ORDER BY i.inhparent, pg_catalog.pg_get_expr(c.relpartbound, c.oid) = 'DEFAULT', \
             i.inhrelid::pg_catalog.regclass::pg_catalog.text"
        )
    }),
    lines: |relation, rows, target| {
        let partitioned = relation.is_any(b"pI");
        let many = rows.len();
        match (partitioned, many, target.verbose) {
            (true, 0, _) => vec![b"Number of partitions: 0".to_vec()],
            (false, 0, _) => Vec::new(),
            (true, _, false) => counted("partitions", many),
            (false, _, false) => counted("child tables", many),
            (_, _, true) => {
                let children: Vec<_> = rows.iter().map(|row| child(row)).collect();
                labelled(if partitioned { "Partitions" } else { "Child tables" }, &children)
            }
        }
    },
};

fn counted(what: &str, many: usize) -> Vec<Vec<u8>> {
    vec![format!("Number of {what}: {many} (Use \\d+ to list them.)").into_bytes()]
}

fn child(row: &Row) -> Vec<u8> {
    let mut child = text(row, 1).to_vec();
    if let Some(bounds) = row.cell(3) {
        child.extend(line(&[b" ", bounds]));
    }
    if matches!(text(row, 2), b"p" | b"I") {
        child.extend_from_slice(b", PARTITIONED");
    }
    if is_true(row, 4) {
        child.extend_from_slice(b" (DETACH PENDING)");
    }
    child
}
