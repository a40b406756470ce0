//! Names and words alone: temporary tables with a hash sign, system views, SYSDATE, types after a cast.

use super::SCHEMA;
use super::rewriter::Rewriter;
use super::tokens::Kind;

/// Views of Redshift's catalog that [`super::shims`] makes, in alphabetical order.
const VIEWS: &[&str] = &[
    "pg_table_def",
    "stl_load_errors",
    "stl_loaderror_detail",
    "stv_recents",
    "stv_sessions",
    "svv_columns",
    "svv_schemas",
    "svv_table_info",
    "svv_tables",
    "sys_load_error_detail",
];

/// Words after which no operator stands, so that a hash sign begins a name.
const KEYWORDS: &[&str] = &[
    "all",
    "alter",
    "analyze",
    "and",
    "as",
    "by",
    "case",
    "copy",
    "create",
    "cross",
    "delete",
    "distinct",
    "drop",
    "else",
    "except",
    "exists",
    "explain",
    "from",
    "full",
    "having",
    "in",
    "inner",
    "insert",
    "intersect",
    "into",
    "is",
    "join",
    "lateral",
    "left",
    "like",
    "limit",
    "lock",
    "merge",
    "minus",
    "not",
    "on",
    "only",
    "or",
    "outer",
    "returning",
    "right",
    "select",
    "set",
    "table",
    "then",
    "to",
    "truncate",
    "union",
    "update",
    "using",
    "vacuum",
    "values",
    "view",
    "when",
    "where",
    "with",
];

/// Whether a word is no operand.
pub(super) fn is_keyword(word: &str) -> bool {
    KEYWORDS.contains(&word.to_ascii_lowercase().as_str())
}

impl Rewriter<'_> {
    /// The rules for a token alone; gives the next token if one of them has written it.
    pub(super) fn names(&mut self, i: usize) -> Option<usize> {
        match self.source.kind(i)? {
            Kind::Cast => {
                self.copy_plain(i, i + 1);
                let end = self.source.tokens.len();
                Some(self.type_name(i + 1, end).unwrap_or(i + 1))
            }
            Kind::Word => self.word(i),
            _ => None,
        }
    }

    fn word(&mut self, i: usize) -> Option<usize> {
        let word = self.source.token(i);
        let qualified = i > 0 && self.source.kind(i - 1) == Some(Kind::Period);
        if word.starts_with('#') {
            return self.hash_name(i, qualified);
        }
        if word.eq_ignore_ascii_case("into")
            && self.source.token(i + 1).starts_with('#')
            && !self.adds_rows(i)
        {
            self.copy_plain(i, i + 1);
            self.add(i + 1, " TEMP");
            return Some(i + 1);
        }
        if self.is_varchar_max(i) {
            self.copy_plain(i, i + 2);
            self.replace(i + 2, "65535");
            return Some(i + 3);
        }
        if qualified {
            return None;
        }
        if let Some(next) = self.alias(i) {
            return Some(next);
        }
        let lower = word.to_ascii_lowercase();
        if VIEWS.contains(&lower.as_str()) && self.source.kind(i + 1) != Some(Kind::Open) {
            self.replace(i, &format!("{SCHEMA}."));
            self.add(i, word);
            return Some(i + 1);
        }
        if lower == "sysdate" && self.source.kind(i + 1) != Some(Kind::Period) {
            self.replace(i, &format!("{SCHEMA}.sysdate()"));
            return Some(self.days_after(i + 1));
        }
        if lower == "approximate"
            && (self.source.is(i + 1, "count") || self.source.is(i + 1, "percentile_disc"))
        {
            self.skip();
            return Some(i + 1);
        }
        None
    }

    /// Whether `into` belongs to a statement that adds rows to a table that is there.
    fn adds_rows(&self, into: usize) -> bool {
        into > 0 && (self.source.is(into - 1, "insert") || self.source.is(into - 1, "merge"))
    }

    /// A temporary table's name. PostgreSQL has an operator `#`, which stands after an operand.
    fn hash_name(&mut self, i: usize, qualified: bool) -> Option<usize> {
        let name = self.source.token(i);
        if name.len() < 2 || qualified || (i > 0 && self.ends_operand(i - 1)) {
            return None;
        }
        self.replace(i, &format!("\"{}\"", name.to_lowercase()));
        Some(i + 1)
    }

    fn is_varchar_max(&self, i: usize) -> bool {
        let source = self.source;
        let typed = ["varchar", "nvarchar", "varying"].iter().any(|name| source.is(i, name));
        typed
            && source.kind(i + 1) == Some(Kind::Open)
            && source.is(i + 2, "max")
            && source.kind(i + 3) == Some(Kind::Close)
    }

    /// Days that are added to a moment as a plain number, as Redshift allows.
    pub(super) fn days_after(&mut self, i: usize) -> usize {
        let source = self.source;
        let sign = matches!(source.token(i), "+" | "-") && source.kind(i + 1) == Some(Kind::Number);
        if !sign || matches!(source.token(i + 2), "*" | "/" | "::") {
            return i;
        }
        self.copy_plain(i, i + 1);
        self.replace(i + 1, &format!("interval '{} days'", source.token(i + 1)));
        i + 2
    }
}
