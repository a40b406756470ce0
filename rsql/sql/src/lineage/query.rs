//! The tables in queries: FROM lists and joins at every depth, without the names of common table expressions.

use super::Lineage;
use super::tokens::{Cursor, Name, Token};

/// Deepest nesting that is looked into; it bounds the stack.
const DEPTH_MAX: usize = 200;

/// Keywords after which commas no longer separate tables.
const ENDS_FROM: [&str; 17] = [
    "where",
    "group",
    "order",
    "having",
    "limit",
    "union",
    "intersect",
    "except",
    "minus",
    "window",
    "qualify",
    "set",
    "returning",
    "select",
    "values",
    "offset",
    "when",
];

/// A walk through one query.
pub(super) struct Query<'l> {
    lineage: &'l mut Lineage,
    /// Names of the common table expressions in sight, the innermost last.
    common: Vec<String>,
    depth: usize,
}

/// What is open at one level of parentheses.
#[derive(Clone, Copy, Default)]
struct Level {
    /// Whether FROM begins a list of tables here, rather than being part of a function's arguments.
    selects: bool,
    /// Whether USING does, too.
    uses: bool,
    /// Whether a comma separates tables.
    in_list: bool,
    /// Whether a table comes next.
    wants_table: bool,
}

impl<'l> Query<'l> {
    pub(super) fn new(lineage: &'l mut Lineage) -> Self {
        Self { lineage, common: Vec::new(), depth: 0 }
    }

    /// A query, or what follows `INSERT INTO name`.
    pub(super) fn rest(mut self, cursor: &mut Cursor<'_>) {
        self.level(cursor, Level::default());
    }

    /// What follows the name in UPDATE and DELETE.
    pub(super) fn changing(mut self, cursor: &mut Cursor<'_>) {
        self.level(cursor, Level { selects: true, uses: true, ..Level::default() });
    }

    /// What follows the name in MERGE.
    pub(super) fn merging(mut self, cursor: &mut Cursor<'_>) {
        self.level(cursor, Level { uses: true, ..Level::default() });
    }

    /// What follows the name of a new table or view: columns, LIKE, attributes, a query.
    pub(super) fn defining(mut self, cursor: &mut Cursor<'_>) {
        let mut ahead = *cursor;
        if let Some(columns) = ahead.parenthesized() {
            let mut columns = Cursor::new(columns);
            while let Some(column) = columns.peek() {
                match column {
                    Token::Word(word) if word == "like" => {
                        columns.at += 1;
                        self.lineage.read(columns.name());
                    }
                    _ => columns.at += 1,
                }
            }
            *cursor = ahead;
        }
        self.level(cursor, Level::default());
    }

    fn level(&mut self, cursor: &mut Cursor<'_>, mut level: Level) {
        let visible = self.common.len();
        if cursor.take(&["with"]) {
            self.common_tables(cursor);
        }
        while let Some(token) = cursor.peek() {
            match token {
                Token::Open => self.open(cursor, &mut level),
                Token::Word(word) => self.word(cursor, word, &mut level),
                Token::Comma => {
                    level.wants_table = level.in_list;
                    cursor.at += 1;
                }
                Token::Quoted(_) | Token::Variable(_) if level.wants_table => self.table(cursor, &mut level),
                _ => cursor.at += 1,
            }
        }
        self.common.truncate(visible);
    }

