//! QUALIFY: a select within a select, since PostgreSQL has no condition on window functions.
//!
//! Needs the names of the columns; where they cannot be told, the select is left as it is.

use std::ops::Range;

use super::rewriter::Rewriter;
use super::tokens::Kind;

/// Name of the inner select, and the beginning of the names that it needs.
const INNER: &str = "redshift_qualify";

/// Words that end the list of tables.
const AFTER_TABLES: &[&str] = &["where", "group", "having", "qualify", "window"];
/// Words before a table in a list of tables.
const JOINS: &[&str] = &["join", "cross", "inner", "left", "right", "full", "natural"];

/// One column of the outer select.
enum Column {
    /// By its name.
    Named(String),
    /// All columns of these tables.
    All(Vec<String>),
}

/// Where the pieces of the select stand.
struct Pieces {
    list: Range<usize>,
    tables: Range<usize>,
    condition: Range<usize>,
    order: Range<usize>,
    limit: Range<usize>,
}

impl Rewriter<'_> {
    /// The name of an expression of the select list, in a QUALIFY that is being written.
    pub(super) fn alias(&mut self, i: usize) -> Option<usize> {
        let word = self.source.token(i).to_ascii_lowercase();
        let (_, expression) = self.aliases.iter().find(|(name, _)| *name == word)?.clone();
        if matches!(self.source.kind(i + 1), Some(Kind::Open | Kind::Period)) {
            return None;
        }
        let aliases = std::mem::take(&mut self.aliases);
        self.replace(i, "(");
        self.copy(expression.start, expression.end);
        self.add(i, ")");
        self.aliases = aliases;
        Some(i + 1)
    }

    /// Writes the select at `i` if it has a QUALIFY and its columns can be named.
    pub(super) fn qualify(&mut self, i: usize, to: usize) -> Option<usize> {
        let source = self.source;
        let end = self.end_of_select(i, to)?;
        let qualify = source.find(i + 1, end, |at| source.is(at, "qualify"))?;
        let pieces = self.pieces(i, qualify, end)?;
        let mut columns = Vec::new();
        for item in source.parts(pieces.list.start, pieces.list.end) {
            columns.push(self.column(&item, &pieces)?);
        }
        let by_number = (pieces.order.clone()).any(|at| source.kind(at) == Some(Kind::Number));
        if by_number && columns.iter().any(|column| matches!(column, Column::All(_))) {
            return None;
        }
        self.outer(i, &columns);
        self.inner(i, &pieces, &columns);
        self.add(qualify, &format!(") AS {INNER} WHERE redshift_qualified"));
        self.copy(pieces.limit.start, pieces.limit.end);
        Some(end)
    }

    fn pieces(&self, i: usize, qualify: usize, end: usize) -> Option<Pieces> {
        let source = self.source;
        let from = source.find(i + 1, qualify, |at| source.is(at, "from"))?;
        if source.is(i + 1, "distinct") || source.is(i + 1, "top") {
            return None;
        }
        let tables = source
            .find(from, qualify, |at| AFTER_TABLES.iter().any(|word| source.is(at, word)))
            .unwrap_or(qualify);
        let order = source.find(qualify, end, |at| source.are(at, &["order", "by"])).unwrap_or(end);
        let limit = source
            .find(qualify, end, |at| ["limit", "offset", "fetch"].iter().any(|word| source.is(at, word)))
            .unwrap_or(end);
        Some(Pieces {
            list: i + 1..from,
            tables: from..tables,
            condition: qualify + 1..order.min(limit),
            order: order.min(limit)..limit,
            limit: limit..end,
        })
    }

    fn outer(&mut self, i: usize, columns: &[Column]) {
        self.copy_plain(i, i + 1);
        let mut names = Vec::new();
        let mut table = 0;
        for column in columns {
            match column {
                Column::Named(name) => names.push(name.clone()),
                Column::All(tables) => {
                    for _ in tables {
                        names.push(format!("({INNER}.redshift_row_{table}).*"));
                        table += 1;
                    }
                }
            }
        }
        self.add(i, &format!(" {} FROM (SELECT", names.join(", ")));
    }

    fn inner(&mut self, i: usize, pieces: &Pieces, columns: &[Column]) {
        let mut table = 0;
        let mut aliases = Vec::new();
        for (item, column) in self.source.parts(pieces.list.start, pieces.list.end).into_iter().zip(columns) {
            match column {
                Column::Named(name) => {
                    self.copy(item.start, item.end);
                    if let Some(expression) = self.named_expression(&item) {
                        aliases.push((name.to_ascii_lowercase(), expression));
                    }
                }
                Column::All(tables) => {
                    let rows = tables.iter().enumerate();
                    let rows: Vec<_> =
                        rows.map(|(n, name)| format!("{name} AS redshift_row_{}", table + n)).collect();
                    table += tables.len();
                    self.add(item.start, &format!(" {}", rows.join(", ")));
                }
            }
            self.add(item.end, ",");
        }
        self.add(i, " (");
        let outside = std::mem::replace(&mut self.aliases, aliases);
        self.copy(pieces.condition.start, pieces.condition.end);
        self.aliases = outside;
        self.add(i, ") AS redshift_qualified");
        self.copy(pieces.tables.start, pieces.condition.start - 1);
        self.copy(pieces.order.start, pieces.order.end);
    }

    /// What an `AS name` stands for, unless that is a column of its own name.
    fn named_expression(&self, item: &Range<usize>) -> Option<Range<usize>> {
        let alias = item.end.checked_sub(2).filter(|at| *at > item.start && self.source.is(*at, "as"))?;
        Some(item.start..alias)
    }

    fn column(&self, item: &Range<usize>, pieces: &Pieces) -> Option<Column> {
        let source = self.source;
        let last = item.end.checked_sub(1).filter(|at| item.contains(at))?;
        if source.token(last) == "*" {
            return match item.len() {
                1 => Some(Column::All(self.tables(&pieces.tables)?)),
                3 => Some(Column::All(vec![source.token(item.start).to_owned()])),
                _ => None,
            };
        }
        let named = matches!(source.kind(last), Some(Kind::Word | Kind::Name));
        if named
            && (item.len() == 1
                || matches!(source.kind(last - 1), Some(Kind::Period))
                || source.is(last - 1, "as"))
        {
            return Some(Column::Named(source.token(last).to_owned()));
        }
        self.name_of_call(item).map(Column::Named)
    }

    /// The names by which the tables of a FROM are known; `None` where columns are joined into one.
    fn tables(&self, range: &Range<usize>) -> Option<Vec<String>> {
        let source = self.source;
        let merges = |at: usize| source.is(at, "using") || source.is(at, "natural");
        if source.find(range.start, range.end, merges).is_some() {
            return None;
        }
        let mut names = Vec::new();
        let mut at = range.start + 1;
        while at < range.end {
            if JOINS.iter().any(|word| source.is(at, word))
                || source.is(at, "outer")
                || source.kind(at) == Some(Kind::Comma)
            {
                at += 1;
                continue;
            }
            let (name, next) = self.table_name(at, range.end)?;
            names.push(name);
            let next_table = source.find(next, range.end, |i| {
                source.kind(i) == Some(Kind::Comma) || JOINS.iter().any(|word| source.is(i, word))
            });
            at = next_table.unwrap_or(range.end);
        }
        Some(names)
    }

    /// The name of the table that begins at `at`, its alias if it has one, and the token after it.
    fn table_name(&self, mut at: usize, end: usize) -> Option<(String, usize)> {
        let source = self.source;
        let mut name = None;
        if let Some(close) = self.closing(at, end) {
            at = close + 1;
        } else {
            loop {
                name =
                    matches!(source.kind(at)?, Kind::Word | Kind::Name).then(|| source.token(at).to_owned());
                at += 1;
                if source.kind(at) != Some(Kind::Period) {
                    break;
                }
                at += 1;
            }
        }
        if source.is(at, "as") {
            at += 1;
        }
        let is_alias = at < end
            && matches!(source.kind(at), Some(Kind::Word | Kind::Name))
            && !source.is(at, "on")
            && !JOINS.iter().any(|word| source.is(at, word));
        if is_alias { Some((source.token(at).to_owned(), at + 1)) } else { Some((name?, at)) }
    }
}
