//! What happens by itself: the rules of tables and views, the query of a view, and triggers.

use super::section::Section;
use super::{Fact, Relation};
use crate::commands::describe::Target;
use crate::commands::describe::lines::{after, headed, is_true, line, text};
use crate::outcome::Row;

/// The words that the definition of a rule begins with.
const CREATE_RULE: &[u8] = b"CREATE RULE ";

/// The rules of tables, by their state.
pub(super) const OF_TABLES: Section = Section {
    applies: |relation, _| relation.is_table() && !relation.is_any(b"m") && relation.is(Fact::Ruled),
    question: Some(|_, ids| rules_question(ids, "true")),
    lines: |_, rows, _| {
        let states: [(&str, u8); 4] = [
            ("Rules:", b'O'),
            ("Disabled rules:", b'D'),
            ("Rules firing always:", b'A'),
            ("Rules firing on replica only:", b'R'),
        ];
        let lines = states.iter().map(|(heading, state)| {
            let own: Vec<_> = rows.iter().copied().filter(|row| text(row, 3) == [*state]).collect();
            headed(heading, &own, |row| line(&[b"    ", after(text(row, 2), CREATE_RULE)]))
        });
        lines.flatten().collect()
    },
};

fn rules_question(ids: &str, condition: &str) -> String {
    format!(
        "SELECT w.ev_class, w.rulename, trim(trailing ';' from pg_catalog.pg_get_ruledef(w.oid, true)), w.ev_enabled \
         FROM pg_catalog.pg_rewrite w WHERE w.ev_class = ANY ({ids}) AND {condition} ORDER BY 1, 2"
    )
}

fn shows_query(relation: &Relation<'_>, target: &Target<'_>) -> bool {
    target.verbose && relation.is_any(b"vm")
}

/// The query of a view.
pub(super) const VIEW_DEFINITION: Section = Section {
    applies: shows_query,
    question: Some(|_, ids| {
        format!("SELECT r.id, pg_catalog.pg_get_viewdef(r.id, true) FROM pg_catalog.unnest({ids}) r(id)")
    }),
    lines: |_, rows, _| {
        let definition = rows.first().map(|row| text(row, 1)).unwrap_or_default();
        vec![b"View definition:".to_vec(), definition.to_vec()]
    },
};

/// The rules of views, without the one that is the view.
pub(super) const OF_VIEWS: Section = Section {
    applies: |relation, target| shows_query(relation, target) && relation.is(Fact::Ruled),
    question: Some(|_, ids| rules_question(ids, "w.rulename <> '_RETURN'")),
    lines: |_, rows, _| headed("Rules:", rows, |row| line(&[b" ", after(text(row, 2), CREATE_RULE)])),
};

/// Triggers, by their state. The server's own are told only where they are disabled.
pub(super) const TRIGGERS: Section = Section {
    applies: |relation, _| relation.is(Fact::Triggered),
    question: Some(|_, ids| {
        format!(
            "SELECT t.tgrelid, t.tgname, pg_catalog.pg_get_triggerdef(t.oid, true), t.tgenabled, t.tgisinternal, \
             CASE WHEN t.tgparentid <> 0 THEN (SELECT first.tgrelid::pg_catalog.regclass \
             FROM pg_catalog.pg_partition_ancestors(t.tgrelid) WITH ORDINALITY AS up(relid, depth) \
             JOIN pg_catalog.pg_trigger first ON first.tgrelid = up.relid \
             WHERE first.tgname = t.tgname AND first.tgparentid = 0 ORDER BY up.depth LIMIT 1) END \
             FROM pg_catalog.pg_trigger t WHERE t.tgrelid = ANY ({ids}) \
             AND (t.tgenabled = 'D' OR NOT t.tgisinternal) ORDER BY 1, 2"
        )
    }),
    lines: |_, rows, _| triggers(rows),
};

fn triggers(rows: &[&Row]) -> Vec<Vec<u8>> {
    let states: [(&str, u8, bool); 5] = [
        ("Triggers:", b'O', false),
        ("Disabled user triggers:", b'D', false),
        ("Disabled internal triggers:", b'D', true),
        ("Triggers firing always:", b'A', false),
        ("Triggers firing on replica only:", b'R', false),
    ];
    let mut lines = Vec::new();
    for (heading, state, internal) in states {
        let in_state = |row: &&Row| text(row, 3) == [state] && is_true(row, 4) == internal;
        let own: Vec<_> = rows.iter().copied().filter(in_state).collect();
        lines.extend(headed(heading, &own, trigger));
    }
    lines
}

fn trigger(row: &Row) -> Vec<u8> {
    let mut trigger = line(&[b"    ", after(text(row, 2), b" TRIGGER ")]);
    if let Some(parent) = row.cell(5) {
        trigger.extend(line(&[b", ON TABLE ", parent]));
    }
    trigger
}
