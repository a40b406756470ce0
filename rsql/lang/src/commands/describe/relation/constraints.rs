//! The constraints of a table: checks, foreign keys in both directions, and the policies of row security.

use super::section::Section;
use super::{Fact, Relation};
use crate::commands::describe::lines::{headed, is_true, line, text};
use crate::outcome::Row;

/// Check constraints.
pub(super) const CHECKS: Section = Section {
    applies: |relation, _| relation.is_table() && relation.is(Fact::Checked),
    question: Some(|_, ids| {
        format!(
            "SELECT k.conrelid, k.conname, pg_catalog.pg_get_constraintdef(k.oid, true) \
             FROM pg_catalog.pg_constraint k WHERE k.contype = 'c' AND k.conrelid = ANY ({ids}) ORDER BY 1, 2"
        )
    }),
    lines: |_, rows, _| headed("Check constraints:", rows, named),
};

/// `    "name" definition`
fn named(row: &Row) -> Vec<u8> {
    line(&[b"    \"", text(row, 1), b"\" ", text(row, 2)])
}

/// `    TABLE "table" CONSTRAINT "name" definition`
fn elsewhere(row: &Row) -> Vec<u8> {
    line(&[b"    TABLE \"", text(row, 3), b"\" CONSTRAINT \"", text(row, 1), b"\" ", text(row, 2)])
}

/// Foreign keys are kept by triggers; of a partitioned table, its partitions have those.
fn may_have_keys(relation: &Relation<'_>) -> bool {
    relation.is_table() && (relation.is(Fact::Triggered) || relation.is_any(b"p"))
}

/// Foreign keys, those of partitioned tables above it included.
pub(super) const FOREIGN_KEYS: Section =
    Section {
        applies: |relation, _| may_have_keys(relation),
        question: Some(|_, ids| {
            format!(
                "SELECT r.id, k.conname, pg_catalog.pg_get_constraintdef(k.oid, true), \
             k.conrelid::pg_catalog.regclass, k.conrelid = r.id AS own FROM pg_catalog.unnest({ids}) r(id) \
             JOIN pg_catalog.pg_constraint k ON k.conrelid = r.id OR k.conrelid IN \
             (SELECT up.relid FROM pg_catalog.pg_partition_ancestors(r.id) up) \
             WHERE k.contype = 'f' AND k.conparentid = 0 ORDER BY r.id, own DESC, k.conname"
            )
        }),
        lines: |_, rows, _| {
            headed("Foreign-key constraints:", rows, |row| {
                if is_true(row, 4) { named(row) } else { elsewhere(row) }
            })
        },
    };

/// Foreign keys of other tables that refer to it, or to partitioned tables above it.
pub(super) const REFERENCES: Section = Section {
    applies: |relation, _| may_have_keys(relation),
    question: Some(|_, ids| {
        format!(
            "SELECT r.id, k.conname, pg_catalog.pg_get_constraintdef(k.oid, true), \
             k.conrelid::pg_catalog.regclass FROM pg_catalog.unnest({ids}) r(id) \
             JOIN pg_catalog.pg_constraint k ON k.confrelid = r.id OR k.confrelid IN \
             (SELECT up.relid FROM pg_catalog.pg_partition_ancestors(r.id) up) \
             WHERE k.contype = 'f' AND k.conparentid = 0 ORDER BY r.id, k.conname"
        )
    }),
    lines: |_, rows, _| headed("Referenced by:", rows, elsewhere),
};

/// Policies, and whether they count.
pub(super) const POLICIES: Section = Section {
    applies: |relation, _| relation.is_table(),
    question: Some(|_, ids| {
        format!(
            "SELECT p.polrelid, p.polname, p.polpermissive, CASE p.polcmd WHEN 'r' THEN 'SELECT' \
             WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE' WHEN 'd' THEN 'DELETE' END, \
             CASE WHEN p.polroles <> '{{0}}' THEN pg_catalog.array_to_string(ARRAY(SELECT u.rolname \
             FROM pg_catalog.pg_roles u WHERE u.oid = ANY (p.polroles) ORDER BY 1), ',') END, \
             pg_catalog.pg_get_expr(p.polqual, p.polrelid), pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid) \
             FROM pg_catalog.pg_policy p WHERE p.polrelid = ANY ({ids}) ORDER BY 1, 2"
        )
    }),
    lines: |relation, rows, _| policies(relation, rows),
};

fn policies(relation: &Relation<'_>, rows: &[&Row]) -> Vec<Vec<u8>> {
    let heading = match (relation.is(Fact::Secured), relation.is(Fact::Forced), rows.is_empty()) {
        (true, false, false) => "Policies:",
        (true, true, false) => "Policies (forced row security enabled):",
        (true, false, true) => "Policies (row security enabled): (none)",
        (true, true, true) => "Policies (forced row security enabled): (none)",
        (false, _, false) => "Policies (row security disabled):",
        (false, _, true) => return Vec::new(),
    };
    std::iter::once(heading.as_bytes().to_vec()).chain(rows.iter().map(|row| policy(row))).collect()
}

fn policy(row: &Row) -> Vec<u8> {
    let mut policy = line(&[b"    POLICY \"", text(row, 1), b"\""]);
    if !is_true(row, 2) {
        policy.extend_from_slice(b" AS RESTRICTIVE");
    }
    let clauses: [(&[u8], usize, &[u8]); 4] = [
        (b" FOR ", 3, b""),
        (b"\n      TO ", 4, b""),
        (b"\n      USING (", 5, b")"),
        (b"\n      WITH CHECK (", 6, b")"),
    ];
    for (before, index, after) in clauses {
        if let Some(clause) = row.cell(index) {
            policy.extend(line(&[before, clause, after]));
        }
    }
    policy
}