    fn word(&mut self, cursor: &mut Cursor<'_>, word: &str, level: &mut Level) {
        match word {
            "only" | "lateral" if level.wants_table => cursor.at += 1,
            _ if level.wants_table => self.table(cursor, level),
            "from" if level.selects && !is_distinct_from(cursor) => {
                let deletes = cursor.at.checked_sub(1).and_then(|at| cursor.tokens.get(at));
                cursor.at += 1;
                match deletes {
                    Some(Token::Word(word)) if word == "delete" => self.lineage.write(cursor.name()),
                    _ => (level.in_list, level.wants_table) = (true, true),
                }
            }
            "using" if level.uses => {
                cursor.at += 1;
                (level.in_list, level.wants_table) = (true, true);
            }
            "join" => {
                cursor.at += 1;
                level.wants_table = true;
            }
            "into" => self.into(cursor),
            // `WITH` also stands in the middle, as in `CREATE VIEW … AS WITH …` and `INSERT … WITH …`.
            "with" if !level.in_list => {
                cursor.at += 1;
                self.common_tables(cursor);
            }
            "select" | "delete" => {
                cursor.at += 1;
                level.selects = true;
                level.in_list = false;
            }
            _ => {
                level.in_list &= !ENDS_FROM.contains(&word);
                cursor.at += 1;
            }
        }
    }

    fn open(&mut self, cursor: &mut Cursor<'_>, level: &mut Level) {
        let inner = cursor.parenthesized().unwrap_or_default();
        if self.depth >= DEPTH_MAX {
            self.lineage.is_uncertain = true;
            return;
        }
        self.depth += 1;
        // `(a join b)` in a list of tables, unless it is a query.
        let first = inner.first();
        let is_query =
            matches!(first, Some(Token::Word(word)) if ["select", "with", "values"].contains(&word.as_str()));
        let is_list = level.wants_table && !is_query;
        let within = Level { in_list: is_list, wants_table: is_list, ..Level::default() };
        self.level(&mut Cursor::new(inner), within);
        self.depth -= 1;
        level.wants_table = false;
    }

    /// A table of a list. With arguments it is a function.
    fn table(&mut self, cursor: &mut Cursor<'_>, level: &mut Level) {
        level.wants_table = false;
        let name = cursor.name();
        if cursor.peek() == Some(&Token::Open) {
            return;
        }
        if let Some(Name::Table(table)) = &name
            && table.schema.is_none()
            && self.common.contains(&table.name)
        {
            return;
        }
        self.lineage.read(name);
    }

    /// `SELECT … INTO [TEMP] [TABLE] name`, and `INSERT INTO name` within a common table expression.
    fn into(&mut self, cursor: &mut Cursor<'_>) {
        cursor.at += 1;
        let is_temporary = cursor.take(&["temp", "temporary"]);
        cursor.take(&["table"]);
        match cursor.name() {
            Some(Name::Table(table)) if is_temporary => drop(self.lineage.temporary.insert(table)),
            Some(name) => self.lineage.write(Some(name)),
            None => {}
        }
    }

    /// `[RECURSIVE] name [(columns)] AS [[NOT] MATERIALIZED] (query), …`; anything else is left alone.
    fn common_tables(&mut self, cursor: &mut Cursor<'_>) {
        let is_recursive = cursor.take(&["recursive"]);
        loop {
            let mut ahead = *cursor;
            let Some(Name::Table(table)) = ahead.name() else { return };
            ahead.parenthesized();
            if !ahead.take(&["as"]) {
                return;
            }
            ahead.take(&["not"]);
            ahead.take(&["materialized"]);
            let Some(inner) = ahead.parenthesized() else { return };
            if is_recursive {
                self.common.push(table.name.clone());
            }
            if self.depth < DEPTH_MAX {
                self.depth += 1;
                self.level(&mut Cursor::new(inner), Level::default());
                self.depth -= 1;
            } else {
                self.lineage.is_uncertain = true;
            }
            if !is_recursive {
                self.common.push(table.name);
            }
            *cursor = ahead;
            if cursor.peek() != Some(&Token::Comma) {
                return;
            }
            cursor.at += 1;
        }
    }
}

/// `IS [NOT] DISTINCT FROM` compares.
fn is_distinct_from(cursor: &Cursor<'_>) -> bool {
    let before = |back: usize| match cursor.at.checked_sub(back).and_then(|at| cursor.tokens.get(at)) {
        Some(Token::Word(word)) => word.as_str(),
        _ => "",
    };
    before(1) == "distinct" && ["is", "not"].contains(&before(2))
}
