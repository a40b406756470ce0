//! VACUUM, ANALYZE, and what else looks after tables.

use super::SCHEMA;
use super::rewriter::{Rewriter, quoted};
use super::tokens::Kind;

/// Words of a VACUUM that PostgreSQL does not know.
const VACUUM_WORDS: &[&str] = &["sort", "delete", "reindex", "recluster", "boost", "to"];

impl Rewriter<'_> {
    /// The rules for statements of maintenance.
    pub(super) fn maintenance(&mut self, from: usize, to: usize) -> bool {
        if self.source.is(from, "vacuum") {
            return self.vacuum(from, to);
        }
        if self.source.is(from, "analyze") {
            return self.analyze(from, to);
        }
        false
    }

    /// `VACUUM [FULL|SORT ONLY|DELETE ONLY|REINDEX|RECLUSTER] [table] [TO n PERCENT] [BOOST]`: PostgreSQL's plain VACUUM,
    /// since no rows are sorted there. Without a word of Redshift's it is PostgreSQL's own.
    fn vacuum(&mut self, from: usize, to: usize) -> bool {
        let source = self.source;
        if !(from + 1..to).any(|i| VACUUM_WORDS.iter().any(|word| source.is(i, word))) {
            return false;
        }
        let mut name = from + 1;
        name += match () {
            () if source.are(name, &["sort", "only"]) || source.are(name, &["delete", "only"]) => 2,
            () if ["full", "reindex", "recluster"].iter().any(|word| source.is(name, word)) => 1,
            () => 0,
        };
        let is_end = |i: usize| source.is(i, "to") || source.is(i, "boost");
        let end = source.find(name, to, is_end).unwrap_or(to);
        self.copy_plain(from, from + 1);
        self.skip();
        self.copy(name, end);
        true
    }

    /// `ANALYZE [VERBOSE] [table [(columns)]] [PREDICATE COLUMNS|ALL COLUMNS]` and `ANALYZE COMPRESSION table`.
    fn analyze(&mut self, from: usize, to: usize) -> bool {
        let source = self.source;
        if source.is(from + 1, "compression") {
            return self.analyze_compression(from, to);
        }
        let columns = to.checked_sub(2).filter(|i| {
            *i > from && (source.are(*i, &["predicate", "columns"]) || source.are(*i, &["all", "columns"]))
        });
        let Some(columns) = columns else { return false };
        self.copy(from, columns);
        self.skip();
        true
    }

    /// A table of recommendations: always the same one, as nothing is compressed.
    fn analyze_compression(&mut self, from: usize, to: usize) -> bool {
        let source = self.source;
        let begin = from + 2;
        let end = source
            .find(begin, to, |i| source.is(i, "comprows") || source.kind(i) == Some(Kind::Open))
            .unwrap_or(to);
        if begin >= end {
            return false;
        }
        let table: String = (begin..end).map(|i| source.token(i)).collect();
        let table = quoted(&table, source.strings);
        self.replace(from, &format!("SELECT * FROM {SCHEMA}.analyze_compression({table})"));
        self.tag = Some("ANALYZE COMPRESSION");
        true
    }
}
