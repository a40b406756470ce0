//! Redshift's SQL said to PostgreSQL.
//!
//! Rewrites tokens and leaves every other byte of a statement as it was written; what it does not know it sends unchanged.
//! Decides on text alone: who runs it, and where the files of COPY and UNLOAD are, is the caller's.

mod calls;
mod columns;
mod dateparts;
mod definitions;
mod maintenance;
mod names;
mod output;
mod qualify;
mod rewriter;
mod select;
mod settings;
pub mod shims;
mod tokens;
pub mod transfer;
mod types;

use self::output::Output;
use self::rewriter::Rewriter;
use self::tokens::Source;
pub use self::tokens::Strings;
use self::transfer::Transfer;

/// The schema on the PostgreSQL server that holds the functions and views of [`shims`].
pub const SCHEMA: &str = "redshift_emulation";

/// One or several statements as they are sent to PostgreSQL.
#[derive(Clone, Debug, PartialEq)]
pub struct Rewritten {
    /// The statements in order; together they are the whole text.
    pub statements: Vec<Statement>,
}

/// One statement as it is sent to PostgreSQL.
#[derive(Clone, Debug, PartialEq)]
pub struct Statement {
    output: Output,
    /// The command tag that Redshift would give, where PostgreSQL's is another.
    pub tag: Option<&'static str>,
    /// The files that it loads or unloads.
    pub transfer: Option<Transfer>,
    /// Whether the server answers it with a command tag: not when it is blank.
    pub is_answered: bool,
}

impl Statement {
    /// Its text, with the semicolon and blanks that belong to it.
    #[must_use]
    pub fn text(&self) -> &str {
        self.output.text()
    }
}

impl Rewritten {
    /// The text to be sent.
    #[must_use]
    pub fn sql(&self) -> String {
        self.statements.iter().map(Statement::text).collect()
    }

    /// The place in the text as it was written that a place in the text to be sent comes from; both count characters from 1.
    #[must_use]
    pub fn position_as_written(&self, original: &str, position: usize) -> Option<usize> {
        let mut rest = position.checked_sub(1)?;
        for statement in &self.statements {
            let text = statement.text();
            let length = text.chars().count();
            if rest < length {
                let at = text.char_indices().nth(rest)?.0;
                let written = statement.output.written(at);
                return Some(original.get(..written)?.chars().count() + 1);
            }
            rest -= length;
        }
        Some(original.chars().count() + 1)
    }
}

/// Rewrites one or several statements; `None` when there is nothing in them to be said otherwise, or when they cannot be read.
#[must_use]
pub fn rewrite(sql: &str, strings: Strings) -> Option<Rewritten> {
    let source = Source::read(sql, strings)?;
    let mut statements = Vec::new();
    for range in source.statements() {
        let (output, tag, transfer) = Rewriter::run(&source, range.clone());
        let is_answered = !source.is_blank(&range);
        statements.push(Statement { output, tag, transfer, is_answered });
    }
    let rewritten = Rewritten { statements };
    let differs = rewritten.statements.iter().any(|s| s.output.is_changed() || s.transfer.is_some());
    differs.then_some(rewritten)
}
