//! What each kind of statement does to the tables it names.

use super::Lineage;
use super::query::Query;
use super::tokens::{Cursor, Name, Token};

/// Deepest nesting of UNLOAD within UNLOAD: there is no sense in more than one.
const UNLOAD_DEPTH_MAX: usize = 2;

/// All statements of these tokens.
pub(super) fn all(tokens: &[Token], lineage: &mut Lineage) {
    all_within(tokens, lineage, 0);
}

fn all_within(tokens: &[Token], lineage: &mut Lineage, unloads: usize) {
    for statement in split(tokens) {
        one(&mut Cursor::new(statement), lineage, unloads);
    }
}

/// At semicolons outside of parentheses.
fn split(tokens: &[Token]) -> Vec<&[Token]> {
    let mut depth = 0_usize;
    tokens
        .split(|token| {
            match token {
                Token::Open => depth += 1,
                Token::Close => depth = depth.saturating_sub(1),
                _ => {}
            }
            *token == Token::Semicolon && depth == 0
        })
        .filter(|statement| !statement.is_empty())
        .collect()
}

fn one(cursor: &mut Cursor<'_>, lineage: &mut Lineage, unloads: usize) {
    let start = *cursor;
    let Some(word) = cursor.word() else { return Query::new(lineage).rest(cursor) };
    cursor.at += 1;
    match word {
        "insert" => insert(cursor, lineage),
        "update" => {
            cursor.take(&["only"]);
            write(cursor, lineage);
            Query::new(lineage).changing(cursor);
        }
        "delete" => {
            cursor.take(&["from"]);
            cursor.take(&["only"]);
            write(cursor, lineage);
            Query::new(lineage).changing(cursor);
        }
        "merge" => {
            cursor.take(&["into"]);
            write(cursor, lineage);
            Query::new(lineage).merging(cursor);
        }
        "create" => create(cursor, lineage),
        "drop" => drop_objects(cursor, lineage),
        "truncate" => {
            cursor.take(&["table"]);
            cursor.take(&["only"]);
            write_list(cursor, lineage);
        }
        "alter" => alter(cursor, lineage),
        "copy" => copy(cursor, lineage),
        "unload" => unload(cursor, lineage, unloads),
        "refresh" => {
            if cursor.take_all(&["materialized", "view"]) {
                write(cursor, lineage);
            }
        }
        "explain" => {
            while cursor.take(&["verbose", "analyze"]) {}
            one(cursor, lineage, unloads);
        }
        // What procedures and prepared statements do stands elsewhere.
        "call" | "do" | "execute" => lineage.is_uncertain = true,
        _ if SILENT.contains(&word) => {}
        _ => Query::new(lineage).rest(&mut start.clone()),
    }
}

/// Statements that touch no rows of tables.
const SILENT: [&str; 25] = [
    "begin",
    "start",
    "commit",
    "end",
    "rollback",
    "abort",
    "savepoint",
    "release",
    "set",
    "reset",
    "show",
    "grant",
    "revoke",
    "comment",
    "analyze",
    "analyse",
    "vacuum",
    "lock",
    "deallocate",
    "close",
    "fetch",
    "discard",
    "use",
    "cancel",
    "notify",
];

fn insert(cursor: &mut Cursor<'_>, lineage: &mut Lineage) {
    cursor.take(&["into"]);
    write(cursor, lineage);
    Query::new(lineage).rest(cursor);
}

fn create(cursor: &mut Cursor<'_>, lineage: &mut Lineage) {
    cursor.take_all(&["or", "replace"]);
    let mut is_temporary = false;
    while let Some(word) = cursor.word() {
        match word {
            "temp" | "temporary" => is_temporary = true,
            "local" | "global" | "unlogged" | "external" | "materialized" | "recursive" => {}
            "table" | "view" => break,
            // Functions, schemas, users: no table is touched by them.
            _ => return,
        }
        cursor.at += 1;
    }
    cursor.at += 1;
    cursor.take_all(&["if", "not", "exists"]);
    let name = cursor.name();
    match name {
        Some(Name::Table(table)) if is_temporary => drop(lineage.temporary.insert(table)),
        name => lineage.write(name),
    }
    Query::new(lineage).defining(cursor);
}

fn drop_objects(cursor: &mut Cursor<'_>, lineage: &mut Lineage) {
    cursor.take(&["materialized", "external"]);
    if cursor.take(&["table", "view"]) {
        cursor.take_all(&["if", "exists"]);
        write_list(cursor, lineage);
    }
}

fn alter(cursor: &mut Cursor<'_>, lineage: &mut Lineage) {
    cursor.take(&["materialized", "external"]);
    if !cursor.take(&["table", "view"]) {
        return;
    }
    cursor.take_all(&["if", "exists"]);
    let name = cursor.name();
    let schema = match &name {
        Some(Name::Table(table)) => table.schema.clone(),
        _ => None,
    };
    lineage.write(name);
    if cursor.take_all(&["append", "from"]) {
        // Its rows move, so both change.
        let source = *cursor;
        lineage.read(source.clone().name());
        lineage.write(cursor.name());
    } else if cursor.take_all(&["rename", "to"])
        && let Some(Name::Table(mut table)) = cursor.name()
    {
        table.schema = schema;
        lineage.write(Some(Name::Table(table)));
    }
}

fn copy(cursor: &mut Cursor<'_>, lineage: &mut Lineage) {
    if let Some(query) = cursor.parenthesized() {
        return Query::new(lineage).rest(&mut Cursor::new(query));
    }
    let name = cursor.name();
    cursor.parenthesized();
    match cursor.word() {
        Some("to") => lineage.read(name),
        _ => lineage.write(name),
    }
}

fn unload(cursor: &mut Cursor<'_>, lineage: &mut Lineage, unloads: usize) {
    if unloads >= UNLOAD_DEPTH_MAX {
        return;
    }
    let inner = cursor.parenthesized().and_then(<[Token]>::first);
    match inner {
        Some(Token::Text(text)) => match super::tokens::read(text) {
            Some(tokens) => all_within(&tokens, lineage, unloads + 1),
            None => lineage.is_uncertain = true,
        },
        Some(Token::Variable(name)) => drop(lineage.unresolved.insert(name.clone())),
        _ => lineage.is_uncertain = true,
    }
}

fn write(cursor: &mut Cursor<'_>, lineage: &mut Lineage) {
    let name = cursor.name();
    lineage.write(name);
}

fn write_list(cursor: &mut Cursor<'_>, lineage: &mut Lineage) {
    loop {
        write(cursor, lineage);
        if cursor.peek() != Some(&Token::Comma) {
            return;
        }
        cursor.at += 1;
    }
}

impl Lineage {
    pub(super) fn read(&mut self, name: Option<Name>) {
        match name {
            Some(Name::Table(table)) if table.name.starts_with('#') => drop(self.temporary.insert(table)),
            Some(Name::Table(table)) => drop(self.reads.insert(table)),
            Some(Name::Unresolved(name)) => drop(self.unresolved.insert(name)),
            None => {}
        }
    }

    pub(super) fn write(&mut self, name: Option<Name>) {
        match name {
            Some(Name::Table(table)) if table.name.starts_with('#') => drop(self.temporary.insert(table)),
            Some(Name::Table(table)) => drop(self.writes.insert(table)),
            Some(Name::Unresolved(name)) => drop(self.unresolved.insert(name)),
            None => self.is_uncertain = true,
        }
    }
}
